#include "db/format.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "db/shape.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 100

/* ---- values ---- */

/* {"a": 1, "b": [2]}: one line, spaces after commas and colons. */
static void put_flat(struct buf *out, const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);

	buf_str(out, text ? text : "null");
	free(text);
}

static void put_indent(struct buf *out, unsigned depth)
{
	buf_char(out, '\n');
	while (depth--)
		buf_str(out, "  ");
}

static json_t *ordered(const struct shape *shape, const json_t *object);

/* Lists of objects get the member order of their shape. */
static json_t *ordered_list(const struct shape *shape, const json_t *array)
{
	json_t *copy = json_array(), *item;
	size_t i;

	json_array_foreach(array, i, item) json_array_append_new(copy, ordered(shape, item));
	return copy;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Claims are sorted by name, as their order in a file means nothing. */
static json_t *ordered_claims(json_t *object)
{
	size_t n = json_object_size(object), i = 0;
	const char **keys = gc_xmalloc((n + 1) * sizeof(*keys));
	json_t *copy = json_object(), *value;
	const char *key;

	json_object_foreach(object, key, value) keys[i++] = key;
	qsort(keys, n, sizeof(*keys), by_text);
	for (i = 0; i < n; i++)
		json_object_set(copy, keys[i], json_object_get(object, keys[i]));
	free(keys);
	return copy;
}

static json_t *ordered(const struct shape *shape, const json_t *object)
{
	json_t *copy = json_object();

	for (size_t i = 0; i < shape->nfields; i++) {
		const struct shape_field *f = &shape->fields[i];
		json_t *value = json_object_get(object, f->name);

		if (!value)
			continue;
		if (f->type == SHAPE_LIST)
			json_object_set_new(copy, f->name, ordered_list(f->sub, value));
		else if (f->type == SHAPE_CLAIMS)
			json_object_set_new(copy, f->name, ordered_claims(value));
		else
			json_object_set(copy, f->name, value);
	}
	return copy;
}

static void put_value(struct buf *out, json_t *value, unsigned depth, size_t column);

static void put_members(struct buf *out, json_t *object, unsigned depth)
{
	const char *key, *comma = "";
	json_t *value;

	buf_char(out, '{');
	json_object_foreach(object, key, value)
	{
		buf_str(out, comma);
		put_indent(out, depth + 1);
		buf_printf(out, "\"%s\": ", key);
		put_value(out, value, depth + 1, (depth + 1) * 2 + strlen(key) + 4);
		comma = ",";
	}
	put_indent(out, depth);
	buf_char(out, '}');
}

static void put_items(struct buf *out, json_t *array, unsigned depth)
{
	json_t *value;
	size_t i;

	buf_char(out, '[');
	json_array_foreach(array, i, value)
	{
		buf_str(out, i ? "," : "");
		put_indent(out, depth + 1);
		put_value(out, value, depth + 1, (depth + 1) * 2);
	}
	put_indent(out, depth);
	buf_char(out, ']');
}

/* On one line where it fits behind COLUMN, else one member a line. */
static void put_value(struct buf *out, json_t *value, unsigned depth, size_t column)
{
	struct buf flat = BUF_INIT;

	put_flat(&flat, value);
	if (column + flat.len < WIDTH || (!json_is_object(value) && !json_is_array(value)))
		buf_str(out, flat.text);
	else if (json_is_object(value))
		put_members(out, value, depth);
	else
		put_items(out, value, depth);
	buf_release(&flat);
}

/* ---- files ---- */

struct named {
	const char *name;
	json_t *entry;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void put_section(struct buf *out, const struct shape *shape, const json_t *array)
{
	size_t n = json_array_size(array), i;
	struct named *list = gc_xmalloc((n + 1) * sizeof(*list));
	json_t *entry;

	json_array_foreach(array, i, entry)
	{
		list[i].name = json_string_value(json_object_get(entry, shape->fields[0].name));
		list[i].entry = ordered(shape, entry);
	}
	qsort(list, n, sizeof(*list), by_name);
	buf_printf(out, "  \"%s\": [", shape->section);
	for (i = 0; i < n; i++) {
		buf_str(out, i ? ",\n    " : "\n    ");
		put_members(out, list[i].entry, 2);
		json_decref(list[i].entry);
	}
	buf_str(out, "\n  ]");
	free(list);
}

static void put_file(struct buf *out, const json_t *root)
{
	const json_t *release = json_object_get(root, "release");
	const char *comma = "\n";

	buf_str(out, "{");
	if (release) {
		buf_str(out, "\n  \"release\": ");
		put_flat(out, release);
		comma = ",\n";
	}
	for (int i = 0; i < DB_SECTIONS; i++) {
		const json_t *array = json_object_get(root, db_shapes[i]->section);

		if (!array)
			continue;
		buf_str(out, comma);
		put_section(out, db_shapes[i], array);
		comma = ",\n";
	}
	buf_str(out, "\n}\n");
}

static bool format_file(const char *path, bool check)
{
	struct buf out = BUF_INIT;
	size_t size;
	char *text = file_read(path, 0, &size);
	json_t *root = text ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
	bool same, ok;

	if (!root) {
		diag_error("%s: cannot read", path);
		free(text);
		return false;
	}
	put_file(&out, root);
	json_decref(root);
	same = out.len == size && memcmp(out.text, text, size) == 0;
	free(text);
	ok = same || (!check && file_write_atomic(path, out.text, out.len));
	if (!ok && check)
		diag_error("%s: is not in its canonical form; run 'make db-format'", path);
	else if (!ok)
		diag_error("%s: cannot write: %s", path, strerror(errno));
	buf_release(&out);
	return ok;
}

bool db_format_files(char **files, bool check)
{
	bool ok = true;

	for (; *files; files++)
		ok &= format_file(*files, check);
	return ok;
}

/* ---- schema ---- */

static json_t *words_schema(const struct shape_field *f)
{
	json_t *words = json_array();

	for (size_t i = 0; i < f->words->n; i++)
		if (f->words->v[i].value)
			json_array_append_new(words, json_string(f->words->v[i].word));
	return json_pack("{s:o}", "enum", words);
}

static json_t *shape_schema(const struct shape *shape);

static json_t *field_schema(const struct shape_field *f)
{
	switch (f->type) {
	case SHAPE_STRING:
		return json_pack("{s:s, s:i, s:s}", "type", "string", "minLength", 1, "pattern",
			"^[^\\u0000-\\u001f\\u007f]*$");
	case SHAPE_TEXT:
		return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
	case SHAPE_CHOICE:
	case SHAPE_WORD:
		return words_schema(f);
	case SHAPE_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case SHAPE_INT:
		return json_pack(
			"{s:s, s:i, s:i}", "type", "integer", "minimum", 0, "maximum", 9999);
	case SHAPE_INT64:
		return json_pack("{s:s}", "type", "integer");
	case SHAPE_VERSION:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]+\\.[0-9]+$");
	case SHAPE_BITS:
		return json_pack("{s:s, s:i, s:b, s:o}", "type", "array", "minItems", 1,
			"uniqueItems", 1, "items", words_schema(f));
	case SHAPE_STRINGS:
		return json_pack("{s:s, s:i, s:{s:s, s:i}}", "type", "array", "minItems", 1,
			"items", "type", "string", "minLength", 1);
	case SHAPE_LIST:
		return json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1, "items",
			shape_schema(f->sub));
	case SHAPE_CLAIMS:
		return json_pack("{s:s, s:i, s:{s:s, s:i}}", "type", "object", "minProperties", 1,
			"additionalProperties", "type", "string", "minLength", 1);
	}
	return NULL;
}

static json_t *shape_schema(const struct shape *shape)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *schema = json_pack("{s:s, s:s, s:b, s:o, s:o}", "description", shape->about, "type",
		"object", "additionalProperties", 0, "properties", properties, "required",
		required);

	for (size_t i = 0; i < shape->nfields; i++) {
		const struct shape_field *f = &shape->fields[i];
		json_t *field;

		if (f->flags & SHAPE_BUILT)
			continue;
		field = field_schema(f);
		json_object_set_new(field, "description", json_string(f->about));
		json_object_set_new(properties, f->name, field);
		if (f->flags & SHAPE_REQUIRED)
			json_array_append_new(required, json_string(f->name));
	}
	return schema;
}

void db_print_schema(FILE *out)
{
	json_t *properties = json_pack("{s:{s:s, s:i, s:s}}", "release", "type", "string",
		"minLength", 1, "description", "version of the database");
	json_t *schema = json_pack("{s:s, s:s, s:s, s:b, s:o}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title", "gilcheck database file",
		"type", "object", "additionalProperties", 0, "properties", properties);
	struct buf text = BUF_INIT;

	for (int i = 0; i < DB_SECTIONS; i++)
		json_object_set_new(properties, db_shapes[i]->section,
			json_pack("{s:s, s:o}", "type", "array", "items",
				shape_schema(db_shapes[i])));
	put_value(&text, schema, 0, 0);
	fprintf(out, "%s\n", text.text);
	buf_release(&text);
	json_decref(schema);
}
