/* GIL604: memory of the object allocator that is not for an object, and other memory that is given
 * to it to be released. */
#include "rules/borrowed.h"
#include "rules/container.h"
#include "rules/domains.h"
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

/* Memory that the allocation itself shows to be for no object is told there. */
static bool told_where_made(const struct rule_context *ctx, const struct made *made)
{
	return made->domain == DOMAIN_OBJECT &&
	       memory_use_of(ctx, made->function, made->op) != MEMORY_UNTOLD;
}

static void check_release(struct rule_context *ctx, const struct released *r)
{
	const struct ext_function *fn = &ctx->ext->functions.v[r->function];
	struct finding *f;

	if (r->made.domain == DOMAIN_UNTOLD || released_is_object(ctx, r) ||
		told_where_made(ctx, &r->made))
		return;
	f = finding_add(ctx, op_place_of(fn, r->call->op),
		in_generated_code(ctx, r->function, CONFIDENCE_DEFINITE),
		r->domain == DOMAIN_OBJECT
			? "'%s' is for memory of objects, and releases what another allocator made"
			: "'%s' releases memory that the allocator for objects made",
		r->call->name);
	released_evidence(ctx, f, r);
}

void rule_buffer_in_object_domain(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
	visit_released(ctx, check_release);
}
