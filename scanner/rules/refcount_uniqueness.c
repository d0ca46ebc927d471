/*
 * GIL601: the reference count of an object decides what is done with it. A comparison that
 * only an assertion makes, or a number that is only shown, decides nothing.
 */
#include "rules/borrowed.h"
#include "rules/container.h"

/* `Py_REFCNT(x) == 1`, `> 1` and the like. */
static bool is_uniqueness_test(const struct ext_function *fn, uint32_t op, uint32_t count)
{
	const struct facts_op *o = &fn->code->ops.v[op];

	if (o->kind != OP_BINARY || (o->sub != OPERATOR_EQ && o->sub != OPERATOR_NE &&
					    (o->sub < OPERATOR_LT || o->sub > OPERATOR_GE)))
		return false;
	for (uint32_t i = 0; i < o->nargs; i++) {
		const struct facts_operand *v = &fn->code->args.v[o->first_arg + i];

		if (v->kind == OPERAND_TEMP && v->id != count)
			return false;
	}
	return true;
}

static const struct facts_block *block_of(const struct ext_function *fn, uint32_t op)
{
	vec_foreach (const struct facts_block, b, &fn->code->blocks)
		if (b->first_op <= op && op < b->first_op + b->nops)
			return b;
	return NULL;
}

/* Where the test fails nothing goes on: an assertion. */
static bool is_asserted(const struct ext_function *fn, uint32_t op)
{
	const struct facts_block *b = block_of(fn, op);

	for (uint32_t i = 0; b && i < b->nsuccs; i++) {
		const struct facts_block *to =
			&fn->code->blocks.v[fn->code->succs.v[b->first_succ + i]];

		if (to->nops && fn->code->ops.v[to->first_op + to->nops - 1].kind == OP_UNREACHABLE)
			return true;
	}
	return false;
}

/* Is the object written to, or handed to a call, on one side of the test only? */
static uint32_t decided_use(const struct rule_context *ctx, uint32_t function,
	const struct ext_call *test, path_id path)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	bool if_set;

	vec_foreach (const struct ext_call, c, &fn->calls) {
		const struct facts_operand *v = call_argument(fn, c, 0);

		if (c->op <= test->op || !v ||
			(c->api &&
				(c->api->role == DB_ROLE_INCREF || c->api->role == DB_ROLE_DECREF ||
					c->api->role == DB_ROLE_REFCNT)))
			continue;
		if (analysis_value(ctx->analysis, function, v) == path &&
			analysis_decides(ctx->analysis, function, test->op, c->op, &if_set))
			return c->op;
	}
	return FACTS_NONE;
}

static uint32_t test_of(
	const struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	uint32_t uses[BORROWED_USES];
	size_t n = analysis_uses(ctx->analysis, function, call->op, uses, BORROWED_USES);

	for (size_t i = 0; i < n; i++)
		if (is_uniqueness_test(fn, uses[i], call->op) && !is_asserted(fn, uses[i]))
			return uses[i];
	return FACTS_NONE;
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_operand *v = container_argument(fn, call);
	uint32_t test = test_of(ctx, function, call), use;
	const char *object;
	struct finding *f;
	path_id path;

	if (!v || test == FACTS_NONE ||
		container_judge(ctx, function, call->op, v, &path) == CONTAINER_PRIVATE)
		return;
	use = decided_use(ctx, function, call, path);
	object = container_text(ctx, function, path);
	f = finding_add(ctx, op_place_of(fn, call->op),
		in_generated_code(
			ctx, function, use == FACTS_NONE ? CONFIDENCE_REVIEW : CONFIDENCE_LIKELY),
		"the reference count of '%s' decides here, and does not say whether others have it",
		object ? object : "an object");
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = object ? object : call->name;
	if (use != FACTS_NONE)
		finding_evidence(ctx, f, EVIDENCE_USE, op_place_of(fn, use), function,
			"'%s' is done with it on one side only",
			ext_call_at(fn, use)->name ? ext_call_at(fn, use)->name : "a call");
	replacement_fix(ctx, f, call->api, object);
}

void rule_refcount_uniqueness(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
}
