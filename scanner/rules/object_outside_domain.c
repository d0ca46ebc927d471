/* GIL605: memory that is not from the object allocator becomes an object, or an object is released
 * as other memory. */
#include "rules/borrowed.h"
#include "rules/container.h"
#include "rules/domains.h"

/* The call that made the memory that OPERAND points to, where that is no object memory. */
static const struct ext_call *foreign_memory(
	const struct rule_context *ctx, uint32_t function, const struct facts_operand *operand)
{
	path_id all[8];
	size_t n = analysis_origins(ctx->analysis, function, operand, all, 8);

	for (size_t i = 0; i < n; i++) {
		const struct path *p = analysis_path(ctx->analysis, all[i]);
		const struct ext_call *c =
			p->kind == PATH_CALL ? ext_call_at(&ctx->ext->functions.v[function], p->a)
					     : NULL;

		if (c && c->api && c->api->role == DB_ROLE_ALLOC &&
			!(c->api->effects & DB_EFFECT_ALLOC_OBJECT) &&
			c->api->effects & (DB_EFFECT_ALLOC_MEM | DB_EFFECT_ALLOC_RAW))
			return c;
	}
	return NULL;
}

static void check(struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_operand *v = container_argument(fn, call);
	const struct ext_call *made = v ? foreign_memory(ctx, function, v) : NULL;
	struct finding *f;

	if (!made)
		return;
	f = finding_add(ctx, op_place_of(fn, call->op), CONFIDENCE_DEFINITE,
		"'%s' makes an object of memory from '%s'", call->name, made->name);
	f->function = function;
	f->shared = SHARED_API;
	f->shared_name = made->name;
	finding_evidence(ctx, f, EVIDENCE_NOTE, op_place_of(fn, made->op), function,
		"made here, by an allocator that is not for objects");
	finding_fix(ctx, f, "make it with the type's tp_alloc, PyObject_New or PyObject_GC_New");
}

/* Does the extension make objects of other memory? Then that is the hazard. */
static bool makes_foreign_objects(const struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		const struct ext_function *fn = &ctx->ext->functions.v[i];

		vec_foreach (const struct ext_call, c, &fn->calls) {
			const struct facts_operand *v;

			if (!c->api || !rule_hazard(ctx, c->api))
				continue;
			v = container_argument(fn, c);
			if (v && foreign_memory(ctx, i, v))
				return true;
		}
	}
	return false;
}

static void check_release(struct rule_context *ctx, const struct released *r)
{
	const struct ext_function *fn = &ctx->ext->functions.v[r->function];
	struct finding *f;

	if (r->domain == DOMAIN_OBJECT || !released_is_object(ctx, r) || makes_foreign_objects(ctx))
		return;
	f = finding_add(ctx, op_place_of(fn, r->call->op),
		in_generated_code(ctx, r->function, CONFIDENCE_DEFINITE),
		"'%s' releases an object, whose memory is not of its kind", r->call->name);
	released_evidence(ctx, f, r);
	finding_fix(ctx, f, "let go of it with Py_DECREF; in tp_dealloc call the type's tp_free");
}

void rule_object_outside_domain(struct rule_context *ctx)
{
	visit_hazards(ctx, check);
	visit_released(ctx, check_release);
}
