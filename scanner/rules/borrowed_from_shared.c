/*
 * GIL201: a borrowed reference out of a container that another thread can change. Taking
 * an own reference on the next line comes too late; only a container that nobody else has,
 * or a lock that holds until then, makes it safe.
 */
#include "rules/borrowed.h"
#include "rules/shared.h"

enum container {
	CONTAINER_PRIVATE, /* nobody else can change it */
	CONTAINER_DOUBTFUL,
	CONTAINER_SHARED,
};

static bool owner_is_container(enum db_owner owner)
{
	return owner == DB_OWNER_MUTABLE_CONTAINER || owner == DB_OWNER_MUTABLE_CONTAINER_IF_LIST ||
	       owner == DB_OWNER_MUTABLE_SLOT || owner == DB_OWNER_MUTABLE_REGISTRY;
}

/* A container that a call returned: one per thread, someone's attribute, or whatever the
 * called code chose to return. */
static enum container of_call(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_call *c = ext_call_at(&ctx->ext->functions.v[function], op);

	if (!c || !c->api)
		return CONTAINER_DOUBTFUL;
	if (c->api->owner == DB_OWNER_THREAD_LOCAL)
		return CONTAINER_PRIVATE;
	if (c->api->returns == DB_REF_BORROWED)
		return CONTAINER_SHARED;
	return c->api->effects & DB_EFFECT_RUNS_PYTHON ? CONTAINER_DOUBTFUL : CONTAINER_SHARED;
}

static enum container of_path(
	const struct rule_context *ctx, uint32_t function, uint32_t op, path_id path)
{
	const struct path *root =
		analysis_path(ctx->analysis, analysis_path(ctx->analysis, path)->root);

	if (path == 0 || analysis_private(ctx->analysis, function, op, path))
		return CONTAINER_PRIVATE;
	switch (root->kind) {
	case PATH_PARAM:
	case PATH_VARIABLE:
	case PATH_OUT:
		return CONTAINER_SHARED;
	case PATH_CALL:
		return of_call(ctx, function, root->a);
	case PATH_CONSTANT: /* NULL, or an object of the interpreter */
		return CONTAINER_PRIVATE;
	default:
		return CONTAINER_DOUBTFUL;
	}
}

static const struct facts_operand *container_operand(const struct borrowed *b)
{
	const struct facts_op *op = &b->fn->code->ops.v[b->call->op];
	int arg = b->call->api->borrowed_from;

	return arg >= 0 && (uint32_t)arg < op->nargs ? &b->fn->code->args.v[op->first_arg + arg]
						     : NULL;
}

/* The worst of all that it may be; *PATH is that one. */
static enum container judge_container(
	const struct rule_context *ctx, const struct borrowed *b, path_id *path)
{
	const struct facts_operand *v = container_operand(b);
	enum container worst = CONTAINER_PRIVATE;
	path_id all[8];
	size_t n;

	*path = 0;
	if (!v) /* the interpreter's own: modules stay where they are, sys attributes do not */
		return b->call->api->owner == DB_OWNER_MUTABLE_REGISTRY ? CONTAINER_DOUBTFUL
									: CONTAINER_SHARED;
	n = analysis_origins(ctx->analysis, b->function, v, all, 8);
	for (size_t i = 0; i < n; i++) {
		enum container c = of_path(ctx, b->function, b->call->op, all[i]);

		if (c > worst || !*path) {
			worst = c > worst ? c : worst;
			*path = all[i];
		}
	}
	return worst;
}

/* The end of the time in which the container must not change. */
static uint32_t last_moment(const struct borrowed *b)
{
	return b->own != FACTS_NONE ? b->own : b->uses[b->nuses - 1];
}

/* A lock of its own around an object's or the module's container keeps its users apart. A
 * container that came from outside has users that do not know the lock. */
static bool own_lock_holds(
	const struct rule_context *ctx, const struct borrowed *b, lock_id locks, path_id path)
{
	const struct path *p = analysis_path(ctx->analysis, path);

	if (!p->depth)
		return false;
	for (; locks; locks = analysis_lock(ctx->analysis, locks)->outer) {
		const struct lock *l = analysis_lock(ctx->analysis, locks);

		if (l->kind == LOCK_MUTEX &&
			analysis_locked_by(ctx->analysis,
				analysis_locks(ctx->analysis, b->function, last_moment(b)),
				l->path))
			return true;
	}
	return false;
}

static bool kept_by_lock(const struct rule_context *ctx, const struct borrowed *b, path_id path)
{
	lock_id locks = analysis_locks(ctx->analysis, b->function, b->call->op);
	uint32_t last = last_moment(b);

	if (own_lock_holds(ctx, b, locks, path))
		return true;
	return analysis_locked_by(ctx->analysis, locks, path) &&
	       analysis_locked_by(
		       ctx->analysis, analysis_locks(ctx->analysis, b->function, last), path) &&
	       borrowed_suspension(ctx, b, last) == FACTS_NONE;
}

static const char *container_text(struct rule_context *ctx, const struct borrowed *b, path_id path)
{
	return path ? analysis_path_text(ctx->analysis, &ctx->out->arena, b->function, path, true)
		    : NULL;
}

static void report(
	struct rule_context *ctx, const struct borrowed *b, enum container kind, path_id path)
{
	struct ext_loc at = op_place_of(b->fn, b->call->op);
	const char *container = container_text(ctx, b, path);
	struct finding *f = finding_add(ctx, at,
		in_generated_code(ctx, b->function,
			kind == CONTAINER_SHARED ? CONFIDENCE_LIKELY : CONFIDENCE_REVIEW),
		"'%s' borrows %s%s%s from %s%s%s, which another thread can change", b->call->name,
		b->variable ? "'" : "", b->variable ? b->variable : "an object",
		b->variable ? "'" : "", container ? "'" : "",
		container ? container : "a registry of the interpreter", container ? "'" : "");

	f->function = b->function;
	f->shared = SHARED_BORROWED;
	f->shared_name = container ? container : b->call->name;
	borrowed_evidence(ctx, f, b, container);
	borrowed_fix(ctx, f, b, container);
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	struct borrowed b;
	enum container kind;
	path_id path;

	if (call->api->returns != DB_REF_BORROWED || !owner_is_container(call->api->owner))
		return;
	if (!borrowed_describe(ctx, function, call, &b))
		return;
	kind = judge_container(ctx, &b, &path);
	if (kind != CONTAINER_PRIVATE && !(path && kept_by_lock(ctx, &b, path)))
		report(ctx, &b, kind, path);
}

void rule_borrowed_from_shared(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		vec_foreach (const struct ext_call, call, &ctx->ext->functions.v[i].calls)
			if (call->api)
				check(ctx, i, call);
	}
}
