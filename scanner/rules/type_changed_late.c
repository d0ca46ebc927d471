/*
 * GIL607: stores into a type, or into the tables of slots that it points to, while threads
 * run. What is stored before the type is made ready in the same function is not late.
 */
#include "rules/borrowed.h"
#include "rules/container.h"
#include "rules/shared.h"

static bool is_type_record(const struct facts_record *r)
{
	const struct db_table *t = r->origin == FACTS_API ? db_table_find(r->name) : NULL;

	return t && (strcmp(t->what, "type") == 0 || strcmp(t->what, "sub-slots") == 0);
}

/* The field of a type that operation OP stores into, or NULL. */
static const char *stored_slot(const struct ext_function *fn, const struct facts_op *op)
{
	const struct facts_place *p;
	const struct facts_step *s;
	const struct facts_record *r;

	if ((op->kind != OP_STORE && op->kind != OP_RMW) || op->flags & OPF_INIT)
		return NULL;
	p = &fn->code->places.v[op->place];
	if (!p->nsteps || p->kind == PLACE_LOCAL)
		return NULL;
	s = &fn->code->steps.v[p->first_step + p->nsteps - 1];
	if (s->kind != STEP_FIELD)
		return NULL;
	r = &fn->facts->records.v[s->record];
	return is_type_record(r) ? r->fields.v[s->field].name : NULL;
}

/* Is a type made ready behind the store? */
static bool is_before_ready(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[function].calls)
		if (c->op > op && c->api && c->api->role == DB_ROLE_TYPE_READY &&
			analysis_reaches(ctx->analysis, function, op, c->op))
			return true;
	return false;
}

static enum container judge(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_place *p = &fn->code->places.v[fn->code->ops.v[op].place];
	path_id path;

	return p->kind == PLACE_MEM ? container_judge(ctx, function, op, &p->base, &path)
				    : CONTAINER_SHARED;
}

/* CONTAINER_PRIVATE: no type that others may use is changed there. */
static enum container changed_type(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	enum container kind = stored_slot(fn, &fn->code->ops.v[op]) ? judge(ctx, function, op)
								    : CONTAINER_PRIVATE;

	return kind != CONTAINER_PRIVATE && is_before_ready(ctx, function, op) ? CONTAINER_PRIVATE
									       : kind;
}

bool changes_type_late(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	return changed_type(ctx, function, op) != CONTAINER_PRIVATE;
}

static void check(struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	enum container kind = changed_type(ctx, function, op);
	const char *type;
	struct finding *f;

	if (kind == CONTAINER_PRIVATE)
		return;
	type = analysis_path_text(ctx->analysis, &ctx->out->arena, function,
		analysis_place(ctx->analysis, function, op), false);
	f = finding_add(ctx, op_place_of(fn, op), container_confidence(ctx, function, kind),
		"'%s' is changed while other threads may use the type", type);
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = stored_slot(fn, &fn->code->ops.v[op]);
	finding_fix(ctx, f,
		"set it before the type is made ready; later only through an attribute of the type "
		"(PyObject_SetAttr)");
}

void rule_type_changed_late(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		for (uint32_t op = 0; op < ctx->ext->functions.v[i].code->ops.n; op++)
			check(ctx, i, op);
	}
}
