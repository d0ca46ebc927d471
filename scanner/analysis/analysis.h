/*
 * What rules ask about code beyond the call graph: where values come from, which locks
 * are held where, who owns an object, which state is touched by whom.
 *
 * Computed once over the linked extension (analysis_run), then only read. Per function
 * the results are a summary in terms of its parameters and of variables; callers compose
 * them, so that cost per function does not grow with the extension.
 */
#ifndef GC_ANALYSIS_ANALYSIS_H
#define GC_ANALYSIS_ANALYSIS_H

#include "link/extension.h"

/*
 * Access paths. A path names a pointer value: a root, then steps that are taken from it.
 *
 *	self		{PARAM 0}
 *	&self->buf	{PARAM 0} FIELD buf
 *	self->buf	{PARAM 0} FIELD buf, DEREF
 *	&counter	{VARIABLE counter}
 *	cache[i]	{VARIABLE cache} INDEX, DEREF
 *
 * So the path of a place is the address of what is touched there, and loading adds a
 * DEREF. Equal paths are one path_id. PARAM, LOCAL, CALL and OUT mean something only
 * together with the function they were asked for.
 */
enum path_kind {
	PATH_UNKNOWN,
	PATH_CONSTANT, /* NULL, a number, a literal, an object of Python or the C library */
	PATH_PARAM,    /* value of parameter `a` on entry */
	PATH_VARIABLE, /* address of extension.variables `a` */
	PATH_FUNCTION, /* extension.functions `a` */
	PATH_LOCAL,    /* address of local `a` */
	PATH_CALL,     /* result of the call at operation `a` */
	PATH_OUT,      /* what the call at operation `a` stored through its argument `b` */
	PATH_DEREF,
	PATH_FIELD, /* field `b` of extension.records `a` */
	PATH_INDEX, /* some element, or a pointer moved by arithmetic */
};

typedef uint32_t path_id;

struct path {
	path_id parent; /* 0: a root */
	path_id root;
	uint32_t a, b;
	uint8_t kind;
	uint8_t depth;	/* steps from the root */
	uint8_t derefs; /* how many of them are DEREF */
};

/* ---- locks ---- */

enum lock_kind {
	LOCK_SECTION,	   /* critical section: released whenever the thread detaches */
	LOCK_MUTEX,	   /* held until it is unlocked */
	LOCK_SHARED_MUTEX, /* held for reading */
	LOCK_ONCE,	   /* in, or after, an initialiser that runs once */
	LOCK_DETACHED,	   /* not a lock: sections taken before it are suspended */
};

typedef uint32_t lock_id; /* a list of locks, innermost first; 0: none held */

struct lock {
	lock_id outer; /* the rest of the list */
	path_id path;  /* the object or the mutex */
	path_id guard; /* RAII object or section variable that releases it, or 0 */
	uint8_t kind;
	bool pair;	/* second object of a two-object section: `outer` is as innermost */
	bool by_caller; /* held on entry by every caller */
};

/* ---- accesses ---- */

enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_ADDRESS };

enum access_flags {
	ACCESS_ATOMIC = 1,
	ACCESS_PRIVATE = 2,   /* of an object that no other thread can know yet, or any more */
	ACCESS_CALLEE = 4,    /* done by an API call that got the address: `op` is the call */
	ACCESS_TEST = 8,      /* read: value decides a branch */
	ACCESS_RMW = 16,      /* the new value depends on the old */
	ACCESS_CONSTANT = 32, /* write: of NULL, a number or a literal */
	ACCESS_THROUGH = 64,  /* made through a pointer parameter of a callee: see `call_op` */
	ACCESS_INITIAL = 128, /* of an object that is private, that tp_init works on, or that
			       * the function made, whoever knows it by now */
	ACCESS_LIBRARY = 256, /* write: by a library that works on what the handle stands for */
	ACCESS_BEHIND = 512,  /* of what pointers in a Python object or module state lead to */
};

/* One touch of a variable, or of a field of an object, by one operation. The path is in
 * terms of `function`. */
struct access {
	uint32_t function; /* where it happens */
	uint32_t op;
	uint32_t caller;  /* ACCESS_THROUGH: the function that passed the address, */
	uint32_t call_op; /* and its call */
	path_id path;	  /* address of what is touched; ACCESS_THROUGH: in terms of caller */
	lock_id locks;
	uint16_t flags;
	uint8_t kind;
	uint32_t type; /* of the touched object, in the facts of `function` */
};

struct analysis;

struct analysis *analysis_run(const struct extension *ext);
void analysis_release(struct analysis *a);

const struct path *analysis_path(const struct analysis *a, path_id path);
/* The first step after the root that is a DEREF, FIELD …: ancestors of PATH at depth N. */
path_id analysis_path_prefix(const struct analysis *a, path_id path, unsigned depth);
/* Source-like text of what stands at the address PATH ("counter", "self->cache") or,
 * with VALUE, of the pointer itself. In ARENA. */
const char *analysis_path_text(
	const struct analysis *a, struct arena *arena, uint32_t function, path_id path, bool value);

/* The path of the value that OPERAND has in FUNCTION; of several that may reach, the
 * first that is no constant. */
path_id analysis_value(
	const struct analysis *a, uint32_t function, const struct facts_operand *operand);
/* The address of the place of operation OP. */
path_id analysis_place(const struct analysis *a, uint32_t function, uint32_t op);

/* All values that may reach, up to MAX; returns how many. */
size_t analysis_origins(const struct analysis *a, uint32_t function,
	const struct facts_operand *operand, path_id *out, size_t max);

/* Is OPERAND nothing but the value of operation OP, through casts and a local variable that
 * nothing else is stored in on any way? */
bool analysis_only_from(const struct analysis *a, uint32_t function,
	const struct facts_operand *operand, uint32_t op);

/* What happens to the value of operation OP: the operations that use it, through copies
 * in local variables and casts, in order; never the copies themselves. */
size_t analysis_uses(
	const struct analysis *a, uint32_t function, uint32_t op, uint32_t *out, size_t max);

/* Locks held just before operation OP, callers' included. */
lock_id analysis_locks(const struct analysis *a, uint32_t function, uint32_t op);
const struct lock *analysis_lock(const struct analysis *a, lock_id id);
/* Does LOCKS guarantee PATH's lock at this moment (innermost rule)? */
bool analysis_locked_by(const struct analysis *a, lock_id locks, path_id path);

/* Is what PATH is the address of, or that field of any object, taken as a lock somewhere? */
bool analysis_is_lock(const struct analysis *a, path_id path);

/* Does the field that PATH is the address of hold the pointer to a lock that is taken? */
bool analysis_points_to_lock(const struct analysis *a, path_id path);

/* The lock that FUNCTION's contract says its callers hold (it counts as held in it), a path of
 * that function; PATH_UNKNOWN (0): none. */
path_id analysis_required_lock(const struct analysis *a, uint32_t function);
/* The argument of the contract KIND in the chain of annotations that starts with FIRST, ""
 * where it has none; NULL: there is no such contract. In ARENA. */
const char *analysis_contract(
	struct arena *arena, const struct facts *facts, uint32_t first, const char *kind);
/* PATH of the function that the call at OP runs, in terms of the caller FUNCTION; 0: it has no
 * name there. */
path_id analysis_translate(const struct analysis *a, uint32_t function, uint32_t op, path_id path);

/* May the operation let other threads change what a critical section protects? */
bool analysis_suspends(const struct analysis *a, uint32_t function, uint32_t op);

/* Is the object PATH points to known to no other thread at OP? */
bool analysis_private(const struct analysis *a, uint32_t function, uint32_t op, path_id path);

/* Is PATH the object that a tp_init works on, or behind it? Only a second call of tp_init
 * finds others there. */
bool analysis_initial(const struct analysis *a, uint32_t function, path_id path);

/* Is PATH an object that FUNCTION itself made, whoever knows it by now? */
bool analysis_made_here(const struct analysis *a, uint32_t function, path_id path);

/* Can control come from operation FROM to TO (in that order, or around a loop)? */
bool analysis_reaches(const struct analysis *a, uint32_t function, uint32_t from, uint32_t to);

/* Does the branch behind the load TEST decide whether OP runs? Then *IF_SET says whether OP
 * runs where the loaded value is set (not NULL, not 0), or may be, as it is compared with what the
 * function was given; another comparison leaves it as it was. */
bool analysis_decides(
	const struct analysis *a, uint32_t function, uint32_t test, uint32_t op, bool *if_set);

/* Every access to a variable, sorted by function and op. */
const struct access *analysis_variable_accesses(
	const struct analysis *a, uint32_t variable, size_t *n);
/* The part of PATH that ends with the field by which field accesses are sorted; 0: none. */
path_id analysis_object_field(const struct analysis *a, path_id path);
/* The part of PATH, the address of a field, that is in the Python object or module state which
 * that belongs to, or whose pointers lead to it: `&self->impl` of `&self->impl->count`; 0: none. */
path_id analysis_holder(const struct analysis *a, path_id path);
/* Every access to a field of a record (or inside of it), in any function, sorted alike. */
const struct access *analysis_field_accesses(
	const struct analysis *a, uint32_t record, uint32_t field, size_t *n);

#endif
