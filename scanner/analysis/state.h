/*
 * Inside of the analysis: what it knows of one function, and its own tables. Everything
 * lives in the arena of struct analysis.
 *
 *	paths.c     access paths and lock lists, each equal one stored once
 *	flow.c      blocks: predecessors, order, reachability
 *	defs.c      which definitions of a local reach a use
 *	values.c    the path of every value
 *	calls.c     what a call does to its arguments
 *	locks.c     locks held at each operation
 *	spin.c	    locks that are made of an atomic word
 *	escape.c    which objects leave the function, which are still private
 *	deep.c      objects behind structures on a caller's stack
 *	access.c    who touches what
 *	summary.c   a function as its callers see it
 *	context.c   what all callers of a function have in common
 *	text.c      paths as text
 *	branch.c    what a test decides
 *	contract.c  locks that declarations require
 *	analysis.c  the order of it all; answers to rules
 */
#ifndef GC_ANALYSIS_STATE_H
#define GC_ANALYSIS_STATE_H

#include "analysis/analysis.h"

#define PATH_NONE	 0 /* no path at all, as in an empty slot */
#define PATH_ANY	 1 /* the root of kind PATH_UNKNOWN */
#define PATH_CONST	 2 /* the root of kind PATH_CONSTANT */
#define PATH_DEPTH_MAX	 12
#define REACHING_MAX	 8
#define SUMMARY_ACCESSES 64
#define SUMMARY_LOCKS	 4
#define SUMMARY_OUTS	 6
#define LOCKS_MAX	 16
#define TRACKED_PARAMS	 64 /* bits of a mask: parameters beyond are not tracked */

/* What a call does to what an argument points at. */
enum arg_effect {
	ARG_UNKNOWN,   /* code that we cannot see */
	ARG_UNTOUCHED, /* at most read */
	ARG_WRITTEN,
	ARG_ATOMIC,  /* read or written atomically */
	ARG_HANDLE,  /* of a library, which wants one thread at a time in it */
	ARG_SYNC,    /* it is a lock, a once flag or a section, and used as such */
	ARG_SUMMARY, /* a function of ours: its summary says */
};

/* An access through a parameter, as callers see it. */
struct summary_access {
	path_id path; /* from PATH_PARAM */
	lock_id locks;
	uint32_t function, op; /* where it happens */
	uint16_t flags;
	uint8_t kind;
	uint32_t type;
};

struct summary {
	bool done;	    /* the function was analysed at least once */
	path_id returns;    /* from PATH_PARAM or PATH_VARIABLE; PATH_NONE: nothing simple */
	bool returns_fresh; /* a new object or NULL */
	path_id outs[SUMMARY_OUTS]; /* what it stores at its first parameters, like `returns`;
				     * PATH_NONE: nothing but constants, PATH_ANY: not known */
	uint64_t keeps;		    /* parameters whose object is stored somewhere or passed on */
	uint64_t keeps_in_this;	    /* constructors: those that are stored in what is made only */
	bool suspends;		    /* may detach, block or run Python code */
	bool detaches, attaches;    /* on balance */
	uint32_t nacquired, nreleased;
	struct lock acquired[SUMMARY_LOCKS]; /* held on return, not on entry */
	path_id released[SUMMARY_LOCKS];     /* the reverse */
	VEC(struct summary_access) accesses;
};

struct reaching {
	uint32_t v[REACHING_MAX];
	uint32_t n;
	bool more; /* there are others */
};

struct escape {
	path_id root;
	uint32_t op;
	unsigned char *reach; /* of flow_reach, once asked for */
};

struct held { /* roots */
	path_id item, holder;
};

struct def_list {
	uint32_t first, n; /* state.defs: operations, ascending */
	bool wild;	   /* its address went where we cannot follow */
};

#define REACH_MEMOS 256

/* What reaches the start of a block, kept for the next use behind it. */
struct reach_memo {
	uint32_t local, block; /* local + 1; 0: free */
	uint32_t visited;      /* blocks on the way to BLOCK */
	struct reaching found;
};

struct deep_fact {
	path_id path;
	bool is_private;
};

struct fn_state {
	const struct ext_function *ext;
	const struct facts_function *code;
	uint32_t unit;
	/* flow */
	uint32_t *block_of;   /* of each operation */
	uint32_t *call_of;    /* of each operation: ext.calls + 1; 0: is none */
	uint32_t *pred_first; /* blocks + 1 */
	uint32_t *preds;
	uint32_t *order; /* reverse postorder of the blocks that can be reached */
	uint32_t norder;
	bool *live;	/* per block: is it in `order`? */
	uint32_t *seen; /* per block: stamp of the last walk */
	uint32_t stamp;
	/* values */
	struct def_list *locals;
	uint32_t *defs;
	struct reach_memo *reached; /* REACH_MEMOS; NULL: a small function */
	path_id *value;		    /* of each operation */
	bool *ambiguous;	    /* several values reach */
	uint32_t retries;	    /* values that may still be computed twice */
	/* locks */
	lock_id *locks;	  /* before each operation; NULL: never any */
	lock_id entry;	  /* held by every caller; valid when all is done */
	path_id required; /* the lock that the function's contract asks of its callers */
	/* ownership */
	VEC(struct escape) escapes; /* sorted by root, op */
	VEC(uint32_t) raised;	    /* calls that make the exception that is raised with it */
	VEC(struct held) held;	    /* fresh containers and what was put into them */
	uint64_t private_params;    /* no other thread knows the object, at any call */
	uint64_t owned_params;	 /* nor what it points to: not just a struct on a caller's stack */
	uint64_t initial_params; /* private, or what tp_init works on */
	uint64_t made_params;	 /* made for the call, by the rules of its kind of entry point */
	VEC(struct deep_fact) deep; /* what was asked of path_deep_private */
	bool is_root;		    /* others call it as they like */
	bool entered;		    /* at least one root is known */
	bool recursive;		    /* calls itself, by whatever way */
	struct summary summary;
};

struct intern_table {
	uint32_t *slots; /* 0: free */
	uint32_t cap, n;
};

struct analysis {
	struct arena arena;
	const struct extension *ext;
	struct fn_state *fns; /* by extension.functions */
	uint32_t *bottom_up;  /* functions, callees first */
	VEC(struct path) paths;
	VEC(struct lock) locks;
	struct intern_table path_table, lock_table;
	VEC(uint64_t) lock_pointers; /* record and field; sorted */
	uint32_t **variable_of; /* per unit, per symbol */
	uint32_t **function_of;
	uint32_t **record_of;
	VEC(uint32_t) scratch; /* work lists */
	VEC(struct access) accesses;
	VEC(struct access) by_variable, by_field;
	uint32_t *variable_first;  /* variables + 1 */
	VEC(uint32_t) field_slots; /* open addressing over (record, field) -> by_field */
};

/* ---- paths.c ---- */
void paths_init(struct analysis *a);
path_id path_make(struct analysis *a, enum path_kind kind, path_id parent, uint32_t x, uint32_t y);
path_id path_rebase(struct analysis *a, path_id path, path_id new_root);
static inline const struct path *path_at(const struct analysis *a, path_id path)
{
	return &a->paths.v[path];
}

static inline bool path_is(const struct analysis *a, path_id path, enum path_kind kind)
{
	return path && a->paths.v[path].kind == kind;
}

lock_id lock_push(struct analysis *a, lock_id outer, struct lock l);
lock_id lock_remove(struct analysis *a, lock_id list, lock_id item);
lock_id lock_meet(struct analysis *a, lock_id x, lock_id y);
lock_id lock_concat(struct analysis *a, lock_id inner, lock_id outer);

/* ---- flow.c ---- */
void flow_run(struct analysis *a, struct fn_state *f);
bool flow_reaches(struct fn_state *f, uint32_t from, uint32_t to, uint32_t barrier_op);
/* The same for many TO: *REACH, NULL at first, keeps what FROM and BARRIER_OP lead to. */
bool flow_reaches_kept(struct analysis *a, struct fn_state *f, uint32_t from, uint32_t to,
	uint32_t barrier_op, unsigned char **reach);
/* From the start of BLOCK to operation TO without entering block AVOID. */
bool flow_leads(struct fn_state *f, uint32_t block, uint32_t to, uint32_t avoid);

/* ---- defs.c ---- */
#define DEF_ENTRY (UINT32_MAX - 1)
void defs_run(struct analysis *a, struct fn_state *f);
/* Definitions of LOCAL that reach operation OP. */
void defs_reaching(struct fn_state *f, uint32_t local, uint32_t op, struct reaching *out);

/* ---- values.c ---- */
void values_run(struct analysis *a, struct fn_state *f);
path_id value_of(struct analysis *a, struct fn_state *f, const struct facts_operand *v);
path_id place_of(struct analysis *a, struct fn_state *f, const struct facts_place *p);
/* The value of LOCAL behind DEF, an operation or DEF_ENTRY. */
path_id def_path(struct analysis *a, struct fn_state *f, uint32_t local, uint32_t def);
path_id op_place(struct analysis *a, struct fn_state *f, uint32_t op);
/* The local whose own address the operand is, or FACTS_NONE. */
uint32_t address_of_local(const struct fn_state *f, const struct facts_operand *v);
uint32_t analysis_variable(struct analysis *a, uint32_t unit, uint32_t symbol);

/* ---- calls.c ---- */
const struct ext_call *call_at(const struct fn_state *f, uint32_t op);
const struct facts_operand *call_operands(
	const struct fn_state *f, uint32_t op, uint32_t *n, bool *indirect);
const struct facts_operand *call_operand(const struct fn_state *f, uint32_t op, int index);
enum arg_effect call_arg_effect(
	struct analysis *a, struct fn_state *f, uint32_t op, uint32_t index);
bool call_keeps_arg(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t index);
bool call_returns_fresh(const struct analysis *a, const struct fn_state *f, uint32_t op);
bool call_suspends(const struct analysis *a, const struct fn_state *f, uint32_t op);
/* The function of ours that a call runs, or NULL. */
struct fn_state *call_function(const struct analysis *a, const struct fn_state *f, uint32_t op);
/* PATH of a callee in terms of the caller at OP; PATH_NONE where it has none. */
path_id call_translate(struct analysis *a, struct fn_state *f, uint32_t op, path_id path);

/* ---- locks.c ---- */
void locks_run(struct analysis *a, struct fn_state *f);

/* ---- spin.c ---- */
/* Does the role stand for a call that may take or release a word that threads wait for? */
bool spin_role(enum db_role role);
/* A store by the language that may release one. */
bool spin_stores(const struct facts_op *op);
/* The word that is this thread's where control goes from BLOCK along its edge number EDGE;
 * PATH_NONE: none. */
path_id spin_taken(struct analysis *a, struct fn_state *f, uint32_t block, uint32_t edge);
/* The call about whose result the branch at the end of BLOCK asks; FACTS_NONE: none. */
uint32_t asked_call(struct fn_state *f, uint32_t block);
/* The word that OP stores to, by whatever way; *ZERO: for certain, and 0. */
path_id spin_stored(struct analysis *a, struct fn_state *f, uint32_t op, bool *zero);

/* ---- escape.c ---- */
void escape_run(struct analysis *a, struct fn_state *f);
/* OP may be FACTS_NONE: all over the function. */
bool path_private(struct analysis *a, struct fn_state *f, uint32_t op, path_id path);
/* Private, and so is what it points to. */
bool path_owned(struct analysis *a, struct fn_state *f, uint32_t op, path_id path);
/* The same as path_private, with the object of a tp_init, and all that a function makes itself,
 * taken for private. */
bool path_initial(struct analysis *a, struct fn_state *f, uint32_t op, path_id path);

/* ---- deep.c ---- */
/* Is PATH, what a field of the structure behind a parameter points to, private in every
 * caller? */
bool path_deep_private(struct analysis *a, struct fn_state *f, path_id path);
/* Is what a field of a structure on the function's own stack points to private all the time? */
bool path_local_private(struct analysis *a, struct fn_state *f, path_id path);

/* ---- access.c ---- */
void access_summarize(struct analysis *a, struct fn_state *f);
void access_collect(struct analysis *a);
path_id path_object_field(const struct analysis *a, path_id path);

/* ---- contract.c ---- */
path_id contract_required(struct analysis *a, const struct fn_state *f);

/* ---- summary.c, context.c ---- */
void order_bottom_up(struct analysis *a);
void summary_run(struct analysis *a, struct fn_state *f);
void context_run(struct analysis *a);

/* ---- analysis.c ---- */
/* As analysis_origins, but a variable that has one definition is what that says it is. */
size_t direct_origins(struct analysis *a, struct fn_state *f, const struct facts_operand *operand,
	path_id *out, size_t max);

#endif
