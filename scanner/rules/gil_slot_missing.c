/*
 * GIL101: a module that could declare what it needs and does not. Importing it turns the
 * GIL on for the whole process. States a fact; a clean module is "ready" all the same.
 */
#include "rules/declaration.h"

void rule_gil_slot_missing(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->modules.n; i++) {
		const struct ext_module *m = &ctx->ext->modules.v[i];
		struct finding *f;

		if (m->init == EXT_NONE || m->declared != DECLARED_ABSENT ||
			strcmp(m->style, "single-phase") == 0)
			continue;
		f = declaration_finding(ctx, i, m->loc,
			"module '%s' does not say whether it needs the GIL: importing it turns "
			"the GIL on",
			m->name);
		declaration_fix(ctx, f, i);
	}
}
