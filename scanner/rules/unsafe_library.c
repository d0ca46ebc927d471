/*
 * GIL702: libraries that have no locks of their own. A handle for one thread at a time, kept
 * where two threads meet, and libraries whose every call needs one and the same lock.
 */
#include "rules/shared.h"

static const struct db_library *library_at(
	const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_call *c = ext_call_at(&ctx->ext->functions.v[function], op);

	return c ? c->library : NULL;
}

/* ---- handles ---- */

static const struct db_library *library_of(
	const struct rule_context *ctx, const struct shared_thing *t)
{
	const struct db_library *found = NULL;

	for (size_t i = 0; i < t->run.n && !found; i++)
		if (t->run.v[i]->flags & ACCESS_LIBRARY)
			found = library_at(ctx, t->run.v[i]->function, t->run.v[i]->op);
	return found;
}

static void report_handle(struct rule_context *ctx, const struct shared_thing *t)
{
	const struct db_library *library = library_of(ctx, t);
	struct finding *f;

	if (t->shape != SHAPE_HANDLE || !library)
		return;
	f = shared_finding(ctx, t, t->only_uncommon ? CONFIDENCE_REVIEW : CONFIDENCE_LIKELY);
	f->message = arena_printf(&ctx->out->arena,
		"'%s' is a handle of library '%s', which %s, and no lock sees to that", t->name,
		library->name, db_model_text(DB_MODEL_PER_HANDLE));
	finding_fix(ctx, f,
		"hold a lock that stays while the thread is detached (a PyMutex beside '%s') "
		"around every call of '%s' with it",
		t->name, library->name);
}

/* ---- libraries that need one lock ---- */

static bool is_bare_call(
	const struct rule_context *ctx, uint32_t function, const struct ext_call *c)
{
	return c->library && c->library->model == DB_MODEL_LIBRARY_LOCK &&
	       !shared_lock_held(ctx, function, c->op);
}

static struct finding *new_finding(struct rule_context *ctx, uint32_t function,
	const struct ext_call *c, const struct db_library *library)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	struct ext_loc at = {fn->unit, fn->code->ops.v[c->op].loc};
	struct finding *f =
		finding_add(ctx, at, in_generated_code(ctx, function, CONFIDENCE_LIKELY),
			"library '%s' %s, and '%s' is called without one", library->name,
			db_model_text(library->model), c->name);

	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = library->name;
	finding_fix(
		ctx, f, "hold one static PyMutex around every call of library '%s'", library->name);
	return f;
}

static void add_call(
	struct rule_context *ctx, struct finding *f, uint32_t function, const struct ext_call *c)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	struct ext_loc at = {fn->unit, fn->code->ops.v[c->op].loc};

	finding_evidence(ctx, f, EVIDENCE_CALL, at, function, "'%s' is called", c->name);
}

/* One finding a library: its first bare call, and all others as evidence. */
static void check_library(struct rule_context *ctx, const struct db_library *library)
{
	struct finding *f = NULL;

	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[i].calls) {
			if (c->library != library || !is_bare_call(ctx, i, c))
				continue;
			if (!f)
				f = new_finding(ctx, i, c, library);
			add_call(ctx, f, i, c);
		}
	}
}

#define LIBRARIES_MAX 16

static void check_libraries(struct rule_context *ctx)
{
	const struct db_library *seen[LIBRARIES_MAX];
	size_t n = 0;

	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[i].calls) {
			bool known = n == LIBRARIES_MAX || !is_bare_call(ctx, i, c);

			for (size_t k = 0; k < n && !known; k++)
				known = seen[k] == c->library;
			if (!known)
				seen[n++] = c->library;
		}
	}
	for (size_t k = 0; k < n; k++)
		check_library(ctx, seen[k]);
}

void rule_unsafe_library(struct rule_context *ctx)
{
	check_libraries(ctx);
	shared_variables(ctx, report_handle);
	shared_fields(ctx, report_handle);
}
