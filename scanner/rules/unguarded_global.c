/*
 * GIL301: memory of static storage that is written after import, with nothing but the GIL
 * between two threads. One finding a variable, or a part of it with a name of its own.
 */
#include "rules/shared.h"

static void suggest(struct rule_context *ctx, struct finding *f, const struct shared_thing *t)
{
	if (thing_is_object(t))
		finding_fix(ctx, f,
			"keep '%s' in module state and set it in the exec slot, or hold one "
			"PyMutex "
			"around every use, taking an own reference inside",
			t->name);
	else if (!has_memory_consequence(ctx, t))
		finding_fix(ctx, f, "make '%s' atomic, or keep it in module state under a PyMutex",
			t->name);
	else
		finding_fix(ctx, f,
			"make '%s' local to the call, keep it per object, or hold one PyMutex "
			"around "
			"every use",
			t->name);
}

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	if (t->shape == SHAPE_UNGUARDED)
		suggest(ctx, shared_finding(ctx, t, shared_confidence(ctx, t)), t);
}

void rule_unguarded_global(struct rule_context *ctx)
{
	shared_variables(ctx, report);
}
