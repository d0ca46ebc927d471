/*
 * Pointers that are taken from a field under its lock and used when the lock no longer keeps
 * the field as it is: shared by the rules about objects (GIL205) and raw memory (GIL206).
 */
#ifndef GC_RULES_OUTLIVED_H
#define GC_RULES_OUTLIVED_H

#include "rules/shared.h"

struct outlived {
	const struct shared_thing *thing;
	const struct access *read;
	uint32_t use;	  /* of the same function: the first that comes too late */
	uint32_t suspend; /* what lets others in before it; FACTS_NONE: the lock is released */
};

/* Does what X, a guarded read of T, loads outlive the lock? An own reference that is taken in
 * time ends the question; so does a function that takes the pointer over by storing another. */
bool outlives_lock(const struct rule_context *ctx, const struct shared_thing *t,
	const struct access *x, struct outlived *out);

/* A finding at the read: who replaces the pointer, where others get in, the use. */
struct finding *outlived_finding(struct rule_context *ctx, const struct outlived *o);

#endif
