/* meson.build: extension modules, what they link with, and where their headers are. */
#include "discover/discover.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "discover/flags.h"
#include "discover/script.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FILES 200
#define MAX_SIZE  ((size_t)4 << 20)

struct meson {
	struct discover *d;
	const char *root, *dir, *shown; /* the file that is read now */
	strings visited;
	strings args; /* of the whole project */
	const char *std_c, *std_cxx;
};

static struct meson *meson_of(struct script *s)
{
	return s->data;
}

static void run_file(struct script *s, const char *path);

static struct value *object(struct script *s, const char *tag)
{
	struct value *o = value_new(s, V_OBJECT);

	o->text = tag;
	o->scope = scope_new(s, NULL);
	o->self = s->none;
	return o;
}

/* Lists in lists are one list; what is no string or object is lost. */
static void flatten(struct script *s, struct value *v, values *out, int nest)
{
	if (!v || nest > 10)
		return;
	if (v->kind == V_LIST) {
		for (size_t i = 0; i < v->items.n; i++)
			flatten(s, v->items.v[i], out, nest + 1);
	} else if (v->kind == V_STR || v->kind == V_OBJECT) {
		vec_push(s->arena, out, v);
	}
}

static struct value *paths_of(struct script *s, const struct call *c)
{
	struct meson *m = meson_of(s);
	struct value *list = value_list(s);
	values items = {0};

	for (size_t i = 0; i < c->args.n; i++)
		flatten(s, c->args.v[i], &items, 0);
	for (size_t i = 0; i < items.n; i++) {
		if (str_of(items.v[i]))
			list_add(s, list, value_str(s, absolute(m->d, m->dir, items.v[i]->text)));
	}
	return list;
}

static struct value *named(const struct call *c, const char *name)
{
	return call_arg(c, c->args.n, name);
}

static void use_args(struct script *s, struct target *t, struct value *args)
{
	struct meson *m = meson_of(s);
	struct flag_result flags = {0};
	values items = {0};
	strings list = {0};

	flatten(s, args, &items, 0);
	for (size_t i = 0; i < items.n; i++) {
		if (str_of(items.v[i]))
			vec_push(s->arena, &list, items.v[i]->text);
	}
	flags_filter(m->d, &flags, list.v, list.n, m->dir);
	for (size_t i = 0; i < flags.flags.n; i++)
		vec_push(&m->d->arena, &t->flags, flags.flags.v[i]);
}

static void use_dirs(struct script *s, struct target *t, struct value *dirs)
{
	struct meson *m = meson_of(s);
	values items = {0};

	flatten(s, dirs, &items, 0);
	for (size_t i = 0; i < items.n; i++) {
		if (str_of(items.v[i]))
			flags_add(m->d, &t->flags, "-I", items.v[i]->text, m->dir);
	}
}

static void use_sources(struct script *s, struct target *t, struct value *v)
{
	struct meson *m = meson_of(s);
	values items = {0};

	flatten(s, v, &items, 0);
	for (size_t i = 0; i < items.n; i++) {
		if (str_of(items.v[i]))
			vec_push(&m->d->arena, &t->sources,
				absolute(m->d, m->dir, items.v[i]->text));
	}
}

static void use_parts(struct script *s, struct target *t, const struct scope *from, int nest);

/* Libraries and dependencies give what they are made of. */
static void use_objects(struct script *s, struct target *t, struct value *v, int nest)
{
	values items = {0};

	flatten(s, v, &items, 0);
	for (size_t i = 0; i < items.n && nest < 8; i++) {
		if (items.v[i]->kind == V_OBJECT)
			use_parts(s, t, items.v[i]->scope, nest + 1);
	}
}

static void use_parts(struct script *s, struct target *t, const struct scope *from, int nest)
{
	use_sources(s, t, scope_get(from, "sources"));
	use_dirs(s, t, scope_get(from, "include_directories"));
	use_args(s, t, scope_get(from, "compile_args"));
	use_args(s, t, scope_get(from, "c_args"));
	use_args(s, t, scope_get(from, "cpp_args"));
	use_objects(s, t, scope_get(from, "dependencies"), nest);
	use_objects(s, t, scope_get(from, "link_with"), nest);
	use_objects(s, t, scope_get(from, "link_whole"), nest);
}

/* The call's parts, paths made absolute: the object may be used in another folder. */
static struct value *parts_object(struct script *s, const struct call *c, size_t first)
{
	static const char *const kept[] = {
		"compile_args", "c_args", "cpp_args", "dependencies", "link_with", "link_whole"};
	struct value *o = object(s, "parts");
	struct call sources = {0}, dirs = {0};

	for (size_t i = first; i < c->args.n; i++)
		vec_push(s->arena, &sources.args, c->args.v[i]);
	for (size_t i = 0; i < c->names.n; i++) {
		if (strcmp(c->names.v[i], "sources") == 0)
			vec_push(s->arena, &sources.args, c->named.v[i]);
		if (strcmp(c->names.v[i], "include_directories") == 0)
			vec_push(s->arena, &dirs.args, c->named.v[i]);
		for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++) {
			if (strcmp(c->names.v[i], kept[k]) == 0)
				scope_set(s, o->scope, kept[k], c->named.v[i]);
		}
	}
	scope_set(s, o->scope, "sources", paths_of(s, &sources));
	scope_set(s, o->scope, "include_directories", paths_of(s, &dirs));
	return o;
}

static const char *dotted(struct script *s, const char *subdir, const char *name)
{
	char *text;

	if (!subdir || !*subdir)
		return name;
	text = arena_printf(s->arena, "%s.%s", subdir, name);
	for (char *p = text; *p; p++) {
		if (*p == '/')
			*p = '.';
	}
	return text;
}

static struct value *extension_module(struct script *s, struct call *c)
{
	struct meson *m = meson_of(s);
	const struct value *subdir = named(c, "subdir");
	struct value *o = parts_object(s, c, 1);
	struct target *t = vec_add(&m->d->arena, &m->d->targets), made;

	t->origin = arena_printf(&m->d->arena, "%s:%u", m->shown, c->line);
	t->kind = "c";
	t->std_c = m->std_c;
	t->std_cxx = m->std_cxx;
	if (c->args.n && str_of(c->args.v[0]))
		t->name = dotted(s, str_of(subdir), c->args.v[0]->text);
	else
		note(m->d, "%s: the name of an extension could not be told", t->origin);
	made = *t;
	vec_foreach (const char *, arg, &m->args)
		vec_push(&m->d->arena, &made.flags, *arg);
	flags_add(m->d, &made.flags, "-I", m->dir, m->dir);
	use_parts(s, &made, o->scope, 0);
	m->d->targets.v[m->d->targets.n - 1] = made;
	return o;
}

static void subdir(struct script *s, const struct call *c)
{
	struct meson *m = meson_of(s);
	const char *dir = str_of(call_arg(c, 0, NULL)), *saved_dir = m->dir, *saved = m->shown;

	if (!dir)
		return;
	dir = absolute(m->d, m->dir, dir);
	if (path_below(m->root, dir) != dir)
		run_file(s, path_join(s->arena, dir, "meson.build"));
	m->dir = saved_dir;
	m->shown = saved;
}

static void project_options(struct script *s, const struct call *c)
{
	struct meson *m = meson_of(s);
	values items = {0};

	flatten(s, named(c, "default_options"), &items, 0);
	for (size_t i = 0; i < items.n; i++) {
		const char *text = str_of(items.v[i]);

		if (text && strncmp(text, "c_std=", 6) == 0)
			m->std_c = arena_strndup(s->arena, text + 6, strcspn(text + 6, ","));
		if (text && strncmp(text, "cpp_std=", 8) == 0)
			m->std_cxx = arena_strndup(s->arena, text + 8, strcspn(text + 8, ","));
	}
}

static void project_arguments(struct script *s, const struct call *c)
{
	struct meson *m = meson_of(s);
	struct target t = {0};

	for (size_t i = 0; i < c->args.n; i++)
		use_args(s, &t, c->args.v[i]);
	vec_foreach (const char *, flag, &t.flags)
		vec_push(&m->d->arena, &m->args, *flag);
}

static struct value *dependency(struct script *s, const struct call *c)
{
	const char *name = str_of(call_arg(c, 0, NULL));

	if (name && *name)
		need(meson_of(s)->d, name);
	return s->unknown;
}

static struct value *join_paths(struct script *s, const struct call *c)
{
	const char *path = "";

	for (size_t i = 0; i < c->args.n; i++) {
		const char *part = str_of(c->args.v[i]);

		if (!part)
			return s->unknown;
		path = *path ? path_join(s->arena, path, part) : part;
	}
	return value_str(s, path);
}

/* What a generator's or target's output is made from stands for it. */
static struct value *inputs(struct script *s, const struct call *c)
{
	struct value *list = value_list(s);
	struct value *input = named(c, "input");
	struct call all = {0};

	for (size_t i = 0; i < c->args.n; i++)
		vec_push(s->arena, &all.args, c->args.v[i]);
	if (input) {
		memset(&all, 0, sizeof(all));
		vec_push(s->arena, &all.args, input);
	}
	all.names.n = 0;
	list = paths_of(s, &all);
	/* Only what can be compiled or has its C beside it. */
	for (size_t i = 0; i < list->items.n;) {
		const char *ext = path_ext(list->items.v[i]->text);

		if (strcmp(ext, ".pyx") == 0 || walk_is_source(list->items.v[i]->text))
			i++;
		else
			list->items.v[i] = list->items.v[--list->items.n];
	}
	return list;
}

static struct value *format(struct script *s, const char *f, const struct call *c)
{
	struct buf out = BUF_INIT;
	struct value *v = NULL;

	while (*f && !v) {
		const char *text = NULL;
		char *end;
		long i;

		if (*f != '@') {
			buf_char(&out, *f++);
			continue;
		}
		i = strtol(f + 1, &end, 10);
		if (end == f + 1 || *end != '@') {
			buf_char(&out, *f++);
			continue;
		}
		if (i >= 0 && (size_t)i < c->args.n)
			text = value_text(s, c->args.v[i], false);
		if (text)
			buf_str(&out, text);
		else
			v = s->unknown;
		f = end + 1;
	}
	if (!v)
		v = value_str(s, buf_text(&out));
	buf_release(&out);
	return v;
}

/* Functions, and methods of what is not known by its value. */
static struct value *host_call(struct script *s, const char *path, struct call *c)
{
	const char *name = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
	struct meson *m = meson_of(s);

	if (strcmp(name, "extension_module") == 0 || strcmp(name, "shared_module") == 0)
		return extension_module(s, c);
	if (strcmp(name, "files") == 0 || strcmp(name, "include_directories") == 0)
		return paths_of(s, c);
	if (strcmp(name, "static_library") == 0 || strcmp(name, "library") == 0 ||
		strcmp(name, "both_libraries") == 0 || strcmp(name, "shared_library") == 0)
		return parts_object(s, c, 1);
	if (strcmp(name, "declare_dependency") == 0)
		return parts_object(s, c, 0);
	if (strcmp(name, "dependency") == 0 || strcmp(name, "find_library") == 0)
		return dependency(s, c);
	if (strcmp(name, "join_paths") == 0)
		return join_paths(s, c);
	if (strcmp(name, "process") == 0 || strcmp(name, "custom_target") == 0)
		return inputs(s, c);
	if (strcmp(name, "get_supported_arguments") == 0)
		return c->args.n == 1 ? c->args.v[0] : s->unknown;
	if (strcmp(name, "current_source_dir") == 0)
		return value_str(s, m->dir);
	if (strstr(name, "source_root"))
		return value_str(s, m->root);
	if (strcmp(path, "host_machine.system") == 0)
		return value_str(s, "linux");
	if (strcmp(path, "host_machine.cpu_family") == 0)
		return value_str(s, "x86_64");
	if (strcmp(path, "host_machine.endian") == 0)
		return value_str(s, "little");
	if (strcmp(name, "project") == 0)
		project_options(s, c);
	else if (strcmp(name, "add_project_arguments") == 0)
		project_arguments(s, c);
	else if (strcmp(name, "subdir") == 0)
		subdir(s, c);
	return NULL;
}

static struct value *host_method(
	struct script *s, struct value *self, const char *name, struct call *c)
{
	const struct value *arg = c ? call_arg(c, 0, NULL) : NULL;

	if (!c)
		return NULL;
	if (self->kind == V_STR && strcmp(name, "/") == 0 && str_of(arg))
		return value_str(s, path_join(s->arena, self->text, arg->text));
	if (self->kind == V_STR && strcmp(name, "format") == 0)
		return format(s, self->text, c);
	if (self->kind == V_LIST && strcmp(name, "length") == 0)
		return value_int(s, (long long)self->items.n);
	if (self->kind == V_DICT && strcmp(name, "has_key") == 0 && arg)
		return value_bool(s, dict_find(self, arg) != NULL);
	if (self->kind == V_UNKNOWN || self->kind == V_OBJECT)
		return host_call(s, arena_printf(s->arena, "?.%s", name), c);
	return NULL;
}

static const struct script_host host = {
	.call = host_call,
	.method = host_method,
	.adds_elements = true,
};

static void run_text(struct script *s, const char *path, const char *text)
{
	struct meson *m = meson_of(s);
	struct parse_result parsed = {0};

	m->dir = path_dir(&m->d->arena, path);
	m->shown = shown(m->d, &m->d->arena, path);
	meson_parse(s->arena, text, &parsed);
	if (parsed.bad_lines.n)
		note(m->d, "%s:%u: not understood", m->shown, parsed.bad_lines.v[0]);
	for (size_t i = 0; i < parsed.block->kids.n; i++)
		script_run(s, parsed.block->kids.v[i]);
}

static void run_file(struct script *s, const char *path)
{
	struct meson *m = meson_of(s);
	size_t size;
	char *text;

	if (strings_have(&m->visited, path) || m->visited.n >= MAX_FILES)
		return;
	vec_push(s->arena, &m->visited, path);
	text = file_read(path, MAX_SIZE, &size);
	if (!text || strlen(text) != size)
		note(m->d, "%s: names %s, which cannot be read", m->shown,
			shown(m->d, &m->d->arena, path));
	else
		run_text(s, path, text);
	free(text);
}

void read_meson(struct discover *d, const char *path, const char *text)
{
	struct meson m = {.d = d, .root = path_dir(&d->arena, path)};
	struct arena arena = ARENA_INIT;
	struct script s;

	script_init(&s, &arena, &host, &m);
	vec_push(&arena, &m.visited, path);
	run_text(&s, path, text);
	if (s.undecided.n)
		note(d, "%s: conditions that cannot be decided here have both sides read",
			shown(d, &d->arena, path));
	vec_push(&d->arena, &d->arenas, arena);
}
