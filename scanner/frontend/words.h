/*
 * What lowering asks the database: which names mean something. They go to the parser with
 * the units, so that what a project adds (--db) is known there, and so that its program is
 * without the database, whose tables would be relocated in vain.
 */
#ifndef GC_FRONTEND_WORDS_H
#define GC_FRONTEND_WORDS_H

#include "base/map.h"
#include "base/vec.h"

enum word {
	WORD_DEFINE = 1,	/* a #define of it is kept */
	WORD_CONFIGURATION = 2, /* says that a build is free-threaded: 1 in every unit */
	WORD_REWRITTEN = 4,	/* a function whose calls may be rewritten */
	WORD_COUNT_FIELD = 8,	/* a field that free-threaded builds do not have */
};

struct words {
	struct map map; /* name -> enum word, of the arena that holds all of it */
	VEC(const char *) names;
};

void words_init(struct words *w, struct arena *arena);
/* NAME must live as long as W. */
void words_add(struct words *w, const char *name, unsigned bits);
/* The enum word of NAME, 0 for any other. */
unsigned words_get(const struct words *w, const char *name);

/* W is empty; names are the database's own. The parser's program is without this. */
void words_of_database(struct words *w);

#endif
