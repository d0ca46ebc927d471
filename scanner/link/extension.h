/*
 * A whole extension: the facts of all its units joined. Symbols resolved over files,
 * modules and their declaration, Python types, thread roots, call graph, phases.
 *
 * An extension owns its arena and the facts it was given; it is built once by
 * ext_link and only read afterwards. References are indexes into the arrays here,
 * EXT_NONE where there is none. Order is deterministic and does not depend on the order
 * in which units were given.
 */
#ifndef GC_LINK_EXTENSION_H
#define GC_LINK_EXTENSION_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "db/db.h"
#include "facts/facts.h"

#include <stdbool.h>
#include <stdint.h>

#define EXT_NONE UINT32_MAX

/* A place in the source: a location that knows its unit. */
struct ext_loc {
	uint32_t unit; /* extension.units */
	struct facts_loc loc;
};

/* When code runs. A function has the bits of all the ways that lead to it: one that only
 * tp_new calls has PHASE_CONSTRUCT alone, although that happens at any time and in any
 * thread. For state that is not of the object in question ask PHASES_AFTER_IMPORT. */
enum ext_phase {
	PHASE_CREATE = 1,    /* PyInit_*, Py_mod_create: before the module is shared */
	PHASE_EXEC = 2,	     /* Py_mod_exec: once a module, without the GIL */
	PHASE_CONSTRUCT = 4, /* tp_new, tp_alloc: owns the object it makes */
	PHASE_DEALLOC = 8,   /* tp_dealloc, tp_free: owns the object it gets */
	PHASE_TRAVERSE = 16, /* the world is stopped */
	PHASE_RUN = 32,	     /* everything else: any thread, any time */
	PHASE_UNLOAD = 64,   /* m_free, m_clear, atexit */
};

#define PHASES_AFTER_IMPORT (PHASE_CONSTRUCT | PHASE_DEALLOC | PHASE_TRAVERSE | PHASE_RUN)

enum ext_target_kind {
	TARGET_FUNCTION, /* `id`: extension.functions */
	TARGET_API,	 /* `api` */
	TARGET_EXTERNAL, /* a name that neither the extension nor the database has; a field of
			  * a foreign struct (`type->tp_alloc`) is such a name too */
	TARGET_INDIRECT, /* through a pointer, or virtual; `candidates` when they could be told */
};

struct ext_call {
	uint32_t op; /* index in the function's ops */
	enum ext_target_kind kind;
	uint32_t id;
	const struct db_api *api;
	const struct db_library *library; /* TARGET_EXTERNAL: the one that NAME belongs to */
	const char *name; /* of what is called as written; NULL: through a pointer */
	/* Functions that it may reach: TARGET_INDIRECT: all; else what it was handed and calls
	 * before it returns (a comparator, a once function). */
	VEC(uint32_t) candidates;
};

struct ext_function {
	uint32_t unit;
	uint32_t index; /* facts.functions of that unit */
	const struct facts *facts;
	const struct facts_function *code;
	const struct facts_symbol *symbol;
	const char *name;
	const char *key;
	VEC(struct ext_call) calls; /* by op */
	VEC(uint32_t) callers;	    /* functions, each once */
	VEC(uint32_t) roots;	    /* extension.roots that reach it, sorted */
	VEC(uint32_t) modules;	    /* extension.modules it belongs to, sorted */
	unsigned phases;	    /* enum ext_phase */
	bool address_taken;	    /* and where it went is not fully known */
	bool unreached;		    /* no root leads here */
};

/* A file-scope or static local variable, or a static data member. */
struct ext_variable {
	uint32_t unit;
	uint32_t symbol; /* facts.symbols of that unit: the definition where there is one */
	const struct facts *facts;
	const struct facts_symbol *sym;
	const char *name;
	const char *key;
	uint32_t function; /* static local: the function it stands in */
	VEC(uint32_t) modules;
};

struct ext_record {
	const char *name;
	const char *key;
	uint32_t unit, index; /* one unit's complete view of it */
	const struct facts *facts;
	const struct facts_record *rec;
	uint32_t type;	   /* extension.types whose instances it lays out, or EXT_NONE */
	uint32_t state_of; /* module whose state it is, or EXT_NONE */
};

/* A Python type that the extension makes. */
struct ext_type {
	const char *name;  /* tp_name or spec name, else the variable's name */
	uint32_t variable; /* static PyTypeObject, PyType_Spec or slot array */
	bool heap;
	uint32_t record; /* layout of the instances, EXT_NONE: unknown */
	uint32_t base;	 /* extension.types, where it is one of ours */
	struct ext_loc loc;
	VEC(uint32_t) roots;
};

/* An entry point: where threads come in. */
struct ext_root {
	enum db_entry_kind kind;
	uint32_t function;
	uint32_t type; /* extension.types it belongs to, or EXT_NONE */
	VEC(uint32_t) modules;
	const char *name;   /* "feed", "tp_repr", "__init__" */
	const char *text;   /* "method 'feed' of Spam" */
	struct ext_loc loc; /* the table row, or the call that registers it */
	unsigned flags;	    /* METH_* value of a method */
	int self_param;	    /* index of the parameter that is the object or module, -1: none */
	bool likely_only;   /* address handed to code that we cannot see */
	const struct db_api *given_to; /* EXPORTED: by this call, where it is known; or NULL */
};

enum ext_declared {
	DECLARED_ABSENT,
	DECLARED_NOT_USED,
	DECLARED_USED,
	DECLARED_INEFFECTIVE,
	DECLARED_UNKNOWN,
};

enum ext_ineffective { /* why a declaration has no effect (GIL105) */
	INEFFECTIVE_NO,
	INEFFECTIVE_IN_EXEC,
	INEFFECTIVE_MULTI_PHASE,
	INEFFECTIVE_DUPLICATE,
	INEFFECTIVE_VALUE,
	INEFFECTIVE_CREATE_NON_MODULE,
	INEFFECTIVE_GUARD,
};

struct ext_module {
	const char *name;      /* last part: "_spam" */
	const char *full_name; /* as a description names it, or the same */
	const char *style;     /* report.md: init_style */
	enum ext_declared declared;
	enum ext_ineffective ineffective;
	struct ext_loc declared_at; /* unit EXT_NONE: nowhere */
	uint32_t init;		    /* function, EXT_NONE: not found */
	const char *init_name;	    /* PyInit__spam */
	struct ext_loc loc;
	uint32_t def; /* variable: PyModuleDef, or EXT_NONE */
	VEC(uint32_t) roots;
	VEC(uint32_t) units; /* that belong to it, sorted */
	VEC(uint32_t) functions;
	const char *kind; /* build_module.kind: "c", "cython" … */
	bool bound;	  /* made by a binding library's macro: its init body names entry points */
	const char *declares; /* db_module_style.declares of what generated it, or NULL */
};

struct ext_unit_map; /* of the linker: where a unit's own numbers lead */

struct extension {
	struct arena arena;
	struct intern strings;
	VEC(struct facts *) units; /* sorted by unit name */
	VEC(struct ext_function) functions;
	VEC(struct ext_variable) variables;
	VEC(struct ext_record) records;
	VEC(struct ext_type) types;
	VEC(struct ext_root) roots;
	VEC(struct ext_module) modules; /* sorted by name, then init place */
	/* By key; of several external ones with one key the first: see ext_…_of_symbol. */
	struct map function_of_key, variable_of_key, record_of_key;
	struct ext_unit_map *maps; /* by unit */
	uint32_t unresolved_calls; /* indirect ones without candidates, in code that runs */
};

struct build;

/* What the command line or the facts files say about modules beyond the facts. */
struct ext_options {
	const struct build *build; /* NULL with --link: everything comes from the facts */
	unsigned python;	   /* 0x030f: slot numbers and value tests differ by version */
};

/* Takes over the facts (malloc'ed structs, freed by ext_release). */
void ext_link(struct extension *ext, struct facts *const *units, size_t n,
	const struct ext_options *options);
void ext_release(struct extension *ext);

/* Look-ups. UNIT is an index of extension.units, the second argument one of that unit's. */
uint32_t ext_function_of_symbol(const struct extension *ext, uint32_t unit, uint32_t symbol);
uint32_t ext_variable_of_symbol(const struct extension *ext, uint32_t unit, uint32_t symbol);
uint32_t ext_record_of(const struct extension *ext, uint32_t unit, uint32_t record);
/* The call at operation OP of FN; NULL where OP is none. */
const struct ext_call *ext_call_at(const struct ext_function *fn, uint32_t op);

struct buf;
void ext_dump(const struct extension *ext, struct buf *out);

#endif
