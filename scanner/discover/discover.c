#include "discover/discover.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How far up from what was given a build description is looked for. */
#define MAX_UP		  12
#define DESCRIPTION_LIMIT ((size_t)16 << 20)

void note(struct discover *d, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(&d->arena, format, args);
	va_end(args);
	if (!strings_have(&d->notes, text))
		vec_push(&d->arena, &d->notes, text);
}

void need(struct discover *d, const char *name)
{
	if (*name && !strings_have(&d->needs, name))
		vec_push(&d->arena, &d->needs, arena_strdup(&d->arena, name));
}

void require(struct discover *d, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\r\n"), blank = strspn(text, " \t");

		if (blank < n && text[blank] != '#') {
			const char *line = arena_strndup(&d->arena, text + blank, n - blank);

			if (!strings_have(&d->requirements, line))
				vec_push(&d->arena, &d->requirements, line);
		}
		text += n + (text[n] != '\0');
	}
}

void skip(struct discover *d, const char *path, const char *reason)
{
	vec_push(&d->arena, &d->skips, ((struct build_skip){path, reason, false}));
}

const char *absolute(struct discover *d, const char *dir, const char *name)
{
	return path_normalize(&d->arena, path_join(&d->arena, dir, name));
}

const char *shown(const struct discover *d, struct arena *a, const char *path)
{
	const char *rest = path_below(d->cwd, path);

	if (strcmp(path, d->cwd) == 0 || strcmp(path, d->root) == 0)
		return ".";
	if (rest == path)
		rest = path_below(d->root, path);
	return arena_strdup(a, rest);
}

bool is_file(struct discover *d, const char *path)
{
	bool added;
	uintptr_t *slot = map_put(&d->exists, path, &added);
	struct stat st;

	if (added)
		*slot = stat(path, &st) == 0 && S_ISREG(st.st_mode);
	return *slot;
}

bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool in_scope(const struct discover *d, const char *path)
{
	vec_foreach (const char *, given, &d->paths) {
		if (strcmp(*given, path) == 0 || path_below(*given, path) != path)
			return true;
	}
	return false;
}

bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && memcmp(s + n - m, tail, m) == 0;
}

bool strings_have(const strings *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->v[i], s) == 0)
			return true;
	}
	return false;
}

static const char *common_dir(struct discover *d, const char *a, const char *b)
{
	size_t n = 0, slash = 0;

	while (a[n] && a[n] == b[n]) {
		if (a[n] == '/')
			slash = n;
		n++;
	}
	if ((!a[n] || a[n] == '/') && (!b[n] || b[n] == '/'))
		slash = n;
	return slash ? arena_strndup(&d->arena, a, slash) : "/";
}

static void add_path(struct discover *d, const char *given)
{
	const char *path = absolute(d, d->cwd, given), *dir;
	struct stat st;

	if (!*given || stat(path, &st) != 0) {
		diag_error("%s: %s", *given ? given : "(empty path)",
			*given ? strerror(errno) : "no such file or directory");
		return;
	}
	if (!S_ISDIR(st.st_mode) && !walk_is_source(path)) {
		diag_error("%s: not a C or C++ source", given);
		return;
	}
	dir = S_ISDIR(st.st_mode) ? path : path_dir(&d->arena, path);
	d->root = d->root ? common_dir(d, d->root, dir) : dir;
	if (!strings_have(&d->paths, path))
		vec_push(&d->arena, &d->paths, path);
}

static bool has(struct discover *d, const char *dir, const char *name)
{
	return access(path_join(&d->arena, dir, name), F_OK) == 0;
}

/* The folder whose descriptions speak for PATH: the nearest one upwards that has any,
 * not beyond the checkout it is part of. */
static const char *project_of(struct discover *d, const char *path)
{
	static const char *const signs[] = {"pyproject.toml", "setup.py", "setup.cfg",
		"compile_commands.json", "meson.build", "CMakeLists.txt"};
	const char *start = is_dir(path) ? path : path_dir(&d->arena, path), *dir = start;
	const char *best = start;

	for (int up = 0; up < MAX_UP; up++) {
		for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
			/* The last two may be one of many in a tree: go on upwards. */
			if (has(d, dir, signs[i]) && (best = dir) && i < 4)
				return dir;
		}
		if (has(d, dir, ".git") || has(d, dir, ".hg") || strcmp(dir, "/") == 0)
			break;
		dir = path_dir(&d->arena, dir);
	}
	return best;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Overlapping paths are walked once: what lies below another given folder is dropped. */
static void walk_paths(struct discover *d)
{
	strings paths = d->paths;

	vec_sort(&paths, by_text);
	for (size_t i = 0; i < paths.n; i++) {
		const char *path = paths.v[i];
		bool covered = false;

		for (size_t j = 0; j < paths.n; j++)
			covered = covered || (j != i && path_below(paths.v[j], path) != path);
		if (!is_dir(path))
			vec_push(&d->arena, &d->sources, ((struct source_file){.path = path}));
		else if (!covered)
			walk_tree(d, path);
	}
}

static unsigned depth_of(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static int by_depth(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	unsigned dx = depth_of(x), dy = depth_of(y);

	return dx != dy ? (dx < dy ? -1 : 1) : strcmp(x, y);
}

static void read_description(struct discover *d, const char *dir, const char *name,
	void (*reader)(struct discover *d, const char *path, const char *text))
{
	const char *path = path_join(&d->arena, dir, name);
	size_t size;
	char *text;

	if (access(path, F_OK) != 0)
		return;
	text = file_read(path, DESCRIPTION_LIMIT, &size);
	if (!text) {
		const char *why = errno == EINVAL ? "not a regular file" : strerror(errno);

		diag_warning("%s: cannot be read: %s", shown(d, &d->arena, path), why);
		return;
	}
	if (memchr(text, '\0', size))
		diag_warning("%s: not text (holds NUL bytes)", shown(d, &d->arena, path));
	else
		reader(d, path, text);
	free(text);
}

/* A description of a folder above speaks for the same kind of file below it. */
static bool has_parent(const struct discover *d, struct arena *a, const char *dir, const char *name)
{
	while (strcmp(dir, d->root) != 0 && path_below(d->root, dir) != dir) {
		dir = path_dir(a, dir);
		if (access(path_join(a, dir, name), F_OK) == 0)
			return true;
	}
	return false;
}

/* Names of modules alone, as for a build handed on to CMake, are not yet an answer. */
static bool told_sources(const struct discover *d, size_t since)
{
	for (size_t i = since; i < d->targets.n; i++) {
		if (d->targets.v[i].sources.n)
			return true;
	}
	return false;
}

/* The first kind of description that tells sources speaks for its folder. */
static void read_folder(struct discover *d, const char *dir)
{
	size_t before = d->targets.n;

	read_description(d, dir, "pyproject.toml", read_pyproject);
	read_description(d, dir, "setup.py", read_setup_py);
	if (!told_sources(d, before) && !has_parent(d, &d->arena, dir, "meson.build"))
		read_description(d, dir, "meson.build", read_meson);
	if (!told_sources(d, before) && !has_parent(d, &d->arena, dir, "CMakeLists.txt"))
		read_description(d, dir, "CMakeLists.txt", read_cmake);
	if (d->targets.n == before)
		read_description(d, dir, "Cargo.toml", read_cargo);
}

static void read_descriptions(struct discover *d)
{
	strings dirs = {0};

	vec_foreach (const char *, p, &d->projects)
		vec_push(&d->arena, &dirs, *p);
	vec_sort(&d->descriptions, by_depth);
	vec_foreach (const char *, p, &d->descriptions) {
		const char *dir = path_dir(&d->arena, *p);

		if (!strings_have(&dirs, dir))
			vec_push(&d->arena, &dirs, dir);
	}
	vec_foreach (const char *, dir, &dirs)
		read_folder(d, *dir);
	/* Lists of modules in the makesetup format count where nothing else tells. */
	if (told_sources(d, 0))
		return;
	vec_foreach (const char *, p, &d->descriptions) {
		if (strncmp(path_base(*p), "Setup", 5) == 0)
			read_description(
				d, path_dir(&d->arena, *p), path_base(*p), read_setup_file);
	}
}

static bool set_up(struct discover *d, struct build *b, const struct build_options *options)
{
	char cwd[PATH_MAX], real[PATH_MAX];

	d->b = b;
	d->options = options;
	map_init(&d->headers, &d->arena);
	map_init(&d->texts, &d->arena);
	map_init(&d->exists, &d->arena);
	map_init(&d->macro_values, &d->arena);
	if (!getcwd(cwd, sizeof(cwd))) {
		diag_error("current directory: %s", strerror(errno));
		return false;
	}
	d->cwd = arena_strdup(&d->arena, cwd);
	if (options->python)
		d->python_api = arena_printf(&d->arena, "%s/api/%s", path_data(), options->python);
	for (size_t i = 0; i < options->npaths; i++)
		add_path(d, options->paths[i]);
	if (!d->paths.n)
		return false;
	d->real_root = arena_strdup(&d->arena, realpath(d->root, real) ? real : d->root);
	vec_foreach (const char *, path, &d->paths) {
		const char *project = project_of(d, *path);

		if (!strings_have(&d->projects, project))
			vec_push(&d->arena, &d->projects, project);
	}
	return true;
}

static bool discover(struct discover *d, struct build *b, const struct build_options *options)
{
	bool exact;

	if (!set_up(d, b, options))
		return false;
	walk_paths(d);
	exact = compdb_read(d);
	read_descriptions(d);
	units_make(d, exact);
	if (b->units.n || b->modules.n)
		return true;
	diag_error("%s: no C or C++ sources to scan", options->paths[0]);
	return false;
}

bool build_discover(struct build *b, const struct build_options *options)
{
	struct discover d = {0};
	bool ok;

	memset(b, 0, sizeof(*b));
	ok = discover(&d, b, options);
	vec_foreach (struct arena, arena, &d.arenas)
		arena_release(arena);
	arena_release(&d.arena);
	return ok;
}

void build_release(struct build *b)
{
	arena_release(&b->arena);
	memset(b, 0, sizeof(*b));
}
