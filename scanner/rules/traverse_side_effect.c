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

/* A function that runs while the world is stopped; the call that leads to it from a traverse
 * function is `op` of `caller`, EXT_NONE for the traverse function itself. */
struct stopped {
	uint32_t function, caller, op;
};

struct walk {
	struct arena arena;
	unsigned char *seen; /* by function */
	VEC(struct stopped) list;
};

static void enter(struct walk *w, uint32_t function, uint32_t caller, uint32_t op)
{
	struct stopped s = {function, caller, op};

	if (w->seen[function])
		return;
	w->seen[function] = 1;
	vec_push(&w->arena, &w->list, s);
}

static void check(struct rule_context *ctx, const struct stopped *s, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[s->function];
	const char *effect = side_effect(call->api);
	struct finding *f;

	if (!effect)
		return;
	f = finding_add(ctx, op_place_of(fn, call->op), CONFIDENCE_LIKELY,
		"'%s' %s in a traverse function, while all other threads are stopped", call->name,
		effect);
	f->function = s->function;
	f->shared = SHARED_API;
	f->shared_name = call->name;
	if (s->caller != EXT_NONE)
		finding_evidence(ctx, f, EVIDENCE_CALL,
			op_place_of(&ctx->ext->functions.v[s->caller], s->op), s->caller,
			"called here, while a traverse function runs");
	finding_fix(ctx, f, "only visit here; no other thread runs, so that no lock is needed");
}

void rule_traverse_side_effect(struct rule_context *ctx)
{
	struct walk w = {.arena = ARENA_INIT};

	w.seen = arena_alloc(&w.arena, ctx->ext->functions.n + 1);
	vec_foreach (const struct ext_root, r, &ctx->ext->roots)
		if (r->kind == DB_ENTRY_TRAVERSE || r->kind == DB_ENTRY_MODULE_TRAVERSE)
			enter(&w, r->function, EXT_NONE, FACTS_NONE);
	/* Helpers that are called by name; through a pointer anything could be meant. */
	for (size_t i = 0; i < w.list.n; i++) {
		struct stopped s = w.list.v[i];

		vec_foreach (
			const struct ext_call, call, &ctx->ext->functions.v[s.function].calls) {
			if (call->api)
				check(ctx, &s, call);
			else if (call->kind == TARGET_FUNCTION)
				enter(&w, call->id, s.function, call->op);
		}
	}
	arena_release(&w.arena);
}
