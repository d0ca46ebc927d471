/* What building with the extension lock (docs/shim.md) would leave open. */
#ifndef GC_VERDICT_EXTENSION_LOCK_H
#define GC_VERDICT_EXTENSION_LOCK_H

#include "verdict/verdict.h"

struct db_rule;

/* Whether the hazard of RULE is gone in a module that is built with the lock. */
bool lock_cures(const struct db_rule *rule);

/* Answers for V's module from its verdict and from lock.open, which holds what is not cured.
 * CAPPED: not everything of the module was read. Text lives in ARENA. */
void lock_judge(
	struct module_verdict *v, struct arena *arena, const struct extension *ext, bool capped);

#endif
