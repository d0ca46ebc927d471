/*
 * GIL304: a field of a Python object, or of a module's state, that one thread root writes
 * and another uses, or the same one in two threads, without a common lock.
 */
#include "rules/shared.h"

static void suggest(struct rule_context *ctx, struct finding *f, const struct shared_thing *t)
{
	const struct ext_record *r = &ctx->ext->records.v[t->record];
	const char *object = r->state_of != EXT_NONE ? "the module" : "the object";

	if (has_memory_consequence(ctx, t))
		finding_fix(ctx, f,
			"use '%s' inside a critical section on %s everywhere, or give it a PyMutex "
			"of its "
			"own",
			t->name, object);
	else
		finding_fix(ctx, f, "make '%s' atomic, or use it inside a critical section on %s",
			t->name, object);
}

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	if (t->shape == SHAPE_UNGUARDED)
		suggest(ctx, shared_finding(ctx, t, shared_confidence(ctx, t)), t);
}

void rule_unguarded_field(struct rule_context *ctx)
{
	shared_fields(ctx, report);
}
