/* Locks held at each operation: a forward walk over the blocks with the list of what is
 * held, innermost first. Functions without a single lock operation cost one look at
 * their calls. */
#include "analysis/state.h"

#define UNVISITED UINT32_MAX

struct lock_walk {
	struct analysis *a;
	struct fn_state *f;
	struct summary *out;
};

static enum db_role role_at(const struct fn_state *f, uint32_t op)
{
	const struct ext_call *c = call_at(f, op);

	return c && c->api ? c->api->role : DB_ROLE_NONE;
}

static bool role_locks(enum db_role role)
{
	switch (role) {
	case DB_ROLE_SECTION_BEGIN:
	case DB_ROLE_SECTION2_BEGIN:
	case DB_ROLE_LOCK:
	case DB_ROLE_TRYLOCK:
	case DB_ROLE_LOCK_SHARED:
	case DB_ROLE_UNLOCK:
	case DB_ROLE_UNLOCK_SHARED:
	case DB_ROLE_GUARD:
	case DB_ROLE_ONCE:
	case DB_ROLE_DETACH:
	case DB_ROLE_ATTACH:
		return true;
	default:
		return spin_role(role);
	}
}

static bool summary_locks(const struct summary *s)
{
	return s->nacquired || s->nreleased || s->detaches || s->attaches;
}

static bool has_locks(const struct lock_walk *w)
{
	for (size_t i = 0; i < w->f->ext->calls.n; i++) {
		uint32_t op = w->f->ext->calls.v[i].op;
		const struct fn_state *callee = call_function(w->a, w->f, op);

		if (role_locks(role_at(w->f, op)) || (callee && summary_locks(&callee->summary)))
			return true;
	}
	vec_foreach (const struct facts_op, op, &w->f->code->ops)
		if (spin_stores(op))
			return true;
	return false;
}

static path_id arg_path(const struct lock_walk *w, uint32_t op, int index)
{
	const struct facts_operand *v = call_operand(w->f, op, index);

	return v ? value_of(w->a, w->f, v) : PATH_ANY;
}

/* The local object that stands for a held lock: `PyCriticalSection _py_cs`, a guard. */
static path_id guard_at(const struct lock_walk *w, uint32_t op, int arg)
{
	path_id p = arg_path(w, op, arg);

	return path_is(w->a, p, PATH_LOCAL) ? p : PATH_NONE;
}

static path_id arg_guard(const struct lock_walk *w, uint32_t op)
{
	return guard_at(w, op, 0);
}

/* Where the database names no argument, the last COUNT are meant: the interpreter's own
 * variants differ in what stands before. */
static int last_args(const struct lock_walk *w, uint32_t op, int arg, int count)
{
	uint32_t n;

	if (arg >= 0)
		return arg;
	call_operands(w->f, op, &n, NULL);
	return (int)n - count;
}

static lock_id take(
	const struct lock_walk *w, lock_id held, enum lock_kind kind, path_id path, path_id guard)
{
	struct lock l = {.kind = (uint8_t)kind, .path = path, .guard = guard};

	return lock_push(w->a, held, l);
}

static lock_id take_second(const struct lock_walk *w, lock_id held, path_id path, path_id guard)
{
	struct lock l = {.kind = LOCK_SECTION, .path = path, .guard = guard, .pair = true};

	return lock_push(w->a, held, l);
}

/* The innermost lock of KIND that matches, 0: none. */
static lock_id find_guarded(const struct lock_walk *w, lock_id held, path_id guard)
{
	for (; held; held = w->a->locks.v[held].outer)
		if (w->a->locks.v[held].guard == guard)
			return held;
	return 0;
}

static lock_id find_path(const struct lock_walk *w, lock_id held, path_id path)
{
	for (; held; held = w->a->locks.v[held].outer) {
		const struct lock *l = &w->a->locks.v[held];

		if (l->path == path && (l->kind == LOCK_MUTEX || l->kind == LOCK_SHARED_MUTEX))
			return held;
	}
	return 0;
}

static lock_id find_kind(const struct lock_walk *w, lock_id held, enum lock_kind kind)
{
	for (; held; held = w->a->locks.v[held].outer)
		if (w->a->locks.v[held].kind == kind)
			return held;
	return 0;
}

static lock_id drop_guarded(const struct lock_walk *w, lock_id held, path_id guard)
{
	lock_id found;

	while (guard && (found = find_guarded(w, held, guard)))
		held = lock_remove(w->a, held, found);
	return held;
}

static lock_id end_section(const struct lock_walk *w, lock_id held, uint32_t op)
{
	path_id guard = guard_at(w, op, last_args(w, op, -1, 1));
	lock_id found;

	if (guard && find_guarded(w, held, guard))
		return drop_guarded(w, held, guard);
	found = find_kind(w, held, LOCK_SECTION);
	if (!found)
		return held;
	if (w->a->locks.v[found].pair) {
		lock_id first = w->a->locks.v[found].outer;

		held = lock_remove(w->a, held, first);
		found = find_kind(w, held, LOCK_SECTION);
	}
	return lock_remove(w->a, held, found);
}

static void note_released(const struct lock_walk *w, path_id path)
{
	for (uint32_t i = 0; i < w->out->nreleased; i++)
		if (w->out->released[i] == path)
			return;
	if (w->out->nreleased < SUMMARY_LOCKS)
		w->out->released[w->out->nreleased++] = path;
}

/* Unlocking names the mutex or the guard object that holds it. */
static lock_id unlock(const struct lock_walk *w, lock_id held, path_id path)
{
	lock_id found = find_path(w, held, path);

	if (!found && path_is(w->a, path, PATH_LOCAL))
		found = find_guarded(w, held, path);
	if (!found)
		note_released(w, path);
	return found ? lock_remove(w->a, held, found) : held;
}

static lock_id take_guards(const struct lock_walk *w, lock_id held, uint32_t op, int first)
{
	path_id guard = arg_guard(w, op);

	for (int i = first < 0 ? 1 : first; call_operand(w->f, op, i); i++)
		held = take(w, held, LOCK_MUTEX, arg_path(w, op, i), guard);
	return held;
}

/* What a function of ours leaves locked or unlocked. A constructor's lock belongs to the
 * object it makes. */
static lock_id apply_summary(const struct lock_walk *w, lock_id held, uint32_t op)
{
	const struct fn_state *callee = call_function(w->a, w->f, op);
	const struct summary *s = callee ? &callee->summary : NULL;
	bool constructs;

	if (!s || !summary_locks(s))
		return held;
	constructs = callee->ext->symbol->flags & SYMBOL_CONSTRUCTOR;
	for (uint32_t i = 0; i < s->nreleased; i++) {
		path_id p = call_translate(w->a, w->f, op, s->released[i]);

		held = p ? unlock(w, held, p) : held;
	}
	if (callee->ext->symbol->flags & SYMBOL_DESTRUCTOR)
		held = drop_guarded(w, held, arg_guard(w, op));
	for (uint32_t i = s->nacquired; i-- > 0;) {
		path_id p = call_translate(w->a, w->f, op, s->acquired[i].path);

		held = take(w, held, s->acquired[i].kind, p ? p : PATH_ANY,
			constructs ? arg_guard(w, op) : PATH_NONE);
	}
	if (s->detaches)
		return take(w, held, LOCK_DETACHED, PATH_ANY, PATH_NONE);
	return s->attaches ? lock_remove(w->a, held, find_kind(w, held, LOCK_DETACHED)) : held;
}

static lock_id apply_call(const struct lock_walk *w, lock_id held, uint32_t op)
{
	const struct ext_call *c = call_at(w->f, op);
	int arg = c && c->api ? c->api->role_arg : -1;
	path_id path;

	switch (role_at(w->f, op)) {
	case DB_ROLE_SECTION_BEGIN:
		arg = last_args(w, op, arg, 1);
		return take(w, held, LOCK_SECTION, arg_path(w, op, arg), guard_at(w, op, arg - 1));
	case DB_ROLE_SECTION2_BEGIN:
		arg = last_args(w, op, arg, 2);
		held = take(w, held, LOCK_SECTION, arg_path(w, op, arg), guard_at(w, op, arg - 1));
		return take_second(w, held, arg_path(w, op, arg + 1), guard_at(w, op, arg - 1));
	case DB_ROLE_SECTION_END:
	case DB_ROLE_SECTION2_END:
		return end_section(w, held, op);
	case DB_ROLE_LOCK:
	case DB_ROLE_TRYLOCK:
	case DB_ROLE_LOCK_SHARED:
		path = arg_path(w, op, arg < 0 ? 0 : arg);
		if (find_path(w, held, path))
			return held;
		if (find_guarded(w, held, path) && path_is(w->a, path, PATH_LOCAL))
			return held;
		return take(w, held,
			role_at(w->f, op) == DB_ROLE_LOCK_SHARED ? LOCK_SHARED_MUTEX : LOCK_MUTEX,
			path, PATH_NONE);
	case DB_ROLE_UNLOCK:
	case DB_ROLE_UNLOCK_SHARED:
		return unlock(w, held, arg_path(w, op, arg < 0 ? 0 : arg));
	case DB_ROLE_GUARD:
		return take_guards(w, held, op, arg);
	case DB_ROLE_ONCE:
		return take(w, held, LOCK_ONCE, arg_path(w, op, arg < 0 ? 0 : arg), PATH_NONE);
	case DB_ROLE_DETACH:
		return take(w, held, LOCK_DETACHED, PATH_ANY, PATH_NONE);
	case DB_ROLE_ATTACH:
		return lock_remove(w->a, held, find_kind(w, held, LOCK_DETACHED));
	default:
		return apply_summary(w, held, op);
	}
}

/* A word that was taken is free again, whatever is stored; one that was not is the callers'
 * if it is set to 0. */
static lock_id store_word(const struct lock_walk *w, lock_id held, uint32_t op)
{
	bool zero;
	path_id path = spin_stored(w->a, w->f, op, &zero);
	lock_id found = path ? find_path(w, held, path) : 0;

	if (zero && !found)
		note_released(w, path);
	return found ? lock_remove(w->a, held, found) : held;
}

static lock_id apply(const struct lock_walk *w, lock_id held, uint32_t op)
{
	const struct facts_op *o = &w->f->code->ops.v[op];
	const struct facts_symbol *callee;

	if (o->kind == OP_END)
		return drop_guarded(w, held, op_place(w->a, w->f, op));
	if (spin_stores(o) || (o->kind == OP_CALL && spin_role(role_at(w->f, op))))
		return store_word(w, held, op);
	if (o->kind != OP_CALL)
		return held;
	callee = o->callee == FACTS_NONE ? NULL : &w->f->ext->facts->symbols.v[o->callee];
	if (callee && callee->flags & SYMBOL_DESTRUCTOR)
		held = drop_guarded(w, held, arg_guard(w, op));
	return apply_call(w, held, op);
}

static lock_id walk_block(const struct lock_walk *w, uint32_t b, lock_id held)
{
	const struct facts_block *block = &w->f->code->blocks.v[b];

	for (uint32_t i = block->first_op; i < block->first_op + block->nops; i++) {
		w->f->locks[i] = held;
		held = apply(w, held, i);
	}
	return held;
}

/* PATH, with VALUE where it goes through the pointer that stands in MEMBER. */
static path_id behind_stored(const struct lock_walk *w, path_id path, path_id member, path_id value)
{
	struct path p = *path_at(w->a, path);
	path_id up;

	if (!p.parent || (p.kind == PATH_DEREF && p.parent == member))
		return p.parent ? value : path;
	up = behind_stored(w, p.parent, member, value);
	return up == p.parent ? path : path_make(w->a, p.kind, up, p.a, p.b);
}

/* A guard that keeps a reference to its lock and takes it by that: the lock it was given. */
static path_id as_given(const struct lock_walk *w, path_id path)
{
	const struct facts_function *code = w->f->code;

	if (!(w->f->ext->symbol->flags & SYMBOL_CONSTRUCTOR))
		return path;
	for (uint32_t i = 0; i < code->ops.n; i++) {
		path_id value;

		if (code->ops.v[i].kind != OP_STORE)
			continue;
		value = value_of(w->a, w->f, &code->args.v[code->ops.v[i].first_arg]);
		if (path_is(w->a, value, PATH_PARAM))
			path = behind_stored(w, path, op_place(w->a, w->f, i), value);
	}
	return path;
}

/* What is held whenever the function returns is left to the caller. */
static void note_exit(const struct lock_walk *w, lock_id held)
{
	w->out->detaches = false;
	for (; held; held = w->a->locks.v[held].outer) {
		const struct lock *l = &w->a->locks.v[held];

		if (l->kind == LOCK_DETACHED)
			w->out->detaches = true;
		else if (w->out->nacquired < SUMMARY_LOCKS &&
			 !path_is(w->a, l->guard, PATH_LOCAL)) {
			w->out->acquired[w->out->nacquired] = *l;
			w->out->acquired[w->out->nacquired++].path = as_given(w, l->path);
		}
	}
}

static bool block_returns(const struct fn_state *f, uint32_t b)
{
	const struct facts_block *block = &f->code->blocks.v[b];

	return block->nops && f->code->ops.v[block->first_op + block->nops - 1].kind == OP_RETURN;
}

static void attach_balance(const struct lock_walk *w)
{
	int balance = 0;

	for (size_t i = 0; i < w->f->ext->calls.n; i++) {
		enum db_role role = role_at(w->f, w->f->ext->calls.v[i].op);

		balance += (role == DB_ROLE_DETACH) - (role == DB_ROLE_ATTACH);
	}
	w->out->attaches = balance < 0;
}

/* ---- locks that are made only where they are needed ---- */

static bool find_lock_call(
	const struct lock_walk *w, uint32_t block, path_id path, enum db_role *role)
{
	const struct facts_block *b = &w->f->code->blocks.v[block];

	for (uint32_t i = b->first_op; i < b->first_op + b->nops; i++) {
		const struct ext_call *c = call_at(w->f, i);
		enum db_role r = role_at(w->f, i);

		if (!c || (r != DB_ROLE_LOCK && r != DB_ROLE_TRYLOCK && r != DB_ROLE_UNLOCK))
			continue;
		if (arg_path(w, i, c->api->role_arg < 0 ? 0 : c->api->role_arg) != path)
			continue;
		*role = r;
		return true;
	}
	return false;
}

/* `if (self->lock) lock(self->lock)`: without a lock there is nobody to keep out, so that
 * the way around it counts as locked, and as unlocked where it is given back so. */
static lock_id beside_lock(const struct lock_walk *w, uint32_t block, uint32_t other, lock_id held)
{
	const struct facts_block *b = &w->f->code->blocks.v[block];

	for (uint32_t i = b->first_op; i < b->first_op + b->nops; i++) {
		enum db_role role;
		path_id path = w->f->value[i];
		bool if_set = false;

		if (w->f->code->ops.v[i].kind != OP_LOAD || !path_is(w->a, path, PATH_DEREF) ||
			!find_lock_call(w, other, path, &role))
			continue;
		if (!analysis_decides(w->a, (uint32_t)(w->f - w->a->fns), i,
			    w->f->code->blocks.v[other].first_op, &if_set) ||
			!if_set)
			continue;
		if (role == DB_ROLE_UNLOCK)
			return find_path(w, held, path)
				       ? lock_remove(w->a, held, find_path(w, held, path))
				       : held;
		return find_path(w, held, path) ? held : take(w, held, LOCK_MUTEX, path, PATH_NONE);
	}
	return held;
}

/* `if (PyList_CheckExact(x)) section(x)`: what is of another type needs no section there, so that
 * the way around counts as inside as well, and as outside where the section ends so. */
static lock_id beside_section(
	const struct lock_walk *w, uint32_t block, uint32_t other, lock_id held)
{
	const struct facts_block *b = &w->f->code->blocks.v[other];
	uint32_t check = asked_call(w->f, block);

	if (check == FACTS_NONE || role_at(w->f, check) != DB_ROLE_CHECK)
		return held;
	for (uint32_t i = b->first_op; i < b->first_op + b->nops; i++) {
		enum db_role role = role_at(w->f, i);
		const struct ext_call *c = call_at(w->f, i);

		if (role == DB_ROLE_SECTION_END ||
			(role == DB_ROLE_SECTION_BEGIN &&
				arg_path(w, i, last_args(w, i, c->api->role_arg, 1)) ==
					arg_path(w, check, 0)))
			return apply_call(w, held, i);
	}
	return held;
}

static lock_id on_edge(const struct lock_walk *w, uint32_t block, uint32_t k, lock_id held)
{
	const struct facts_block *b = &w->f->code->blocks.v[block];
	const uint32_t *succs = &w->f->code->succs.v[b->first_succ];
	path_id word = spin_taken(w->a, w->f, block, k);

	if (word)
		return find_path(w, held, word) ? held : take(w, held, LOCK_MUTEX, word, PATH_NONE);
	if (b->nsuccs != 2 || !b->nops ||
		w->f->code->ops.v[b->first_op + b->nops - 1].kind != OP_BRANCH)
		return held;
	held = beside_section(w, block, succs[1 - k], held);
	return beside_lock(w, block, succs[1 - k], held);
}

/* Lists only shrink from visit to visit, so that the walk ends; a bound on the rounds
 * keeps hostile graphs from making it long. */
static void walk(const struct lock_walk *w, lock_id *in)
{
	struct fn_state *f = w->f;
	bool changed = true;

	for (unsigned round = 0; changed && round < 16; round++) {
		changed = false;
		for (uint32_t i = 0; i < f->norder; i++) {
			uint32_t b = f->order[i];
			const struct facts_block *block = &f->code->blocks.v[b];
			lock_id out = walk_block(w, b, in[b] == UNVISITED ? 0 : in[b]);

			for (uint32_t k = 0; k < block->nsuccs; k++) {
				uint32_t s = f->code->succs.v[block->first_succ + k];
				lock_id edge = on_edge(w, b, k, out);
				lock_id met =
					in[s] == UNVISITED ? edge : lock_meet(w->a, in[s], edge);

				changed |= met != in[s];
				in[s] = met;
			}
		}
	}
}

void locks_run(struct analysis *a, struct fn_state *f)
{
	struct lock_walk w = {a, f, &f->summary};
	size_t n = f->code->blocks.n;
	lock_id *in, exit = UNVISITED;

	f->summary.nacquired = f->summary.nreleased = 0;
	f->summary.detaches = f->summary.attaches = false;
	if (!n || !has_locks(&w))
		return;
	in = arena_alloc(&a->arena, n * sizeof(*in));
	memset(in, 0xff, n * sizeof(*in));
	in[0] = 0;
	f->locks = arena_alloc(&a->arena, (f->code->ops.n + 1) * sizeof(*f->locks));
	walk(&w, in);
	for (uint32_t i = 0; i < f->norder; i++) {
		uint32_t b = f->order[i];
		lock_id out;

		if (!block_returns(f, b))
			continue;
		out = walk_block(&w, b, in[b] == UNVISITED ? 0 : in[b]);
		exit = exit == UNVISITED ? out : lock_meet(a, exit, out);
	}
	note_exit(&w, exit == UNVISITED ? 0 : exit);
	attach_balance(&w);
}
