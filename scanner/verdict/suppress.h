/*
 * Suppressions: comments of the scanned source that answer a finding.
 *
 *	count++;  / * gilcheck: ok GIL301 (statistics, may be off by one) * /
 *
 * on the line of the finding or alone above it; several codes with commas. For shared
 * state the line of its declaration works too. The reason is mandatory: a comment without
 * one suppresses nothing (GIL901). A code that met no finding is GIL902.
 */
#ifndef GC_VERDICT_SUPPRESS_H
#define GC_VERDICT_SUPPRESS_H

#include "rules/finding.h"

struct suppress_code {
	const char *code;
	bool used;
};

struct suppression {
	struct ext_loc at; /* where the comment ends */
	const char *path;
	uint32_t line; /* of code that it is about */
	VEC(struct suppress_code) codes;
	const char *reason; /* NULL: none given */
	bool malformed;
};

struct suppressions {
	struct arena *arena;
	VEC(struct suppression) v;
	struct map by_place; /* "path:line" -> 1 + index of the first in `v` */
};

/* Reads the comments of all project files of EXT, each file once. */
void suppress_collect(struct suppressions *s, struct arena *arena, const struct extension *ext);
/* Marks what they answer among the findings from FIRST on. */
void suppress_apply(struct suppressions *s, struct findings *findings, size_t first,
	const struct extension *ext);
/* GIL901, GIL902. */
void suppress_report(
	struct suppressions *s, struct findings *findings, const struct extension *ext);

#endif
