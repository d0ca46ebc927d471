/*
 * What gilcheck-dbgen writes and db.c reads: constant arrays, each sorted by the name of
 * its entries, and hash tables over them. A hash slot holds the index of an entry plus
 * one, 0 where it is free; collisions go to the next slot.
 */
#ifndef GC_DB_TABLES_H
#define GC_DB_TABLES_H

#include "base/map.h"
#include "db/db.h"

struct db_index {
	const uint16_t *slots;
	size_t mask; /* number of slots, a power of two, minus one */
};

#define DB_TABLE(type, name)                                                                       \
	extern const struct type db_all_##name[];                                                  \
	extern const size_t db_n_##name;                                                           \
	extern const struct db_index db_index_##name

DB_TABLE(db_api, apis);
DB_TABLE(db_table, tables);
DB_TABLE(db_slot, slots);
DB_TABLE(db_constant, constants);
DB_TABLE(db_module_style, modules);
DB_TABLE(db_rule, rules);
DB_TABLE(db_package, packages);
DB_TABLE(db_library, libraries);
DB_TABLE(db_define, defines);
DB_TABLE(db_member, members);
DB_TABLE(db_code, codes);

/* The generator and the reader must agree. */
static inline size_t db_index_slot(const char *name, size_t len, size_t mask)
{
	uint64_t h = hash_bytes(name, len, HASH_SEED);

	return (size_t)(h ^ (h >> 29)) & mask;
}

#endif
