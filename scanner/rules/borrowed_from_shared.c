/*
 * GIL201: a borrowed reference out of a container that another thread can change. Taking
 * an own reference on the next line comes too late; only a container that nobody else has,
 * or a lock that holds until then, makes it safe.
 */
#include "rules/borrowed.h"
#include "rules/container.h"
#include "rules/shared.h"

static bool owner_is_container(enum db_owner owner)
{
	return owner == DB_OWNER_MUTABLE_CONTAINER || owner == DB_OWNER_MUTABLE_CONTAINER_IF_LIST ||
	       owner == DB_OWNER_MUTABLE_SLOT || owner == DB_OWNER_MUTABLE_REGISTRY;
}

static enum container judge(const struct rule_context *ctx, const struct borrowed *b, path_id *path)
{
	const struct facts_operand *v = call_argument(b->fn, b->call, b->call->api->borrowed_from);

	*path = 0;
	if (!v) /* the interpreter's own: modules stay where they are, sys attributes do not */
		return b->call->api->owner == DB_OWNER_MUTABLE_REGISTRY ? CONTAINER_DOUBTFUL
									: CONTAINER_SHARED;
	return container_judge(ctx, b->function, b->call->op, v, path);
}

static void report(
	struct rule_context *ctx, const struct borrowed *b, enum container kind, path_id path)
{
	struct ext_loc at = op_place_of(b->fn, b->call->op);
	const char *container = container_text(ctx, b->function, path);
	struct finding *f = finding_add(ctx, at, container_confidence(ctx, b->function, kind),
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

	if (call->api->returns != DB_REF_BORROWED || !owner_is_container(call->api->owner) ||
		container_walked(ctx, function, call))
		return;
	if (!borrowed_describe(ctx, function, call, &b))
		return;
	kind = judge(ctx, &b, &path);
	if (kind != CONTAINER_PRIVATE && !(path && borrowed_kept_by_lock(ctx, &b, path)))
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
