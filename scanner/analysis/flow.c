/* Blocks of a function: predecessors, an order in which to visit them, reachability. */
#include "analysis/state.h"

static void index_blocks(struct analysis *a, struct fn_state *f)
{
	const struct facts_function *code = f->code;

	f->block_of = arena_alloc(&a->arena, (code->ops.n + 1) * sizeof(uint32_t));
	for (uint32_t b = 0; b < code->blocks.n; b++)
		for (uint32_t i = 0; i < code->blocks.v[b].nops; i++)
			f->block_of[code->blocks.v[b].first_op + i] = b;
}

static void index_preds(struct analysis *a, struct fn_state *f)
{
	const struct facts_function *code = f->code;
	size_t n = code->blocks.n;
	uint32_t *fill = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));

	f->pred_first = arena_alloc(&a->arena, (n + 2) * sizeof(uint32_t));
	f->preds = arena_alloc(&a->arena, (code->succs.n + 1) * sizeof(uint32_t));
	for (uint32_t b = 0; b < n; b++)
		for (uint32_t i = 0; i < code->blocks.v[b].nsuccs; i++)
			f->pred_first[code->succs.v[code->blocks.v[b].first_succ + i] + 1]++;
	for (uint32_t b = 0; b < n; b++)
		f->pred_first[b + 1] += f->pred_first[b];
	for (uint32_t b = 0; b < n; b++)
		for (uint32_t i = 0; i < code->blocks.v[b].nsuccs; i++) {
			uint32_t to = code->succs.v[code->blocks.v[b].first_succ + i];

			f->preds[f->pred_first[to] + fill[to]++] = b;
		}
}

static void index_calls(struct analysis *a, struct fn_state *f)
{
	f->call_of = arena_alloc(&a->arena, (f->code->ops.n + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < f->ext->calls.n; i++)
		f->call_of[f->ext->calls.v[i].op] = i + 1;
}

/* Depth first with a stack of our own: functions of generated code have thousands of
 * blocks one after the other. */
static void reverse_postorder(struct analysis *a, struct fn_state *f)
{
	const struct facts_function *code = f->code;
	uint32_t n = (uint32_t)code->blocks.n, at = n;
	uint32_t *next = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));

	f->order = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));
	f->live = arena_alloc(&a->arena, n + 1);
	f->stamp++;
	a->scratch.n = 0;
	if (n) {
		vec_push(&a->arena, &a->scratch, 0);
		f->seen[0] = f->stamp;
	}
	while (a->scratch.n) {
		uint32_t b = a->scratch.v[a->scratch.n - 1];
		const struct facts_block *block = &code->blocks.v[b];

		if (next[b] == block->nsuccs) {
			a->scratch.n--;
			f->order[--at] = b;
			f->live[b] = true;
			continue;
		}
		b = code->succs.v[block->first_succ + next[b]++];
		if (f->seen[b] != f->stamp) {
			f->seen[b] = f->stamp;
			vec_push(&a->arena, &a->scratch, b);
		}
	}
	f->norder = n - at;
	memmove(f->order, f->order + at, f->norder * sizeof(uint32_t));
}

void flow_run(struct analysis *a, struct fn_state *f)
{
	f->seen = arena_alloc(&a->arena, (f->code->blocks.n + 1) * sizeof(uint32_t));
	index_blocks(a, f);
	index_calls(a, f);
	index_preds(a, f);
	reverse_postorder(a, f);
}

#define REACH_BLOCKS_MAX 2048 /* beyond, the answer is yes */

struct reach {
	struct fn_state *f;
	uint32_t stack[REACH_BLOCKS_MAX];
	uint32_t top, visited;
	uint32_t avoid;
};

static bool reach_push(struct reach *r, uint32_t block)
{
	if (r->f->seen[block] == r->f->stamp || block == r->avoid)
		return true;
	r->f->seen[block] = r->f->stamp;
	if (++r->visited >= REACH_BLOCKS_MAX)
		return false;
	r->stack[r->top++] = block;
	return true;
}

/* Pops until TARGET is a successor of what was pushed. */
static bool reach_walk(struct reach *r, uint32_t target)
{
	const struct facts_function *code = r->f->code;

	while (r->top) {
		const struct facts_block *block = &code->blocks.v[r->stack[--r->top]];

		for (uint32_t i = 0; i < block->nsuccs; i++) {
			uint32_t b = code->succs.v[block->first_succ + i];

			if (b == target || !reach_push(r, b))
				return true;
		}
	}
	return false;
}

static void reach_start(struct reach *r, struct fn_state *f, uint32_t block, uint32_t avoid)
{
	r->f = f;
	r->avoid = avoid;
	r->visited = 0;
	r->top = 1;
	r->stack[0] = block;
	f->stamp++;
}

/* Answers that need no walk. The block of BARRIER (FACTS_NONE: none), where the object in
 * question is made anew, is not passed. */
static bool reaches_at_once(
	const struct fn_state *f, uint32_t from, uint32_t to, uint32_t barrier, bool *answer)
{
	if (f->block_of[from] == f->block_of[to] && from < to) {
		*answer = true;
		return true;
	}
	*answer = false;
	return barrier != FACTS_NONE && f->block_of[barrier] == f->block_of[to] && to > barrier;
}

static uint32_t block_of_barrier(const struct fn_state *f, uint32_t barrier)
{
	return barrier == FACTS_NONE ? FACTS_NONE : f->block_of[barrier];
}

bool flow_reaches(struct fn_state *f, uint32_t from, uint32_t to, uint32_t barrier)
{
	struct reach r;
	bool answer;

	if (reaches_at_once(f, from, to, barrier, &answer))
		return answer;
	reach_start(&r, f, f->block_of[from], block_of_barrier(f, barrier));
	return reach_walk(&r, f->block_of[to]);
}

/* A bit for each block that a walk from BLOCK comes to, AVOID included. */
static unsigned char *reach_all(
	struct analysis *a, struct fn_state *f, uint32_t block, uint32_t avoid)
{
	const struct facts_function *code = f->code;
	unsigned char *bits = arena_alloc(&a->arena, code->blocks.n / 8 + 1);
	struct reach r;

	reach_start(&r, f, block, avoid);
	while (r.top) {
		const struct facts_block *from = &code->blocks.v[r.stack[--r.top]];

		for (uint32_t i = 0; i < from->nsuccs; i++) {
			uint32_t b = code->succs.v[from->first_succ + i];

			bits[b / 8] |= (unsigned char)(1u << b % 8);
			(void)reach_push(&r, b); /* so few blocks do not overflow it */
		}
	}
	return bits;
}

bool flow_reaches_kept(struct analysis *a, struct fn_state *f, uint32_t from, uint32_t to,
	uint32_t barrier, unsigned char **reach)
{
	uint32_t target = f->block_of[to];
	bool answer;

	if (f->code->blocks.n >= REACH_BLOCKS_MAX)
		return flow_reaches(f, from, to, barrier);
	if (reaches_at_once(f, from, to, barrier, &answer))
		return answer;
	if (!*reach)
		*reach = reach_all(a, f, f->block_of[from], block_of_barrier(f, barrier));
	return (*reach)[target / 8] >> target % 8 & 1;
}

bool flow_leads(struct fn_state *f, uint32_t block, uint32_t to, uint32_t avoid)
{
	struct reach r;

	if (block == avoid)
		return false;
	if (block == f->block_of[to])
		return true;
	reach_start(&r, f, block, avoid);
	f->seen[block] = f->stamp;
	return reach_walk(&r, f->block_of[to]);
}
