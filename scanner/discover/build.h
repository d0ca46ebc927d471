/*
 * What is to be scanned: the units (a file plus its flags), how they group into
 * modules as far as build descriptions say, and what was left out and why.
 *
 * Nothing of the scanned tree is executed: descriptions are read as text.
 * A struct build owns everything in it by its arena.
 */
#ifndef GC_DISCOVER_BUILD_H
#define GC_DISCOVER_BUILD_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

enum build_language { BUILD_C, BUILD_CXX };

struct build_unit {
	const char *path; /* for people and reports: see build_options.show_root */
	const char *open; /* what to open */
	const char *dir;  /* the directory that relative flags are relative to */
	enum build_language language;
	const char *standard; /* value of -std=, or NULL: the compiler's default */
	/* Only what changes parsing, from an allow-list, in order: -I -isystem -iquote
	 * -D -U -include, each with its value as its own element, paths made openable from
	 * the current directory. Flags that load or run anything never get here. */
	VEC(const char *) flags;
	const char *
		variant; /* tells apart several units of one file: "" for the first, else "#2" ... */
	const char *origin; /* which description named it, or "walk" */
	bool vendored;	    /* looks bundled from elsewhere: its findings are tagged */
};

/* A module (shared object) that a description names. */
struct build_module {
	const char *name;    /* dotted, as written: "pkg._spam" */
	const char *origin;  /* "setup.py:12" */
	VEC(uint32_t) units; /* indexes into build.units; empty: could not be told */
	/* "c", or what it is made from where that is not C we can read: "cython" (.pyx and
	 * no generated C beside it), "cffi", "swig", "rust" */
	const char *kind;
};

struct build_skip {
	const char *path;
	const char *reason; /* "test folder", "looks vendored", "included by src/all.c" ... */
	bool fragment;	    /* not lost: read as part of the unit that includes it */
};

struct build {
	struct arena arena;
	const char *root; /* the common directory of the paths given, for include look-up */
	VEC(struct build_unit) units;	  /* sorted by path, then variant */
	VEC(struct build_module) modules; /* sorted by name */
	VEC(struct build_skip) skipped;	  /* sorted by path */
	VEC(const char *) notes;	  /* one line each: what was not understood */
	VEC(const char *)
	requires; /* C libraries and packages descriptions name, for coverage */
	/* What descriptions ask of Python packages, to build or to run, sorted: as written
	 * ("numpy>=2.1; python_version > '3.12'") */
	VEC(const char *) requirements;
};

struct build_options {
	const char *const *paths; /* files and directories given */
	size_t npaths;
	const char *build_dir;	  /* -p, or NULL: look in the usual folders */
	const char *const *flags; /* -I/-D/-U given by the user, joined form ("-Iinc") */
	size_t nflags;
	const char *python; /* "3.15": its headers come with the front end; NULL: none do */
	/* The paths are some of a project's units, the others are scanned by other calls:
	 * modules without C are listed wherever their sources are, and nothing is said about
	 * what lies outside of the paths. */
	bool partial;
};

/* Fills B. Problems with input are said with diag_error/diag_warning as they are met;
 * false only where nothing at all can be scanned (said as well). */
bool build_discover(struct build *b, const struct build_options *options);
void build_release(struct build *b);

/* Has one of the folders of PATH, its last part aside, a name that says "from elsewhere"? */
bool build_names_vendored(const char *path);

/* The golden-file form of a build (--dump-build). */
struct buf;
void build_dump(const struct build *b, struct buf *out);

#endif
