/*
 * Scans and links every folder of tests/stages/link and compares what comes out with the
 * golden dump in it (expect.extension). A test is a folder dropped in that folder. Each is
 * linked a second time from facts that went through the file form, in reverse order, and
 * again from damaged files, whose facts mean nothing but must not do harm.
 *
 *	run_link		   all of them
 *	run_link --update	   writes the dumps: read the difference before keeping it
 */
#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/vec.h"
#include "discover/build.h"
#include "facts/facts_io.h"
#include "frontend/frontend.h"
#include "link/extension.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct units {
	struct arena arena;
	VEC(struct facts *) v;
};

static void take(struct facts *facts, void *data)
{
	struct units *units = data;

	vec_push(&units->arena, &units->v, facts);
}

static struct facts *reread(const struct facts *facts)
{
	struct buf file = BUF_INIT;
	struct facts *again = gc_xmalloc(sizeof(*again));
	const char *problem;

	facts_write(facts, &file);
	problem = facts_read(again, file.text, file.len);
	if (problem)
		printf("FAIL: %s: %s\n", facts->unit, problem);
	buf_release(&file);
	return again;
}

/* Links UNITS, which it takes over, and appends the dump. */
static void link_units(struct facts **units, size_t n, const struct build *b, struct buf *out)
{
	struct ext_options options = {.build = b, .python = 0x030f};
	struct extension ext;

	ext_link(&ext, units, n, &options);
	ext_dump(&ext, out);
	ext_release(&ext);
}

/* One byte of FILE is another; the checksum fits again. */
static void damage(struct buf *file, uint32_t *seed)
{
	size_t payload = file->len - FACTS_HEADER_SIZE;

	*seed = *seed * 1103515245u + 12345u;
	file->text[FACTS_HEADER_SIZE + (*seed >> 8) % payload] ^= (char)(1u << (*seed >> 4) % 8);
	facts_seal(file->text, file->len);
}

static void link_damaged(const struct facts *facts)
{
	struct buf file = BUF_INIT, out = BUF_INIT;
	uint32_t seed = 1;

	for (unsigned round = 0; round < 100; round++) {
		struct facts *bad = gc_xmalloc(sizeof(*bad));

		buf_clear(&file);
		facts_write(facts, &file);
		damage(&file, &seed);
		if (facts_read(bad, file.text, file.len)) {
			facts_release(bad);
			free(bad);
			continue;
		}
		buf_clear(&out);
		link_units(&bad, 1, NULL, &out);
	}
	buf_release(&file);
	buf_release(&out);
}

static bool scan(struct buf *first, struct buf *second)
{
	const char *path = ".";
	struct build_options where = {.paths = &path, .npaths = 1};
	struct frontend_options how = {.jobs = 1, .verify = true};
	struct units units = {.arena = ARENA_INIT}, again = {.arena = ARENA_INIT};
	struct build b;
	bool ok;

	if (!build_discover(&b, &where))
		return false;
	ok = frontend_run(&b, &how, take, &units);
	for (size_t i = units.v.n; i-- > 0;) {
		vec_push(&again.arena, &again.v, reread(units.v.v[i]));
		link_damaged(units.v.v[i]);
	}
	link_units(units.v.v, units.v.n, &b, first);
	link_units(again.v.v, again.v.n, &b, second);
	arena_release(&units.arena);
	arena_release(&again.arena);
	build_release(&b);
	return ok;
}

static bool same(
	const char *name, const char *what, const struct buf *got, const char *want, size_t size)
{
	bool equal = want && size == got->len && memcmp(want, got->text, size) == 0;

	if (!equal)
		printf("FAIL: %s: %s\n", name, want ? what : "no golden dump");
	return equal;
}

static bool check(const char *dir, const char *name, bool update)
{
	static const char golden[] = "expect.extension";
	struct buf got = BUF_INIT, again = BUF_INIT;
	char *want;
	size_t size = 0;
	bool ok;

	if (chdir(dir) || chdir(name)) {
		perror(name);
		return false;
	}
	ok = scan(&got, &again);
	if (update)
		ok = file_write_atomic(golden, got.text, got.len) && ok;
	want = file_read(golden, 0, &size);
	ok = same(name, "the extension is not the golden one", &got, want, size) && ok;
	ok = same(name, "facts from files give another extension", &again, got.text, got.len) && ok;
	free(want);
	buf_release(&got);
	buf_release(&again);
	return ok;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int main(int argc, char **argv)
{
	const char *dir = GC_TESTDIR "/stages/link";
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	struct arena a = ARENA_INIT;
	VEC(const char *) names = {NULL, 0, 0};
	DIR *d = opendir(dir);
	struct dirent *e;
	int failed = 0;

	setenv("GILCHECK_DATADIR", GC_BUILDDIR, 0); /* the headers of this build */
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			vec_push(&a, &names, arena_strdup(&a, e->d_name));
	if (d)
		closedir(d);
	vec_sort(&names, by_name);
	vec_foreach (const char *, name, &names)
		failed += !check(dir, *name, update);
	printf("%zu folders linked, %d differ\n", names.n, failed);
	failed |= names.n == 0;
	arena_release(&a);
	return failed != 0;
}
