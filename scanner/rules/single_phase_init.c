/*
 * GIL102: a module that its init function hands over complete. It has no slots; without a
 * call in the init function importing it turns the GIL on.
 */
#include "rules/declaration.h"

void rule_single_phase_init(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->modules.n; i++) {
		const struct ext_module *m = &ctx->ext->modules.v[i];
		struct finding *f;

		if (m->init == EXT_NONE || m->declared != DECLARED_ABSENT ||
			strcmp(m->style, "single-phase") != 0)
			continue;
		f = declaration_finding(ctx, i, m->loc,
			"module '%s' is initialised in one phase and does not say whether it "
			"needs the GIL: importing it turns the GIL on",
			m->name);
		declaration_fix(ctx, f, i);
	}
}
