/*
 * GIL603: reference counts that are written: of an object that others may have, or of one
 * that its own deallocator brings back to life. What comes out of a free list is nobody's.
 */
#include "rules/borrowed.h"
#include "rules/container.h"

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_operand *v = container_argument(fn, call);
	bool dying = (fn->phases & PHASES_AFTER_IMPORT) == PHASE_DEALLOC;
	const struct path *root;
	enum container kind;
	const char *object;
	struct finding *f;
	path_id path;

	if (!v)
		return;
	kind = container_judge(ctx, function, call->op, v, &path);
	root = analysis_path(ctx->analysis, analysis_path(ctx->analysis, path)->root);
	dying = dying && root->kind == PATH_PARAM;
	if (!dying && (kind == CONTAINER_PRIVATE || root->kind != PATH_PARAM))
		return;
	object = container_text(ctx, function, path);
	f = finding_add(ctx, op_place_of(fn, call->op),
		in_generated_code(ctx, function, CONFIDENCE_LIKELY),
		dying ? "'%s' brings '%s' back to life by hand"
		      : "'%s' writes the reference count of '%s', which other threads may change "
			"meanwhile",
		call->name, object ? object : "an object");
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = object ? object : call->name;
	replacement_fix(ctx, f, call->api, object);
}

void rule_refcount_written(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
}
