/*
 * compile_commands.json: hostile input until shown otherwise. A database that cannot
 * be read is said in one line and the scan goes on without it; so is a bad entry.
 */
#include "discover/discover.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/path.h"
#include "discover/flags.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A database of a big project has some ten megabytes. */
#define LIMIT ((size_t)512 << 20)
/* Bad entries beyond this many are only counted. */
#define MAX_COMPLAINTS 5

struct database {
	struct discover *d;
	const char *path;
	const char *shown;
	const char *dir;
	unsigned bad, hostile, missing, outside;
};

static void complain(struct database *db, size_t index, const char *what)
{
	if (db->bad++ < MAX_COMPLAINTS)
		diag_warning("%s: entry %zu: %s", db->shown, index + 1, what);
}

static const char *text_of(const json_t *value)
{
	const char *s = json_string_value(value);

	/* An embedded NUL would make this and the compiler see different names. */
	return s && strlen(s) == json_string_length(value) ? s : NULL;
}

static bool read_arguments(struct database *db, const json_t *entry, strings *args)
{
	const json_t *list = json_object_get(entry, "arguments");
	const char *command = text_of(json_object_get(entry, "command"));
	const json_t *item;
	size_t i;

	if (!list && command) {
		flags_split(&db->d->arena, args, command);
		return true;
	}
	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, item)
	{
		const char *s = text_of(item);

		if (!s)
			return false;
		vec_push(&db->d->arena, args, arena_strdup(&db->d->arena, s));
	}
	return true;
}

/* Compilers may be behind launchers ("ccache gcc -c ..."): options begin at the first
 * word with a dash. */
static size_t first_option(const strings *args)
{
	size_t i = 0;

	while (i < args->n && args->v[i][0] != '-' && args->v[i][0] != '@')
		i++;
	return i;
}

/* Databases hold paths with links resolved, while the user may have come by a link. */
static const char *through_root(struct discover *d, const char *path)
{
	const char *rest = path_below(d->real_root, path);

	if (strcmp(d->root, d->real_root) == 0 || rest == path)
		return path;
	return path_join(&d->arena, d->root, rest);
}

/* Build systems with one folder of objects per target name it after the module:
 * ".../spam.cpython-313-x86_64-linux-gnu.so.p/src_spam.c.o". */
static const char *module_of(struct discover *d, const char *output)
{
	const char *folder;

	if (!output)
		return NULL;
	folder = path_base(path_dir(&d->arena, output));
	if (!ends_with(folder, ".so.p") && !ends_with(folder, ".pyd.p"))
		return NULL;
	return arena_strndup(&d->arena, folder, strcspn(folder, "."));
}

static const char *output_of(const json_t *entry, const strings *args)
{
	const char *output = text_of(json_object_get(entry, "output"));

	for (size_t i = 0; !output && i + 1 < args->n; i++) {
		if (strcmp(args->v[i], "-o") == 0)
			output = args->v[i + 1];
	}
	return output;
}

static void set_language(struct target *t, const char *language)
{
	if (!language)
		return;
	t->forced_language = strcmp(language, "c") == 0 || strcmp(language, "c++") == 0;
	t->language = strcmp(language, "c++") == 0 ? BUILD_CXX : BUILD_C;
}

static void add_entry(struct database *db, size_t index, const char *file, const char *dir,
	const strings *args, const char *output)
{
	struct discover *d = db->d;
	struct flag_result flags = {0};
	size_t first = first_option(args);
	struct target *t;

	flags_filter(d, &flags, vec_from(args, first), args->n - first, dir);
	db->hostile += flags.hostile;
	if (!walk_is_source(file) && !flags.language)
		return;
	if (!in_scope(d, file)) {
		db->outside++;
		return;
	}
	if (!is_file(d, file)) {
		if (db->missing++ < MAX_COMPLAINTS)
			diag_warning("%s: entry %zu: %s: no such file", db->shown, index + 1,
				shown(d, &d->arena, file));
		return;
	}
	t = vec_add(&d->arena, &d->targets);
	t->name = module_of(d, output);
	t->origin = db->shown;
	t->kind = "c";
	t->exact = true;
	t->flags = flags.flags;
	t->std_c = t->std_cxx = flags.standard;
	set_language(t, flags.language);
	vec_push(&d->arena, &t->sources, file);
}

static void read_entry(struct database *db, size_t index, const json_t *entry)
{
	struct discover *d = db->d;
	const char *dir = text_of(json_object_get(entry, "directory"));
	const char *file = text_of(json_object_get(entry, "file"));
	strings args = {0};

	if (!json_is_object(entry)) {
		complain(db, index, "not an object");
		return;
	}
	if (!file || !*file) {
		complain(db, index, "no \"file\"");
		return;
	}
	if (!read_arguments(db, entry, &args)) {
		complain(db, index, "no \"command\" and no list of strings as \"arguments\"");
		return;
	}
	dir = dir ? absolute(d, db->dir, dir) : db->dir;
	dir = through_root(d, dir);
	file = through_root(d, absolute(d, dir, file));
	add_entry(db, index, file, dir, &args, output_of(entry, &args));
}

static void summarize(const struct database *db)
{
	if (db->bad > MAX_COMPLAINTS)
		diag_warning("%s: %u more entries that cannot be used", db->shown,
			db->bad - MAX_COMPLAINTS);
	if (db->missing > MAX_COMPLAINTS)
		diag_warning("%s: %u more entries whose file does not exist", db->shown,
			db->missing - MAX_COMPLAINTS);
	if (db->bad)
		note(db->d, "%s: %u entries could not be used", db->shown, db->bad);
	if (db->missing)
		note(db->d, "%s: %u entries name files that do not exist", db->shown, db->missing);
	if (db->outside && !db->d->options->partial)
		note(db->d, "%s: %u entries lie outside what is scanned", db->shown, db->outside);
	if (db->hostile)
		note(db->d, "%s: %u flags that load, run or read something were dropped", db->shown,
			db->hostile);
}

static void read_database(struct database *db)
{
	size_t size, i;
	char *text = file_read(db->path, LIMIT, &size);
	json_error_t error;
	json_t *root, *entry;

	if (!text) {
		const char *why = errno == EINVAL ? "not a regular file" : strerror(errno);

		/* One that was asked for by name is the user's error. */
		if (db->d->options->build_dir)
			diag_error("%s: cannot be read: %s", db->shown, why);
		else
			diag_warning("%s: cannot be read: %s", db->shown, why);
		return;
	}
	root = json_loadb(text, size, 0, &error);
	free(text);
	if (!json_is_array(root)) {
		diag_warning("%s:%d:%d: %s", db->shown, root ? 1 : error.line,
			root ? 1 : error.column, root ? "not a list of entries" : error.text);
		json_decref(root);
		note(db->d, "%s: not a compile database", db->shown);
		return;
	}
	json_array_foreach(root, i, entry) read_entry(db, i, entry);
	json_decref(root);
	summarize(db);
}

static bool try_database(struct discover *d, const char *path)
{
	size_t before = d->targets.n;
	struct database db = {.d = d, .path = path};

	db.shown = shown(d, &d->arena, path);
	db.dir = path_dir(&d->arena, path);
	read_database(&db);
	return d->targets.n > before;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in DIR that match PATTERN, sorted. */
static void matching(struct discover *d, strings *out, const char *dir, const char *pattern)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] != '.' && fnmatch(pattern, entry->d_name, 0) == 0)
			vec_push(&d->arena, out, path_join(&d->arena, dir, entry->d_name));
	}
	closedir(stream);
	vec_sort(out, by_name);
}

static const char *find_database(struct discover *d, const char *project)
{
	static const char *const fixed[] = {".", "build", "builddir", "_build"};
	strings dirs = {0}, below = {0}, cmake = {0};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		vec_push(&d->arena, &dirs, absolute(d, project, fixed[i]));
	matching(d, &below, path_join(&d->arena, project, "build"), "*");
	matching(d, &cmake, project, "cmake-build-*");
	vec_foreach (const char *, p, &below)
		vec_push(&d->arena, &dirs, *p);
	vec_foreach (const char *, p, &cmake)
		vec_push(&d->arena, &dirs, *p);
	vec_foreach (const char *, p, &dirs) {
		char *path = path_join(&d->arena, *p, "compile_commands.json");
		struct stat st;

		if (lstat(path, &st) == 0)
			return path;
	}
	return NULL;
}

static bool read_given(struct discover *d)
{
	const char *given = absolute(d, d->cwd, d->options->build_dir);
	const char *path =
		is_dir(given) ? path_join(&d->arena, given, "compile_commands.json") : given;

	return try_database(d, path);
}

bool compdb_read(struct discover *d)
{
	bool any = false;

	if (d->options->build_dir)
		return read_given(d);
	vec_foreach (const char *, project, &d->projects) {
		const char *path = find_database(d, *project);

		if (path && try_database(d, path))
			any = true;
		else if (path)
			note(d, "%s: no entry to use: the tree is walked instead",
				shown(d, &d->arena, path));
	}
	return any;
}
