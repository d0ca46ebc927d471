/*
 * Inside of the front end: one translation unit while it is being lowered.
 *
 * Maps from libclang's objects are keyed by the first data pointer of a canonical
 * cursor or of a type: equal cursors have equal pointers, and no text is made.
 */
#ifndef GC_FRONTEND_UNIT_H
#define GC_FRONTEND_UNIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "facts/facts.h"
#include "frontend/frontend.h"

#include <clang-c/Index.h>

struct ptrmap_slot {
	const void *key;
	uint32_t value;
};

struct ptrmap {
	struct ptrmap_slot *slots;
	size_t cap, n;
};

/* NULL where KEY is not in it. Pointers hold until the next put. */
uint32_t *ptrmap_get(const struct ptrmap *m, const void *key);
void ptrmap_put(struct arena *a, struct ptrmap *m, const void *key, uint32_t value);

/* What the front end knows about a file beside its facts. */
struct source {
	CXFile file;
	const char *open; /* path as the parser names it */
	bool main_like;	  /* not a header: internal symbols belong to the unit */
};

/* The parser's buffer of a file, which need not be one of the facts'. */
struct file_text {
	const char *text;
	size_t size;
};

/* A file as the parser's places count it: one range of numbers, one number a byte. Where a
 * place lies is then arithmetic, which the parser's own answer is not. That they count so is
 * learnt from its answers: see answers_agree(). */
struct span {
	unsigned first; /* the place of byte 0 */
	size_t size;
	uint32_t file;	       /* facts.files */
	uint32_t *lines;       /* offsets at which lines start */
	uint32_t nlines, last; /* how many, and the one that was asked for last */
};

/* Children of an expression that was looked at lately. */
struct kid_memo {
	const void *parent[2];
	unsigned n;
	CXCursor v[2];
};

#define KID_MEMOS 256

struct error_at {
	uint32_t file;
	unsigned offset;
	uint32_t unknown; /* facts.unknowns */
};

struct error_list {
	VEC(struct error_at) v;
};

struct field_list {
	VEC(CXCursor) v;
};

struct pending_method {
	CXCursor cursor;
	unsigned flags; /* enum facts_function_flags */
};

struct unit {
	struct facts *facts;
	const struct build_unit *build;
	const struct frontend_options *options;
	struct arena scratch; /* maps, cursors: dies with the parser's objects */
	CXTranslationUnit tu;
	bool cxx;
	bool pardoned; /* parsed with all warnings off that count as errors */
	char *text;    /* the source as it is; the parser may have got one with shorter tables */
	size_t text_size;
	char *api_dir, *overlay_dir; /* normalized; "" where there is none */

	VEC(struct source) sources; /* as facts.files */
	struct ptrmap files;	    /* CXFile -> facts.files */
	VEC(struct file_text) texts;
	struct ptrmap text_of; /* CXFile -> texts */
	VEC(struct span) spans;
	struct { /* the answer that waits for a second one to agree with it */
		unsigned first, offset;
		uint32_t file;
		bool set;
	} answer;
	size_t last_span;
	CXFile last_file;
	uint32_t last_file_index;
	uint32_t last_loc_key[2]; /* one-entry cache of unit_op_loc */
	struct facts_loc last_loc;
	const char *last_macro;

	struct ptrmap types;	    /* CXType -> facts.types */
	struct map type_keys;	    /* its content as text -> facts.types */
	struct ptrmap records;	    /* decl -> facts.records */
	struct ptrmap fields;	    /* field decl -> number in its record */
	VEC(CXCursor) record_decls; /* as facts.records; null where fields are read */
	VEC(const void *) record_keys;
	VEC(struct field_list) field_lists; /* as facts.records: cursors as record.fields */
	struct ptrmap typedefs;		    /* decl of a record -> 1: is named by its typedef */
	struct ptrmap symbols;		    /* decl -> facts.symbols */
	struct map symbol_keys;		    /* key -> facts.symbols */

	struct error_list errors;  /* sorted by place */
	struct error_list repairs; /* all errors after which the parser made up what is missing */
	bool repaired; /* what is looked at holds one, or is a template: any shape may be odd */
	VEC(CXCursor) stack;	    /* children that are being looked at: see kids_get */
	struct kid_memo *kid_memos; /* KID_MEMOS */
	struct ptrmap callees;	    /* function decl -> enum callee_class */
	struct ptrmap lowered;	    /* function decl -> 1: body done or queued */
	struct ptrmap destructors;  /* class -> destructor_cursors */
	VEC(CXCursor) destructor_cursors;
	VEC(struct pending_method) pending; /* instances whose bodies are still to be lowered */
};

/* ---- cursors (cursor.c) ---- */

/* The children of a cursor, on the unit's stack. Dropped in reverse order of getting. */
struct kids {
	size_t base;
	unsigned n;
};

struct kids kids_get(struct unit *u, CXCursor c);
CXCursor kid(const struct unit *u, struct kids k, unsigned i);
void kids_drop(struct unit *u, struct kids k);

/* clang_Cursor_isNull, which is asked too often to be called. */
static inline bool is_null(CXCursor c)
{
	return c.kind == CXCursor_InvalidFile;
}

/* The only or last child that is an expression; null cursor where there is none. */
CXCursor first_expression(struct unit *u, CXCursor c);
bool is_expression(CXCursor c);
bool is_statement(CXCursor c);
/* An expression that C or C++ shows around another one without a form of its own. */
bool is_wrapper(struct unit *u, CXCursor outer, CXCursor inner);
/* Without parentheses and wrappers; casts stay. */
CXCursor strip(struct unit *u, CXCursor c);
/* strip, and without casts. */
CXCursor strip_casts(struct unit *u, CXCursor c);
bool is_literal_zero(struct unit *u, CXCursor c);
/* The value of an integer constant expression. */
bool constant_value(CXCursor c, int64_t *value);
/* The content of a string literal, up to its first NUL. */
const char *string_value(struct unit *u, CXCursor c);
const void *cursor_key(CXCursor c);
const char *take_string(struct unit *u, CXString s);

/* The association of a _Generic that was chosen; null where it cannot be told. */
CXCursor generic_choice(struct unit *u, CXCursor e, struct kids k);

/* ---- source text and places (source.c) ---- */

/* AT lies in FILE once macros are expanded: asking for the place of a file is dear. */
uint32_t unit_file(struct unit *u, CXFile file, CXSourceLocation at);
const char *file_text(struct unit *u, CXFile file, size_t *size);
/* TEXT, not the parser's, is what FILE holds. */
void set_file_text(struct unit *u, CXFile file, const char *text, size_t size);
enum facts_origin unit_origin(struct unit *u, CXSourceLocation at);
struct facts_loc unit_loc(struct unit *u, CXSourceLocation at);
/* The place of an operation, and the outermost macro it was written with or NULL. */
struct facts_loc unit_op_loc(struct unit *u, CXCursor at, const char **macro);
const char *unit_text(struct unit *u, uint32_t file, size_t *size);
/* The character that stands at AT; NUL where that is in a macro or cannot be told. */
char unit_char(struct unit *u, CXSourceLocation at);
/* What stands in the quotes at AT, of N bytes, where that is the whole literal and nothing
 * in it is escaped; NULL elsewhere. */
const char *unit_quoted(struct unit *u, CXSourceLocation at, size_t *n);
/* The identifier that stands at AT as spelled, "" where there is none. Holds until the
 * next call. */
const char *unit_word(struct unit *u, CXSourceLocation at);
/* The text of an extent as written, spaces folded, LIMIT bytes at most. */
const char *unit_written(struct unit *u, CXSourceRange range, size_t limit);
/* As unit_written, but offsets only: false where they are not in one file. */
bool unit_extent(
	struct unit *u, CXSourceRange range, uint32_t *file, unsigned *begin, unsigned *end);
/* Between the end of A and the start of B stands the text PART. */
bool text_between(struct unit *u, CXCursor a, CXCursor b, const char *part);
const char *unit_reported(struct unit *u, const char *open, enum facts_origin origin);

/* ---- types and records (types.c) ---- */

const char *type_name(struct unit *u, CXType t);
uint32_t unit_type(struct unit *u, CXType t);
uint32_t unit_record(struct unit *u, CXCursor decl);
/* The record and number of a field; false for what is not a plain field. */
/* The fields of a record, as facts_record.fields. */
const struct field_list *unit_fields(struct unit *u, CXType record, uint32_t *index);
/* The number of the anonymous member of RECORD through which WANTED is reached. */
bool unit_anonymous_member(struct unit *u, uint32_t record, uint32_t wanted, uint32_t *number);
bool unit_field(struct unit *u, CXCursor field, uint32_t *record, uint32_t *number);
/* Reads the fields of records of the project that were named only. */
void unit_finish_records(struct unit *u);
void unit_read_fields(struct unit *u, uint32_t record);
/* What T is, whatever it is called. */
enum facts_type_kind type_kind(CXType t);
bool type_is_record(CXType t);
bool type_is_array(CXType t);
bool type_is_pointer(CXType t);
bool type_is_reference(CXType t);
bool type_is_vector(CXType t);
bool type_is_class(CXType t);
uint32_t unit_annotations(struct unit *u, CXCursor decl);
CXCursor type_decl(CXType t);
bool unit_type_is_dependent(struct unit *u, CXType t);

/* ---- symbols (symbols.c) ---- */

uint32_t unit_symbol(struct unit *u, CXCursor decl);
/* A symbol without a declaration: implicit functions, builtins. */
uint32_t unit_symbol_named(struct unit *u, const char *name, enum facts_origin origin);
/* What a function's name says before anything else is known of it. */
enum callee_class { CALLEE_PLAIN = 1, CALLEE_BUILTIN, CALLEE_MARKER };

enum callee_class callee_class(struct unit *u, CXCursor decl);
bool is_marker(struct unit *u, CXCursor call);
bool symbol_is_static_storage(CXCursor var);
const char *qualified_name(struct unit *u, CXCursor decl);

/* ---- what was not understood (unknowns.c) ---- */

uint32_t unit_unknown(
	struct unit *u, enum facts_unknown_kind kind, struct facts_loc loc, const char *detail);
void unit_read_diagnostics(struct unit *u);
/* The range of ERRORS, u's own, that lie in an extent. */
void unit_errors_in(struct unit *u, const struct error_list *errors, CXSourceRange range,
	size_t *first, size_t *end);

/* ---- static initialisers (init.c) ---- */

/* A leaf of an initialiser list: VALUE initialises what the steps lead to. */
struct init_step {
	bool is_field;
	uint32_t record, field; /* field */
	uint64_t index;		/* element */
	uint32_t type;		/* of what the step leads to */
};

struct init_sink {
	/* may be NULL: a braced list stands for what the steps lead to */
	void (*list)(
		struct init_sink *sink, const struct init_step *steps, unsigned n, CXCursor list);
	void (*leaf)(struct init_sink *sink, const struct init_step *steps, unsigned n, CXType type,
		CXCursor value);
	struct unit *u;
	struct init_step steps[32];
	unsigned n;
	uint64_t leaves; /* so far */
};

void init_walk(struct init_sink *sink, CXType type, CXCursor list);
/* Does LIST leave a member or element of TYPE to be zero? */
bool init_is_partial(struct unit *u, CXType type, CXCursor list);
uint32_t unit_init(struct unit *u, CXType type, CXCursor value);
void unit_init_recover(struct unit *u, uint32_t symbol, CXCursor var);
size_t unit_declaration_end(struct unit *u, uint32_t file, unsigned at);
/* The initialiser of a variable; null cursor where there is none. */
CXCursor var_initializer(struct unit *u, CXCursor var);
/* An instance of a template that is named: its body will be lowered. */
void unit_want_instance(struct unit *u, CXCursor decl);

/* ---- text scan (scan_text.c) ---- */

/* Comments, kept lines, includes, defines and skipped regions of all project files. */
void unit_scan_text(struct unit *u);
/* Does the text of the unit, or of a project header it includes, include Python.h? */
bool text_includes_python(const struct build_unit *b);
/* A define before Python.h, or on the command line, that changes what the headers mean. */
bool text_has_header_switch(const struct build_unit *b);

/* ---- functions (lower.c, lower_*.c) ---- */

void unit_lower(struct unit *u);
/* Symbol and initialiser of a variable with static storage. */
void unit_static_variable(struct unit *u, CXCursor var);
struct fn;
/* The function of a lambda expression, lowered; OUTER may be NULL. */
uint32_t unit_lambda(struct unit *u, CXCursor lambda, struct fn *outer);
/* The lambda that E is a conversion of; null where there is none. */
CXCursor find_lambda(struct unit *u, CXCursor e);

/* ---- precompiled headers (pch.c) ---- */

/* The arguments in front of the unit's own; strings live in A. */
struct args {
	VEC(const char *) v;
};

const char *parser_standard(const struct build_unit *b);
void args_headers(struct arena *a, struct args *args, const struct frontend_options *o);
void args_own(struct arena *a, struct args *args, bool cxx, const char *standard);
/* A precompiled header that fits, or NULL. */
const char *pch_find(struct arena *a, const struct build_unit *b, const struct frontend_options *o);

/* Is there none, and a place in the cache for it? */
bool pch_is_wanted(const struct frontend_options *o, bool cxx, const char *standard);
bool pch_make_cached(const struct frontend_options *o, bool cxx, const char *standard);

#endif
