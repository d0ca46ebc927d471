/*
 * What the parts of discovery share. Paths inside are absolute and normalized by text;
 * they become openable and showable (see build.h) only when units.c writes the build.
 *
 * Everything here lives in the scratch arena and dies with build_discover().
 */
#ifndef GC_DISCOVER_DISCOVER_H
#define GC_DISCOVER_DISCOVER_H

#include "base/map.h"
#include "discover/build.h"

typedef VEC(const char *) strings;

/* A source that the walk met. */
struct source_file {
	const char *path;
	const char *skip; /* why its folder is left out, or NULL */
	bool vendored;
};

/* A folder left out by its name or look; SOURCES counts what that hides. */
struct skipped_dir {
	const char *path;
	const char *reason;
	unsigned sources;
};

/* What a description says is compiled together. */
struct target {
	const char *name;   /* of the module, dotted; NULL: compiled, but not known as one */
	const char *origin; /* "setup.py:12" */
	const char *kind;   /* see build_module.kind */
	strings sources;
	strings flags; /* pairs: "-I", "/abs/dir", "-D", "X=1" ... */
	const char *std_c, *std_cxx;
	enum build_language language; /* only where FORCED: said by -x */
	bool forced_language;
	bool exact; /* from a compile database: what it says is what is compiled */
	/* The description, for people, and its folder, where all of the sources could be told;
	 * else NULL. */
	const char *whole, *whole_dir;
};

/* Defined by a description, with a value that could not be told. */
struct unknown_macro {
	const char *name, *origin;
};

struct discover {
	struct build *b;
	const struct build_options *options;
	struct arena arena; /* scratch */
	const char *cwd;
	const char *root;      /* common directory of the paths */
	const char *real_root; /* the same with links resolved: databases name it so */
	strings paths;	       /* what is scanned: files and directories */
	strings projects;      /* where descriptions are looked for */
	VEC(struct source_file) sources;
	VEC(struct skipped_dir) skipped;
	strings descriptions; /* setup.py, meson.build ... in the order they are read */
	struct map headers;   /* base name -> struct header_list */
	VEC(struct target) targets;
	VEC(struct build_skip) skips;
	strings notes;
	strings needs;	      /* libraries and packages */
	strings requirements; /* of Python packages, as written */
	struct map texts;     /* path -> struct ctext, see ctext.h */
	struct map exists;
	VEC(struct unknown_macro) unknown_macros;
	struct map macro_values;    /* see macro_values.c */
	struct system_dirs *system; /* see headers.c */
	const char *python_api;	    /* directory of the interpreter's headers, or NULL */
	VEC(struct arena) arenas;   /* of the scripts that were read */
};

/* walk.c */
void walk_tree(struct discover *d, const char *dir);
bool walk_is_source(const char *path);
/* Why a folder of this name is left out, or NULL. */
const char *walk_folder_rule(const char *name);
bool walk_looks_vendored(const struct discover *d, const char *path);
struct header_list {
	strings paths;
};

/* discover.c */
void note(struct discover *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void need(struct discover *d, const char *name);
/* TEXT: requirements of Python packages, one a line. */
void require(struct discover *d, const char *text);
void skip(struct discover *d, const char *path, const char *reason);
/* NAME as seen from DIR, absolute and normalized. */
const char *absolute(struct discover *d, const char *dir, const char *name);
/* As people know it: from the current directory, else from the root. */
const char *shown(const struct discover *d, struct arena *a, const char *path);
bool is_file(struct discover *d, const char *path);
bool is_dir(const char *path);
bool in_scope(const struct discover *d, const char *path);
bool ends_with(const char *s, const char *tail);
bool strings_have(const strings *list, const char *s);

/* compdb.c: true where a database was found and gave entries. */
bool compdb_read(struct discover *d);

/* The readers of descriptions: each appends to d->targets. TEXT is NUL-terminated. */
void read_setup_py(struct discover *d, const char *path, const char *text);
void read_pyproject(struct discover *d, const char *path, const char *text);
void read_meson(struct discover *d, const char *path, const char *text);
void read_cmake(struct discover *d, const char *path, const char *text);
void read_cargo(struct discover *d, const char *path, const char *text);
/* The makesetup format: "spam spammodule.c -lm". */
void read_setup_file(struct discover *d, const char *path, const char *text);

/* units.c */
void units_make(struct discover *d, bool exact);

/* macro_values.c: gives macros without a value the one that a header in FLAGS' directories
 * has for them. */
void macros_complete(struct discover *d, strings *flags);

/* headers.c: adds what the #include lines of SOURCE, and of what it includes, want and
 * FLAGS do not give; INCLUDED gets the sources (".c") among what is included. */
void headers_complete(struct discover *d, const char *source, strings *flags, strings *included);

#endif
