/* What the rules about borrowed references share: what is done with the result of a call. */
#ifndef GC_RULES_BORROWED_H
#define GC_RULES_BORROWED_H

#include "analysis/analysis.h"
#include "rules/finding.h"

#define BORROWED_USES 64

struct borrowed {
	uint32_t function;
	const struct ext_function *fn;
	const struct ext_call *call;
	uint32_t uses[BORROWED_USES]; /* operations beyond comparisons, in order */
	size_t nuses;
	uint32_t own;	      /* the one that takes an own reference, FACTS_NONE: none */
	const char *variable; /* the local that holds it, or NULL */
};

/* Describes what happens to the result of CALL. False: it is only compared. */
bool borrowed_describe(const struct rule_context *ctx, uint32_t function,
	const struct ext_call *call, struct borrowed *out);

/* Evidence and fix: where it is borrowed, what it is used for, what runs in between, what
 * to call instead. CONTAINER: its text, or NULL. */
void borrowed_evidence(struct rule_context *ctx, struct finding *f, const struct borrowed *b,
	const char *container);
void borrowed_fix(struct rule_context *ctx, struct finding *f, const struct borrowed *b,
	const char *container);

/* Does the operation take an own reference of what it gets? */
bool takes_reference(const struct ext_function *fn, uint32_t op);

/* Does one lock keep the container at PATH as it is, until the result of the call has an own
 * reference or is used for the last time? */
bool borrowed_kept_by_lock(const struct rule_context *ctx, const struct borrowed *b, path_id path);

/* What --fix can make of it: F's rewrite, or why there is none. */
void rewrite_plan(struct rule_context *ctx, struct finding *f, const struct borrowed *b);

struct ext_loc op_place_of(const struct ext_function *fn, uint32_t op);

#endif
