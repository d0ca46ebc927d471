/*
 * CMakeLists.txt: the commands that make Python modules and say what they are made
 * of. Variables, lists, globs, foreach, functions and the usual conditions are
 * followed; a condition that cannot be told has both its branches read.
 */
#include "discover/discover.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "discover/flags.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH  20
#define MAX_MEMORY ((size_t)64 << 20)
#define MAX_STEPS  200000
#define MAX_TEXT   200000
#define MAX_SIZE   ((size_t)4 << 20)

struct command {
	const char *name; /* lower case */
	unsigned line;
	strings args;
	VEC(bool) quoted;
};

typedef VEC(struct command) commands;

struct product {
	const char *name, *origin;
	bool module;
	strings sources, flags, links;
	const char *std_cxx;
};

struct function {
	const char *name;
	const commands *list;
	size_t from, to;
};

struct cmake {
	struct discover *d;
	struct arena *a;
	struct map vars; /* -> const char *, elements parted by ';' */
	VEC(struct product) products;
	VEC(struct function) functions;
	strings dirs, defines; /* of the whole folder, as flags */
	const char *root, *dir, *shown, *std_cxx;
	unsigned depth, steps;
	bool undecided;
};

static void run(struct cmake *m, const commands *list, size_t from, size_t to);

/* --- reading --- */

static const char *skip_space(const char *p, unsigned *line)
{
	for (;;) {
		if (*p == '#' && p[1] == '[' && p[2] == '[') {
			const char *end = strstr(p, "]]");

			for (end = end ? end + 2 : p + strlen(p); p < end; p++)
				*line += *p == '\n';
		} else if (*p == '#') {
			p += strcspn(p, "\n");
		} else if (isspace((unsigned char)*p)) {
			*line += *p++ == '\n';
		} else {
			return p;
		}
	}
}

static const char *quoted_argument(
	struct cmake *m, const char *p, struct command *c, unsigned *line)
{
	struct buf out = BUF_INIT;

	for (p++; *p && *p != '"'; p++) {
		*line += *p == '\n';
		if (*p == '\\' && p[1] == '\n') {
			p++;
			continue;
		}
		if (*p == '\\' && p[1] && p[1] != '$')
			p++;
		buf_char(&out, *p);
	}
	vec_push(m->a, &c->args, arena_strdup(m->a, buf_text(&out)));
	vec_push(m->a, &c->quoted, true);
	buf_release(&out);
	return *p ? p + 1 : p;
}

/* X="a b" is one argument, quotes and all. */
static const char *plain_argument(struct cmake *m, const char *p, struct command *c)
{
	const char *start = p;

	while (*p && !isspace((unsigned char)*p) && *p != '(' && *p != ')' && *p != '#') {
		if (*p == '"' && p > start && strchr(p + 1, '"'))
			p = strchr(p + 1, '"');
		p += *p == '\\' && p[1] ? 2 : 1;
	}
	if (p == start)
		return p + 1;
	vec_push(m->a, &c->args, arena_strndup(m->a, start, (size_t)(p - start)));
	vec_push(m->a, &c->quoted, false);
	return p;
}

/* Parentheses inside count, as conditions have them, but group nothing here. */
static const char *arguments(struct cmake *m, const char *p, struct command *c, unsigned *line)
{
	int nest = 1;

	for (p = skip_space(p, line); *p; p = skip_space(p, line)) {
		if (*p == '(') {
			nest++;
			p++;
		} else if (*p == ')') {
			p++;
			if (--nest == 0)
				return p;
		} else if (*p == '"') {
			p = quoted_argument(m, p, c, line);
		} else {
			p = plain_argument(m, p, c);
		}
	}
	return p;
}

static void parse(struct cmake *m, const char *p, commands *out)
{
	unsigned line = 1;

	for (p = skip_space(p, &line); *p; p = skip_space(p, &line)) {
		struct command c = {.line = line};
		const char *start = p;
		char *name;

		while (isalnum((unsigned char)*p) || *p == '_')
			p++;
		name = arena_strndup(m->a, start, (size_t)(p - start));
		p = skip_space(p, &line);
		if (p == start || *p != '(') {
			p += p == start;
			continue;
		}
		for (char *s = name; *s; s++)
			*s = (char)tolower((unsigned char)*s);
		c.name = name;
		p = arguments(m, p + 1, &c, &line);
		vec_push(m->a, out, c);
	}
}

/* --- variables --- */

static const char *get(const struct cmake *m, const char *name)
{
	const uintptr_t *slot = map_get(&m->vars, name);

	return slot ? (const char *)*slot : NULL;
}

static void set(struct cmake *m, const char *name, const char *value)
{
	if (strlen(value) < MAX_TEXT)
		*map_put(&m->vars, name, NULL) = (uintptr_t)value;
}

/* Replaces ${VAR}, innermost first; what is not known becomes empty. */
static const char *expand(struct cmake *m, const char *text)
{
	for (int i = 0; i < 200; i++) {
		const char *at = NULL, *end, *value;

		for (const char *p = strstr(text, "${"); p; p = strstr(p + 2, "${")) {
			if (strchr(p, '}'))
				at = p;
		}
		if (!at || strlen(text) > MAX_TEXT || m->a->allocated > MAX_MEMORY)
			return text;
		end = strchr(at, '}');
		value = get(m, arena_strndup(m->a, at + 2, (size_t)(end - at - 2)));
		text = arena_printf(
			m->a, "%.*s%s%s", (int)(at - text), text, value ? value : "", end + 1);
	}
	return text;
}

static void split(struct cmake *m, const char *text, strings *out)
{
	while (*text) {
		size_t n = strcspn(text, ";");

		if (n)
			vec_push(m->a, out, arena_strndup(m->a, text, n));
		text += n + (text[n] == ';');
	}
}

static void expand_all(struct cmake *m, const struct command *c, strings *out)
{
	for (size_t i = 0; i < c->args.n; i++) {
		const char *text = expand(m, c->args.v[i]);

		if (c->quoted.v[i])
			vec_push(m->a, out, text);
		else
			split(m, text, out);
	}
}

static const char *list_text(struct cmake *m, const strings *list, size_t from)
{
	struct buf out = BUF_INIT;
	const char *text;

	for (size_t i = from; i < list->n && out.len < MAX_TEXT; i++) {
		if (out.len)
			buf_char(&out, ';');
		buf_str(&out, list->v[i]);
	}
	text = arena_strdup(m->a, buf_text(&out));
	buf_release(&out);
	return text;
}

/* --- products --- */

static struct product *product(struct cmake *m, const char *name)
{
	vec_foreach (struct product, p, &m->products) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

static bool is_word(const char *s, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(s, *words) == 0)
			return true;
	}
	return false;
}

static const char *const keywords[] = {"PRIVATE", "PUBLIC", "INTERFACE", "MODULE", "SHARED",
	"STATIC", "OBJECT", "EXCLUDE_FROM_ALL", "SYSTEM", "BEFORE", "AFTER", "NO_EXTRAS",
	"THIN_LTO", "OPT_SIZE", "STABLE_ABI", "FREE_THREADED", "NB_STATIC", "NB_SHARED", "LTO",
	"NOMINSIZE", "NOSTRIP", "NOTRIM", "WITH_SOABI", "USE_SABI", "PROTECT_STACK", "NB_DOMAIN",
	NULL};

static void add_source(struct cmake *m, struct product *p, const char *name)
{
	if (*name && !strchr(name, '$') && !is_word(name, keywords) && path_ext(name)[0])
		vec_push(m->a, &p->sources, absolute(m->d, m->dir, name));
}

static void new_product(struct cmake *m, const struct command *c, const strings *args, bool module)
{
	struct product *p;

	if (!args->n || product(m, args->v[0]))
		return;
	p = vec_add(m->a, &m->products);
	p->name = args->v[0];
	p->module = module;
	p->std_cxx = m->std_cxx;
	p->origin = arena_printf(&m->d->arena, "%s:%u", m->shown, c->line);
	for (size_t i = 1; i < args->n; i++)
		add_source(m, p, args->v[i]);
	vec_foreach (const char *, flag, &m->dirs)
		vec_push(m->a, &p->flags, *flag);
	vec_foreach (const char *, flag, &m->defines)
		vec_push(m->a, &p->flags, *flag);
}

static void add_definition(struct cmake *m, strings *flags, const char *text)
{
	if (strncmp(text, "-D", 2) == 0 || strncmp(text, "/D", 2) == 0)
		text += 2;
	if (!strchr(text, '$'))
		flags_add(m->d, flags, "-D", text, m->dir);
}

static void add_dir(struct cmake *m, strings *flags, const char *dir)
{
	/* "$<BUILD_INTERFACE:dir>" */
	if (strncmp(dir, "$<BUILD_INTERFACE:", 18) == 0)
		dir = arena_strndup(m->a, dir + 18, strcspn(dir + 18, ">"));
	if (*dir && !strchr(dir, '$'))
		flags_add(m->d, flags, "-I", dir, m->dir);
}

static void add_option(struct cmake *m, strings *flags, const char *option)
{
	struct flag_result out = {0};

	flags_filter(m->d, &out, &option, 1, m->dir);
	for (size_t i = 0; i < out.flags.n; i++)
		vec_push(m->a, flags, out.flags.v[i]);
}

/* target_*(name ...): "s", "i", "d", "o", "l" for what is added. */
static void extend(struct cmake *m, const strings *args, char what)
{
	struct product *p = args->n ? product(m, args->v[0]) : NULL;

	for (size_t i = 1; p && i < args->n; i++) {
		const char *arg = args->v[i];

		if (is_word(arg, keywords))
			continue;
		if (what == 's')
			add_source(m, p, arg);
		else if (what == 'i')
			add_dir(m, &p->flags, arg);
		else if (what == 'd')
			add_definition(m, &p->flags, arg);
		else if (what == 'o')
			add_option(m, &p->flags, arg);
		else if (strncmp(arg, "$", 1) != 0)
			vec_push(m->a, &p->links, arg);
	}
	for (size_t i = 1; p && what == 'f' && i < args->n; i++) {
		if (strncmp(args->v[i], "cxx_std_", 8) == 0)
			p->std_cxx = arena_printf(m->a, "c++%s", args->v[i] + 8);
	}
}

/* --- commands --- */

static void file_glob(struct cmake *m, const strings *args)
{
	struct buf out = BUF_INIT;
	bool deep = strcmp(args->v[0], "GLOB_RECURSE") == 0;

	for (size_t i = 2; i < args->n; i++) {
		const char *pattern = absolute(m->d, m->dir, args->v[i]);
		const char *dir = path_dir(m->a, pattern), *stars = "";

		if (strcmp(args->v[i], "CONFIGURE_DEPENDS") == 0 ||
			path_below(m->d->root, pattern) == pattern)
			continue;
		for (int level = 0; level < (deep ? 8 : 1); level++) {
			glob_t found;

			pattern = arena_printf(m->a, "%s/%s%s", dir, stars, path_base(args->v[i]));
			stars = arena_printf(m->a, "*/%s", stars);
			if (glob(pattern, 0, NULL, &found) != 0)
				continue;
			for (size_t k = 0; k < found.gl_pathc && out.len < MAX_TEXT; k++)
				buf_printf(&out, "%s%s", out.len ? ";" : "", found.gl_pathv[k]);
			globfree(&found);
		}
	}
	set(m, args->v[1], arena_strdup(m->a, buf_text(&out)));
	buf_release(&out);
}

static void list_command(struct cmake *m, const strings *args)
{
	const char *old;

	if (args->n < 3)
		return;
	old = get(m, args->v[1]);
	if (strcmp(args->v[0], "APPEND") == 0 || strcmp(args->v[0], "PREPEND") == 0)
		set(m, args->v[1],
			arena_printf(m->a, "%s%s%s", old ? old : "", old && *old ? ";" : "",
				list_text(m, args, 2)));
}

static void set_command(struct cmake *m, const strings *args)
{
	strings value = {0};

	if (!args->n)
		return;
	for (size_t i = 1; i < args->n; i++) {
		if (strcmp(args->v[i], "CACHE") == 0 || strcmp(args->v[i], "PARENT_SCOPE") == 0)
			break;
		vec_push(m->a, &value, args->v[i]);
	}
	set(m, args->v[0], list_text(m, &value, 0));
	if (strcmp(args->v[0], "CMAKE_CXX_STANDARD") == 0 && value.n)
		m->std_cxx = arena_printf(m->a, "c++%s", value.v[0]);
}

static void read_file(struct cmake *m, const char *path)
{
	/* Functions it defines outlive this call. */
	commands *list = arena_alloc(m->a, sizeof(*list));
	size_t size;
	char *text;

	if (path_below(m->root, path) == path || m->depth > MAX_DEPTH)
		return;
	text = file_read(path, MAX_SIZE, &size);
	if (text && strlen(text) == size) {
		parse(m, text, list);
		m->depth++;
		run(m, list, 0, list->n);
		m->depth--;
	}
	free(text);
}

static void set_dir(struct cmake *m, const char *dir)
{
	m->dir = dir;
	set(m, "CMAKE_CURRENT_SOURCE_DIR", dir);
	set(m, "CMAKE_CURRENT_LIST_DIR", dir);
}

static void subdirectory(struct cmake *m, const strings *args)
{
	const char *saved = m->dir, *saved_shown = m->shown, *path;

	if (!args->n)
		return;
	set_dir(m, absolute(m->d, m->dir, args->v[0]));
	path = path_join(m->a, m->dir, "CMakeLists.txt");
	m->shown = shown(m->d, &m->d->arena, path);
	read_file(m, path);
	m->shown = saved_shown;
	set_dir(m, saved);
}

static void include(struct cmake *m, const strings *args)
{
	if (args->n && strchr(args->v[0], '.'))
		read_file(m, absolute(m->d, m->dir, args->v[0]));
}

static void add_library(struct cmake *m, const struct command *c, const strings *args)
{
	static const char *const imported[] = {"IMPORTED", "ALIAS", NULL};
	bool module = false;

	for (size_t i = 1; i < args->n; i++) {
		if (is_word(args->v[i], imported))
			return;
		module = module || strcmp(args->v[i], "MODULE") == 0;
	}
	new_product(m, c, args, module);
}

static bool makes_module(const char *name)
{
	/* pybind11_add_module, nanobind_add_module, Python3_add_library ... */
	return ends_with(name, "_add_module") || strcmp(name, "add_python_module") == 0 ||
	       strcmp(name, "python_add_module") == 0 || strcmp(name, "add_cython_target") == 0 ||
	       strcmp(name, "python_add_library") == 0 ||
	       strcmp(name, "python3_add_library") == 0 ||
	       strcmp(name, "python2_add_library") == 0 ||
	       strcmp(name, "python_extension_module") == 0;
}

static void call_function(struct cmake *m, const struct function *f, const strings *args)
{
	const struct command *head = &f->list->v[f->from];

	if (m->depth > MAX_DEPTH)
		return;
	for (size_t i = 1; i < head->args.n; i++)
		set(m, head->args.v[i], i - 1 < args->n ? args->v[i - 1] : "");
	set(m, "ARGN", head->args.n ? list_text(m, args, head->args.n - 1) : "");
	set(m, "ARGV", list_text(m, args, 0));
	m->depth++;
	run(m, f->list, f->from + 1, f->to);
	m->depth--;
}

static void directory_flags(struct cmake *m, const char *name, const strings *args)
{
	for (size_t i = 0; i < args->n; i++) {
		if (is_word(args->v[i], keywords))
			continue;
		if (strcmp(name, "include_directories") == 0)
			add_dir(m, &m->dirs, args->v[i]);
		else if (strcmp(name, "add_compile_options") == 0)
			add_option(m, &m->defines, args->v[i]);
		else if (strncmp(args->v[i], "-D", 2) == 0 || *name == 'a')
			add_definition(m, &m->defines, args->v[i]);
	}
}

static void simple(struct cmake *m, const struct command *c, const strings *args)
{
	static const struct {
		const char *name;
		char what;
	} extends[] = {{"target_sources", 's'}, {"target_include_directories", 'i'},
		{"target_compile_definitions", 'd'}, {"target_compile_options", 'o'},
		{"target_link_libraries", 'l'}, {"target_compile_features", 'f'}};

	for (size_t i = 0; i < sizeof(extends) / sizeof(extends[0]); i++) {
		if (strcmp(c->name, extends[i].name) == 0)
			extend(m, args, extends[i].what);
	}
	if (strcmp(c->name, "set") == 0)
		set_command(m, args);
	else if (strcmp(c->name, "list") == 0)
		list_command(m, args);
	else if (strcmp(c->name, "file") == 0 && args->n > 2 && strncmp(args->v[0], "GLOB", 4) == 0)
		file_glob(m, args);
	else if (strcmp(c->name, "add_library") == 0)
		add_library(m, c, args);
	else if (strcmp(c->name, "add_subdirectory") == 0)
		subdirectory(m, args);
	else if (strcmp(c->name, "include") == 0)
		include(m, args);
	else if (strcmp(c->name, "find_package") == 0 && args->n)
		need(m->d, args->v[0]);
	else if (strcmp(c->name, "project") == 0 && args->n)
		set(m, "PROJECT_NAME", args->v[0]);
	else if (strcmp(c->name, "include_directories") == 0 ||
		 strcmp(c->name, "add_definitions") == 0 ||
		 strcmp(c->name, "add_compile_definitions") == 0 ||
		 strcmp(c->name, "add_compile_options") == 0)
		directory_flags(m, c->name, args);
}

static void one(struct cmake *m, const struct command *c)
{
	strings args = {0};

	expand_all(m, c, &args);
	for (size_t i = m->functions.n; i-- > 0;) {
		if (strcmp(m->functions.v[i].name, c->name) == 0) {
			struct function f = m->functions.v[i];

			call_function(m, &f, &args);
			return;
		}
	}
	if (makes_module(c->name))
		new_product(m, c, &args, true);
	else
		simple(m, c, &args);
}

/* --- control --- */

/* The command that closes the block opened at FROM. */
static size_t closing(const commands *list, size_t from, size_t to, const char *open)
{
	unsigned nest = 0;

	for (size_t i = from; i < to; i++) {
		if (strcmp(list->v[i].name, open) == 0)
			nest++;
		else if (strncmp(list->v[i].name, "end", 3) == 0 &&
			 strcmp(list->v[i].name + 3, open) == 0 && --nest == 0)
			return i;
	}
	return to;
}

/* 1, 0 or -1: one word, or NOT and one word. */
static int condition(const struct command *c)
{
	static const char *const no[] = {"WIN32", "MSVC", "APPLE", "MINGW", "CYGWIN", "ANDROID",
		"IOS", "EMSCRIPTEN", "FALSE", "OFF", "0", "NO", NULL};
	static const char *const yes[] = {"UNIX", "LINUX", "TRUE", "ON", "1", "YES", NULL};
	bool negated = c->args.n == 2 && strcmp(c->args.v[0], "NOT") == 0;
	const char *word;
	int truth = -1;

	if (c->args.n != 1u + negated)
		return -1;
	word = c->args.v[negated];
	if (is_word(word, no))
		truth = 0;
	else if (is_word(word, yes))
		truth = 1;
	return truth < 0 ? -1 : negated ? !truth : truth;
}

static size_t run_if(struct cmake *m, const commands *list, size_t at, size_t to)
{
	size_t end = closing(list, at, to, "if"), start = at + 1;
	int truth = condition(&list->v[at]);
	bool done = truth == 1;
	unsigned nest = 0;

	m->undecided |= truth < 0;
	for (size_t i = at + 1; i <= end && i < to + 1; i++) {
		const char *name = i < end ? list->v[i].name : "endif";

		if (i < end && strcmp(name, "if") == 0)
			nest++;
		if (i < end && strcmp(name, "endif") == 0)
			nest--;
		if (i < end && (nest || strncmp(name, "else", 4) != 0))
			continue;
		if (truth != 0)
			run(m, list, start, i);
		start = i + 1;
		if (i < end)
			truth = done ? 0 : strcmp(name, "else") == 0 ? 1 : condition(&list->v[i]);
		done = done || truth == 1;
	}
	return end + 1;
}

static size_t run_foreach(struct cmake *m, const commands *list, size_t at, size_t to)
{
	size_t end = closing(list, at, to, "foreach");
	strings args = {0}, items = {0};
	bool lists = false;

	expand_all(m, &list->v[at], &args);
	for (size_t i = 1; i < args.n; i++) {
		if (strcmp(args.v[i], "IN") == 0 || strcmp(args.v[i], "ITEMS") == 0)
			continue;
		if (strcmp(args.v[i], "LISTS") == 0)
			lists = true;
		else if (lists)
			split(m, get(m, args.v[i]) ? get(m, args.v[i]) : "", &items);
		else
			vec_push(m->a, &items, args.v[i]);
	}
	for (size_t i = 0; i < items.n && i < 1000 && m->steps < MAX_STEPS; i++) {
		set(m, args.v[0], items.v[i]);
		run(m, list, at + 1, end);
	}
	return end + 1;
}

static size_t define(struct cmake *m, const commands *list, size_t at, size_t to)
{
	size_t end = closing(list, at, to, list->v[at].name);
	struct function f = {NULL, list, at, end};

	if (list->v[at].args.n) {
		char *name = arena_strdup(m->a, list->v[at].args.v[0]);

		for (char *p = name; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		f.name = name;
		vec_push(m->a, &m->functions, f);
	}
	return end + 1;
}

static void run(struct cmake *m, const commands *list, size_t from, size_t to)
{
	size_t i = from;

	if (m->depth > MAX_DEPTH)
		return;
	m->depth++;
	while (i < to && m->steps++ < MAX_STEPS && m->a->allocated < MAX_MEMORY) {
		const char *name = list->v[i].name;

		if (strcmp(name, "if") == 0)
			i = run_if(m, list, i, to);
		else if (strcmp(name, "foreach") == 0)
			i = run_foreach(m, list, i, to);
		else if (strcmp(name, "function") == 0 || strcmp(name, "macro") == 0)
			i = define(m, list, i, to);
		else
			one(m, &list->v[i++]);
	}
	m->depth--;
}

/* --- answer --- */

static void use(struct cmake *m, struct target *t, const struct product *p, unsigned nest)
{
	vec_foreach (const char *, s, &p->sources) {
		if (!strings_have(&t->sources, *s))
			vec_push(&m->d->arena, &t->sources, *s);
	}
	vec_foreach (const char *, s, &p->flags)
		vec_push(&m->d->arena, &t->flags, *s);
	for (size_t i = 0; i < p->links.n && nest < 8; i++) {
		const struct product *other = product(m, p->links.v[i]);

		if (other && !other->module && other != p)
			use(m, t, other, nest + 1);
		else if (!other)
			need(m->d, p->links.v[i]);
	}
}

void read_cmake(struct discover *d, const char *path, const char *text)
{
	struct arena arena = ARENA_INIT;
	struct cmake m = {.d = d, .a = &arena};
	commands list = {0};

	m.root = path_dir(&d->arena, path);
	m.shown = shown(d, &d->arena, path);
	map_init(&m.vars, &arena);
	set_dir(&m, m.root);
	set(&m, "CMAKE_SOURCE_DIR", m.root);
	set(&m, "PROJECT_SOURCE_DIR", m.root);
	parse(&m, text, &list);
	run(&m, &list, 0, list.n);
	vec_foreach (const struct product, p, &m.products) {
		struct target t = {.name = p->name, .origin = p->origin, .kind = "c"};

		if (!p->module)
			continue;
		t.std_cxx = p->std_cxx;
		use(&m, &t, p, 0);
		vec_push(&d->arena, &d->targets, t);
	}
	if (m.undecided)
		note(d, "%s: conditions that cannot be decided here have both sides read", m.shown);
	vec_push(&d->arena, &d->arenas, arena);
}
