/*
 * The shape of every kind of database entry, written down once: the loader reads JSON by
 * it, the generator writes C by it, the formatter orders by it, the JSON Schema is printed
 * from it. A field is added to the struct in db.h and to its shape in shape.c.
 */
#ifndef GC_DB_SHAPE_H
#define GC_DB_SHAPE_H

#include "db/db.h"

enum shape_type {
	SHAPE_STRING,  /* const char *, one line */
	SHAPE_TEXT,    /* const char *, may hold newlines */
	SHAPE_CHOICE,  /* const char *, one of the words */
	SHAPE_BOOL,    /* bool */
	SHAPE_INT,     /* int, -1 where absent */
	SHAPE_INT64,   /* int64_t; the bool at `aux` says whether it is there */
	SHAPE_VERSION, /* db_version, written "3.15" */
	SHAPE_WORD,    /* enum, one of the words; absent: 0 */
	SHAPE_BITS,    /* unsigned, array of words */
	SHAPE_STRINGS, /* const char *const *; the size_t at `aux` counts */
	SHAPE_LIST,    /* array of `sub`; the size_t at `aux` counts */
	SHAPE_CLAIMS,  /* the "sources" object: claim -> source */
};

enum shape_flags {
	SHAPE_REQUIRED = 1,
	SHAPE_CLAIM = 2, /* needs a source: its own key in "sources", or "all" */
	SHAPE_TRUE = 4,	 /* SHAPE_BOOL: true where absent */
	SHAPE_BUILT = 8, /* filled in by the loader, not in the files */
};

struct shape_word {
	const char *word;
	unsigned value;
};

struct shape_words {
	const struct shape_word *v;
	size_t n;
};

struct shape;

struct shape_field {
	const char *name; /* of the JSON member and of the C member */
	enum shape_type type;
	unsigned flags;
	size_t offset;
	size_t aux;
	const struct shape_words *words;
	const struct shape *sub;
	const char *about;
};

struct shape {
	const char *c_type;  /* "db_api" */
	const char *section; /* member of a file that holds an array of these, or NULL */
	const char *about;
	size_t size;
	const struct shape_field *fields; /* the first one names the entry */
	size_t nfields;
};

enum db_section {
	DB_APIS,
	DB_TABLES,
	DB_SLOTS,
	DB_CONSTANTS,
	DB_MODULES,
	DB_RULES,
	DB_PACKAGES,
	DB_LIBRARIES,
	DB_DEFINES,
	DB_MEMBERS,
	DB_CODES,
	DB_SECTIONS,
};

extern const struct shape *const db_shapes[DB_SECTIONS];

static inline void *shape_member(void *entry, size_t offset)
{
	return (char *)entry + offset;
}

static inline const void *shape_read(const void *entry, size_t offset)
{
	return (const char *)entry + offset;
}

/* Where the first field, the entry's name, is a string. */
const char *shape_entry_name(const struct shape *shape, const void *entry);
/* The word for VALUE, or NULL. */
const char *shape_word_of(const struct shape_words *words, unsigned value);
/* Does ENTRY state FIELD (differ from what an absent member gives)? */
bool shape_states(const struct shape_field *field, const void *entry);

#endif
