/* The order of the analysis, and the answers to rules. */
#include "analysis/state.h"

#define RECURSION_ROUNDS 2

static void analyse(struct analysis *a, struct fn_state *f)
{
	values_run(a, f);
	locks_run(a, f);
	escape_run(a, f);
	summary_run(a, f);
}

static bool calls_unfinished(const struct analysis *a, const struct fn_state *f)
{
	vec_foreach (const struct ext_call, c, &f->ext->calls) {
		const struct fn_state *callee = call_function(a, f, c->op);

		if (callee && !callee->summary.done)
			return true;
	}
	return false;
}

static void set_up(struct analysis *a, const struct extension *ext)
{
	size_t units = ext->units.n + 1;

	a->ext = ext;
	a->fns = arena_alloc(&a->arena, (ext->functions.n + 1) * sizeof(*a->fns));
	a->variable_of = arena_alloc(&a->arena, units * sizeof(*a->variable_of));
	a->function_of = arena_alloc(&a->arena, units * sizeof(*a->function_of));
	a->record_of = arena_alloc(&a->arena, units * sizeof(*a->record_of));
	paths_init(a);
	for (size_t i = 0; i < ext->functions.n; i++) {
		struct fn_state *f = &a->fns[i];

		f->ext = &ext->functions.v[i];
		f->code = f->ext->code;
		f->unit = f->ext->unit;
		flow_run(a, f);
	}
}

static uint64_t field_key(const struct path *p)
{
	return (uint64_t)p->a << 32 | p->b;
}

static int by_key(const void *x, const void *y)
{
	uint64_t p = *(const uint64_t *)x, q = *(const uint64_t *)y;

	return p < q ? -1 : p > q;
}

/* `lock(self->state.lock)`: fields that hold the pointer to a lock. */
static void index_lock_pointers(struct analysis *a)
{
	vec_foreach (const struct lock, l, &a->locks) {
		const struct path *p = path_at(a, l->path);

		if (p->kind == PATH_DEREF && path_is(a, p->parent, PATH_FIELD))
			vec_push(&a->arena, &a->lock_pointers, field_key(path_at(a, p->parent)));
	}
	vec_sort(&a->lock_pointers, by_key);
}

bool analysis_points_to_lock(const struct analysis *a, path_id path)
{
	uint64_t key = field_key(path_at(a, path));

	return path_is(a, path, PATH_FIELD) && a->lock_pointers.n &&
	       bsearch(&key, a->lock_pointers.v, a->lock_pointers.n, sizeof(key), by_key);
}

struct analysis *analysis_run(const struct extension *ext)
{
	struct analysis *a = gc_xmalloc(sizeof(*a));

	memset(a, 0, sizeof(*a));
	arena_init(&a->arena);
	set_up(a, ext);
	order_bottom_up(a);
	for (size_t i = 0; i < ext->functions.n; i++) {
		struct fn_state *f = &a->fns[a->bottom_up[i]];

		defs_run(a, f);
		f->recursive = calls_unfinished(a, f);
		analyse(a, f);
	}
	for (unsigned round = 0; round < RECURSION_ROUNDS; round++)
		for (size_t i = 0; i < ext->functions.n; i++)
			if (a->fns[a->bottom_up[i]].recursive)
				analyse(a, &a->fns[a->bottom_up[i]]);
	context_run(a);
	index_lock_pointers(a);
	access_collect(a);
	return a;
}

void analysis_release(struct analysis *a)
{
	if (!a)
		return;
	arena_release(&a->arena);
	free(a);
}

/* The tables behind the answers are caches: filling them changes no answer. */
static struct analysis *tables(const struct analysis *a)
{
	return (struct analysis *)(uintptr_t)a;
}

const struct path *analysis_path(const struct analysis *a, path_id path)
{
	return path_at(a, path);
}

path_id analysis_path_prefix(const struct analysis *a, path_id path, unsigned depth)
{
	while (path_at(a, path)->depth > depth)
		path = path_at(a, path)->parent;
	return path;
}

path_id analysis_value(
	const struct analysis *a, uint32_t function, const struct facts_operand *operand)
{
	return value_of(tables(a), &a->fns[function], operand);
}

path_id analysis_place(const struct analysis *a, uint32_t function, uint32_t op)
{
	return op_place(tables(a), &a->fns[function], op);
}

path_id analysis_object_field(const struct analysis *a, path_id path)
{
	return path_object_field(a, path);
}

/* ---- origins ---- */

struct origins {
	struct analysis *a;
	struct fn_state *f;
	path_id *out;
	size_t n, max;
	uint32_t seen[32]; /* loads that were gone through */
	uint32_t nseen;
	bool all; /* also behind a variable that has one definition */
};

static void origin_add(struct origins *o, path_id p)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->out[i] == p)
			return;
	if (o->n < o->max)
		o->out[o->n++] = p;
}

static bool origin_seen(struct origins *o, uint32_t op)
{
	for (uint32_t i = 0; i < o->nseen; i++)
		if (o->seen[i] == op)
			return true;
	if (o->nseen == 32)
		return true;
	o->seen[o->nseen++] = op;
	return false;
}

static void origins_of(struct origins *o, const struct facts_operand *v);

static void origins_of_load(struct origins *o, uint32_t op, uint32_t local)
{
	struct reaching r;

	if (origin_seen(o, op))
		return;
	defs_reaching(o->f, local, op, &r);
	for (uint32_t i = 0; i < r.n; i++) {
		const struct facts_op *def =
			r.v[i] == DEF_ENTRY ? NULL : &o->f->code->ops.v[r.v[i]];

		if (def && def->kind == OP_STORE)
			origins_of(o, &o->f->code->args.v[def->first_arg]);
		else
			origin_add(o, def_path(o->a, o->f, local, r.v[i]));
	}
	if (r.more)
		origin_add(o, PATH_ANY);
}

static void origins_of(struct origins *o, const struct facts_operand *v)
{
	const struct facts_op *op = v->kind == OPERAND_TEMP ? &o->f->code->ops.v[v->id] : NULL;
	const struct facts_place *p;

	if (op && op->kind == OP_CAST && op->nargs) {
		origins_of(o, &o->f->code->args.v[op->first_arg]);
		return;
	}
	p = op && op->kind == OP_LOAD ? &o->f->code->places.v[op->place] : NULL;
	if (p && p->kind == PLACE_LOCAL && !p->nsteps && (o->all || o->f->ambiguous[v->id]))
		origins_of_load(o, v->id, p->id);
	else
		origin_add(o, value_of(o->a, o->f, v));
}

size_t analysis_origins(const struct analysis *a, uint32_t function,
	const struct facts_operand *operand, path_id *out, size_t max)
{
	struct origins o = {
		.a = tables(a), .f = &a->fns[function], .out = out, .max = max, .all = true};

	origins_of(&o, operand);
	return o.n;
}

size_t direct_origins(struct analysis *a, struct fn_state *f, const struct facts_operand *operand,
	path_id *out, size_t max)
{
	struct origins o = {.a = a, .f = f, .out = out, .max = max};

	origins_of(&o, operand);
	return o.n;
}

bool analysis_only_from(const struct analysis *a, uint32_t function,
	const struct facts_operand *operand, uint32_t op)
{
	struct fn_state *f = &a->fns[function];
	const struct facts_function *code = f->code;

	for (int steps = 0; steps < 8 && operand->kind == OPERAND_TEMP; steps++) {
		const struct facts_op *o = &code->ops.v[operand->id];
		const struct facts_place *p;
		struct reaching r;

		if (operand->id == op)
			return true;
		if (o->kind == OP_LOAD) {
			p = &code->places.v[o->place];
			if (p->kind != PLACE_LOCAL || p->nsteps || f->locals[p->id].wild)
				return false;
			defs_reaching(f, p->id, operand->id, &r);
			if (r.n != 1 || r.more || r.v[0] == DEF_ENTRY)
				return false;
			o = &code->ops.v[r.v[0]];
			if (o->kind != OP_STORE)
				return false;
		} else if (o->kind != OP_CAST || !o->nargs) {
			return false;
		}
		operand = &code->args.v[o->first_arg];
	}
	return false;
}

/* ---- uses ---- */

struct uses {
	struct fn_state *f;
	uint32_t *out;
	size_t n, max;
	uint32_t temps[64]; /* operations whose value it is: work list */
	uint32_t ntemps;
};

static void follow(struct uses *u, uint32_t op)
{
	for (uint32_t i = 0; i < u->ntemps; i++)
		if (u->temps[i] == op)
			return;
	if (u->ntemps < 64)
		u->temps[u->ntemps++] = op;
}

static void use_add(struct uses *u, uint32_t op)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->out[i] == op)
			return;
	if (u->n < u->max)
		u->out[u->n++] = op;
}

/* The value was stored in LOCAL at DEF: whoever loads it there has it. */
static void follow_local(struct uses *u, uint32_t local, uint32_t def)
{
	const struct facts_function *code = u->f->code;

	for (uint32_t i = 0; i < code->ops.n; i++) {
		const struct facts_op *op = &code->ops.v[i];
		const struct facts_place *p;
		struct reaching r;

		if (op->kind != OP_LOAD)
			continue;
		p = &code->places.v[op->place];
		if (p->kind != PLACE_LOCAL || p->id != local || p->nsteps)
			continue;
		defs_reaching(u->f, local, i, &r);
		for (uint32_t k = 0; k < r.n; k++)
			if (r.v[k] == def)
				follow(u, i);
	}
}

static bool is_operand(const struct facts_function *code, const struct facts_op *op, uint32_t temp)
{
	for (uint32_t i = 0; i < op->nargs; i++) {
		const struct facts_operand *v = &code->args.v[op->first_arg + i];

		if (v->kind == OPERAND_TEMP && v->id == temp)
			return true;
	}
	return false;
}

static bool is_base(const struct facts_function *code, const struct facts_op *op, uint32_t temp)
{
	const struct facts_place *p = op->place == FACTS_NONE ? NULL : &code->places.v[op->place];

	return p && p->kind == PLACE_MEM && p->base.kind == OPERAND_TEMP && p->base.id == temp;
}

static void use_at(struct uses *u, uint32_t i, uint32_t temp)
{
	const struct facts_function *code = u->f->code;
	const struct facts_op *op = &code->ops.v[i];
	const struct facts_place *p = op->place == FACTS_NONE ? NULL : &code->places.v[op->place];

	if (is_base(code, op, temp)) {
		use_add(u, i);
		return;
	}
	if (!is_operand(code, op, temp))
		return;
	if (op->kind == OP_CAST || (op->kind == OP_BINARY && op->sub == OPERATOR_COMMA))
		follow(u, i);
	else if (op->kind == OP_STORE && p && p->kind == PLACE_LOCAL && !p->nsteps)
		follow_local(u, p->id, i);
	else
		use_add(u, i);
	if (op->kind == OP_CALL) { /* Py_NewRef and the like hand it through */
		const struct ext_call *c = call_at(u->f, i);

		if (c && c->api && c->api->owner == DB_OWNER_SAME_AS_ARGUMENT)
			follow(u, i);
	}
}

static int by_number(const void *x, const void *y)
{
	uint32_t p = *(const uint32_t *)x, q = *(const uint32_t *)y;

	return p < q ? -1 : p > q;
}

#define USE_WINDOW 4000 /* operations after its own within which a value is used directly */

size_t analysis_uses(
	const struct analysis *a, uint32_t function, uint32_t op, uint32_t *out, size_t max)
{
	struct uses u = {.f = &a->fns[function], .out = out, .max = max};

	follow(&u, op);
	for (uint32_t t = 0; t < u.ntemps; t++) {
		uint32_t temp = u.temps[t];
		size_t end = (size_t)temp + USE_WINDOW;

		if (end > u.f->code->ops.n)
			end = u.f->code->ops.n;
		for (uint32_t i = temp + 1; i < end; i++)
			use_at(&u, i, temp);
	}
	if (u.n > 1)
		qsort(out, u.n, sizeof(*out), by_number);
	return u.n;
}

/* ---- locks ---- */

lock_id analysis_locks(const struct analysis *a, uint32_t function, uint32_t op)
{
	const struct fn_state *f = &a->fns[function];

	return lock_concat(tables(a), f->locks ? f->locks[op] : 0, f->entry);
}

const struct lock *analysis_lock(const struct analysis *a, lock_id id)
{
	return id ? &a->locks.v[id] : NULL;
}

bool analysis_locked_by(const struct analysis *a, lock_id locks, path_id path)
{
	bool innermost = true; /* no section seen yet */
	bool attached = true;

	for (; locks; locks = a->locks.v[locks].outer) {
		const struct lock *l = &a->locks.v[locks];

		if (l->kind == LOCK_DETACHED) {
			attached = false;
		} else if (l->kind == LOCK_SECTION) {
			if (innermost && attached && l->path == path)
				return true;
			innermost &= l->pair;
		} else if (l->path == path) {
			return true;
		}
	}
	return false;
}

bool analysis_is_lock(const struct analysis *a, path_id path)
{
	struct path p = *path_at(a, path);

	vec_foreach (const struct lock, l, &a->locks) {
		const struct path *q = path_at(a, l->path);

		if (l->path && l->kind == LOCK_MUTEX &&
			(l->path == path || (p.kind == PATH_FIELD && q->kind == PATH_FIELD &&
						    p.a == q->a && p.b == q->b)))
			return true;
	}
	return false;
}

path_id analysis_translate(const struct analysis *a, uint32_t function, uint32_t op, path_id path)
{
	return call_translate(tables(a), &a->fns[function], op, path);
}

bool analysis_suspends(const struct analysis *a, uint32_t function, uint32_t op)
{
	const struct fn_state *f = &a->fns[function];

	return f->code->ops.v[op].kind == OP_CALL && call_suspends(a, f, op);
}

bool analysis_private(const struct analysis *a, uint32_t function, uint32_t op, path_id path)
{
	return path_private(tables(a), &a->fns[function], op, path);
}

bool analysis_initial(const struct analysis *a, uint32_t function, path_id path)
{
	const struct path *root = path_at(a, path_at(a, path)->root);

	return root->kind == PATH_PARAM && root->a < TRACKED_PARAMS &&
	       (a->fns[function].initial_params >> root->a & 1);
}

bool analysis_made_here(const struct analysis *a, uint32_t function, path_id path)
{
	const struct path *p = path_at(a, path);

	return p->kind == PATH_CALL && call_returns_fresh(a, &a->fns[function], p->a);
}

bool analysis_reaches(const struct analysis *a, uint32_t function, uint32_t from, uint32_t to)
{
	return flow_reaches(&a->fns[function], from, to, FACTS_NONE);
}
