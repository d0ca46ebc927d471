/*
 * The facts of one translation unit: what the front end leaves behind once the
 * parser's objects are dropped. Flat, boring, complete: linking and the rules need
 * neither the source tree nor a parser.
 *
 * Everything lives in the arena of its struct facts. Strings are interned in it:
 * equal strings of one unit are one pointer. References between entries are indexes
 * (uint32_t) into the arrays here, FACTS_NONE where there is none.
 *
 * The code of a function is a list of basic blocks over one array of operations, in
 * evaluation order. An operation that yields a value is named by its index in the
 * function's ops (OPERAND_TEMP). Memory is touched by LOAD, STORE and RMW through a
 * place: a variable or the target of a pointer value, then fields and elements.
 * Every pointer step is an operation of its own:
 *
 *	self->buf->len = n + 1
 *
 *	0 load  self                      place {LOCAL self}
 *	1 load  (*%0).buf                 place {MEM %0; .buf}
 *	2 load  n                         place {LOCAL n}
 *	3 add   %2, 1
 *	4 store (*%1).len <- %3           place {MEM %1; .len}
 */
#ifndef GC_FACTS_FACTS_H
#define GC_FACTS_FACTS_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* Raised with every change of meaning or layout; facts files of another version are
 * refused. */
#define FACTS_VERSION 4
#define FACTS_NONE    UINT32_MAX

struct facts_loc {
	uint32_t file;	 /* facts.files, FACTS_NONE: nowhere */
	uint32_t line;	 /* from 1 */
	uint32_t column; /* from 1, in bytes */
};

struct facts_line {
	uint32_t line;
	const char *text; /* without the newline */
};

/* A comment that speaks to gilcheck. */
struct facts_comment {
	uint32_t line;	  /* where it ends */
	bool own_line;	  /* nothing but the comment on its lines: it is about the next code line */
	const char *text; /* inside of the comment delimiters, trimmed */
};

enum facts_origin {
	FACTS_PROJECT, /* of the scanned tree */
	FACTS_API,     /* Python's headers, embedded or real */
	FACTS_SYSTEM,  /* the C library, the compiler, other installed packages */
};

struct facts_file {
	const char *path; /* as reported */
	enum facts_origin origin;
	bool vendored;
	VEC(struct facts_line)
	lines; /* project files: the lines that an op, a symbol, an
				       * initialiser or a record names; sorted by line */
	VEC(struct facts_comment) comments;
};

/* ---- types ---- */

enum facts_type_kind {
	TYPE_OTHER,
	TYPE_VOID,
	TYPE_BOOL,
	TYPE_INT,
	TYPE_FLOAT,
	TYPE_POINTER,
	TYPE_ARRAY,
	TYPE_RECORD,
	TYPE_ENUM,
	TYPE_FUNCTION,
	TYPE_REFERENCE,
};

enum facts_type_flags {
	TYPE_CONST = 1,
	TYPE_VOLATILE = 2,
	TYPE_ATOMIC = 4, /* _Atomic, std::atomic */
};

/* Canonical but for `name`. */
struct facts_type {
	enum facts_type_kind kind;
	unsigned flags;
	const char *name; /* as spelled: "PyObject *", "SpamObject" */
	uint32_t target;  /* pointee, element, referred-to, return type of a function */
	uint32_t record;  /* TYPE_RECORD: facts.records */
	uint64_t count;	  /* elements of an array, 0: unknown */
	uint32_t size;	  /* bytes, 0: unknown */
};

enum facts_field_flags {
	FIELD_BITS = 1,
	FIELD_MUTABLE = 2,
	FIELD_STATIC = 4,
	FIELD_ANONYMOUS = 8,
};

struct facts_field {
	const char *name; /* "" for an anonymous struct or union */
	uint32_t type;
	unsigned flags;
	struct facts_loc loc;
	uint32_t annotations; /* facts.annotations: first of a chain, or FACTS_NONE */
};

enum facts_record_kind { RECORD_STRUCT, RECORD_UNION, RECORD_CLASS };

struct facts_record {
	const char *name; /* what people call it: typedef name, else tag; "(anonymous)" */
	const char *key;  /* same record in other units: same key */
	enum facts_record_kind kind;
	enum facts_origin origin;
	bool complete;
	struct facts_loc loc;
	VEC(struct facts_field) fields; /* in layout order */
	VEC(uint32_t) bases;		/* C++: types */
};

/* ---- symbols ---- */

enum facts_symbol_kind { SYMBOL_FUNCTION, SYMBOL_VARIABLE, SYMBOL_ENUMERATOR };

enum facts_linkage {
	LINKAGE_EXTERNAL,
	LINKAGE_INTERNAL, /* static, anonymous namespace */
	LINKAGE_NONE,	  /* static local */
};

enum facts_symbol_flags {
	SYMBOL_DEFINED = 1,
	SYMBOL_STATIC = 2,
	SYMBOL_THREAD_LOCAL = 4,
	SYMBOL_CONST = 8, /* the object itself cannot be written */
	SYMBOL_INLINE = 16,
	SYMBOL_NORETURN = 32,
	SYMBOL_VIRTUAL = 64,
	SYMBOL_CONSTRUCTOR = 128,
	SYMBOL_DESTRUCTOR = 256,
	SYMBOL_METHOD = 512,	/* C++ member function with a `this` (parameter 0) */
	SYMBOL_VISIBLE = 1024,	/* exported from the shared object: PyMODINIT_FUNC and the like */
	SYMBOL_IMPLICIT = 2048, /* declared by nobody: called without a declaration */
	SYMBOL_CONSTEXPR_INIT = 4096, /* C++ variable without run-time initialisation */
};

/* One per function, file-scope variable and static local that is defined or named. */
struct facts_symbol {
	enum facts_symbol_kind kind;
	const char *name; /* PyList_GetItem, Spam::feed, counter */
	const char *key;  /* links units: equal keys are one symbol. Internal ones hold the
			   * unit's or the defining header's path, so that they never collide */
	enum facts_linkage linkage;
	enum facts_origin origin;
	unsigned flags;
	uint32_t type;
	struct facts_loc loc; /* of the definition where there is one */
	uint32_t function;    /* static local: the symbol of the function it stands in */
	uint32_t init;	      /* variable: facts.inits, or FACTS_NONE */
	uint32_t record;      /* member: its class */
	uint32_t annotations;
	int64_t value; /* enumerator */
};

/* Contracts: [[clang::annotate("gilcheck:guarded_by(lock)")]] and its macros. */
struct facts_annotation {
	const char *text; /* what follows "gilcheck:" */
	uint32_t next;	  /* chain */
	struct facts_loc loc;
};

/* ---- static initialisers ---- */

enum facts_init_kind {
	INIT_UNKNOWN, /* not a constant we understand; `text` says what stands there */
	INIT_LIST,    /* children */
	INIT_INT,
	INIT_NULL,
	INIT_STRING,
	INIT_SYMBOL, /* a function, or a variable's address or value */
};

/* A tree: initialisers of method tables, slots, types, module definitions. Children
 * carry the field or element they initialise, elided braces and designators resolved. */
struct facts_init {
	enum facts_init_kind kind;
	const char *field; /* name of the field of the record, NULL for an array element */
	uint64_t index;	   /* element of an array, or position of the field */
	uint32_t type;
	int64_t value;	    /* INIT_INT */
	const char *string; /* INIT_STRING: up to the first NUL */
	uint32_t symbol;    /* INIT_SYMBOL */
	/* As written, up to 200 bytes, spaces folded: for one identifier the identifier even
	 * where it is a macro ("Py_mod_gil"), so that slots are told by name. */
	const char *text;
	struct facts_loc loc;
	uint32_t first; /* INIT_LIST: facts.inits, children one after the other */
	uint32_t count;
};

/* ---- code ---- */

enum facts_operand_kind {
	OPERAND_NONE,
	OPERAND_TEMP,	/* value of operation `id` of this function */
	OPERAND_INT,	/* `value` */
	OPERAND_NULL,	/* null pointer constant */
	OPERAND_STRING, /* `text`: a literal */
	OPERAND_SYMBOL, /* address of function or variable `id` (facts.symbols) */
	OPERAND_OTHER,	/* a constant without interest: float, sizeof */
};

struct facts_operand {
	enum facts_operand_kind kind;
	uint32_t id;
	union {
		int64_t value;
		const char *text;
	};
};

enum facts_place_kind {
	PLACE_LOCAL,  /* `id`: the function's locals (parameters first) */
	PLACE_GLOBAL, /* `id`: facts.symbols, static locals included */
	PLACE_MEM,    /* what `base`, a pointer value, points at */
	PLACE_UNKNOWN,
};

enum facts_step_kind { STEP_FIELD, STEP_INDEX };

struct facts_step {
	enum facts_step_kind kind;
	uint32_t record;	    /* STEP_FIELD: facts.records */
	uint32_t field;		    /* and its field there */
	struct facts_operand index; /* STEP_INDEX */
};

struct facts_place {
	enum facts_place_kind kind;
	uint32_t id;
	struct facts_operand base;
	uint32_t first_step; /* function.steps */
	uint32_t nsteps;
};

enum facts_op_kind {
#define OP(id, name) OP_##id,
#include "facts/ops.def"
#undef OP
};

/* What `sub` holds for UNARY, BINARY and RMW. */
enum facts_operator {
#define OPERATOR(id, text) OPERATOR_##id,
#include "facts/ops.def"
#undef OPERATOR
};

enum facts_op_flags {
	OPF_ATOMIC = 1, /* LOAD, STORE, RMW of an atomic type */
	OPF_VOLATILE = 2,
	OPF_IMPLICIT = 4,   /* made by the language: a destructor at scope end, a conversion */
	OPF_MACRO_CALL = 8, /* CALL: an API macro of this name, not a function (overlay marker) */
	OPF_VIRTUAL = 16,   /* CALL: `callee` may be overridden */
	OPF_INIT = 32,	    /* STORE: initialises a variable at its declaration */
	OPF_UNEVALUATED =
		64, /* never executed as written (sizeof a VLA aside): kept for names only */
	OPF_IN_MACRO = 128, /* `macro` is set */
};

struct facts_op {
	enum facts_op_kind kind;
	uint16_t sub; /* enum facts_operator */
	uint16_t flags;
	uint32_t type;	      /* of the value; of the object for STORE */
	struct facts_loc loc; /* where the programmer wrote it: expansion place of macros */
	uint32_t place;	      /* LOAD STORE RMW ADDR: function.places; else FACTS_NONE */
	uint32_t callee;      /* CALL: facts.symbols, FACTS_NONE: through the pointer `args[0]`,
			  * whose arguments follow it */
	uint32_t first_arg;   /* function.args: operands; CALL: its arguments, `this` first;
			     * STORE and RMW: the value; UNARY, CAST: one; BINARY: two;
			     * BRANCH: condition; SWITCH: value; RETURN: value or none */
	uint32_t nargs;
	const char *macro; /* outermost macro it was written with, or NULL */
};

struct facts_block {
	uint32_t first_op; /* function.ops; the last op of a block is its terminator */
	uint32_t nops;
	uint32_t first_succ; /* function.succs: block numbers. BRANCH: true, false. SWITCH: one a
			      * case, then the default. JUMP: one. RETURN, UNREACHABLE: none */
	uint32_t nsuccs;
};

enum facts_local_flags { LOCAL_PARAM = 1, LOCAL_SYNTHETIC = 2, LOCAL_THIS = 4 };

struct facts_local {
	const char *name; /* "" for the front end's own (values of ?:, &&, ||) */
	uint32_t type;
	unsigned flags;
	struct facts_loc loc;
	uint32_t annotations;
};

enum facts_function_flags {
	FUNCTION_DAMAGED = 1,  /* an error lies in its extent: incomplete */
	FUNCTION_TEMPLATE = 2, /* body of a template as written, types unknown */
	FUNCTION_INSTANCE = 4, /* of a template */
	FUNCTION_LAMBDA = 8,
	FUNCTION_GENERATED = 16, /* from generated code (Cython boilerplate and the like) */
};

/* A function with a body. Block 0 is the entry. Blocks are in source order; unreachable
 * ones are kept. */
struct facts_function {
	uint32_t symbol;
	unsigned flags;
	uint32_t nparams; /* the first of `locals` */
	struct facts_loc begin, end;
	VEC(struct facts_local) locals;
	VEC(struct facts_block) blocks;
	VEC(uint32_t) succs;
	VEC(int64_t) cases; /* values of SWITCH cases: see ops.def */
	VEC(struct facts_op) ops;
	VEC(struct facts_operand) args;
	VEC(struct facts_place) places;
	VEC(struct facts_step) steps;
};

/* ---- what was not understood ---- */

enum facts_unknown_kind {
#define UNKNOWN(id, name) UNKNOWN_##id,
#include "facts/ops.def"
#undef UNKNOWN
};

struct facts_unknown {
	enum facts_unknown_kind kind;
	struct facts_loc loc;
	const char *detail; /* "header 'libpq-fe.h' not found" */
	uint32_t function;  /* facts.functions it damages, or FACTS_NONE */
	uint32_t symbol;    /* variable whose initialiser it damages, or FACTS_NONE */
};

/* A #define in the unit or on its command line that other stages ask for (which ones:
 * the database says). */
struct facts_define {
	const char *name;
	const char *value;    /* as written, "" for none */
	struct facts_loc loc; /* FACTS_NONE file: command line */
};

struct facts_include {
	const char *name; /* as written, without the delimiters */
	const char *path; /* as found, reported form; NULL: not found */
	struct facts_loc loc;
};

/* A module that the build descriptions name and that has no C here: made by Cython, Rust
 * and the like. */
struct facts_foreign_module {
	const char *name;
	const char *kind; /* build_module.kind */
};

struct facts {
	struct arena arena;
	struct intern strings; /* not those that came from a file, which has each only once */

	/* build record */
	const char *unit;     /* path as reported, plus the variant: names the unit */
	const char *path;     /* path as reported */
	const char *language; /* "c", "c++" */
	const char *python;   /* "3.15" */
	const char *headers;  /* "embedded", or what --python-include gave, reported form */
	const char *origin;   /* build_unit.origin */
	bool vendored;
	bool unread;		   /* could not be parsed at all; `unknowns` says why */
	VEC(const char *) flags;   /* what the parser was given, without the tool's own */
	VEC(const char *) modules; /* modules that the build description puts it into */
	/* of the project around it, alike in all its units: so that linking facts files says
	 * what one call over the tree does */
	VEC(struct facts_foreign_module) foreign_modules;
	VEC(const char *) notes;	/* what was not understood of the descriptions */
	VEC(const char *) requirements; /* build.requirements */

	VEC(struct facts_file) files; /* 0 is the unit itself */
	VEC(struct facts_type) types;
	VEC(struct facts_record) records;
	VEC(struct facts_symbol) symbols;
	VEC(struct facts_annotation) annotations;
	VEC(struct facts_init) inits;
	VEC(struct facts_function) functions;
	VEC(struct facts_unknown) unknowns;
	VEC(struct facts_define) defines;
	VEC(struct facts_include) includes;
	uint32_t functions_seen; /* functions with a body in project files, lowered or not */
};

void facts_init(struct facts *f);
void facts_release(struct facts *f);

/* Puts lines, comments, unknowns and the rest into their canonical order (not symbols,
 * types, records: those are referred to by index and stand in order of first use). */
void facts_finish(struct facts *f);

/* Checks every index and shape; a front end that lowered wrongly fails next to its cause,
 * and a damaged file is found. NULL, or what is wrong (in the arena). What later stages may
 * then rely on beyond the indexes: names and init texts are not NULL (finish makes missing
 * init texts ""), an operand names an operation with a smaller index, every operation is in
 * one block and a block's last one, only that one, is a terminator; types, annotations and
 * initialisers lead to an end, no record holds itself. */
const char *facts_verify(struct facts *f);

const char *facts_op_name(enum facts_op_kind kind);
const char *facts_operator_text(enum facts_operator op);
const char *facts_unknown_name(enum facts_unknown_kind kind);
/* The text of LOC's line, or NULL where it was not kept. */
const char *facts_source_line(const struct facts *f, struct facts_loc loc);

#endif
