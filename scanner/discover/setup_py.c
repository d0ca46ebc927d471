/* setup.py: the extensions it makes, wherever in the script it makes them. */
#include "discover/setup.h"

#include "base/path.h"
#include "discover/flags.h"
#include "discover/ini.h"

#include <string.h>

#define MODULE_DEPTH 4

/* The parameters of Extension() in their order. */
static const char *const parameters[] = {"name", "sources", "include_dirs", "define_macros",
	"undef_macros", "library_dirs", "libraries", "runtime_library_dirs", "extra_objects",
	"extra_compile_args", "extra_link_args", "export_symbols", "swig_opts", "depends",
	"language"};
#define NPARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static bool is_extension(const struct value *v)
{
	return v->kind == V_OBJECT && v->text && strcmp(v->text, "extension") == 0;
}

static struct value *new_extension(struct script *s, const char *path, unsigned line)
{
	struct setup *u = s->data;
	struct value *e = value_new(s, V_OBJECT);

	e->text = "extension";
	e->scope = scope_new(s, NULL);
	e->self = value_path(s, path);
	e->line = line;
	for (size_t i = 1; i + 1 < NPARAMETERS; i++)
		scope_set(s, e->scope, parameters[i], value_list(s));
	vec_push(s->arena, &u->extensions, e);
	return e;
}

static void fill_extension(struct script *s, struct value *e, const struct call *c, size_t skip)
{
	for (size_t i = skip; i < c->args.n && i - skip < NPARAMETERS; i++)
		scope_set(s, e->scope, parameters[i - skip], c->args.v[i]);
	for (size_t i = 0; i < c->names.n; i++) {
		if (c->named.v[i]->kind != V_NONE)
			scope_set(s, e->scope, c->names.v[i], c->named.v[i]);
	}
	e->partial |= c->partial;
}

/* "pkg.mod" of "src/pkg/mod.pyx": packages are folders with an __init__ file. */
static const char *module_name(struct script *s, const char *path)
{
	struct setup *u = s->data;
	const char *file = absolute(u->d, u->dir, path), *dir = path_dir(s->arena, file);
	const char *name = path_base(file);

	name = arena_strndup(s->arena, name, strlen(name) - strlen(path_ext(name)));
	for (int i = 0; i < 20; i++) {
		if (!is_file(u->d, path_join(s->arena, dir, "__init__.py")) &&
			!is_file(u->d, path_join(s->arena, dir, "__init__.pxd")))
			break;
		name = arena_printf(s->arena, "%s.%s", path_base(dir), name);
		dir = path_dir(s->arena, dir);
	}
	return name;
}

static void add_cython(struct script *s, struct value *out, const char *pattern, unsigned line,
	const struct value *like)
{
	struct value *files = strpbrk(pattern, "*?[") ? library_glob(s, pattern) : NULL;
	size_t n = files ? files->items.n : 1;

	for (size_t i = 0; i < n; i++) {
		const char *path = files ? files->items.v[i]->text : pattern;
		struct value *e = new_extension(s, "Extension", line), *sources = value_list(s);

		if (like) {
			for (size_t k = 2; k < NPARAMETERS; k++)
				scope_set(
					s, e->scope, parameters[k], attr_get(like, parameters[k]));
		}
		list_add(s, sources, value_str(s, path));
		scope_set(s, e->scope, "name", value_str(s, module_name(s, path)));
		scope_set(s, e->scope, "sources", sources);
		list_add(s, out, e);
	}
}

/* cythonize(): patterns, names of files or extensions give extensions. */
static struct value *cythonize(struct script *s, const struct call *c)
{
	struct value *out = value_list(s), *what = call_arg(c, 0, "module_list");
	values items = {0};

	if (!what)
		return s->unknown;
	if (what->kind == V_LIST)
		out->partial = !value_iterate(s, what, &items);
	else
		vec_push(s->arena, &items, what);
	for (size_t i = 0; i < items.n; i++) {
		if (str_of(items.v[i]))
			add_cython(s, out, items.v[i]->text, c->line, NULL);
		else
			list_add(s, out, items.v[i]);
	}
	return out;
}

/* The name that a cffi build file gives its module, or the file's own. */
static const char *cffi_name(struct script *s, const char *file)
{
	const char *text = library_text(s, file), *at;
	size_t n;

	at = text ? strstr(text, "set_source(") : NULL;
	if (!at)
		return path_base(file);
	at += strlen("set_source(");
	at += strspn(at, " \t\r\n");
	if (*at != '"' && *at != '\'')
		return path_base(file);
	n = strcspn(at + 1, "\"'\n");
	return n ? arena_strndup(s->arena, at + 1, n) : path_base(file);
}

static struct target *add_module(
	struct script *s, const char *name, const char *kind, unsigned line)
{
	struct setup *u = s->data;
	struct target *t = vec_add(&u->d->arena, &u->d->targets);

	t->name = name;
	t->kind = kind;
	t->origin = arena_printf(&u->d->arena, "%s:%u", u->shown, line);
	return t;
}

/* What setup() asks of other packages: a string of lines, or a list. */
static void requirements(struct script *s, const struct value *v)
{
	struct setup *u = s->data;
	values items = {0};

	if (str_of(v))
		require(u->d, v->text);
	else if (v)
		value_iterate(s, v, &items);
	for (size_t i = 0; i < items.n; i++)
		if (str_of(items.v[i]))
			require(u->d, items.v[i]->text);
}

static void config_requirements(struct script *s)
{
	struct setup *u = s->data;
	const char *text = library_text(s, path_join(s->arena, u->dir, "setup.cfg"));
	struct ini ini = {0};
	const char *value;

	ini_parse(s->arena, text ? text : "", &ini);
	for (size_t i = 0; i < 2; i++) {
		value = ini_get(&ini, "options", i ? "setup_requires" : "install_requires");
		if (value)
			require(u->d, value);
	}
}

static void add_sources(struct setup *u, struct target *t, const struct value *sources, bool *lost)
{
	if (!sources || sources->kind != V_LIST) {
		*lost = true;
		return;
	}
	*lost |= sources->partial;
	for (size_t i = 0; i < sources->items.n; i++) {
		const char *path = str_of(sources->items.v[i]);

		if (path && *path)
			vec_push(&u->d->arena, &t->sources, absolute(u->d, u->dir, path));
		else
			*lost = true;
	}
}

static void add_dirs(struct setup *u, struct target *t, const struct value *dirs, bool *lost)
{
	if (!dirs || dirs->kind != V_LIST)
		return;
	*lost |= dirs->partial;
	for (size_t i = 0; i < dirs->items.n; i++) {
		const char *dir = str_of(dirs->items.v[i]);

		if (dir && *dir)
			flags_add(u->d, &t->flags, "-I", dir, u->dir);
		else if (dirs->items.v[i]->kind == V_UNKNOWN)
			*lost = true;
	}
}

static void note_sources(struct setup *u, struct target *t, bool lost)
{
	if (lost || !t->sources.n)
		return;
	t->whole = u->shown;
	t->whole_dir = u->dir;
}

/* setup(libraries=[(name, {"sources": …})]): what is linked into the extensions. */
static void c_library(struct script *s, const struct value *item, unsigned line)
{
	const struct value *about;
	bool lost = false;
	struct target *t;

	if (item->kind != V_LIST || item->items.n < 2 || item->items.v[1]->kind != V_DICT)
		return;
	about = item->items.v[1];
	t = add_module(s, NULL, "c", line);
	add_sources(s->data, t, dict_get(about, "sources"), &lost);
	note_sources(s->data, t, lost);
	add_dirs(s->data, t, dict_get(about, "include_dirs"), &lost);
}

static struct value *setup_call(struct script *s, const struct call *c)
{
	struct setup *u = s->data;
	struct value *cffi = call_arg(c, c->args.n, "cffi_modules");
	const struct value *package = call_arg(c, c->args.n, "ext_package");
	values files = {0}, libraries = {0};

	requirements(s, call_arg(c, c->args.n, "install_requires"));
	requirements(s, call_arg(c, c->args.n, "setup_requires"));
	config_requirements(s);
	if (str_of(package))
		u->package = package->text;
	if (call_arg(c, c->args.n, "libraries"))
		value_iterate(s, call_arg(c, c->args.n, "libraries"), &libraries);
	for (size_t i = 0; i < libraries.n; i++)
		c_library(s, libraries.v[i], c->line);
	if (cffi && str_of(cffi))
		vec_push(s->arena, &files, cffi);
	else if (cffi)
		value_iterate(s, cffi, &files);
	for (size_t i = 0; i < files.n; i++) {
		const char *file = str_of(files.v[i]);

		if (!file)
			continue;
		file = arena_strndup(s->arena, file, strcspn(file, ":"));
		add_module(s, cffi_name(s, file), "cffi", c->line);
	}
	return s->none;
}

static struct value *rust_call(struct script *s, const struct call *c)
{
	const struct value *name = call_arg(c, 0, "target");

	if (name && name->kind == V_DICT && name->items.n >= 2)
		name = name->items.v[1];
	if (str_of(name))
		add_module(s, name->text, "rust", c->line);
	return s->unknown;
}

static bool tail_is(const char *path, const char *tail)
{
	size_t n = strlen(path), m = strlen(tail);

	return n >= m && strcmp(path + n - m, tail) == 0 && (n == m || path[n - m - 1] == '.');
}

static struct value *host_call(struct script *s, const char *path, struct call *c)
{
	struct value *v;

	if (ends_with(path, "RustExtension") || ends_with(path, "RustBin"))
		return rust_call(s, c);
	if (ends_with(path, "Extension")) {
		v = new_extension(s, path, c->line);
		fill_extension(s, v, c, 0);
		return v;
	}
	if (ends_with(path, "Extension.__init__")) {
		if (c->args.n && is_extension(c->args.v[0]))
			fill_extension(s, c->args.v[0], c, 1);
		return s->none;
	}
	if (tail_is(path, "cythonize"))
		return cythonize(s, c);
	if (tail_is(path, "setup"))
		return setup_call(s, c);
	if (tail_is(path, "get_include") || tail_is(path, "get_python_inc"))
		return s->none;
	return library_call(s, path, c);
}

static struct value *host_make(struct script *s, const char *path, struct value *cls)
{
	(void)path;
	if (!class_base(cls, "Extension"))
		return NULL;
	return new_extension(s, "Extension", cls->line);
}

static void host_class(struct script *s, struct value *cls)
{
	struct setup *u = s->data;

	if (class_base(cls, "build_ext") || class_base(cls, "BuildExt"))
		vec_push(s->arena, &u->commands, cls);
}

static void notes(struct script *s, const char *shown_path, const struct parse_result *parsed)
{
	struct setup *u = s->data;
	const char *lines = "";

	if (parsed->bad_lines.n)
		note(u->d, "%s:%u: not understood%s", shown_path, parsed->bad_lines.v[0],
			parsed->bad_lines.n > 1 ? ", nor some later lines" : "");
	for (size_t i = 0; i < s->undecided.n && i < 5; i++)
		lines = arena_printf(s->arena, "%s%s%u", lines, i ? ", " : "", s->undecided.v[i]);
	if (s->undecided.n)
		note(u->d,
			"%s: conditions that cannot be decided here have both sides read (line "
			"%s%s)",
			shown_path, lines, s->undecided.n > 5 ? " ..." : "");
	if (s->cut)
		note(u->d, "%s: too long to follow to its end", shown_path);
}

static const char *find_module(struct script *s, const char *dir, const char *name)
{
	char *rest = arena_strdup(s->arena, name);
	const char *path;

	for (char *p = rest; *p; p++) {
		if (*p == '.')
			*p = '/';
	}
	path = arena_printf(s->arena, "%s/%s.py", dir, rest);
	if (library_text(s, path))
		return path;
	path = arena_printf(s->arena, "%s/%s/__init__.py", dir, rest);
	return library_text(s, path) ? path : NULL;
}

/* Modules beside the script are read like it. */
static struct value *host_import(struct script *s, const char *name)
{
	struct setup *u = s->data;
	const char *path = *name ? find_module(s, u->dir, name) : NULL;
	struct parse_result parsed = {0};
	bool added;
	uintptr_t *slot;
	struct value *m;

	for (size_t i = 0; !path && *name && i < u->search.n; i++)
		path = find_module(s, u->search.v[i], name);
	if (!path || s->depth > MODULE_DEPTH)
		return NULL;
	slot = map_put(&u->modules, path, &added);
	if (!added)
		return (struct value *)*slot;
	python_parse(s->arena, library_text(s, path), &parsed);
	s->depth++;
	m = script_module(s, parsed.block);
	s->depth--;
	*map_put(&u->modules, path, NULL) = (uintptr_t)m;
	return m;
}

/* --- from extension objects to targets --- */

static void add_macro(struct script *s, struct target *t, const struct value *macro)
{
	struct setup *u = s->data;
	const char *name, *value;
	const struct value *v;

	if (macro->kind != V_LIST || !macro->items.n || !str_of(macro->items.v[0]))
		return;
	name = macro->items.v[0]->text;
	v = macro->items.n > 1 ? macro->items.v[1] : s->none;
	value = v->kind == V_NONE ? NULL : value_text(s, v, false);
	if (v->kind != V_NONE && !value) {
		struct unknown_macro *unknown = vec_add(&u->d->arena, &u->d->unknown_macros);

		note(u->d, "%s: the value of macro %s could not be told", t->origin, name);
		unknown->name = arena_strdup(&u->d->arena, name);
		unknown->origin = t->origin;
	}
	for (size_t i = 0; i + 1 < t->flags.n; i += 2) {
		const char *have = t->flags.v[i + 1];
		size_t n = strlen(name);

		/* Of two branches the first one's value is taken. */
		if (t->flags.v[i][1] == 'D' && strncmp(have, name, n) == 0 &&
			(have[n] == '=' || !have[n]))
			return;
	}
	if (value)
		name = arena_printf(s->arena, "%s=%s", name, value);
	flags_add(u->d, &t->flags, "-D", name, u->dir);
}

static void add_macros(struct script *s, struct target *t, const struct value *e, bool *lost)
{
	const struct value *defs = attr_get(e, "define_macros"),
			   *undefs = attr_get(e, "undef_macros");
	struct setup *u = s->data;

	for (size_t i = 0; defs && defs->kind == V_LIST && i < defs->items.n; i++)
		add_macro(s, t, defs->items.v[i]);
	*lost |= defs && (defs->kind == V_UNKNOWN || defs->partial);
	for (size_t i = 0; undefs && undefs->kind == V_LIST && i < undefs->items.n; i++) {
		if (str_of(undefs->items.v[i]))
			flags_add(u->d, &t->flags, "-U", undefs->items.v[i]->text, u->dir);
	}
}

static void add_arguments(struct script *s, struct target *t, const struct value *args, bool *lost)
{
	struct setup *u = s->data;
	struct flag_result flags = {0};
	strings list = {0};

	if (!args || args->kind != V_LIST)
		return;
	*lost |= args->partial;
	for (size_t i = 0; i < args->items.n; i++) {
		if (str_of(args->items.v[i]))
			vec_push(s->arena, &list, args->items.v[i]->text);
	}
	flags_filter(u->d, &flags, list.v, list.n, u->dir);
	for (size_t i = 0; i < flags.flags.n; i++)
		vec_push(&u->d->arena, &t->flags, flags.flags.v[i]);
	if (flags.standard && strstr(flags.standard, "++"))
		t->std_cxx = flags.standard;
	else if (flags.standard)
		t->std_c = flags.standard;
}

static void add_libraries(struct setup *u, const struct value *libraries)
{
	for (size_t i = 0; libraries && libraries->kind == V_LIST && i < libraries->items.n; i++) {
		if (str_of(libraries->items.v[i]))
			need(u->d, libraries->items.v[i]->text);
	}
}

static void expand_star(struct script *s, const struct value *e)
{
	const struct value *sources = attr_get(e, "sources");
	struct value *ignored = value_list(s);

	for (size_t i = 0; sources && sources->kind == V_LIST && i < sources->items.n; i++) {
		if (str_of(sources->items.v[i]))
			add_cython(s, ignored, sources->items.v[i]->text, e->line, e);
	}
}

static void make_target(struct script *s, const struct value *e, const struct value *command)
{
	struct setup *u = s->data;
	const char *name = str_of(attr_get(e, "name"));
	bool lost_sources = false, lost_dirs = false, lost_macros = e->partial, lost_args = false;
	struct target *t;

	if (name && strchr(name, '*')) {
		expand_star(s, e);
		return;
	}
	if (name && u->package)
		name = arena_printf(s->arena, "%s.%s", u->package, name);
	t = add_module(s, name, "c", e->line);
	add_sources(u, t, attr_get(e, "sources"), &lost_sources);
	add_dirs(u, t, attr_get(e, "include_dirs"), &lost_dirs);
	add_macros(s, t, e, &lost_macros);
	add_arguments(s, t, attr_get(e, "extra_compile_args"), &lost_args);
	add_libraries(u, attr_get(e, "libraries"));
	if (command) {
		struct value *defines = value_new(s, V_OBJECT);

		add_dirs(u, t, attr_get(command, "include_dirs"), &lost_dirs);
		defines->scope = scope_new(s, NULL);
		defines->self = s->none;
		scope_set(s, defines->scope, "define_macros", attr_get(command, "define"));
		add_macros(s, t, defines, &lost_macros);
		add_libraries(u, attr_get(command, "libraries"));
	}
	note_sources(u, t, lost_sources);
	if (!name)
		note(u->d, "%s: the name of an extension could not be told", t->origin);
	if (lost_sources)
		note(u->d, "%s: not all sources of %s could be told", t->origin,
			name ? name : "it");
	if (lost_macros)
		note(u->d, "%s: not all macros of %s could be told", t->origin, name ? name : "it");
	if (lost_args)
		note(u->d, "%s: not all compile arguments of %s could be told", t->origin,
			name ? name : "it");
}

/* Lists of build_ext in setup.cfg: blanks, commas and colons part them. */
static struct value *config_list(struct script *s, const struct ini *ini, const char *key)
{
	const char *text = ini_get(ini, "build_ext", key);
	struct value *list = value_list(s);

	while (text && *text) {
		size_t n = strcspn(text, ", \t\r\n:");

		if (n)
			list_add(s, list, value_strn(s, text, n));
		text += n + (text[n] != '\0');
	}
	return list;
}

static struct value *new_command(struct script *s, struct value *cls)
{
	struct setup *u = s->data;
	struct value *o = value_new(s, V_OBJECT), *all = value_list(s), *defines = value_list(s);
	const char *text = library_text(s, path_join(s->arena, u->dir, "setup.cfg"));
	struct value *names;
	struct ini ini = {0};

	ini_parse(s->arena, text ? text : "", &ini);
	o->text = "command";
	o->self = cls;
	o->scope = scope_new(s, NULL);
	all->items = u->extensions;
	names = config_list(s, &ini, "define");
	for (size_t i = 0; i < names->items.n; i++) {
		struct value *pair = value_list(s);

		list_add(s, pair, names->items.v[i]);
		list_add(s, pair, value_str(s, "1"));
		list_add(s, defines, pair);
	}
	scope_set(s, o->scope, "extensions", value_copy(s, all));
	scope_set(s, o->scope, "include_dirs", config_list(s, &ini, "include_dirs"));
	scope_set(s, o->scope, "libraries", config_list(s, &ini, "libraries"));
	scope_set(s, o->scope, "library_dirs", value_list(s));
	scope_set(s, o->scope, "define", defines);
	scope_set(s, o->scope, "compiler", s->unknown);
	return o;
}

/* What a build_ext of the project's own does to its extensions. */
static struct value *run_command(struct script *s, struct value *cls)
{
	static const char *const methods[] = {
		"initialize_options", "finalize_options", "run", "build_extensions"};
	struct value *o = new_command(s, cls);
	struct setup *u = s->data;
	size_t n = u->extensions.n;

	s->unsure++;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct call c = {0};

		script_call_method(s, o, methods[i], &c);
	}
	for (size_t i = 0; i < n; i++) {
		struct call c = {0};

		vec_push(s->arena, &c.args, u->extensions.v[i]);
		script_call_method(s, o, "build_extension", &c);
	}
	s->unsure--;
	return o;
}

static const struct script_host host = {
	.call = host_call,
	.constant = library_constant,
	.method = library_method,
	.import = host_import,
	.make = host_make,
	.class_made = host_class,
};

/* One module written twice (two branches, a retry) is one module. */
static bool made_before(const struct setup *u, size_t index)
{
	const char *name = str_of(attr_get(u->extensions.v[index], "name"));

	for (size_t i = 0; name && i < index; i++) {
		const char *other = str_of(attr_get(u->extensions.v[i], "name"));

		if (other && strcmp(other, name) == 0 && !strchr(name, '*'))
			return true;
	}
	return false;
}

void read_setup_py(struct discover *d, const char *path, const char *text)
{
	struct setup u = {.d = d, .path = path};
	struct parse_result parsed = {0};
	struct value *command = NULL;
	struct arena arena = ARENA_INIT;
	struct script s;

	u.shown = shown(d, &d->arena, path);
	u.dir = path_dir(&d->arena, path);
	map_init(&u.modules, &arena);
	script_init(&s, &arena, &host, &u);
	python_parse(&arena, text, &parsed);
	script_run(&s, parsed.block);
	command = u.extensions.n ? new_command(&s, s.none) : NULL;
	for (size_t i = 0; i < u.commands.n; i++)
		command = run_command(&s, u.commands.v[i]);
	for (size_t i = 0; i < u.extensions.n; i++) {
		if (made_before(&u, i))
			note(d, "%s:%u: %s is made a second time: the first is read", u.shown,
				u.extensions.v[i]->line,
				str_of(attr_get(u.extensions.v[i], "name")));
		else
			make_target(&s, u.extensions.v[i], command);
	}
	notes(&s, u.shown, &parsed);
	/* Targets point into the script's strings: the arena lives as long as they do. */
	vec_push(&d->arena, &d->arenas, arena);
}
