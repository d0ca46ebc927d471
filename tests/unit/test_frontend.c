/* What parsing in processes of its own promises, whatever the sources are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/vec.h"
#include "db/db.h"
#include "facts/facts_io.h"
#include "frontend/frontend.h"
#include "frontend/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tree {
	struct arena arena;
	struct build build;
	char dir[64];
	VEC(struct facts *) got;
};

static int set_up(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	arena_init(&t->arena);
	strcpy(t->dir, "/tmp/gc-frontend-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct tree *t = *state;

	for (size_t i = 0; i < t->build.units.n; i++)
		unlink(t->build.units.v[i].open);
	rmdir(t->dir);
	for (size_t i = 0; i < t->got.n; i++) {
		facts_release(t->got.v[i]);
		free(t->got.v[i]);
	}
	arena_release(&t->arena);
	free(t);
	return 0;
}

static void add_bytes(struct tree *t, const char *name, const void *text, size_t size)
{
	struct build_unit *u = vec_add(&t->arena, &t->build.units);

	u->path = name;
	u->open = arena_printf(&t->arena, "%s/%s", t->dir, name);
	u->dir = t->dir;
	u->language = strstr(name, ".cc") ? BUILD_CXX : BUILD_C;
	u->variant = "";
	u->origin = "walk";
	if (text)
		assert_true(file_write_atomic(u->open, text, size));
}

static void add(struct tree *t, const char *name, const char *text)
{
	add_bytes(t, name, text, strlen(text));
}

static void take(struct facts *f, void *data)
{
	struct tree *t = data;

	vec_push(&t->arena, &t->got, f);
}

static void run(struct tree *t, unsigned jobs, unsigned seconds)
{
	struct frontend_options o = {.jobs = jobs, .seconds = seconds, .no_cache = true};

	assert_true(frontend_run(&t->build, &o, take, t));
	assert_int_equal(t->got.n, t->build.units.n);
	for (size_t i = 0; i < t->got.n; i++) {
		assert_string_equal(t->got.v[i]->path, t->build.units.v[i].path);
		assert_null(facts_verify(t->got.v[i]));
	}
}

static const char *why(const struct facts *f)
{
	for (size_t i = 0; i < f->unknowns.n; i++)
		if (f->unknowns.v[i].kind == UNKNOWN_UNIT)
			return f->unknowns.v[i].detail;
	return "";
}

static void test_order(void **state)
{
	struct tree *t = *state;
	static const char *const names[] = {"a.c", "b.c", "c.cc", "d.c", "e.c", "f.cc"};

	for (size_t i = 0; i < 6; i++)
		add(t, names[i], "int f(void);\nint f(void) { return 1; }\n");
	run(t, 3, 0);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(t->got.v[i]->functions.n, 1);
}

static void test_same_bytes(void **state)
{
	struct tree *t = *state;
	struct buf one = BUF_INIT, two = BUF_INIT;

	add(t, "a.c", "static int n; int f(int x) { return x ? n++ : --n; }\n");
	run(t, 1, 0);
	facts_write(t->got.v[0], &one);
	facts_release(t->got.v[0]);
	free(t->got.v[0]);
	t->got.n = 0;
	run(t, 2, 0);
	facts_write(t->got.v[0], &two);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.text, two.text, one.len);
	buf_release(&one);
	buf_release(&two);
}

static void test_bad_sources(void **state)
{
	struct tree *t = *state;

	add(t, "empty.c", "");
	add_bytes(t, "junk.c",
		"\x7f"
		"ELF\0\0\1\2int x;",
		15);
	add(t, "broken.c", "int f( { ) } int g(void) { return 1 +; \"\n}}} @@ #if\n#else\n");
	add(t, "bytes.c", "int \xff\xfe = '\xc3'; /* \xe2\x82 gilcheck: ok */\n");
	add_bytes(t, "missing.c", NULL, 0);
	add(t, "good.c", "int f(void) { return 2; }\n");
	run(t, 2, 0);
	assert_false(t->got.v[0]->unread);
	assert_string_equal(why(t->got.v[1]), "not a text file");
	assert_false(t->got.v[2]->unread);
	assert_true(t->got.v[2]->unknowns.n > 0);
	assert_false(t->got.v[3]->unread);
	assert_true(t->got.v[4]->unread);
	assert_int_equal(t->got.v[5]->functions.n, 1);
}

/* Whether the parser lives through it is its own affair: the rest goes on. */
static void test_deep_nesting(void **state)
{
	struct tree *t = *state;
	enum { DEPTH = 50000 };
	struct buf b = BUF_INIT;

	buf_str(&b, "int f(int x) { return ");
	for (int i = 0; i < DEPTH; i++)
		buf_str(&b, "- ");
	buf_str(&b, "x; }\n");
	add(t, "minus.c", b.text);
	buf_clear(&b);
	buf_str(&b, "int f(int x) { return ");
	for (int i = 0; i < DEPTH; i++)
		buf_char(&b, '(');
	add(t, "parens.c", b.text);
	buf_clear(&b);
	buf_str(&b, "int f(int x) { if (x == 0) x = 1;\n");
	for (int i = 1; i < 4000; i++)
		buf_printf(&b, "else if (x == %d) x = %d;\n", i, i + 1);
	buf_str(&b, "return x; }\n");
	add(t, "chain.c", b.text);
	buf_release(&b);
	add(t, "good.c", "int f(void) { return 2; }\n");
	run(t, 2, 0);
	assert_int_equal(t->got.v[3]->functions.n, 1);
}

/* Each line doubles the one before: expanding the last takes longer than anybody has. */
static void limit_time(struct tree *t, unsigned jobs)
{
	struct buf b = BUF_INIT;

	buf_str(&b, "#define A0 1 +\n");
	for (int i = 1; i < 60; i++)
		buf_printf(&b, "#define A%d A%d A%d\n", i, i - 1, i - 1);
	buf_str(&b, "#if A59 1\nint x;\n#endif\n");
	add(t, "first.c", "int e(void) { return 1; }\n");
	add(t, "bomb.c", b.text);
	buf_clear(&b);
	add(t, "good.c", "int f(void) { return 2; }\n");
	if (jobs > 1) { /* more than one process is worth starting for */
		for (int i = 0; i < 1 << 20; i++)
			buf_char(&b, '\n');
		add(t, "large.c", b.text);
	}
	buf_release(&b);
	run(t, jobs, 2);
	assert_int_equal(t->got.v[0]->functions.n, 1);
	assert_true(t->got.v[1]->unread);
	assert_string_equal(why(t->got.v[1]), "parsing took longer than 2 seconds");
	assert_int_equal(t->got.v[2]->functions.n, 1);
}

static void test_time_limit(void **state)
{
	limit_time(*state, 1);
}

static void test_time_limit_of_workers(void **state)
{
	limit_time(*state, 2);
}

static void test_modules(void **state)
{
	struct tree *t = *state;
	struct build_module *m;

	add(t, "a.c", "int a;\n");
	add(t, "b.c", "int b;\n");
	m = vec_add(&t->arena, &t->build.modules);
	m->name = "pkg._b";
	vec_push(&t->arena, &m->units, 1);
	run(t, 1, 0);
	assert_int_equal(t->got.v[0]->modules.n, 0);
	assert_int_equal(t->got.v[1]->modules.n, 1);
	assert_string_equal(t->got.v[1]->modules.v[0], "pkg._b");
}

/* What a project's database adds is known where sources are read, which is elsewhere. */
static void test_added_names(void **state)
{
	static const char added[] = "{\"defines\": [{\"name\": \"SPAM_THREADS\", "
				    "\"why\": \"threads are compiled in\", "
				    "\"sources\": {\"all\": \"spam.h\"}}]}\n";
	struct tree *t = *state;
	const char *db = arena_printf(&t->arena, "%s/spam.json", t->dir);

	assert_true(file_write_atomic(db, added, strlen(added)));
	assert_true(db_add_file(db));
	unlink(db);
	add(t, "a.c", "#define SPAM_THREADS 2\n#define SPAM_EGGS 3\nint a;\n");
	run(t, 1, 0);
	assert_int_equal(t->got.v[0]->defines.n, 1);
	assert_string_equal(t->got.v[0]->defines.v[0].name, "SPAM_THREADS");
}

/* A hundred numbers, ten a line, within OPEN and CLOSE. */
static void add_numbers(struct buf *b, const char *open, const char *close)
{
	buf_str(b, open);
	for (int i = 0; i < 100; i++)
		buf_printf(b, "%s-0x%x,", i % 10 ? " " : "\n", i);
	buf_str(b, close);
}

static size_t blank_of(const char *open, const char *close, bool cxx, struct buf *out)
{
	struct buf before = BUF_INIT;
	size_t n;

	buf_clear(out);
	add_numbers(&before, open, close);
	add_numbers(out, open, close);
	n = text_blank_tables(out->text, out->len, cxx);
	assert_int_equal(strlen(out->text), before.len);
	for (size_t i = 0; i < before.len; i++)
		assert_int_equal(before.text[i] == '\n', out->text[i] == '\n');
	if (!n)
		assert_string_equal(out->text, before.text);
	buf_release(&before);
	return n;
}

static void test_number_tables(void **state)
{
	static const char *const kept[][2] = {
		{"constexpr int a[] = {", "};"},
		{"int a[][4] = {", "};"},
		{"int a[] = {f(),", "};"},
		{"int a[] = {[3] = 1,", "};"},
		{"char *a[] = {\"x\",", "};"},
		{"int a = {", "};"},
		{"struct s a = {", "};"},
		{"int a[] = {", "} + 1"},
		{"int a[] = {", ""},
		{"int a[] = {", "/*"},
		{"enum { A,", "};"},
	};
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(blank_of("int a[] = {", "};\nint b;", false, &b), 1);
	assert_non_null(strstr(b.text, "[99]=0"));
	assert_null(strstr(b.text, "0x"));
	assert_non_null(strstr(b.text, "};\nint b;"));
	assert_int_equal(blank_of("int a[100] = { /* 7 */", "}, b;", true, &b), 1);
	assert_null(strchr(b.text, '9'));
	assert_int_equal(blank_of("struct s a[] = {{1, {2}}, {", "}};", false, &b), 1);
	assert_non_null(strstr(b.text, "[1]={0}"));
	assert_int_equal(blank_of("struct s a[] = {{1, {2}}, {", "}};", true, &b), 0);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		assert_int_equal(blank_of(kept[i][0], kept[i][1], false, &b), 0);
	buf_release(&b);
}

/* What is left out is not missed: sizes, places and the lines that reports show. */
static void test_table_facts(void **state)
{
	struct tree *t = *state;
	struct buf b = BUF_INIT;
	const struct facts *f;
	bool found = false;

	add_numbers(&b, "static unsigned char a[] = {9,", "}; int f(int i) { return a[i]; }\n");
	add(t, "a.c", b.text);
	buf_release(&b);
	run(t, 1, 0);
	f = t->got.v[0];
	for (size_t i = 0; i < f->types.n; i++)
		found |= strcmp(f->types.v[i].name, "unsigned char[101]") == 0;
	assert_true(found);
	assert_int_equal(f->functions.n, 1);
	assert_int_equal(f->functions.v[0].begin.line, 11);
	assert_int_equal(f->unknowns.n, 0);
	assert_string_equal(facts_source_line(f, (struct facts_loc){0, 1, 1}),
		"static unsigned char a[] = {9,");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_same_bytes),
		TEST(test_bad_sources),
		TEST(test_deep_nesting),
		TEST(test_time_limit),
		TEST(test_time_limit_of_workers),
		TEST(test_modules),
		TEST(test_added_names),
		TEST(test_number_tables),
		TEST(test_table_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
