/* pyproject.toml: extensions of setuptools, and which other description to follow. */
#include "discover/discover.h"

#include "base/file.h"
#include "base/path.h"
#include "discover/flags.h"
#include "discover/toml.h"

#include <stdlib.h>
#include <string.h>

struct project {
	struct discover *d;
	struct script *s;
	const char *dir, *shown;
};

static void each(const struct value *list, struct project *p, struct target *t,
	void (*use)(struct project *p, struct target *t, const struct value *item))
{
	for (size_t i = 0; list && list->kind == V_LIST && i < list->items.n; i++)
		use(p, t, list->items.v[i]);
}

static void use_source(struct project *p, struct target *t, const struct value *item)
{
	if (str_of(item))
		vec_push(&p->d->arena, &t->sources, absolute(p->d, p->dir, item->text));
}

static void use_dir(struct project *p, struct target *t, const struct value *item)
{
	if (str_of(item))
		flags_add(p->d, &t->flags, "-I", item->text, p->dir);
}

static void use_undefine(struct project *p, struct target *t, const struct value *item)
{
	if (str_of(item))
		flags_add(p->d, &t->flags, "-U", item->text, p->dir);
}

static void use_define(struct project *p, struct target *t, const struct value *item)
{
	const char *name, *value;

	if (item->kind != V_LIST || !item->items.n || !(name = str_of(item->items.v[0])))
		return;
	value = item->items.n > 1 ? value_text(p->s, item->items.v[1], false) : NULL;
	if (value)
		name = arena_printf(&p->d->arena, "%s=%s", name, value);
	flags_add(p->d, &t->flags, "-D", name, p->dir);
}

static void use_library(struct project *p, struct target *t, const struct value *item)
{
	(void)t;
	if (str_of(item))
		need(p->d, item->text);
}

static void use_requirement(struct project *p, struct target *t, const struct value *item)
{
	(void)t;
	if (str_of(item))
		require(p->d, item->text);
}

static void use_arguments(struct project *p, struct target *t, const struct value *list)
{
	struct flag_result flags = {0};
	strings args = {0};

	for (size_t i = 0; list && list->kind == V_LIST && i < list->items.n; i++) {
		if (str_of(list->items.v[i]))
			vec_push(&p->d->arena, &args, list->items.v[i]->text);
	}
	flags_filter(p->d, &flags, args.v, args.n, p->dir);
	for (size_t i = 0; i < flags.flags.n; i++)
		vec_push(&p->d->arena, &t->flags, flags.flags.v[i]);
	t->std_c = t->std_cxx = flags.standard;
}

static struct target *new_target(struct project *p, const char *name, const char *kind)
{
	struct target *t = vec_add(&p->d->arena, &p->d->targets);

	t->name = name;
	t->origin = p->shown;
	t->kind = kind;
	return t;
}

static void extension(struct project *p, struct target *unused, const struct value *e)
{
	struct target *t;

	(void)unused;
	if (e->kind != V_DICT)
		return;
	t = new_target(p, str_of(dict_get(e, "name")), "c");
	each(dict_get(e, "sources"), p, t, use_source);
	if (t->sources.n) {
		t->whole = p->shown;
		t->whole_dir = p->dir;
	}
	each(dict_get(e, "include-dirs"), p, t, use_dir);
	each(dict_get(e, "define-macros"), p, t, use_define);
	each(dict_get(e, "undef-macros"), p, t, use_undefine);
	each(dict_get(e, "libraries"), p, t, use_library);
	use_arguments(p, t, dict_get(e, "extra-compile-args"));
	if (!t->name)
		note(p->d, "%s: an extension without a name", p->shown);
}

static void rust_module(struct project *p, struct target *unused, const struct value *e)
{
	const char *name = str_of(dict_get(e, "target"));

	(void)unused;
	if (name)
		new_target(p, name, "rust");
}

static void cffi_module(struct project *p, struct target *unused, const struct value *e)
{
	(void)unused;
	if (str_of(e))
		new_target(p, arena_strndup(&p->d->arena, e->text, strcspn(e->text, ":")), "cffi");
}

/* Build backends that run a script of the project's own: it is read like setup.py. */
static void build_script(struct project *p, const struct value *root)
{
	static const char *const keys[] = {"tool.poetry.build.script", "tool.poetry.build",
		"tool.pdm.build.setup-script", "tool.hatch.build.hooks.custom.path",
		"tool.pdm.build.run-setuptools"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *name = str_of(toml_get(root, keys[i])), *path;
		size_t size;
		char *text;

		if (!name)
			continue;
		path = absolute(p->d, p->dir, name);
		if (path_below(p->dir, path) == path)
			continue;
		text = file_read(path, (size_t)4 << 20, &size);
		if (text && strlen(text) == size)
			read_setup_py(p->d, path, text);
		free(text);
	}
}

static void maturin(struct project *p, const struct value *root)
{
	const char *backend = str_of(toml_get(root, "build-system.build-backend"));
	const char *name = str_of(toml_get(root, "tool.maturin.module-name"));

	if (!backend || strcmp(backend, "maturin") != 0)
		return;
	if (!name)
		name = str_of(toml_get(root, "project.name"));
	new_target(p, name ? name : path_base(p->dir), "rust");
}

/* Parses TEXT for P, into ARENA. *BAD: the first line that was not understood, 0 for none. */
static const struct value *open_toml(struct project *p, struct script *s, struct arena *arena,
	const char *path, const char *text, unsigned *bad)
{
	static const struct script_host nothing = {.adds_elements = true};

	script_init(s, arena, &nothing, NULL);
	p->s = s;
	p->dir = path_dir(&p->d->arena, path);
	p->shown = shown(p->d, &p->d->arena, path);
	return toml_parse(s, text, bad);
}

void read_pyproject(struct discover *d, const char *path, const char *text)
{
	struct arena arena = ARENA_INIT;
	struct project p = {.d = d};
	const struct value *root;
	struct script s;
	unsigned bad;

	root = open_toml(&p, &s, &arena, path, text, &bad);
	if (bad)
		note(d, "%s:%u: not understood", p.shown, bad);
	each(toml_get(root, "build-system.requires"), &p, NULL, use_requirement);
	each(toml_get(root, "project.dependencies"), &p, NULL, use_requirement);
	each(toml_get(root, "tool.setuptools.ext-modules"), &p, NULL, extension);
	each(toml_get(root, "tool.setuptools-rust.ext-modules"), &p, NULL, rust_module);
	each(toml_get(root, "tool.cffi.modules"), &p, NULL, cffi_module);
	maturin(&p, root);
	build_script(&p, root);
	vec_push(&d->arena, &d->arenas, arena);
}

/* Cargo.toml beside no other description: a Rust module where it builds a C library. */
void read_cargo(struct discover *d, const char *path, const char *text)
{
	struct arena arena = ARENA_INIT;
	struct project p = {.d = d};
	const struct value *root, *types;
	struct script s;
	unsigned bad;

	root = open_toml(&p, &s, &arena, path, text, &bad);
	types = toml_get(root, "lib.crate-type");
	for (size_t i = 0; types && types->kind == V_LIST && i < types->items.n; i++) {
		const char *type = str_of(types->items.v[i]);
		const char *name = str_of(toml_get(root, "lib.name"));

		if (!name)
			name = str_of(toml_get(root, "package.name"));
		if (type && name && strcmp(type, "cdylib") == 0 &&
			toml_get(root, "dependencies.pyo3"))
			new_target(&p, name, "rust");
	}
	vec_push(&d->arena, &d->arenas, arena);
}
