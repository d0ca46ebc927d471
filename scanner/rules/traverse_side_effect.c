/*
 * GIL506: what a traverse function may not do while the world is stopped: count references,
 * take locks, allocate, run code. Helpers count with it.
 */
#include "rules/borrowed.h"

static const char *by_role(const struct db_api *api)
{
	switch (api->role) {
	case DB_ROLE_INCREF:
	case DB_ROLE_TRY_INCREF:
	case DB_ROLE_DECREF:
	case DB_ROLE_NEWREF:
	case DB_ROLE_CLEAR:
	case DB_ROLE_SETREF:
		return "changes a reference count";
	case DB_ROLE_SECTION_BEGIN:
	case DB_ROLE_SECTION2_BEGIN:
	case DB_ROLE_LOCK:
	case DB_ROLE_TRYLOCK:
	case DB_ROLE_LOCK_SHARED:
	case DB_ROLE_GUARD:
	case DB_ROLE_WAIT:
		return "takes a lock";
	case DB_ROLE_DETACH:
	case DB_ROLE_GIL_ENSURE:
		return "changes the state of the thread";
	default:
		return NULL;
	}
}

static const char *side_effect(const struct db_api *api)
{
	if (by_role(api) || api->role == DB_ROLE_VISIT)
		return by_role(api);
	if (api->effects & DB_EFFECT_RUNS_PYTHON)
		return "may run Python code";
	if (api->effects & DB_EFFECT_TAKES_SECTION)
		return "takes a lock";
	if (api->effects & (DB_EFFECT_ALLOC_OBJECT | DB_EFFECT_ALLOC_MEM))
		return "allocates";
	return api->effects & DB_EFFECT_MAY_DETACH ? "may detach the thread" : NULL;
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const char *effect = side_effect(call->api);
	struct finding *f;

	if (!effect)
		return;
	f = finding_add(ctx, op_place_of(fn, call->op), CONFIDENCE_LIKELY,
		"'%s' %s in a traverse function, while all other threads are stopped", call->name,
		effect);
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = call->name;
	finding_fix(ctx, f, "only visit here; no other thread runs, so that no lock is needed");
}

/* Helpers that are called by name; through a pointer anything could be meant. */
#define HELPER_DEPTH 3

static void check_function(
	struct rule_context *ctx, uint32_t function, unsigned char *seen, unsigned depth)
{
	if (seen[function])
		return;
	seen[function] = 1;
	vec_foreach (const struct ext_call, call, &ctx->ext->functions.v[function].calls) {
		if (call->api)
			check(ctx, function, call);
		else if (call->kind == TARGET_FUNCTION && depth < HELPER_DEPTH)
			check_function(ctx, call->id, seen, depth + 1);
	}
}

void rule_traverse_side_effect(struct rule_context *ctx)
{
	struct arena scratch = ARENA_INIT;
	unsigned char *seen = arena_alloc(&scratch, ctx->ext->functions.n + 1);

	vec_foreach (const struct ext_root, r, &ctx->ext->roots)
		if (r->kind == DB_ENTRY_TRAVERSE || r->kind == DB_ENTRY_MODULE_TRAVERSE)
			check_function(ctx, r->function, seen, 0);
	arena_release(&scratch);
}
