/* What strings, lists and dicts can do. A method that is not known has an unknown
 * result; one that changes its object in a way not followed makes it partial. */
#include "discover/script.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Applies one "%..." conversion; returns what follows it, or NULL. */
static const char *convert(
	struct script *s, struct buf *out, const char *f, const struct value *item)
{
	const char *text;
	char pad = ' ';
	int width = 0;

	if (*f == '0')
		pad = '0';
	while (isdigit((unsigned char)*f) && width < 100)
		width = width * 10 + (*f++ - '0');
	if (!item || !*f || !strchr("sdir", *f))
		return NULL;
	text = value_text(s, item, *f == 'r');
	if (!text)
		return NULL;
	for (int n = width - (int)strlen(text); n > 0; n--)
		buf_char(out, pad);
	buf_str(out, text);
	return f + 1;
}

static const char *named_item(
	const char *f, struct script *s, const struct value *args, const struct value **item)
{
	const char *end = strchr(f, ')');

	if (!end)
		return NULL;
	*item = dict_get(args, arena_strndup(s->arena, f, (size_t)(end - f)));
	return end + 1;
}

struct value *value_percent(struct script *s, const char *f, const struct value *args)
{
	struct buf out = BUF_INIT;
	struct value *v;
	size_t next = 0;

	while (f && *f && out.len < 100000) {
		const struct value *item = args;

		if (*f != '%' || f[1] == '%') {
			f += *f == '%';
			buf_char(&out, *f++);
			continue;
		}
		f++;
		if (*f == '(')
			f = named_item(f + 1, s, args, &item);
		else if (args->kind == V_LIST && args->tuple)
			item = next < args->items.n ? args->items.v[next++] : NULL;
		f = f ? convert(s, &out, f, item) : NULL;
	}
	v = f ? value_str(s, buf_text(&out)) : s->unknown;
	buf_release(&out);
	return v;
}

/* "{}", "{0}", "{name}", without format specifications. */
static struct value *method_format(struct script *s, const char *f, const struct call *c)
{
	struct buf out = BUF_INIT;
	struct value *v = NULL;
	size_t next = 0;

	while (*f && !v && out.len < 100000) {
		const struct value *item;
		const char *text;
		size_t n;

		if ((*f == '{' || *f == '}') && f[1] == *f) {
			buf_char(&out, *f);
			f += 2;
			continue;
		}
		if (*f != '{') {
			buf_char(&out, *f++);
			continue;
		}
		n = strcspn(++f, "}");
		if (n == 0)
			item = call_arg(c, next++, NULL);
		else if (strspn(f, "0123456789") == n)
			item = call_arg(c, (size_t)atoi(f), NULL);
		else
			item = call_arg(c, c->args.n, arena_strndup(s->arena, f, n));
		text = item ? value_text(s, item, false) : NULL;
		if (text)
			buf_str(&out, text);
		else
			v = s->unknown;
		f += n;
		f += *f == '}';
	}
	if (!v)
		v = value_str(s, buf_text(&out));
	buf_release(&out);
	return v;
}

static struct value *method_join(struct script *s, const char *glue, const struct value *list)
{
	struct buf out = BUF_INIT;
	values items = {0};
	bool known = list && value_iterate(s, list, &items);
	struct value *v;

	for (size_t i = 0; known && i < items.n; i++) {
		const char *text = str_of(items.v[i]);

		known = text && out.len < 1000000;
		if (i)
			buf_str(&out, glue);
		buf_str(&out, text ? text : "");
	}
	v = known ? value_str(s, buf_text(&out)) : s->unknown;
	buf_release(&out);
	return v;
}

static struct value *split_blank(struct script *s, const char *text)
{
	struct value *list = value_list(s);

	for (;;) {
		size_t n;

		text += strspn(text, " \t\r\n");
		n = strcspn(text, " \t\r\n");
		if (!n)
			return list;
		list_add(s, list, value_strn(s, text, n));
		text += n;
	}
}

static struct value *method_split(struct script *s, const char *text, const char *by, long long max)
{
	struct value *list = value_list(s);
	size_t n = strlen(by);
	const char *at;

	if (!n)
		return s->unknown;
	while (max-- != 0 && (at = strstr(text, by))) {
		list_add(s, list, value_strn(s, text, (size_t)(at - text)));
		text = at + n;
	}
	list_add(s, list, value_str(s, text));
	return list;
}

static struct value *method_rsplit(
	struct script *s, const char *text, const char *by, long long max)
{
	struct value *all = method_split(s, text, by, -1), *list = value_list(s);
	size_t keep, at = 0;

	if (all->kind != V_LIST || max < 0 || (long long)all->items.n <= max + 1)
		return all;
	keep = all->items.n - (size_t)max;
	for (size_t i = 0; i < keep; i++)
		at += strlen(all->items.v[i]->text) + (i ? strlen(by) : 0);
	list_add(s, list, value_strn(s, text, at));
	for (size_t i = keep; i < all->items.n; i++)
		list_add(s, list, all->items.v[i]);
	return list;
}

static struct value *method_replace(
	struct script *s, const char *text, const char *from, const char *to)
{
	struct buf out = BUF_INIT;
	struct value *v;
	const char *at;

	if (!from || !to || !*from)
		return s->unknown;
	for (; (at = strstr(text, from)) && out.len < 1000000; text = at + strlen(from)) {
		buf_add(&out, text, (size_t)(at - text));
		buf_str(&out, to);
	}
	buf_str(&out, text);
	v = value_str(s, buf_text(&out));
	buf_release(&out);
	return v;
}

static struct value *method_strip(
	struct script *s, const char *text, const char *set, bool left, bool right)
{
	size_t n;

	if (left)
		text += strspn(text, set);
	n = strlen(text);
	while (right && n && strchr(set, text[n - 1]))
		n--;
	return value_strn(s, text, n);
}

static struct value *method_case(struct script *s, const char *text, bool upper)
{
	char *copy = arena_strdup(s->arena, text);

	for (char *p = copy; *p; p++)
		*p = (char)(upper ? toupper((unsigned char)*p) : tolower((unsigned char)*p));
	return value_str(s, copy);
}

static bool has_affix(const char *text, const char *affix, bool end)
{
	size_t n = strlen(text), m = strlen(affix);

	return n >= m && memcmp(end ? text + n - m : text, affix, m) == 0;
}

static struct value *method_affix(
	struct script *s, const char *text, const struct value *affix, bool end)
{
	if (str_of(affix))
		return value_bool(s, has_affix(text, affix->text, end));
	if (!affix || affix->kind != V_LIST)
		return s->unknown;
	for (size_t i = 0; i < affix->items.n; i++) {
		if (!str_of(affix->items.v[i]))
			return s->unknown;
		if (has_affix(text, affix->items.v[i]->text, end))
			return s->yes;
	}
	return s->no;
}

static struct value *partition(struct script *s, const char *text, const char *by, bool last)
{
	struct value *list = value_list(s);
	const char *at = strstr(text, by), *more;

	while (last && at && (more = strstr(at + 1, by)))
		at = more;
	list->tuple = true;
	list_add(s, list, at ? value_strn(s, text, (size_t)(at - text)) : value_str(s, text));
	list_add(s, list, value_str(s, at ? by : ""));
	list_add(s, list, value_str(s, at ? at + strlen(by) : ""));
	return list;
}

static struct value *string_method(
	struct script *s, struct value *self, const char *name, const struct call *c)
{
	const struct value *arg = call_arg(c, 0, NULL);
	const char *a = str_of(arg), *b = str_of(call_arg(c, 1, NULL));
	const struct value *limit = call_arg(c, 1, "maxsplit");
	long long max = limit && limit->kind == V_INT ? limit->number : -1;
	const char *t = self->text, *blanks = " \t\r\n\f\v";

	if (strcmp(name, "format") == 0)
		return method_format(s, t, c);
	if (strcmp(name, "join") == 0)
		return method_join(s, t, arg);
	if (strcmp(name, "split") == 0 || strcmp(name, "rsplit") == 0) {
		if (!arg || arg->kind == V_NONE)
			return split_blank(s, t);
		if (!a)
			return s->unknown;
		return *name == 'r' ? method_rsplit(s, t, a, max) : method_split(s, t, a, max);
	}
	if (strcmp(name, "splitlines") == 0)
		return method_split(s, t, "\n", -1);
	if (strcmp(name, "replace") == 0)
		return method_replace(s, t, a, b);
	if (strcmp(name, "startswith") == 0 || strcmp(name, "endswith") == 0)
		return method_affix(s, t, arg, *name == 'e');
	if (strcmp(name, "lower") == 0 || strcmp(name, "upper") == 0)
		return method_case(s, t, *name == 'u');
	if (strcmp(name, "strip") == 0 || strcmp(name, "lstrip") == 0 ||
		strcmp(name, "rstrip") == 0)
		return arg && !a ? s->unknown
				 : method_strip(s, t, a ? a : blanks, *name != 'r', *name != 'l');
	if (strcmp(name, "partition") == 0 || strcmp(name, "rpartition") == 0)
		return a && *a ? partition(s, t, a, *name == 'r') : s->unknown;
	if (strcmp(name, "find") == 0 && a) {
		const char *at = strstr(t, a);

		return value_int(s, at ? at - t : -1);
	}
	if (strcmp(name, "isdigit") == 0)
		return value_bool(s, *t && strspn(t, "0123456789") == strlen(t));
	if (strcmp(name, "encode") == 0 || strcmp(name, "decode") == 0)
		return self;
	return s->unknown;
}

static void remove_at(struct value *list, size_t i)
{
	memmove(&list->items.v[i], &list->items.v[i + 1],
		(list->items.n - i - 1) * sizeof(*list->items.v));
	list->items.n--;
}

static struct value *list_remove(struct script *s, struct value *list, const struct value *item)
{
	for (size_t i = 0; item && i < list->items.n; i++) {
		if (value_equal(list->items.v[i], item) == 1) {
			/* In a branch that may not be taken, keeping is the wider answer. */
			if (!s->unsure)
				remove_at(list, i);
			break;
		}
	}
	return s->none;
}

static struct value *list_insert(struct script *s, struct value *list, const struct call *c)
{
	const struct value *at = call_arg(c, 0, NULL);
	struct value *item = call_arg(c, 1, NULL);
	size_t i;

	if (!item)
		return s->none;
	list_add(s, list, item);
	if (at->kind == V_INT && at->number >= 0 && (size_t)at->number < list->items.n) {
		for (i = list->items.n - 1; i > (size_t)at->number; i--)
			list->items.v[i] = list->items.v[i - 1];
		list->items.v[i] = item;
	}
	return s->none;
}

static struct value *list_extend(struct script *s, struct value *list, const struct value *more)
{
	values items = {0};

	if (!more || !value_iterate(s, more, &items))
		list->partial = true;
	for (size_t i = 0; i < items.n; i++)
		list_add(s, list, items.v[i]);
	return s->none;
}

static struct value *list_pop(struct script *s, struct value *list, const struct value *at)
{
	long long i = at && at->kind == V_INT ? at->number : -1;
	struct value *item;

	i = i < 0 ? i + (long long)list->items.n : i;
	if (i < 0 || i >= (long long)list->items.n || (at && at->kind != V_INT))
		return s->unknown;
	item = list->items.v[i];
	if (!s->unsure)
		remove_at(list, (size_t)i);
	return item;
}

static struct value *list_method(
	struct script *s, struct value *self, const char *name, const struct call *c)
{
	struct value *arg = call_arg(c, 0, NULL);

	if ((strcmp(name, "append") == 0 || strcmp(name, "add") == 0) && arg) {
		if (arg != self)
			list_add(s, self, arg);
		return s->none;
	}
	if (strcmp(name, "extend") == 0 || strcmp(name, "update") == 0)
		return list_extend(s, self, arg);
	if (strcmp(name, "insert") == 0)
		return list_insert(s, self, c);
	if (strcmp(name, "remove") == 0 || strcmp(name, "discard") == 0)
		return list_remove(s, self, arg);
	if (strcmp(name, "pop") == 0)
		return list_pop(s, self, arg);
	if (strcmp(name, "copy") == 0)
		return value_copy(s, self);
	if (strcmp(name, "clear") == 0 && !s->unsure)
		self->items.n = 0;
	return s->unknown;
}

static struct value *dict_list(struct script *s, const struct value *dict, const char *what)
{
	struct value *list = value_list(s);

	list->partial = dict->partial;
	for (size_t i = 0; i + 1 < dict->items.n; i += 2) {
		struct value *item = dict->items.v[i + (*what == 'v')];

		if (*what == 'i') {
			item = value_list(s);
			item->tuple = true;
			list_add(s, item, dict->items.v[i]);
			list_add(s, item, dict->items.v[i + 1]);
		}
		list_add(s, list, item);
	}
	return list;
}

static struct value *dict_update(struct script *s, struct value *dict, const struct call *c)
{
	const struct value *from = call_arg(c, 0, NULL);

	if (c->partial || (from && (from->kind != V_DICT || from->partial)))
		dict->partial = true;
	for (size_t i = 0; from && from->kind == V_DICT && i + 1 < from->items.n; i += 2)
		dict_set(s, dict, from->items.v[i], from->items.v[i + 1]);
	for (size_t i = 0; i < c->names.n; i++)
		dict_set(s, dict, value_str(s, c->names.v[i]), c->named.v[i]);
	return s->none;
}

static struct value *dict_pop(struct script *s, struct value *dict, const struct value *key)
{
	for (size_t i = 0; i + 1 < dict->items.n; i += 2) {
		struct value *v = dict->items.v[i + 1];

		if (value_equal(dict->items.v[i], key) != 1)
			continue;
		if (!s->unsure) {
			remove_at(dict, i);
			remove_at(dict, i);
		}
		return v;
	}
	return NULL;
}

static struct value *dict_method(
	struct script *s, struct value *self, const char *name, const struct call *c)
{
	struct value *key = call_arg(c, 0, NULL), *fallback = call_arg(c, 1, NULL), *v = NULL;

	if (strcmp(name, "items") == 0 || strcmp(name, "keys") == 0 || strcmp(name, "values") == 0)
		return dict_list(s, self, name);
	if (strcmp(name, "update") == 0)
		return dict_update(s, self, c);
	if (strcmp(name, "copy") == 0)
		return value_copy(s, self);
	if (!key || (strcmp(name, "get") != 0 && strcmp(name, "setdefault") != 0 &&
			    strcmp(name, "pop") != 0))
		return s->unknown;
	v = strcmp(name, "pop") == 0 ? dict_pop(s, self, key) : dict_find(self, key);
	if (v)
		return v;
	if (self->partial || key->kind == V_UNKNOWN)
		return s->unknown;
	fallback = fallback ? fallback : s->none;
	if (*name == 's')
		dict_set(s, self, key, fallback);
	return fallback;
}

struct value *value_method(
	struct script *s, struct value *self, const char *name, const struct call *c)
{
	switch (self->kind) {
	case V_STR:
		return string_method(s, self, name, c);
	case V_LIST:
		return list_method(s, self, name, c);
	case V_DICT:
		return dict_method(s, self, name, c);
	default:
		return s->unknown;
	}
}
