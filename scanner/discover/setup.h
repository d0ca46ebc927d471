/* What the reader of setup.py and the library it sees share. */
#ifndef GC_DISCOVER_SETUP_H
#define GC_DISCOVER_SETUP_H

#include "discover/discover.h"
#include "discover/script.h"

struct setup {
	struct discover *d;
	const char *path;  /* of the script */
	const char *shown; /* for people */
	const char *dir;   /* where it runs */
	values extensions; /* objects, in the order they were made */
	values commands;   /* classes that replace build_ext */
	strings search;	   /* what it added to sys.path */
	struct map modules;
	const char *package; /* ext_package of setup() */
};

/* setup_lib.c: what a build script uses of Python's library. NULL: not known. */
struct value *library_call(struct script *s, const char *path, struct call *c);
struct value *library_constant(struct script *s, const char *path);
struct value *library_method(
	struct script *s, struct value *self, const char *name, struct call *c);
/* Files that PATTERN names, sorted; NULL where it leads out of the tree. */
struct value *library_glob(struct script *s, const char *pattern);
/* The text of a file of the tree in the script's arena, or NULL. */
const char *library_text(struct script *s, const char *path);

#endif
