#include "discover/script.h"

#include "base/buf.h"

#include <string.h>

/* Bounds on what a script can make us keep. */
#define MAX_ITEMS ((size_t)50000)
#define MAX_TEXT  ((size_t)1 << 20)
#define MAX_NEST  20

void script_init(struct script *s, struct arena *a, const struct script_host *host, void *data)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
	s->host = host;
	s->data = data;
	s->steps = 500000;
	s->unknown = value_new(s, V_UNKNOWN);
	s->none = value_new(s, V_NONE);
	s->yes = value_new(s, V_BOOL);
	s->yes->number = 1;
	s->no = value_new(s, V_BOOL);
	s->globals = s->scope = scope_new(s, NULL);
}

struct value *value_new(struct script *s, enum value_kind kind)
{
	struct value *v = arena_new(s->arena, struct value);

	v->kind = kind;
	return v;
}

struct value *value_int(struct script *s, long long n)
{
	struct value *v = value_new(s, V_INT);

	v->number = n;
	return v;
}

struct value *value_bool(struct script *s, bool yes)
{
	return yes ? s->yes : s->no;
}

struct value *value_strn(struct script *s, const char *text, size_t n)
{
	struct value *v;

	if (n > MAX_TEXT)
		return s->unknown;
	v = value_new(s, V_STR);
	v->text = arena_strndup(s->arena, text, n);
	return v;
}

struct value *value_str(struct script *s, const char *text)
{
	return value_strn(s, text, strlen(text));
}

struct value *value_path(struct script *s, const char *text)
{
	struct value *v = value_new(s, V_PATH);

	v->text = text;
	return v;
}

struct value *value_list(struct script *s)
{
	return value_new(s, V_LIST);
}

const char *str_of(const struct value *v)
{
	return v && v->kind == V_STR ? v->text : NULL;
}

int value_truth(const struct value *v)
{
	switch (v->kind) {
	case V_NONE:
		return 0;
	case V_BOOL:
	case V_INT:
		return v->number != 0;
	case V_STR:
		return *v->text != '\0';
	case V_LIST:
	case V_DICT:
		return v->items.n ? 1 : v->partial ? -1 : 0;
	case V_FUNC:
	case V_CLASS:
	case V_OBJECT:
		return 1;
	case V_PATH:
	case V_UNKNOWN:
		break;
	}
	return -1;
}

static bool is_number(const struct value *v)
{
	return v->kind == V_INT || v->kind == V_BOOL;
}

static int equal_nested(const struct value *a, const struct value *b, int nest);

static int equal_items(const struct value *a, const struct value *b, int nest)
{
	if (a->partial || b->partial)
		return -1;
	if (a->items.n != b->items.n)
		return 0;
	for (size_t i = 0; i < a->items.n; i++) {
		int same = equal_nested(a->items.v[i], b->items.v[i], nest + 1);

		if (same != 1)
			return same;
	}
	return 1;
}

static int equal_nested(const struct value *a, const struct value *b, int nest)
{
	if (a->kind == V_UNKNOWN || b->kind == V_UNKNOWN || nest > MAX_NEST)
		return -1;
	if (is_number(a) && is_number(b))
		return a->number == b->number;
	if (a->kind == V_PATH || b->kind == V_PATH)
		return a->kind == b->kind && strcmp(a->text, b->text) == 0 ? 1 : -1;
	if (a->kind != b->kind)
		return 0;
	if (a->kind == V_STR)
		return strcmp(a->text, b->text) == 0;
	if (a->kind == V_LIST || a->kind == V_DICT)
		return equal_items(a, b, nest);
	return a->kind == V_NONE || a == b;
}

int value_equal(const struct value *a, const struct value *b)
{
	return equal_nested(a, b, 0);
}

static bool put_text(struct script *s, struct buf *out, const struct value *v, bool repr, int nest);

static bool put_items(struct script *s, struct buf *out, const struct value *v, int nest)
{
	bool dict = v->kind == V_DICT;

	buf_char(out, dict ? '{' : v->tuple ? '(' : '[');
	for (size_t i = 0; i < v->items.n; i++) {
		if (i)
			buf_str(out, dict && i % 2 ? ": " : ", ");
		if (!put_text(s, out, v->items.v[i], true, nest + 1))
			return false;
	}
	if (v->tuple && v->items.n == 1)
		buf_char(out, ',');
	buf_char(out, dict ? '}' : v->tuple ? ')' : ']');
	return !v->partial;
}

static bool put_text(struct script *s, struct buf *out, const struct value *v, bool repr, int nest)
{
	if (nest > MAX_NEST || out->len > MAX_TEXT)
		return false;
	switch (v->kind) {
	case V_NONE:
		buf_str(out, "None");
		return true;
	case V_BOOL:
		buf_str(out, v->number ? "True" : "False");
		return true;
	case V_INT:
		buf_printf(out, "%lld", v->number);
		return true;
	case V_STR:
		buf_printf(out, repr ? "'%s'" : "%s", v->text);
		return true;
	case V_LIST:
	case V_DICT:
		return put_items(s, out, v, nest);
	default:
		return false;
	}
}

const char *value_text(struct script *s, const struct value *v, bool repr)
{
	struct buf out = BUF_INIT;
	const char *text = NULL;

	if (v->kind == V_STR && !repr)
		return v->text;
	if (put_text(s, &out, v, repr, 0) && out.len <= MAX_TEXT)
		text = arena_strdup(s->arena, buf_text(&out));
	buf_release(&out);
	return text;
}

struct value *dict_find(const struct value *dict, const struct value *key)
{
	for (size_t i = 0; i + 1 < dict->items.n; i += 2) {
		if (value_equal(dict->items.v[i], key) == 1)
			return dict->items.v[i + 1];
	}
	return NULL;
}

struct value *dict_get(const struct value *dict, const char *key)
{
	if (!dict || dict->kind != V_DICT)
		return NULL;
	for (size_t i = 0; i + 1 < dict->items.n; i += 2) {
		if (dict->items.v[i]->kind == V_STR && strcmp(dict->items.v[i]->text, key) == 0)
			return dict->items.v[i + 1];
	}
	return NULL;
}

void dict_set(struct script *s, struct value *dict, struct value *key, struct value *v)
{
	for (size_t i = 0; i + 1 < dict->items.n; i += 2) {
		if (value_equal(dict->items.v[i], key) == 1) {
			dict->items.v[i + 1] = v;
			return;
		}
	}
	if (key->kind == V_UNKNOWN || dict->items.n >= 4000) {
		dict->partial = true;
		return;
	}
	vec_push(s->arena, &dict->items, key);
	vec_push(s->arena, &dict->items, v);
}

void list_add(struct script *s, struct value *list, struct value *v)
{
	if (list->items.n >= MAX_ITEMS)
		list->partial = true;
	else
		vec_push(s->arena, &list->items, v);
}

bool value_iterate(struct script *s, const struct value *v, values *out)
{
	if (v->kind == V_LIST) {
		/* The list may grow while it is gone through: what it has now counts. */
		for (size_t i = 0, n = v->items.n; i < n; i++)
			vec_push(s->arena, out, v->items.v[i]);
		return !v->partial;
	}
	if (v->kind == V_DICT) {
		for (size_t i = 0, n = v->items.n; i + 1 < n; i += 2)
			vec_push(s->arena, out, v->items.v[i]);
		return !v->partial;
	}
	if (v->kind == V_STR) {
		size_t n = strlen(v->text);

		if (n > 4096)
			return false;
		for (size_t i = 0; i < n; i++)
			vec_push(s->arena, out, value_strn(s, v->text + i, 1));
		return true;
	}
	return false;
}

struct value *value_copy(struct script *s, const struct value *v)
{
	struct value *c = value_new(s, v->kind);

	*c = *v;
	memset(&c->items, 0, sizeof(c->items));
	for (size_t i = 0; i < v->items.n; i++)
		vec_push(s->arena, &c->items, v->items.v[i]);
	return c;
}

static struct value *join_lists(struct script *s, const struct value *old, const struct value *now)
{
	struct value *both = value_copy(s, old);

	both->partial = old->partial || now->partial;
	for (size_t i = 0; i < now->items.n && i < 2000; i++) {
		bool have = false;

		for (size_t j = 0; j < old->items.n && j < 2000 && !have; j++)
			have = old->items.v[j] == now->items.v[i] ||
			       value_equal(old->items.v[j], now->items.v[i]) == 1;
		if (!have)
			list_add(s, both, now->items.v[i]);
	}
	return both;
}

struct value *value_join(struct script *s, struct value *old, struct value *now)
{
	if (!old || old == now)
		return now;
	/* Something that could be anything is not settled by one branch's "nothing". */
	if (old->kind == V_UNKNOWN)
		return value_truth(now) == 0 ? old : now;
	if (now->kind == V_UNKNOWN)
		return old;
	if (old->kind == V_LIST && now->kind == V_LIST)
		return join_lists(s, old, now);
	if (old->kind == V_DICT && now->kind == V_DICT) {
		struct value *both = value_copy(s, old);

		both->partial = old->partial || now->partial;
		for (size_t i = 0; i + 1 < now->items.n; i += 2) {
			if (!dict_find(both, now->items.v[i]))
				dict_set(s, both, now->items.v[i], now->items.v[i + 1]);
		}
		return both;
	}
	/* The branch that has something is the one worth following. */
	return value_truth(old) == 0 ? now : old;
}

struct scope *scope_new(struct script *s, struct scope *parent)
{
	struct scope *scope = arena_new(s->arena, struct scope);

	map_init(&scope->names, s->arena);
	scope->parent = parent;
	return scope;
}

struct value *scope_get(const struct scope *scope, const char *name)
{
	const uintptr_t *slot = map_get(&scope->names, name);

	return slot ? (struct value *)*slot : NULL;
}

void scope_set(struct script *s, struct scope *scope, const char *name, struct value *v)
{
	(void)s;
	*map_put(&scope->names, name, NULL) = (uintptr_t)v;
}

static struct value *class_attr(const struct value *cls, const char *name, int nest)
{
	struct value *v;

	if (!cls || cls->kind != V_CLASS || nest > MAX_NEST)
		return NULL;
	v = scope_get(cls->scope, name);
	for (size_t i = 0; !v && i < cls->items.n; i++)
		v = class_attr(cls->items.v[i], name, nest + 1);
	return v;
}

struct value *attr_get(const struct value *object, const char *name)
{
	struct value *v = NULL;

	if (object->kind == V_CLASS)
		return class_attr(object, name, 0);
	if (object->kind != V_OBJECT)
		return NULL;
	v = scope_get(object->scope, name);
	return v ? v : class_attr(object->self, name, 0);
}

struct value *call_arg(const struct call *c, size_t index, const char *name)
{
	if (index < c->args.n)
		return c->args.v[index];
	for (size_t i = 0; name && i < c->names.n; i++) {
		if (strcmp(c->names.v[i], name) == 0)
			return c->named.v[i];
	}
	return NULL;
}
