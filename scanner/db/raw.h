/*
 * The raw part of the database: what a set of Python headers declares, read
 * mechanically. Names, types and values only. scanner/frontend/import*.c fills it,
 * raw_write() stores it as compat-db/raw/<file>.json.
 *
 * Every text is a C declaration or expression of our own making, rendered from the
 * parsed types: "int PyList_Append(PyObject *, PyObject *)".
 */
#ifndef GC_DB_RAW_H
#define GC_DB_RAW_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>

enum raw_kind { RAW_FUNCTION, RAW_VARIABLE, RAW_TYPE, RAW_CONSTANT, RAW_MACRO, RAW_HEADER };
#define RAW_KINDS 6

struct raw_field {
	const char *decl;   /* "Py_ssize_t ob_size", "unsigned int kind : 3"; NULL: a record */
	const char *record; /* "struct" or "union": fields follow */
	const char *tag;    /* of the record, NULL: none */
	const char *suffix; /* what follows the closing brace: "state", "cache[4]", "" */
	VEC(struct raw_field) fields;
};

struct raw_value {
	const char *name; /* of an enumerator */
	long long number;
	bool is_unsigned;
};

struct raw_item {
	enum raw_kind kind;
	const char *name;
	const char *header;
	/* function, variable: the declaration; typedef: as with `typedef` before it;
	 * constant: the type of the value where it is not int */
	const char *decl;
	const char *returns; /* function and macro: type of the result */
	/* function: declarations of the parameters; macro: their names; header: what it
	 * includes that is not Python's */
	VEC(const char *) params;
	VEC(const char *) args; /* macro: a type that each argument can have */
	bool is_inline;
	bool is_noreturn;
	bool is_variadic;
	bool is_lvalue;	 /* macro: the result can be assigned */
	bool is_generic; /* macro: the type of the result follows the arguments */
	const char
		*shape; /* type: "struct", "union", "enum", "typedef", "type-macro"; macro: "value",
			    * "statement", "alias", "object"; constant: "integer", "real",
			    * "string"; header: "" */
	const char *tag; /* record or enum: its tag, NULL: anonymous behind a typedef */
	const char *
		text; /* constant: string (quoted) or real; alias: what it stands for; header: guard */
	struct raw_value value;
	VEC(struct raw_field) fields;
	VEC(struct raw_value) values; /* enumerators */
	bool in_python_h;	      /* header: reached by including Python.h alone */
};

/* Everything one version's headers declare. */
struct raw_version {
	unsigned minor; /* 3.MINOR */
	VEC(struct raw_item) items;
};

struct raw_set {
	struct arena arena;
	VEC(struct raw_version) versions; /* ascending */
};

/* Merges the versions and writes DIR/functions.json and the others. Of a name that a
 * version from FLOOR on has, only those versions' variants are stored; of an older one
 * the newest variant. False after a diag_error. */
bool raw_write(struct raw_set *set, const char *dir, unsigned floor);

#endif
