/*
 * GIL602: the reference count read or written as a field. A free-threaded build has no such
 * field, so what the parse left is an error about a missing member.
 */
#include "rules/finding.h"

static uint32_t function_at(const struct rule_context *ctx, struct ext_loc at)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		const struct ext_function *fn = &ctx->ext->functions.v[i];

		if (fn->unit == at.unit && fn->code->begin.file == at.loc.file &&
			fn->code->begin.line <= at.loc.line && at.loc.line <= fn->code->end.line)
			return i;
	}
	return EXT_NONE;
}

/* What reads a count, by what the database says of it. */
static const char *accessor(void)
{
	const struct db_api *api;
	size_t at = 0;

	while ((api = db_api_stating(offsetof(struct db_api, role), &at)) != NULL)
		if (api->role == DB_ROLE_REFCNT && *api->name != '_')
			return api->name;
	return NULL;
}

static void plan(struct rule_context *ctx, struct finding *f, struct ext_loc at, const char *field)
{
	struct finding_rewrite *w = arena_new(&ctx->out->arena, struct finding_rewrite);

	memset(w, 0, sizeof(*w));
	w->from = field;
	w->to = accessor();
	w->call_at = at;
	f->rewrite = w->to ? w : NULL;
}

static void report(struct rule_context *ctx, uint32_t unit, const struct facts_unknown *u)
{
	struct ext_loc at = {unit, u->loc};
	struct finding *f;

	f = finding_add(ctx, at, CONFIDENCE_DEFINITE,
		"'%s' does not exist in a free-threaded build", u->detail);
	f->function = function_at(ctx, at);
	f->shared = SHARED_API;
	f->shared_name = u->detail;
	plan(ctx, f, at, u->detail);
	finding_fix(ctx, f, "use Py_REFCNT to read it; nothing may write it");
}

void rule_refcount_field(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->units.n; i++)
		vec_foreach (const struct facts_unknown, u, &ctx->ext->units.v[i]->unknowns)
			if (u->kind == UNKNOWN_MEMBER)
				report(ctx, i, u);
}
