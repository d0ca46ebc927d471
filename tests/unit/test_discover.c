/*
 * Discovery over the cases in tests/stages/build. A case is a directory:
 *	tree/		what is scanned; the test runs in a copy of it
 *	make		lines run on the copy first: "symlink TARGET NAME", "fifo NAME",
 *			"dir NAME", "file NAME TEXT"; \xNN stands for a byte
 *	args		one per line: paths, "-p DIR", "-IDIR", "-DX"; default "."
 *	expect.build	the dump, then what was said on stderr
 *	env		VIRTUAL_ENV, relative to the tree
 * With GC_BLESS=1 in the environment expect.build is written instead of compared.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "discover/build.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static struct arena arena;
static char scratch[PATH_MAX];

static char *path2(const char *dir, const char *name)
{
	return arena_printf(&arena, "%s/%s", dir, name);
}

static void copy_tree(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	struct dirent *entry;
	struct stat st;

	assert_int_equal(mkdir(to, 0777), 0);
	while (dir && (entry = readdir(dir))) {
		const char *src = path2(from, entry->d_name), *dst = path2(to, entry->d_name);
		size_t size;
		char *text;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		assert_int_equal(lstat(src, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			copy_tree(src, dst);
			continue;
		}
		text = file_read(src, 0, &size);
		assert_non_null(text);
		assert_true(file_write_atomic(dst, text, size));
		free(text);
	}
	if (dir)
		closedir(dir);
}

static void remove_tree(const char *path)
{
	struct stat st;
	DIR *dir;
	struct dirent *entry;

	if (lstat(path, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		unlink(path);
		return;
	}
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_tree(path2(path, entry->d_name));
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* Replaces \xNN by the byte; returns the length. */
static size_t unescape(char *s)
{
	char *out = s, *in = s, digits[3] = "";

	while (*in) {
		if (in[0] == '\\' && in[1] == 'x' && in[2] && in[3]) {
			memcpy(digits, in + 2, 2);
			*out++ = (char)strtol(digits, NULL, 16);
			in += 4;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
	return (size_t)(out - s);
}

static void make_one(char *line)
{
	char *verb = strtok(line, " "), *a = strtok(NULL, " "), *b = strtok(NULL, "");
	size_t n = b ? unescape(b) : 0;

	assert_non_null(a);
	unescape(a);
	if (strcmp(verb, "symlink") == 0)
		assert_int_equal(symlink(a, b), 0);
	else if (strcmp(verb, "fifo") == 0)
		assert_int_equal(mkfifo(a, 0666), 0);
	else if (strcmp(verb, "dir") == 0)
		assert_true(file_mkdirs(a));
	else if (strcmp(verb, "file") == 0)
		assert_true(file_write_atomic(a, b ? b : "", n));
	else
		fail_msg("unknown line in make: %s", verb);
}

/* The lines of FILE of the case; none where there is no such file. */
static char **lines_of(const char *dir, const char *file, size_t *n)
{
	char *text = file_read(path2(dir, file), 0, NULL), *at, *end;
	char **lines = arena_alloc(&arena, 256 * sizeof(*lines));

	*n = 0;
	for (at = text; at && *at; at = end) {
		end = at + strcspn(at, "\n");
		assert_true(*n < 256);
		if (end > at)
			lines[(*n)++] = arena_strndup(&arena, at, (size_t)(end - at));
		end += *end == '\n';
	}
	free(text);
	return lines;
}

static int redirect_stderr(const char *file)
{
	int saved, fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	fflush(stderr);
	saved = dup(2);
	assert_true(fd >= 0 && saved >= 0 && dup2(fd, 2) == 2);
	close(fd);
	return saved;
}

static void discover_into(struct buf *out, char **args, size_t nargs)
{
	const char *paths[256], *flags[256], *said = path2(scratch, "stderr");
	struct build_options o = {.paths = paths, .flags = flags};
	struct build b;
	int saved = redirect_stderr(said);
	char *text;
	bool ok;

	for (size_t i = 0; i < nargs; i++) {
		unescape(args[i]);
		if (strncmp(args[i], "-p ", 3) == 0)
			o.build_dir = args[i] + 3;
		else if (args[i][0] == '-')
			flags[o.nflags++] = args[i];
		else
			paths[o.npaths++] = args[i];
	}
	if (!o.npaths)
		paths[o.npaths++] = ".";
	ok = build_discover(&b, &o);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	build_dump(&b, out);
	build_release(&b);
	buf_str(out, ok ? "" : "nothing to scan\n");
	text = file_read(said, 0, NULL);
	buf_str(out, text ? text : "");
	free(text);
}

static void run_in_copy(const char *dir, struct buf *out)
{
	size_t nmake, nargs, nenv;
	char **make = lines_of(dir, "make", &nmake), **args = lines_of(dir, "args", &nargs);
	char **env = lines_of(dir, "env", &nenv);
	const char *copy = path2(scratch, "tree");

	remove_tree(copy);
	if (access(path2(dir, "tree"), F_OK) == 0)
		copy_tree(path2(dir, "tree"), copy);
	else
		assert_int_equal(mkdir(copy, 0777), 0);
	assert_int_equal(chdir(copy), 0);
	for (size_t i = 0; i < nmake; i++)
		make_one(make[i]);
	setenv("VIRTUAL_ENV", nenv ? path2(copy, env[0]) : "/nonexistent", 1);
	discover_into(out, args, nargs);
}

static void run_case(void **state)
{
	const char *dir = *state, *expect = path2(dir, "expect.build");
	struct buf first = BUF_INIT, second = BUF_INIT;
	char *want;

	run_in_copy(dir, &first);
	run_in_copy(dir, &second);
	assert_string_equal(buf_text(&first), buf_text(&second));
	if (getenv("GC_BLESS"))
		assert_true(file_write_atomic(expect, buf_text(&first), first.len));
	want = file_read(expect, 0, NULL);
	assert_non_null(want);
	assert_string_equal(buf_text(&first), want);
	free(want);
	buf_release(&first);
	buf_release(&second);
}

/* A description cut off anywhere, or with a byte turned, must end in an answer. */
static void run_damaged(const char *dir, const char *file)
{
	const char *copy = path2(scratch, "tree"), *path = path2(copy, file);
	size_t size, step;
	char *text = file_read(path2(path2(dir, "tree"), file), 0, &size);
	struct buf out = BUF_INIT;

	if (!text)
		return;
	step = size / 50 + 1;
	remove_tree(copy);
	copy_tree(path2(dir, "tree"), copy);
	assert_int_equal(chdir(copy), 0);
	for (size_t n = 0; n <= size; n += step) {
		assert_true(file_write_atomic(path, text, n));
		discover_into(&out, NULL, 0);
		if (n < size) {
			char was = text[n];

			text[n] = "([{\"'\\\n\t#:,=%\xff"[n / step % 15];
			assert_true(file_write_atomic(path, text, size));
			discover_into(&out, NULL, 0);
			text[n] = was;
		}
		buf_clear(&out);
	}
	buf_release(&out);
	free(text);
}

static void damaged(void **state)
{
	static const char *const files[] = {"compile_commands.json", "setup.py", "setup.cfg",
		"pyproject.toml", "meson.build", "CMakeLists.txt", "Setup", "Cargo.toml"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		run_damaged(*state, files[i]);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list_cases(const char *base, char **names, size_t max)
{
	DIR *dir = opendir(base);
	struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)) && n < max) {
		if (entry->d_name[0] != '.')
			names[n++] = arena_strdup(&arena, entry->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(names, n, sizeof(*names), by_name);
	return n;
}

#define MAX_CASES 200

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[2 * MAX_CASES];
	const char *base = GC_TESTDIR "/stages/build", *tmp = getenv("TMPDIR");
	char *names[MAX_CASES];
	size_t n = list_cases(base, names, MAX_CASES), count = 0;
	int failed;

	snprintf(scratch, sizeof(scratch), "%s/gilcheck-build-XXXXXX", tmp ? tmp : "/tmp");
	if (!n || !mkdtemp(scratch) || mkdir(path2(scratch, ".git"), 0777) != 0)
		return 1;
	for (size_t i = 0; i < n; i++) {
		char *dir = path2(base, names[i]);

		if (argc > 1 && strcmp(argv[1], names[i]) != 0)
			continue;
		tests[count++] = (struct CMUnitTest){names[i], run_case, NULL, NULL, dir};
		tests[count++] =
			(struct CMUnitTest){path2(names[i], "damaged"), damaged, NULL, NULL, dir};
	}
	failed = _cmocka_run_group_tests("build", tests, count, NULL, NULL);
	if (chdir("/") == 0)
		remove_tree(scratch);
	arena_release(&arena);
	return failed;
}
