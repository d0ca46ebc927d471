/* What declarations promise about shared state, and what that decides. */
#include "rules/shared.h"

/* The annotations of the declaration, and the facts that they are in. */
static uint32_t annotations_of(
	const struct rule_context *ctx, const struct shared_thing *t, const struct facts **facts)
{
	if (t->variable == EXT_NONE) {
		const struct ext_record *r = &ctx->ext->records.v[t->record];

		*facts = r->facts;
		return r->rec->fields.v[t->field].annotations;
	}
	*facts = ctx->ext->variables.v[t->variable].facts;
	return ctx->ext->variables.v[t->variable].sym->annotations;
}

/* Threads of the extension's own come in here: nobody outside can keep them apart. */
static bool has_own_thread(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++) {
		const struct ext_function *fn =
			&ctx->ext->functions.v[access_function(t->run.v[i])];

		vec_foreach (const uint32_t, r, &fn->roots)
			if (ctx->ext->roots.v[*r].kind == DB_ENTRY_THREAD)
				return true;
	}
	return false;
}

void note_contracts(const struct rule_context *ctx, struct shared_thing *t)
{
	struct arena *arena = &ctx->out->arena;
	const struct facts *facts;
	uint32_t first = annotations_of(ctx, t, &facts);

	if (first == FACTS_NONE)
		return;
	t->guarded_by = analysis_contract(arena, facts, first, "guarded_by");
	t->init_only = analysis_contract(arena, facts, first, "init_only");
	/* Callers can lock the objects they share, not what all objects have in common. */
	t->confined = (analysis_contract(arena, facts, first, "thread_confined") ||
			      (t->variable == EXT_NONE && analysis_contract(arena, facts, first,
								  "externally_synchronized"))) &&
		      !has_own_thread(ctx, t);
}

enum finding_confidence under_contract(const struct rule_context *ctx, const struct shared_thing *t,
	enum finding_confidence otherwise)
{
	(void)ctx;
	if (t->confined)
		return CONFIDENCE_REVIEW;
	if ((t->guarded_by || t->init_only) && otherwise < CONFIDENCE_LIKELY)
		return CONFIDENCE_LIKELY;
	return otherwise;
}

void contract_evidence(struct rule_context *ctx, struct finding *f, const struct shared_thing *t)
{
	if (t->guarded_by)
		finding_evidence(ctx, f, EVIDENCE_DECLARE, t->decl, EXT_NONE,
			"declared to be guarded by '%s'", t->guarded_by);
	if (t->init_only)
		finding_evidence(ctx, f, EVIDENCE_DECLARE, t->decl, EXT_NONE,
			"declared to be written while it is made only");
	if (t->confined)
		finding_evidence(ctx, f, EVIDENCE_DECLARE, t->decl, EXT_NONE,
			"declared to be used by one thread at a time: nothing here contradicts it");
}
