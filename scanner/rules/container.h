/*
 * Who can change a container, and what keeps it as it is: shared by the rules about what
 * comes out of containers (GIL201, GIL202, GIL203, GIL208).
 */
#ifndef GC_RULES_CONTAINER_H
#define GC_RULES_CONTAINER_H

#include "analysis/analysis.h"
#include "rules/finding.h"
#include "rules/shared.h"

enum container {
	CONTAINER_PRIVATE, /* nobody else can change it */
	CONTAINER_DOUBTFUL,
	CONTAINER_SHARED,
};

/* The container that OPERAND of operation OP names: the worst of all that it may be; *PATH
 * is that one. */
enum container container_judge(const struct rule_context *ctx, uint32_t function, uint32_t op,
	const struct facts_operand *operand, path_id *path);

/* Its text, or NULL where it has none. */
const char *container_text(struct rule_context *ctx, uint32_t function, path_id path);

/* Is there one lock that keeps PATH from being changed between operations FIRST and LAST,
 * as long as nothing in between suspends a critical section? *MUTEX: it is a lock that
 * nothing suspends. */
bool container_locked(const struct rule_context *ctx, uint32_t function, path_id path,
	uint32_t first, uint32_t last, bool *mutex);

/* The first operation between FIRST and LAST at which others may get in, or FACTS_NONE. */
uint32_t container_suspension(
	const struct rule_context *ctx, uint32_t function, uint32_t first, uint32_t last);

/* Does CALL read items without a check of its own, by an index that a loop counts? Then the
 * whole loop is one hazard (GIL202), not each item that comes out of it. */
bool container_walked(
	const struct rule_context *ctx, uint32_t function, const struct ext_call *call);

/* What the database has in place of API, since when and by what means; CONTAINER: its text,
 * or NULL. */
void replacement_fix(struct rule_context *ctx, struct finding *f, const struct db_api *api,
	const char *container);

/* " (since 3.13, in gilshim.h for older versions)", or "". */
const char *replacement_since(struct rule_context *ctx, const struct db_replacement *r);
void replacements_fix(struct rule_context *ctx, struct finding *f,
	const struct db_replacement *replacements, size_t n, const char *container);

/* Argument ARG of the call at OP, or NULL. */
const struct facts_operand *call_argument(
	const struct ext_function *fn, const struct ext_call *call, int arg);

/* The container, or the variable that holds it: what CALL borrows from, else what its role is
 * about, else its first argument. */
const struct facts_operand *container_argument(
	const struct ext_function *fn, const struct ext_call *call);

/* LIKELY for what others can surely change, REVIEW for doubt and for generated code. */
enum finding_confidence container_confidence(
	const struct rule_context *ctx, uint32_t function, enum container kind);

/* Calls VISIT for every call, in code that can run while other threads do, whose API the
 * database says can break the running rule. */
typedef void hazard_visitor(
	struct rule_context *ctx, uint32_t function, const struct ext_call *call);
void visit_hazards(struct rule_context *ctx, hazard_visitor *visit);

#endif
