/*
 * Lowers every source of tests/stages/lower and compares what comes out with the golden
 * dump beside it (NAME.facts). A test is a file dropped in that folder.
 *
 *	run_lower                  all of them
 *	run_lower --update         writes the dumps: read the difference before keeping it
 *	run_lower --dump FILE…     prints the facts of any file
 */
#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/vec.h"
#include "facts/dump.h"
#include "frontend/frontend.h"
#include "frontend/words.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef VEC(const char *) names;

static bool is_cxx(const char *path)
{
	return strcmp(path_ext(path), ".cc") == 0 || strcmp(path_ext(path), ".cpp") == 0 ||
	       strcmp(path_ext(path), ".cxx") == 0;
}

static void dump(const char *shown, const char *open, struct buf *out)
{
	struct build_unit unit = {.path = shown,
		.open = open,
		.dir = ".",
		.language = is_cxx(open) ? BUILD_CXX : BUILD_C,
		.variant = "",
		.origin = "walk"};
	struct arena arena = ARENA_INIT;
	struct words words;
	struct frontend_options options = {.words = &words,
		.verify = true,
		.python_include = getenv("GC_PYTHON_INCLUDE"),
		.python_shown = "real"};
	struct facts facts;

	words_init(&words, &arena);
	words_of_database(&words);
	facts_init(&facts);
	frontend_unit(&facts, &unit, &options);
	facts_dump(&facts, out);
	facts_release(&facts);
	arena_release(&arena);
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* " t12", " r3": numbers that move with every change of the embedded headers. */
static void add_without_numbers(struct buf *out, const char *p, const char *end)
{
	while (p < end) {
		buf_char(out, *p);
		if ((*p == 't' || *p == 'r') && p[-1] == ' ' && p[1] >= '0' && p[1] <= '9')
			p += strspn(p + 1, "0123456789");
		p++;
	}
}

/* What comes from Python's headers is tested where they are made; here, a dump would
 * change with each of them. */
static void drop_api(struct buf *b)
{
	struct buf out = BUF_INIT;
	bool keep = true;

	for (const char *p = buf_text(b), *end; *p; p = end) {
		char *line;

		end = strchr(p, '\n') + 1;
		line = strndup(p, (size_t)(end - p));
		if (*line != ' ')
			keep = !starts_with(line, "type ") && !strstr(line, " api ") &&
			       !strstr(line, " system ") && !strstr(line, "\" api\n") &&
			       !strstr(line, "\" system\n");
		free(line);
		if (keep)
			add_without_numbers(&out, p, end);
	}
	buf_release(b);
	*b = out;
}

static bool includes_python(const char *open)
{
	size_t size;
	char *text = file_read(open, 0, &size);
	bool found = text && strstr(text, "#include <Python.h>");

	free(text);
	return found;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list(struct arena *a, const char *dir, names *out)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d) {
		perror(dir);
		exit(1);
	}
	while ((e = readdir(d)))
		if (strcmp(path_ext(e->d_name), ".c") == 0 || is_cxx(e->d_name))
			vec_push(a, out, arena_strdup(a, e->d_name));
	closedir(d);
	vec_sort(out, by_name);
}

static bool same(const char *golden, const char *name, const struct buf *got)
{
	size_t size;
	char *want = file_read(golden, 0, &size);
	bool equal = want && size == got->len && memcmp(want, got->text, size) == 0;

	if (!equal)
		printf("FAIL: %s: %s\n", name,
			want ? "the facts are not those of the golden dump" : "no golden dump");
	free(want);
	return equal;
}

static bool check(struct arena *a, const char *dir, const char *name, bool update)
{
	char *open = path_join(a, dir, name), *golden = arena_printf(a, "%s.facts", open);
	struct buf got = BUF_INIT;
	bool ok = true;

	dump(name, open, &got);
	if (includes_python(open))
		drop_api(&got);
	if (update)
		ok = file_write_atomic(golden, got.text, got.len);
	else
		ok = same(golden, name, &got);
	buf_release(&got);
	return ok;
}

int main(int argc, char **argv)
{
	struct arena a = ARENA_INIT;
	names sources = {NULL, 0, 0};
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	const char *dir = GC_TESTDIR "/stages/lower";
	int failed = 0;

	if (argc > 2 && strcmp(argv[1], "--dump") == 0) {
		for (int i = 2; i < argc; i++) {
			struct buf b = BUF_INIT;

			dump(argv[i], argv[i], &b);
			fwrite(b.text, 1, b.len, stdout);
			buf_release(&b);
		}
		return 0;
	}
	list(&a, dir, &sources);
	vec_foreach (const char *, name, &sources)
		failed += !check(&a, dir, *name, update);
	printf("%zu sources lowered, %d differ\n", sources.n, failed);
	failed |= sources.n == 0;
	arena_release(&a);
	return failed != 0;
}
