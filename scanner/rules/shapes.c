/* What an unguarded thing is used for, so that each is told once and by its own rule. */
#include "rules/shared.h"

static const struct facts_function *code_of(const struct rule_context *ctx, const struct access *x)
{
	return ctx->ext->functions.v[x->function].code;
}

bool thing_is_pointer(const struct shared_thing *t)
{
	return t->type && (t->type->kind == TYPE_POINTER || t->type->kind == TYPE_REFERENCE);
}

bool thing_is_object(const struct shared_thing *t)
{
	return thing_is_pointer(t) && t->type->target < t->facts->types.n &&
	       t->facts->types.v[t->type->target].kind == TYPE_RECORD;
}

bool thing_is_python_object(const struct rule_context *ctx, const struct shared_thing *t)
{
	const struct facts_type *target;
	uint32_t record;

	if (!thing_is_object(t))
		return false;
	target = &t->facts->types.v[t->type->target];
	if (t->facts->records.v[target->record].origin == FACTS_API)
		return true;
	for (uint32_t u = 0; u < ctx->ext->units.n; u++)
		if (ctx->ext->units.v[u] == t->facts) {
			record = ext_record_of(ctx->ext, u, target->record);
			return record != EXT_NONE && ctx->ext->records.v[record].type != EXT_NONE;
		}
	return false;
}

static bool own_write(const struct access *x)
{
	return x->kind == ACCESS_WRITE && !(x->flags & ACCESS_THROUGH);
}

/* ---- lazy initialisation ---- */

/* A test of the thing in the same function that lets the write happen only where the
 * thing is not yet set. */
static bool under_own_test(
	const struct rule_context *ctx, const struct shared_thing *t, const struct access *w)
{
	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *r = t->run.v[i];
		bool if_set = false;

		if (r->kind != ACCESS_READ || r->function != w->function || r->path != w->path ||
			r->flags & ACCESS_THROUGH)
			continue;
		if (analysis_decides(ctx->analysis, w->function, r->op, w->op, &if_set) && !if_set)
			return true;
	}
	return false;
}

/* `if (!thing && make_thing() < 0)`: the test stands in every caller. */
static bool under_callers_test(
	const struct rule_context *ctx, const struct shared_thing *t, const struct access *w)
{
	const struct ext_function *fn = &ctx->ext->functions.v[w->function];
	bool all = fn->callers.n > 0;

	vec_foreach (const uint32_t, caller, &fn->callers)
		vec_foreach (const struct ext_call, c, &ctx->ext->functions.v[*caller].calls) {
			bool tested = false;

			if (c->kind != TARGET_FUNCTION || c->id != w->function)
				continue;
			for (size_t i = 0; i < t->run.n && !tested; i++) {
				const struct access *r = t->run.v[i];
				bool if_set = false;

				tested = r->kind == ACCESS_READ && r->function == *caller &&
					 analysis_decides(
						 ctx->analysis, *caller, r->op, c->op, &if_set) &&
					 !if_set;
			}
			all &= tested || !runs_shared(ctx, *caller);
		}
	return all;
}

static bool stores_zero(const struct facts_function *code, const struct facts_op *op)
{
	const struct facts_operand *v = op->nargs ? &code->args.v[op->first_arg] : NULL;

	return op->kind == OP_STORE && v &&
	       (v->kind == OPERAND_NULL || (v->kind == OPERAND_INT && !v->value));
}

/* What ends the way through a block from operation FROM on. */
enum way { WAY_ON, WAY_TAKEN_BACK, WAY_RETURN };

static enum way walk_block(const struct rule_context *ctx, uint32_t function, path_id path,
	uint32_t from, uint32_t end)
{
	const struct facts_function *code = ctx->ext->functions.v[function].code;

	for (uint32_t i = from; i < end; i++) {
		if (stores_zero(code, &code->ops.v[i]) &&
			analysis_place(ctx->analysis, function, i) == path)
			return WAY_TAKEN_BACK;
		if (code->ops.v[i].kind == OP_RETURN)
			return WAY_RETURN;
	}
	return WAY_ON;
}

/* Can FUNCTION return after SET, a store to PATH, without a store of zero there? */
static bool leaves_set(
	const struct rule_context *ctx, uint32_t function, path_id path, uint32_t set)
{
	const struct facts_function *code = ctx->ext->functions.v[function].code;
	struct arena a = ARENA_INIT;
	bool *seen = arena_alloc(&a, code->blocks.n * sizeof(*seen)), leaves = false;
	VEC(uint32_t) todo = {NULL, 0, 0};
	uint32_t from = set + 1;

	for (uint32_t b = 0; b < code->blocks.n; b++)
		if (set - code->blocks.v[b].first_op < code->blocks.v[b].nops)
			vec_push(&a, &todo, b);
	while (todo.n && !leaves) {
		const struct facts_block *b = &code->blocks.v[todo.v[--todo.n]];
		enum way way = walk_block(ctx, function, path, from, b->first_op + b->nops);

		leaves = way == WAY_RETURN;
		for (uint32_t k = 0; way == WAY_ON && k < b->nsuccs; k++) {
			uint32_t next = code->succs.v[b->first_succ + k];

			if (!seen[next])
				vec_push(&a, &todo, next);
			seen[next] = true;
		}
		if (todo.n)
			from = code->blocks.v[todo.v[todo.n - 1]].first_op;
	}
	arena_release(&a);
	return leaves;
}

/* `if (busy) return; busy = 1; ... busy = 0;` says that somebody is in here: what FUNCTION sets
 * at PATH it takes back before it returns. Nothing is filled that stays. */
static bool is_busy_flag(const struct rule_context *ctx, uint32_t function, path_id path)
{
	const struct facts_function *code = ctx->ext->functions.v[function].code;
	bool sets = false;

	for (uint32_t i = 0; i < code->ops.n; i++) {
		if (code->ops.v[i].kind != OP_STORE || stores_zero(code, &code->ops.v[i]) ||
			analysis_place(ctx->analysis, function, i) != path)
			continue;
		if (leaves_set(ctx, function, path, i))
			return false;
		sets = true;
	}
	return sets;
}

static bool is_lazy(const struct rule_context *ctx, const struct shared_thing *t)
{
	bool sets = false;

	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *w = t->run.v[i];

		if (w->kind != ACCESS_WRITE)
			continue;
		if (w->flags & ACCESS_RMW || !own_write(w))
			return false;
		/* Taking it back (NULL, 0) changes nothing about how it was set. */
		if (stores_zero(code_of(ctx, w), &code_of(ctx, w)->ops.v[w->op]))
			continue;
		if (!under_own_test(ctx, t, w) && !(t->path && under_callers_test(ctx, t, w)))
			return false;
		if (is_busy_flag(ctx, w->function, w->path))
			return false;
		sets = true;
	}
	return sets;
}

/* Filled behind a test of something else in static storage (`if (!ready) { fill table }`):
 * the hazard is that test. */
static bool under_other_test(
	const struct rule_context *ctx, const struct shared_thing *t, const struct access *w)
{
	const struct facts_function *code = code_of(ctx, w);

	for (uint32_t i = 0; i < w->op; i++) {
		path_id path;
		const struct path *root;
		bool if_set = true;

		if (code->ops.v[i].kind != OP_LOAD)
			continue;
		path = analysis_place(ctx->analysis, w->function, i);
		root = analysis_path(ctx->analysis, analysis_path(ctx->analysis, path)->root);
		if (root->kind != PATH_VARIABLE || root->a == t->variable || path == w->path)
			continue;
		if (analysis_decides(ctx->analysis, w->function, i, w->op, &if_set) && !if_set)
			return !is_busy_flag(ctx, w->function, path);
	}
	return false;
}

static bool is_part_of_lazy(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *w = t->run.v[i];

		if (w->kind == ACCESS_WRITE &&
			(w->flags & ACCESS_THROUGH || !under_other_test(ctx, t, w)))
			return false;
	}
	return true;
}

/* ---- free lists ---- */

/* `list = list->next`: what is stored came from behind the old value. */
static bool pops(const struct rule_context *ctx, const struct access *w)
{
	const struct facts_function *code = code_of(ctx, w);
	const struct facts_op *op = &code->ops.v[w->op];
	path_id v;

	if (op->kind != OP_STORE || w->flags & ACCESS_THROUGH)
		return false;
	v = analysis_value(ctx->analysis, w->function, &code->args.v[op->first_arg]);
	return analysis_path(ctx->analysis, v)->derefs >= 2 &&
	       analysis_path_prefix(
		       ctx->analysis, v, analysis_path(ctx->analysis, w->path)->depth) == w->path;
}

static const struct facts_type *element(const struct ext_variable *v)
{
	const struct facts_type *type =
		v->sym->type < v->facts->types.n ? &v->facts->types.v[v->sym->type] : NULL;

	return type && type->kind == TYPE_ARRAY && type->target < v->facts->types.n
		       ? &v->facts->types.v[type->target]
		       : NULL;
}

/* `list[--n]`: an array of pointers whose index is shared as well. */
static bool indexed_by_shared(const struct rule_context *ctx, const struct access *x)
{
	const struct facts_function *code = code_of(ctx, x);
	uint32_t place = code->ops.v[x->op].place;
	const struct facts_place *p = place == FACTS_NONE ? NULL : &code->places.v[place];

	for (uint32_t k = 0; p && k < p->nsteps; k++) {
		const struct facts_step *s = &code->steps.v[p->first_step + k];
		const struct facts_op *op = s->kind == STEP_INDEX && s->index.kind == OPERAND_TEMP
						    ? &code->ops.v[s->index.id]
						    : NULL;

		if (op && (op->kind == OP_RMW || op->kind == OP_LOAD)) {
			path_id at = analysis_place(ctx->analysis, x->function, s->index.id);

			if (analysis_path(ctx->analysis, analysis_path(ctx->analysis, at)->root)
					->kind == PATH_VARIABLE)
				return true;
		}
	}
	return false;
}

/* The index of such an array: told with the array. */
static bool indexes_stack(const struct rule_context *ctx, const struct access *x)
{
	const struct ext_function *fn = &ctx->ext->functions.v[x->function];
	const struct facts_function *code = fn->code;

	for (size_t i = x->op; i < code->ops.n && i < (size_t)x->op + 8; i++) {
		uint32_t place = code->ops.v[i].place;
		const struct facts_place *p = place == FACTS_NONE ? NULL : &code->places.v[place];
		const struct facts_step *s = p && p->nsteps ? &code->steps.v[p->first_step] : NULL;
		uint32_t v;

		if (!s || p->kind != PLACE_GLOBAL || s->kind != STEP_INDEX ||
			s->index.kind != OPERAND_TEMP || s->index.id != x->op)
			continue;
		v = ext_variable_of_symbol(ctx->ext, fn->unit, p->id);
		if (v != EXT_NONE && element(&ctx->ext->variables.v[v]) &&
			element(&ctx->ext->variables.v[v])->kind == TYPE_POINTER)
			return code->ops.v[i].kind == OP_STORE;
	}
	return false;
}

static bool is_stack_index(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (!(t->run.v[i]->flags & ACCESS_THROUGH) && indexes_stack(ctx, t->run.v[i]))
			return true;
	return false;
}

static bool is_freelist(const struct rule_context *ctx, const struct shared_thing *t)
{
	const struct facts_type *e = element(&ctx->ext->variables.v[t->variable]);
	bool stack = e && e->kind == TYPE_POINTER;

	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];

		if (x->kind == ACCESS_WRITE && pops(ctx, x))
			return true;
		if (stack && x->kind == ACCESS_READ && !(x->flags & ACCESS_THROUGH) &&
			indexed_by_shared(ctx, x))
			return true;
	}
	return false;
}

/* ---- scratch memory ---- */

static bool is_scratch(const struct rule_context *ctx, const struct shared_thing *t)
{
	const struct facts_type *e = element(&ctx->ext->variables.v[t->variable]);
	uint32_t function = access_function(t->run.v[0]);

	if (!e || e->kind == TYPE_POINTER || e->kind == TYPE_RECORD)
		return false;
	for (size_t i = 0; i < t->run.n; i++)
		if (access_function(t->run.v[i]) != function)
			return false;
	return true;
}

/* ---- swaps and locks that are forgotten ---- */

/* Released by name (Py_CLEAR, Py_SETREF), or the old value is before it is replaced. */
static bool swaps(const struct rule_context *ctx, const struct access *w)
{
	const struct ext_function *fn = &ctx->ext->functions.v[w->function];
	const struct ext_call *own = ext_call_at(fn, w->op);

	if (w->flags & ACCESS_CALLEE)
		return own && own->api &&
		       (own->api->role == DB_ROLE_CLEAR || own->api->role == DB_ROLE_SETREF);
	vec_foreach (const struct ext_call, c, &fn->calls) {
		const struct facts_op *op = &fn->code->ops.v[c->op];
		path_id v;

		if (!c->api || c->api->role != DB_ROLE_DECREF || !op->nargs)
			continue;
		v = analysis_value(ctx->analysis, w->function, &fn->code->args.v[op->first_arg]);
		if (analysis_path(ctx->analysis, v)->kind == PATH_DEREF &&
			analysis_path(ctx->analysis, v)->parent == w->path)
			return true;
	}
	return false;
}

static bool is_swap(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (t->run.v[i]->kind == ACCESS_WRITE && swaps(ctx, t->run.v[i]))
			return true;
	return false;
}

static bool is_type_slot(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];

		if (x->kind == ACCESS_WRITE && !changes_type_late(ctx, x->function, x->op))
			return false;
	}
	return true;
}

/* Nobody but a library writes, once the object is made. */
static bool is_handle(const struct shared_thing *t)
{
	bool any = false;

	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];

		if (x->kind == ACCESS_WRITE && !(x->flags & (ACCESS_LIBRARY | ACCESS_INITIAL)))
			return false;
		any |= (x->flags & ACCESS_LIBRARY) != 0;
	}
	return any;
}

static bool is_inconsistent(const struct shared_thing *t)
{
	return t->writes_guarded || t->guarded * 2 >= t->run.n;
}

static enum shared_shape shape_of_field(
	const struct rule_context *ctx, const struct shared_thing *t)
{
	if (is_inconsistent(t))
		return SHAPE_INCONSISTENT;
	if (is_handle(t))
		return SHAPE_HANDLE;
	if (is_lazy(ctx, t))
		return SHAPE_LAZY;
	return is_swap(ctx, t) ? SHAPE_SWAP : SHAPE_UNGUARDED;
}

enum shared_shape shape_of(const struct rule_context *ctx, const struct shared_thing *t)
{
	if (t->variable == EXT_NONE)
		return shape_of_field(ctx, t);
	if (is_type_slot(ctx, t))
		return SHAPE_TYPE;
	if (is_freelist(ctx, t))
		return SHAPE_FREELIST;
	if (is_inconsistent(t))
		return SHAPE_INCONSISTENT;
	if (is_handle(t))
		return SHAPE_HANDLE;
	if (is_lazy(ctx, t))
		return SHAPE_LAZY;
	if (is_stack_index(ctx, t) || is_part_of_lazy(ctx, t))
		return SHAPE_PART;
	if (is_scratch(ctx, t))
		return SHAPE_SCRATCH;
	return SHAPE_UNGUARDED;
}
