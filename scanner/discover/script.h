/*
 * Reading build scripts without running them: a script is parsed into nodes and
 * evaluated abstractly. Values are known or unknown; a condition that cannot be told
 * has both its branches taken; nothing outside the scanned tree is touched, and steps,
 * memory and depth are bounded, so that any text ends in an answer.
 *
 * Python and Meson share nodes, values and evaluator; what their names mean comes from
 * the host (setup_py.c, meson.c).
 */
#ifndef GC_DISCOVER_SCRIPT_H
#define GC_DISCOVER_SCRIPT_H

#include "base/map.h"
#include "base/vec.h"

enum node_kind {
	/* Expressions. */
	N_UNKNOWN,
	N_NUMBER,     /* number */
	N_STRING,     /* text */
	N_JOINED,     /* kids: pieces of an f-string */
	N_NAME,	      /* text */
	N_ATTR,	      /* a . text */
	N_INDEX,      /* a [ b ] */
	N_SLICE,      /* a [ b : c ] */
	N_CALL,	      /* a ( kids: N_ARG ) */
	N_ARG,	      /* text: keyword or NULL; op: 0, 1 for *, 2 for **; a */
	N_BINARY,     /* a op b */
	N_UNARY,      /* op a */
	N_IFEXP,      /* a if b else c */
	N_LIST,	      /* kids */
	N_TUPLE,      /* kids */
	N_SET,	      /* kids */
	N_DICT,	      /* kids: key, value, ...; key NULL for ** */
	N_COMP,	      /* op: '[', '{', ':' (dict), '('; a, b: element; kids: N_COMPFOR */
	N_COMPFOR,    /* a in b; kids: conditions */
	N_LAMBDA,     /* like N_DEF, a: the value */
	N_STAR,	      /* *a */
	N_ASSIGNEXPR, /* text := a */
	/* Statements. */
	N_BLOCK,   /* kids */
	N_EXPR,	   /* a */
	N_ASSIGN,  /* kids: targets; a */
	N_AUGMENT, /* a op= b */
	N_FOR,	   /* a in b: c; kids[0]: else */
	N_WHILE,   /* a: b */
	N_IF,	   /* a: b; c: else */
	N_DEF,	   /* text; kids: N_PARAM; a: body */
	N_PARAM,   /* text; op as in N_ARG; a: default */
	N_CLASS,   /* text; kids: N_ARG; a: body */
	N_RETURN,  /* a or NULL */
	N_IMPORT,  /* text: module; kids[]: names (N_NAME text, a: N_NAME alias); op: 1 for from */
	N_TRY,	   /* a: body; kids: handlers; b: else; c: finally */
	N_WITH,	   /* kids: items (N_ASSIGN or N_EXPR); a: body */
	N_BREAK,
	N_CONTINUE,
	N_RAISE,
	N_PASS,
};

enum script_op {
	OP_NONE,
	OP_OR = 256,
	OP_AND,
	OP_NOT,
	OP_EQ,
	OP_NE,
	OP_LE,
	OP_GE,
	OP_IN,
	OP_NOT_IN,
	OP_IS,
	OP_IS_NOT,
	OP_SHL,
	OP_SHR,
	OP_FLOORDIV,
	OP_POWER,
	/* All others are their character: '+', '<' ... */
};

struct node {
	enum node_kind kind;
	int op;
	unsigned line;
	long long number;
	const char *text;
	struct node *a, *b, *c;
	VEC(struct node *) kids;
};

struct parse_result {
	struct node *block;
	VEC(unsigned) bad_lines; /* where a statement could not be read */
};

void python_parse(struct arena *a, const char *text, struct parse_result *out);
void meson_parse(struct arena *a, const char *text, struct parse_result *out);

enum value_kind {
	V_UNKNOWN,
	V_NONE,
	V_BOOL,
	V_INT,
	V_STR,
	V_LIST, /* sets and tuples too */
	V_DICT,
	V_PATH, /* a name the host knows: "os.path.join" */
	V_FUNC,
	V_CLASS,
	V_OBJECT,
};

struct value;
typedef VEC(struct value *) values;

struct scope {
	struct map names; /* -> struct value * */
	struct scope *parent;
	bool is_class;
};

struct value {
	enum value_kind kind;
	bool partial; /* list or dict: there is more that could not be told */
	bool tuple;
	long long number;	 /* bool and int */
	const char *text;	 /* str, path, name of function or class, tag of an object */
	values items;		 /* list; dict: key, value, ...; class: bases */
	const struct node *node; /* function, lambda */
	struct scope *scope;	 /* attributes of class and object; where a function was made */
	struct value *self;	 /* bound method; the class of an object */
	unsigned line;		 /* object: where it was made */
};

struct call {
	values args;
	VEC(const char *) names; /* keyword arguments */
	values named;
	bool partial; /* an argument list that could not be told was unpacked */
	unsigned line;
};

struct script;

/* What names mean. Each may be NULL; each may return NULL for "not mine". */
struct script_host {
	struct value *(*call)(struct script *s, const char *path, struct call *c);
	struct value *(*constant)(struct script *s, const char *path);
	struct value *(*method)(
		struct script *s, struct value *self, const char *name, struct call *c);
	struct value *(*import)(struct script *s, const char *module);
	/* An object of a class with bases that the host knows by PATH is made. */
	struct value *(*make)(struct script *s, const char *path, struct value *cls);
	void (*class_made)(struct script *s, struct value *cls);
	bool adds_elements; /* "list + x" adds x where x is not a list */
};

struct script {
	struct arena *arena;
	const struct script_host *host;
	void *data; /* the host's */
	struct scope *globals, *scope;
	struct value *result; /* of the function that is evaluated */
	struct value *unknown, *none, *yes, *no;
	unsigned unsure; /* how many undecided branches are around */
	unsigned depth, nest;
	unsigned long steps;
	bool raised;		 /* the host met an exit */
	bool cut;		 /* something was too long to follow */
	VEC(unsigned) undecided; /* lines */
};

/* script_value.c */
void script_init(struct script *s, struct arena *a, const struct script_host *host, void *data);
struct value *value_new(struct script *s, enum value_kind kind);
struct value *value_int(struct script *s, long long n);
struct value *value_bool(struct script *s, bool yes);
struct value *value_str(struct script *s, const char *text);
struct value *value_strn(struct script *s, const char *text, size_t n);
struct value *value_path(struct script *s, const char *text);
struct value *value_list(struct script *s);
/* 1, 0, or -1 for unknown. */
int value_truth(const struct value *v);
int value_equal(const struct value *a, const struct value *b);
/* Like Python's str(); NULL where that cannot be told. */
const char *value_text(struct script *s, const struct value *v, bool repr);
struct value *dict_get(const struct value *dict, const char *key);
struct value *dict_find(const struct value *dict, const struct value *key);
void dict_set(struct script *s, struct value *dict, struct value *key, struct value *v);
void list_add(struct script *s, struct value *list, struct value *v);
/* Appends what ITERABLE gives to OUT; false where that cannot be told (whole or part). */
bool value_iterate(struct script *s, const struct value *iterable, values *out);
struct value *value_copy(struct script *s, const struct value *v);
/* Two values of one name after branches that could not be decided between. */
struct value *value_join(struct script *s, struct value *old, struct value *now);
struct value *scope_get(const struct scope *scope, const char *name);
void scope_set(struct script *s, struct scope *scope, const char *name, struct value *v);
struct scope *scope_new(struct script *s, struct scope *parent);
struct value *attr_get(const struct value *object, const char *name);
struct value *call_arg(const struct call *c, size_t index, const char *name);
const char *str_of(const struct value *v); /* NULL where it is not a known string */

/* script_methods.c: what strings, lists and dicts can do, and "%". */
struct value *value_method(
	struct script *s, struct value *self, const char *name, const struct call *c);
struct value *value_percent(struct script *s, const char *format, const struct value *args);

/* script_eval.c */
struct value *script_eval(struct script *s, const struct node *n);
void script_run(struct script *s, const struct node *block);
/* Runs a parsed module in a scope of its own. */
struct value *script_module(struct script *s, const struct node *block);
struct value *script_call(struct script *s, struct value *f, struct call *c);
/* Calls method NAME of OBJECT where its class has one. */
bool script_call_method(struct script *s, struct value *object, const char *name, struct call *c);
/* The host's name that CLS descends from and that ends with TAIL, or NULL. */
const char *class_base(const struct value *cls, const char *tail);

#endif
