/* Blocks of memory followed from the call that makes them to the one that releases them, through
 * results, fields and variables (GIL604, GIL605). */
#ifndef GC_RULES_DOMAINS_H
#define GC_RULES_DOMAINS_H

#include "rules/finding.h"

enum domain {
	DOMAIN_NOTHING, /* no memory: NULL */
	DOMAIN_OBJECT,
	DOMAIN_MEM,
	DOMAIN_RAW,
	DOMAIN_UNTOLD,
};

/* Where a block was made: DOMAIN_UNTOLD, or the call of an allocator. */
struct made {
	enum domain domain;
	uint32_t function, op;
};

/* A call that releases a block, and what tells where that is from. */
struct released {
	uint32_t function;
	const struct ext_call *call;
	const struct facts_operand *operand;
	enum domain domain; /* that the call is for */
	struct made made;   /* in another domain, one of the two for objects; or untold */
};

/* Calls VISIT for each call that releases memory while other threads may run. */
typedef void released_visitor(struct rule_context *ctx, const struct released *r);
void visit_released(struct rule_context *ctx, released_visitor *visit);

/* Does the operand point to an object of Python, by its type? */
bool released_is_object(const struct rule_context *ctx, const struct released *r);

/* The evidence of a finding about R, and what to do. */
void released_evidence(struct rule_context *ctx, struct finding *f, const struct released *r);

#endif
