/* What a race on a thing leads to, and so how sure a finding about it is. */
#include "rules/shared.h"

/* Is the value used where a wrong one leaves an object: index, size, pointer arithmetic? */
static bool steers_memory(const struct rule_context *ctx, const struct access *x)
{
	const struct ext_function *fn = &ctx->ext->functions.v[x->function];
	const struct facts_function *code = fn->code;
	size_t end = (size_t)x->op + 40;

	for (size_t i = x->op; i < code->ops.n && i < end; i++) {
		uint32_t place = code->ops.v[i].place;
		const struct facts_place *p = place == FACTS_NONE ? NULL : &code->places.v[place];

		for (uint32_t k = 0; p && k < p->nsteps; k++) {
			const struct facts_step *s = &code->steps.v[p->first_step + k];

			if (s->kind == STEP_INDEX && s->index.kind == OPERAND_TEMP &&
				s->index.id == x->op)
				return true;
		}
	}
	return false;
}

static bool written_with(const struct shared_thing *t, unsigned flags)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (t->run.v[i]->kind == ACCESS_WRITE && t->run.v[i]->flags & flags)
			return true;
	return false;
}

/* Part of an array: several words that belong together. */
static bool in_array(const struct rule_context *ctx, const struct shared_thing *t)
{
	return analysis_path(ctx->analysis, t->first_write->path)->kind == PATH_INDEX;
}

bool has_memory_consequence(const struct rule_context *ctx, const struct shared_thing *t)
{
	if (thing_is_pointer(t) || !t->type || in_array(ctx, t))
		return true;
	if (t->type->kind == TYPE_ARRAY || t->type->kind == TYPE_RECORD)
		return true;
	for (size_t i = 0; i < t->run.n; i++)
		if (steers_memory(ctx, t->run.v[i]))
			return true;
	return false;
}

static bool only_guessed_roots(const struct rule_context *ctx, const struct shared_thing *t)
{
	vec_foreach (
		const uint32_t, r, &ctx->ext->functions.v[access_function(t->first_write)].roots)
		if (!ctx->ext->roots.v[*r].likely_only)
			return false;
	return true;
}

/* Where the design draws the line: memory is likely or more, lost updates likely, single
 * words that only carry a value are for people to judge. */
enum finding_confidence shared_confidence(
	const struct rule_context *ctx, const struct shared_thing *t)
{
	bool memory = has_memory_consequence(ctx, t);

	if (t->only_uncommon || (t->partly_atomic && !thing_is_pointer(t)))
		return CONFIDENCE_REVIEW;
	if (t->writes_guarded && !(thing_is_object(t) && written_with(t, 0)))
		return CONFIDENCE_REVIEW;
	if (!memory)
		return written_with(t, ACCESS_RMW) ? CONFIDENCE_LIKELY : CONFIDENCE_REVIEW;
	if (thing_is_object(t) && !t->writes_guarded && !only_guessed_roots(ctx, t))
		return CONFIDENCE_DEFINITE;
	return CONFIDENCE_LIKELY;
}
