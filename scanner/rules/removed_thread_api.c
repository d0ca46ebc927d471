/*
 * GIL504: calls about threads and the GIL that are gone, or deprecated because what they
 * were for is gone. Which calls: those whose database entry has a hazard of this code.
 */
#include "rules/finding.h"

#include "db/db.h"

/* What only a version after the target removes is still there. */
static bool is_gone(const struct rule_context *ctx, const struct db_api *api)
{
	return api->removed && api->removed <= finding_target(ctx->ext);
}

static void report(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	struct ext_loc at = {fn->unit, fn->code->ops.v[call->op].loc};
	const struct db_api *api = call->api;
	bool gone = is_gone(ctx, api);
	db_version v = gone ? api->removed : api->deprecated;
	struct finding *f;

	f = finding_add(ctx, at, CONFIDENCE_DEFINITE, "'%s' %s %u.%u", api->name,
		gone ? "was removed in" : "is deprecated since", v >> 8, v & 0xff);
	if (!gone) /* still there, and does no harm by itself */
		f->level = LEVEL_NOTE;
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = api->name;
	finding_evidence(ctx, f, EVIDENCE_CALL, at, function, "%s", rule_hazard(ctx, api)->when);
	if (api->nreplacements)
		finding_fix(ctx, f, "use %s", api->replacements[0].name);
	else
		finding_fix(ctx, f, "remove the call");
}

void rule_removed_thread_api(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++)
		vec_foreach (const struct ext_call, call, &ctx->ext->functions.v[i].calls)
			if (call->kind == TARGET_API && rule_hazard(ctx, call->api) &&
				(is_gone(ctx, call->api) || call->api->deprecated))
				report(ctx, i, call);
}
