/*
 * gilcheck-genheaders: writes the embedded analysis API, one directory a version of
 * Python, from compat-db/raw and the hand-written prologue.h and overlay.h.
 */
#ifndef GC_COMPAT_DB_GEN_H
#define GC_COMPAT_DB_GEN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"

#include <jansson.h>
#include <stdbool.h>

enum gen_kind { GEN_FUNCTION, GEN_VARIABLE, GEN_TYPE, GEN_CONSTANT, GEN_MACRO, GEN_HEADER };
#define GEN_KINDS 6

struct gen_item {
	const char *name;
	const char *header; /* the one that it is written to: "Python.h", "datetime.h" */
	json_t *view;	    /* what the version (or the last one that had it) says */
	enum gen_kind kind;
	bool removed; /* not in this version any more */
	bool written;
};

struct by_hand { /* files that are copied as they are */
	const char *name;
	const char *after; /* header whose markers they complete, NULL: none */
	char *text;
	size_t size;
};

/* One version. Everything is in its arena, but for the JSON, which stays with raw. */
struct gen {
	struct arena arena;
	unsigned minor;
	json_t *const *raw;	       /* by enum gen_kind */
	const char *dir;	       /* where its headers go */
	VEC(struct gen_item) items;    /* by kind, then by name */
	struct map by_name[GEN_KINDS]; /* -> index into items, removed ones too */
	struct map enumerators;	       /* names, current ones only */
	const struct by_hand *files;   /* ends with a nameless one */
	const struct map *by_hand;     /* macros that prologue.h and overlay.h define */
};

/* gen_load.c */
void gen_load(struct gen *g);
const char *gen_text(const json_t *view, const char *key); /* NULL: not there */
bool gen_flag(const json_t *view, const char *key);
struct gen_item *gen_find(struct gen *g, enum gen_kind kind, const char *name);
/* Does this version have NAME, as whatever kind? */
bool gen_has(struct gen *g, const char *name);
bool gen_is_shape(const struct gen_item *item, const char *shape);
/* May a removed name be declared: only Python's own prefixes are ours to take. */
bool gen_is_python_name(const char *name);

/* gen_types.c: types, each after those it needs. */
void gen_types(struct gen *g, struct buf *out, const char *header);
/* Are all types that TEXT names known here? */
bool gen_types_known(struct gen *g, const char *text);

/* gen_decls.c: everything else that a header declares. */
void gen_variables(struct gen *g, struct buf *out, const char *header);
void gen_functions(struct gen *g, struct buf *out, const char *header);
void gen_constants(struct gen *g, struct buf *out, const char *header);
/* What HEADER had in older versions; false where that is nothing. */
bool gen_removed(struct gen *g, struct buf *out, const char *header);
/* Function-like macros as marker calls; false where HEADER has none. */
bool gen_markers(struct gen *g, struct buf *out, const char *header);

#endif
