/*
 * GIL206: a pointer into memory that can move is kept across a point where it can: out of an
 * object that others can resize, or out of a field when its lock is gone.
 */
#include "rules/borrowed.h"
#include "rules/container.h"
#include "rules/outlived.h"

static void report_field(struct rule_context *ctx, const struct shared_thing *t)
{
	struct outlived o;

	if (t->shape != SHAPE_GUARDED || !thing_is_pointer(t) || thing_is_python_object(ctx, t))
		return;
	for (size_t i = 0; i < t->run.n; i++)
		if (outlives_lock(ctx, t, t->run.v[i], &o)) {
			finding_fix(ctx, outlived_finding(ctx, &o),
				"read '%s' again once the lock is held again, or count its users "
				"and do not move it while there are any",
				t->name);
			return; /* one field, one hazard */
		}
}

static void report_call(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	struct borrowed b;
	enum container kind;
	path_id path;
	const struct facts_operand *v = container_argument(&ctx->ext->functions.v[function], call);
	const char *text;
	struct finding *f;

	if (call->api->returns != DB_REF_INTERNAL || !v ||
		!borrowed_describe(ctx, function, call, &b))
		return;
	kind = container_judge(ctx, function, call->op, v, &path);
	if (kind == CONTAINER_PRIVATE || (path && borrowed_kept_by_lock(ctx, &b, path)))
		return;
	text = container_text(ctx, function, path);
	f = finding_add(ctx, op_place_of(b.fn, call->op), container_confidence(ctx, function, kind),
		"'%s' points into '%s', which another thread can resize", call->name,
		text ? text : "an object");
	f->function = function;
	f->shared = SHARED_BUFFER;
	f->shared_name = text ? text : call->name;
	borrowed_evidence(ctx, f, &b, text);
	finding_fix(ctx, f,
		"hold a buffer while the memory is used (PyObject_GetBuffer, PyBuffer_Release): an "
		"object with exports does not move its memory");
}

void rule_stale_buffer(struct rule_context *ctx)
{
	visit_hazards(ctx, report_call);
	shared_variables(ctx, report_field);
	shared_fields(ctx, report_field);
}
