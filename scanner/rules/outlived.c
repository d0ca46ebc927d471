#include "rules/outlived.h"

#include "rules/borrowed.h"
#include "rules/container.h"

#define USES_MAX 64

static bool replaces_in(const struct shared_thing *t, uint32_t function)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (t->run.v[i]->kind == ACCESS_WRITE && t->run.v[i]->function == function)
			return true;
	return false;
}

/* USE hands the value to a function that replaces it: the thread itself takes it out, as a node
 * is taken out of a chain, and has it then. */
static bool takes_out(const struct shared_thing *t, const struct ext_function *fn, uint32_t use)
{
	const struct ext_call *c = ext_call_at(fn, use);

	return c && c->kind == TARGET_FUNCTION && replaces_in(t, c->id);
}

/* The lock that X holds and every other access of the thing has too. */
static const struct lock *guard_of(const struct rule_context *ctx, const struct access *x)
{
	return analysis_lock(ctx->analysis, x->locks);
}

static bool still_held(const struct rule_context *ctx, const struct access *x,
	const struct lock *guard, uint32_t use)
{
	lock_id locks = analysis_locks(ctx->analysis, x->function, use);

	return analysis_locked_by(ctx->analysis, locks, guard->path);
}

static bool only_looks(const struct facts_op *op)
{
	switch (op->kind) {
	case OP_BRANCH:
	case OP_SWITCH:
	case OP_UNARY:
	case OP_BINARY:
	case OP_RETURN: /* what a caller does with it is not known here */
		return true;
	default:
		return false;
	}
}

/* Of a structure within the object other parts may be what is replaced. */
static bool reads_pointer(const struct ext_function *fn, const struct facts_op *op)
{
	return op->kind == OP_LOAD && op->type < fn->facts->types.n &&
	       fn->facts->types.v[op->type].kind == TYPE_POINTER;
}

bool outlives_lock(const struct rule_context *ctx, const struct shared_thing *t,
	const struct access *x, struct outlived *out)
{
	const struct ext_function *fn = &ctx->ext->functions.v[x->function];
	const struct lock *guard = guard_of(ctx, x);
	uint32_t uses[USES_MAX];
	size_t n;

	if (x->kind != ACCESS_READ || x->flags & ACCESS_THROUGH || !guard ||
		!reads_pointer(fn, &fn->code->ops.v[x->op]) || replaces_in(t, x->function))
		return false;
	n = analysis_uses(ctx->analysis, x->function, x->op, uses, USES_MAX);
	for (size_t i = 0; i < n; i++) {
		if (only_looks(&fn->code->ops.v[uses[i]]))
			continue;
		if (takes_reference(fn, uses[i]) || takes_out(t, fn, uses[i]))
			return false;
		*out = (struct outlived){t, x, uses[i], FACTS_NONE};
		if (!still_held(ctx, x, guard, uses[i]))
			return true;
		if (guard->kind == LOCK_SECTION)
			out->suspend = container_suspension(ctx, x->function, x->op, uses[i]);
		if (out->suspend != FACTS_NONE)
			return true;
	}
	return false;
}

struct finding *outlived_finding(struct rule_context *ctx, const struct outlived *o)
{
	const struct shared_thing *t = o->thing;
	const struct ext_function *fn = &ctx->ext->functions.v[o->read->function];
	struct finding *f = finding_add(ctx, op_place_of(fn, o->read->op),
		in_generated_code(ctx, o->read->function, CONFIDENCE_LIKELY),
		"'%s' is used after %s, when '%s' may have replaced it", t->name,
		o->suspend == FACTS_NONE ? "its lock is released" : "its lock was suspended",
		ctx->ext->functions.v[t->first_write->function].name);

	f->function = o->read->function;
	f->shared = SHARED_FIELD;
	f->shared_name = t->name;
	f->shared_decl = t->decl;
	finding_evidence(ctx, f, EVIDENCE_WRITE, access_place(ctx, t->first_write),
		t->first_write->function, "replaced here");
	if (o->suspend != FACTS_NONE) {
		const struct ext_call *c = ext_call_at(fn, o->suspend);

		finding_evidence(ctx, f, EVIDENCE_SUSPEND, op_place_of(fn, o->suspend),
			o->read->function, "'%s' may let other threads in",
			c && c->name ? c->name : "a function pointer");
	}
	finding_evidence(
		ctx, f, EVIDENCE_USE, op_place_of(fn, o->use), o->read->function, "used here");
	return f;
}
