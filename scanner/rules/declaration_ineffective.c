/*
 * GIL105: a declaration that the interpreter never sees, or refuses. What makes one
 * ineffective is told by the linker; here stand the words for it.
 */
#include "rules/declaration.h"

static const struct {
	const char *why;
	const char *fix; /* NULL: as for a missing declaration */
} reasons[] = {
	[INEFFECTIVE_NO] = {"", NULL},
	[INEFFECTIVE_IN_EXEC] = {"it is made in an exec function, after the decision", NULL},
	[INEFFECTIVE_MULTI_PHASE] = {"in a module with slots only the slot counts, not the call",
		NULL},
	[INEFFECTIVE_DUPLICATE] = {"it stands twice, and importing the module fails",
		"keep one of the two"},
	[INEFFECTIVE_VALUE] = {"its value is neither of the two that are defined",
		"use Py_MOD_GIL_NOT_USED"},
	[INEFFECTIVE_CREATE_NON_MODULE] = {"the create slot returns an object that is not a "
					   "module, which cannot carry it",
		"return a module from the create slot, or none at all"},
	[INEFFECTIVE_GUARD] = {"the #if around it leaves it out of free-threaded builds",
		"guard it by PY_VERSION_HEX >= 0x030d0000, or by Py_GIL_DISABLED alone"},
};

void rule_declaration_ineffective(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->modules.n; i++) {
		const struct ext_module *m = &ctx->ext->modules.v[i];
		struct finding *f;

		if (m->declared != DECLARED_INEFFECTIVE)
			continue;
		f = declaration_finding(ctx, i, m->declared_at,
			"the declaration of module '%s' has no effect: %s", m->name,
			reasons[m->ineffective].why);
		if (reasons[m->ineffective].fix)
			finding_fix(ctx, f, "%s", reasons[m->ineffective].fix);
		else
			declaration_fix(ctx, f, i);
	}
}
