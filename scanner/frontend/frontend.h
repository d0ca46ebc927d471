/*
 * Parsing and lowering: a translation unit goes in, its facts come out, and the
 * parser's objects are gone. The only stage that knows libclang.
 *
 * Parsing happens in processes of another program, gilcheck-parse: no input can crash or
 * hang the caller, and only that program loads libclang. Only what changes parsing is
 * passed to the parser, and only from struct build_unit.
 */
#ifndef GC_FRONTEND_FRONTEND_H
#define GC_FRONTEND_FRONTEND_H

#include "discover/build.h"
#include "facts/facts.h"

#include <stdbool.h>
#include <stddef.h>

struct words;

struct frontend_options {
	const char *python;	    /* "3.15"; NULL: FRONTEND_PYTHON */
	const char *python_include; /* real headers; NULL: the embedded ones */
	const char *python_shown;   /* how reports name python_include; NULL: as given */
	unsigned jobs;		    /* worker processes; 0: one a core */
	const char *cache_dir;	    /* NULL: $XDG_CACHE_HOME/gilcheck or ~/.cache/gilcheck */
	bool no_cache;		    /* use and write no cache */
	unsigned seconds;	    /* time limit of one unit; 0: FRONTEND_SECONDS */
	const struct words *words;  /* frontend_run asks the database for them itself */
	bool verify;		    /* check the facts of each unit before they are handed on */
	void (*progress)(size_t done, size_t total, const char *path, void *data);
	void *progress_data;
};

#define FRONTEND_PYTHON	 "3.15"
#define FRONTEND_SECONDS 300

/* Parses and lowers one unit in this process. OPTIONS have words; OUT must be initialised. False where
 * nothing could be read: OUT is then marked unread and says why. */
bool frontend_unit(
	struct facts *out, const struct build_unit *unit, const struct frontend_options *options);

/* Parses and lowers all units of B. EACH gets the facts in the order of B's units, and
 * owns them. A unit whose worker died or ran over its time arrives as unread. False
 * where gilcheck-parse could not be started (said). */
bool frontend_run(const struct build *b, const struct frontend_options *options,
	void (*each)(struct facts *facts, void *data), void *data);

/* The other end of frontend_run, which is gilcheck-parse: reads a request from one file and
 * writes the facts of its units, in order, to the other. False where the request is not
 * one (said) or nobody reads the facts. A unit may end the process: those after it are to be
 * asked for again. */
bool frontend_serve(int from, int to);

/* What gilcheck-parse exits with where asking again is of no use. */
#define FRONTEND_REFUSED 2

/* Makes the precompiled headers for the default flags of each language under
 * DATA/api/VERSION/pch; those without Python.h under DATA/api/std/pch. For the build and for installing; false: said why. */
bool frontend_make_pch(const char *data, const char *python);

#endif
