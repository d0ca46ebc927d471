#include "gen.h"

#include <ctype.h>
#include <string.h>

/* Splits identifiers off *AT; returns the length of the next one, 0 at the end. */
static size_t next_word(const char **at)
{
	const char *s = *at;
	size_t n = 0;

	while (*s && !(isalpha((unsigned char)*s) || *s == '_'))
		s++;
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	*at = s;
	return n;
}

static bool is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

static bool is_tag_word(const char *s, size_t n)
{
	return is_word(s, n, "struct") || is_word(s, n, "union") || is_word(s, n, "enum");
}

static void write_type(struct gen *g, struct buf *out, struct gen_item *item);

/* Writes the type NAME, if it is ours; where COMPLETE, the record behind it too. */
static void need_type(struct gen *g, struct buf *out, const char *name, bool complete)
{
	struct gen_item *item = gen_find(g, GEN_TYPE, name);
	const char *decl;

	if (!item)
		return;
	write_type(g, out, item);
	decl = gen_is_shape(item, "typedef") ? gen_text(item->view, "decl") : NULL;
	if (complete && decl && !strchr(decl, '*') && is_tag_word(decl, strcspn(decl, " "))) {
		const char *tag = decl + strcspn(decl, " ") + 1;

		need_type(g, out,
			arena_strndup(&g->arena, decl, (size_t)(tag - decl) + strcspn(tag, " ")),
			false);
	}
}

/* Writes what the declaration TEXT needs. Where it is no field or behind a pointer a
 * tag is enough. */
static void need_types_of(struct gen *g, struct buf *out, const char *text, bool field)
{
	bool by_value = field && !strchr(text, '*');
	const char *at = text, *first;
	size_t n;

	while ((n = next_word(&at)) > 0) {
		first = at;
		at += n;
		if (!is_tag_word(first, n)) {
			need_type(g, out, arena_strndup(&g->arena, first, n), by_value);
			continue;
		}
		n = next_word(&at);
		if (by_value || *first == 'e')
			need_type(g, out, arena_strndup(&g->arena, first, (size_t)(at - first) + n),
				true);
		at += n;
	}
}

static const char *record_word(const json_t *field)
{
	return json_object_get(field, "union") ? "union" : "struct";
}

static void need_fields(struct gen *g, struct buf *out, const json_t *fields)
{
	const json_t *field;
	size_t i;

	json_array_foreach(fields, i, field)
	{
		if (json_is_string(field))
			need_types_of(g, out, json_string_value(field), true);
		else
			need_fields(g, out, json_object_get(field, record_word(field)));
	}
}

static void write_fields(struct buf *out, const json_t *fields, int depth)
{
	const json_t *field;
	size_t i;

	json_array_foreach(fields, i, field)
	{
		const char *name = gen_text(field, "name"), *tag = gen_text(field, "tag");

		if (json_is_string(field)) {
			buf_printf(out, "%*s%s;\n", depth, "", json_string_value(field));
			continue;
		}
		buf_printf(out, "%*s%s %s%s{\n", depth, "", record_word(field), tag ? tag : "",
			tag ? " " : "");
		write_fields(out, json_object_get(field, record_word(field)), depth + 1);
		buf_printf(out, "%*s} %s;\n", depth, "", name ? name : "");
	}
}

static void write_number(struct buf *out, const json_t *value)
{
	if (json_is_string(value))
		buf_printf(out, "%sULL", json_string_value(value));
	else
		buf_printf(out, "%lld", (long long)json_integer_value(value));
}

static void write_enumerators(struct buf *out, const json_t *values)
{
	const json_t *value;
	size_t i;

	json_array_foreach(values, i, value)
	{
		buf_printf(out, " %s = ", json_string_value(json_array_get(value, 0)));
		write_number(out, json_array_get(value, 1));
		buf_str(out, ",\n");
	}
}

static void write_type(struct gen *g, struct buf *out, struct gen_item *item)
{
	const char *shape = gen_text(item->view, "shape"), *tag = gen_text(item->view, "tag");
	const char *decl = gen_text(item->view, "decl");
	const json_t *fields = json_object_get(item->view, "fields");
	bool alone = strncmp(item->name, "enum of ", 8) == 0;

	if (item->written)
		return;
	item->written = true;
	if (decl)
		need_types_of(g, out, decl, false);
	need_fields(g, out, fields);
	if (decl) {
		/* a macro may stand for part of a type: "unsigned PY_LONG_LONG" */
		if (gen_is_shape(item, "type-macro"))
			buf_printf(out, "#define %s %s\n", item->name, decl);
		else
			buf_printf(out, "typedef %s;\n", decl);
		return;
	}
	buf_printf(out, "%s%s %s%s{\n", tag || alone ? "" : "typedef ", shape, tag ? tag : "",
		tag ? " " : "");
	write_fields(out, fields, 1);
	write_enumerators(out, json_object_get(item->view, "values"));
	buf_printf(out, "} %s;\n", tag || alone ? "" : item->name);
}

/* Declares the tags that TEXT names, so that none is born inside a parameter list. */
static void forward_tags(struct gen *g, struct buf *out, struct map *done, const char *text)
{
	const char *at = text, *first;
	bool added;
	size_t n;

	while ((n = next_word(&at)) > 0) {
		first = at;
		at += n;
		if (!is_tag_word(first, n) || *first == 'e')
			continue;
		n = next_word(&at);
		text = arena_strndup(&g->arena, first, (size_t)(at - first) + n);
		map_put(done, text, &added);
		if (added && n)
			buf_printf(out, "%s;\n", text);
		at += n;
	}
}

static void forward_list(struct gen *g, struct buf *out, struct map *done, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_is_string(one))
			forward_tags(g, out, done, json_string_value(one));
		else
			forward_list(g, out, done, json_object_get(one, record_word(one)));
	}
}

static void forward_item(
	struct gen *g, struct buf *out, struct map *done, const struct gen_item *item)
{
	const char *texts[] = {
		item->name, gen_text(item->view, "decl"), gen_text(item->view, "returns")};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i])
			forward_tags(g, out, done, texts[i]);
	forward_list(g, out, done, json_object_get(item->view, "params"));
	forward_list(g, out, done, json_object_get(item->view, "fields"));
}

static bool is_wanted(struct gen *g, const struct gen_item *item, const char *header)
{
	if (strcmp(item->header, header) != 0 || map_get(g->by_hand, item->name))
		return false;
	if (!item->removed)
		return true;
	/* an old type is declared only where a typedef gave it a name of Python's */
	return gen_is_python_name(item->name) && gen_is_shape(item, "typedef") &&
	       gen_types_known(g, gen_text(item->view, "decl"));
}

void gen_types(struct gen *g, struct buf *out, const char *header)
{
	struct map done;

	map_init(&done, &g->arena);
	vec_foreach (struct gen_item, item, &g->items)
		if (item->kind <= GEN_TYPE && !item->removed && strcmp(item->header, header) == 0)
			forward_item(g, out, &done, item);
	vec_foreach (struct gen_item, item, &g->items)
		if (item->kind == GEN_TYPE && is_wanted(g, item, header))
			write_type(g, out, item);
}

/* Words of a type that need no declaration of ours. */
static bool is_basic(const char *s, size_t n)
{
	static const char *const words[] = {"char", "short", "int", "long", "unsigned", "signed",
		"float", "double", "void", "const", "volatile", "_Bool", "size_t", "wchar_t",
		"FILE", "ssize_t"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(s, n, words[i]))
			return true;
	return n > 2 && islower((unsigned char)*s) && memcmp(s + n - 2, "_t", 2) == 0;
}

bool gen_types_known(struct gen *g, const char *text)
{
	const char *at = text;
	size_t n;

	while ((n = next_word(&at)) > 0) {
		const char *word = arena_strndup(&g->arena, at, n);
		const struct gen_item *item = gen_find(g, GEN_TYPE, word);

		if (is_tag_word(at, n))
			return false;
		/* the last word of a typedef is the name itself */
		if (!is_basic(at, n) && at[n] != '\0' &&
			!(item && !item->removed && strcmp(item->header, "Python.h") == 0))
			return false;
		at += n;
	}
	return true;
}
