/*
 * From what descriptions say and the walk found to units: one per file and set of
 * macros. What a target names is a unit; other sources of the tree are units unless
 * a unit includes them.
 */
#include "discover/discover.h"

#include "base/path.h"
#include "discover/ctext.h"
#include "discover/flags.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct unit {
	const char *path;
	const char *macros; /* what tells variants of one file apart */
	strings flags;
	const char *standard;
	const char *origin;
	enum build_language language;
	bool exact;
	bool walked;
	const char *passed_over; /* walked: the description that does not name it */
	const char *dropped;	 /* why it is none after all */
	uint32_t index;		 /* in build.units */
};

struct module {
	const char *name, *origin, *kind;
	VEC(size_t) units;
};

struct maker {
	struct discover *d;
	VEC(struct unit) units;
	VEC(struct module) modules;
	struct map by_path; /* path -> index + 1 of the first unit */
	struct map module_of;
	struct map fragments; /* path -> path of who includes it */
	bool exact;
};

static bool is_cxx(const char *path)
{
	const char *ext = path_ext(path);

	return strcmp(ext, ".c") != 0;
}

static const char *macros_of(struct discover *d, const strings *flags, const char *standard,
	enum build_language language)
{
	const char *text =
		arena_printf(&d->arena, "%d %s", (int)language, standard ? standard : "");

	for (size_t i = 0; i + 1 < flags->n; i += 2) {
		if (flags->v[i][1] == 'D' || flags->v[i][1] == 'U' ||
			strcmp(flags->v[i], "-include") == 0)
			text = arena_printf(
				&d->arena, "%s %s%s", text, flags->v[i], flags->v[i + 1]);
	}
	return text;
}

static bool has_pair(const strings *flags, const char *option, const char *value)
{
	for (size_t i = 0; i + 1 < flags->n; i += 2) {
		if (strcmp(flags->v[i], option) == 0 && strcmp(flags->v[i + 1], value) == 0)
			return true;
	}
	return false;
}

/* Descriptions that add up parts of parts say many things twice. */
static void copy(struct discover *d, strings *to, const strings *from)
{
	for (size_t i = 0; i + 1 < from->n; i += 2) {
		if (has_pair(to, from->v[i], from->v[i + 1]))
			continue;
		vec_push(&d->arena, to, from->v[i]);
		vec_push(&d->arena, to, from->v[i + 1]);
	}
}

static struct unit *find_unit(struct maker *m, const char *path, const char *macros)
{
	const uintptr_t *first = map_get(&m->by_path, path);

	if (!first)
		return NULL;
	for (size_t i = *first - 1; i < m->units.n; i++) {
		struct unit *u = &m->units.v[i];

		if (strcmp(u->path, path) == 0 && (!macros || strcmp(u->macros, macros) == 0))
			return u;
	}
	return NULL;
}

static struct unit *add_unit(struct maker *m, const char *path)
{
	struct unit *u = vec_add(&m->d->arena, &m->units);
	bool added;
	uintptr_t *slot = map_put(&m->by_path, path, &added);

	if (added)
		*slot = m->units.n;
	u->path = path;
	return u;
}

static void user_flags(struct maker *m, strings *flags, bool macros)
{
	const struct build_options *o = m->d->options;
	struct flag_result given = {0};

	flags_filter(m->d, &given, o->flags, o->nflags, m->d->cwd);
	for (size_t i = 0; i + 1 < given.flags.n; i += 2) {
		bool macro = given.flags.v[i][1] == 'D' || given.flags.v[i][1] == 'U';

		if (macro != macros)
			continue;
		vec_push(&m->d->arena, flags, given.flags.v[i]);
		vec_push(&m->d->arena, flags, given.flags.v[i + 1]);
	}
}

/* "-std=c++17" says nothing about the C files of the same target. */
static const char *fit_standard(const struct target *t, enum build_language language)
{
	const char *s = language == BUILD_CXX ? t->std_cxx : t->std_c;
	bool cxx = s && strstr(s, "++");

	return s && cxx == (language == BUILD_CXX) ? s : NULL;
}

static struct unit *unit_of(struct maker *m, const struct target *t, const char *path)
{
	enum build_language language = is_cxx(path) ? BUILD_CXX : BUILD_C;
	const char *standard, *macros;
	struct unit *u;

	if (t->forced_language)
		language = t->language;
	standard = fit_standard(t, language);
	macros = macros_of(m->d, &t->flags, standard, language);
	u = find_unit(m, path, macros);
	if (!u && m->exact && !t->exact)
		u = find_unit(m, path, NULL);
	if (u)
		return u;
	u = add_unit(m, path);
	u->macros = macros;
	u->standard = standard;
	u->language = language;
	u->origin = t->origin;
	u->exact = t->exact;
	user_flags(m, &u->flags, false);
	copy(m->d, &u->flags, &t->flags);
	user_flags(m, &u->flags, true);
	return u;
}

static struct module *module_of(struct maker *m, const struct target *t)
{
	bool added;
	uintptr_t *slot = map_put(&m->module_of, t->name, &added);
	struct module *mod;

	if (!added)
		return &m->modules.v[*slot];
	*slot = m->modules.n;
	mod = vec_add(&m->d->arena, &m->modules);
	mod->name = t->name;
	mod->origin = t->origin;
	mod->kind = t->kind;
	return mod;
}

/* The C or C++ that a generator left beside its input, or NULL. */
static const char *generated_beside(struct discover *d, const char *path)
{
	static const char *const tails[] = {
		".c", ".cpp", ".cxx", ".cc", "_wrap.c", "_wrap.cpp", "_wrap.cxx", "_wrap.cc"};
	size_t stem = strlen(path) - strlen(path_ext(path));

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		const char *c = arena_printf(&d->arena, "%.*s%s", (int)stem, path, tails[i]);

		if (is_file(d, c))
			return c;
	}
	return NULL;
}

static const char *generator_kind(const char *path)
{
	const char *ext = path_ext(path);

	if (strcmp(ext, ".pyx") == 0 || strcmp(ext, ".py") == 0)
		return "cython";
	return strcmp(ext, ".i") == 0 ? "swig" : NULL;
}

static void use_unit(struct maker *m, const struct target *t, const char *path)
{
	struct unit *u;
	size_t index;

	if (m->exact && !t->exact && !find_unit(m, path, NULL)) {
		note(m->d, "%s: names %s, which the compile database does not compile", t->origin,
			shown(m->d, &m->d->arena, path));
		return;
	}
	u = unit_of(m, t, path);
	index = (size_t)(u - m->units.v);
	if (t->name) {
		struct module *mod = module_of(m, t);

		for (size_t i = 0; i < mod->units.n; i++) {
			if (mod->units.v[i] == index)
				return;
		}
		vec_push(&m->d->arena, &mod->units, index);
	}
}

static void outside(struct maker *m, const struct target *t, const char *name)
{
	if (!m->d->options->partial)
		note(m->d, "%s: names %s, outside what is scanned", t->origin, name);
}

/* Nothing of it can be read, wherever it is. */
static bool is_foreign(struct discover *d, const struct target *t)
{
	vec_foreach (const char *, path, &t->sources)
		if (generator_kind(*path) ? generated_beside(d, *path) != NULL : is_file(d, *path))
			return false;
	return true;
}

static void use_source(struct maker *m, const struct target *t, const char *path)
{
	struct discover *d = m->d;
	const char *name = shown(d, &d->arena, path);
	const char *kind = generator_kind(path);

	if (kind) {
		const char *c = generated_beside(d, path);

		if (c)
			path = c;
		else if (t->name && module_of(m, t)->units.n == 0)
			module_of(m, t)->kind = kind;
		if (!c) {
			note(d, "%s: %s has no generated C beside it", t->origin, name);
			return;
		}
	}
	if (!walk_is_source(path) && !t->forced_language) {
		if (strncmp(path_ext(path), ".h", 2) != 0)
			skip(d, path, "not C or C++, though named by a build description");
		return;
	}
	if (!is_file(d, path)) {
		note(d, "%s: names %s, which does not exist", t->origin, name);
		return;
	}
	if (in_scope(d, path))
		use_unit(m, t, path);
	else
		outside(m, t, name);
}

static void use_targets(struct maker *m)
{
	vec_foreach (const struct target, t, &m->d->targets) {
		bool ours = t->sources.n == 0 || (m->d->options->partial && is_foreign(m->d, t));

		vec_foreach (const char *, path, &t->sources)
			ours = ours || in_scope(m->d, *path);
		if (!ours)
			continue;
		if (t->name)
			module_of(m, t);
		vec_foreach (const char *, path, &t->sources)
			use_source(m, t, *path);
	}
}

static void default_dirs(struct maker *m, strings *flags)
{
	static const char *const usual[] = {"include", "src"};
	struct discover *d = m->d;

	vec_push(&d->arena, flags, "-I");
	vec_push(&d->arena, flags, d->root);
	for (size_t i = 0; i < 2; i++) {
		const char *dir = path_join(&d->arena, d->root, usual[i]);

		if (!is_dir(dir))
			continue;
		vec_push(&d->arena, flags, "-I");
		vec_push(&d->arena, flags, dir);
	}
}

/* The description that PATH lies below and that says all that its extensions are made of,
 * without PATH: a tool, a test, or a source for another system. NULL: there is none. */
static const char *passed_over_by(const struct maker *m, const char *path)
{
	const struct target *found = NULL;

	if (m->d->options->partial || strings_have(&m->d->paths, path))
		return NULL;
	vec_foreach (const struct target, t, &m->d->targets) {
		if (t->whole && path_below(t->whole_dir, path) != path)
			found = t;
		else if (!t->whole && strcmp(t->kind ? t->kind : "c", "c") == 0)
			return NULL;
	}
	return found ? found->whole : NULL;
}

static void use_walked(struct maker *m)
{
	vec_foreach (const struct source_file, file, &m->d->sources) {
		struct unit *u;

		if (find_unit(m, file->path, NULL))
			continue;
		if (m->exact) {
			if (!file->skip)
				skip(m->d, file->path, "not in the compile database");
			continue;
		}
		if (file->skip)
			continue;
		u = add_unit(m, file->path);
		u->macros = "";
		u->origin = "walk";
		u->walked = true;
		u->passed_over = passed_over_by(m, file->path);
		u->language = is_cxx(file->path) ? BUILD_CXX : BUILD_C;
		user_flags(m, &u->flags, false);
		default_dirs(m, &u->flags);
		user_flags(m, &u->flags, true);
	}
}

static int by_path(const void *a, const void *b)
{
	const struct unit *const *x = a, *const *y = b;
	int order = strcmp((*x)->path, (*y)->path);

	return order ? order : (*x < *y ? -1 : *x > *y);
}

/* A source that a unit includes is part of that unit. Which of two that include each
 * other is the unit is decided by their order. */
static void complete(struct maker *m, struct unit *u)
{
	strings included = {0};

	if (u->passed_over || (u->walked && map_get(&m->fragments, u->path)))
		return;
	headers_complete(m->d, u->path, &u->flags, &included);
	macros_complete(m->d, &u->flags);
	vec_foreach (const char *, path, &included) {
		const struct unit *other = find_unit(m, *path, NULL);
		bool added;
		uintptr_t *slot;

		if (u->walked && other && !other->walked) {
			u->dropped = arena_printf(&m->d->arena, "includes %s, a unit of its own",
				shown(m->d, &m->d->arena, *path));
			return;
		}
		slot = map_put(&m->fragments, *path, &added);
		if (added)
			*slot = (uintptr_t)u->path;
	}
}

static void decide(struct maker *m, struct unit *u)
{
	const struct ctext *text = ctext_get(m->d, u->path);
	const uintptr_t *by = map_get(&m->fragments, u->path);

	if (!u->dropped && text->problem)
		u->dropped = text->problem;
	if (!u->dropped && by && u->walked && strcmp((const char *)*by, u->path) != 0)
		u->dropped = arena_printf(&m->d->arena, "included by %s",
			shown(m->d, &m->d->arena, (const char *)*by));
	if (!u->dropped && u->passed_over)
		u->dropped = arena_printf(&m->d->arena, "%s does not name it", u->passed_over);
	if (!u->dropped)
		return;
	skip(m->d, u->path, u->dropped);
	m->d->skips.v[m->d->skips.n - 1].fragment = by != NULL;
}

static const char *openable(const struct discover *d, struct arena *a, const char *path)
{
	const char *rest = path_below(d->cwd, path);

	if (strcmp(path, d->cwd) == 0)
		return ".";
	/* A name must not pass for an option. */
	return arena_printf(a, "%s%s", rest != path && rest[0] == '-' ? "./" : "", rest);
}

static bool is_path_flag(const char *option)
{
	return strcmp(option, "-D") != 0 && strcmp(option, "-U") != 0;
}

static void write_unit(struct maker *m, struct unit *u, unsigned variant)
{
	struct discover *d = m->d;
	struct build *b = d->b;
	struct arena *a = &b->arena;
	struct build_unit *out = vec_add(a, &b->units);

	u->index = (uint32_t)(b->units.n - 1);
	out->path = shown(d, a, u->path);
	out->open = openable(d, a, u->path);
	out->dir = openable(d, a, path_dir(&d->arena, u->path));
	out->language = u->language;
	out->standard = u->standard ? arena_strdup(a, u->standard) : NULL;
	out->origin = arena_strdup(a, u->origin);
	out->vendored = walk_looks_vendored(d, u->path);
	out->variant = variant > 1 ? arena_printf(a, "#%u", variant) : "";
	for (size_t i = 0; i + 1 < u->flags.n; i += 2) {
		const char *value = u->flags.v[i + 1];

		vec_push(a, &out->flags, arena_strdup(a, u->flags.v[i]));
		value = is_path_flag(u->flags.v[i]) ? openable(d, a, value)
						    : arena_strdup(a, value);
		vec_push(a, &out->flags, value);
	}
}

static void write_units(struct maker *m)
{
	VEC(struct unit *) order = {0};
	const char *last = "";
	unsigned variant = 0;

	vec_foreach (struct unit, u, &m->units)
		vec_push(&m->d->arena, &order, u);
	vec_sort(&order, by_path);
	vec_foreach (struct unit *, u, &order)
		complete(m, *u);
	vec_foreach (struct unit *, u, &order) {
		decide(m, *u);
		if ((*u)->dropped)
			continue;
		variant = strcmp(last, (*u)->path) == 0 ? variant + 1 : 1;
		last = (*u)->path;
		write_unit(m, *u, variant);
	}
}

static int module_order(const void *a, const void *b)
{
	const struct build_module *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void write_modules(struct maker *m)
{
	struct build *b = m->d->b;
	struct arena *a = &b->arena;

	vec_foreach (const struct module, mod, &m->modules) {
		struct build_module *out = vec_add(a, &b->modules);

		out->name = arena_strdup(a, mod->name);
		out->origin = arena_strdup(a, mod->origin);
		out->kind = arena_strdup(a, mod->units.n ? "c" : mod->kind);
		vec_foreach (const size_t, i, &mod->units) {
			if (!m->units.v[*i].dropped)
				vec_push(a, &out->units, m->units.v[*i].index);
		}
	}
	vec_sort(&b->modules, module_order);
}

static int skip_order(const void *a, const void *b)
{
	const struct build_skip *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : strcmp(x->reason, y->reason);
}

/* A folder left out is worth a line where it hides sources that nothing names. */
static void skip_folders(struct maker *m)
{
	struct discover *d = m->d;

	vec_foreach (struct skipped_dir, dir, &d->skipped) {
		unsigned named = 0;

		if (!dir->sources)
			continue;
		vec_foreach (const struct unit, u, &m->units)
			named += path_below(dir->path, u->path) != u->path;
		if (named >= dir->sources)
			continue;
		skip(d, arena_printf(&d->arena, "%s/", dir->path),
			arena_printf(&d->arena, "%s: %u %s", dir->reason, dir->sources - named,
				dir->sources - named == 1 ? "source" : "sources"));
	}
	vec_foreach (const struct source_file, file, &d->sources) {
		if (file->skip && strcmp(file->skip, "test file") == 0 &&
			!find_unit(m, file->path, NULL))
			skip(d, file->path, file->skip);
	}
}

static void write_skips(struct maker *m)
{
	struct discover *d = m->d;
	struct build *b = d->b;

	skip_folders(m);
	vec_foreach (const struct build_skip, s, &d->skips) {
		struct build_skip *out = vec_add(&b->arena, &b->skipped);

		out->path = shown(d, &b->arena, s->path);
		out->reason = arena_strdup(&b->arena, s->reason);
		out->fragment = s->fragment;
	}
	vec_sort(&b->skipped, skip_order);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_lines(struct maker *m)
{
	struct build *b = m->d->b;

	b->root = openable(m->d, &b->arena, m->d->root);
	vec_foreach (const char *, s, &m->d->notes)
		vec_push(&b->arena, &b->notes, arena_strdup(&b->arena, *s));
	vec_sort(&m->d->needs, by_text);
	vec_foreach (const char *, s, &m->d->needs)
		vec_push(&b->arena, &b->requires, arena_strdup(&b->arena, *s));
	vec_sort(&m->d->requirements, by_text);
	vec_foreach (const char *, s, &m->d->requirements)
		vec_push(&b->arena, &b->requirements, arena_strdup(&b->arena, *s));
}

void units_make(struct discover *d, bool exact)
{
	struct maker m = {.d = d, .exact = exact};

	map_init(&m.by_path, &d->arena);
	map_init(&m.module_of, &d->arena);
	map_init(&m.fragments, &d->arena);
	use_targets(&m);
	use_walked(&m);
	write_units(&m);
	write_modules(&m);
	write_skips(&m);
	write_lines(&m);
}
