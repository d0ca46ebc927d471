/*
 * The part of Python's library that build scripts compute names with. Only files of
 * the scanned tree are looked at. What depends on the machine is answered for one
 * fixed configuration (CPython on x86-64 Linux, an empty environment), so that the
 * same tree gives the same answer everywhere.
 */
#include "discover/setup.h"

#include "base/file.h"
#include "base/path.h"
#include "discover/flags.h"
#include "discover/ini.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT  ((size_t)1 << 20)
#define MAX_MATCHES 20000
/* "**" stands for so many folders at most. */
#define MAX_STARS 8

static struct setup *setup_of(struct script *s)
{
	return s->data;
}

static const char *full(struct script *s, const char *path)
{
	struct setup *u = setup_of(s);

	return absolute(u->d, u->dir, path);
}

static bool in_tree(struct script *s, const char *path)
{
	const struct setup *u = setup_of(s);

	return strcmp(path, u->dir) == 0 || path_below(u->dir, path) != path ||
	       strcmp(path, u->d->root) == 0 || path_below(u->d->root, path) != path;
}

const char *library_text(struct script *s, const char *path)
{
	const char *name = full(s, path);
	size_t size;
	char *text, *copy;

	if (!in_tree(s, name))
		return NULL;
	text = file_read(name, TEXT_LIMIT, &size);
	if (!text)
		return NULL;
	copy = strlen(text) == size ? arena_strdup(s->arena, text) : NULL;
	free(text);
	return copy;
}

/* --- globs --- */

static int by_text(const void *a, const void *b)
{
	const struct value *const *x = a, *const *y = b;

	return strcmp((*x)->text, (*y)->text);
}

/* Matches are given as the pattern was: relative where it was relative. */
static void match(struct script *s, struct value *out, const char *pattern, bool relative)
{
	struct setup *u = setup_of(s);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && out->items.n < MAX_MATCHES; i++) {
			const char *path = found.gl_pathv[i];

			if (relative)
				path = path_below(u->dir, path);
			list_add(s, out, value_str(s, path));
		}
		globfree(&found);
	}
}

/* A folder whose name has a wildcard's character is not one. */
static const char *escaped(struct script *s, const char *dir)
{
	char *out = arena_alloc(s->arena, 2 * strlen(dir) + 1), *p = out;

	for (; *dir; dir++) {
		if (strchr("*?[\\", *dir))
			*p++ = '\\';
		*p++ = *dir;
	}
	return out;
}

struct value *library_glob(struct script *s, const char *pattern)
{
	struct setup *u = setup_of(s);
	struct value *out = value_list(s);
	bool relative = !path_is_absolute(pattern);
	const char *clean = full(s, pattern), *stars;

	if (!in_tree(s, clean))
		return NULL;
	if (path_below(u->dir, clean) != clean)
		clean = arena_printf(
			s->arena, "%s/%s", escaped(s, u->dir), path_below(u->dir, clean));
	stars = strstr(clean, "**/");
	if (!stars) {
		match(s, out, clean, relative);
	} else {
		const char *middle = "";

		for (int i = 0; i < MAX_STARS; i++) {
			match(s, out,
				arena_printf(s->arena, "%.*s%s%s", (int)(stars - clean), clean,
					middle, stars + 3),
				relative);
			middle = arena_printf(s->arena, "*/%s", middle);
		}
	}
	vec_sort(&out->items, by_text);
	return out;
}

/* --- functions --- */

static const char *arg_text(const struct call *c, size_t i)
{
	return str_of(call_arg(c, i, NULL));
}

static struct value *path_join_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	for (size_t i = 1; path && i < c->args.n; i++) {
		const char *part = arg_text(c, i);

		if (!part)
			return s->unknown;
		path = *path ? path_join(s->arena, path, part) : part;
	}
	return path && !c->partial ? value_str(s, path) : s->unknown;
}

static struct value *dirname_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	if (!path)
		return s->unknown;
	return value_str(s, strchr(path, '/') ? path_dir(s->arena, path) : "");
}

static struct value *parent_of(struct script *s, const char *path)
{
	return value_str(s, path_dir(s->arena, path));
}

static struct value *basename_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	return path ? value_str(s, path_base(path)) : s->unknown;
}

static struct value *abspath_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	return path ? value_str(s, full(s, path)) : s->unknown;
}

static struct value *normpath_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	return path ? value_str(s, path_normalize(s->arena, path)) : s->unknown;
}

static struct value *relpath_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0), *from = arg_text(c, 1);
	const char *base = from ? full(s, from) : setup_of(s)->dir;

	if (!path || (c->args.n > 1 && !from))
		return s->unknown;
	return value_str(s, path_below(base, full(s, path)));
}

static struct value *exists_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	if (!path || !in_tree(s, full(s, path)))
		return s->unknown;
	path = full(s, path);
	return value_bool(s, is_file(setup_of(s)->d, path) || is_dir(path));
}

static struct value *isfile_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	if (!path || !in_tree(s, full(s, path)))
		return s->unknown;
	return value_bool(s, is_file(setup_of(s)->d, full(s, path)));
}

static struct value *isdir_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);

	if (!path || !in_tree(s, full(s, path)))
		return s->unknown;
	return value_bool(s, is_dir(full(s, path)));
}

static struct value *splitext_call(struct script *s, struct call *c)
{
	const char *path = arg_text(c, 0);
	struct value *list = value_list(s);

	if (!path)
		return s->unknown;
	list->tuple = true;
	list_add(s, list, value_strn(s, path, strlen(path) - strlen(path_ext(path))));
	list_add(s, list, value_str(s, path_ext(path)));
	return list;
}

static struct value *getcwd_call(struct script *s, struct call *c)
{
	(void)c;
	return value_str(s, setup_of(s)->dir);
}

static struct value *path_split_call(struct script *s, struct call *c)
{
	struct value *list = value_list(s);

	if (!arg_text(c, 0))
		return s->unknown;
	list->tuple = true;
	list_add(s, list, dirname_call(s, c));
	list_add(s, list, basename_call(s, c));
	return list;
}

static struct value *glob_call(struct script *s, struct call *c)
{
	const char *pattern = arg_text(c, 0);
	struct value *list = pattern ? library_glob(s, pattern) : NULL;

	return list ? list : s->unknown;
}

static struct value *listdir_call(struct script *s, struct call *c)
{
	const char *dir = c->args.n ? arg_text(c, 0) : ".";
	struct value *list = dir ? library_glob(s, path_join(s->arena, dir, "*")) : NULL;

	for (size_t i = 0; list && i < list->items.n; i++)
		list->items.v[i] = value_str(s, path_base(list->items.v[i]->text));
	return list ? list : s->unknown;
}

/* The environment is taken as empty: what a plain build sees. */
static struct value *environ_call(struct script *s, struct call *c)
{
	struct value *fallback = call_arg(c, 1, "default");

	if (arg_text(c, 0) && strcmp(arg_text(c, 0), "PATH") == 0)
		return s->unknown;
	return fallback ? fallback : s->none;
}

static struct value *exit_call(struct script *s, struct call *c)
{
	(void)c;
	s->raised = true;
	return s->none;
}

static struct value *len_call(struct script *s, struct call *c)
{
	const struct value *v = call_arg(c, 0, NULL);

	if (!v || v->partial)
		return s->unknown;
	if (v->kind == V_STR)
		return value_int(s, (long long)strlen(v->text));
	if (v->kind == V_LIST || v->kind == V_DICT)
		return value_int(s, (long long)(v->kind == V_DICT ? v->items.n / 2 : v->items.n));
	return s->unknown;
}

static struct value *str_call(struct script *s, struct call *c)
{
	const struct value *v = call_arg(c, 0, NULL);
	const char *text = v ? value_text(s, v, false) : "";

	return text ? value_str(s, text) : s->unknown;
}

static struct value *repr_call(struct script *s, struct call *c)
{
	const struct value *v = call_arg(c, 0, NULL);
	const char *text = v ? value_text(s, v, true) : NULL;

	return text ? value_str(s, text) : s->unknown;
}

static struct value *int_call(struct script *s, struct call *c)
{
	const struct value *v = call_arg(c, 0, NULL);
	char *end;
	long long n;

	if (!v)
		return value_int(s, 0);
	if (v->kind == V_INT || v->kind == V_BOOL)
		return value_int(s, v->number);
	if (v->kind != V_STR || !*v->text)
		return s->unknown;
	n = strtoll(v->text, &end, 10);
	return *end ? s->unknown : value_int(s, n);
}

static struct value *bool_call(struct script *s, struct call *c)
{
	const struct value *v = call_arg(c, 0, NULL);
	int truth = v ? value_truth(v) : 0;

	return truth < 0 ? s->unknown : value_bool(s, truth);
}

static struct value *list_call(struct script *s, struct call *c)
{
	struct value *list = value_list(s);

	if (c->args.n && !value_iterate(s, c->args.v[0], &list->items))
		list->partial = true;
	return list;
}

static struct value *tuple_call(struct script *s, struct call *c)
{
	struct value *list = list_call(s, c);

	list->tuple = true;
	return list;
}

static int value_order(const void *a, const void *b)
{
	const struct value *const *x = a, *const *y = b;

	if ((*x)->kind == V_STR && (*y)->kind == V_STR)
		return strcmp((*x)->text, (*y)->text);
	if ((*x)->kind == V_INT && (*y)->kind == V_INT)
		return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
	return 0;
}

static struct value *sorted_call(struct script *s, struct call *c)
{
	struct value *list = list_call(s, c);

	vec_sort(&list->items, value_order);
	return list;
}

static struct value *set_call(struct script *s, struct call *c)
{
	struct value *list = value_list(s);
	struct value *all = list_call(s, c);

	all = value_join(s, list, all);
	return all;
}

static struct value *dict_call(struct script *s, struct call *c)
{
	struct value *dict = value_new(s, V_DICT);
	struct value *from = call_arg(c, 0, NULL);

	dict->partial = c->partial;
	if (from && from->kind == V_DICT)
		dict = value_copy(s, from);
	else if (from && from->kind == V_LIST)
		for (size_t i = 0; i < from->items.n; i++) {
			struct value *pair = from->items.v[i];

			if (pair->kind == V_LIST && pair->items.n == 2)
				dict_set(s, dict, pair->items.v[0], pair->items.v[1]);
			else
				dict->partial = true;
		}
	else if (from)
		dict->partial = true;
	for (size_t i = 0; i < c->names.n; i++)
		dict_set(s, dict, value_str(s, c->names.v[i]), c->named.v[i]);
	return dict;
}

static struct value *range_call(struct script *s, struct call *c)
{
	const struct value *a = call_arg(c, 0, NULL), *b = call_arg(c, 1, NULL);
	struct value *list = value_list(s);
	long long from = 0, to;

	if (!a || a->kind != V_INT || (b && b->kind != V_INT) || c->args.n > 2)
		return s->unknown;
	from = b ? a->number : 0;
	to = b ? b->number : a->number;
	for (; from < to && list->items.n < 2000; from++)
		list_add(s, list, value_int(s, from));
	return list;
}

static struct value *pair(struct script *s, struct value *a, struct value *b)
{
	struct value *p = value_list(s);

	p->tuple = true;
	list_add(s, p, a);
	list_add(s, p, b);
	return p;
}

static struct value *enumerate_call(struct script *s, struct call *c)
{
	struct value *list = value_list(s);
	values items = {0};

	if (!c->args.n || !value_iterate(s, c->args.v[0], &items))
		list->partial = true;
	for (size_t i = 0; i < items.n; i++)
		list_add(s, list, pair(s, value_int(s, (long long)i), items.v[i]));
	return list;
}

static struct value *zip_call(struct script *s, struct call *c)
{
	struct value *list = value_list(s);
	values a = {0}, b = {0};

	if (c->args.n != 2)
		return s->unknown;
	list->partial = !value_iterate(s, c->args.v[0], &a);
	if (!value_iterate(s, c->args.v[1], &b))
		list->partial = true;
	for (size_t i = 0; i < a.n && i < b.n; i++)
		list_add(s, list, pair(s, a.v[i], b.v[i]));
	return list;
}

/* map(f, items) and filter(f, items): the list to fill, and ITEMS. NULL: called otherwise. */
static struct value *over_items(struct script *s, const struct call *c, values *items)
{
	struct value *list = value_list(s);

	if (c->args.n != 2)
		return NULL;
	list->partial = !value_iterate(s, c->args.v[1], items);
	return list;
}

static struct value *call_with(struct script *s, struct value *function, struct value *item)
{
	struct call one = {0};

	vec_push(s->arena, &one.args, item);
	return script_call(s, function, &one);
}

static struct value *map_call(struct script *s, struct call *c)
{
	values items = {0};
	struct value *list = over_items(s, c, &items);

	for (size_t i = 0; list && i < items.n && s->steps; i++)
		list_add(s, list, call_with(s, c->args.v[0], items.v[i]));
	return list ? list : s->unknown;
}

static struct value *filter_call(struct script *s, struct call *c)
{
	values items = {0};
	struct value *list = over_items(s, c, &items);

	for (size_t i = 0; list && i < items.n && s->steps; i++) {
		struct value *keep = items.v[i];

		if (c->args.v[0]->kind != V_NONE)
			keep = call_with(s, c->args.v[0], keep);
		if (value_truth(keep) != 0)
			list_add(s, list, items.v[i]);
	}
	return list ? list : s->unknown;
}

static struct value *sum_call(struct script *s, struct call *c)
{
	struct value *list = value_list(s);
	values items = {0};

	if (!c->args.n || !value_iterate(s, c->args.v[0], &items))
		list->partial = true;
	for (size_t i = 0; i < items.n; i++) {
		if (items.v[i]->kind != V_LIST)
			return s->unknown;
		value_iterate(s, items.v[i], &list->items);
	}
	return list;
}

static struct value *chain_call(struct script *s, struct call *c)
{
	struct value *list = value_list(s);

	for (size_t i = 0; i < c->args.n; i++)
		list->partial |= !value_iterate(s, c->args.v[i], &list->items);
	return list;
}

static struct value *any_of(struct script *s, const struct call *c, int wanted)
{
	values items = {0};
	bool known = c->args.n && value_iterate(s, c->args.v[0], &items);

	for (size_t i = 0; i < items.n; i++) {
		int truth = value_truth(items.v[i]);

		if (truth == wanted)
			return value_bool(s, wanted);
		known = known && truth >= 0;
	}
	return known ? value_bool(s, !wanted) : s->unknown;
}

static struct value *any_call(struct script *s, struct call *c)
{
	return any_of(s, c, 1);
}

static struct value *all_call(struct script *s, struct call *c)
{
	return any_of(s, c, 0);
}

static struct value *attr_call(struct script *s, struct call *c)
{
	const char *name = arg_text(c, 1);
	struct value *object = call_arg(c, 0, NULL), *v;

	if (!name || !object || (object->kind != V_OBJECT && object->kind != V_CLASS))
		return s->unknown;
	v = attr_get(object, name);
	if (v && v->kind == V_FUNC && object->kind == V_OBJECT) {
		v = value_copy(s, v);
		v->self = object;
	}
	if (v)
		return v;
	return call_arg(c, 2, NULL) && object->kind == V_CLASS ? call_arg(c, 2, NULL) : s->unknown;
}

static struct value *hasattr_call(struct script *s, struct call *c)
{
	const char *name = arg_text(c, 1);
	const struct value *object = call_arg(c, 0, NULL);

	if (!name || !object || (object->kind != V_OBJECT && object->kind != V_CLASS))
		return s->unknown;
	return attr_get(object, name) ? s->yes : s->unknown;
}

static struct value *setattr_call(struct script *s, struct call *c)
{
	const char *name = arg_text(c, 1);
	struct value *object = call_arg(c, 0, NULL), *v = call_arg(c, 2, NULL);

	if (name && v && (object->kind == V_OBJECT || object->kind == V_CLASS))
		scope_set(s, object->scope, name, v);
	return s->none;
}

static struct value *dir_call(struct script *s, struct call *c)
{
	const struct value *object = call_arg(c, 0, NULL);
	struct value *list = value_list(s);

	if (!object || (object->kind != V_OBJECT && object->kind != V_CLASS))
		return s->unknown;
	for (size_t i = 0; i < object->scope->names.cap; i++) {
		const char *key = object->scope->names.slots[i].key;

		if (key)
			list_add(s, list, value_str(s, key));
	}
	vec_sort(&list->items, by_text);
	return list;
}

static struct value *isinstance_call(struct script *s, struct call *c)
{
	static const struct {
		const char *name;
		enum value_kind kind;
	} types[] = {{"str", V_STR}, {"list", V_LIST}, {"tuple", V_LIST}, {"dict", V_DICT},
		{"int", V_INT}};
	const struct value *v = call_arg(c, 0, NULL), *type = call_arg(c, 1, NULL);

	if (!v || !type || type->kind != V_PATH || v->kind == V_UNKNOWN)
		return s->unknown;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type->text, types[i].name) == 0)
			return value_bool(
				s, v->kind == types[i].kind &&
					   (v->kind != V_LIST || v->tuple == (*type->text == 't')));
	}
	return s->unknown;
}

static struct value *same_call(struct script *s, struct call *c)
{
	return c->args.n ? c->args.v[0] : s->unknown;
}

static struct value *copy_call(struct script *s, struct call *c)
{
	struct value *v = call_arg(c, 0, NULL);

	if (!v)
		return s->unknown;
	return v->kind == V_LIST || v->kind == V_DICT ? value_copy(s, v) : v;
}

static struct value *shlex_call(struct script *s, struct call *c)
{
	const char *text = arg_text(c, 0);
	struct value *list = value_list(s);
	strings words = {0};

	if (!text)
		return s->unknown;
	flags_split(s->arena, &words, text);
	for (size_t i = 0; i < words.n; i++)
		list_add(s, list, value_str(s, words.v[i]));
	return list;
}

static struct value *object_of(struct script *s, const char *tag)
{
	struct value *o = value_new(s, V_OBJECT);

	o->text = tag;
	o->scope = scope_new(s, NULL);
	o->self = s->none;
	return o;
}

static struct value *open_call(struct script *s, struct call *c)
{
	struct value *file;

	if (!arg_text(c, 0))
		return s->unknown;
	file = object_of(s, "file");
	scope_set(s, file->scope, "name", c->args.v[0]);
	return file;
}

static struct value *config_call(struct script *s, struct call *c)
{
	(void)c;
	return object_of(s, "config");
}

/* exec(text, globals, names): its names go into the last dict. */
static struct value *exec_call(struct script *s, struct call *c)
{
	const char *text = arg_text(c, 0);
	struct value *into = c->args.n ? c->args.v[c->args.n - 1] : s->none, *module;
	struct parse_result parsed = {0};

	if (s->depth > 3)
		return s->none;
	if (!text) {
		if (into->kind == V_DICT)
			into->partial = true;
		return s->none;
	}
	python_parse(s->arena, text, &parsed);
	if (into->kind != V_DICT) {
		s->depth++;
		script_run(s, parsed.block);
		s->depth--;
		return s->none;
	}
	s->depth++;
	module = script_module(s, parsed.block);
	s->depth--;
	for (size_t i = 0; i < module->scope->names.cap; i++) {
		const struct map_slot *slot = &module->scope->names.slots[i];

		if (slot->key)
			dict_set(s, into, value_str(s, slot->key), (struct value *)slot->value);
	}
	return s->none;
}

static struct value *sys_path_call(struct script *s, struct call *c)
{
	struct setup *u = setup_of(s);
	const char *dir = c->args.n ? arg_text(c, c->args.n - 1) : NULL;

	if (dir)
		vec_push(s->arena, &u->search, full(s, dir));
	return s->none;
}

static struct value *text_constant(struct script *s, struct call *c, const char *text)
{
	(void)c;
	return value_str(s, text);
}

static struct value *linux_call(struct script *s, struct call *c)
{
	return text_constant(s, c, "Linux");
}

static struct value *cpython_call(struct script *s, struct call *c)
{
	return text_constant(s, c, "CPython");
}

static struct value *machine_call(struct script *s, struct call *c)
{
	return text_constant(s, c, "x86_64");
}

static struct value *unix_call(struct script *s, struct call *c)
{
	return text_constant(s, c, "unix");
}

static struct value *platform_call(struct script *s, struct call *c)
{
	return text_constant(s, c, "linux-x86_64");
}

static struct value *nothing_call(struct script *s, struct call *c)
{
	(void)c;
	return s->none;
}

static struct value *path_call(struct script *s, struct call *c)
{
	if (!c->args.n)
		return value_str(s, ".");
	return path_join_call(s, c);
}

static struct value *calcsize_call(struct script *s, struct call *c)
{
	return arg_text(c, 0) && strcmp(arg_text(c, 0), "P") == 0 ? value_int(s, 8) : s->unknown;
}

static const struct function {
	const char *name; /* matched as a whole or as the tail after a dot */
	struct value *(*call)(struct script *s, struct call *c);
} functions[] = {
	{"os.path.join", path_join_call},
	{"os.path.dirname", dirname_call},
	{"os.path.basename", basename_call},
	{"os.path.abspath", abspath_call},
	{"os.path.realpath", abspath_call},
	{"os.path.normpath", normpath_call},
	{"os.path.relpath", relpath_call},
	{"os.path.exists", exists_call},
	{"os.path.isfile", isfile_call},
	{"os.path.isdir", isdir_call},
	{"os.path.splitext", splitext_call},
	{"os.path.split", path_split_call},
	{"os.path.normcase", same_call},
	{"os.path.expanduser", same_call},
	{"os.fspath", same_call},
	{"os.getcwd", getcwd_call},
	{"os.listdir", listdir_call},
	{"os.environ.get", environ_call},
	{"os.environ.pop", environ_call},
	{"os.getenv", environ_call},
	{"glob.glob", glob_call},
	{"glob.iglob", glob_call},
	{"pathlib.Path", path_call},
	{"pathlib.PurePath", path_call},
	{"pathlib.PurePosixPath", path_call},
	{"pathlib.Path.cwd", getcwd_call},
	{"sys.exit", exit_call},
	{"exit", exit_call},
	{"quit", exit_call},
	{"sys.path.insert", sys_path_call},
	{"sys.path.append", sys_path_call},
	{"len", len_call},
	{"str", str_call},
	{"repr", repr_call},
	{"int", int_call},
	{"bool", bool_call},
	{"list", list_call},
	{"iter", list_call},
	{"tuple", tuple_call},
	{"set", set_call},
	{"frozenset", set_call},
	{"sorted", sorted_call},
	{"reversed", list_call},
	{"dict", dict_call},
	{"collections.OrderedDict", dict_call},
	{"range", range_call},
	{"enumerate", enumerate_call},
	{"zip", zip_call},
	{"map", map_call},
	{"filter", filter_call},
	{"sum", sum_call},
	{"any", any_call},
	{"all", all_call},
	{"itertools.chain", chain_call},
	{"itertools.chain.from_iterable", sum_call},
	{"getattr", attr_call},
	{"hasattr", hasattr_call},
	{"setattr", setattr_call},
	{"dir", dir_call},
	{"isinstance", isinstance_call},
	{"print", nothing_call},
	{"copy.copy", copy_call},
	{"copy.deepcopy", copy_call},
	{"shlex.split", shlex_call},
	{"open", open_call},
	{"io.open", open_call},
	{"codecs.open", open_call},
	{"configparser.ConfigParser", config_call},
	{"configparser.RawConfigParser", config_call},
	{"configparser.SafeConfigParser", config_call},
	{"exec", exec_call},
	{"compile", same_call},
	{"platform.system", linux_call},
	{"platform.python_implementation", cpython_call},
	{"platform.machine", machine_call},
	{"platform.processor", machine_call},
	{"sysconfig.get_platform", platform_call},
	{"distutils.util.get_platform", platform_call},
	{"distutils.ccompiler.get_default_compiler", unix_call},
	{"struct.calcsize", calcsize_call},
	{"distutils.util.convert_path", same_call},
};

struct value *library_call(struct script *s, const char *path, struct call *c)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (strcmp(functions[i].name, path) == 0)
			return functions[i].call(s, c);
	}
	return NULL;
}

/* --- constants --- */

static struct value *version_info(struct script *s)
{
	struct value *v = value_list(s);

	v->tuple = true;
	list_add(s, v, value_int(s, 3));
	list_add(s, v, value_int(s, 15));
	list_add(s, v, value_int(s, 0));
	return v;
}

struct value *library_constant(struct script *s, const char *path)
{
	static const struct {
		const char *path, *text;
	} texts[] = {{"sys.platform", "linux"}, {"os.name", "posix"}, {"os.sep", "/"},
		{"os.path.sep", "/"}, {"os.pathsep", ":"}, {"os.linesep", "\n"}, {"os.curdir", "."},
		{"os.pardir", ".."}, {"os.path.pardir", ".."}, {"sys.byteorder", "little"},
		{"sys.implementation.name", "cpython"}, {"__name__", "__main__"}};
	static const struct {
		const char *path;
		long long number;
	} numbers[] = {{"sys.version_info.major", 3}, {"sys.version_info.minor", 15},
		{"sys.maxsize", 0x7fffffffffffffff}, {"sys.hexversion", 0x030f00f0}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].path, path) == 0)
			return value_str(s, texts[i].text);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].path, path) == 0)
			return value_int(s, numbers[i].number);
	}
	if (strcmp(path, "sys.version_info") == 0)
		return version_info(s);
	if (strcmp(path, "__file__") == 0)
		return value_str(s, setup_of(s)->path);
	if (strcmp(path, "os.environ") == 0)
		return value_new(s, V_DICT);
	if (strcmp(path, "sys.argv") == 0) {
		struct value *argv = value_list(s);

		list_add(s, argv, value_str(s, path_base(setup_of(s)->path)));
		list_add(s, argv, value_str(s, "build_ext"));
		return argv;
	}
	return NULL;
}

/* --- methods of what the library gives --- */

static struct value *file_method(struct script *s, const struct value *self, const char *name)
{
	const char *file = str_of(scope_get(self->scope, "name"));
	const char *text = file ? library_text(s, file) : NULL;

	if (strcmp(name, "close") == 0)
		return s->none;
	if (!text)
		return s->unknown;
	if (strcmp(name, "read") == 0)
		return value_str(s, text);
	if (strcmp(name, "readlines") == 0) {
		struct call c = {0};

		return value_method(s, value_str(s, text), "splitlines", &c);
	}
	return s->unknown;
}

static void config_read(struct script *s, struct value *self, struct value *files)
{
	values names = {0};
	const char *all = str_of(scope_get(self->scope, " text"));

	if (str_of(files))
		vec_push(s->arena, &names, files);
	else if (files)
		value_iterate(s, files, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *text = str_of(names.v[i]) ? library_text(s, names.v[i]->text) : NULL;

		if (text)
			all = arena_printf(s->arena, "%s\n%s", all ? all : "", text);
	}
	if (all)
		scope_set(s, self->scope, " text", value_str(s, all));
}

static struct value *config_items(struct script *s, const struct ini *ini, const char *section)
{
	struct value *list = value_list(s);

	for (size_t i = 0; i < ini->entries.n; i++) {
		const struct ini_entry *e = &ini->entries.v[i];

		if (strcmp(e->section, section) == 0)
			list_add(s, list, pair(s, value_str(s, e->key), value_str(s, e->value)));
	}
	return list;
}

static struct value *config_method(
	struct script *s, struct value *self, const char *name, const struct call *c)
{
	const char *text = str_of(scope_get(self->scope, " text"));
	const char *section = arg_text(c, 0), *key = arg_text(c, 1), *value;
	struct ini ini = {0};

	if (strcmp(name, "read") == 0) {
		config_read(s, self, call_arg(c, 0, "filenames"));
		return s->none;
	}
	ini_parse(s->arena, text ? text : "", &ini);
	if (!section)
		return s->unknown;
	if (strcmp(name, "items") == 0)
		return config_items(s, &ini, section);
	if (strcmp(name, "has_section") == 0)
		return value_bool(s, ini_get(&ini, section, NULL) != NULL);
	if (!key)
		return s->unknown;
	value = ini_get(&ini, section, key);
	if (strcmp(name, "has_option") == 0)
		return value_bool(s, value != NULL);
	if (!value)
		return call_arg(c, c->args.n, "fallback") ? call_arg(c, c->args.n, "fallback")
							  : s->unknown;
	if (strcmp(name, "get") == 0)
		return value_str(s, value);
	if (strcmp(name, "getboolean") == 0)
		return value_bool(s, strchr("1yYtToO", *value) && strcmp(value, "off") != 0);
	return s->unknown;
}

/* Paths of pathlib are strings here. */
static struct value *path_method(
	struct script *s, struct value *self, const char *name, struct call *c)
{
	struct call whole = {0};

	vec_push(s->arena, &whole.args, self);
	for (size_t i = 0; c && i < c->args.n; i++)
		vec_push(s->arena, &whole.args, c->args.v[i]);
	if (!c) {
		if (strcmp(name, "parent") == 0)
			return parent_of(s, self->text);
		if (strcmp(name, "name") == 0)
			return basename_call(s, &whole);
		if (strcmp(name, "suffix") == 0)
			return value_str(s, path_ext(self->text));
		if (strcmp(name, "stem") == 0)
			return value_strn(s, path_base(self->text),
				strlen(path_base(self->text)) - strlen(path_ext(self->text)));
		return NULL;
	}
	if (strcmp(name, "/") == 0 || strcmp(name, "joinpath") == 0)
		return path_join_call(s, &whole);
	if (strcmp(name, "resolve") == 0 || strcmp(name, "absolute") == 0)
		return abspath_call(s, &whole);
	if (strcmp(name, "as_posix") == 0)
		return self;
	if (strcmp(name, "exists") == 0)
		return exists_call(s, &whole);
	if (strcmp(name, "is_file") == 0)
		return isfile_call(s, &whole);
	if (strcmp(name, "is_dir") == 0)
		return isdir_call(s, &whole);
	if (strcmp(name, "relative_to") == 0)
		return relpath_call(s, &whole);
	if (strcmp(name, "read_text") == 0) {
		const char *text = library_text(s, self->text);

		return text ? value_str(s, text) : s->unknown;
	}
	if ((strcmp(name, "glob") == 0 || strcmp(name, "rglob") == 0) && arg_text(c, 0)) {
		const char *pattern = arg_text(c, 0);
		struct value *list;

		if (*name == 'r')
			pattern = arena_printf(s->arena, "**/%s", pattern);
		list = library_glob(s, path_join(s->arena, self->text, pattern));
		return list ? list : s->unknown;
	}
	return NULL;
}

struct value *library_method(struct script *s, struct value *self, const char *name, struct call *c)
{
	if (self->kind == V_STR)
		return path_method(s, self, name, c);
	if (self->kind != V_OBJECT || !c)
		return NULL;
	if (strcmp(self->text, "file") == 0)
		return file_method(s, self, name);
	if (strcmp(self->text, "config") == 0)
		return config_method(s, self, name, c);
	return NULL;
}
