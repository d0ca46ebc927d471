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

/* A call of such a library, or an access to one of its variables. */
struct use {
	const struct db_library *library;
	uint32_t function, op;
	const char *name;
	bool call;
	bool light; /* of a number: seen late at worst */
};

typedef void use_visitor(struct rule_context *ctx, const struct use *use, void *data);

static const struct db_library *one_lock_library(const char *name)
{
	const struct db_library *library = db_library_of_function(name);

	return library && library->model == DB_MODEL_LIBRARY_LOCK ? library : NULL;
}

/* Declared here, defined by nobody whose code was read. */
static bool is_foreign_variable(const struct rule_context *ctx, uint32_t unit, uint32_t symbol)
{
	const struct facts_symbol *s = &ctx->ext->units.v[unit]->symbols.v[symbol];
	uint32_t v;

	if (s->kind != SYMBOL_VARIABLE || s->flags & SYMBOL_DEFINED ||
		s->linkage != LINKAGE_EXTERNAL || !one_lock_library(s->name))
		return false;
	v = ext_variable_of_symbol(ctx->ext, unit, symbol);
	return v == EXT_NONE || !(ctx->ext->variables.v[v].sym->flags & SYMBOL_DEFINED);
}

/* A bit for each symbol of UNIT that is one; NULL: none is. In ARENA. */
static const bool *foreign_variables(
	const struct rule_context *ctx, struct arena *arena, uint32_t unit)
{
	size_t n = ctx->ext->units.v[unit]->symbols.n;
	bool *foreign = NULL;

	for (uint32_t i = 0; i < n; i++) {
		if (!is_foreign_variable(ctx, unit, i))
			continue;
		if (!foreign)
			foreign = arena_alloc(arena, n * sizeof(*foreign));
		foreign[i] = true;
	}
	return foreign;
}

static void visit_variables(struct rule_context *ctx, uint32_t function, const bool *foreign,
	use_visitor *visit, void *data)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];

	for (uint32_t i = 0; i < fn->code->ops.n; i++) {
		const struct facts_op *op = &fn->code->ops.v[i];
		const struct facts_place *p =
			op->place == FACTS_NONE ? NULL : &fn->code->places.v[op->place];
		struct use use = {.function = function, .op = i};

		if (!p || p->kind != PLACE_GLOBAL || !foreign[p->id] ||
			shared_lock_held(ctx, function, i))
			continue;
		use.name = fn->facts->symbols.v[p->id].name;
		use.library = one_lock_library(use.name);
		use.light = op->kind != OP_LOAD || op->type >= fn->facts->types.n ||
			    fn->facts->types.v[op->type].kind != TYPE_POINTER;
		visit(ctx, &use, data);
	}
}

static void visit_calls(struct rule_context *ctx, uint32_t function, use_visitor *visit, void *data)
{
	vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[function].calls) {
		struct use use = {.function = function, .op = c->op, .name = c->name, .call = true};

		if (!c->library || c->library->model != DB_MODEL_LIBRARY_LOCK)
			continue;
		use.library = c->library;
		if (!shared_lock_held(ctx, function, c->op))
			visit(ctx, &use, data);
	}
}

static void visit_uses(struct rule_context *ctx, use_visitor *visit, void *data)
{
	struct arena arena = ARENA_INIT;
	size_t units = ctx->ext->units.n;
	const bool **foreign = arena_alloc(&arena, (units + 1) * sizeof(*foreign));

	for (uint32_t i = 0; i < units; i++)
		foreign[i] = foreign_variables(ctx, &arena, i);
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		uint32_t unit = ctx->ext->functions.v[i].unit;

		if (!runs_shared(ctx, i))
			continue;
		visit_calls(ctx, i, visit, data);
		if (foreign[unit])
			visit_variables(ctx, i, foreign[unit], visit, data);
	}
	arena_release(&arena);
}

#define LIBRARIES_MAX 16

struct library_uses {
	const struct db_library *library;
	size_t finding; /* in ctx->out, + 1; 0: none yet */
	bool *followed; /* per function: its callers are in the evidence */
};

struct libraries {
	struct library_uses v[LIBRARIES_MAX];
	size_t n;
};

static struct library_uses *uses_of(
	struct rule_context *ctx, struct libraries *l, const struct db_library *library)
{
	size_t n = ctx->ext->functions.n;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].library == library)
			return &l->v[i];
	if (l->n == LIBRARIES_MAX)
		return NULL;
	l->v[l->n].library = library;
	l->v[l->n].finding = 0;
	l->v[l->n].followed = arena_alloc(&ctx->out->arena, (n + 1) * sizeof(bool));
	return &l->v[l->n++];
}

static void call_evidence(struct rule_context *ctx, const struct library_uses *uses,
	uint32_t function, uint32_t op, const char *text)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	struct ext_loc at = {fn->unit, fn->code->ops.v[op].loc};

	finding_evidence(
		ctx, &ctx->out->v.v[uses->finding - 1], EVIDENCE_CALL, at, function, "%s", text);
}

/* FUNCTION uses the library without a lock: whoever calls it without one does so too. */
static void note_callers(struct rule_context *ctx, struct library_uses *uses, uint32_t function)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const char *text = arena_printf(&ctx->out->arena,
		"'%s', which uses library '%s', is called", fn->name, uses->library->name);

	if (uses->followed[function])
		return;
	uses->followed[function] = true;
	vec_foreach (const uint32_t, caller, &fn->callers) {
		bool bare = false;

		if (!runs_shared(ctx, *caller))
			continue;
		vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[*caller].calls) {
			if (c->kind != TARGET_FUNCTION || c->id != function ||
				shared_lock_held(ctx, *caller, c->op))
				continue;
			call_evidence(ctx, uses, *caller, c->op, text);
			bare = true;
		}
		if (bare)
			note_callers(ctx, uses, *caller);
	}
}

static void new_finding(struct rule_context *ctx, const struct use *u)
{
	const struct ext_function *fn = &ctx->ext->functions.v[u->function];
	struct ext_loc at = {fn->unit, fn->code->ops.v[u->op].loc};
	struct finding *f =
		finding_add(ctx, at, in_generated_code(ctx, u->function, CONFIDENCE_LIKELY),
			"library '%s' %s, and '%s' is %s without one", u->library->name,
			db_model_text(u->library->model), u->name, u->call ? "called" : "used");

	f->function = u->function;
	f->shared = SHARED_API;
	f->shared_name = u->library->name;
	finding_fix(ctx, f, "hold one static PyMutex around every call of library '%s'",
		u->library->name);
}

/* One finding a library: its first use without the lock, and all others as evidence. */
static void note_use(struct rule_context *ctx, const struct use *u, void *data)
{
	struct library_uses *uses = uses_of(ctx, data, u->library);

	if (!uses || (!uses->finding && u->light))
		return;
	if (!uses->finding) {
		new_finding(ctx, u);
		uses->finding = ctx->out->v.n;
	}
	call_evidence(ctx, uses, u->function, u->op,
		arena_printf(&ctx->out->arena, "'%s' is %s", u->name, u->call ? "called" : "used"));
	note_callers(ctx, uses, u->function);
}

void rule_unsafe_library(struct rule_context *ctx)
{
	struct libraries libraries = {.n = 0};

	visit_uses(ctx, note_use, &libraries);
	shared_variables(ctx, report_handle);
	shared_fields(ctx, report_handle);
}
