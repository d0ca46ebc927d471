/* Which objects a function lets others know, and which it still has to itself. */
#include "analysis/state.h"

/* Objects are told by the root of the path that points to them or into them. */
static bool names_object(const struct analysis *a, path_id path)
{
	const struct path *p = path_at(a, path);
	const struct path *root = path_at(a, p->root);

	return !p->derefs &&
	       (root->kind == PATH_CALL || root->kind == PATH_PARAM || root->kind == PATH_LOCAL);
}

/* The pointer in a structure of the function's own that PATH starts with, `box.object` of
 * `box.object->size`: what such a structure holds is told by that; PATH_NONE: it starts with none. */
static path_id in_own_structure(const struct analysis *a, path_id path)
{
	const struct path *p = path_at(a, path);

	if (p->derefs != 1 || path_at(a, p->root)->kind != PATH_LOCAL)
		return PATH_NONE;
	while (path_at(a, path)->kind != PATH_DEREF)
		path = path_at(a, path)->parent;
	return path_is(a, path_at(a, path)->parent, PATH_FIELD) ? path : PATH_NONE;
}

/* A pointer into the object itself, or a cycle: nobody else knows more of it than before. */
static bool into_itself(const struct analysis *a, path_id place, path_id value)
{
	return path_at(a, place)->root == path_at(a, value)->root && !path_at(a, place)->derefs;
}

static void note_escape(struct analysis *a, struct fn_state *f, path_id path, uint32_t op)
{
	const struct path *root = path_at(a, path_at(a, path)->root);
	path_id held = in_own_structure(a, path);
	struct escape e = {held ? held : path_at(a, path)->root, op, NULL};

	if (!held && !names_object(a, path))
		return;
	if (root->kind == PATH_PARAM && root->a < TRACKED_PARAMS)
		f->summary.keeps |= UINT64_C(1) << root->a;
	vec_push(&a->arena, &f->escapes, e);
}

/* Into a variable of this function, or into memory that hangs on a fresh object. */
static bool stays_here(const struct analysis *a, const struct fn_state *f, path_id place)
{
	const struct path *p = path_at(a, place);
	const struct path *root = path_at(a, p->root);

	return (root->kind == PATH_LOCAL && !p->derefs) ||
	       (root->kind == PATH_CALL && call_returns_fresh(a, f, root->a));
}

/* A constructor puts an argument into what it makes: who makes that decides who gets to know it. */
static bool kept_in_this(struct analysis *a, struct fn_state *f, path_id place, path_id value)
{
	const struct path *p = path_at(a, place), *v = path_at(a, value);
	const struct path *root = path_at(a, p->root);

	if (!(f->ext->symbol->flags & SYMBOL_CONSTRUCTOR) || root->kind != PATH_PARAM || root->a ||
		p->derefs || v->kind != PATH_PARAM || !v->a || v->a >= TRACKED_PARAMS)
		return false;
	f->summary.keeps_in_this |= UINT64_C(1) << v->a;
	return true;
}

static void note_store(struct analysis *a, struct fn_state *f, uint32_t op)
{
	const struct facts_op *store = &f->code->ops.v[op];
	path_id value = value_of(a, f, &f->code->args.v[store->first_arg]);
	path_id place = op_place(a, f, op);

	if (!stays_here(a, f, place) && !into_itself(a, place, value) &&
		!kept_in_this(a, f, place, value))
		note_escape(a, f, value, op);
}

/* The variable, or the new memory, that the constructor at OP makes an object of which keeps its
 * argument I and hands it to nobody; or PATH_NONE. */
static path_id made_holder(
	struct analysis *a, struct fn_state *f, uint32_t op, uint32_t i, path_id made)
{
	const struct fn_state *callee = call_function(a, f, op);
	const struct path *p = path_at(a, made);
	const struct path *root = path_at(a, p->root);
	const struct summary *s = callee ? &callee->summary : NULL;

	if (!s || !s->done || i >= TRACKED_PARAMS || !(s->keeps_in_this >> i & 1) ||
		s->keeps >> i & 1 || p->derefs)
		return PATH_NONE;
	return root->kind == PATH_LOCAL ||
			       (root->kind == PATH_CALL && call_returns_fresh(a, f, root->a))
		       ? p->root
		       : PATH_NONE;
}

/* An API call that puts an argument into the object that argument 0 is: the fresh object's
 * root, for others can get at the argument only where they get at that; or PATH_NONE. */
static path_id fresh_holder(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t i)
{
	const struct ext_call *c = call_at(f, op);
	const struct facts_operand *holder = call_operand(f, op, 0);
	const struct path *p;

	if (c && !c->api && holder)
		return made_holder(a, f, op, i, value_of(a, f, holder));
	if (!c || !c->api || !holder || !(c->api->effects & DB_EFFECT_FIRST_ARG_STORED) ||
		c->api->role_arg >= 0)
		return PATH_NONE;
	p = path_at(a, value_of(a, f, holder));
	return p->kind == PATH_CALL && call_returns_fresh(a, f, p->a) ? p->root : PATH_NONE;
}

static void scan_call(struct analysis *a, struct fn_state *f, uint32_t op)
{
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; i < n; i++) {
		path_id v = value_of(a, f, &args[i]), own = in_own_structure(a, v), holder;
		struct held held;

		if ((!own && !names_object(a, v)) || !call_keeps_arg(a, f, op, i))
			continue;
		holder = fresh_holder(a, f, op, i);
		held = (struct held){own ? own : path_at(a, v)->root, holder};
		if (holder != PATH_NONE)
			vec_push(&a->arena, &f->held, held);
		else
			note_escape(a, f, v, op);
	}
}

/* What a fresh container holds escapes with it. A container in a container in a container
 * is as deep as it goes. */
static void escape_with_holders(struct analysis *a, struct fn_state *f)
{
	for (int depth = 0; depth < 3; depth++) {
		size_t n = f->escapes.n;

		vec_foreach (const struct held, h, &f->held)
			for (size_t i = 0; i < n; i++)
				if (f->escapes.v[i].root == h->holder)
					note_escape(a, f, h->item, f->escapes.v[i].op);
	}
}

static int by_root(const void *x, const void *y)
{
	const struct escape *e = x, *g = y;

	if (e->root != g->root)
		return e->root < g->root ? -1 : 1;
	return e->op < g->op ? -1 : e->op > g->op;
}

/* Raised with what was called to make it: its type. */
static void note_raised(struct analysis *a, struct fn_state *f)
{
	f->raised.n = 0;
	for (size_t i = 0; i < f->ext->calls.n; i++) {
		const struct ext_call *c = &f->ext->calls.v[i];
		const struct facts_operand *type = call_operand(f, c->op, 0), *called;
		const struct facts_operand *value = call_operand(f, c->op, 1);
		path_id v;

		if (!c->api || c->api->role != DB_ROLE_ERROR_SET || !value)
			continue;
		v = value_of(a, f, value);
		called = path_is(a, v, PATH_CALL) ? call_operand(f, path_at(a, v)->a, 0) : NULL;
		if (called && value_of(a, f, type) != PATH_ANY &&
			value_of(a, f, called) == value_of(a, f, type))
			vec_push(&a->arena, &f->raised, path_at(a, v)->a);
	}
}

void escape_run(struct analysis *a, struct fn_state *f)
{
	const struct facts_function *code = f->code;

	f->escapes.n = 0;
	f->held.n = 0;
	note_raised(a, f);
	for (uint32_t i = 0; i < code->ops.n; i++) {
		const struct facts_op *op = &code->ops.v[i];

		if (op->kind == OP_CALL)
			scan_call(a, f, i);
		else if (op->kind == OP_STORE)
			note_store(a, f, i);
		else if (op->kind == OP_THROW && op->nargs)
			note_escape(a, f, value_of(a, f, &code->args.v[op->first_arg]), i);
	}
	escape_with_holders(a, f);
	vec_sort(&f->escapes, by_root);
}

/* The first call that gets the address of LOCAL: where a structure is made anew. */
static uint32_t made_by(const struct fn_state *f, uint32_t local)
{
	for (size_t i = 0; i < f->ext->calls.n; i++) {
		const struct facts_operand *v = call_operand(f, f->ext->calls.v[i].op, 0);

		if (v && address_of_local(f, v) == local)
			return f->ext->calls.v[i].op;
	}
	return FACTS_NONE;
}

static bool escaped_before(struct analysis *a, struct fn_state *f, uint32_t op, path_id root)
{
	const struct path *r = path_at(a, root);
	uint32_t barrier = r->kind == PATH_CALL	   ? r->a
			   : r->kind == PATH_DEREF ? made_by(f, path_at(a, r->root)->a)
						   : FACTS_NONE;
	size_t lo = 0, hi = f->escapes.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->escapes.v[mid].root < root)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < f->escapes.n && f->escapes.v[lo].root == root; lo++) {
		struct escape *e = &f->escapes.v[lo];

		if (op == FACTS_NONE || flow_reaches_kept(a, f, e->op, op, barrier, &e->reach))
			return true;
	}
	return false;
}

/* `args->pattern->count`, where the caller's own structure holds a fresh pattern. */
static bool behind_struct(struct analysis *a, struct fn_state *f, path_id path)
{
	path_id object = analysis_path_prefix(a, path, 2);

	return path_at(a, path)->derefs == 1 && path_is(a, object, PATH_DEREF) &&
	       path_is(a, path_at(a, object)->parent, PATH_FIELD) &&
	       path_deep_private(a, f, object);
}

bool path_private(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	const struct path *p = path_at(a, path);
	const struct path *root = path_at(a, p->root);
	path_id held;

	switch (root->kind) {
	case PATH_CALL:
		return call_returns_fresh(a, f, root->a) && !escaped_before(a, f, op, p->root);
	case PATH_LOCAL:
		held = in_own_structure(a, path);
		if (p->derefs == 1)
			return path_local_private(a, f, path) &&
			       (!held || !escaped_before(a, f, op, held));
		return !p->derefs && !escaped_before(a, f, op, p->root);
	case PATH_PARAM:
		if (behind_struct(a, f, path))
			return true;
		return root->a < TRACKED_PARAMS &&
		       ((p->derefs ? f->owned_params : f->private_params) >> root->a & 1);
	default:
		return false;
	}
}

bool path_owned(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	const struct path *root = path_at(a, path_at(a, path)->root);

	if (root->kind == PATH_PARAM)
		return behind_struct(a, f, path) ||
		       (root->a < TRACKED_PARAMS && (f->owned_params >> root->a & 1));
	return root->kind == PATH_CALL && path_private(a, f, op, path);
}

bool path_initial(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	const struct path *root = path_at(a, path_at(a, path)->root);

	if (root->kind == PATH_PARAM && !path_at(a, path)->derefs)
		return root->a < TRACKED_PARAMS && (f->initial_params >> root->a & 1);
	/* Whoever makes it still sets it up, even if something got to know it meanwhile. */
	if (root->kind == PATH_CALL && !path_at(a, path)->derefs)
		return call_returns_fresh(a, f, root->a);
	return path_private(a, f, op, path);
}
