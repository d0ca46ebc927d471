/* Which lock of one function is the same lock in another, and what all accesses of a thing
 * have in common. */
#include "rules/shared.h"

#define KEYS_MAX    8
#define TALLY_MAX   64
#define CLASS_SHIFT 60

/* A lock's identity beyond one function. The class tells how it is meant. */
enum key_class {
	KEY_NONE,     /* differs from object to object, or not known */
	KEY_VARIABLE, /* a lock, or a locked object, in static storage */
	KEY_FIELD,    /* in module state or another structure of its own */
	KEY_MODULE,   /* the module object */
	KEY_OBJECT,   /* reached from the object whose field is touched */
	KEY_OWNER,    /* of the object from which that object is reached */
	KEY_HOLDER,   /* an object of another type: of those there is one around each of these */
};

struct key_set {
	uint64_t v[KEYS_MAX];
	size_t n;
	bool unnamed; /* a caller holds a lock that has no name here: it may be any */
};

static uint64_t key(enum key_class class, uint64_t v)
{
	return (uint64_t)class << CLASS_SHIFT | (v & ((UINT64_C(1) << CLASS_SHIFT) - 1));
}

/* The steps from BASE to PATH as a number; false where PATH does not start with BASE. */
static bool steps_from(const struct analysis *a, path_id path, path_id base, uint64_t *hash)
{
	uint64_t h = 7;

	for (; path != base; path = analysis_path(a, path)->parent) {
		const struct path *p = analysis_path(a, path);
		uint64_t step[3] = {p->kind, p->a, p->b};

		if (!p->parent)
			return false;
		h = hash_bytes(step, sizeof(step), h);
	}
	*hash = h;
	return true;
}

#define MODULE_DEPTH 3 /* calls through which a module object is followed */

static bool is_module_self(
	const struct rule_context *ctx, uint32_t function, path_id path, unsigned depth);

/* Every call of FUNCTION hands the module object on as its parameter PARAM. */
static bool gets_module(
	const struct rule_context *ctx, uint32_t function, uint32_t param, unsigned depth)
{
	bool any = false;

	vec_foreach (const uint32_t, caller, &ctx->ext->functions.v[function].callers) {
		const struct ext_function *from = &ctx->ext->functions.v[*caller];

		vec_foreach (const struct ext_call, c, &from->calls) {
			const struct facts_op *op = &from->code->ops.v[c->op];
			path_id v;

			if (c->kind != TARGET_FUNCTION || c->id != function || param >= op->nargs)
				continue;
			v = analysis_value(
				ctx->analysis, *caller, &from->code->args.v[op->first_arg + param]);
			if (!is_module_self(ctx, *caller, v, depth + 1))
				return false;
			any = true;
		}
	}
	return any;
}

static bool is_module_self(
	const struct rule_context *ctx, uint32_t function, path_id path, unsigned depth)
{
	const struct path *p = analysis_path(ctx->analysis, path);

	if (p->kind != PATH_PARAM || depth > MODULE_DEPTH)
		return false;
	vec_foreach (const uint32_t, r, &ctx->ext->functions.v[function].roots) {
		const struct ext_root *rt = &ctx->ext->roots.v[*r];

		if (rt->kind == DB_ENTRY_FUNCTION && rt->function == function &&
			(int)p->a == rt->self_param)
			return true;
	}
	return gets_module(ctx, function, p->a, depth);
}

/* A lock per instance of a Python type guards nothing that is global; one in module state
 * or in another structure of its own does. For fields of an object whatever is not the
 * object's own is taken for the same lock: that is how such code is written. */
static uint64_t key_of_field(const struct rule_context *ctx, path_id lock, path_id base)
{
	for (path_id at = lock; at; at = analysis_path(ctx->analysis, at)->parent) {
		const struct path *p = analysis_path(ctx->analysis, at);

		if (p->kind == PATH_FIELD && (base || ctx->ext->records.v[p->a].type == EXT_NONE))
			return key(KEY_FIELD, (uint64_t)p->a << 24 | p->b);
	}
	return 0;
}

static uint64_t lock_key(
	const struct rule_context *ctx, uint32_t function, const struct lock *l, path_id base)
{
	const struct analysis *a = ctx->analysis;
	const struct path *root = analysis_path(a, analysis_path(a, l->path)->root);
	uint64_t hash;

	if (root->kind == PATH_VARIABLE)
		return key(KEY_VARIABLE, l->path);
	if (base && steps_from(a, l->path, base, &hash))
		return key(KEY_OBJECT, hash);
	if (base && l->kind == LOCK_SECTION && steps_from(a, base, l->path, &hash))
		return key(KEY_OWNER, hash);
	if (is_module_self(ctx, function, l->path, 0))
		return key(KEY_MODULE, 1);
	return key_of_field(ctx, l->path, base);
}

/* A section on a parameter of another type, while something else is touched: a list holds
 * the lock of its nodes, however they were come by. */
static uint64_t holder_key(
	const struct rule_context *ctx, uint32_t function, const struct lock *l, path_id base)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct path *p = analysis_path(ctx->analysis, l->path);
	const struct facts_type *t;
	uint32_t record;

	if (!base || base == l->path || l->kind != LOCK_SECTION || p->kind != PATH_PARAM ||
		p->a >= fn->code->nparams)
		return 0;
	t = &fn->facts->types.v[fn->code->locals.v[p->a].type];
	if (t->kind != TYPE_POINTER || fn->facts->types.v[t->target].kind != TYPE_RECORD)
		return 0;
	record = ext_record_of(ctx->ext, fn->unit, fn->facts->types.v[t->target].record);
	return record == EXT_NONE || ctx->ext->records.v[record].type == EXT_NONE
		       ? 0
		       : key(KEY_HOLDER, record);
}

/* The object whose field is touched; 0 for static storage. */
static path_id object_of(
	const struct rule_context *ctx, const struct shared_thing *t, const struct access *x)
{
	path_id field = t->path ? 0 : analysis_object_field(ctx->analysis, x->path);

	return field ? analysis_path(ctx->analysis, field)->parent : 0;
}

static bool is_unnamed(const struct rule_context *ctx, const struct lock *l)
{
	const struct path *p = analysis_path(ctx->analysis, l->path);

	return analysis_path(ctx->analysis, p->root)->kind == PATH_UNKNOWN;
}

/* Keys of the locks that hold at X. Sections count as far as they are guaranteed. */
static struct key_set keys_of(
	const struct rule_context *ctx, const struct shared_thing *t, const struct access *x)
{
	struct key_set out = {.n = 0};
	path_id base = object_of(ctx, t, x);
	bool innermost = true, attached = true;

	for (lock_id id = x->locks; id && out.n < KEYS_MAX;) {
		const struct lock *l = analysis_lock(ctx->analysis, id);
		uint64_t k = lock_key(ctx, access_function(x), l, base);
		uint64_t holder = holder_key(ctx, access_function(x), l, base);
		bool counts = l->kind != LOCK_SHARED_MUTEX || x->kind != ACCESS_WRITE;

		id = l->outer;
		if (l->kind == LOCK_DETACHED) {
			attached = false;
			continue;
		}
		if (l->kind == LOCK_SECTION) {
			counts = innermost && attached;
			innermost &= l->pair;
		}
		if (counts && k)
			out.v[out.n++] = k;
		if (counts && holder && out.n < KEYS_MAX)
			out.v[out.n++] = holder;
		out.unnamed |= counts && !k && l->by_caller && is_unnamed(ctx, l);
	}
	return out;
}

bool shared_lock_held(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct shared_thing everything = {.variable = 0};
	struct access x = {.function = function, .op = op, .kind = ACCESS_WRITE, .path = 0};
	struct key_set keys;

	x.locks = analysis_locks(ctx->analysis, function, op);
	keys = keys_of(ctx, &everything, &x);
	return keys.n || keys.unnamed;
}

struct tally {
	uint64_t key;
	uint32_t all, writes;
};

static void count_keys(struct tally *tally, size_t *n, const struct key_set *keys, bool write)
{
	for (size_t i = 0; i < keys->n; i++) {
		size_t k = 0;
		bool again = false;

		for (size_t e = 0; e < i; e++)
			again |= keys->v[e] == keys->v[i];
		while (k < *n && tally[k].key != keys->v[i])
			k++;
		if (again || k == TALLY_MAX)
			continue;
		if (k == *n)
			tally[(*n)++] = (struct tally){.key = keys->v[i]};
		tally[k].all++;
		tally[k].writes += write;
	}
}

static bool has_key(const struct key_set *keys, uint64_t key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->v[i] == key)
			return true;
	return false;
}

/* What a caller holds may be each of the locks that others are seen to hold. */
static void count_unnamed(
	struct rule_context const *ctx, const struct shared_thing *t, struct tally *tally, size_t n)
{
	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];
		struct key_set keys = keys_of(ctx, t, x);

		if (x->flags & ACCESS_ATOMIC || !keys.unnamed)
			continue;
		for (size_t k = 0; k < n; k++) {
			bool more = !has_key(&keys, tally[k].key);

			tally[k].all += more;
			tally[k].writes += more && x->kind == ACCESS_WRITE;
		}
	}
}

bool shared_guards(const struct rule_context *ctx, struct shared_thing *t)
{
	struct tally tally[TALLY_MAX];
	size_t n = 0;
	uint32_t all = 0, writes = 0, unnamed = 0;

	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];
		struct key_set keys;

		if (x->flags & ACCESS_ATOMIC)
			continue;
		keys = keys_of(ctx, t, x);
		count_keys(tally, &n, &keys, x->kind == ACCESS_WRITE);
		all++;
		unnamed += keys.unnamed;
		writes += x->kind == ACCESS_WRITE;
	}
	if (unnamed && n)
		count_unnamed(ctx, t, tally, n);
	t->guarded = n ? 0 : unnamed;
	t->writes_guarded = false;
	for (size_t i = 0; i < n; i++) {
		if (tally[i].all > t->guarded)
			t->guarded = tally[i].all;
		t->writes_guarded |= writes && tally[i].writes == writes;
	}
	return all == 0 || t->guarded == all;
}
