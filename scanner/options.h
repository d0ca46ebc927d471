/* The command line, read from one table that --help is printed from. */
#ifndef GC_OPTIONS_H
#define GC_OPTIONS_H

#include "base/arena.h"
#include "base/vec.h"
#include "rules/finding.h"

#include <stdbool.h>

struct buf;

enum action {
	ACTION_SCAN,
	ACTION_LINK,
	ACTION_FIX,
	ACTION_DECLARE,
	ACTION_EMIT_FACTS,
	ACTION_DUMP_BUILD,
	ACTION_DUMP_FACTS,
	ACTION_DUMP_EXTENSION,
	ACTION_EXPLAIN,
	ACTION_API,
	ACTION_SHIM_FLAGS,
	ACTION_HELP,
	ACTION_VERSION,
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_GITHUB };

enum fail_on { FAIL_ON_WARNING, FAIL_ON_ERROR, FAIL_ON_NEVER };

/* Strings belong to argv or to the arena. */
struct options {
	struct arena arena;
	enum action action;
	bool apply;	     /* --fix=apply, --declare=apply */
	const char *subject; /* of --explain, --api */
	VEC(const char *) paths;
	VEC(const char *) flags; /* -I, -D, -U in joined form */
	const char *build_dir;
	enum format format;
	const char *output;
	enum fail_on fail_on;
	VEC(const char *) only, skip; /* codes */
	bool show_review;
	const char *python;	    /* "3.15" */
	const char *python_include; /* a directory, "auto", or NULL */
	unsigned jobs;		    /* 0: one a core */
	const char *cache;
	bool no_cache;
	VEC(const char *) db;
};

/* False where the command line is wrong; that was said. */
bool options_parse(struct options *o, int argc, char **argv);
void options_release(struct options *o);
void options_help(struct buf *out);

#endif
