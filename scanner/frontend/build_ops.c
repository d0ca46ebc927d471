/* Blocks, operations and places of the function that is being lowered. */
#include "frontend/lower.h"

#include <string.h>

#define ARENA(fn) (&(fn)->arena)

struct facts_operand operand_temp(uint32_t op)
{
	return (struct facts_operand){.kind = OPERAND_TEMP, .id = op};
}

struct facts_operand operand_int(int64_t v)
{
	return (struct facts_operand){.kind = OPERAND_INT, .id = FACTS_NONE, .value = v};
}

struct facts_operand operand_symbol(uint32_t symbol)
{
	return (struct facts_operand){.kind = OPERAND_SYMBOL, .id = symbol};
}

struct facts_operand operand_none(void)
{
	return (struct facts_operand){.kind = OPERAND_NONE, .id = FACTS_NONE};
}

struct facts_operand operand_other(void)
{
	return (struct facts_operand){.kind = OPERAND_OTHER, .id = FACTS_NONE};
}

struct facts_operand operand_null(void)
{
	return (struct facts_operand){.kind = OPERAND_NULL, .id = FACTS_NONE};
}

/* ---- blocks ---- */

uint32_t fn_block(struct fn *fn)
{
	struct facts_block *b = vec_add(ARENA(fn), &fn->f.blocks);

	b->first_op = FACTS_NONE;
	return (uint32_t)fn->f.blocks.n - 1;
}

void fn_start(struct fn *fn, uint32_t block)
{
	fn->f.blocks.v[block].first_op = (uint32_t)fn->f.ops.n;
	vec_push(&fn->arena, &fn->placed, block);
	fn->cur = block;
}

void fn_continue(struct fn *fn, uint32_t block, CXCursor at)
{
	if (fn->cur != NO_BLOCK)
		fn_jump(fn, block, at);
	fn_start(fn, block);
}

static void need_block(struct fn *fn)
{
	if (fn->cur == NO_BLOCK)
		fn_start(fn, fn_block(fn));
}

static void close_block(struct fn *fn)
{
	struct facts_block *b = &fn->f.blocks.v[fn->cur];

	b->nops = (uint32_t)fn->f.ops.n - b->first_op;
	fn->cur = NO_BLOCK;
}

static void add_successor(struct fn *fn, uint32_t block, uint32_t to)
{
	struct facts_block *b = &fn->f.blocks.v[block];

	if (!b->nsuccs)
		b->first_succ = (uint32_t)fn->f.succs.n;
	b->nsuccs++;
	vec_push(ARENA(fn), &fn->f.succs, to);
}

static CXType no_type(void)
{
	CXType t = {CXType_Invalid, {NULL, NULL}};

	return t;
}

void fn_jump(struct fn *fn, uint32_t to, CXCursor at)
{
	uint32_t from;

	if (fn->cur == NO_BLOCK)
		return;
	from = fn->cur;
	fn_emit(fn, OP_JUMP, at, no_type());
	close_block(fn);
	add_successor(fn, from, to);
}

void fn_branch(struct fn *fn, struct facts_operand cond, uint32_t yes, uint32_t no, CXCursor at)
{
	uint32_t from;

	if (cond.kind == OPERAND_INT || cond.kind == OPERAND_NULL) {
		fn_jump(fn, cond.kind == OPERAND_INT && cond.value ? yes : no, at);
		return;
	}
	need_block(fn);
	from = fn->cur;
	fn_arg(fn, fn_emit(fn, OP_BRANCH, at, no_type()), cond);
	close_block(fn);
	add_successor(fn, from, yes);
	add_successor(fn, from, no);
}

void fn_end(struct fn *fn, enum facts_op_kind kind, CXCursor at)
{
	need_block(fn);
	fn_emit(fn, kind, at, no_type());
	close_block(fn);
}

void fn_return(struct fn *fn, struct facts_operand v, CXCursor at)
{
	uint32_t op;

	need_block(fn);
	op = fn_emit(fn, OP_RETURN, at, no_type());
	if (v.kind != OPERAND_NONE)
		fn_arg(fn, op, v);
	close_block(fn);
}

void fn_indirect(struct fn *fn, struct facts_operand to, CXCursor at)
{
	need_block(fn);
	vec_push(&fn->arena, &fn->indirect, fn->cur);
	fn_arg(fn, fn_emit(fn, OP_INDIRECT_JUMP, at, no_type()), to);
	close_block(fn);
}

uint32_t fn_switch(struct fn *fn, struct facts_operand v, CXCursor at)
{
	uint32_t block;

	need_block(fn);
	block = fn->cur;
	fn_arg(fn, fn_emit(fn, OP_SWITCH, at, no_type()), v);
	close_block(fn);
	return block;
}

void fn_switch_cases(
	struct fn *fn, uint32_t block, const struct switch_state *s, uint32_t otherwise)
{
	const struct facts_block *b = &fn->f.blocks.v[block];

	fn->f.ops.v[b->first_op + b->nops - 1].callee = (uint32_t)fn->f.cases.n;
	for (size_t i = 0; i < s->cases.n; i++) {
		vec_push(ARENA(fn), &fn->f.cases, s->cases.v[i].value);
		add_successor(fn, block, s->cases.v[i].block);
	}
	add_successor(fn, block, otherwise);
}

/* An edge that no operation shows: a call in a try block may go to a handler. */
void fn_fork(struct fn *fn, const uint32_t *to, size_t n, CXCursor at)
{
	uint32_t from;

	need_block(fn);
	from = fn->cur;
	fn_arg(fn, fn_emit(fn, OP_SWITCH, at, no_type()), operand_other());
	fn->f.ops.v[fn->f.ops.n - 1].callee = (uint32_t)fn->f.cases.n;
	fn->f.ops.v[fn->f.ops.n - 1].flags |= OPF_IMPLICIT;
	for (size_t i = 1; i < n; i++)
		vec_push(ARENA(fn), &fn->f.cases, (int64_t)i);
	close_block(fn);
	for (size_t i = 0; i < n; i++)
		add_successor(fn, from, to[i]);
}

/* ---- operations ---- */

uint32_t fn_emit(struct fn *fn, enum facts_op_kind kind, CXCursor at, CXType type)
{
	struct facts_op *op;
	const char *macro;
	struct facts_loc loc = unit_op_loc(fn->u, at, &macro);
	uint32_t t = type.kind == CXType_Invalid ? FACTS_NONE : unit_type(fn->u, type);

	need_block(fn);
	op = vec_add(ARENA(fn), &fn->f.ops);
	op->kind = kind;
	op->type = t;
	op->loc = loc;
	op->macro = macro;
	op->flags = macro ? OPF_IN_MACRO : 0;
	op->place = FACTS_NONE;
	op->callee = FACTS_NONE;
	op->first_arg = (uint32_t)fn->f.args.n;
	return (uint32_t)fn->f.ops.n - 1;
}

void fn_args(struct fn *fn, uint32_t op, const struct facts_operand *v, size_t n)
{
	fn->f.ops.v[op].first_arg = (uint32_t)fn->f.args.n;
	fn->f.ops.v[op].nargs = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		vec_push(ARENA(fn), &fn->f.args, v[i]);
}

/* What has no value stands as OTHER: void expressions as arguments of broken code. */
void fn_arg(struct fn *fn, uint32_t op, struct facts_operand v)
{
	if (v.kind == OPERAND_NONE)
		v = operand_other();
	fn_args(fn, op, &v, 1);
}

void fn_place(struct fn *fn, uint32_t op, const struct place *p)
{
	struct facts_place *out = vec_add(ARENA(fn), &fn->f.places);

	out->kind = p->kind;
	out->id = p->kind == PLACE_LOCAL || p->kind == PLACE_GLOBAL ? p->id : FACTS_NONE;
	out->base = p->kind == PLACE_MEM ? p->base : operand_none();
	out->first_step = (uint32_t)fn->f.steps.n;
	out->nsteps = p->n;
	for (unsigned i = 0; i < p->n; i++)
		vec_push(ARENA(fn), &fn->f.steps, p->steps[i]);
	fn->f.ops.v[op].place = (uint32_t)fn->f.places.n - 1;
	fn->f.ops.v[op].flags |= (uint16_t)p->flags;
}

uint32_t fn_local(
	struct fn *fn, const char *name, uint32_t type, unsigned flags, struct facts_loc loc)
{
	struct facts_local *l = vec_add(ARENA(fn), &fn->f.locals);

	l->name = intern(&fn->u->facts->strings, name);
	l->type = type;
	l->flags = flags;
	l->loc = loc;
	l->annotations = FACTS_NONE;
	return (uint32_t)fn->f.locals.n - 1;
}

struct facts_operand fn_unknown(
	struct fn *fn, enum facts_unknown_kind kind, CXCursor at, const char *what)
{
	uint32_t op = fn_emit(fn, OP_UNKNOWN, at, clang_getCursorType(at));

	vec_push(&fn->arena, &fn->unknowns, unit_unknown(fn->u, kind, fn->f.ops.v[op].loc, what));
	return operand_temp(op);
}

/* ---- places ---- */

struct place place_local(struct fn *fn, uint32_t local)
{
	return (struct place){.kind = PLACE_LOCAL, .id = local, .type = fn->f.locals.v[local].type};
}

struct place place_mem(struct facts_operand base)
{
	return (struct place){
		.kind = PLACE_MEM, .base = base, .id = FACTS_NONE, .type = FACTS_NONE};
}

/* Longer paths go on from an address. */
static struct facts_step *add_step(struct fn *fn, struct place *p, CXCursor at)
{
	if (p->n == sizeof(p->steps) / sizeof(*p->steps)) {
		uint32_t op = fn_emit(fn, OP_ADDR, at, no_type());

		fn_place(fn, op, p);
		*p = place_mem(operand_temp(op));
	}
	p->marker = false;
	return &p->steps[p->n++];
}

static void add_field_step(
	struct fn *fn, struct place *p, uint32_t record, uint32_t number, CXCursor at)
{
	struct facts_step *s = add_step(fn, p, at);

	*s = (struct facts_step){.kind = STEP_FIELD,
		.record = record,
		.field = number,
		.index = {.kind = OPERAND_NONE, .id = FACTS_NONE}};
	p->type = fn->u->facts->records.v[record].fields.v[number].type;
}

/* FIELD may be a member of an anonymous member of what P names. */
void place_field(struct fn *fn, struct place *p, CXCursor field, CXCursor at)
{
	struct unit *u = fn->u;
	uint32_t record, number, from, step;

	if (!unit_field(u, field, &record, &number)) {
		if (!(fn->f.flags & FUNCTION_TEMPLATE)) /* there, members depend on types */
			fn_unknown(fn, UNKNOWN_EXPRESSION, at, "member that is no field");
		*p = (struct place){.kind = PLACE_UNKNOWN, .id = FACTS_NONE, .type = FACTS_NONE};
		return;
	}
	from = p->type == FACTS_NONE ? FACTS_NONE : u->facts->types.v[p->type].record;
	while (from != FACTS_NONE && from != record &&
		unit_anonymous_member(u, from, record, &step)) {
		add_field_step(fn, p, from, step, at);
		from = u->facts->types.v[p->type].record;
	}
	add_field_step(fn, p, record, number, at);
}

void place_index(struct fn *fn, struct place *p, struct facts_operand i, uint32_t type, CXCursor at)
{
	struct facts_step *s = add_step(fn, p, at);

	if (i.kind == OPERAND_NONE)
		i = operand_other();
	*s = (struct facts_step){
		.kind = STEP_INDEX, .record = FACTS_NONE, .field = FACTS_NONE, .index = i};
	p->type = type;
}

void place_typed(struct fn *fn, struct place *p, CXType type)
{
	const struct facts_type *t;

	p->type = type.kind == CXType_Invalid ? FACTS_NONE : unit_type(fn->u, type);
	if (p->type == FACTS_NONE)
		return;
	t = &fn->u->facts->types.v[p->type];
	if (t->flags & TYPE_ATOMIC)
		p->flags |= OPF_ATOMIC;
	if (t->flags & TYPE_VOLATILE)
		p->flags |= OPF_VOLATILE;
}

struct facts_operand place_load(struct fn *fn, const struct place *p, CXCursor at, CXType type)
{
	uint32_t op;

	if (p->marker && !p->n) { /* the marker's call stands for the value itself */
		if (p->base.kind == OPERAND_TEMP && fn->f.ops.v[p->base.id].kind == OP_CALL)
			fn->f.ops.v[p->base.id].type = unit_type(fn->u, type);
		return p->base;
	}
	op = fn_emit(fn, OP_LOAD, at, type);
	fn_place(fn, op, p);
	return operand_temp(op);
}

void place_store(struct fn *fn, const struct place *p, struct facts_operand v, CXCursor at,
	CXType type, unsigned flags)
{
	uint32_t op = fn_emit(fn, OP_STORE, at, type);

	fn_place(fn, op, p);
	fn_arg(fn, op, v);
	fn->f.ops.v[op].flags |= (uint16_t)flags;
}

struct facts_operand place_address(struct fn *fn, const struct place *p, CXCursor at, CXType type)
{
	uint32_t op;

	if (p->kind == PLACE_GLOBAL && !p->n)
		return operand_symbol(p->id);
	if (p->kind == PLACE_MEM && !p->n && !p->marker)
		return p->base;
	op = fn_emit(fn, OP_ADDR, at, type);
	fn_place(fn, op, p);
	return operand_temp(op);
}

/* ---- the end ---- */

static void add_indirect_edges(struct fn *fn)
{
	for (size_t i = 0; i < fn->indirect.n; i++)
		for (size_t k = 0; k < fn->taken.n; k++)
			add_successor(fn, fn->indirect.v[i], fn->taken.v[k]);
}

/* Blocks that were jumped to but never started: labels that broken code lacks. */
static void start_missing(struct fn *fn)
{
	for (uint32_t i = 0; i < fn->f.blocks.n; i++)
		if (fn->f.blocks.v[i].first_op == FACTS_NONE) {
			fn_start(fn, i);
			fn_end(fn, OP_UNREACHABLE, fn->decl);
		}
}

/* Numbers blocks in the order they were started. */
static void renumber(struct fn *fn)
{
	size_t n = fn->f.blocks.n;
	uint32_t *number = arena_alloc(ARENA(fn), n * sizeof(*number));
	struct facts_block *sorted = arena_alloc(ARENA(fn), n * sizeof(*sorted));

	for (uint32_t i = 0; i < n; i++) {
		number[fn->placed.v[i]] = i;
		sorted[i] = fn->f.blocks.v[fn->placed.v[i]];
	}
	memcpy(fn->f.blocks.v, sorted, n * sizeof(*sorted));
	for (size_t i = 0; i < fn->f.succs.n; i++)
		fn->f.succs.v[i] = number[fn->f.succs.v[i]];
}

void fn_finish(struct fn *fn)
{
	add_indirect_edges(fn);
	start_missing(fn);
	renumber(fn);
}

#define KEEP(fn, vec)                                                                              \
	((vec)->v = keep_array(&(fn)->u->facts->arena, (vec)->v, (vec)->n * sizeof(*(vec)->v)),    \
		(void)((vec)->cap = (vec)->n))

static void *keep_array(struct arena *a, const void *v, size_t size)
{
	return size ? memcpy(arena_alloc(a, size), v, size) : NULL;
}

struct facts_function fn_keep(struct fn *fn)
{
	struct facts_function f = fn->f;

	KEEP(fn, &f.locals);
	KEEP(fn, &f.blocks);
	KEEP(fn, &f.succs);
	KEEP(fn, &f.cases);
	KEEP(fn, &f.ops);
	KEEP(fn, &f.args);
	KEEP(fn, &f.places);
	KEEP(fn, &f.steps);
	return f;
}
