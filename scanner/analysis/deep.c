/*
 * Objects that a function reaches through a structure on a caller's stack:
 *
 *	struct job job = {.result = new_result()};
 *	fill(&job);		fill() writes job->result->size
 *
 * Asked from the callee upwards, and remembered; who calls itself meanwhile is believed.
 * Only objects that a caller made itself count, so that the answer does not depend on what
 * is known about parameters by then.
 */
#include "analysis/state.h"

static bool *remembered(struct analysis *a, struct fn_state *f, path_id path, bool *known)
{
	struct deep_fact fact = {path, true};

	for (size_t i = 0; i < f->deep.n; i++)
		if (f->deep.v[i].path == path) {
			*known = true;
			return &f->deep.v[i].is_private;
		}
	*known = false;
	vec_push(&a->arena, &f->deep, fact);
	return &f->deep.v[f->deep.n - 1].is_private;
}

static bool private_here(struct analysis *a, struct fn_state *f, uint32_t op, path_id path);

/* `sub = *job`: what stands at PLACE, part of `sub`, stands in the source as well. */
static bool private_in_source(
	struct analysis *a, struct fn_state *f, uint32_t op, path_id place, path_id source)
{
	path_id there;

	if (!path_is(a, source, PATH_DEREF))
		return false;
	there = path_rebase(a, place, path_at(a, source)->parent);
	return private_here(a, f, op, path_make(a, PATH_DEREF, there, 0, 0));
}

/* What CALLEE itself stores at PLACE, a path of its caller at OP, is the caller's own: a constructor
 * that keeps what it is given. */
static bool callee_stores_own(
	struct analysis *a, struct fn_state *f, uint32_t op, struct fn_state *callee, path_id place)
{
	for (uint32_t i = 0; i < callee->code->ops.n; i++) {
		const struct facts_op *store = &callee->code->ops.v[i];
		path_id all[4];
		size_t n;

		if (store->kind != OP_STORE ||
			call_translate(a, f, op, op_place(a, callee, i)) != place)
			continue;
		n = direct_origins(a, callee, &callee->code->args.v[store->first_arg], all, 4);
		for (size_t k = 0; k < n; k++) {
			path_id here = call_translate(a, f, op, all[k]);

			if (all[k] != PATH_CONST &&
				(n == 4 || !here || !private_here(a, f, FACTS_NONE, here)))
				return false;
		}
	}
	return true;
}

/* The same for the call at OP, which gets the address of the structure LOCAL; *ANY: it stores
 * there. */
static bool call_stores_own(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t local,
	path_id place, bool *any)
{
	struct fn_state *callee = call_function(a, f, op);
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; i < n; i++) {
		if (address_of_local(f, &args[i]) != local)
			continue;
		if (!callee)
			return call_arg_effect(a, f, op, i) == ARG_UNTOUCHED;
		vec_foreach (const struct summary_access, s, &callee->summary.accesses) {
			if (s->kind != ACCESS_WRITE || call_translate(a, f, op, s->path) != place)
				continue;
			if (&a->fns[s->function] != callee ||
				!callee_stores_own(a, f, op, callee, place))
				return false;
			*any = true;
		}
	}
	return true;
}

/* Everything that is stored at PLACE, part of a local structure, is the function's own. */
static bool only_own_stored(struct analysis *a, struct fn_state *f, path_id place)
{
	uint32_t local = path_at(a, path_at(a, place)->root)->a;
	bool any = false;

	for (uint32_t i = 0; i < f->code->ops.n; i++) {
		const struct facts_op *op = &f->code->ops.v[i];
		const struct facts_place *p;
		path_id v;

		if (op->kind == OP_CALL && !call_stores_own(a, f, i, local, place, &any))
			return false;
		if (op->kind != OP_STORE)
			continue;
		p = &f->code->places.v[op->place];
		if (p->kind != PLACE_LOCAL || p->id != local)
			continue;
		if (p->nsteps && op_place(a, f, i) != place)
			continue;
		v = value_of(a, f, &f->code->args.v[op->first_arg]);
		if (v == PATH_CONST)
			continue;
		if (p->nsteps ? !private_here(a, f, FACTS_NONE, v)
			      : !private_in_source(a, f, i, place, v))
			return false;
		any = true;
	}
	return any;
}

static bool private_here(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	const struct path *p = path_at(a, path);
	const struct path *root = path_at(a, p->root);

	if (root->kind == PATH_LOCAL && p->derefs == 1 && p->kind == PATH_DEREF)
		return path_local_private(a, f, path);
	if (root->kind == PATH_PARAM && (!p->depth || p->derefs == 1))
		return path_deep_private(a, f, path);
	return root->kind == PATH_CALL && path_private(a, f, op, path);
}

static bool at_call(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	path_id here = call_translate(a, f, op, path);

	return here && private_here(a, f, op, here);
}

static bool calls(const struct ext_call *c, uint32_t function)
{
	if (c->kind == TARGET_FUNCTION)
		return c->id == function;
	vec_foreach (const uint32_t, id, &c->candidates)
		if (*id == function)
			return true;
	return false;
}

bool path_deep_private(struct analysis *a, struct fn_state *f, path_id path)
{
	uint32_t self = (uint32_t)(f - a->fns);
	bool known, result = !f->is_root && f->ext->callers.n > 0;
	bool *slot = remembered(a, f, path, &known);

	if (known)
		return *slot;
	for (size_t i = 0; i < f->ext->callers.n && result; i++) {
		struct fn_state *caller = &a->fns[f->ext->callers.v[i]];

		vec_foreach (const struct ext_call, c, &caller->ext->calls)
			if (result && calls(c, self))
				result = at_call(a, caller, c->op, path);
	}
	*remembered(a, f, path, &known) = result;
	return result;
}

/* The same for a structure of the function's own: its object must not be let out anywhere, so
 * that once asked, every operation has its answer. */
bool path_local_private(struct analysis *a, struct fn_state *f, path_id path)
{
	bool known, *slot, result;

	while (path && !path_is(a, path, PATH_DEREF))
		path = path_at(a, path)->parent;
	slot = remembered(a, f, path, &known);
	if (known)
		return *slot;
	result = only_own_stored(a, f, path_at(a, path)->parent);
	*remembered(a, f, path, &known) = result;
	return result;
}
