/*
 * Reads database files (JSON) into memory and checks everything about them: shapes,
 * vocabularies, sources, duplicates, references. The first problem of a file is said in
 * one line that names file, entry and problem, and the file is refused.
 */
#ifndef GC_DB_LOAD_H
#define GC_DB_LOAD_H

#include "base/arena.h"
#include "base/map.h"
#include "db/shape.h"

struct db_entries {
	void *v; /* n times the struct of the section's shape */
	size_t n, cap;
	struct map places; /* entry name -> path of its file (const char *) */
};

/* A database in memory. Everything lives in the arena, which the caller keeps. */
struct db_set {
	struct arena *arena;
	const char *release;
	bool project; /* a --db file: the program's own sections are refused */
	struct db_entries sections[DB_SECTIONS];
};

/* What an added database may refer to beside its own entries; NULL members: nothing. */
struct db_known {
	bool (*api)(const char *name);
	bool (*code)(const char *code);
	/* Is there an entry of this name in this section already? */
	bool (*taken)(enum db_section section, const char *name);
};

void db_set_init(struct db_set *set, struct arena *arena);
/* Adds the entries of one file. False after one diag_error. */
bool db_set_read(struct db_set *set, const char *path);
/* Once all files are read: references between entries; sorts every section by name.
 * False after one diag_error. */
bool db_set_finish(struct db_set *set, const struct db_known *known);

const void *db_set_entry(const struct db_set *set, enum db_section section, size_t i);

#endif
