/* GIL103: a module that asks for the GIL. */
#include "rules/declaration.h"

void rule_gil_used_declared(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->modules.n; i++) {
		const struct ext_module *m = &ctx->ext->modules.v[i];
		struct finding *f;

		if (m->declared != DECLARED_USED)
			continue;
		f = declaration_finding(ctx, i, m->declared_at,
			"module '%s' asks for the GIL: importing it turns the GIL on", m->name);
		finding_fix(ctx, f, "once nothing else is open, declare Py_MOD_GIL_NOT_USED here");
	}
}
