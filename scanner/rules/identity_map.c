/*
 * GIL308: an object is found again by its address, in a table that holds no reference. It may
 * be on its way out: counting it then brings back what another thread already frees.
 */
#include "rules/borrowed.h"
#include "rules/container.h"

static void report(struct rule_context *ctx, struct ext_loc at, uint32_t function,
	const char *table, uint32_t own)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	struct finding *f =
		finding_add(ctx, at, in_generated_code(ctx, function, CONFIDENCE_LIKELY),
			"an object from '%s', which holds no reference to it, is counted as if it "
			"were alive",
			table);

	f->function = function;
	f->shared = SHARED_CONTAINER;
	f->shared_name = table;
	finding_evidence(ctx, f, EVIDENCE_USE, op_place_of(fn, own), function,
		"another thread may have released the last reference by now");
	finding_fix(ctx, f,
		"call PyUnstable_EnableTryIncRef when the object is made, and take it from '%s' "
		"with "
		"PyUnstable_TryIncRef (since 3.14) under the lock of the table",
		table);
}

static bool fails_for_dead(const struct ext_function *fn, uint32_t op)
{
	const struct ext_call *c = ext_call_at(fn, op);

	return c && c->api && c->api->role == DB_ROLE_TRY_INCREF;
}

/* A number that is the address of an object. */
static void report_address(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	struct borrowed b;

	if (borrowed_describe(ctx, function, call, &b) && b.own != FACTS_NONE &&
		!fails_for_dead(b.fn, b.own))
		report(ctx, op_place_of(b.fn, call->op), function, call->name, b.own);
}

static bool in_dealloc(const struct rule_context *ctx, uint32_t function)
{
	return ctx->ext->functions.v[function].phases & PHASE_DEALLOC;
}

/* Does a deallocator take its object out of VARIABLE, a table of pointers? */
static bool forgets_dead(const struct rule_context *ctx, const struct access *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].kind == ACCESS_WRITE && v[i].flags & ACCESS_CONSTANT &&
			analysis_path(ctx->analysis, v[i].path)->kind == PATH_INDEX &&
			in_dealloc(ctx, access_function(&v[i])))
			return true;
	return false;
}

/* The first operation that counts what the read X gives, FACTS_NONE: none does. */
static uint32_t counted_by(const struct rule_context *ctx, const struct access *x)
{
	const struct ext_function *fn = &ctx->ext->functions.v[x->function];
	uint32_t uses[BORROWED_USES];
	size_t n = analysis_uses(ctx->analysis, x->function, x->op, uses, BORROWED_USES);

	for (size_t i = 0; i < n; i++)
		if (takes_reference(fn, uses[i]))
			return fails_for_dead(fn, uses[i]) ? FACTS_NONE : uses[i];
	return FACTS_NONE;
}

static void check_table(struct rule_context *ctx, uint32_t variable)
{
	size_t n;
	const struct access *v = analysis_variable_accesses(ctx->analysis, variable, &n);

	if (!forgets_dead(ctx, v, n))
		return;
	for (size_t i = 0; i < n; i++) {
		uint32_t own;

		if (v[i].kind != ACCESS_READ || v[i].flags & ACCESS_THROUGH ||
			!runs_shared(ctx, v[i].function))
			continue;
		own = counted_by(ctx, &v[i]);
		if (own == FACTS_NONE)
			continue;
		report(ctx, access_place(ctx, &v[i]), v[i].function,
			ctx->ext->variables.v[variable].name, own);
		return; /* one table, one hazard */
	}
}

void rule_identity_map(struct rule_context *ctx)
{
	visit_hazards(ctx, report_address);
	for (uint32_t i = 0; i < ctx->ext->variables.n; i++)
		check_table(ctx, i);
}
