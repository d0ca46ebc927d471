/*
 * Shared state, as the rules about it (GIL301 to GIL306) see it: one struct a thing, with
 * every access that can happen while other threads run. A thing is a variable of static
 * storage or a part of it that has a name of its own (`config.level` and `config.name` are
 * two), or a field of the objects of a Python type or of a module's state, or of a structure
 * that pointers in one of these lead to.
 *
 * Each thing belongs to one rule: the most specific whose shape it has.
 */
#ifndef GC_RULES_SHARED_H
#define GC_RULES_SHARED_H

#include "analysis/analysis.h"
#include "rules/finding.h"

enum shared_shape {
	SHAPE_SAFE,	/* nothing to report */
	SHAPE_GUARDED,	/* every access holds one lock: what is done after it is another matter */
	SHAPE_LAZY,	/* filled by whoever finds it empty */
	SHAPE_FREELIST, /* chain or stack of objects kept for reuse */
	SHAPE_SCRATCH,	/* array that one function works in */
	SHAPE_PART,	/* of another thing: told with that one */
	SHAPE_TYPE,	/* slot of a type: every write is GIL607's */
	SHAPE_HANDLE,	/* of a library, which one thread at a time may use */
	SHAPE_SWAP,	/* field whose old object is released by whoever replaces it */
	SHAPE_INCONSISTENT, /* a lock exists for it, and is not always taken */
	SHAPE_UNGUARDED,    /* none of the others */
};

struct shared_thing {
	uint32_t variable;	/* or EXT_NONE, and then */
	uint32_t record, field; /* this */
	path_id path;		/* address of the thing; fields: 0 */
	path_id holder;		/* field of the object that leads to it by pointers; 0: none */
	uint32_t others;	/* how many there are behind that, for which this one stands */
	const char *name;	/* "state.level", "Spam.pos"; for messages */
	struct ext_loc decl;
	VEC(const struct access *) run; /* accesses while other threads may run; sorted */
	uint32_t writes;		/* how many of them write */
	uint32_t guarded;		/* how many hold the lock that is held most often */
	bool writes_guarded;		/* all writes share a lock that reads do without */
	bool partly_atomic;
	const char *guarded_by; /* by contract; NULL: nothing is said */
	bool init_only;		/* by contract */
	bool confined;		/* by contract: to one thread, or to one at a time */
	bool only_uncommon;	/* only a second tp_init, or tearing down, would collide */
	enum shared_shape shape;
	const struct access *first_write;
	const struct facts *facts;     /* of first_write's function */
	const struct facts_type *type; /* of what is written; NULL: not known */
};

/* Calls VISIT for every thing in static storage that two threads may touch at once, one
 * of them writing. It lives as long as the findings. */
typedef void shared_visitor(struct rule_context *ctx, const struct shared_thing *t);
void shared_variables(struct rule_context *ctx, shared_visitor *visit);
void shared_fields(struct rule_context *ctx, shared_visitor *visit);

/* The function whose thread makes the access (the caller where it is made through a
 * pointer), and its operation there. */
uint32_t access_function(const struct access *x);
uint32_t access_op(const struct access *x);
/* Can the function run while other threads do? */
bool runs_shared(const struct rule_context *ctx, uint32_t function);

/* C that Cython wrote: its authors look at other sources, and most of it is the generator's
 * own; what is found there is for review. */
enum finding_confidence in_generated_code(
	const struct rule_context *ctx, uint32_t function, enum finding_confidence otherwise);

/* Is a lock held at OP that is the same one for all objects: static, or of the module? */
bool shared_lock_held(const struct rule_context *ctx, uint32_t function, uint32_t op);
/* Counts the locks that T's accesses share; true: one lock holds at all of them. */
bool shared_guards(const struct rule_context *ctx, struct shared_thing *t);

/* The shape of a thing that is known to be unguarded (shapes.c). */
enum shared_shape shape_of(const struct rule_context *ctx, const struct shared_thing *t);
/* Is operation OP a store into a type that others may use (type_changed_late.c)? */
bool changes_type_late(const struct rule_context *ctx, uint32_t function, uint32_t op);
/* Is it an object of Python, or a structure, that the thing points to? */
bool thing_is_object(const struct shared_thing *t);
bool thing_is_pointer(const struct shared_thing *t);
/* One of Python, or of a type that the extension makes: it has a reference count. */
bool thing_is_python_object(const struct rule_context *ctx, const struct shared_thing *t);

/* The parts of a finding about T: place, two roots that collide, every access. */
struct finding *shared_finding(
	struct rule_context *ctx, const struct shared_thing *t, enum finding_confidence confidence);
/* How the confidence of GIL301 and GIL304 follows from what is touched and how. */
enum finding_confidence shared_confidence(
	const struct rule_context *ctx, const struct shared_thing *t);
bool has_memory_consequence(const struct rule_context *ctx, const struct shared_thing *t);
/* State behind a pointer in an object (behind.c): is it the same field of the object for paths X
 * and Y; what T is called; of all behind one field, who stands for them; and how many they are. */
bool same_holder(const struct rule_context *ctx, path_id x, path_id y);
const char *behind_name(const struct rule_context *ctx, const struct shared_thing *t);
void merge_behind(struct rule_context *ctx, struct shared_thing *things, size_t n);
void behind_evidence(struct rule_context *ctx, struct finding *f, const struct shared_thing *t);
/* Notes the contracts of T's declaration (contract.c). */
void note_contracts(const struct rule_context *ctx, struct shared_thing *t);
/* The confidence of a finding about T as far as contracts decide it. */
enum finding_confidence under_contract(const struct rule_context *ctx, const struct shared_thing *t,
	enum finding_confidence otherwise);
void contract_evidence(struct rule_context *ctx, struct finding *f, const struct shared_thing *t);

struct ext_loc access_place(const struct rule_context *ctx, const struct access *x);

#endif
