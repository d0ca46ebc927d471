/*
 * Who touches what. A function's own operations, what API calls do to memory whose address
 * they get, and what callees do through their parameters: the last as summaries, so that
 * each is looked at once per call.
 */
#include "analysis/state.h"

#define COMPUTED_STEPS 64 /* through which a stored value is followed back */

/* One touch before it is known where it is kept. */
struct touch {
	path_id path;
	lock_id locks;
	uint32_t function, op, type;
	uint16_t flags;
	uint8_t kind;
	bool through; /* a callee's, made through a parameter, */
	bool counted; /* and known there by a field of a Python object, or behind one */
};

typedef void touch_visitor(
	struct analysis *a, struct fn_state *f, uint32_t op, const struct touch *t);

static lock_id own_locks(const struct fn_state *f, uint32_t op)
{
	return f->locks ? f->locks[op] : 0;
}

static bool uses_temp(const struct fn_state *f, uint32_t op, uint32_t temp)
{
	const struct facts_op *o = &f->code->ops.v[op];

	for (uint32_t i = 0; i < o->nargs; i++) {
		const struct facts_operand *v = &f->code->args.v[o->first_arg + i];

		if (v->kind == OPERAND_TEMP && v->id == temp)
			return true;
	}
	return false;
}

/* The value goes through comparisons into a branch right behind. */
static bool decides_branch(const struct fn_state *f, uint32_t op)
{
	const struct facts_block *b = &f->code->blocks.v[f->block_of[op]];
	uint32_t temp = op;

	for (uint32_t i = op + 1; i < b->first_op + b->nops && i < op + 6; i++) {
		if (!uses_temp(f, i, temp))
			continue;
		switch (f->code->ops.v[i].kind) {
		case OP_BRANCH:
		case OP_SWITCH:
			return true;
		case OP_CAST:
		case OP_UNARY:
		case OP_BINARY:
			temp = i;
			break;
		default:
			return false;
		}
	}
	return false;
}

/* Looking for the place that a value was computed from, through local variables and some
 * arithmetic (what is only put back was not); LEFT bounds the look. */
struct computed {
	struct analysis *a;
	struct fn_state *f;
	path_id path;
	unsigned left;
};

static bool computed_from(struct computed *c, const struct facts_operand *value, bool arithmetic);

/* `n = self->n; n += more; self->n = n`: what LOCAL holds at OP. */
static bool local_computed_from(struct computed *c, uint32_t local, uint32_t op, bool arithmetic)
{
	struct reaching r;

	defs_reaching(c->f, local, op, &r);
	for (uint32_t i = 0; i < r.n; i++) {
		const struct facts_op *def =
			r.v[i] == DEF_ENTRY ? NULL : &c->f->code->ops.v[r.v[i]];

		if (!def || !c->left)
			continue;
		c->left--;
		if (def->kind == OP_STORE &&
			computed_from(c, &c->f->code->args.v[def->first_arg], arithmetic))
			return true;
		if (def->kind == OP_RMW && local_computed_from(c, local, r.v[i], true))
			return true;
	}
	return false;
}

static bool is_number(const struct fn_state *f, uint32_t type)
{
	const struct facts *facts = f->ext->facts;

	return type < facts->types.n &&
	       (facts->types.v[type].kind == TYPE_INT || facts->types.v[type].kind == TYPE_FLOAT);
}

/* VALUE was computed from what stood at the path. */
static bool computed_from(struct computed *c, const struct facts_operand *value, bool arithmetic)
{
	const struct facts_function *code = c->f->code;
	const struct facts_op *op;
	const struct facts_place *p;

	if (value->kind != OPERAND_TEMP || !c->left)
		return false;
	c->left--;
	op = &code->ops.v[value->id];
	if (op->kind == OP_LOAD) {
		p = &code->places.v[op->place];
		return p->kind == PLACE_LOCAL && !p->nsteps
			       ? local_computed_from(c, p->id, value->id, arithmetic)
			       : arithmetic && op_place(c->a, c->f, value->id) == c->path;
	}
	if (op->kind == OP_CALL
			? !is_number(c->f, op->type)
			: op->kind != OP_BINARY && op->kind != OP_CAST && op->kind != OP_UNARY)
		return false;
	arithmetic |= op->kind != OP_CAST;
	for (uint32_t i = 0; i < op->nargs; i++)
		if (computed_from(c, &code->args.v[op->first_arg + i], arithmetic))
			return true;
	return false;
}

static bool constant_operand(const struct facts_operand *v)
{
	return v->kind == OPERAND_INT || v->kind == OPERAND_NULL || v->kind == OPERAND_STRING ||
	       v->kind == OPERAND_OTHER;
}

static uint16_t store_flags(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	const struct facts_op *o = &f->code->ops.v[op];
	const struct facts_operand *v = o->nargs ? &f->code->args.v[o->first_arg] : NULL;
	struct computed c = {a, f, path, COMPUTED_STEPS};

	if (o->kind == OP_RMW)
		return ACCESS_RMW;
	if (!v || constant_operand(v))
		return ACCESS_CONSTANT;
	return computed_from(&c, v, false) ? ACCESS_RMW : 0;
}

static bool has_field(const struct analysis *a, path_id path)
{
	for (; path; path = path_at(a, path)->parent)
		if (path_at(a, path)->kind == PATH_FIELD)
			return true;
	return false;
}

/* Nobody else meets what is only the function's own: most of what it loads and stores. */
static bool may_be_shared(const struct analysis *a, path_id path)
{
	unsigned root = path_at(a, path_at(a, path)->root)->kind;

	return root == PATH_PARAM || root == PATH_VARIABLE || has_field(a, path);
}

static void visit_memory(struct analysis *a, struct fn_state *f, uint32_t op, touch_visitor *visit)
{
	const struct facts_op *o = &f->code->ops.v[op];
	struct touch t = {.op = op, .function = (uint32_t)(f - a->fns), .type = o->type};

	t.path = op_place(a, f, op);
	if (!may_be_shared(a, t.path))
		return;
	t.locks = own_locks(f, op);
	t.flags = o->flags & OPF_ATOMIC ? ACCESS_ATOMIC : 0;
	if (o->kind == OP_LOAD) {
		t.kind = ACCESS_READ;
		t.flags |= decides_branch(f, op) ? ACCESS_TEST : 0;
	} else {
		t.kind = ACCESS_WRITE;
		t.flags |= store_flags(a, f, op, t.path);
	}
	visit(a, f, op, &t);
}

static lock_id translate_locks(struct analysis *a, struct fn_state *f, uint32_t op, lock_id list)
{
	struct lock l = a->locks.v[list];
	path_id p;

	if (!list)
		return own_locks(f, op);
	p = call_translate(a, f, op, l.path);
	l.path = p ? p : path_rebase(a, l.path, PATH_ANY);
	l.guard = PATH_NONE;
	return lock_push(a, translate_locks(a, f, op, l.outer), l);
}

path_id analysis_holder(const struct analysis *a, path_id path)
{
	for (path = path_object_field(a, path); path; path = path_at(a, path)->parent) {
		const struct path *p = path_at(a, path);
		const struct ext_record *r =
			p->kind == PATH_FIELD ? &a->ext->records.v[p->a] : NULL;

		if (r && (r->type != EXT_NONE || r->state_of != EXT_NONE))
			return path;
	}
	return PATH_NONE;
}

/* Is it a field by which rules look at shared state? */
static bool in_object(const struct analysis *a, path_id path)
{
	return analysis_holder(a, path) != PATH_NONE;
}

static void visit_callee(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t arg,
	const struct fn_state *callee, touch_visitor *visit)
{
	size_t n = callee->summary.accesses.n;

	/* A function that calls itself adds to the list that is being read: copies, and
	 * nothing of what is added on the way. */
	for (size_t i = 0; i < n; i++) {
		const struct summary_access s = callee->summary.accesses.v[i];
		struct touch t = {.op = s.op, .function = s.function, .type = s.type};

		if (path_at(a, path_at(a, s.path)->root)->a != arg)
			continue;
		t.path = call_translate(a, f, op, s.path);
		t.locks = translate_locks(a, f, op, s.locks);
		t.flags = s.flags;
		t.kind = s.kind;
		t.through = true;
		t.counted = in_object(a, s.path);
		visit(a, f, op, &t);
	}
}

static void visit_arg(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t i, path_id path,
	touch_visitor *visit)
{
	struct touch t = {.op = op, .function = (uint32_t)(f - a->fns), .type = FACTS_NONE};

	t.path = path;
	t.locks = own_locks(f, op);
	t.flags = ACCESS_CALLEE;
	t.kind = ACCESS_WRITE;
	switch (call_arg_effect(a, f, op, i)) {
	case ARG_UNTOUCHED:
	case ARG_SYNC:
		return;
	case ARG_SUMMARY:
		visit_callee(a, f, op, i, call_function(a, f, op), visit);
		return;
	case ARG_UNKNOWN:
		t.kind = ACCESS_ADDRESS;
		break;
	case ARG_HANDLE:
		t.flags |= ACCESS_LIBRARY;
		break;
	case ARG_ATOMIC:
		t.flags |= ACCESS_ATOMIC;
		break;
	case ARG_WRITTEN:
		break;
	}
	visit(a, f, op, &t);
}

static bool worth_following(const struct analysis *a, path_id path)
{
	const struct path *p = path_at(a, path);
	const struct path *root = path_at(a, p->root);

	/* Of what a call returned, only parts: `&get_state(module)->hook`. */
	return root->kind == PATH_PARAM || root->kind == PATH_VARIABLE ||
	       (root->kind == PATH_CALL && p->depth);
}

static void visit_call(struct analysis *a, struct fn_state *f, uint32_t op, touch_visitor *visit)
{
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; i < n; i++) {
		path_id p = value_of(a, f, &args[i]);

		if (worth_following(a, p))
			visit_arg(a, f, op, i, p, visit);
	}
}

static void visit_touches(struct analysis *a, struct fn_state *f, touch_visitor *visit)
{
	for (uint32_t i = 0; i < f->code->ops.n; i++) {
		const struct facts_op *op = &f->code->ops.v[i];

		if (op->flags & OPF_UNEVALUATED || !f->live[f->block_of[i]])
			continue;
		if (op->kind == OP_LOAD || op->kind == OP_STORE || op->kind == OP_RMW ||
			op->kind == OP_ZERO)
			visit_memory(a, f, i, visit);
		else if (op->kind == OP_CALL)
			visit_call(a, f, i, visit);
	}
}

/* ---- summaries ---- */

static void summarize(struct analysis *a, struct fn_state *f, uint32_t op, const struct touch *t)
{
	const struct path *root = path_at(a, path_at(a, t->path)->root);
	struct summary_access s = {
		t->path, t->locks, t->function, t->op, t->flags, t->kind, t->type};

	(void)op;
	if (!t->path || root->kind != PATH_PARAM || f->summary.accesses.n >= SUMMARY_ACCESSES)
		return;
	vec_foreach (const struct summary_access, x, &f->summary.accesses)
		if (x->path == s.path && x->kind == s.kind && x->locks == s.locks &&
			x->flags == s.flags)
			return;
	vec_push(&a->arena, &f->summary.accesses, s);
}

void access_summarize(struct analysis *a, struct fn_state *f)
{
	f->summary.accesses.n = 0;
	visit_touches(a, f, summarize);
}

/* ---- the whole extension ---- */

/* A library works on what the handle in a field or variable stands for: as if on that. */
static path_id touched_path(const struct analysis *a, const struct touch *t)
{
	return t->flags & ACCESS_LIBRARY && path_is(a, t->path, PATH_DEREF)
		       ? path_at(a, t->path)->parent
		       : t->path;
}

static void collect(
	struct analysis *a, struct fn_state *f, uint32_t op, const struct touch *touched)
{
	struct touch handle = *touched, *t = &handle;
	const struct path *root = path_at(a, path_at(a, t->path)->root);
	bool variable = root->kind == PATH_VARIABLE;
	struct access x = {.function = t->function, .op = t->op};
	path_id holder;

	t->path = x.path = touched_path(a, t);

	/* Through a parameter, the touch is the callee's own and counted there; only which
	 * variable it was is news, or which object's field. */
	if (!t->path)
		return;
	if (t->through ? !variable && (t->counted || !in_object(a, t->path))
		       : !variable && !has_field(a, t->path))
		return;
	x.caller = t->through ? (uint32_t)(f - a->fns) : EXT_NONE;
	x.call_op = t->through ? op : FACTS_NONE;
	x.locks = lock_concat(a, t->locks, f->entry);
	x.flags = t->flags | (t->through ? ACCESS_THROUGH : 0);
	x.kind = t->kind;
	x.type = t->type;
	holder = analysis_holder(a, t->path);
	if (path_private(a, f, op, t->path))
		x.flags |= ACCESS_PRIVATE;
	if (path_initial(a, f, op, t->path) || (holder && path_initial(a, f, op, holder)))
		x.flags |= ACCESS_INITIAL;
	if (holder && path_at(a, holder)->derefs < path_at(a, t->path)->derefs)
		x.flags |= ACCESS_BEHIND;
	vec_push(&a->arena, &a->accesses, x);
}

static void index_variables(struct analysis *a)
{
	size_t n = a->ext->variables.n;
	uint32_t *fill = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));
	uint32_t total = 0;

	a->variable_first = arena_alloc(&a->arena, (n + 2) * sizeof(uint32_t));
	vec_foreach (const struct access, x, &a->accesses) {
		const struct path *root = path_at(a, path_at(a, x->path)->root);

		if (root->kind == PATH_VARIABLE) {
			a->variable_first[root->a + 1]++;
			total++;
		}
	}
	for (size_t i = 0; i < n; i++)
		a->variable_first[i + 1] += a->variable_first[i];
	vec_reserve(&a->arena, &a->by_variable, total + 1);
	a->by_variable.n = total;
	vec_foreach (const struct access, x, &a->accesses) {
		const struct path *root = path_at(a, path_at(a, x->path)->root);

		if (root->kind == PATH_VARIABLE)
			a->by_variable.v[a->variable_first[root->a] + fill[root->a]++] = *x;
	}
}

static path_id without_index(const struct analysis *a, path_id path)
{
	while (path && path_at(a, path)->kind == PATH_INDEX)
		path = path_at(a, path)->parent;
	return path;
}

/* The field of an object that is touched: of structs within structs the outermost, unless
 * the inner one is itself the layout of a Python type (a base embedded at the start). */
path_id path_object_field(const struct analysis *a, path_id path)
{
	path_id found = PATH_NONE;

	for (path = without_index(a, path); path_is(a, path, PATH_FIELD);
		path = without_index(a, path_at(a, path)->parent)) {
		found = path;
		if (a->ext->records.v[path_at(a, path)->a].type != EXT_NONE)
			break;
	}
	return found;
}

static const struct path *touched_field(const struct analysis *a, path_id path)
{
	path_id field = path_object_field(a, path);

	return field ? path_at(a, field) : NULL;
}

static bool is_variable(const struct analysis *a, path_id path)
{
	return path_is(a, path_at(a, path)->root, PATH_VARIABLE);
}

/* Where an access stands in the order of fields. */
struct field_key {
	uint32_t record, field, function, op;
	uint32_t index; /* in analysis.accesses: equal ones stay in their order */
};

static int by_field(const void *x, const void *y)
{
	const struct field_key *p = x, *q = y;

	if (p->record != q->record)
		return p->record < q->record ? -1 : 1;
	if (p->field != q->field)
		return p->field < q->field ? -1 : 1;
	if (p->function != q->function)
		return p->function < q->function ? -1 : 1;
	if (p->op != q->op)
		return p->op < q->op ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

static void index_fields(struct analysis *a)
{
	VEC(struct field_key) keys = {0};

	for (uint32_t i = 0; i < a->accesses.n; i++) {
		const struct access *x = &a->accesses.v[i];
		const struct path *field = touched_field(a, x->path);

		if (x->flags & ACCESS_THROUGH ? !is_variable(a, x->path) && in_object(a, x->path)
					      : field != NULL)
			vec_push(&a->arena, &keys,
				((struct field_key){field->a, field->b, x->function, x->op, i}));
	}
	vec_sort(&keys, by_field);
	vec_exact(&a->arena, &a->by_field, keys.n);
	for (size_t i = 0; i < keys.n; i++)
		a->by_field.v[i] = a->accesses.v[keys.v[i].index];
}

void access_collect(struct analysis *a)
{
	for (uint32_t i = 0; i < a->ext->functions.n; i++)
		visit_touches(a, &a->fns[i], collect);
	index_variables(a);
	index_fields(a);
}

const struct access *analysis_variable_accesses(
	const struct analysis *a, uint32_t variable, size_t *n)
{
	*n = a->variable_first[variable + 1] - a->variable_first[variable];
	return *n ? &a->by_variable.v[a->variable_first[variable]] : NULL;
}

static bool field_before(const struct path *p, uint32_t record, uint32_t field)
{
	return p->a != record ? p->a < record : p->b < field;
}

const struct access *analysis_field_accesses(
	const struct analysis *a, uint32_t record, uint32_t field, size_t *n)
{
	size_t lo = 0, hi = a->by_field.n, end;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (field_before(touched_field(a, a->by_field.v[mid].path), record, field))
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < a->by_field.n; end++) {
		const struct path *p = touched_field(a, a->by_field.v[end].path);

		if (p->a != record || p->b != field)
			break;
	}
	*n = end - lo;
	return *n ? &a->by_field.v[lo] : NULL;
}
