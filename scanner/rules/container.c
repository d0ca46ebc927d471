#include "rules/container.h"

#include "base/buf.h"
#include "rules/memory.h"
#include "rules/shared.h"

/* How far a container is followed: through calls that return what they got, up to callers. */
#define CALLER_DEPTH 3
#define CALLERS_MAX  16

const struct facts_operand *call_argument(
	const struct ext_function *fn, const struct ext_call *call, int arg)
{
	const struct facts_op *op = &fn->code->ops.v[call->op];

	return arg >= 0 && (uint32_t)arg < op->nargs ? &fn->code->args.v[op->first_arg + arg]
						     : NULL;
}

const struct facts_operand *container_argument(
	const struct ext_function *fn, const struct ext_call *call)
{
	int arg = call->api->borrowed_from >= 0 ? call->api->borrowed_from : call->api->role_arg;

	return call_argument(fn, call, arg >= 0 ? arg : 0);
}

static enum container judge_from(const struct rule_context *ctx, uint32_t function, uint32_t op,
	const struct facts_operand *operand, path_id *path, unsigned depth);

static enum container judge_path(const struct rule_context *ctx, uint32_t function, uint32_t op,
	path_id path, unsigned depth);
static path_id locked_name(
	const struct rule_context *ctx, uint32_t function, uint32_t op, path_id value);

/* Is all that FUNCTION, a helper of the project, returns at OP known to others? *ANY: it
 * returns something. */
static bool returns_shared(
	const struct rule_context *ctx, uint32_t function, uint32_t op, unsigned depth, bool *any)
{
	const struct facts_function *code = ctx->ext->functions.v[function].code;
	path_id all[8];
	size_t n = analysis_origins(
		ctx->analysis, function, &code->args.v[code->ops.v[op].first_arg], all, 8);

	for (size_t i = 0; i < n; i++) {
		if (analysis_path(ctx->analysis, all[i])->kind == PATH_CONSTANT)
			continue;
		if (judge_path(ctx, function, op, all[i], depth) != CONTAINER_SHARED)
			return false;
		*any = true;
	}
	return true;
}

/* What a helper of the project returns: a registry, or one thing or another. */
static enum container of_returns(const struct rule_context *ctx, uint32_t function, unsigned depth)
{
	const struct facts_function *code = ctx->ext->functions.v[function].code;
	bool any = false;

	for (uint32_t i = 0; i < code->ops.n; i++)
		if (code->ops.v[i].kind == OP_RETURN && code->ops.v[i].nargs &&
			!returns_shared(ctx, function, i, depth + 1, &any))
			return CONTAINER_DOUBTFUL;
	return any ? CONTAINER_SHARED : CONTAINER_DOUBTFUL;
}

/* A container that a call returned: one per thread, someone's attribute, what it was given,
 * or whatever the called code chose to return. */
static enum container of_call(
	const struct rule_context *ctx, uint32_t function, uint32_t op, unsigned depth)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct ext_call *c = ext_call_at(fn, op);
	const struct facts_operand *given;
	path_id path;

	if (c && c->kind == TARGET_FUNCTION)
		return depth < CALLER_DEPTH ? of_returns(ctx, c->id, depth) : CONTAINER_DOUBTFUL;
	if (!c || !c->api)
		return CONTAINER_DOUBTFUL;
	if (c->api->role == DB_ROLE_SAME_OR_COPY) {
		given = call_argument(fn, c, c->api->role_arg);
		return given && depth < CALLER_DEPTH
			       ? judge_from(ctx, function, op, given, &path, depth + 1)
			       : CONTAINER_DOUBTFUL;
	}
	if (c->api->owner == DB_OWNER_THREAD_LOCAL)
		return CONTAINER_PRIVATE;
	if (c->api->returns == DB_REF_BORROWED)
		return CONTAINER_SHARED;
	return c->api->effects & DB_EFFECT_RUNS_PYTHON ? CONTAINER_DOUBTFUL : CONTAINER_SHARED;
}

static bool calls(const struct ext_call *c, uint32_t function)
{
	if (c->kind == TARGET_FUNCTION)
		return c->id == function;
	if (c->kind == TARGET_INDIRECT)
		vec_foreach (const uint32_t, id, &c->candidates)
			if (*id == function)
				return true;
	return false;
}

static bool is_entry(const struct rule_context *ctx, uint32_t function)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];

	if (fn->address_taken || !fn->callers.n || fn->callers.n > CALLERS_MAX)
		return true;
	vec_foreach (const uint32_t, r, &fn->roots)
		if (ctx->ext->roots.v[*r].function == function)
			return true;
	return false;
}

/* What callers pass as one parameter. */
struct passed {
	enum container worst;
	bool unlocked;	/* a shared one, outside of its section */
	bool others;	/* one that is not shared */
	bool suspended; /* a shared one inside of its section, which the callee may suspend */
};

static void note_passed(const struct rule_context *ctx, uint32_t caller, const struct ext_call *c,
	const struct facts_operand *v, unsigned depth, struct passed *p)
{
	enum container kind = CONTAINER_SHARED;
	path_id path;

	if (v)
		kind = judge_from(ctx, caller, c->op, v, &path, depth + 1);
	p->worst = kind > p->worst ? kind : p->worst;
	if (kind != CONTAINER_SHARED)
		p->others = true;
	else if (!v || !locked_name(ctx, caller, c->op, analysis_value(ctx->analysis, caller, v)))
		p->unlocked = true;
	else
		p->suspended |= analysis_suspends(ctx->analysis, caller, c->op);
}

/* The worst that a caller of FUNCTION passes as PARAM. Where some pass what is their own, and
 * the others lock theirs, no one lock is known inside. */
static enum container of_callers(
	const struct rule_context *ctx, uint32_t function, uint32_t param, unsigned depth)
{
	struct passed p = {CONTAINER_PRIVATE, false, false, false};

	vec_foreach (const uint32_t, caller, &ctx->ext->functions.v[function].callers) {
		const struct ext_function *fn = &ctx->ext->functions.v[*caller];

		vec_foreach (const struct ext_call, c, &fn->calls) {
			bool indirect = fn->code->ops.v[c->op].callee == FACTS_NONE;

			if (calls(c, function))
				note_passed(ctx, *caller, c,
					call_argument(fn, c, (int)param + indirect), depth, &p);
		}
	}
	if (p.worst == CONTAINER_SHARED && p.others && !p.unlocked)
		return p.suspended ? CONTAINER_DOUBTFUL : CONTAINER_PRIVATE;
	return p.worst;
}

/* Only code that we cannot see, or may not see all of, gets here. */
static bool only_called_back(const struct rule_context *ctx, const struct ext_function *fn)
{
	vec_foreach (const uint32_t, r, &fn->roots)
		if (!ctx->ext->roots.v[*r].likely_only &&
			ctx->ext->roots.v[*r].kind != DB_ENTRY_CALLBACK)
			return false;
	return fn->address_taken;
}

static const struct facts_type *type_at(const struct facts *facts, uint32_t type)
{
	return type < facts->types.n ? &facts->types.v[type] : NULL;
}

/* Not to nothing in particular, not to a variable of the caller. */
static bool points_to_object(const struct ext_function *fn, uint32_t param)
{
	const struct facts_type *t = NULL;

	if (param < fn->code->locals.n)
		t = type_at(fn->facts, fn->code->locals.v[param].type);
	if (t && t->kind == TYPE_POINTER)
		t = type_at(fn->facts, t->target);
	return t && t->kind != TYPE_POINTER && t->kind != TYPE_VOID;
}

static bool is_python_object(const struct ext_function *fn, uint32_t param)
{
	return type_points_to_object(fn->facts, fn->code->locals.v[param].type);
}

/* One of the arguments that a method gets as an array: its caller's, and known to others. */
static bool is_argument(const struct rule_context *ctx, uint32_t function, path_id path)
{
	const struct path *p = analysis_path(ctx->analysis, path);
	const struct path *place = analysis_path(ctx->analysis, p->parent);

	if (p->kind != PATH_DEREF || (place->kind != PATH_PARAM && place->kind != PATH_INDEX) ||
		p->derefs != 1)
		return false;
	vec_foreach (const uint32_t, r, &ctx->ext->functions.v[function].roots) {
		const struct ext_root *root = &ctx->ext->roots.v[*r];

		if (root->function == function &&
			(root->kind == DB_ENTRY_METHOD || root->kind == DB_ENTRY_FUNCTION))
			return true;
	}
	return false;
}

/* What hangs on a parameter is known to others where the parameter is an object of Python,
 * or a structure that hangs on one. What a callback is handed, the caller's own variables,
 * and what unknown callers pass may be anything. */
static enum container of_param(const struct rule_context *ctx, uint32_t function, uint32_t op,
	path_id path, unsigned depth)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct path *p = analysis_path(ctx->analysis, path);
	const struct path *root = analysis_path(ctx->analysis, p->root);

	if (analysis_initial(ctx->analysis, function, path) ||
		(p->depth && analysis_private(ctx->analysis, function, op, p->root)))
		return CONTAINER_DOUBTFUL;
	if (only_called_back(ctx, fn))
		return CONTAINER_DOUBTFUL;
	if (depth < CALLER_DEPTH && !is_entry(ctx, function)) {
		enum container kind = of_callers(ctx, function, root->a, depth);

		if (!p->depth || (kind == CONTAINER_DOUBTFUL && !is_python_object(fn, root->a)))
			return kind;
	}
	return points_to_object(fn, root->a) || is_argument(ctx, function, path)
		       ? CONTAINER_SHARED
		       : CONTAINER_DOUBTFUL;
}

/* What a call stored through its argument; a tuple that was resized is still nobody else's. */
static enum container of_out(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	const struct ext_call *c = ext_call_at(&ctx->ext->functions.v[function], op);

	return c && c->api && c->api->role == DB_ROLE_RESIZE ? CONTAINER_PRIVATE : CONTAINER_SHARED;
}

static enum container judge_path(const struct rule_context *ctx, uint32_t function, uint32_t op,
	path_id path, unsigned depth)
{
	const struct path *root =
		analysis_path(ctx->analysis, analysis_path(ctx->analysis, path)->root);

	if (path == 0 || analysis_private(ctx->analysis, function, op, path))
		return CONTAINER_PRIVATE;
	switch (root->kind) {
	case PATH_PARAM:
		return of_param(ctx, function, op, path, depth);
	case PATH_VARIABLE:
		return CONTAINER_SHARED;
	case PATH_OUT:
		return of_out(ctx, function, root->a);
	case PATH_CALL:
		if (analysis_private(
			    ctx->analysis, function, op, analysis_path(ctx->analysis, path)->root))
			return CONTAINER_DOUBTFUL; /* it hangs on what is nobody else's */
		return of_call(ctx, function, root->a, depth);
	case PATH_LOCAL: /* a variable of the function, given to be written to */
		return analysis_path(ctx->analysis, path)->derefs ? CONTAINER_DOUBTFUL
								  : CONTAINER_PRIVATE;
	case PATH_CONSTANT: /* NULL, or an object of the interpreter */
		return CONTAINER_PRIVATE;
	default:
		return CONTAINER_DOUBTFUL;
	}
}

/* DEPTH: how far we are from the place that was asked for. */
static enum container judge_from(const struct rule_context *ctx, uint32_t function, uint32_t op,
	const struct facts_operand *operand, path_id *path, unsigned depth)
{
	enum container worst = CONTAINER_PRIVATE;
	path_id all[8];
	size_t n = analysis_origins(ctx->analysis, function, operand, all, 8);

	*path = 0;
	for (size_t i = 0; i < n; i++) {
		enum container c = judge_path(ctx, function, op, all[i], depth);

		if (c > worst || !*path) {
			worst = c > worst ? c : worst;
			*path = all[i];
		}
	}
	return worst;
}

/* In a field of an object whose section is held: only who has the container by another way
 * changes it now. */
static bool owner_is_locked(
	const struct rule_context *ctx, uint32_t function, uint32_t op, path_id path)
{
	const struct path *p = analysis_path(ctx->analysis, path);
	const struct path *field =
		p->kind == PATH_DEREF ? analysis_path(ctx->analysis, p->parent) : NULL;

	return field && field->kind == PATH_FIELD &&
	       analysis_locked_by(
		       ctx->analysis, analysis_locks(ctx->analysis, function, op), field->parent);
}

static const struct facts_operand *without_casts(
	const struct facts_function *code, const struct facts_operand *v)
{
	while (v->kind == OPERAND_TEMP && code->ops.v[v->id].kind == OP_CAST)
		v = &code->args.v[code->ops.v[v->id].first_arg];
	return v;
}

/* What a call that gives its argument back as it is was given. */
static path_id behind_same(const struct rule_context *ctx, uint32_t function, path_id value)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];

	for (int depth = 0; depth < CALLER_DEPTH; depth++) {
		const struct path *p = analysis_path(ctx->analysis, value);
		const struct ext_call *c = p->kind == PATH_CALL ? ext_call_at(fn, p->a) : NULL;
		const struct facts_operand *given =
			c && c->api && c->api->role == DB_ROLE_SAME_OR_COPY
				? call_argument(fn, c, c->api->role_arg)
				: NULL;

		if (!given)
			break;
		value = analysis_value(ctx->analysis, function, given);
	}
	return value;
}

/* Does CALL in FUNCTION pass one container, or what it was made into, as A and as B? */
static bool passes_twice(const struct rule_context *ctx, uint32_t function,
	const struct ext_call *call, uint32_t a, uint32_t b)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct facts_operand *x = call_argument(fn, call, (int)a);
	const struct facts_operand *y = call_argument(fn, call, (int)b);

	return call->kind == TARGET_FUNCTION && x && y &&
	       behind_same(ctx, function, analysis_value(ctx->analysis, function, x)) ==
		       behind_same(ctx, function, analysis_value(ctx->analysis, function, y));
}

static bool all_pass_twice(
	const struct rule_context *ctx, uint32_t function, uint32_t a, uint32_t b)
{
	if (a == b || is_entry(ctx, function))
		return false;
	vec_foreach (const uint32_t, caller, &ctx->ext->functions.v[function].callers)
		vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[*caller].calls)
			if (calls(c, function) && !passes_twice(ctx, *caller, c, a, b))
				return false;
	return true;
}

/* A name of the container VALUE whose lock is held at OP: where it is one of several, the lock
 * is on whichever it is, and a call may have given it back under another name. 0: none. */
static path_id locked_name(
	const struct rule_context *ctx, uint32_t function, uint32_t op, path_id value)
{
	lock_id locks = analysis_locks(ctx->analysis, function, op);
	path_id same = behind_same(ctx, function, value);
	const struct path *p = analysis_path(ctx->analysis, same);

	if (p->kind == PATH_CONSTANT || p->kind == PATH_UNKNOWN)
		return 0;
	if (analysis_locked_by(ctx->analysis, locks, value))
		return value;
	if (analysis_locked_by(ctx->analysis, locks, same))
		return same;
	for (lock_id l = locks; p->kind == PATH_PARAM && l;
		l = analysis_lock(ctx->analysis, l)->outer) {
		path_id held = analysis_lock(ctx->analysis, l)->path;
		const struct path *q = analysis_path(ctx->analysis, held);

		if (q->kind == PATH_PARAM && analysis_locked_by(ctx->analysis, locks, held) &&
			all_pass_twice(ctx, function, p->a, q->a))
			return held;
	}
	return 0;
}

static bool is_local(const struct facts_function *code, const struct facts_operand *operand)
{
	const struct facts_operand *v = without_casts(code, operand);
	const struct facts_place *p;

	if (v->kind != OPERAND_TEMP || code->ops.v[v->id].kind != OP_LOAD)
		return false;
	p = &code->places.v[code->ops.v[v->id].place];
	return p->kind == PLACE_LOCAL && !p->nsteps;
}

static bool is_null(const struct facts_function *code, const struct facts_operand *operand)
{
	const struct facts_operand *v = without_casts(code, operand);

	return v->kind == OPERAND_NULL || (v->kind == OPERAND_INT && !v->value);
}

/* `list = registry; registry = NULL;`: whoever took it has it alone. OPERAND is a variable,
 * which was loaded from the place before that was emptied. */
static bool was_taken(const struct rule_context *ctx, uint32_t function, uint32_t op,
	const struct facts_operand *operand, path_id path)
{
	const struct facts_function *code = ctx->ext->functions.v[function].code;
	const struct path *p = analysis_path(ctx->analysis, path);

	if (p->kind != PATH_DEREF || !is_local(code, operand))
		return false;
	for (uint32_t i = 0; i < op; i++) {
		const struct facts_op *o = &code->ops.v[i];

		if (o->kind == OP_STORE && is_null(code, &code->args.v[o->first_arg]) &&
			analysis_place(ctx->analysis, function, i) == p->parent &&
			analysis_reaches(ctx->analysis, function, i, op))
			return true;
	}
	return false;
}

enum container container_judge(const struct rule_context *ctx, uint32_t function, uint32_t op,
	const struct facts_operand *operand, path_id *path)
{
	enum container c = judge_from(ctx, function, op, operand, path, 0);
	path_id locked =
		locked_name(ctx, function, op, analysis_value(ctx->analysis, function, operand));

	if (was_taken(ctx, function, op, operand, *path))
		return CONTAINER_PRIVATE;
	if (locked)
		*path = locked;
	/* Made by this function and published under a lock that it still holds; or kept by its
	 * owner. */
	if (c == CONTAINER_SHARED && ((analysis_made_here(ctx->analysis, function, *path) &&
					      analysis_locks(ctx->analysis, function, op)) ||
					     owner_is_locked(ctx, function, op, *path)))
		return CONTAINER_DOUBTFUL;
	return c;
}

const char *container_text(struct rule_context *ctx, uint32_t function, path_id path)
{
	return path ? analysis_path_text(ctx->analysis, &ctx->out->arena, function, path, true)
		    : NULL;
}

/* A lock of its own around an object's or the module's container keeps its users apart. A
 * container that came from outside has users that do not know the lock. */
static bool own_lock_holds(
	const struct rule_context *ctx, lock_id at_first, lock_id at_last, path_id path)
{
	if (!analysis_path(ctx->analysis, path)->depth)
		return false;
	for (; at_first; at_first = analysis_lock(ctx->analysis, at_first)->outer) {
		const struct lock *l = analysis_lock(ctx->analysis, at_first);

		if (l->kind == LOCK_MUTEX && analysis_locked_by(ctx->analysis, at_last, l->path))
			return true;
	}
	return false;
}

bool container_locked(const struct rule_context *ctx, uint32_t function, path_id path,
	uint32_t first, uint32_t last, bool *mutex)
{
	lock_id at_first = analysis_locks(ctx->analysis, function, first);
	lock_id at_last = analysis_locks(ctx->analysis, function, last);

	*mutex = path && own_lock_holds(ctx, at_first, at_last, path);
	return path && (*mutex || (analysis_locked_by(ctx->analysis, at_first, path) &&
					  analysis_locked_by(ctx->analysis, at_last, path)));
}

uint32_t container_suspension(
	const struct rule_context *ctx, uint32_t function, uint32_t first, uint32_t last)
{
	for (uint32_t i = first + 1; i < last; i++)
		if (analysis_suspends(ctx->analysis, function, i) &&
			analysis_reaches(ctx->analysis, function, first, i) &&
			analysis_reaches(ctx->analysis, function, i, last))
			return i;
	return FACTS_NONE;
}

static bool in_loop(const struct rule_context *ctx, uint32_t function, uint32_t op)
{
	return analysis_reaches(ctx->analysis, function, op, op);
}

bool container_walked(
	const struct rule_context *ctx, uint32_t function, const struct ext_call *call)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	const struct db_api *api = call->api;
	const struct facts_operand *index;

	if (api->returns != DB_REF_BORROWED || !db_hazard_of(api, "GIL202"))
		return false;
	index = call_argument(fn, call, api->borrowed_from + 1);
	return index && index->kind != OPERAND_INT && in_loop(ctx, function, call->op);
}

void replacement_fix(struct rule_context *ctx, struct finding *f, const struct db_api *api,
	const char *container)
{
	replacements_fix(ctx, f, api->replacements, api->nreplacements, container);
}

const char *replacement_since(struct rule_context *ctx, const struct db_replacement *r)
{
	if (!r->since)
		return "";
	return arena_printf(&ctx->out->arena, " (since %u.%u%s)", r->since >> 8, r->since & 0xff,
		db_in_shim(r->name) ? ", in gilshim.h for older versions" : "");
}

/* Called with one argument, going by its declaration. */
static bool takes_one(const char *name)
{
	const struct db_api *api = db_api_find(name);
	const char *open = api && api->signature ? strchr(api->signature, '(') : NULL;

	return open && open[1] != ')' && !strchr(open, ',');
}

void replacements_fix(struct rule_context *ctx, struct finding *f,
	const struct db_replacement *replacements, size_t n, const char *container)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		const struct db_replacement *r = &replacements[i];

		buf_printf(&text, "%s%s", i ? "; or " : "use ", r->name);
		if (container && takes_one(r->name))
			buf_printf(&text, "(%s)", container);
		buf_str(&text, replacement_since(ctx, r));
		if (r->why)
			buf_printf(&text, ": %s", r->why);
	}
	if (text.len)
		finding_fix(ctx, f, "%s", buf_text(&text));
	else
		finding_fix(ctx, f,
			"hold one lock over all of it, a critical section on '%s' for one",
			container ? container : "the container");
	buf_release(&text);
}

enum finding_confidence container_confidence(
	const struct rule_context *ctx, uint32_t function, enum container kind)
{
	return in_generated_code(
		ctx, function, kind == CONTAINER_SHARED ? CONFIDENCE_LIKELY : CONFIDENCE_REVIEW);
}

void visit_hazards(struct rule_context *ctx, hazard_visitor *visit)
{
	for (uint32_t i = 0; i < ctx->ext->functions.n; i++) {
		if (!runs_shared(ctx, i))
			continue;
		vec_foreach (const struct ext_call, call, &ctx->ext->functions.v[i].calls)
			if (call->api && rule_hazard(ctx, call->api))
				visit(ctx, i, call);
	}
}
