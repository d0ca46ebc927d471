/*
 * GIL204: the referent of a weak reference, borrowed. Nobody keeps it: it may be gone
 * before the next instruction, so that any use but a comparison is a use after free.
 */
#include "rules/borrowed.h"
#include "rules/shared.h"

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	struct borrowed b;
	struct finding *f;

	if (call->api->owner != DB_OWNER_WEAKREF_TARGET || call->api->returns != DB_REF_BORROWED)
		return;
	if (!borrowed_describe(ctx, function, call, &b))
		return;
	f = finding_add(ctx, op_place_of(b.fn, call->op),
		in_generated_code(ctx, function, CONFIDENCE_DEFINITE),
		"'%s' gives %s%s%s without a reference of its own: another thread can free it now",
		call->name, b.variable ? "'" : "", b.variable ? b.variable : "the referent",
		b.variable ? "'" : "");
	f->function = function;
	f->shared = SHARED_BORROWED;
	f->shared_name = b.variable ? b.variable : call->name;
	borrowed_evidence(ctx, f, &b, NULL);
	borrowed_fix(ctx, f, &b, NULL);
}

void rule_borrowed_weak_referent(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		vec_foreach (const struct ext_call, call, &ctx->ext->functions.v[i].calls)
			if (call->api)
				check(ctx, i, call);
	}
}
