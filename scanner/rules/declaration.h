/* What the rules about a module's own declaration (GIL101 to GIL106) share. */
#ifndef GC_RULES_DECLARATION_H
#define GC_RULES_DECLARATION_H

#include "rules/finding.h"

/* A definite finding about module MODULE: shown at AT, or at the module's init where AT is
 * nowhere. */
struct finding *declaration_finding(struct rule_context *ctx, uint32_t module, struct ext_loc at,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/* How MODULE is declared, by how it is made; NULL: not known. */
const char *declaration_advice(const struct ext_module *module);

/* The fix of a missing or wrong declaration, in the module's own style. */
void declaration_fix(struct rule_context *ctx, struct finding *f, uint32_t module);

#endif
