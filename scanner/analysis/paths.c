/* Access paths and lock lists. Both are trees that grow from the root; equal ones are
 * stored once, so that comparing is comparing numbers. */
#include "analysis/state.h"

static uint32_t slot_of(const struct intern_table *t, uint64_t hash)
{
	return (uint32_t)(hash ^ (hash >> 29)) & (t->cap - 1);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h ^= v + UINT64_C(0x9e3779b97f4a7c15) + (h << 6) + (h >> 2);
	return h * UINT64_C(0xff51afd7ed558ccd);
}

static uint64_t path_hash(path_id parent, unsigned kind, uint32_t x, uint32_t y)
{
	return mix(mix(mix(kind, parent), x), y);
}

static uint64_t lock_hash(const struct lock *l)
{
	uint64_t h = mix(mix(l->kind, l->outer), l->path);

	return mix(mix(h, l->guard), (uint64_t)l->pair * 2 + l->by_caller);
}

static void table_grow(struct analysis *a, struct intern_table *t, bool locks)
{
	t->cap = t->cap ? t->cap * 2 : 1024;
	t->slots = arena_alloc(&a->arena, t->cap * sizeof(*t->slots));
	for (uint32_t id = 1; id <= t->n; id++) {
		const struct path *p = locks ? NULL : &a->paths.v[id];
		uint64_t h = locks ? lock_hash(&a->locks.v[id])
				   : path_hash(p->parent, p->kind, p->a, p->b);
		uint32_t i = slot_of(t, h);

		while (t->slots[i])
			i = (i + 1) & (t->cap - 1);
		t->slots[i] = id;
	}
}

static path_id path_intern(
	struct analysis *a, enum path_kind kind, path_id parent, uint32_t x, uint32_t y)
{
	struct intern_table *t = &a->path_table;
	struct path *p;
	uint32_t i;

	if ((t->n + 1) * 4 > t->cap * 3)
		table_grow(a, t, false);
	i = slot_of(t, path_hash(parent, kind, x, y));
	for (; t->slots[i]; i = (i + 1) & (t->cap - 1)) {
		p = &a->paths.v[t->slots[i]];
		if (p->parent == parent && p->kind == kind && p->a == x && p->b == y)
			return t->slots[i];
	}
	t->slots[i] = ++t->n;
	p = vec_add(&a->arena, &a->paths);
	p->parent = parent;
	p->kind = (uint8_t)kind;
	p->a = x;
	p->b = y;
	p->root = t->n;
	if (parent) {
		const struct path *up = &a->paths.v[parent];

		p->root = up->root;
		p->depth = (uint8_t)(up->depth + 1);
		p->derefs = (uint8_t)(up->derefs + (kind == PATH_DEREF));
	}
	return t->n;
}

void paths_init(struct analysis *a)
{
	vec_add(&a->arena, &a->paths); /* PATH_NONE */
	vec_add(&a->arena, &a->locks); /* no lock */
	path_intern(a, PATH_UNKNOWN, 0, 0, 0);
	path_intern(a, PATH_CONSTANT, 0, 0, 0);
}

/* Moving within an array twice is moving once; what constants point at is constant. A
 * path that grows too long loses its beginning's meaning and becomes unknown. */
path_id path_make(struct analysis *a, enum path_kind kind, path_id parent, uint32_t x, uint32_t y)
{
	if (kind < PATH_DEREF)
		return path_intern(a, kind, 0, x, y);
	if (parent == PATH_NONE)
		parent = PATH_ANY;
	if (parent == PATH_CONST || (kind == PATH_INDEX && path_is(a, parent, PATH_INDEX)))
		return parent;
	if (path_is(a, parent, PATH_FUNCTION))
		return PATH_ANY;
	if (path_at(a, parent)->depth >= PATH_DEPTH_MAX)
		parent = PATH_ANY;
	return path_intern(a, kind, parent, x, y);
}

path_id path_rebase(struct analysis *a, path_id path, path_id new_root)
{
	struct path p = *path_at(a, path);

	if (!p.parent)
		return new_root;
	return path_make(a, p.kind, path_rebase(a, p.parent, new_root), p.a, p.b);
}

static unsigned lock_depth(const struct analysis *a, lock_id list)
{
	unsigned n = 0;

	for (; list; list = a->locks.v[list].outer)
		n++;
	return n;
}

static bool lock_equal(const struct lock *x, const struct lock *y)
{
	return x->outer == y->outer && x->path == y->path && x->guard == y->guard &&
	       x->kind == y->kind && x->pair == y->pair && x->by_caller == y->by_caller;
}

/* L before the list OUTER. A list that is already full stays as it is: a lock is then
 * missed, never invented. */
lock_id lock_push(struct analysis *a, lock_id outer, struct lock l)
{
	struct intern_table *t = &a->lock_table;
	uint32_t i;

	if (lock_depth(a, outer) >= LOCKS_MAX)
		return outer;
	l.outer = outer;
	if ((t->n + 1) * 4 > t->cap * 3)
		table_grow(a, t, true);
	for (i = slot_of(t, lock_hash(&l)); t->slots[i]; i = (i + 1) & (t->cap - 1))
		if (lock_equal(&a->locks.v[t->slots[i]], &l))
			return t->slots[i];
	t->slots[i] = ++t->n;
	vec_push(&a->arena, &a->locks, l);
	return t->n;
}

lock_id lock_remove(struct analysis *a, lock_id list, lock_id item)
{
	struct lock l = a->locks.v[list];

	if (!list)
		return 0;
	if (list == item)
		return l.outer;
	return lock_push(a, lock_remove(a, l.outer, item), l);
}

static bool lock_in(const struct analysis *a, lock_id list, const struct lock *l)
{
	for (; list; list = a->locks.v[list].outer) {
		const struct lock *x = &a->locks.v[list];

		if (x->kind == l->kind && x->path == l->path && x->guard == l->guard)
			return true;
	}
	return false;
}

/* What is held on both of two ways. */
lock_id lock_meet(struct analysis *a, lock_id x, lock_id y)
{
	struct lock l = a->locks.v[x];
	lock_id rest;

	if (x == y || !x || !y)
		return x == y ? x : 0;
	rest = lock_meet(a, l.outer, y);
	/* Detached on one way only still means that sections may be suspended. */
	return l.kind == LOCK_DETACHED || lock_in(a, y, &l) ? lock_push(a, rest, l) : rest;
}

lock_id lock_concat(struct analysis *a, lock_id inner, lock_id outer)
{
	struct lock l = a->locks.v[inner];

	if (!inner)
		return outer;
	return lock_push(a, lock_concat(a, l.outer, outer), l);
}
