/*
 * GIL606: fields of the interpreter's structures, and calls that hand out their addresses or
 * write them, where the object is known to others.
 */
#include "rules/borrowed.h"
#include "rules/member.h"

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_operand *v = container_argument(fn, call);
	enum container kind;
	const char *object;
	struct finding *f;
	path_id path;

	if (!v)
		return;
	kind = container_judge(ctx, function, call->op, v, &path);
	if (kind == CONTAINER_PRIVATE)
		return;
	object = container_text(ctx, function, path);
	f = finding_add(ctx, op_place_of(fn, call->op), container_confidence(ctx, function, kind),
		"'%s' goes at a field of '%s' that belongs to the interpreter", call->name,
		object ? object : "an object");
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = call->name;
	finding_evidence(
		ctx, f, EVIDENCE_NOTE, f->at, function, "%s", rule_hazard(ctx, call->api)->when);
	replacement_fix(ctx, f, call->api, object);
}

void rule_private_struct(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
	member_uses(ctx);
}
