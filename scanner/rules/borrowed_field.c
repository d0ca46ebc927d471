/*
 * GIL205: the object in a field is used without an own reference, when the lock that kept it
 * there is gone. Whoever replaces it meanwhile releases the last reference.
 */
#include "rules/outlived.h"

static void report(struct rule_context *ctx, const struct shared_thing *t)
{
	struct outlived o;

	if (t->shape != SHAPE_GUARDED || !thing_is_python_object(ctx, t))
		return;
	for (size_t i = 0; i < t->run.n; i++)
		if (outlives_lock(ctx, t, t->run.v[i], &o)) {
			finding_fix(ctx, outlived_finding(ctx, &o),
				"take an own reference to '%s' under the lock (Py_NewRef), and "
				"release it after the last use",
				t->name);
			return; /* one field, one hazard */
		}
}

void rule_borrowed_field(struct rule_context *ctx)
{
	shared_variables(ctx, report);
	shared_fields(ctx, report);
}
