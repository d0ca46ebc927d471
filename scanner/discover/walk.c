#include "discover/discover.h"

#include "base/diag.h"
#include "base/path.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Deeper than any source tree; keeps a tree made to hurt from using up the stack. */
#define MAX_DEPTH 64

/* Folders that hold no module of the project, by name. Vendored code is read where a
 * description names it. */
static const struct folder_rule {
	const char *pattern;
	const char *reason;
} folder_rules[] = {
	{"test", "test folder"},
	{"tests", "test folder"},
	{"testing", "test folder"},
	{"testsuite", "test folder"},
	{"unittest*", "test folder"},
	{"*_test", "test folder"},
	{"*_tests", "test folder"},
	{"fuzz", "test folder"},
	{"fuzzing", "test folder"},
	{"bench", "benchmark folder"},
	{"benchmark", "benchmark folder"},
	{"benchmarks", "benchmark folder"},
	{"example", "example folder"},
	{"examples", "example folder"},
	{"demo", "example folder"},
	{"demos", "example folder"},
	{"sample", "example folder"},
	{"samples", "example folder"},
	{"tutorial", "example folder"},
	{"tutorials", "example folder"},
	{"doc", "documentation folder"},
	{"docs", "documentation folder"},
	{"vendor", "looks vendored"},
	{"vendored", "looks vendored"},
	{"vendored[-_]*", "looks vendored"},
	{"_vendor", "looks vendored"},
	{"third_party", "looks vendored"},
	{"thirdparty", "looks vendored"},
	{"third-party", "looks vendored"},
	{"3rdparty", "looks vendored"},
	{"3rd_party", "looks vendored"},
	{"extern", "looks vendored"},
	{"external", "looks vendored"},
	{"externals", "looks vendored"},
	{"bundled", "looks vendored"},
	{"deps", "looks vendored"},
	{"dependencies", "looks vendored"},
	{"subprojects", "looks vendored"},
	{"contrib", "looks vendored"},
	{"build", "build folder"},
	{"_build", "build folder"},
	{"builddir", "build folder"},
	{"build-*", "build folder"},
	{"cmake-build-*", "build folder"},
	{"_skbuild", "build folder"},
	{"dist", "build folder"},
	{"cmakefiles", "build folder"},
	{"*.egg-info", "build folder"},
	{"*.dist-info", "build folder"},
	{"__pycache__", "build folder"},
	{"venv", "virtual environment"},
	{"virtualenv", "virtual environment"},
	{"site-packages", "virtual environment"},
	{"node_modules", "virtual environment"},
	{".*", "hidden folder"},
};

static const char *const source_ext[] = {".c", ".cc", ".cpp", ".cxx", ".C", ".c++"};
static const char *const header_ext[] = {
	".h", ".hh", ".hpp", ".hxx", ".h++", ".H", ".inc", ".inl", ".ipp", ".tcc", ".def"};
static const struct foreign {
	const char *ext, *reason;
} foreign[] = {
	{".m", "Objective-C"},
	{".mm", "Objective-C++"},
	{".cu", "CUDA"},
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static bool ext_in(const char *path, const char *const *list, size_t n)
{
	const char *ext = path_ext(path);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(ext, list[i]) == 0)
			return true;
	}
	return false;
}

bool walk_is_source(const char *path)
{
	return ext_in(path, source_ext, ARRAY_LEN(source_ext));
}

static void lower_case(char lower[NAME_MAX + 1], const char *name)
{
	size_t n = 0;

	for (; name[n] && n < NAME_MAX; n++)
		lower[n] = (char)tolower((unsigned char)name[n]);
	lower[n] = '\0';
}

const char *walk_folder_rule(const char *name)
{
	char lower[NAME_MAX + 1];

	lower_case(lower, name);
	for (size_t i = 0; i < ARRAY_LEN(folder_rules); i++) {
		if (fnmatch(folder_rules[i].pattern, lower, 0) == 0)
			return folder_rules[i].reason;
	}
	return NULL;
}

static const char *file_rule(const char *name)
{
	static const char *const tests[] = {
		"test_*", "*_test.*", "*_tests.*", "*_unittest.*", "conftest.*"};

	for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
		if (fnmatch(tests[i], name, 0) == 0)
			return "test file";
	}
	return NULL;
}

bool build_names_vendored(const char *rest)
{
	char name[NAME_MAX + 1];

	while (strchr(rest, '/')) {
		size_t n = strcspn(rest, "/");
		const char *rule = NULL;

		if (n <= NAME_MAX) {
			memcpy(name, rest, n);
			name[n] = '\0';
			rule = walk_folder_rule(name);
		}
		if (rule && strcmp(rule, "looks vendored") == 0)
			return true;
		rest += n + 1;
	}
	return false;
}

/* A folder on the way from the root to PATH whose name says "not ours". */
bool walk_looks_vendored(const struct discover *d, const char *path)
{
	return build_names_vendored(path_below(d->root, path));
}

struct walk {
	struct discover *d;
	const char *skip; /* the rule that the folders above fell under */
	size_t skip_at;	  /* index of that folder in d->skipped */
	unsigned depth;
};

static void add_header(struct discover *d, const char *path)
{
	bool added;
	uintptr_t *slot = map_put(&d->headers, path_base(path), &added);

	if (added)
		*slot = (uintptr_t)arena_new(&d->arena, struct header_list);
	vec_push(&d->arena, &((struct header_list *)*slot)->paths, path);
}

static void add_source(struct walk *w, const char *path)
{
	struct source_file *file = vec_add(&w->d->arena, &w->d->sources);

	file->path = path;
	file->skip = w->skip ? w->skip : file_rule(path_base(path));
	if (w->skip)
		w->d->skipped.v[w->skip_at].sources++;
}

static bool is_description(const char *name)
{
	static const char *const names[] = {"setup.py", "pyproject.toml", "meson.build",
		"CMakeLists.txt", "Cargo.toml", "Setup", "Setup.local", "Setup*.in"};
	static const char *const elsewhere[] = {
		"*win*", "*darwin*", "*mac*", "*android*", "*emscripten*", "*ios*"};
	char lower[NAME_MAX + 1];

	lower_case(lower, name);
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
		if (fnmatch(elsewhere[i], lower, 0) == 0)
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (fnmatch(names[i], name, 0) == 0)
			return true;
	}
	return false;
}

static void visit_file(struct walk *w, const char *path)
{
	struct discover *d = w->d;
	const char *ext = path_ext(path);

	if (walk_is_source(path)) {
		add_source(w, path);
		return;
	}
	if (ext_in(path, header_ext, ARRAY_LEN(header_ext))) {
		if (!w->skip || strcmp(w->skip, "virtual environment") != 0)
			add_header(d, path);
		return;
	}
	if (w->skip)
		return;
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		if (strcmp(ext, foreign[i].ext) == 0)
			skip(d, path, foreign[i].reason);
	}
	if (is_description(path_base(path)))
		vec_push(&d->arena, &d->descriptions, path);
}

/* Links to what lies inside the tree are met under their own name; those that lead
 * outside are not ours. Neither is followed, so no loop can form. */
static void visit_link(struct walk *w, const char *path)
{
	char real[PATH_MAX];
	struct stat st;

	if (w->skip || stat(path, &st) != 0) {
		if (!w->skip && walk_is_source(path))
			skip(w->d, path, "dangling link");
		return;
	}
	if (!S_ISDIR(st.st_mode) && !walk_is_source(path)) {
		/* Headers are found through links too. */
		visit_file(w, path);
		return;
	}
	if (!realpath(path, real))
		return;
	if (strcmp(real, w->d->real_root) == 0 || path_below(w->d->real_root, real) != real)
		skip(w->d, path, "link to another place of the tree");
	else
		skip(w->d, path, "link out of the tree");
}

struct listed {
	const char *name;
	unsigned char type; /* DT_…; file systems may not tell */
};

typedef VEC(struct listed) listing;

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->name, ((const struct listed *)b)->name);
}

static bool list_dir(struct discover *d, const char *dir, listing *out)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	if (!stream)
		return false;
	while ((entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			vec_push(&d->arena, out,
				((struct listed){
					arena_strdup(&d->arena, entry->d_name), entry->d_type}));
	}
	closedir(stream);
	vec_sort(out, by_name);
	return true;
}

/* Links not followed; DT_UNKNOWN: gone meanwhile. */
static unsigned char type_of(const char *path, unsigned char listed)
{
	struct stat st;

	if (listed != DT_UNKNOWN || lstat(path, &st) != 0)
		return listed;
	return IFTODT(st.st_mode);
}

static void visit_dir(struct walk *w, const char *dir);

static bool is_version_control(const char *name)
{
	return strcmp(name, ".git") == 0 || strcmp(name, ".hg") == 0 || strcmp(name, ".svn") == 0;
}

static const char *dir_rule(struct discover *d, const char *dir)
{
	if (access(path_join(&d->arena, dir, "pyvenv.cfg"), F_OK) == 0)
		return "virtual environment";
	return walk_folder_rule(path_base(dir));
}

static void enter_dir(const struct walk *w, const char *dir)
{
	struct walk below = *w;

	if (is_version_control(path_base(dir)))
		return;
	if (w->depth >= MAX_DEPTH) {
		diag_warning(
			"%s: folders nested too deep, left out", shown(w->d, &w->d->arena, dir));
		skip(w->d, dir, "nested too deep");
		return;
	}
	below.depth++;
	if (!below.skip && (below.skip = dir_rule(w->d, dir))) {
		struct skipped_dir *s = vec_add(&w->d->arena, &w->d->skipped);

		s->path = dir;
		s->reason = below.skip;
		below.skip_at = w->d->skipped.n - 1;
	}
	visit_dir(&below, dir);
}

static void visit_dir(struct walk *w, const char *dir)
{
	struct discover *d = w->d;
	listing names = {0};

	if (!list_dir(d, dir, &names)) {
		const char *why = strerror(errno);

		diag_warning("%s: cannot be read: %s", shown(d, &d->arena, dir), why);
		skip(d, dir, arena_printf(&d->arena, "cannot be read: %s", why));
		return;
	}
	vec_foreach (const struct listed, entry, &names) {
		char *path = path_join(&d->arena, dir, entry->name);
		unsigned char type = type_of(path, entry->type);

		if (type == DT_LNK)
			visit_link(w, path);
		else if (type == DT_DIR)
			enter_dir(w, path);
		else if (type == DT_REG || (type != DT_UNKNOWN && walk_is_source(path)))
			visit_file(w, path);
	}
}

void walk_tree(struct discover *d, const char *dir)
{
	struct walk w = {d, NULL, 0, 0};

	visit_dir(&w, dir);
}
