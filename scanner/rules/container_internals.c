/*
 * GIL203: calls that reach into a container without a lock, where others know it: items
 * set by plain stores, tuples filled or resized, pointers to the array of items.
 */
#include "rules/borrowed.h"
#include "rules/member.h"

static bool inside_locked(const struct rule_context *ctx, uint32_t function,
	const struct ext_call *call, path_id path)
{
	uint32_t last = call->op;
	uint32_t uses[BORROWED_USES];
	size_t n;
	bool mutex;

	if (call->api->returns == DB_REF_INTERNAL) {
		n = analysis_uses(ctx->analysis, function, call->op, uses, BORROWED_USES);
		last = n ? uses[n - 1] : last;
	}
	return container_locked(ctx, function, path, call->op, last, &mutex) &&
	       (mutex || container_suspension(ctx, function, call->op, last) == FACTS_NONE);
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_operand *v = container_argument(fn, call);
	const char *container;
	enum container kind;
	struct finding *f;
	path_id path;

	if (!v)
		return;
	kind = container_judge(ctx, function, call->op, v, &path);
	if (kind == CONTAINER_PRIVATE || inside_locked(ctx, function, call, path))
		return;
	container = container_text(ctx, function, path);
	f = finding_add(ctx, op_place_of(fn, call->op), container_confidence(ctx, function, kind),
		"'%s' reaches into '%s' without a lock, while other threads can use it", call->name,
		container ? container : "a container");
	f->function = function;
	f->shared = SHARED_CONTAINER;
	f->shared_name = container ? container : call->name;
	finding_evidence(
		ctx, f, EVIDENCE_NOTE, f->at, function, "%s", rule_hazard(ctx, call->api)->when);
	replacement_fix(ctx, f, call->api, container);
}

void rule_container_internals(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
	member_uses(ctx);
}
