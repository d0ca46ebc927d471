/*
 * Where headers are. A description's own directories come first; what an #include
 * still wants is looked for by its name: in the tree, in the site-packages of the
 * active environment, one level below the system's include directories. Only a
 * directory that gives a header somebody asks for becomes a flag.
 */
#include "discover/discover.h"

#include "base/path.h"
#include "discover/ctext.h"

#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each list is made when something is first looked for there: many extensions include
 * nothing but the interpreter's headers and the C library's. */
struct system_dirs {
	bool has_defaults, has_below, has_environment;
	strings defaults; /* what a compiler searches anyway, after the bases */
	strings below;	  /* the folders in those and in the bases */
	strings site;	  /* site-packages */
	strings prefixes; /* include folders of the environment */
	struct map found; /* include name -> directory or NULL */
};

static const char *const bases[] = {"/usr/local/include", "/usr/include"};

#define NBASES (sizeof(bases) / sizeof(bases[0]))

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_dirs(struct discover *d, strings *out, const char *dir, const char *pattern)
{
	DIR *stream = opendir(dir);
	size_t first = out->n;
	struct dirent *entry;

	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		char *path;

		if (entry->d_name[0] == '.' || entry->d_type == DT_REG ||
			fnmatch(pattern, entry->d_name, 0) != 0)
			continue;
		path = path_join(&d->arena, dir, entry->d_name);
		if (entry->d_type == DT_DIR || is_dir(path))
			vec_push(&d->arena, out, path);
	}
	closedir(stream);
	if (out->n > first)
		qsort(vec_from(out, first), out->n - first, sizeof(*out->v), by_text);
}

static bool in_dir(struct discover *d, const char *dir, const char *name)
{
	return is_file(d, path_join(&d->arena, dir, name));
}

/* The kernel's and the C library's folders are reached through the default ones. */
static void add_subfolders(struct discover *d, struct system_dirs *s, const char *dir)
{
	static const char *const of_system[] = {"arpa", "asm*", "bits", "c++", "drm", "gnu",
		"linux", "misc", "mtd", "net*", "nfs", "protocols", "rdma", "rpc", "rpcsvc", "scsi",
		"sound", "sys", "video", "xen"};
	strings all = {0};

	list_dirs(d, &all, dir, "*");
	vec_foreach (const char *, sub, &all) {
		bool system = false;

		for (size_t i = 0; i < sizeof(of_system) / sizeof(of_system[0]); i++)
			system = system || fnmatch(of_system[i], path_base(*sub), 0) == 0;
		if (!system)
			vec_push(&d->arena, &s->below, *sub);
	}
}

/* Headers that come with compilers; which one is installed does not matter. */
static void add_compilers(struct discover *d, struct system_dirs *s)
{
	static const char *const patterns[] = {"/usr/lib/gcc/*/*/include",
		"/usr/lib/llvm-*/lib/clang/*/include", "/usr/lib/clang/*/include",
		"/usr/lib64/clang/*/include"};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		glob_t found;

		if (glob(patterns[i], 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++)
			vec_push(&d->arena, &s->defaults,
				arena_strdup(&d->arena, found.gl_pathv[k]));
		globfree(&found);
	}
}

static const strings *defaults_get(struct discover *d)
{
	struct system_dirs *s = d->system;

	if (!s->has_defaults) {
		s->has_defaults = true;
		/* Debian's folder per architecture is itself searched by default. */
		list_dirs(d, &s->defaults, "/usr/include", "*-linux-gnu*");
		add_compilers(d, s);
	}
	return &s->defaults;
}

static const strings *below_get(struct discover *d)
{
	struct system_dirs *s = d->system;

	if (s->has_below)
		return &s->below;
	s->has_below = true;
	for (size_t i = 0; i < NBASES; i++)
		add_subfolders(d, s, bases[i]);
	vec_foreach (const char *, dir, defaults_get(d)) {
		if (!ends_with(*dir, "/include"))
			add_subfolders(d, s, *dir);
	}
	return &s->below;
}

/* The directory above the folder where PATH's python is: derived from its name, which
 * needs no running of it. */
static const char *prefix_on_path(struct discover *d)
{
	static const char *const names[] = {"python3", "python"};
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t n = strcspn(path, ":");
		const char *dir = arena_strndup(&d->arena, path, n);

		for (size_t i = 0; i < 2 && path_is_absolute(dir); i++) {
			if (in_dir(d, dir, names[i]))
				return path_dir(&d->arena, path_normalize(&d->arena, dir));
		}
		path += n + (path[n] == ':');
	}
	return NULL;
}

static void add_environment(struct discover *d, struct system_dirs *s)
{
	const char *venv = getenv("VIRTUAL_ENV");
	const char *prefix = venv && *venv ? absolute(d, d->cwd, venv) : prefix_on_path(d);
	strings libs = {0};

	if (!prefix)
		return;
	list_dirs(d, &libs, path_join(&d->arena, prefix, "lib"), "python3*");
	list_dirs(d, &libs, path_join(&d->arena, prefix, "lib64"), "python3*");
	vec_foreach (const char *, lib, &libs) {
		static const char *const names[] = {"site-packages", "dist-packages"};

		for (size_t i = 0; i < 2; i++) {
			const char *site = path_join(&d->arena, *lib, names[i]);

			if (is_dir(site))
				vec_push(&d->arena, &s->site, site);
		}
	}
	list_dirs(d, &s->prefixes, path_join(&d->arena, prefix, "include/site"), "python3*");
	if (strcmp(prefix, "/usr") != 0 && is_dir(path_join(&d->arena, prefix, "include")))
		vec_push(&d->arena, &s->prefixes, path_join(&d->arena, prefix, "include"));
}

static struct system_dirs *environment_get(struct discover *d)
{
	if (!d->system->has_environment) {
		d->system->has_environment = true;
		add_environment(d, d->system);
	}
	return d->system;
}

static bool in_defaults(struct discover *d, const char *name)
{
	for (size_t i = 0; i < NBASES; i++) {
		if (in_dir(d, bases[i], name))
			return true;
	}
	vec_foreach (const char *, dir, defaults_get(d)) {
		if (in_dir(d, *dir, name))
			return true;
	}
	return false;
}

/* The front end brings the interpreter's headers, whatever else is installed. */
static bool is_pythons(struct discover *d, const char *name)
{
	return d->python_api && in_dir(d, d->python_api, name);
}

/* A package ships headers below its own folder: "pkg/x.h" is in site-packages/pkg/include,
 * in a part of it ("pkg/core/include"), or beside its Python code. */
static const char *in_site(struct discover *d, const char *site, const char *name)
{
	const char *package;
	strings parts = {0};

	if (!strchr(name, '/'))
		return NULL;
	package = path_join(&d->arena, site, arena_strndup(&d->arena, name, strcspn(name, "/")));
	if (!is_dir(package))
		return NULL;
	if (in_dir(d, path_join(&d->arena, package, "include"), name))
		return path_join(&d->arena, package, "include");
	list_dirs(d, &parts, package, "*");
	vec_foreach (const char *, part, &parts) {
		const char *dir = path_join(&d->arena, *part, "include");

		if (in_dir(d, dir, name))
			return dir;
	}
	return in_dir(d, site, name) ? site : NULL;
}

static const char *in_environment(struct discover *d, const char *name)
{
	const struct system_dirs *s = environment_get(d);

	/* The newest interpreter's packages are listed last. */
	for (size_t i = s->site.n; i-- > 0;) {
		const char *dir = in_site(d, s->site.v[i], name);

		if (dir)
			return dir;
	}
	for (size_t i = s->prefixes.n; i-- > 0;) {
		if (in_dir(d, s->prefixes.v[i], name))
			return s->prefixes.v[i];
	}
	return NULL;
}

/* One hit, or several names of one place, is an answer; two places are not. */
static const char *below_defaults(struct discover *d, const char *name)
{
	/* Everybody has one of these: a stranger's is worse than none. */
	static const char *const common[] = {"common.h", "config.h", "debug.h", "defs.h", "error.h",
		"list.h", "resource.h", "stdafx.h", "types.h", "util.h", "utils.h", "version.h"};
	char real[PATH_MAX], other[PATH_MAX];
	const char *hit = NULL;

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (strcmp(common[i], name) == 0)
			return NULL;
	}

	vec_foreach (const char *, dir, below_get(d)) {
		/* An installed interpreter's headers are never handed on. */
		if (!in_dir(d, *dir, name) || in_dir(d, *dir, "Python.h"))
			continue;
		if (!hit) {
			hit = *dir;
			if (!realpath(hit, real))
				return NULL;
		} else if (!realpath(*dir, other) || strcmp(real, other) != 0) {
			return NULL;
		}
	}
	return hit;
}

static const char *find_outside(struct discover *d, const char *name)
{
	bool added;
	uintptr_t *slot = map_put(&d->system->found, name, &added);

	if (added) {
		const char *dir = in_environment(d, name);

		if (!dir)
			dir = below_defaults(d, name);
		*map_put(&d->system->found, name, NULL) = (uintptr_t)dir;
		return dir;
	}
	return (const char *)*slot;
}

static size_t common_prefix(const char *a, const char *b)
{
	size_t n = 0, slash = 0;

	for (; a[n] && a[n] == b[n]; n++) {
		if (a[n] == '/')
			slash = n;
	}
	return slash;
}

/* The directory of the tree below which NAME is, nearest to the file that asks. */
static const char *find_in_tree(struct discover *d, const char *from, const char *name)
{
	const uintptr_t *slot = map_get(&d->headers, path_base(name));
	const char *tail = path_join(&d->arena, "/", name);
	const char *best = NULL;
	size_t best_near = 0;

	if (!slot)
		return NULL;
	vec_foreach (const char *, path, &((const struct header_list *)*slot)->paths) {
		size_t near = common_prefix(*path, from);

		if (!ends_with(*path, tail))
			continue;
		if (!best || near > best_near ||
			(near == best_near && strlen(*path) < strlen(best))) {
			best = *path;
			best_near = near;
		}
	}
	if (!best)
		return NULL;
	return arena_strndup(&d->arena, best, strlen(best) - strlen(tail));
}

static const char *in_flags(struct discover *d, const strings *flags, const char *name, bool angled)
{
	for (size_t i = 0; i + 1 < flags->n; i += 2) {
		const char *o = flags->v[i];

		if (strcmp(o, "-I") != 0 && strcmp(o, "-isystem") != 0 &&
			(angled || strcmp(o, "-iquote") != 0))
			continue;
		if (in_dir(d, flags->v[i + 1], name))
			return flags->v[i + 1];
	}
	return NULL;
}

static void add_dir(struct discover *d, strings *flags, const char *option, const char *dir)
{
	vec_push(&d->arena, flags, option);
	vec_push(&d->arena, flags, dir);
}

/* Where FROM's #include leads: the file's path where it is part of the tree or given by
 * a flag; NULL where it is the system's or cannot be found. */
static const char *resolve(
	struct discover *d, const char *from, const struct ctext_include *inc, strings *flags)
{
	const char *own = path_dir(&d->arena, from), *dir;

	if (path_is_absolute(inc->name))
		return NULL;
	if (!inc->angled && in_dir(d, own, inc->name))
		return absolute(d, own, inc->name);
	if ((dir = in_flags(d, flags, inc->name, inc->angled)))
		return absolute(d, dir, inc->name);
	/* Names without a dot or slash are the C++ library's. */
	if (!strchr(inc->name, '.') && !strchr(inc->name, '/'))
		return NULL;
	dir = find_in_tree(d, from, inc->name);
	if (dir && (inc->angled || walk_looks_vendored(d, dir)) && in_defaults(d, inc->name))
		return NULL;
	if (dir) {
		add_dir(d, flags, "-I", dir);
		return absolute(d, dir, inc->name);
	}
	if (!is_pythons(d, inc->name) && !in_defaults(d, inc->name) &&
		(dir = find_outside(d, inc->name)))
		add_dir(d, flags, "-isystem", dir);
	return NULL;
}

void headers_complete(struct discover *d, const char *source, strings *flags, strings *included)
{
	struct map seen;
	strings work = {0};

	if (!d->system) {
		d->system = arena_new(&d->arena, struct system_dirs);
		map_init(&d->system->found, &d->arena);
	}
	map_init(&seen, &d->arena);
	map_put(&seen, source, NULL);
	vec_push(&d->arena, &work, source);
	for (size_t i = 0; i < work.n; i++) {
		const struct ctext *text = ctext_get(d, work.v[i]);

		vec_foreach (const struct ctext_include, inc, &text->includes) {
			const char *path = resolve(d, work.v[i], inc, flags);
			bool added = false;

			if (path)
				map_put(&seen, path, &added);
			if (!added)
				continue;
			vec_push(&d->arena, &work, path);
			if (walk_is_source(path))
				vec_push(&d->arena, included, path);
		}
	}
}
