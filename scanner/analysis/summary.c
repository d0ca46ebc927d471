/* A function as its callers see it, made for callees before callers. Functions that call
 * each other in a circle are gone through several times: what the first round could not
 * know is taken as nothing, and each further round adds what the others had found. */
#include "analysis/state.h"

/* ---- order: Tarjan's components, with a stack of our own ---- */

struct visit {
	uint32_t fn;
	uint32_t next; /* call, then candidate */
	uint32_t candidate;
};

struct tarjan {
	struct analysis *a;
	uint32_t *index, *low, *out;
	bool *on_stack;
	uint32_t counter, nout;
	VEC(uint32_t) stack;
	VEC(struct visit) work;
};

static void enter(struct tarjan *t, uint32_t fn)
{
	struct visit *v = vec_add(&t->a->arena, &t->work);

	v->fn = fn;
	t->index[fn] = t->low[fn] = ++t->counter;
	vec_push(&t->a->arena, &t->stack, fn);
	t->on_stack[fn] = true;
}

/* The next callee of V, EXT_NONE: no more. */
static uint32_t next_callee(const struct analysis *a, struct visit *v)
{
	const struct ext_function *fn = &a->ext->functions.v[v->fn];

	while (v->next < fn->calls.n) {
		const struct ext_call *c = &fn->calls.v[v->next];

		if (c->kind == TARGET_FUNCTION) {
			v->next++;
			return c->id;
		}
		if (c->kind == TARGET_INDIRECT && v->candidate < c->candidates.n)
			return c->candidates.v[v->candidate++];
		v->next++;
		v->candidate = 0;
	}
	return EXT_NONE;
}

static void leave(struct tarjan *t, uint32_t fn)
{
	uint32_t member;

	if (t->low[fn] != t->index[fn])
		return;
	do {
		member = t->stack.v[--t->stack.n];
		t->on_stack[member] = false;
		t->out[t->nout++] = member;
	} while (member != fn);
}

static void visit_from(struct tarjan *t, uint32_t start)
{
	enter(t, start);
	while (t->work.n) {
		struct visit *v = &t->work.v[t->work.n - 1];
		uint32_t fn = v->fn, callee = next_callee(t->a, v);

		if (callee == EXT_NONE) {
			t->work.n--;
			leave(t, fn);
			if (t->work.n) {
				uint32_t up = t->work.v[t->work.n - 1].fn;

				if (t->low[fn] < t->low[up])
					t->low[up] = t->low[fn];
			}
		} else if (!t->index[callee]) {
			enter(t, callee);
		} else if (t->on_stack[callee] && t->index[callee] < t->low[fn]) {
			t->low[fn] = t->index[callee];
		}
	}
}

void order_bottom_up(struct analysis *a)
{
	size_t n = a->ext->functions.n;
	struct tarjan t = {.a = a};

	t.index = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));
	t.low = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));
	t.out = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));
	t.on_stack = arena_alloc(&a->arena, n + 1);
	for (uint32_t i = 0; i < n; i++)
		if (!t.index[i])
			visit_from(&t, i);
	a->bottom_up = t.out;
}

/* ---- returns ---- */

static const struct facts_operand *returned(const struct fn_state *f, uint32_t block)
{
	const struct facts_block *b = &f->code->blocks.v[block];
	const struct facts_op *op;

	if (!b->nops)
		return NULL;
	op = &f->code->ops.v[b->first_op + b->nops - 1];
	return op->kind == OP_RETURN && op->nargs ? &f->code->args.v[op->first_arg] : NULL;
}

static uint32_t return_op(const struct fn_state *f, uint32_t block)
{
	const struct facts_block *b = &f->code->blocks.v[block];

	return b->first_op + b->nops - 1;
}

static bool fresh_value(struct analysis *a, struct fn_state *f, uint32_t op, path_id v)
{
	const struct path *p = path_at(a, v);

	return p->kind == PATH_CALL && path_private(a, f, op, v);
}

static void note_returns(struct analysis *a, struct fn_state *f)
{
	path_id only = PATH_NONE;
	bool simple = true, fresh = true, any_fresh = false;

	for (uint32_t i = 0; i < f->norder; i++) {
		const struct facts_operand *v = returned(f, f->order[i]);
		path_id p[4];
		size_t n = v ? direct_origins(a, f, v, p, 4) : 0;

		for (size_t k = 0; k < n; k++) {
			const struct path *root = path_at(a, path_at(a, p[k])->root);

			if (p[k] == PATH_CONST)
				continue;
			if (fresh_value(a, f, return_op(f, f->order[i]), p[k]))
				any_fresh = true;
			else
				fresh = false;
			simple &= (root->kind == PATH_PARAM || root->kind == PATH_VARIABLE) &&
				  (!only || only == p[k]);
			only = p[k];
		}
	}
	f->summary.returns = simple ? only : PATH_NONE;
	f->summary.returns_fresh = fresh && any_fresh;
}

/* ---- what is stored through parameters: `*result = info` ---- */

static void merge_out(struct analysis *a, path_id *out, path_id value)
{
	unsigned root = path_at(a, path_at(a, value)->root)->kind;

	if (value == PATH_CONST)
		return;
	if ((root != PATH_PARAM && root != PATH_VARIABLE) || (*out && *out != value))
		value = PATH_ANY;
	*out = value;
}

/* The parameter whose value PATH is, if one of the first. */
static bool out_param(const struct analysis *a, path_id path, uint32_t *param)
{
	*param = path_at(a, path)->a;
	return path_is(a, path, PATH_PARAM) && *param < SUMMARY_OUTS;
}

static void store_out(struct analysis *a, struct fn_state *f, uint32_t op)
{
	const struct facts_op *store = &f->code->ops.v[op];
	path_id all[4];
	uint32_t param;
	size_t n;

	if (!out_param(a, op_place(a, f, op), &param))
		return;
	n = analysis_origins(a, (uint32_t)(f - a->fns), &f->code->args.v[store->first_arg], all, 4);
	if (n == 4)
		f->summary.outs[param] = PATH_ANY;
	while (n-- > 0)
		merge_out(a, &f->summary.outs[param], all[n]);
}

/* The parameter is handed on: what the callee stores, or may. */
static void call_out(struct analysis *a, struct fn_state *f, uint32_t op)
{
	const struct fn_state *callee = call_function(a, f, op);
	uint32_t n, param;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; i < n; i++) {
		path_id out = PATH_ANY;

		if (!out_param(a, value_of(a, f, &args[i]), &param))
			continue;
		if (callee && callee->summary.done && i < SUMMARY_OUTS)
			out = callee->summary.outs[i];
		if (out > PATH_CONST)
			out = call_translate(a, f, op, out);
		if (out)
			merge_out(a, &f->summary.outs[param], out);
	}
}

static void note_outs(struct analysis *a, struct fn_state *f)
{
	memset(f->summary.outs, 0, sizeof(f->summary.outs));
	for (uint32_t i = 0; i < f->code->ops.n; i++)
		switch (f->code->ops.v[i].kind) {
		case OP_STORE:
			store_out(a, f, i);
			break;
		case OP_CALL:
			call_out(a, f, i);
			break;
		default:
			break;
		}
}

static void note_suspends(struct analysis *a, struct fn_state *f)
{
	for (size_t i = 0; i < f->ext->calls.n && !f->summary.suspends; i++)
		f->summary.suspends = call_suspends(a, f, f->ext->calls.v[i].op);
}

void summary_run(struct analysis *a, struct fn_state *f)
{
	note_returns(a, f);
	note_outs(a, f);
	note_suspends(a, f);
	access_summarize(a, f);
	f->summary.done = true;
}
