/*
 * Growable arrays that live in an arena:
 *
 *	struct facts { VEC(struct facts_op) ops; };
 *	vec_push(&arena, &facts->ops, op);        appends a copy
 *	struct facts_op *op = vec_add(&arena, &facts->ops);   appends a zeroed one
 *	for (size_t i = 0; i < facts->ops.n; i++) use(&facts->ops.v[i]);
 *	vec_foreach (const struct facts_op, op, &facts->ops) use(op);
 *
 * Elements move when the array grows: keep indexes, not pointers.
 */
#ifndef GC_BASE_VEC_H
#define GC_BASE_VEC_H

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *v;                                                                           \
		size_t n;                                                                          \
		size_t cap;                                                                        \
	}

#define vec_reserve(arena, vec, count)                                                             \
	((vec)->cap >= (count)                                                                     \
			? (void)0                                                                  \
			: (void)((vec)->v = arena_grow((arena), (vec)->v,                          \
					 (vec)->cap * sizeof(*(vec)->v),                           \
					 vec_next_cap((vec)->cap, (count)) * sizeof(*(vec)->v)),   \
				  (vec)->cap = vec_next_cap((vec)->cap, (count))))

/* For one that is empty and hardly ever grows: COUNT zeroed elements. */
#define vec_exact(arena, vec, count)                                                               \
	((vec)->n = (vec)->cap = (count),                                                          \
		(vec)->v = (vec)->n ? arena_alloc((arena), (vec)->n * sizeof(*(vec)->v)) : NULL)

#define vec_push(arena, vec, item)                                                                 \
	(vec_reserve((arena), (vec), (vec)->n + 1), (void)((vec)->v[(vec)->n++] = (item)))

#define vec_add(arena, vec)                                                                        \
	(vec_reserve((arena), (vec), (vec)->n + 1),                                                \
		memset(&(vec)->v[(vec)->n], 0, sizeof(*(vec)->v)), &(vec)->v[(vec)->n++])

/* Nothing is added to a NULL pointer, not even 0. */
#define vec_end(vec) ((vec)->n ? (vec)->v + (vec)->n : (vec)->v)

/* The elements from number FROM on. */
#define vec_from(vec, from) ((vec)->v ? (vec)->v + (from) : (vec)->v)

#define vec_foreach(type, it, vec) for (type *it = (vec)->v; it != vec_end(vec); it++)

#define vec_sort(vec, compare)                                                                     \
	((vec)->n > 1 ? qsort((vec)->v, (vec)->n, sizeof(*(vec)->v), (compare)) : (void)0)

static inline size_t vec_next_cap(size_t cap, size_t need)
{
	size_t next = cap ? cap * 2 : 8;

	return next < need ? need : next;
}

#endif
