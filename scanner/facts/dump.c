#include "facts/dump.h"

#include "base/buf.h"

#include <inttypes.h>

static const char *const origins[] = {"project", "api", "system"};
static const char *const linkages[] = {"external", "internal", "none"};
static const char *const record_kinds[] = {"struct", "union", "class"};
static const char *const symbol_kinds[] = {"function", "variable", "enumerator"};
static const char *const type_kinds[] = {"other", "void", "bool", "int", "float", "pointer",
	"array", "record", "enum", "function", "reference"};

/* Names of the bits of a flag word, in order of the bits. */
static const char *const type_flags[] = {"const", "volatile", "atomic", NULL};
static const char *const field_flags[] = {"bits", "mutable", "static", "anonymous", NULL};
static const char *const symbol_flags[] = {"defined", "static", "thread-local", "const", "inline",
	"noreturn", "virtual", "constructor", "destructor", "method", "visible", "implicit",
	"constexpr-init", NULL};
static const char *const op_flags[] = {"atomic", "volatile", "implicit", "macro-call", "virtual",
	"init", "unevaluated", "in-macro", NULL};
static const char *const local_flags[] = {"param", "synthetic", "this", NULL};
static const char *const function_flags[] = {
	"damaged", "template", "instance", "lambda", "generated", NULL};

void dump_quoted(struct buf *out, const char *s)
{
	if (!s) {
		buf_str(out, "none");
		return;
	}
	buf_char(out, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c >= 0x7f)
			buf_printf(out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, '"');
}

static void dump_flags(struct buf *out, unsigned flags, const char *const *names)
{
	for (unsigned bit = 0; flags; bit++, flags >>= 1) {
		if (!*names) {
			buf_printf(out, " flags<<%u=%#x", bit, flags);
			return;
		}
		if (flags & 1)
			buf_printf(out, " %s", *names);
		names++;
	}
}

static void dump_loc(struct buf *out, struct facts_loc loc)
{
	if (loc.file == FACTS_NONE)
		buf_str(out, " @-");
	else
		buf_printf(
			out, " @%" PRIu32 ":%" PRIu32 ":%" PRIu32, loc.file, loc.line, loc.column);
}

static void dump_type_ref(const struct facts *f, struct buf *out, uint32_t type)
{
	if (type == FACTS_NONE) {
		buf_str(out, " t-");
		return;
	}
	buf_printf(out, " t%" PRIu32 " ", type);
	dump_quoted(out, f->types.v[type].name);
}

static void dump_annotations(struct buf *out, uint32_t first)
{
	if (first != FACTS_NONE)
		buf_printf(out, " annotations a%" PRIu32, first);
}

/* ---- tables ---- */

static void dump_string_line(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "  %s ", key);
	dump_quoted(out, value);
	buf_char(out, '\n');
}

static void dump_head(const struct facts *f, struct buf *out)
{
	buf_str(out, "unit ");
	dump_quoted(out, f->unit);
	buf_char(out, '\n');
	dump_string_line(out, "path", f->path);
	dump_string_line(out, "language", f->language);
	dump_string_line(out, "python", f->python);
	dump_string_line(out, "headers", f->headers);
	dump_string_line(out, "origin", f->origin);
	if (f->vendored)
		buf_str(out, "  vendored\n");
	if (f->unread)
		buf_str(out, "  unread\n");
	vec_foreach (const char *const, flag, &f->flags)
		dump_string_line(out, "flag", *flag);
	vec_foreach (const char *const, module, &f->modules)
		dump_string_line(out, "module", *module);
	vec_foreach (const struct facts_foreign_module, module, &f->foreign_modules)
		dump_string_line(out, module->kind, module->name);
	vec_foreach (const char *const, note, &f->notes)
		dump_string_line(out, "note", *note);
	vec_foreach (const char *const, requirement, &f->requirements)
		dump_string_line(out, "requirement", *requirement);
	buf_printf(out, "  functions seen %" PRIu32 "\n", f->functions_seen);
}

static void dump_file(struct buf *out, size_t i, const struct facts_file *file)
{
	buf_printf(out, "file %zu ", i);
	dump_quoted(out, file->path);
	buf_printf(out, " %s%s\n", origins[file->origin], file->vendored ? " vendored" : "");
	vec_foreach (const struct facts_line, line, &file->lines) {
		buf_printf(out, "  line %" PRIu32 " ", line->line);
		dump_quoted(out, line->text);
		buf_char(out, '\n');
	}
	vec_foreach (const struct facts_comment, comment, &file->comments) {
		buf_printf(out, "  comment %" PRIu32 "%s ", comment->line,
			comment->own_line ? " own-line" : "");
		dump_quoted(out, comment->text);
		buf_char(out, '\n');
	}
}

static void dump_type(struct buf *out, size_t i, const struct facts_type *type)
{
	buf_printf(out, "type t%zu %s ", i, type_kinds[type->kind]);
	dump_quoted(out, type->name);
	dump_flags(out, type->flags, type_flags);
	if (type->target != FACTS_NONE)
		buf_printf(out, " -> t%" PRIu32, type->target);
	if (type->record != FACTS_NONE)
		buf_printf(out, " record r%" PRIu32, type->record);
	if (type->count)
		buf_printf(out, " count %" PRIu64, type->count);
	if (type->size)
		buf_printf(out, " size %" PRIu32, type->size);
	buf_char(out, '\n');
}

static void dump_record(const struct facts *f, struct buf *out, size_t i)
{
	const struct facts_record *record = &f->records.v[i];

	buf_printf(out, "record r%zu %s ", i, record_kinds[record->kind]);
	dump_quoted(out, record->name);
	buf_str(out, " key ");
	dump_quoted(out, record->key);
	buf_printf(out, " %s%s", origins[record->origin], record->complete ? "" : " incomplete");
	dump_loc(out, record->loc);
	buf_char(out, '\n');
	for (size_t j = 0; j < record->bases.n; j++) {
		buf_str(out, "  base");
		dump_type_ref(f, out, record->bases.v[j]);
		buf_char(out, '\n');
	}
	for (size_t j = 0; j < record->fields.n; j++) {
		const struct facts_field *field = &record->fields.v[j];

		buf_printf(out, "  field %zu ", j);
		dump_quoted(out, field->name);
		dump_type_ref(f, out, field->type);
		dump_flags(out, field->flags, field_flags);
		dump_loc(out, field->loc);
		dump_annotations(out, field->annotations);
		buf_char(out, '\n');
	}
}

static void dump_init(const struct facts *f, struct buf *out, uint32_t i, unsigned indent)
{
	const struct facts_init *init = &f->inits.v[i];

	buf_printf(out, "%*s", (int)(2 * indent), "");
	if (init->field)
		buf_printf(out, ".%s ", init->field);
	else if (indent > 1)
		buf_printf(out, "[%" PRIu64 "] ", init->index);
	switch (init->kind) {
	case INIT_LIST:
		buf_printf(out, "list %" PRIu32, init->count);
		break;
	case INIT_INT:
		buf_printf(out, "int %" PRId64, init->value);
		break;
	case INIT_NULL:
		buf_str(out, "null");
		break;
	case INIT_STRING:
		buf_str(out, "string ");
		dump_quoted(out, init->string);
		break;
	case INIT_SYMBOL:
		buf_printf(out, "symbol s%" PRIu32 " %s", init->symbol,
			f->symbols.v[init->symbol].name);
		break;
	case INIT_UNKNOWN:
		buf_str(out, "unknown");
		break;
	}
	dump_type_ref(f, out, init->type);
	if (init->text[0]) {
		buf_str(out, " text ");
		dump_quoted(out, init->text);
	}
	dump_loc(out, init->loc);
	buf_char(out, '\n');
	if (init->kind != INIT_LIST)
		return;
	for (uint32_t j = 0; j < init->count; j++)
		dump_init(f, out, init->first + j, indent + 1);
}

static void dump_symbol(const struct facts *f, struct buf *out, size_t i)
{
	const struct facts_symbol *symbol = &f->symbols.v[i];

	buf_printf(out, "symbol s%zu %s ", i, symbol_kinds[symbol->kind]);
	dump_quoted(out, symbol->name);
	buf_str(out, " key ");
	dump_quoted(out, symbol->key);
	buf_printf(out, " %s %s", linkages[symbol->linkage], origins[symbol->origin]);
	dump_flags(out, symbol->flags, symbol_flags);
	dump_type_ref(f, out, symbol->type);
	dump_loc(out, symbol->loc);
	if (symbol->function != FACTS_NONE)
		buf_printf(out, " in s%" PRIu32, symbol->function);
	if (symbol->record != FACTS_NONE)
		buf_printf(out, " of r%" PRIu32, symbol->record);
	if (symbol->kind == SYMBOL_ENUMERATOR)
		buf_printf(out, " value %" PRId64, symbol->value);
	dump_annotations(out, symbol->annotations);
	buf_char(out, '\n');
	if (symbol->init != FACTS_NONE)
		dump_init(f, out, symbol->init, 1);
}

/* ---- code ---- */

void dump_operand(const struct facts *f, const struct facts_operand *operand, struct buf *out)
{
	switch (operand->kind) {
	case OPERAND_NONE:
		buf_char(out, '-');
		break;
	case OPERAND_TEMP:
		buf_printf(out, "%%%" PRIu32, operand->id);
		break;
	case OPERAND_INT:
		buf_printf(out, "%" PRId64, operand->value);
		break;
	case OPERAND_NULL:
		buf_str(out, "null");
		break;
	case OPERAND_STRING:
		dump_quoted(out, operand->text);
		break;
	case OPERAND_SYMBOL:
		buf_printf(out, "&%s", f->symbols.v[operand->id].name);
		break;
	case OPERAND_OTHER:
		buf_char(out, '?');
		break;
	}
}

void dump_place(const struct facts *f, const struct facts_function *fn,
	const struct facts_place *place, struct buf *out)
{
	switch (place->kind) {
	case PLACE_LOCAL:
		if (fn->locals.v[place->id].name[0])
			buf_str(out, fn->locals.v[place->id].name);
		else
			buf_printf(out, "$%" PRIu32, place->id);
		break;
	case PLACE_GLOBAL:
		buf_str(out, f->symbols.v[place->id].name);
		break;
	case PLACE_MEM:
		buf_str(out, "(*");
		dump_operand(f, &place->base, out);
		buf_char(out, ')');
		break;
	case PLACE_UNKNOWN:
		buf_str(out, "(?)");
		break;
	}
	for (uint32_t i = 0; i < place->nsteps; i++) {
		const struct facts_step *step = &fn->steps.v[place->first_step + i];

		if (step->kind == STEP_INDEX) {
			buf_char(out, '[');
			dump_operand(f, &step->index, out);
			buf_char(out, ']');
		} else {
			buf_printf(
				out, ".%s", f->records.v[step->record].fields.v[step->field].name);
		}
	}
}

static void dump_op(
	const struct facts *f, const struct facts_function *fn, uint32_t index, struct buf *out)
{
	const struct facts_op *op = &fn->ops.v[index];

	buf_printf(out, "    %%%" PRIu32 " %s", index, facts_op_name(op->kind));
	if (op->sub != OPERATOR_NONE)
		buf_printf(out, " %s", facts_operator_text(op->sub));
	if (op->kind == OP_CALL)
		buf_printf(
			out, " %s", op->callee == FACTS_NONE ? "*" : f->symbols.v[op->callee].name);
	if (op->place != FACTS_NONE) {
		buf_char(out, ' ');
		dump_place(f, fn, &fn->places.v[op->place], out);
		if (op->nargs)
			buf_str(out, " <-");
	}
	for (uint32_t i = 0; i < op->nargs; i++) {
		buf_str(out, i ? ", " : " ");
		dump_operand(f, &fn->args.v[op->first_arg + i], out);
	}
	if (op->type != FACTS_NONE) {
		buf_str(out, " :");
		dump_type_ref(f, out, op->type);
	}
	dump_flags(out, op->flags, op_flags);
	if (op->macro) {
		buf_str(out, " macro ");
		dump_quoted(out, op->macro);
	}
	dump_loc(out, op->loc);
	buf_char(out, '\n');
}

static void dump_block(
	const struct facts *f, const struct facts_function *fn, size_t index, struct buf *out)
{
	const struct facts_block *block = &fn->blocks.v[index];
	const struct facts_op *last = &fn->ops.v[block->first_op + block->nops - 1];

	buf_printf(out, "  block %zu", index);
	if (block->nsuccs)
		buf_str(out, " ->");
	for (uint32_t i = 0; i < block->nsuccs; i++) {
		buf_printf(out, " %" PRIu32, fn->succs.v[block->first_succ + i]);
		if (last->kind == OP_SWITCH && i + 1 < block->nsuccs)
			buf_printf(out, "(%" PRId64 ")", fn->cases.v[last->callee + i]);
	}
	buf_char(out, '\n');
	for (uint32_t i = 0; i < block->nops; i++)
		dump_op(f, fn, block->first_op + i, out);
}

static void dump_function(const struct facts *f, size_t index, struct buf *out)
{
	const struct facts_function *fn = &f->functions.v[index];

	buf_printf(out, "code %zu %s s%" PRIu32, index, f->symbols.v[fn->symbol].name, fn->symbol);
	dump_flags(out, fn->flags, function_flags);
	dump_loc(out, fn->begin);
	dump_loc(out, fn->end);
	buf_char(out, '\n');
	for (size_t i = 0; i < fn->locals.n; i++) {
		const struct facts_local *local = &fn->locals.v[i];

		buf_printf(out, "  local %zu ", i);
		dump_quoted(out, local->name);
		dump_type_ref(f, out, local->type);
		dump_flags(out, local->flags, local_flags);
		dump_loc(out, local->loc);
		dump_annotations(out, local->annotations);
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < fn->blocks.n; i++)
		dump_block(f, fn, i, out);
}

/* ---- the rest ---- */

static void dump_annotation(struct buf *out, size_t i, const struct facts_annotation *annotation)
{
	buf_printf(out, "annotation a%zu ", i);
	dump_quoted(out, annotation->text);
	if (annotation->next != FACTS_NONE)
		buf_printf(out, " next a%" PRIu32, annotation->next);
	dump_loc(out, annotation->loc);
	buf_char(out, '\n');
}

static void dump_unknown(
	const struct facts *f, struct buf *out, const struct facts_unknown *unknown)
{
	buf_printf(out, "unknown %s ", facts_unknown_name(unknown->kind));
	dump_quoted(out, unknown->detail);
	dump_loc(out, unknown->loc);
	if (unknown->function != FACTS_NONE)
		buf_printf(
			out, " in %s", f->symbols.v[f->functions.v[unknown->function].symbol].name);
	if (unknown->symbol != FACTS_NONE)
		buf_printf(out, " of %s", f->symbols.v[unknown->symbol].name);
	buf_char(out, '\n');
}

static void dump_environment(const struct facts *f, struct buf *out)
{
	vec_foreach (const struct facts_define, define, &f->defines) {
		buf_printf(out, "define %s ", define->name);
		dump_quoted(out, define->value);
		dump_loc(out, define->loc);
		buf_char(out, '\n');
	}
	vec_foreach (const struct facts_include, include, &f->includes) {
		buf_str(out, "include ");
		dump_quoted(out, include->name);
		buf_str(out, " found ");
		dump_quoted(out, include->path);
		dump_loc(out, include->loc);
		buf_char(out, '\n');
	}
}

void facts_dump(const struct facts *f, struct buf *out)
{
	dump_head(f, out);
	for (size_t i = 0; i < f->files.n; i++)
		dump_file(out, i, &f->files.v[i]);
	dump_environment(f, out);
	for (size_t i = 0; i < f->types.n; i++)
		dump_type(out, i, &f->types.v[i]);
	for (size_t i = 0; i < f->records.n; i++)
		dump_record(f, out, i);
	for (size_t i = 0; i < f->annotations.n; i++)
		dump_annotation(out, i, &f->annotations.v[i]);
	for (size_t i = 0; i < f->symbols.n; i++)
		dump_symbol(f, out, i);
	for (size_t i = 0; i < f->functions.n; i++)
		dump_function(f, i, out);
	vec_foreach (const struct facts_unknown, unknown, &f->unknowns)
		dump_unknown(f, out, unknown);
}
