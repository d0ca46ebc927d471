/*
 * gilcheck-import: reads the installed headers of several Pythons with libclang and
 * stores what they declare as the raw part of the database. Run by hand when a version
 * of Python is added; no scan needs it.
 */
#ifndef GC_FRONTEND_IMPORT_H
#define GC_FRONTEND_IMPORT_H

#include "base/arena.h"
#include "db/raw.h"

#include <clang-c/Index.h>
#include <stdbool.h>

struct import {
	struct arena *arena; /* of the set: lives until it is written */
	CXIndex index;
	const char *dir;      /* include directory of this version, normalized */
	const char *includes; /* "#include" lines, Python.h first */
	bool internal;	      /* only the few private headers */
	const char *const *args;
	int nargs;
	struct raw_version *out;
};

/* A copy of S, which is disposed of. */
const char *import_text(struct import *im, CXString s);
/* The header that declares AT, relative to the include directory; NULL: not of ours. */
const char *import_header(struct import *im, CXSourceLocation at);
/* Parses TEXT in place of NAME. NULL: libclang could not. */
CXTranslationUnit import_parse(
	struct import *im, const char *name, const char *text, unsigned options);

/* The declaration of INNER ("" for a bare type) as TYPE, typedef names kept. */
const char *import_declare(struct import *im, CXType type, const char *inner);
bool import_is_function_type(CXType type);

/* A function's raw_item.args hold its parameters declared as gc_a0, gc_a1 ... */
#define IMPORT_ARG "gc_a"

/* Adds what TU declares at its top level; macros are left out. */
void import_declarations(struct import *im, CXTranslationUnit tu);
/* Adds the macros that TU defines, tried out one by one. */
void import_macros(struct import *im, CXTranslationUnit tu);

#endif
