/*
 * What gilcheck-dbgen writes and unpack.c reads: the compiled-in database, without one
 * pointer. A constant structure that holds pointers is written to by the dynamic linker at
 * every start, and the tables have tens of thousands; these are mapped and never touched
 * until an entry is asked for.
 *
 * An entry is a row of words in db_words: a mask with a bit for each field of its shape that
 * it states, then those fields in the shape's order.
 *
 *	strings		where it begins in db_text
 *	INT64		the low half, the high half
 *	STRINGS		how many, then each string
 *	CLAIMS		how many, then the two strings of each
 *	LIST		how many, then each as an entry
 *	all other	the value
 *
 * Every section is sorted by the name of its entries, with a hash table over them. A hash
 * slot holds the index of an entry plus one, 0 where it is free; collisions go to the next
 * slot.
 */
#ifndef GC_DB_TABLES_H
#define GC_DB_TABLES_H

#include "base/map.h"
#include "db/shape.h"

struct db_packed {
	const uint32_t *at; /* where each entry begins in db_words */
	size_t n;
	const uint16_t *slots;
	size_t mask; /* number of slots, a power of two, minus one */
};

extern const char db_text[];
extern const uint32_t db_words[];
extern const struct db_packed db_packed[DB_SECTIONS];

/* The name of entry I: the first field, which all of them state. */
static inline const char *db_packed_name(enum db_section section, size_t i)
{
	return db_text + db_words[db_packed[section].at[i] + 1];
}

/* The bit of the member at OFFSET in the masks of SECTION's entries. */
uint32_t db_packed_bit(enum db_section section, size_t offset);
/* What entry I states. */
static inline uint32_t db_packed_mask(enum db_section section, size_t i)
{
	return db_words[db_packed[section].at[i]];
}

/* Entry I as the section's struct, in A. */
const void *db_unpack(enum db_section section, size_t i, struct arena *a);

/* The generator and the reader must agree. */
static inline size_t db_index_slot(const char *name, size_t len, size_t mask)
{
	uint64_t h = hash_bytes(name, len, HASH_SEED);

	return (size_t)(h ^ (h >> 29)) & mask;
}

#endif
