/*
 * GIL202: a loop over a container that another thread can change: the iteration calls,
 * which take no lock, and index loops that read items without a check. One finding a loop
 * and container.
 */
#include "rules/borrowed.h"
#include "rules/container.h"

struct walk {
	uint32_t function;
	const struct ext_function *fn;
	const struct ext_call *call;
	enum container kind;
	path_id path;  /* the container, by the name that its lock has, if one is held */
	path_id value; /* by the name that it has in the loop */
	uint32_t stop; /* what suspends the section around it, FACTS_NONE: nothing or no section */
	bool locked;
	bool hurts; /* memory, not only items skipped or repeated */
};

static bool around(const struct rule_context *ctx, uint32_t function, uint32_t op, uint32_t other)
{
	return analysis_reaches(ctx->analysis, function, op, other) &&
	       analysis_reaches(ctx->analysis, function, other, op);
}

/* In the loop that OP is in, something that lets others at the container. */
static uint32_t suspended_in_loop(const struct rule_context *ctx, const struct walk *w)
{
	for (uint32_t i = 0; i < w->fn->code->ops.n; i++)
		if (i != w->call->op && analysis_suspends(ctx->analysis, w->function, i) &&
			around(ctx, w->function, w->call->op, i))
			return i;
	return FACTS_NONE;
}

static bool is_container(const struct walk *w, path_id value)
{
	return value == w->path || value == w->value;
}

/* Where the size of the container is asked for: in each round (*AGAIN), or once, before. */
static uint32_t size_read(const struct rule_context *ctx, const struct walk *w, bool *again)
{
	uint32_t once = FACTS_NONE;

	*again = false;
	vec_foreach (const struct ext_call, c, &w->fn->calls) {
		const struct facts_operand *v;

		if (!c->api || c->api->role != DB_ROLE_SIZE)
			continue;
		v = container_argument(w->fn, c);
		if (!v || !is_container(w, analysis_value(ctx->analysis, w->function, v)))
			continue;
		if (around(ctx, w->function, w->call->op, c->op)) {
			*again = true;
			return c->op;
		}
		if (analysis_reaches(ctx->analysis, w->function, c->op, w->call->op))
			once = c->op;
	}
	return once;
}

/* The local that an argument of CALL is the address of. */
static uint32_t out_local(const struct walk *w, uint32_t arg)
{
	const struct facts_function *code = w->fn->code;
	const struct facts_operand *v = call_argument(w->fn, w->call, (int)arg);
	const struct facts_op *op = v && v->kind == OPERAND_TEMP ? &code->ops.v[v->id] : NULL;
	const struct facts_place *p;

	if (!op || op->kind != OP_ADDR)
		return FACTS_NONE;
	p = &code->places.v[op->place];
	return p->kind == PLACE_LOCAL && !p->nsteps ? p->id : FACTS_NONE;
}

/* Does the loop take a reference to what LOCAL holds, or load it behind STOP without one? */
static bool used_behind(const struct walk *w, uint32_t local, uint32_t stop)
{
	const struct facts_function *code = w->fn->code;
	bool behind = false;

	for (uint32_t i = w->call->op + 1; i < code->ops.n; i++) {
		const struct facts_op *op = &code->ops.v[i];
		const struct facts_place *p;
		const struct ext_call *c;

		if (op->kind != OP_LOAD)
			continue;
		p = &code->places.v[op->place];
		if (p->kind != PLACE_LOCAL || p->id != local || p->nsteps)
			continue;
		c = i + 1 < code->ops.n ? ext_call_at(w->fn, i + 1) : NULL;
		if (i < stop && c && c->api &&
			(c->api->role == DB_ROLE_INCREF || c->api->role == DB_ROLE_NEWREF))
			return false;
		behind |= i > stop;
	}
	return behind;
}

/* What comes out of the call is used behind STOP without a reference of its own. */
static bool item_outlives(const struct rule_context *ctx, const struct walk *w, uint32_t stop)
{
	const struct db_api *api = w->call->api;
	struct borrowed b;

	if (api->returns == DB_REF_BORROWED) {
		uint32_t last;

		if (!borrowed_describe(ctx, w->function, w->call, &b))
			return false;
		last = b.own != FACTS_NONE ? b.own : b.uses[b.nuses - 1];
		return container_suspension(ctx, w->function, w->call->op, last) != FACTS_NONE;
	}
	for (uint32_t i = 0; i < api->nparams; i++) {
		uint32_t local =
			api->params[i].out == DB_REF_BORROWED ? out_local(w, i) : FACTS_NONE;

		if (local != FACTS_NONE && used_behind(w, local, stop))
			return true;
	}
	return false;
}

/* False: the loop is safe. */
static bool judge(const struct rule_context *ctx, struct walk *w)
{
	uint32_t stop;
	bool mutex, again;

	w->stop = FACTS_NONE;
	w->hurts = true;
	w->locked = container_locked(ctx, w->function, w->path, w->call->op, w->call->op, &mutex);
	if (!w->locked)
		return true;
	stop = mutex ? FACTS_NONE : suspended_in_loop(ctx, w);
	if (stop == FACTS_NONE)
		return false;
	w->stop = stop;
	w->hurts = item_outlives(ctx, w, stop);
	if (w->call->api->role == DB_ROLE_ITERATE)
		return true;
	size_read(ctx, w, &again);
	w->hurts |= !again;
	return w->hurts;
}

static void add_evidence(struct rule_context *ctx, struct finding *f, const struct walk *w)
{
	const struct ext_call *c = w->stop == FACTS_NONE ? NULL : ext_call_at(w->fn, w->stop);
	bool again;
	uint32_t size = size_read(ctx, w, &again);

	if (size != FACTS_NONE)
		finding_evidence(ctx, f, EVIDENCE_READ, op_place_of(w->fn, size), w->function,
			"the size is %s",
			again ? "read here, and may have changed when the item is"
			      : "read once, before the loop");
	if (w->stop != FACTS_NONE)
		finding_evidence(ctx, f, EVIDENCE_SUSPEND, op_place_of(w->fn, w->stop), w->function,
			"'%s' may run other code, which suspends the section",
			c && c->name ? c->name : "a function pointer");
}

static void report(struct rule_context *ctx, const struct walk *w)
{
	const char *container = container_text(ctx, w->function, w->path);
	const char *name = container ? container : "its container";
	enum finding_confidence confidence =
		w->hurts ? container_confidence(ctx, w->function, w->kind) : CONFIDENCE_REVIEW;
	struct ext_loc at = op_place_of(w->fn, w->call->op);
	struct finding *f;

	if (w->locked)
		f = finding_add(ctx, at, confidence,
			"the loop with '%s' over '%s' gives up its critical section on the way: %s",
			w->call->name, name,
			w->hurts ? "what it holds of the container may be gone"
				 : "items may be skipped or seen twice");
	else
		f = finding_add(ctx, at, confidence,
			"'%s' walks '%s', which another thread can change meanwhile", w->call->name,
			name);
	f->function = w->function;
	f->shared = SHARED_CONTAINER;
	f->shared_name = container ? container : w->call->name;
	add_evidence(ctx, f, w);
	replacement_fix(ctx, f, w->call->api, container);
}

/* The loop's other reads of the same container are the same hazard. */
static bool is_first(const struct rule_context *ctx, const struct walk *w)
{
	vec_foreach (const struct ext_call, c, &w->fn->calls) {
		const struct facts_operand *v;

		if (c->op >= w->call->op)
			return true;
		if (!c->api || !container_walked(ctx, w->function, c))
			continue;
		v = container_argument(w->fn, c);
		if (v && is_container(w, analysis_value(ctx->analysis, w->function, v)) &&
			around(ctx, w->function, w->call->op, c->op))
			return false;
	}
	return true;
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	struct walk w = {
		.function = function, .fn = &ctx->ext->functions.v[function], .call = call};
	bool iterates = call->api->role == DB_ROLE_ITERATE;
	const struct facts_operand *v;

	if (!iterates && !container_walked(ctx, function, call))
		return;
	v = container_argument(w.fn, call);
	if (!v)
		return;
	w.value = analysis_value(ctx->analysis, function, v);
	w.kind = container_judge(ctx, function, call->op, v, &w.path);
	if (w.kind != CONTAINER_PRIVATE && (iterates || is_first(ctx, &w)) && judge(ctx, &w))
		report(ctx, &w);
}

void rule_unlocked_iteration(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
}
