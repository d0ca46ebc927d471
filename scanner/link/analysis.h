/*
 * What rules ask about code beyond the call graph: where values come from, which locks
 * are held where, who owns an object, which state is touched by whom.
 *
 * Computed once over the linked extension (analysis_run), then only read. Per function
 * the results are a summary in terms of its parameters and of variables; callers compose
 * them, so that cost per function does not grow with the extension.
 */
#ifndef GC_LINK_ANALYSIS_H
#define GC_LINK_ANALYSIS_H

#include "link/extension.h"

/* Where a pointer or the container of an access comes from. */
enum origin_kind {
	ORIGIN_UNKNOWN,
	ORIGIN_PARAM,	 /* parameter `id` of the function */
	ORIGIN_VARIABLE, /* extension.variables `id`: its address, or the value in it */
	ORIGIN_LOCAL,	 /* local `id`: memory of its own */
	ORIGIN_CALL,	 /* result of the call at operation `id` */
	ORIGIN_CONSTANT,
};

/* An access path: an origin, then steps: dereference, field of an ext_record, element. */
enum path_step_kind { PATH_DEREF, PATH_FIELD, PATH_INDEX };

struct path_step {
	enum path_step_kind kind;
	uint32_t record, field; /* PATH_FIELD: extension.records, its field */
};

#define PATH_MAX_STEPS 8 /* longer ones are cut and marked */

struct path {
	enum origin_kind origin;
	uint32_t id;
	bool cut;	/* longer than shown */
	bool ambiguous; /* several definitions reach; this is the first */
	uint8_t nsteps;
	struct path_step steps[PATH_MAX_STEPS];
};

enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_ADDRESS };

/* A lock as seen from a function. */
enum lock_kind { LOCK_SECTION, LOCK_SECTION2, LOCK_MUTEX, LOCK_SHARED_MUTEX, LOCK_ONCE };

struct lock {
	enum lock_kind kind;
	struct path path; /* the object or mutex */
	bool innermost;	  /* sections: the one that is guaranteed now */
	uint32_t op;	  /* where it was taken in this function; EXT_NONE: held by every caller */
};

struct lockset {
	const struct lock *v;
	size_t n;
};

enum access_flags {
	ACCESS_ATOMIC = 1,
	ACCESS_FRESH = 2,    /* of an object made here that has not escaped */
	ACCESS_OWNED = 4,    /* in construction or deallocation of that object */
	ACCESS_INDIRECT = 8, /* done by a callee: `op` is the call */
	ACCESS_TEST = 16,    /* value decides a branch */
	ACCESS_RMW = 32,     /* the new value depends on the old */
};

struct access {
	uint32_t function;
	uint32_t op;
	enum access_kind kind;
	unsigned flags;
	struct path path; /* of what is touched */
	struct lockset locks;
	unsigned phases; /* of the function */
};

struct analysis;

struct analysis *analysis_run(const struct extension *ext);
void analysis_release(struct analysis *a);

/* The path of the value OPERAND has at operation OP / of PLACE there. */
struct path analysis_value(const struct analysis *a, uint32_t function, uint32_t op,
	const struct facts_operand *operand);
struct path analysis_place(
	const struct analysis *a, uint32_t function, uint32_t op, const struct facts_place *place);
/* Locks held just before operation OP. */
struct lockset analysis_locks(const struct analysis *a, uint32_t function, uint32_t op);
/* Every access to a variable, in a function's own code, sorted by function and op. */
void analysis_variable_accesses(
	const struct analysis *a, uint32_t variable, const struct access **v, size_t *n);
/* Every access to a field of a record, in any function. */
void analysis_field_accesses(const struct analysis *a, uint32_t record, uint32_t field,
	const struct access **v, size_t *n);
/* Source-like text of a path for messages: "self->cache", "registry[…]". In ARENA. */
const char *analysis_path_text(
	const struct analysis *a, struct arena *arena, uint32_t function, const struct path *path);

#endif
