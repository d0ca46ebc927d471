#include "rules/domains.h"

#include "rules/borrowed.h"
#include "rules/container.h"
#include "rules/memory.h"
#include "rules/shared.h"

#define RETURNS_DEPTH 3 /* calls through which a result is followed */

/* What is known of one place that holds blocks: a field of any object, or a variable. */
struct place_made {
	uint64_t key;
	struct made made;
};

struct tracker {
	struct rule_context *ctx;
	VEC(struct place_made) places;
};

static struct made untold(void)
{
	return (struct made){DOMAIN_UNTOLD, EXT_NONE, FACTS_NONE};
}

static enum domain domain_of(unsigned effects, unsigned object, unsigned mem, unsigned raw)
{
	if (effects & object)
		return DOMAIN_OBJECT;
	if (effects & mem)
		return DOMAIN_MEM;
	return effects & raw ? DOMAIN_RAW : DOMAIN_UNTOLD;
}

static enum domain made_in(const struct db_api *api)
{
	return api->role == DB_ROLE_ALLOC || api->role == DB_ROLE_NEW_OBJECT
		       ? domain_of(api->effects, DB_EFFECT_ALLOC_OBJECT, DB_EFFECT_ALLOC_MEM,
				 DB_EFFECT_ALLOC_RAW)
		       : DOMAIN_UNTOLD;
}

/* What moves a block makes it anew in its own domain. */
static enum domain released_in(const struct db_api *api)
{
	if (!(api->effects & DB_EFFECT_FREES))
		return DOMAIN_UNTOLD;
	return api->role == DB_ROLE_FREE ? domain_of(api->effects, DB_EFFECT_FREES_OBJECT,
						   DB_EFFECT_FREES_MEM, DB_EFFECT_FREES_RAW)
					 : made_in(api);
}

/* Both are known to be from one domain, or one of them is nothing. */
static struct made either(struct made x, struct made y)
{
	if (x.domain == DOMAIN_NOTHING)
		return y;
	return y.domain == DOMAIN_NOTHING || x.domain == y.domain ? x : untold();
}

static struct made made_by_value(
	const struct tracker *t, uint32_t function, const struct facts_operand *v, unsigned depth);

static struct made made_by_returns(const struct tracker *t, uint32_t function, unsigned depth)
{
	const struct facts_function *code = t->ctx->ext->functions.v[function].code;
	struct made made = {DOMAIN_NOTHING, EXT_NONE, FACTS_NONE};

	for (uint32_t i = 0; i < code->ops.n && made.domain != DOMAIN_UNTOLD; i++)
		if (code->ops.v[i].kind == OP_RETURN && code->ops.v[i].nargs)
			made = either(
				made, made_by_value(t, function,
					      &code->args.v[code->ops.v[i].first_arg], depth));
	return made;
}

static struct made made_by_call(
	const struct tracker *t, uint32_t function, uint32_t op, unsigned depth)
{
	const struct ext_call *c = ext_call_at(&t->ctx->ext->functions.v[function], op);

	if (c && c->api)
		return (struct made){made_in(c->api), function, op};
	if (c && c->kind == TARGET_FUNCTION && c->id != EXT_NONE && depth < RETURNS_DEPTH)
		return made_by_returns(t, c->id, depth + 1);
	return untold();
}

static struct made made_by_value(
	const struct tracker *t, uint32_t function, const struct facts_operand *v, unsigned depth)
{
	struct made made = {DOMAIN_NOTHING, EXT_NONE, FACTS_NONE};
	path_id all[8];
	size_t n = analysis_origins(t->ctx->analysis, function, v, all, 8);

	if (n == 8)
		return untold();
	for (size_t i = 0; i < n && made.domain != DOMAIN_UNTOLD; i++) {
		const struct path *p = analysis_path(t->ctx->analysis, all[i]);

		if (p->kind == PATH_CALL)
			made = either(made, made_by_call(t, function, p->a, depth));
		else if (p->kind != PATH_CONSTANT)
			made = untold();
	}
	return made;
}

static bool same_place(const struct rule_context *ctx, path_id x, path_id y)
{
	const struct path *p = analysis_path(ctx->analysis, x);
	const struct path *q = analysis_path(ctx->analysis, y);

	return x == y ||
	       (p->kind == PATH_FIELD && q->kind == PATH_FIELD && p->a == q->a && p->b == q->b);
}

static struct made made_by_write(const struct tracker *t, const struct access *x)
{
	const struct ext_function *fn = &t->ctx->ext->functions.v[x->function];
	const struct facts_op *op = &fn->code->ops.v[x->op];
	const struct ext_call *c = ext_call_at(fn, x->op);

	if (op->kind == OP_ZERO || (c && c->api && c->api->role == DB_ROLE_CLEAR))
		return (struct made){DOMAIN_NOTHING, EXT_NONE, FACTS_NONE};
	return op->kind == OP_STORE
		       ? made_by_value(t, x->function, &fn->code->args.v[op->first_arg], 0)
		       : untold();
}

/* All that is ever stored at a place like PLACE. */
static struct made made_by_writes(const struct tracker *t, path_id place)
{
	const struct analysis *a = t->ctx->analysis;
	const struct path *p = analysis_path(a, place);
	path_id field = analysis_object_field(a, place);
	const struct path *f = analysis_path(a, field);
	struct made made = {DOMAIN_NOTHING, EXT_NONE, FACTS_NONE};
	size_t n;
	const struct access *v = p->kind == PATH_VARIABLE
					 ? analysis_variable_accesses(a, p->a, &n)
					 : analysis_field_accesses(a, f->a, f->b, &n);

	for (size_t i = 0; i < n && made.domain != DOMAIN_UNTOLD; i++)
		if (v[i].kind != ACCESS_READ && same_place(t->ctx, v[i].path, place))
			made = either(made,
				v[i].kind == ACCESS_WRITE ? made_by_write(t, &v[i]) : untold());
	return made;
}

static struct made made_for_place(struct tracker *t, path_id place)
{
	const struct path *p = analysis_path(t->ctx->analysis, place);
	struct place_made found = {(uint64_t)p->kind << 60 | (uint64_t)p->a << 24 | p->b, untold()};

	if (p->kind != PATH_FIELD && p->kind != PATH_VARIABLE)
		return found.made;
	vec_foreach (const struct place_made, known, &t->places)
		if (known->key == found.key)
			return known->made;
	found.made = made_by_writes(t, place);
	vec_push(&t->ctx->out->arena, &t->places, found);
	return found.made;
}

static bool disagree(enum domain made, enum domain released)
{
	return made != DOMAIN_NOTHING && made != DOMAIN_UNTOLD && made != released &&
	       (made == DOMAIN_OBJECT || released == DOMAIN_OBJECT);
}

/* Where a block that R releases may be from, if not from R's domain. */
static struct made made_elsewhere(struct tracker *t, const struct released *r)
{
	path_id all[8];
	size_t n = analysis_origins(t->ctx->analysis, r->function, r->operand, all, 8);

	for (size_t i = 0; i < n; i++) {
		const struct path *p = analysis_path(t->ctx->analysis, all[i]);
		struct made made = untold();

		if (p->kind == PATH_CALL)
			made = made_by_call(t, r->function, p->a, 0);
		else if (p->kind == PATH_DEREF)
			made = made_for_place(t, p->parent);
		if (disagree(made.domain, r->domain))
			return made;
	}
	return untold();
}

void visit_released(struct rule_context *ctx, released_visitor *visit)
{
	struct tracker t = {.ctx = ctx};

	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		const struct ext_function *fn = &ctx->ext->functions.v[i];

		vec_foreach (const struct ext_call, c, &fn->calls) {
			struct released r = {.function = i, .call = c};

			if (!c->api || !runs_shared(ctx, i))
				continue;
			r.domain = released_in(c->api);
			r.operand = call_argument(fn, c, c->api->role_arg);
			if (r.domain == DOMAIN_UNTOLD || !r.operand)
				continue;
			r.made = made_elsewhere(&t, &r);
			visit(ctx, &r);
		}
	}
}

/* What it is before it is cast to what the function takes. */
bool released_is_object(const struct rule_context *ctx, const struct released *r)
{
	const struct ext_function *fn = &ctx->ext->functions.v[r->function];
	const struct facts_operand *v = r->operand;

	while (v->kind == OPERAND_TEMP && fn->code->ops.v[v->id].kind == OP_CAST &&
		fn->code->ops.v[v->id].nargs)
		v = &fn->code->args.v[fn->code->ops.v[v->id].first_arg];
	return v->kind == OPERAND_TEMP &&
	       type_points_to_head(fn->facts, fn->code->ops.v[v->id].type);
}

void released_evidence(struct rule_context *ctx, struct finding *f, const struct released *r)
{
	const struct ext_function *fn;
	const struct ext_call *made;

	f->function = r->function;
	f->shared = SHARED_API;
	f->shared_name = r->call->name;
	if (r->made.domain == DOMAIN_UNTOLD)
		return;
	fn = &ctx->ext->functions.v[r->made.function];
	made = ext_call_at(fn, r->made.op);
	finding_evidence(ctx, f, EVIDENCE_NOTE, op_place_of(fn, r->made.op), r->made.function,
		"made here, by '%s'", made->name);
	finding_fix(ctx, f,
		"release it by the free function of the kind that '%s' is of, or make it "
		"by the allocator that goes with '%s'",
		made->name, r->call->name);
}
