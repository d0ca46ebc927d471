/*
 * What all callers of a function have in common: locks they hold, objects that are still
 * theirs alone. From callers to callees; a function that others can call as they like
 * (a root, one whose address went somewhere) gets nothing from its callers.
 */
#include "analysis/state.h"

#define UNVISITED UINT32_MAX
#define ROUNDS	  40

/* PATH seen from PREFIX, with NEW_ROOT in its place; PATH_NONE: it does not start so. */
static path_id replace_prefix(struct analysis *a, path_id path, path_id prefix, path_id new_root)
{
	struct path p = *path_at(a, path);
	path_id up;

	if (path == prefix)
		return new_root;
	if (!p.parent)
		return PATH_NONE;
	up = replace_prefix(a, p.parent, prefix, new_root);
	return up ? path_make(a, p.kind, up, p.a, p.b) : PATH_NONE;
}

/* A path of the caller in terms of the callee of the call at OP. */
static path_id to_callee(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	if (path_is(a, path_at(a, path)->root, PATH_VARIABLE))
		return path;
	for (uint32_t i = 0; i < n; i++) {
		path_id v = value_of(a, f, &args[i]), p;

		if (v == PATH_ANY || v == PATH_CONST)
			continue;
		p = replace_prefix(a, path, v, path_make(a, PATH_PARAM, 0, i, 0));
		if (p)
			return p;
	}
	return path_rebase(a, path, PATH_ANY);
}

static lock_id locks_for_callee(struct analysis *a, struct fn_state *f, uint32_t op, lock_id list)
{
	struct lock l = a->locks.v[list];

	if (!list)
		return 0;
	l.path = to_callee(a, f, op, l.path);
	l.guard = PATH_NONE;
	l.by_caller = true;
	return lock_push(a, locks_for_callee(a, f, op, l.outer), l);
}

static lock_id held_at(struct analysis *a, const struct fn_state *f, uint32_t op)
{
	return lock_concat(a, f->locks ? f->locks[op] : 0, f->entry);
}

typedef bool path_test(struct analysis *a, struct fn_state *f, uint32_t op, path_id path);

/* Parameters of the callee, of those in WANTED, for which whatever the argument may be
 * passes TEST. */
static uint64_t args_that(
	struct analysis *a, struct fn_state *f, uint32_t op, path_test *test, uint64_t wanted)
{
	uint64_t mask = 0;
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; i < n && i < TRACKED_PARAMS; i++) {
		path_id all[8];
		size_t k;
		bool ok;

		if (!(wanted >> i & 1))
			continue;
		k = direct_origins(a, f, &args[i], all, 8);
		ok = k < 8;
		while (ok && k-- > 0)
			ok = all[k] == PATH_CONST || test(a, f, op, all[k]);
		mask |= (uint64_t)ok << i;
	}
	return mask;
}

static bool narrow(uint64_t *mask, uint64_t by)
{
	uint64_t before = *mask;

	*mask &= by;
	return *mask != before;
}

/* What a caller hands over that nobody else knows. */
struct own {
	uint64_t args;
	bool all; /* there is nothing else that it hands over */
};

/* HELD, and the locks of ENTRY on parameters whose object nobody else knows at this call:
 * nobody is to be kept out there. A lock without a name here guards one of them. */
static lock_id with_needless(struct analysis *a, lock_id held, lock_id entry, const struct own *own)
{
	struct lock l = a->locks.v[entry];
	const struct path *root;
	bool needless;

	if (!entry)
		return held;
	held = with_needless(a, held, l.outer, own);
	root = path_at(a, path_at(a, l.path)->root);
	if (root->kind == PATH_PARAM)
		needless = root->a < TRACKED_PARAMS && own->args >> root->a & 1;
	else
		needless = root->kind == PATH_UNKNOWN && own->all;
	return needless ? lock_push(a, held, l) : held;
}

static bool meet_entry(struct analysis *a, struct fn_state *callee, lock_id held)
{
	lock_id met = callee->entry == UNVISITED ? held : lock_meet(a, callee->entry, held);
	bool changed = met != callee->entry;

	callee->entry = met;
	return changed;
}

/* Arguments that are objects which nobody else knows, or tp_init works on. */
static struct own own_args(struct analysis *a, struct fn_state *f, uint32_t op)
{
	struct own own = {.all = true};
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; i < n && i < TRACKED_PARAMS; i++) {
		path_id v = value_of(a, f, &args[i]);

		if (v != PATH_CONST && path_initial(a, f, op, v))
			own.args |= UINT64_C(1) << i;
		else
			own.all &= v == PATH_CONST;
	}
	return own;
}

/* Arguments whose own lock is held: as good as initial, where a method with the lock runs
 * what tp_init runs. */
static uint64_t locked_args(struct analysis *a, struct fn_state *f, uint32_t op)
{
	lock_id held = held_at(a, f, op);
	uint64_t mask = 0;
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; held && i < n && i < TRACKED_PARAMS; i++)
		if (analysis_locked_by(a, held, value_of(a, f, &args[i])))
			mask |= UINT64_C(1) << i;
	return mask;
}

/* Before the module is shared there is nobody to keep out. */
static bool runs_at_import_only(const struct fn_state *f)
{
	return !(f->ext->phases & PHASES_AFTER_IMPORT);
}

/* With FIRST, calls without a lock that hand over an object which is still, or again, the
 * caller's own wait: they are not what tells which locks guard it. */
static bool push_locks(struct analysis *a, struct fn_state *f, const struct ext_call *c,
	struct fn_state *callee, bool first)
{
	struct own own = own_args(a, f, c->op);
	lock_id held = held_at(a, f, c->op);

	if (callee->is_root || callee->required || runs_at_import_only(f) ||
		(first && own.args && !held))
		return false;
	held = locks_for_callee(a, f, c->op, held);
	if (own.args && callee->entry != UNVISITED)
		held = with_needless(a, held, callee->entry, &own);
	return meet_entry(a, callee, held);
}

static bool push_call(struct analysis *a, struct fn_state *f, const struct ext_call *c, bool first)
{
	size_t n = c->kind == TARGET_INDIRECT ? c->candidates.n : c->kind == TARGET_FUNCTION;
	bool changed = false;

	for (size_t i = 0; i < n; i++) {
		uint32_t id = c->kind == TARGET_INDIRECT ? c->candidates.v[i] : c->id;
		struct fn_state *callee = &a->fns[id];

		changed |= narrow(&callee->initial_params,
			args_that(a, f, c->op, path_initial, callee->initial_params) |
				locked_args(a, f, c->op));
		changed |= narrow(&callee->private_params,
			args_that(a, f, c->op, path_private, callee->private_params) |
				(c->kind == TARGET_INDIRECT ? callee->made_params : 0));
		changed |= narrow(&callee->owned_params,
			args_that(a, f, c->op, path_owned, callee->owned_params));
		changed |= push_locks(a, f, c, callee, first);
	}
	return changed;
}

/* FN runs within the call, with nothing known about its arguments. */
static bool meet_callback(struct analysis *a, struct fn_state *fn, lock_id held)
{
	bool changed = meet_entry(a, fn, held);

	changed |= narrow(&fn->private_params, 0);
	changed |= narrow(&fn->owned_params, 0);
	changed |= narrow(&fn->initial_params, 0);
	return changed;
}

static lock_id once_around(
	struct analysis *a, struct fn_state *f, const struct ext_call *c, lock_id held)
{
	const struct facts_operand *flag =
		call_operand(f, c->op, c->api->role_arg < 0 ? 0 : c->api->role_arg);
	struct lock once = {.kind = LOCK_ONCE, .by_caller = true};

	once.path = flag ? value_of(a, f, flag) : PATH_ANY;
	return lock_push(a, held, once);
}

/* A function handed to call_once, or to a call that runs it before it returns: named there,
 * or a lambda, which linking found. */
static bool push_callback(struct analysis *a, struct fn_state *f, const struct ext_call *c)
{
	uint32_t n;
	const struct facts_operand *args = call_operands(f, c->op, &n, NULL);
	bool changed = false;

	for (uint32_t i = 0; i < n && i < c->api->nparams; i++) {
		enum db_entry_kind entry = c->api->params[i].entry;
		lock_id held = held_at(a, f, c->op);
		path_id v;

		if (entry != DB_ENTRY_CALLED_NOW && entry != DB_ENTRY_CALLED_ONCE)
			continue;
		if (entry == DB_ENTRY_CALLED_ONCE)
			held = once_around(a, f, c, held);
		v = value_of(a, f, &args[i]);
		if (path_is(a, v, PATH_FUNCTION))
			changed |= meet_callback(a, &a->fns[path_at(a, v)->a], held);
		vec_foreach (const uint32_t, id, &c->candidates)
			changed |= meet_callback(a, &a->fns[*id], held);
	}
	return changed;
}

static bool push_all(struct analysis *a, struct fn_state *f, bool first)
{
	bool changed = false;

	for (size_t i = 0; i < f->ext->calls.n; i++) {
		const struct ext_call *c = &f->ext->calls.v[i];

		if (c->api)
			changed |= push_callback(a, f, c);
		else
			changed |= push_call(a, f, c, first);
	}
	return changed;
}

/* ---- roots ---- */

/* The argument tuple and the **kwargs dict of a call are made for it. Their positions follow
 * from the kind of root: (self, args, kwargs) for methods that take them so, tp_new, tp_init
 * and tp_call. */
static uint64_t private_params_of_root(const struct ext_root *r)
{
	uint64_t self = r->self_param >= 0 && r->self_param < TRACKED_PARAMS
				? UINT64_C(1) << r->self_param
				: 0;
	const uint64_t args = UINT64_C(2), args_and_kwargs = UINT64_C(6);
	const struct db_constant *tuple = db_constant_of("method-flags", "varargs");
	const struct db_constant *keywords = db_constant_of("method-flags", "keywords");

	switch (r->kind) {
	case DB_ENTRY_DEALLOC:
	case DB_ENTRY_FREE:
	case DB_ENTRY_CLEAR: /* garbage: nobody else can reach it */
		return self;
	case DB_ENTRY_NEW:
	case DB_ENTRY_INIT:
	case DB_ENTRY_CALL:
		return args_and_kwargs;
	case DB_ENTRY_METHOD:
	case DB_ENTRY_FUNCTION:
		if (!tuple || !(r->flags & tuple->value))
			return 0;
		return keywords && r->flags & keywords->value ? args_and_kwargs : args;
	default:
		return 0;
	}
}

static void set_up(struct analysis *a)
{
	for (uint32_t i = 0; i < a->ext->functions.n; i++) {
		struct fn_state *f = &a->fns[i];

		f->entry = UNVISITED;
		f->private_params = f->owned_params = f->initial_params = UINT64_MAX;
		f->is_root = f->ext->address_taken || !f->ext->callers.n;
		if (f->is_root) {
			f->entry = 0;
			f->private_params = f->owned_params = f->initial_params = 0;
		}
	}
	for (size_t i = 0; i < a->ext->roots.n; i++) {
		const struct ext_root *r = &a->ext->roots.v[i];
		struct fn_state *f = &a->fns[r->function];
		bool called_here =
			r->kind == DB_ENTRY_CALLED_NOW || r->kind == DB_ENTRY_CALLED_ONCE;

		f->is_root = !called_here;
		f->entry = called_here ? UNVISITED : 0;
		/* Entered in several ways, it has what all of them grant. */
		f->private_params =
			private_params_of_root(r) & (f->entered ? f->private_params : UINT64_MAX);
		f->owned_params = f->made_params = f->private_params;
		f->initial_params =
			f->private_params | (f->entered ? f->initial_params : UINT64_MAX);
		if (r->kind != DB_ENTRY_INIT || r->self_param < 0)
			f->initial_params &= f->private_params;
		else
			f->initial_params &= f->private_params | UINT64_C(1) << r->self_param;
		f->entered = true;
	}
}

/* What a contract says is held is held: whether the callers do is for a rule to say. */
static void require_locks(struct analysis *a)
{
	for (uint32_t i = 0; i < a->ext->functions.n; i++) {
		struct fn_state *f = &a->fns[i];
		struct lock l = {.by_caller = true};

		f->required = contract_required(a, f);
		if (!f->required)
			continue;
		l.path = f->required;
		l.kind = path_is(a, l.path, PATH_PARAM) ? LOCK_SECTION : LOCK_MUTEX;
		f->entry = lock_push(a, 0, l);
	}
}

void context_run(struct analysis *a)
{
	bool changed = true;
	size_t n = a->ext->functions.n;

	set_up(a);
	require_locks(a);
	for (unsigned round = 0; (changed || round < 2) && round < ROUNDS; round++) {
		changed = false;
		for (size_t i = n; i-- > 0;) {
			struct fn_state *f = &a->fns[a->bottom_up[i]];

			if (f->entry != UNVISITED)
				changed |= push_all(a, f, round == 0);
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct fn_state *f = &a->fns[i];

		if (f->required)
			continue;
		if (f->entry == UNVISITED || (changed && !f->is_root)) {
			f->entry = 0;
			f->private_params = f->owned_params = f->initial_params = 0;
		}
	}
}
