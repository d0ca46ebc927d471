/* The golden-file form of an extension (--dump-extension). */
#include "base/buf.h"
#include "facts/dump.h"
#include "link/extension.h"

#include <inttypes.h>

static const char *const declared_names[] = {
	"absent", "not-used", "used", "ineffective", "unknown"};
static const char *const ineffective_names[] = {
	"", "in-exec", "multi-phase", "duplicate", "value", "create-returns-other", "guard"};
static const char *const phase_names[] = {
	"create", "exec", "construct", "dealloc", "traverse", "run", "unload"};
static const char *const target_names[] = {"function", "api", "external", "indirect"};

static void dump_loc(const struct extension *ext, struct ext_loc at, struct buf *out)
{
	const struct facts *f;

	if (at.unit == EXT_NONE || at.loc.file == FACTS_NONE)
		return;
	f = ext->units.v[at.unit];
	buf_printf(out, " @%s:%" PRIu32 ":%" PRIu32, f->files.v[at.loc.file].path, at.loc.line,
		at.loc.column);
}

static void dump_modules_of(
	const struct extension *ext, const uint32_t *v, size_t n, struct buf *out)
{
	if (ext->modules.n < 2)
		return;
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s", i ? "," : " in ", ext->modules.v[v[i]].full_name);
}

static void dump_module(const struct extension *ext, const struct ext_module *m, struct buf *out)
{
	buf_printf(out, "module %s", m->full_name);
	dump_loc(ext, m->loc, out);
	buf_printf(out, "\n  kind %s style %s\n", m->kind, m->style);
	if (m->init != EXT_NONE)
		buf_printf(out, "  init %s\n", m->init_name);
	buf_printf(out, "  declared %s", declared_names[m->declared]);
	if (m->ineffective)
		buf_printf(out, " because %s", ineffective_names[m->ineffective]);
	dump_loc(ext, m->declared_at, out);
	buf_char(out, '\n');
	if (m->def != EXT_NONE)
		buf_printf(out, "  definition %s\n", ext->variables.v[m->def].name);
	for (size_t i = 0; i < m->units.n; i++)
		buf_printf(out, "  unit %s\n", ext->units.v[m->units.v[i]]->unit);
}

static void dump_type(const struct extension *ext, const struct ext_type *type, struct buf *out)
{
	buf_str(out, "type ");
	dump_quoted(out, type->name);
	buf_str(out, type->heap ? " heap" : " static");
	if (type->record != EXT_NONE)
		buf_printf(out, " record %s", ext->records.v[type->record].name);
	if (type->base != EXT_NONE)
		buf_printf(out, " base %s", ext->types.v[type->base].name);
	dump_loc(ext, type->loc, out);
	buf_char(out, '\n');
}

static void dump_root(const struct extension *ext, const struct ext_root *root, struct buf *out)
{
	buf_str(out, "root ");
	dump_quoted(out, root->text);
	buf_printf(out, " -> %s", ext->functions.v[root->function].name);
	if (root->self_param >= 0)
		buf_printf(out, " self %d", root->self_param);
	if (root->likely_only)
		buf_str(out, " likely");
	dump_modules_of(ext, root->modules.v, root->modules.n, out);
	dump_loc(ext, root->loc, out);
	buf_char(out, '\n');
}

static void dump_call(const struct extension *ext, const struct ext_function *fn,
	const struct ext_call *call, struct buf *out)
{
	buf_printf(out, "  call %" PRIu32 " %s %s", fn->code->ops.v[call->op].loc.line,
		target_names[call->kind], call->name ? call->name : "*");
	for (size_t i = 0; i < call->candidates.n; i++)
		buf_printf(out, "%s%s", i ? ", " : " -> ",
			ext->functions.v[call->candidates.v[i]].name);
	buf_char(out, '\n');
}

static void dump_function(
	const struct extension *ext, const struct ext_function *fn, struct buf *out)
{
	buf_printf(out, "function %s", fn->name);
	for (unsigned i = 0; i < sizeof(phase_names) / sizeof(phase_names[0]); i++) {
		if (fn->phases & 1u << i)
			buf_printf(out, " %s", phase_names[i]);
	}
	if (fn->unreached)
		buf_str(out, " unreached");
	if (fn->address_taken)
		buf_str(out, " address-taken");
	dump_modules_of(ext, fn->modules.v, fn->modules.n, out);
	dump_loc(ext, (struct ext_loc){fn->unit, fn->symbol->loc}, out);
	buf_char(out, '\n');
	vec_foreach (const struct ext_call, call, &fn->calls)
		dump_call(ext, fn, call, out);
}

static void dump_variable(
	const struct extension *ext, const struct ext_variable *v, struct buf *out)
{
	if (v->sym->origin != FACTS_PROJECT)
		return;
	buf_printf(out, "variable %s", v->name);
	if (!(v->sym->flags & SYMBOL_DEFINED))
		buf_str(out, " undefined");
	if (v->function != EXT_NONE)
		buf_printf(out, " of %s", ext->functions.v[v->function].name);
	dump_modules_of(ext, v->modules.v, v->modules.n, out);
	dump_loc(ext, (struct ext_loc){v->unit, v->sym->loc}, out);
	buf_char(out, '\n');
}

void ext_dump(const struct extension *ext, struct buf *out)
{
	for (size_t i = 0; i < ext->units.n; i++)
		buf_printf(out, "unit %s%s\n", ext->units.v[i]->unit,
			ext->units.v[i]->unread ? " unread" : "");
	vec_foreach (const struct ext_module, module, &ext->modules)
		dump_module(ext, module, out);
	vec_foreach (const struct ext_type, type, &ext->types)
		dump_type(ext, type, out);
	vec_foreach (const struct ext_record, record, &ext->records) {
		if (record->state_of != EXT_NONE)
			buf_printf(out, "state %s of %s\n", record->name,
				ext->modules.v[record->state_of].full_name);
	}
	vec_foreach (const struct ext_root, root, &ext->roots)
		dump_root(ext, root, out);
	vec_foreach (const struct ext_variable, variable, &ext->variables)
		dump_variable(ext, variable, out);
	vec_foreach (const struct ext_function, fn, &ext->functions)
		dump_function(ext, fn, out);
	buf_printf(out, "unresolved calls %" PRIu32 "\n", ext->unresolved_calls);
}
