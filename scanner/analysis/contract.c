/* Contracts of include/gilcheck/annotations.h that are about locks: their text, and the lock
 * that a function requires as a path of that function. */
#include "analysis/state.h"

const char *analysis_contract(
	struct arena *arena, const struct facts *facts, uint32_t first, const char *kind)
{
	size_t n = strlen(kind);

	for (; first != FACTS_NONE; first = facts->annotations.v[first].next) {
		const char *text = facts->annotations.v[first].text;
		size_t len = strlen(text);

		if (strncmp(text, kind, n) != 0)
			continue;
		if (!text[n])
			return "";
		if (text[n] == '(' && text[len - 1] == ')')
			return arena_printf(arena, "%.*s", (int)(len - n - 2), text + n + 1);
	}
	return NULL;
}

static size_t word(const char *text)
{
	size_t n = 0;

	while (text[n] == '_' || (text[n] >= '0' && text[n] <= '9') ||
		((text[n] | 32) >= 'a' && (text[n] | 32) <= 'z'))
		n++;
	return n;
}

static bool is_word(const char *name, const char *text, size_t n)
{
	return strlen(name) == n && memcmp(name, text, n) == 0;
}

/* A parameter, or a variable of the same unit or without internal linkage; *TYPE: its type in
 * the facts of F. */
static path_id root_named(
	struct analysis *a, const struct fn_state *f, const char *text, size_t n, uint32_t *type)
{
	*type = FACTS_NONE;
	for (uint32_t i = 0; i < f->code->nparams; i++)
		if (is_word(f->code->locals.v[i].name, text, n)) {
			*type = f->code->locals.v[i].type;
			return path_make(a, PATH_PARAM, 0, i, 0);
		}
	for (uint32_t i = 0; i < a->ext->variables.n; i++) {
		const struct ext_variable *v = &a->ext->variables.v[i];

		if (is_word(v->name, text, n) && v->sym->linkage != LINKAGE_NONE &&
			(v->unit == f->unit || v->sym->linkage == LINKAGE_EXTERNAL))
			return path_make(a, PATH_VARIABLE, 0, i, 0);
	}
	return PATH_NONE;
}

/* The field of that name of the structure that TYPE points to. */
static path_id field_named(struct analysis *a, const struct fn_state *f, path_id base,
	uint32_t type, const char *text, size_t n)
{
	const struct facts *facts = f->ext->facts;
	const struct facts_type *t = type < facts->types.n ? &facts->types.v[type] : NULL;
	const struct facts_record *r;
	uint32_t record;

	if (t && t->kind == TYPE_POINTER && t->target < facts->types.n)
		t = &facts->types.v[t->target];
	if (!t || t->kind != TYPE_RECORD)
		return PATH_NONE;
	record = ext_record_of(a->ext, f->unit, t->record);
	if (record == EXT_NONE)
		return PATH_NONE;
	r = a->ext->records.v[record].rec;
	for (uint32_t i = 0; i < r->fields.n; i++)
		if (is_word(r->fields.v[i].name, text, n))
			return path_make(a, PATH_FIELD, base, record, i);
	return PATH_NONE;
}

path_id contract_required(struct analysis *a, const struct fn_state *f)
{
	const char *text = analysis_contract(
		&a->arena, f->ext->facts, f->ext->symbol->annotations, "requires");
	uint32_t type;
	path_id path;
	size_t n;

	if (!text)
		return PATH_NONE;
	text += *text == '&';
	n = word(text);
	path = root_named(a, f, text, n, &type);
	text += n;
	if (!path || !*text)
		return path;
	text += *text == '.' ? 1 : strncmp(text, "->", 2) == 0 ? 2 : 0;
	n = word(text);
	return n && !text[n] ? field_named(a, f, path, type, text, n) : PATH_NONE;
}

path_id analysis_required_lock(const struct analysis *a, uint32_t function)
{
	return a->fns[function].required;
}
