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

/* Depth first with a stack of our own: functions of generated code have thousands of
 * blocks one after the other. */
static void reverse_postorder(struct analysis *a, struct fn_state *f)
{
	const struct facts_function *code = f->code;
	uint32_t n = (uint32_t)code->blocks.n, at = n;
	uint32_t *next = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));

	f->order = arena_alloc(&a->arena, (n + 1) * sizeof(uint32_t));
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
	index_preds(a, f);
	reverse_postorder(a, f);
}

#define REACH_BLOCKS_MAX 2048 /* beyond, the answer is yes */

/* Walks from the end of FROM's block; the block of BARRIER (FACTS_NONE: none), where the
 * object in question is made anew, is not passed. */
bool flow_reaches(struct fn_state *f, uint32_t from, uint32_t to, uint32_t barrier_op)
{
	const struct facts_function *code = f->code;
	uint32_t target = f->block_of[to], visited = 0, top = 0;
	uint32_t barrier = barrier_op == FACTS_NONE ? FACTS_NONE : f->block_of[barrier_op];
	uint32_t stack[REACH_BLOCKS_MAX];

	if (f->block_of[from] == target && from < to)
		return true;
	f->stamp++;
	stack[top++] = f->block_of[from];
	while (top) {
		const struct facts_block *block = &code->blocks.v[stack[--top]];

		for (uint32_t i = 0; i < block->nsuccs; i++) {
			uint32_t b = code->succs.v[block->first_succ + i];

			if (b == target && (b != barrier || to <= barrier_op))
				return true;
			if (f->seen[b] == f->stamp || b == barrier)
				continue;
			f->seen[b] = f->stamp;
			if (++visited >= REACH_BLOCKS_MAX || top == REACH_BLOCKS_MAX)
				return true;
			stack[top++] = b;
		}
	}
	return false;
}
