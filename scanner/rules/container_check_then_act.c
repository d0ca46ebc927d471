/*
 * GIL208: a look-up whose answer decides on an insert or a delete of the same key in the
 * same container, without one lock around both.
 */
#include "rules/borrowed.h"
#include "rules/container.h"

struct pair {
	uint32_t function;
	const struct ext_function *fn;
	const struct ext_call *test, *act;
	enum container kind;
	path_id path;
};

static bool same_value(const struct rule_context *ctx, uint32_t function,
	const struct facts_operand *a, const struct facts_operand *b)
{
	path_id path;

	if (!a || !b)
		return false;
	if (a->kind == OPERAND_STRING || b->kind == OPERAND_STRING)
		return a->kind == b->kind && a->text && b->text && strcmp(a->text, b->text) == 0;
	path = analysis_value(ctx->analysis, function, a);
	return path == analysis_value(ctx->analysis, function, b) &&
	       analysis_path(ctx->analysis, path)->kind != PATH_UNKNOWN &&
	       analysis_path(ctx->analysis, path)->kind != PATH_CONSTANT;
}

static bool same_item(const struct rule_context *ctx, const struct pair *p)
{
	for (int i = 0; i < 2; i++) /* the container, the key */
		if (!same_value(ctx, p->function, call_argument(p->fn, p->test, i),
			    call_argument(p->fn, p->act, i)))
			return false;
	return true;
}

/* The answer: the result, or what came out through an argument; stored in a variable, its
 * loads. */
static bool loads_answer(const struct rule_context *ctx, const struct pair *p, uint32_t op)
{
	struct facts_operand v = {.kind = OPERAND_TEMP, .id = op};
	const struct path *path;

	if (op == p->test->op)
		return true;
	if (p->fn->code->ops.v[op].kind != OP_LOAD)
		return false;
	path = analysis_path(ctx->analysis, analysis_value(ctx->analysis, p->function, &v));
	return (path->kind == PATH_CALL || path->kind == PATH_OUT) && path->a == p->test->op;
}

/* *IF_FOUND: the change is made where the key was there. */
static bool decides(const struct rule_context *ctx, const struct pair *p, bool *if_found)
{
	for (uint32_t i = p->test->op; i < p->act->op; i++)
		if (loads_answer(ctx, p, i) &&
			analysis_decides(ctx->analysis, p->function, i, p->act->op, if_found))
			return true;
	return false;
}

/* What is put back was computed from what was found: counts get lost. */
static bool computed_from(const struct rule_context *ctx, const struct pair *p)
{
	uint32_t uses[BORROWED_USES];
	const struct facts_operand *value = call_argument(p->fn, p->act, 2);
	uint32_t from = value && value->kind == OPERAND_TEMP
				? analysis_path(ctx->analysis,
					  analysis_value(ctx->analysis, p->function, value))
					  ->a
				: FACTS_NONE;

	for (uint32_t i = p->test->op; from != FACTS_NONE && i < p->act->op; i++) {
		size_t n;

		if (!loads_answer(ctx, p, i))
			continue;
		n = analysis_uses(ctx->analysis, p->function, i, uses, BORROWED_USES);
		for (size_t k = 0; k < n; k++)
			if (uses[k] == from)
				return true;
	}
	return false;
}

static bool held_throughout(const struct rule_context *ctx, const struct pair *p)
{
	bool mutex;

	return container_locked(ctx, p->function, p->path, p->test->op, p->act->op, &mutex) &&
	       (mutex || container_suspension(ctx, p->function, p->test->op, p->act->op) ==
				 FACTS_NONE);
}

static void report(struct rule_context *ctx, const struct pair *p, bool if_found)
{
	const char *container = container_text(ctx, p->function, p->path);
	bool deletes = p->act->api->role == DB_ROLE_DELETE;
	bool loses = !deletes && if_found && computed_from(ctx, p);
	struct finding *f = finding_add(ctx, op_place_of(p->fn, p->test->op),
		deletes || loses ? container_confidence(ctx, p->function, p->kind)
				 : CONFIDENCE_REVIEW,
		"'%s' decides here whether '%s' %s '%s' below; another thread can do so first",
		p->test->name, p->act->name, deletes ? "deletes from" : "changes",
		container ? container : "a container");

	f->function = p->function;
	f->shared = SHARED_CONTAINER;
	f->shared_name = container ? container : p->test->name;
	finding_evidence(ctx, f, EVIDENCE_WRITE, op_place_of(p->fn, p->act->op), p->function, "%s",
		deletes ? "the key may be gone by now: this fails"
		: loses ? "computed from the old value: what others put there meanwhile is lost"
			: "another thread may have put its own object there, which is replaced");
	replacement_fix(ctx, f, p->act->api, container);
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	struct pair p = {
		.function = function, .fn = &ctx->ext->functions.v[function], .test = call};
	const struct facts_operand *v;

	if (call->api->role != DB_ROLE_LOOKUP)
		return;
	v = container_argument(p.fn, call);
	p.kind = v ? container_judge(ctx, function, call->op, v, &p.path) : CONTAINER_PRIVATE;
	if (p.kind == CONTAINER_PRIVATE)
		return;
	vec_foreach (const struct ext_call, act, &p.fn->calls) {
		bool if_found = true;

		if (act->op < call->op || !act->api ||
			(act->api->role != DB_ROLE_INSERT && act->api->role != DB_ROLE_DELETE))
			continue;
		p.act = act;
		if (same_item(ctx, &p) && decides(ctx, &p, &if_found) &&
			!held_throughout(ctx, &p)) {
			report(ctx, &p, if_found);
			return;
		}
	}
}

void rule_container_check_then_act(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
}
