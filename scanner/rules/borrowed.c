#include "rules/borrowed.h"

#include "rules/container.h"

static bool only_compares(const struct facts_op *op)
{
	if (op->kind == OP_BRANCH || op->kind == OP_SWITCH)
		return true;
	if (op->kind == OP_UNARY)
		return op->sub == OPERATOR_NOT;
	return op->kind == OP_BINARY && (op->sub == OPERATOR_EQ || op->sub == OPERATOR_NE);
}

bool takes_reference(const struct ext_function *fn, uint32_t op)
{
	const struct ext_call *c = ext_call_at(fn, op);

	return c && c->api &&
	       (c->api->role == DB_ROLE_INCREF || c->api->role == DB_ROLE_TRY_INCREF ||
		       c->api->role == DB_ROLE_NEWREF);
}

/* `x = PyDict_GetItem(...)`: the name the reader knows the result by. */
static const char *result_variable(const struct ext_function *fn, uint32_t op)
{
	const struct facts_function *code = fn->code;

	for (uint32_t i = op + 1; i < code->ops.n && i < op + 4; i++) {
		const struct facts_op *o = &code->ops.v[i];
		const struct facts_place *p;

		if (o->kind != OP_STORE)
			continue;
		p = &code->places.v[o->place];
		if (p->kind == PLACE_LOCAL && !p->nsteps && *code->locals.v[p->id].name)
			return code->locals.v[p->id].name;
	}
	return NULL;
}

bool borrowed_describe(const struct rule_context *ctx, uint32_t function,
	const struct ext_call *call, struct borrowed *out)
{
	uint32_t all[BORROWED_USES];
	size_t n = analysis_uses(ctx->analysis, function, call->op, all, BORROWED_USES);

	memset(out, 0, sizeof(*out));
	out->function = function;
	out->fn = &ctx->ext->functions.v[function];
	out->call = call;
	out->own = FACTS_NONE;
	out->variable = result_variable(out->fn, call->op);
	for (size_t i = 0; i < n; i++) {
		if (only_compares(&out->fn->code->ops.v[all[i]]))
			continue;
		if (out->own == FACTS_NONE && takes_reference(out->fn, all[i]))
			out->own = all[i];
		out->uses[out->nuses++] = all[i];
	}
	return out->nuses > 0;
}

struct ext_loc op_place_of(const struct ext_function *fn, uint32_t op)
{
	return (struct ext_loc){fn->unit, fn->code->ops.v[op].loc};
}

static const char *name_of(const struct borrowed *b)
{
	return b->variable ? b->variable : "the result";
}

static const char *use_text(struct rule_context *ctx, const struct borrowed *b, uint32_t op)
{
	const struct facts_op *o = &b->fn->code->ops.v[op];
	const struct ext_call *c = ext_call_at(b->fn, op);
	struct arena *arena = &ctx->out->arena;

	if (op == b->own)
		return "an own reference is taken, too late: the object may be gone by now";
	switch (o->kind) {
	case OP_CALL:
		return arena_printf(
			arena, "passed to '%s'", c && c->name ? c->name : "a function pointer");
	case OP_RETURN:
		return "returned";
	case OP_STORE:
		return arena_printf(arena, "stored in '%s'",
			analysis_path_text(ctx->analysis, arena, b->function,
				analysis_place(ctx->analysis, b->function, op), false));
	default:
		return "used";
	}
}

void borrowed_evidence(struct rule_context *ctx, struct finding *f, const struct borrowed *b,
	const char *container)
{
	uint32_t use = b->own != FACTS_NONE && b->own == b->uses[0] && b->nuses > 1 ? b->uses[1]
										    : b->uses[0];
	uint32_t stop = container_suspension(ctx, b->function, b->call->op, b->uses[b->nuses - 1]);

	if (container)
		finding_evidence(ctx, f, EVIDENCE_BORROW, op_place_of(b->fn, b->call->op),
			b->function, "%s belongs to '%s'", name_of(b), container);
	if (b->own != FACTS_NONE)
		finding_evidence(ctx, f, EVIDENCE_USE, op_place_of(b->fn, b->own), b->function,
			"%s", use_text(ctx, b, b->own));
	if (use != b->own)
		finding_evidence(ctx, f, EVIDENCE_USE, op_place_of(b->fn, use), b->function, "%s",
			use_text(ctx, b, use));
	if (b->own == FACTS_NONE && stop != FACTS_NONE) {
		const struct ext_call *c = ext_call_at(b->fn, stop);

		finding_evidence(ctx, f, EVIDENCE_SUSPEND, op_place_of(b->fn, stop), b->function,
			"'%s' may run other code before the last use",
			c && c->name ? c->name : "a function pointer");
	}
}

/* The arguments of the call as they are written; NULL: not on the line of its name. */
static const char *written_arguments(struct rule_context *ctx, const struct borrowed *b)
{
	struct ext_loc at = op_place_of(b->fn, b->call->op);
	const char *line = finding_line(ctx->ext, at);
	size_t n = b->call->name ? strlen(b->call->name) : 0, end = 0;
	int depth = 0;

	if (!line || !n || strlen(line) < at.loc.column - 1 + n + 1)
		return NULL;
	line += at.loc.column - 1;
	if (strncmp(line, b->call->name, n) != 0 || line[n] != '(')
		return NULL;
	line += n + 1;
	for (bool literal = false; line[end] && depth >= 0; end++) {
		if (line[end] == '\\' || line[end] == '\'')
			return NULL;
		literal ^= line[end] == '"';
		depth += literal ? 0 : (line[end] == '(') - (line[end] == ')');
	}
	return depth < 0 ? arena_strndup(&ctx->out->arena, line, end - 1) : NULL;
}

/* The new call in the words of the project, where it is called like the old one. */
static const char *suggested_call(
	struct rule_context *ctx, const struct borrowed *b, const struct db_replacement *r)
{
	const char *arguments = r->form ? written_arguments(ctx, b) : NULL;
	const char *variable = b->variable ? b->variable : "item";
	struct arena *arena = &ctx->out->arena;

	if (!arguments)
		return r->name;
	if (r->form == DB_FORM_SAME)
		return arena_printf(arena, "%s = %s(%s)", variable, r->name, arguments);
	return arena_printf(arena, "%s(%s, &%s)", r->name, arguments, variable);
}

void borrowed_fix(struct rule_context *ctx, struct finding *f, const struct borrowed *b,
	const char *container)
{
	const struct db_api *api = b->call->api;
	const struct db_replacement *r = api->nreplacements ? &api->replacements[0] : NULL;

	rewrite_plan(ctx, f, b);
	if (!r)
		finding_fix(ctx, f, "take an own reference to %s inside a critical section on '%s'",
			name_of(b), container ? container : "its owner");
	else
		finding_fix(ctx, f,
			"use %s%s, which gives an own reference, and release %s after the last use",
			suggested_call(ctx, b, r), replacement_since(ctx, r), name_of(b));
}

/* The end of the time in which the container must not change. */
static uint32_t last_moment(const struct borrowed *b)
{
	return b->own != FACTS_NONE ? b->own : b->uses[b->nuses - 1];
}

bool borrowed_kept_by_lock(const struct rule_context *ctx, const struct borrowed *b, path_id path)
{
	uint32_t last = last_moment(b);
	bool mutex;

	return container_locked(ctx, b->function, path, b->call->op, last, &mutex) &&
	       (mutex || container_suspension(ctx, b->function, b->call->op, last) == FACTS_NONE);
}
