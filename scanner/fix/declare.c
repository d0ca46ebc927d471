/* --declare: each way to say that a module does not need the GIL. */
#include "fix/fix.h"

#include "base/diag.h"
#include "base/path.h"
#include "fix/text.h"
#include "rules/declaration.h"

#include <stdlib.h>
#include <string.h>

struct declare {
	struct edits *e;
	const struct extension *ext;
	const struct ext_module *module;
};

static bool by_hand(const struct declare *d, const char *why)
{
	const char *how = declaration_advice(d->module);

	diag_warning("%s: to be declared by hand, for %s%s%s", d->module->name, why,
		how ? ": " : "", how ? how : "");
	return false;
}

/* ---- slots ---- */

static const char *path_of(const struct ext_variable *v, struct facts_loc loc)
{
	return loc.file < v->facts->files.n ? v->facts->files.v[loc.file].path : "";
}

/* The variable that the module definition names as its slots. */
static uint32_t slots_of_def(const struct extension *ext, uint32_t def)
{
	const struct ext_variable *v = &ext->variables.v[def];
	const struct facts *facts = v->facts;
	const struct facts_init *list =
		v->sym->init < facts->inits.n ? &facts->inits.v[v->sym->init] : NULL;

	for (uint32_t i = 0; list && list->kind == INIT_LIST && i < list->count; i++) {
		const struct facts_init *x = &facts->inits.v[list->first + i];
		const struct ext_variable *slots;
		const struct facts_type *t;
		uint32_t id;

		if (x->kind != INIT_SYMBOL)
			continue;
		id = ext_variable_of_symbol(ext, v->unit, x->symbol);
		if (id == EXT_NONE)
			continue;
		slots = &ext->variables.v[id];
		t = &slots->facts->types.v[slots->sym->type];
		if (t->kind == TYPE_ARRAY && t->target < slots->facts->types.n &&
			slots->facts->types.v[t->target].kind == TYPE_RECORD) {
			const struct facts_type *row = &slots->facts->types.v[t->target];
			const struct db_table *table =
				db_table_find(slots->facts->records.v[row->record].name);

			if (table && strcmp(table->what, "module-slots") == 0)
				return id;
		}
	}
	return EXT_NONE;
}

/* The array that an export hook returns. */
static uint32_t slots_of_hook(const struct extension *ext, uint32_t init)
{
	const struct ext_function *fn = &ext->functions.v[init];

	vec_foreach (const struct facts_op, op, &fn->code->ops) {
		const struct facts_operand *v = op->nargs ? &fn->code->args.v[op->first_arg] : NULL;
		const struct facts_op *from;

		if (op->kind != OP_RETURN || !v)
			continue;
		while (v->kind == OPERAND_TEMP && fn->code->ops.v[v->id].kind == OP_CAST)
			v = &fn->code->args.v[fn->code->ops.v[v->id].first_arg];
		if (v->kind == OPERAND_SYMBOL)
			return ext_variable_of_symbol(ext, fn->unit, v->id);
		from = v->kind == OPERAND_TEMP ? &fn->code->ops.v[v->id] : NULL;
		if (from && from->kind == OP_ADDR &&
			fn->code->places.v[from->place].kind == PLACE_GLOBAL)
			return ext_variable_of_symbol(
				ext, fn->unit, fn->code->places.v[from->place].id);
	}
	return EXT_NONE;
}

static const struct facts_init *last_row(const struct ext_variable *v)
{
	const struct facts_init *list =
		v->sym->init < v->facts->inits.n ? &v->facts->inits.v[v->sym->init] : NULL;

	return list && list->kind == INIT_LIST && list->count
		       ? &v->facts->inits.v[list->first + list->count - 1]
		       : NULL;
}

static bool declare_by_slot(const struct declare *d, uint32_t variable)
{
	const struct ext_variable *v;
	const struct facts_init *end;
	struct edit_file *f;
	const char *indent;
	size_t at, line;

	if (variable == EXT_NONE)
		return by_hand(d, "its definition names no array of slots");
	v = &d->ext->variables.v[variable];
	end = last_row(v);
	f = end ? edits_file(d->e, path_of(v, end->loc)) : NULL;
	at = f ? edit_offset(f, end->loc.line, end->loc.column) : SIZE_MAX;
	if (at == SIZE_MAX)
		return by_hand(d, "the end of its slots could not be found");
	line = edit_line_start(f, at);
	indent = edit_indent(d->e, f, at);
	if (line + strlen(indent) != at)
		return by_hand(d, "the last of its slots is not on a line of its own");
	return edit_add(d->e, f, line, 0,
		f->text[at] == '{'
			? arena_printf(&d->e->arena,
				  "#ifdef Py_mod_gil\n%s{Py_mod_gil, Py_MOD_GIL_NOT_USED},\n"
				  "#endif\n",
				  indent)
			: arena_printf(&d->e->arena,
				  "%sPySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),\n", indent));
}

/* `Py_MOD_GIL_USED` where it is declared becomes the other. */
static bool declare_other(const struct declare *d)
{
	const struct db_constant *used = db_constant_of("mod-gil", "used");
	const struct db_constant *not_used = db_constant_of("mod-gil", "not-used");
	const char *path = finding_path(d->ext, d->module->declared_at);
	struct edit_file *f = edits_file(d->e, path);
	const struct facts_loc *loc = &d->module->declared_at.loc;
	size_t at = f ? edit_offset(f, loc->line, 1) : SIZE_MAX;
	size_t n = strlen(used->name);

	for (size_t end = at == SIZE_MAX ? 0 : edit_line_end(f, at); at < end; at++)
		if (strncmp(f->text + at, used->name, n) == 0 && !text_is_word(f->text[at + n]))
			return edit_add(d->e, f, at, n, not_used->name);
	return by_hand(d, "what it declares now is not written out");
}

/* ---- the call ---- */

static const struct ext_call *creating_call(const struct ext_function *fn)
{
	const struct ext_call *found = NULL;

	vec_foreach (const struct ext_call, c, &fn->calls) {
		if (!c->api || c->api->role != DB_ROLE_MODULE_CREATE)
			continue;
		if (found)
			return NULL;
		found = c;
	}
	return found;
}

/* A name that the function does not use. */
static const char *free_name(const struct ext_function *fn, const char *wish)
{
	vec_foreach (const struct facts_local, l, &fn->code->locals)
		if (strcmp(l->name, wish) == 0)
			return "created_module";
	vec_foreach (const struct facts_symbol, s, &fn->facts->symbols)
		if (strcmp(s->name, wish) == 0)
			return "created_module";
	return wish;
}

static const char *set_gil(const struct declare *d, const char *indent, const char *variable)
{
	return arena_printf(&d->e->arena,
		"#ifdef Py_GIL_DISABLED\n%sif (%s != NULL)\n%s%sPyUnstable_Module_SetGIL(%s, "
		"Py_MOD_GIL_NOT_USED);\n#endif\n",
		indent, variable, indent, strchr(indent, '\t') ? "\t" : "    ", variable);
}

/* `if ((m = create(…)) == NULL)`: the variable, where one is assigned. */
static const char *assigned_inside(
	const struct declare *d, const struct edit_file *f, const struct call_text *call)
{
	size_t at = call->at, end;

	while (at > 0 && strchr(" \t", f->text[at - 1]))
		at--;
	if (at < 2 || f->text[at - 1] != '=' || f->text[at - 2] == '=')
		return NULL;
	for (end = at - 1; end > 0 && strchr(" \t", f->text[end - 1]); end--)
		;
	for (at = end; at > 0 && text_is_word(f->text[at - 1]); at--)
		;
	return at < end ? arena_strndup(&d->e->arena, f->text + at, end - at) : NULL;
}

/* Before the `return VARIABLE;` lines of the function. */
static bool declare_at_returns(const struct declare *d, struct edit_file *f,
	const struct ext_function *fn, const char *variable)
{
	const char *text = arena_printf(&d->e->arena, "return %s;", variable);
	bool any = false;

	vec_foreach (const struct facts_op, op, &fn->code->ops) {
		size_t at = op->kind == OP_RETURN ? edit_offset(f, op->loc.line, op->loc.column)
						  : SIZE_MAX;

		if (at == SIZE_MAX || strncmp(f->text + at, text, strlen(text)) != 0 ||
			!text_in_list(f, at))
			continue;
		any |= edit_add(d->e, f, edit_line_start(f, at), 0,
			set_gil(d, edit_indent(d->e, f, at), variable));
	}
	return any || by_hand(d, "the end of its init function was not understood");
}

static bool declare_by_call(const struct declare *d)
{
	const struct ext_function *fn = &d->ext->functions.v[d->module->init];
	const struct ext_call *c = creating_call(fn);
	const struct facts_op *op = c ? &fn->code->ops.v[c->op] : NULL;
	struct ext_loc loc = {fn->unit, op ? op->loc : fn->code->begin};
	struct edit_file *f = edits_file(d->e, finding_path(d->ext, loc));
	struct statement_text s;
	struct call_text call;
	const char *indent, *variable;

	if (!c || !f || !text_call(f, edit_offset(f, loc.loc.line, loc.loc.column), c->name, &call))
		return by_hand(d, "the call that creates it was not understood");
	text_statement(d->e, f, &call, &s);
	indent = edit_indent(d->e, f, call.at);
	if (!text_in_list(f, call.at) || s.kind == STATEMENT_OTHER) {
		variable = assigned_inside(d, f, &call);
		return variable ? declare_at_returns(d, f, fn, variable)
				: by_hand(d, "the call that creates it was not understood");
	}
	if (s.kind != STATEMENT_RETURN)
		return edit_add(
			d->e, f, edit_line_end(f, s.end), 0, set_gil(d, indent, s.variable));
	variable = free_name(fn, "module");
	return edit_add(d->e, f, s.start, s.end - s.start,
		arena_printf(&d->e->arena, "%sPyObject *%s = %.*s;\n%s%sreturn %s;", indent,
			variable, (int)(call.past - call.at), f->text + call.at,
			set_gil(d, indent, variable), indent, variable));
}

/* ---- what other tools write ---- */

static bool declare_in_macro(const struct declare *d)
{
	const struct ext_loc *loc = &d->module->loc;
	struct edit_file *f = edits_file(d->e, finding_path(d->ext, *loc));
	size_t at = f ? edit_offset(f, loc->loc.line, 1) : SIZE_MAX;
	struct call_text call;
	const char *macro;
	size_t n;

	if (at == SIZE_MAX)
		return by_hand(d, "its source could not be read");
	at += strspn(f->text + at, " \t");
	for (n = 0; text_is_word(f->text[at + n]); n++)
		;
	macro = arena_strndup(&d->e->arena, f->text + at, n);
	if (!n || !text_call(f, at, macro, &call))
		return by_hand(d, "the macro that makes it was not understood");
	return edit_add(d->e, f, call.past - 1, 0, ", pybind11::mod_gil_not_used()");
}

/* `nanobind_add_module(NAME …`, in CMakeLists.txt beside the sources or above them. */
static bool declare_in_cmake(const struct declare *d)
{
	char *dir = path_dir(&d->e->arena, finding_path(d->ext, d->module->loc));

	for (int up = 0; up < 8; up++) {
		struct edit_file *f =
			edits_file(d->e, path_join(&d->e->arena, dir, "CMakeLists.txt"));
		const char *at = f ? f->text : NULL;

		while (at && (at = strstr(at, "nanobind_add_module"))) {
			const char *name = at + strcspn(at, "(\n");
			size_t n = strlen(d->module->name);

			at = name;
			name += *name == '(';
			name += strspn(name, " \t\r\n");
			if (strncmp(name, d->module->name, n) == 0 && !text_is_word(name[n]))
				return edit_add(
					d->e, f, (size_t)(name - f->text) + n, 0, " FREE_THREADED");
		}
		if (!*dir || strcmp(dir, ".") == 0 || strcmp(dir, "/") == 0)
			break;
		dir = path_dir(&d->e->arena, dir);
	}
	return by_hand(d, "no CMakeLists.txt beside it makes it");
}

static bool declare_in_pyx(const struct declare *d)
{
	const char *c = finding_path(d->ext, d->module->loc);
	const char *pyx =
		arena_printf(&d->e->arena, "%.*s.pyx", (int)(strlen(c) - strlen(path_ext(c))), c);
	struct edit_file *f = edits_file(d->e, pyx);

	if (!f)
		return by_hand(d, "its .pyx is not beside the C that was made of it");
	return edit_add(d->e, f, 0, 0, "# cython: freethreading_compatible = True\n");
}

/* ---- modules ---- */

static bool declare_module(const struct declare *d)
{
	const struct ext_module *m = d->module;

	if (strcmp(m->style, "cython") == 0) /* whatever the C says that was made of it */
		return declare_in_pyx(d);
	if (m->declared == DECLARED_USED && m->declared_at.unit != EXT_NONE)
		return declare_other(d);
	if (m->declared != DECLARED_ABSENT)
		return by_hand(d, "what it declares now has no effect or is not understood");
	if (strcmp(m->style, "multi-phase") == 0)
		return declare_by_slot(
			d, m->def == EXT_NONE ? EXT_NONE : slots_of_def(d->ext, m->def));
	if (strcmp(m->style, "export-hook") == 0)
		return declare_by_slot(d, slots_of_hook(d->ext, m->init));
	if (strcmp(m->style, "single-phase") == 0)
		return declare_by_call(d);
	if (strcmp(m->style, "pybind11") == 0)
		return declare_in_macro(d);
	if (strcmp(m->style, "nanobind") == 0)
		return declare_in_cmake(d);
	return by_hand(d, "it is made in a way that is not known here");
}

/* What is open, as codes and numbers. */
static const char *open_reasons(struct edits *e, const struct module_verdict *v)
{
	struct buf text = BUF_INIT;
	const char *result;

	vec_foreach (const struct verdict_reason, r, &v->reasons)
		buf_printf(&text, "%s%s (%u)", text.len ? ", " : "", r->rule, (unsigned)r->count);
	if (v->coverage.unread || v->coverage.damaged)
		buf_printf(&text, "%s%u units and %u functions not read", text.len ? ", " : "",
			(unsigned)v->coverage.unread, (unsigned)v->coverage.damaged);
	if (!text.len)
		buf_str(&text, v->advice ? v->advice : "not known");
	result = arena_strdup(&e->arena, buf_text(&text));
	buf_release(&text);
	return result;
}

static bool is_refused(const struct module_verdict *v)
{
	return (v->verdict != VERDICT_READY && v->verdict != VERDICT_REVIEW) ||
	       v->coverage.unread || v->coverage.damaged;
}

bool fix_declare(struct edits *e, const struct extension *ext, const struct verdicts *verdicts)
{
	bool all = true;

	if (!verdicts->v.n)
		diag_warning("no module found to declare");
	vec_foreach (const struct module_verdict, v, &verdicts->v) {
		struct declare d = {e, ext, &ext->modules.v[v->module]};

		if (is_refused(v)) {
			diag_warning("%s: not declared, for it is %s: %s", d.module->name,
				verdict_name(v->verdict), open_reasons(e, v));
			all = false;
			continue;
		}
		if (d.module->declared == DECLARED_NOT_USED)
			continue;
		if (v->verdict == VERDICT_REVIEW)
			diag_warning("%s: left for review: %s", d.module->name, open_reasons(e, v));
		all = declare_module(&d) && all;
	}
	return all && verdicts->v.n;
}
