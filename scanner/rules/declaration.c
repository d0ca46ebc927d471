#include "rules/declaration.h"

#include <stdarg.h>

/* How a module says that it does not need the GIL, by how it is made. */
static const struct {
	const char *style;
	const char *fix;
} fixes[] = {
	{"multi-phase",
		"add {Py_mod_gil, Py_MOD_GIL_NOT_USED} to the slots of the module definition"},
	{"export-hook",
		"add PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED) to the slots of the module"},
	{"single-phase", "call PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED) in the init "
			 "function, inside #ifdef Py_GIL_DISABLED"},
	{"pybind11", "add py::mod_gil_not_used() to the arguments of PYBIND11_MODULE"},
	{"nanobind", "add FREE_THREADED to nanobind_add_module in the build description"},
	{"cython", "set the directive freethreading_compatible = True and let Cython write the C "
		   "again"},
};

struct finding *declaration_finding(
	struct rule_context *ctx, uint32_t module, struct ext_loc at, const char *format, ...)
{
	const struct ext_module *m = &ctx->ext->modules.v[module];
	struct finding *f;
	va_list args;

	if (at.unit == EXT_NONE)
		at = m->loc;
	va_start(args, format);
	f = finding_add(
		ctx, at, CONFIDENCE_DEFINITE, "%s", arena_vprintf(&ctx->out->arena, format, args));
	va_end(args);
	finding_module(ctx->out, f, module);
	f->shared = SHARED_MODULE;
	f->shared_name = m->name;
	f->shared_decl = m->loc;
	return f;
}

const char *declaration_advice(const struct ext_module *module)
{
	for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++)
		if (strcmp(module->style, fixes[i].style) == 0)
			return fixes[i].fix;
	return NULL;
}

void declaration_fix(struct rule_context *ctx, struct finding *f, uint32_t module)
{
	const char *advice = declaration_advice(&ctx->ext->modules.v[module]);

	if (advice)
		finding_fix(ctx, f, "%s", advice);
}
