/* GIL604: memory of the object allocator that is not for an object. */
#include "rules/borrowed.h"
#include "rules/container.h"
#include "rules/memory.h"

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	enum memory_use use = memory_use_of(ctx, function, call->op);
	struct finding *f;

	if (use == MEMORY_OBJECT)
		return;
	f = finding_add(ctx, op_place_of(fn, call->op),
		in_generated_code(ctx, function,
			use == MEMORY_OTHER ? CONFIDENCE_DEFINITE : CONFIDENCE_REVIEW),
		"'%s' makes memory for objects, which this is not%s", call->name,
		use == MEMORY_OTHER ? "" : " seen to become");
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = call->name;
	replacement_fix(ctx, f, call->api, NULL);
	finding_fix(ctx, f, "%s, released by the free function of the same kind", f->fix);
}

void rule_buffer_in_object_domain(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
}
