#include "db/raw.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/map.h"
#include "base/path.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const file_names[RAW_KINDS] = {
	[RAW_FUNCTION] = "functions.json",
	[RAW_VARIABLE] = "variables.json",
	[RAW_TYPE] = "types.json",
	[RAW_CONSTANT] = "constants.json",
	[RAW_MACRO] = "macros.json",
	[RAW_HEADER] = "headers.json",
};

static void put_text(json_t *to, const char *key, const char *text)
{
	if (text)
		json_object_set_new(to, key, json_string(text));
}

static void put_flag(json_t *to, const char *key, bool value)
{
	if (value)
		json_object_set_new(to, key, json_true());
}

static json_t *field_json(const struct raw_field *field)
{
	json_t *out, *list;

	if (field->decl)
		return json_string(field->decl);
	out = json_object();
	list = json_array();
	vec_foreach (const struct raw_field, inner, &field->fields)
		json_array_append_new(list, field_json(inner));
	json_object_set_new(out, field->record, list);
	put_text(out, "tag", field->tag);
	if (*field->suffix)
		put_text(out, "name", field->suffix);
	return out;
}

/* Numbers above INT64_MAX do not fit JSON's integers and are stored as text. */
static json_t *number_json(const struct raw_value *value)
{
	char text[32];

	if (!value->is_unsigned || value->number >= 0)
		return json_integer(value->number);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value->number);
	return json_string(text);
}

static void put_strings(json_t *to, const char *key, const char *const *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(v[i]));
	json_object_set_new(to, key, list);
}

static void put_type(json_t *out, const struct raw_item *item)
{
	json_t *list;

	put_text(out, "shape", item->shape);
	put_text(out, "tag", item->tag);
	put_text(out, "decl", item->decl);
	if (item->fields.n) {
		list = json_array();
		vec_foreach (const struct raw_field, field, &item->fields)
			json_array_append_new(list, field_json(field));
		json_object_set_new(out, "fields", list);
	}
	if (item->values.n) {
		list = json_array();
		vec_foreach (const struct raw_value, value, &item->values)
			json_array_append_new(
				list, json_pack("[s, o]", value->name, number_json(value)));
		json_object_set_new(out, "values", list);
	}
}

static void put_constant(json_t *out, const struct raw_item *item)
{
	put_text(out, "type", item->decl);
	if (strcmp(item->shape, "integer") == 0)
		json_object_set_new(out, "value", number_json(&item->value));
	else
		put_text(out, item->shape, item->text);
}

static void put_macro(json_t *out, const struct raw_item *item)
{
	put_text(out, "shape", item->shape);
	if (strcmp(item->shape, "alias") == 0)
		put_text(out, "of", item->text);
	if (item->params.n || strcmp(item->shape, "object") != 0)
		put_strings(out, "params", item->params.v, item->params.n);
	if (item->args.n)
		put_strings(out, "args", item->args.v, item->args.n);
	put_text(out, "returns", item->returns);
	put_flag(out, "lvalue", item->is_lvalue);
	put_flag(out, "generic", item->is_generic);
	put_flag(out, "variadic", item->is_variadic);
}

/* One version's view of ITEM, without the version. */
static json_t *item_json(const struct raw_item *item)
{
	json_t *out = json_object();

	if (item->kind != RAW_HEADER)
		put_text(out, "header", item->header);
	switch (item->kind) {
	case RAW_FUNCTION:
		put_text(out, "returns", item->returns);
		put_strings(out, "params", item->params.v, item->params.n);
		put_flag(out, "variadic", item->is_variadic);
		put_flag(out, "inline", item->is_inline);
		put_flag(out, "noreturn", item->is_noreturn);
		break;
	case RAW_VARIABLE:
		put_text(out, "decl", item->decl);
		break;
	case RAW_TYPE:
		put_type(out, item);
		break;
	case RAW_CONSTANT:
		put_constant(out, item);
		break;
	case RAW_MACRO:
		put_macro(out, item);
		break;
	case RAW_HEADER:
		put_text(out, "guard", item->text);
		put_flag(out, "python-h", item->in_python_h);
		if (item->params.n)
			put_strings(out, "includes", item->params.v, item->params.n);
		break;
	}
	return out;
}

struct merged { /* one name: what each version says, by index into set->versions */
	const char *name;
	json_t **views;
};

/* "3.6-3.9,3.13": the versions whose bit is set in PICK, which is indexed as
 * set->versions is. */
static json_t *ranges_json(const struct raw_set *set, const bool *pick)
{
	struct buf text = BUF_INIT;
	size_t n = set->versions.n, i = 0, end;
	json_t *out;

	while (i < n) {
		if (!pick[i]) {
			i++;
			continue;
		}
		for (end = i; end + 1 < n && pick[end + 1];)
			end++;
		buf_printf(&text, "%s3.%u", text.len ? "," : "", set->versions.v[i].minor);
		if (end > i)
			buf_printf(&text, "-3.%u", set->versions.v[end].minor);
		i = end + 1;
	}
	out = json_string(buf_text(&text));
	buf_release(&text);
	return out;
}

/* The view at FIRST together with the later ones that equal it; those are released and
 * taken out of M. */
static json_t *variant_json(const struct raw_set *set, struct merged *m, size_t first, bool *pick)
{
	json_t *view = m->views[first], *out = json_object();

	memset(pick, 0, set->versions.n * sizeof(*pick));
	for (size_t i = set->versions.n; i-- > first;) {
		if (!m->views[i] || !json_equal(m->views[i], view))
			continue;
		pick[i] = true;
		if (i != first)
			json_decref(m->views[i]);
		m->views[i] = NULL;
	}
	json_object_set_new(out, "versions", ranges_json(set, pick));
	json_object_update(out, view);
	json_decref(view);
	return out;
}

/* What older versions declared under names that are not Python's own is of no use. */
static bool is_python_name(const char *name)
{
	name += *name == '_';
	return name[0] == 'P' && (name[1] == 'y' || name[1] == 'Y');
}

static bool is_recent(const struct raw_set *set, const struct merged *m, unsigned floor)
{
	for (size_t i = 0; i < set->versions.n; i++)
		if (m->views[i] && set->versions.v[i].minor >= floor)
			return true;
	return false;
}

/* Leaves the views that are worth storing: those from FLOOR on, or the newest. */
static void drop_old_views(const struct raw_set *set, struct merged *m, unsigned floor)
{
	bool recent = is_recent(set, m, floor);
	size_t newest = 0;

	for (size_t i = 0; i < set->versions.n; i++)
		if (m->views[i])
			newest = i;
	for (size_t i = 0; i < newest; i++) {
		if (recent && set->versions.v[i].minor >= floor)
			break;
		json_decref(m->views[i]);
		m->views[i] = NULL;
	}
}

static void drop_views(const struct raw_set *set, struct merged *m)
{
	for (size_t i = 0; i < set->versions.n; i++)
		json_decref(m->views[i]);
}

static json_t *merged_json(const struct raw_set *set, struct merged *m, unsigned floor)
{
	bool *pick = gc_xmalloc(set->versions.n * sizeof(*pick));
	json_t *out = json_object(), *variants = json_array();

	for (size_t i = 0; i < set->versions.n; i++)
		pick[i] = m->views[i] != NULL;
	json_object_set_new(out, "seen", ranges_json(set, pick));
	drop_old_views(set, m, floor);
	for (size_t i = 0; i < set->versions.n; i++)
		if (m->views[i])
			json_array_append_new(variants, variant_json(set, m, i, pick));
	json_object_set_new(out, "variants", variants);
	free(pick);
	return out;
}

static int compare_merged(const void *a, const void *b)
{
	return strcmp(((const struct merged *)a)->name, ((const struct merged *)b)->name);
}

static json_t *kind_json(struct raw_set *set, enum raw_kind kind, unsigned floor)
{
	struct arena arena = ARENA_INIT;
	VEC(struct merged) names = {0};
	struct map by_name;
	json_t *out = json_object();

	map_init(&by_name, &arena);
	for (size_t v = 0; v < set->versions.n; v++) {
		vec_foreach (const struct raw_item, item, &set->versions.v[v].items) {
			bool added;
			uintptr_t *at;
			struct merged *m;

			if (item->kind != kind)
				continue;
			at = map_put(&by_name, item->name, &added);
			if (added) {
				*at = names.n;
				m = vec_add(&arena, &names);
				m->name = item->name;
				m->views = arena_alloc(&arena, set->versions.n * sizeof(*m->views));
			}
			m = &names.v[*at];
			json_decref(m->views[v]);
			m->views[v] = item_json(item);
		}
	}
	vec_sort(&names, compare_merged);
	vec_foreach (struct merged, m, &names) {
		if (kind == RAW_HEADER || is_recent(set, m, floor) || is_python_name(m->name))
			json_object_set_new(out, m->name, merged_json(set, m, floor));
		else
			drop_views(set, m);
	}
	arena_release(&arena);
	return out;
}

static void put_key(struct buf *out, const char *key)
{
	json_t *text = json_string(key);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY);

	buf_str(out, quoted);
	free(quoted);
	json_decref(text);
}

/* One line a variant, so that a new version of Python is a readable difference. */
static void put_entry(struct buf *out, const char *name, const json_t *entry)
{
	const json_t *variants = json_object_get(entry, "variants"), *variant;
	size_t i;

	put_key(out, name);
	buf_str(out, ": {\"seen\": ");
	put_key(out, json_string_value(json_object_get(entry, "seen")));
	buf_str(out, ", \"variants\": [");
	json_array_foreach(variants, i, variant)
	{
		char *text = json_dumps(variant, 0);

		buf_printf(out, "%s\n\t%s", i ? "," : "", text);
		free(text);
	}
	buf_str(out, "]}");
}

static bool write_kind(struct raw_set *set, enum raw_kind kind, const char *dir, unsigned floor)
{
	json_t *all = kind_json(set, kind, floor), *entry;
	struct buf out = BUF_INIT;
	const char *name, *path = path_join(&set->arena, dir, file_names[kind]);
	bool ok, first = true;

	buf_str(&out, "{\n");
	json_object_foreach(all, name, entry)
	{
		buf_str(&out, first ? "" : ",\n");
		put_entry(&out, name, entry);
		first = false;
	}
	buf_str(&out, "\n}\n");
	ok = file_write_atomic(path, out.text, out.len);
	if (!ok)
		diag_error("cannot write '%s': %s", path, strerror(errno));
	buf_release(&out);
	json_decref(all);
	return ok;
}

bool raw_write(struct raw_set *set, const char *dir, unsigned floor)
{
	for (unsigned kind = 0; kind < RAW_KINDS; kind++)
		if (!write_kind(set, (enum raw_kind)kind, dir, floor))
			return false;
	return true;
}
