/*
 * Which definitions of a local variable reach a use. Found by walking back from the use:
 * nearly always to an operation of the same block or a neighbour, so that no table per
 * block and variable is needed. Both the walk and its result are bounded.
 */
#include "analysis/state.h"

#define WALK_BLOCKS_MAX 256
#define MEMO_BLOCKS_MIN 64 /* below, walking is as quick as remembering */

/* Operand -> the local whose address it is, through casts. */
uint32_t address_of_local(const struct fn_state *f, const struct facts_operand *v)
{
	const struct facts_function *code = f->code;

	for (unsigned guard = 0; v->kind == OPERAND_TEMP && guard < 8; guard++) {
		const struct facts_op *op = &code->ops.v[v->id];

		if (op->kind == OP_ADDR) {
			const struct facts_place *p = &code->places.v[op->place];

			return p->kind == PLACE_LOCAL && !p->nsteps ? p->id : FACTS_NONE;
		}
		if (op->kind != OP_CAST || !op->nargs)
			return FACTS_NONE;
		v = &code->args.v[op->first_arg];
	}
	return FACTS_NONE;
}

static bool may_write(enum arg_effect e)
{
	return e != ARG_UNTOUCHED && e != ARG_SYNC;
}

/* A function of ours that stores through the parameter. */
static bool summary_writes(const struct fn_state *callee, uint32_t param, struct analysis *a)
{
	if (!callee || !callee->summary.done)
		return true;
	vec_foreach (const struct summary_access, s, &callee->summary.accesses) {
		const struct path *root = path_at(a, path_at(a, s->path)->root);

		if (root->a == param && s->kind == ACCESS_WRITE && !path_at(a, s->path)->derefs)
			return true;
	}
	return (callee->summary.keeps >> (param & 63)) & 1;
}

static bool arg_defines(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t i)
{
	enum arg_effect e = call_arg_effect(a, f, op, i);

	if (e == ARG_SUMMARY)
		return summary_writes(call_function(a, f, op), i, a);
	return may_write(e);
}

typedef void def_visitor(struct fn_state *f, uint32_t local, uint32_t op);

static void visit_call(struct analysis *a, struct fn_state *f, uint32_t op, def_visitor *visit)
{
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t local = address_of_local(f, &args[i]);

		if (local != FACTS_NONE && arg_defines(a, f, op, i))
			visit(f, local, op);
	}
}

static void visit_defs(struct analysis *a, struct fn_state *f, def_visitor *visit)
{
	const struct facts_function *code = f->code;

	for (uint32_t i = 0; i < code->ops.n; i++) {
		const struct facts_op *op = &code->ops.v[i];

		if (op->kind == OP_CALL) {
			visit_call(a, f, i, visit);
		} else if (op->kind == OP_STORE || op->kind == OP_RMW || op->kind == OP_ZERO) {
			const struct facts_place *p = &code->places.v[op->place];

			if (p->kind == PLACE_LOCAL && !p->nsteps)
				visit(f, p->id, i);
		}
	}
}

static void count_def(struct fn_state *f, uint32_t local, uint32_t op)
{
	(void)op;
	f->locals[local].n++;
}

static void fill_def(struct fn_state *f, uint32_t local, uint32_t op)
{
	struct def_list *l = &f->locals[local];

	if (!l->n || f->defs[l->first + l->n - 1] != op)
		f->defs[l->first + l->n++] = op;
}

/* An address that is stored or computed with can write the variable at any time. */
static void mark_wild(struct fn_state *f)
{
	const struct facts_function *code = f->code;

	for (uint32_t i = 0; i < code->ops.n; i++) {
		const struct facts_op *op = &code->ops.v[i];

		if (op->kind != OP_STORE && op->kind != OP_BINARY && op->kind != OP_RMW)
			continue;
		for (uint32_t k = 0; k < op->nargs; k++) {
			uint32_t local = address_of_local(f, &code->args.v[op->first_arg + k]);

			if (local != FACTS_NONE)
				f->locals[local].wild = true;
		}
	}
}

void defs_run(struct analysis *a, struct fn_state *f)
{
	size_t nlocals = f->code->locals.n;
	uint32_t total = 0;

	f->locals = arena_alloc(&a->arena, (nlocals + 1) * sizeof(*f->locals));
	visit_defs(a, f, count_def);
	for (size_t i = 0; i < nlocals; i++) {
		f->locals[i].first = total;
		total += f->locals[i].n;
		f->locals[i].n = 0;
	}
	f->defs = arena_alloc(&a->arena, (total + 1) * sizeof(uint32_t));
	visit_defs(a, f, fill_def);
	mark_wild(f);
	if (f->code->blocks.n >= MEMO_BLOCKS_MIN)
		f->reached = arena_alloc(&a->arena, REACH_MEMOS * sizeof(*f->reached));
}

/* The last definition in operations [FIRST, LIMIT), or FACTS_NONE. */
static uint32_t last_def(const struct fn_state *f, uint32_t local, uint32_t first, uint32_t limit)
{
	const struct def_list *l = &f->locals[local];
	uint32_t lo = 0, hi = l->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (f->defs[l->first + mid] < limit)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || f->defs[l->first + lo - 1] < first)
		return FACTS_NONE;
	return f->defs[l->first + lo - 1];
}

static void reaching_add(struct reaching *out, uint32_t def)
{
	for (uint32_t i = 0; i < out->n; i++)
		if (out->v[i] == def)
			return;
	if (out->n < REACHING_MAX)
		out->v[out->n++] = def;
	else
		out->more = true;
}

/* Goes back from *BLOCK as long as there is one way to go. The definition found, or
 * FACTS_NONE and the block where ways part. */
static uint32_t walk_straight(
	struct fn_state *f, uint32_t local, uint32_t *block, uint32_t *visited)
{
	while (*block && f->pred_first[*block + 1] - f->pred_first[*block] == 1) {
		uint32_t p = f->preds[f->pred_first[*block]], def;
		const struct facts_block *pb = &f->code->blocks.v[p];

		if (f->seen[p] == f->stamp || *visited + 1 >= WALK_BLOCKS_MAX)
			break;
		def = last_def(f, local, pb->first_op, pb->first_op + pb->nops);
		if (def != FACTS_NONE)
			return def;
		f->seen[p] = f->stamp;
		++*visited;
		*block = p;
	}
	return FACTS_NONE;
}

static void walk_back(
	struct fn_state *f, uint32_t local, uint32_t block, uint32_t visited, struct reaching *out)
{
	uint32_t stack[WALK_BLOCKS_MAX], top = 0;

	stack[top++] = block;
	while (top) {
		uint32_t b = stack[--top];

		if (b == 0)
			reaching_add(out, DEF_ENTRY);
		for (uint32_t i = f->pred_first[b]; i < f->pred_first[b + 1]; i++) {
			uint32_t p = f->preds[i];
			const struct facts_block *pb = &f->code->blocks.v[p];
			uint32_t def;

			if (f->seen[p] == f->stamp)
				continue;
			f->seen[p] = f->stamp;
			def = last_def(f, local, pb->first_op, pb->first_op + pb->nops);
			if (def != FACTS_NONE) {
				reaching_add(out, def);
			} else if (++visited < WALK_BLOCKS_MAX) {
				stack[top++] = p;
			} else {
				out->more = true;
				return;
			}
		}
	}
}

/* What reaches the start of BLOCK. */
static void reach_start(struct fn_state *f, uint32_t local, uint32_t block, struct reaching *out)
{
	uint32_t visited = 0, def;
	struct reach_memo *memo = NULL;

	f->stamp++;
	def = walk_straight(f, local, &block, &visited);
	if (def != FACTS_NONE) {
		reaching_add(out, def);
		return;
	}
	if (f->reached)
		memo = &f->reached[(block * 31 + local) % REACH_MEMOS];
	/* one that gave up would give up again, unless it may go further */
	if (memo && memo->local == local + 1 && memo->block == block &&
		(!memo->found.more || memo->visited <= visited)) {
		*out = memo->found;
		return;
	}
	walk_back(f, local, block, visited, out);
	if (memo)
		*memo = (struct reach_memo){local + 1, block, visited, *out};
}

void defs_reaching(struct fn_state *f, uint32_t local, uint32_t op, struct reaching *out)
{
	uint32_t block = f->block_of[op], def;

	out->n = 0;
	out->more = f->locals[local].wild;
	if (!f->locals[local].n) {
		out->v[out->n++] = DEF_ENTRY;
		return;
	}
	def = last_def(f, local, f->code->blocks.v[block].first_op, op);
	if (def != FACTS_NONE)
		out->v[out->n++] = def;
	else
		reach_start(f, local, block, out);
}
