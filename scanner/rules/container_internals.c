/*
 * GIL203: calls that reach into a container without a lock, where others know it: items
 * set by plain stores, tuples filled or resized, pointers to the array of items, bytes and
 * strings that are written to.
 */
#include "rules/borrowed.h"
#include "rules/member.h"

static bool inside_locked(const struct rule_context *ctx, uint32_t function,
	const struct ext_call *call, path_id path)
{
	uint32_t last = call->op;
	uint32_t uses[BORROWED_USES];
	size_t n;
	bool mutex;

	if (call->api->returns == DB_REF_INTERNAL) {
		n = analysis_uses(ctx->analysis, function, call->op, uses, BORROWED_USES);
		last = n ? uses[n - 1] : last;
	}
	return container_locked(ctx, function, path, call->op, last, &mutex) &&
	       (mutex || container_suspension(ctx, function, call->op, last) == FACTS_NONE);
}

/* Is PATH made of what the call at OP returned? */
static bool comes_from(const struct rule_context *ctx, path_id path, uint32_t op)
{
	const struct path *root =
		analysis_path(ctx->analysis, analysis_path(ctx->analysis, path)->root);

	return root->kind == PATH_CALL && root->a == op;
}

/* Does operation OP write where the result of CALL points to? */
static bool writes_there(
	const struct rule_context *ctx, uint32_t function, const struct ext_call *call, uint32_t op)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_op *o = &fn->code->ops.v[op];
	const struct ext_call *c = ext_call_at(fn, op);
	const struct facts_operand *v;

	if (o->kind == OP_STORE || o->kind == OP_RMW)
		return comes_from(ctx, analysis_place(ctx->analysis, function, op), call->op);
	if (!c || !c->api || !(c->api->effects & DB_EFFECT_WRITES_ARGUMENT))
		return false;
	v = call_argument(fn, c, c->api->role_arg);
	return v && comes_from(ctx, analysis_value(ctx->analysis, function, v), call->op);
}

/* A pointer into what never changes: only who writes there reaches into it. */
static uint32_t first_write(
	const struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	uint32_t uses[BORROWED_USES];
	size_t n = analysis_uses(ctx->analysis, function, call->op, uses, BORROWED_USES);

	for (size_t i = 0; i < n; i++)
		if (writes_there(ctx, function, call, uses[i]))
			return uses[i];
	return FACTS_NONE;
}

/* Does API tell whether anyone else has an object? Reference counts claim to (GIL601), and what
 * the database has in their place does. */
static bool tells_uniqueness(const struct db_api *api)
{
	const struct db_api *other;
	size_t at = 0;

	if (db_hazard_of(api, "GIL601"))
		return true;
	while ((other = db_api_stating(offsetof(struct db_api, replacements), &at)) != NULL)
		for (size_t k = 0; db_hazard_of(other, "GIL601") && k < other->nreplacements; k++)
			if (strcmp(other->replacements[k].name, api->name) == 0)
				return true;
	return false;
}

/* Happens only where a test said that nobody else has the object at PATH. */
static bool is_unique(const struct rule_context *ctx, uint32_t function,
	const struct ext_call *call, path_id path)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	bool if_set;

	vec_foreach (const struct ext_call, c, &fn->calls) {
		const struct facts_operand *v = call_argument(fn, c, 0);

		if (c->op < call->op && c->api && v &&
			analysis_value(ctx->analysis, function, v) == path &&
			analysis_decides(ctx->analysis, function, c->op, call->op, &if_set) &&
			tells_uniqueness(c->api))
			return true;
	}
	return false;
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	bool immutable = call->api->returns == DB_REF_INTERNAL &&
			 call->api->owner == DB_OWNER_IMMUTABLE_CONTAINER;
	uint32_t write = immutable ? first_write(ctx, function, call) : FACTS_NONE;
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_operand *v = container_argument(fn, call);
	const char *container;
	enum container kind;
	struct finding *f;
	path_id path;

	if (!v || (immutable && write == FACTS_NONE))
		return;
	kind = container_judge(ctx, function, call->op, v, &path);
	if (kind == CONTAINER_PRIVATE || inside_locked(ctx, function, call, path) ||
		is_unique(ctx, function, call, path))
		return;
	container = container_text(ctx, function, path);
	f = finding_add(ctx, op_place_of(fn, call->op), container_confidence(ctx, function, kind),
		"'%s' reaches into '%s' without a lock, while other threads can use it", call->name,
		container ? container : "a container");
	f->function = function;
	f->shared = SHARED_CONTAINER;
	f->shared_name = container ? container : call->name;
	finding_evidence(
		ctx, f, EVIDENCE_NOTE, f->at, function, "%s", rule_hazard(ctx, call->api)->when);
	if (write != FACTS_NONE)
		finding_evidence(ctx, f, EVIDENCE_WRITE, op_place_of(fn, write), function,
			"written here, while others may read it");
	replacement_fix(ctx, f, call->api, container);
}

void rule_container_internals(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
	member_uses(ctx);
}
