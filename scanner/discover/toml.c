#include "discover/toml.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 40

struct reader {
	struct script *s;
	const char *p;
	unsigned line, bad, depth;
	bool failed;
};

static struct value *any_value(struct reader *r);

static void blanks(struct reader *r)
{
	while (*r->p == ' ' || *r->p == '\t' || *r->p == '\r')
		r->p++;
}

/* Between the values of an array lines end freely. */
static void space(struct reader *r)
{
	for (;;) {
		blanks(r);
		if (*r->p == '#')
			r->p += strcspn(r->p, "\n");
		if (*r->p != '\n')
			return;
		r->p++;
		r->line++;
	}
}

/* After the backslash. */
static void escape(struct reader *r, struct buf *out)
{
	static const char from[] = "btnfr\"\\e", to[] = "\b\t\n\f\r\"\\\x1b";
	const char *known = *r->p ? strchr(from, *r->p) : NULL;
	size_t digits = *r->p == 'u' ? 4 : *r->p == 'U' ? 8 : 0;

	if (known) {
		buf_char(out, to[known - from]);
		r->p++;
	} else if (digits) {
		char hex[9] = "";

		r->p++;
		for (size_t i = 0; i < digits && isxdigit((unsigned char)*r->p); i++)
			hex[i] = *r->p++;
		buf_utf8(out, strtoul(hex, NULL, 16));
	} else if (isspace((unsigned char)*r->p)) {
		for (; isspace((unsigned char)*r->p); r->p++)
			r->line += *r->p == '\n';
	} else {
		r->failed = true;
	}
}

static const char *string(struct reader *r)
{
	char quote = *r->p;
	bool many = r->p[1] == quote && r->p[2] == quote;
	struct buf out = BUF_INIT;
	const char *text;

	r->p += many ? 3 : 1;
	if (many && *r->p == '\n') {
		r->p++;
		r->line++;
	}
	while (*r->p && !(*r->p == quote && (!many || (r->p[1] == quote && r->p[2] == quote)))) {
		if (*r->p == '\n' && !many)
			break;
		r->line += *r->p == '\n';
		if (*r->p == '\\' && quote == '"') {
			r->p++;
			escape(r, &out);
		} else {
			buf_char(&out, *r->p++);
		}
	}
	if (*r->p == quote)
		r->p += many ? 3 : 1;
	else
		r->failed = true;
	text = arena_strdup(r->s->arena, buf_text(&out));
	buf_release(&out);
	return text;
}

static const char *key_part(struct reader *r)
{
	const char *start;

	blanks(r);
	if (*r->p == '"' || *r->p == '\'')
		return string(r);
	start = r->p;
	while (isalnum((unsigned char)*r->p) || *r->p == '_' || *r->p == '-')
		r->p++;
	if (r->p == start)
		r->failed = true;
	return arena_strndup(r->s->arena, start, (size_t)(r->p - start));
}

/* The table under KEY, made where it is new; of an array of tables the last one. */
static struct value *sub_table(struct reader *r, struct value *table, const char *key)
{
	struct value *sub = dict_get(table, key);

	if (sub && sub->kind == V_LIST && sub->items.n)
		sub = sub->items.v[sub->items.n - 1];
	if (sub && sub->kind == V_DICT)
		return sub;
	sub = value_new(r->s, V_DICT);
	dict_set(r->s, table, value_str(r->s, key), sub);
	return sub;
}

/* "a.b.c": *TABLE becomes that of a.b; gives c. */
static const char *key(struct reader *r, struct value **table)
{
	const char *name = key_part(r);

	for (int i = 0; i < MAX_DEPTH && !r->failed; i++) {
		blanks(r);
		if (*r->p != '.')
			return name;
		r->p++;
		*table = sub_table(r, *table, name);
		name = key_part(r);
	}
	r->failed = true;
	return name;
}

static void pair(struct reader *r, struct value *table)
{
	const char *name = key(r, &table);

	blanks(r);
	if (r->failed || *r->p != '=') {
		r->failed = true;
		return;
	}
	r->p++;
	dict_set(r->s, table, value_str(r->s, name), any_value(r));
}

static struct value *array(struct reader *r)
{
	struct value *list = value_list(r->s);

	r->p++;
	for (space(r); *r->p && *r->p != ']' && !r->failed; space(r)) {
		list_add(r->s, list, any_value(r));
		space(r);
		if (*r->p != ',')
			break;
		r->p++;
	}
	if (*r->p != ']')
		r->failed = true;
	else
		r->p++;
	return list;
}

static struct value *inline_table(struct reader *r)
{
	struct value *table = value_new(r->s, V_DICT);

	r->p++;
	for (space(r); *r->p && *r->p != '}' && !r->failed; space(r)) {
		pair(r, table);
		space(r);
		if (*r->p != ',')
			break;
		r->p++;
	}
	if (*r->p != '}')
		r->failed = true;
	else
		r->p++;
	return table;
}

/* Numbers, dates, true and false. */
static struct value *bare(struct reader *r)
{
	size_t n = strcspn(r->p, ",]}#\r\n \t");
	const char *word = arena_strndup(r->s->arena, r->p, n);
	char *end;
	long long number = strtoll(word, &end, 10);

	r->p += n;
	if (!n)
		r->failed = true;
	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0)
		return value_bool(r->s, *word == 't');
	return n && !*end ? value_int(r->s, number) : r->s->unknown;
}

static struct value *any_value(struct reader *r)
{
	struct value *v;

	blanks(r);
	if (*r->p == '"' || *r->p == '\'')
		return value_str(r->s, string(r));
	if (*r->p != '[' && *r->p != '{')
		return bare(r);
	if (r->depth >= MAX_DEPTH) {
		r->failed = true;
		return r->s->unknown;
	}
	r->depth++;
	v = *r->p == '[' ? array(r) : inline_table(r);
	r->depth--;
	return v;
}

static struct value *header(struct reader *r, struct value *root)
{
	struct value *table = root, *list;
	bool many = r->p[1] == '[';
	const char *name;

	r->p += many ? 2 : 1;
	name = key(r, &table);
	blanks(r);
	if (*r->p != ']')
		r->failed = true;
	r->p += strcspn(r->p, "\n");
	if (r->failed)
		return value_new(r->s, V_DICT);
	if (!many)
		return sub_table(r, table, name);
	list = dict_get(table, name);
	if (!list || list->kind != V_LIST) {
		list = value_list(r->s);
		dict_set(r->s, table, value_str(r->s, name), list);
	}
	table = value_new(r->s, V_DICT);
	list_add(r->s, list, table);
	return table;
}

struct value *toml_parse(struct script *s, const char *text, unsigned *bad)
{
	struct reader r = {.s = s, .p = text, .line = 1};
	struct value *root = value_new(s, V_DICT), *table = root;

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		r.p += 3;
	for (space(&r); *r.p; space(&r)) {
		unsigned line = r.line;

		r.failed = false;
		if (*r.p == '[')
			table = header(&r, root);
		else
			pair(&r, table);
		blanks(&r);
		if (*r.p && *r.p != '\n' && *r.p != '#')
			r.failed = true;
		if (r.failed && !r.bad)
			r.bad = line;
		r.p += strcspn(r.p, "\n");
	}
	*bad = r.bad;
	return root;
}

struct value *toml_get(const struct value *table, const char *path)
{
	struct value *v = NULL;
	char name[64];

	while (table && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		v = dict_get(table, name);
		table = v;
		path += n + (path[n] == '.');
	}
	return v;
}
