#include "rules/member.h"

#include "rules/borrowed.h"
#include "rules/shared.h"

static const struct db_member *member_of(const struct ext_function *fn, const struct facts_op *op)
{
	const struct facts_place *p =
		op->place == FACTS_NONE ? NULL : &fn->code->places.v[op->place];
	const struct facts_step *s;
	const struct facts_record *r;

	for (uint32_t i = 0; p && i < p->nsteps; i++) {
		const struct db_member *m;

		s = &fn->code->steps.v[p->first_step + i];
		if (s->kind != STEP_FIELD)
			continue;
		r = &fn->facts->records.v[s->record];
		m = r->origin == FACTS_API ? db_member_find(r->name, r->fields.v[s->field].name)
					   : NULL;
		if (m)
			return m;
	}
	return NULL;
}

/* The object: where the pointer is that the fields are steps from. */
static enum container judge_object(
	const struct rule_context *ctx, uint32_t function, uint32_t op, path_id *path)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_place *p = &fn->code->places.v[fn->code->ops.v[op].place];

	*path = 0;
	if (p->kind == PLACE_GLOBAL)
		return CONTAINER_SHARED;
	return p->kind == PLACE_MEM ? container_judge(ctx, function, op, &p->base, path)
				    : CONTAINER_PRIVATE;
}

static void check(struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_op *o = &fn->code->ops.v[op];
	bool writes = o->kind == OP_STORE || o->kind == OP_RMW;
	const struct db_member *m = member_of(fn, o);
	enum container kind;
	struct finding *f;
	bool mutex;
	path_id path;

	if (!m || strcmp(m->rule, ctx->rule->code) != 0 || (m->written && !writes))
		return;
	kind = judge_object(ctx, function, op, &path);
	if (kind == CONTAINER_PRIVATE || container_locked(ctx, function, path, op, op, &mutex))
		return;
	f = finding_add(ctx, op_place_of(fn, op), container_confidence(ctx, function, kind),
		"'%s' is %s directly", m->name, writes ? "written" : "used");
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = m->name;
	finding_evidence(
		ctx, f, writes ? EVIDENCE_WRITE : EVIDENCE_READ, f->at, function, "%s", m->when);
	replacements_fix(
		ctx, f, m->replacements, m->nreplacements, container_text(ctx, function, path));
}

void member_uses(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		for (uint32_t op = 0; op < ctx->ext->functions.v[i].code->ops.n; op++)
			check(ctx, i, op);
	}
}
