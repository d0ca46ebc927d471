#include "base/buf.h"
#include "base/map.h"
#include "base/path.h"
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static void test_paths(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", "."},
		{".", "."},
		{"./a", "a"},
		{"a//b/", "a/b"},
		{"a/../b", "b"},
		{"../a", "../a"},
		{"a/../../b", "../b"},
		{"/..", "/"},
		{"/a/../..", "/"},
		{"../../x", "../../x"},
		{"/a/./b/../c", "/a/c"},
		{"a/..", "."},
		{"..a/b", "..a/b"},
		{"a/..b", "a/..b"},
	};
	struct arena a = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(path_normalize(&a, cases[i].in), cases[i].out);
	assert_string_equal(path_join(&a, "a", "b"), "a/b");
	assert_string_equal(path_join(&a, "a/", "/b"), "/b");
	assert_string_equal(path_below("/a", "/a/b"), "b");
	assert_string_equal(path_below("/a", "/ab"), "/ab");
	assert_string_equal(path_ext("x/y.tar.gz"), ".gz");
	assert_string_equal(path_ext("x/.hidden"), "");
	assert_string_equal(path_dir(&a, "/x"), "/");
	arena_release(&a);
}

static void test_map(void **state)
{
	struct arena a = ARENA_INIT;
	struct map m;
	bool added;

	(void)state;
	map_init(&m, &a);
	assert_null(map_get(&m, "x"));
	for (uintptr_t i = 0; i < 1000; i++) {
		*map_put(&m, arena_printf(&a, "key%u", (unsigned)i), &added) = i;
		assert_true(added);
	}
	for (uintptr_t i = 0; i < 1000; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%u", (unsigned)i);
		assert_int_equal(*map_get(&m, key), i);
	}
	map_put(&m, "key7", &added);
	assert_false(added);
	arena_release(&a);
}

static void test_intern(void **state)
{
	struct arena a = ARENA_INIT;
	struct intern in;
	const char *one;

	(void)state;
	intern_init(&in, &a);
	one = intern(&in, "abc");
	assert_ptr_equal(one, intern_n(&in, "abcdef", 3));
	assert_ptr_not_equal(one, intern(&in, "ab"));
	assert_null(intern(&in, NULL));
	arena_release(&a);
}

static void test_vec(void **state)
{
	struct arena a = ARENA_INIT;
	VEC(int) v = {NULL, 0, 0};
	int sum = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		vec_push(&a, &v, i);
		arena_alloc(&a, 1); /* in the way of growing in place */
	}
	*vec_add(&a, &v) = 5;
	vec_foreach (const int, it, &v)
		sum += *it;
	assert_int_equal(sum, 4955);
	arena_release(&a);
}

static void test_buf(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 50; i++)
		buf_printf(&b, "%d,", i % 10);
	assert_int_equal(b.len, 100);
	buf_clear(&b);
	buf_char(&b, 'x');
	buf_str(&b, "yz");
	assert_string_equal(b.text, "xyz");
	buf_release(&b);
}

static void test_utf8(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_utf8(&b, 'A');
	buf_utf8(&b, 0xe9);
	buf_utf8(&b, 0x20ac);
	buf_utf8(&b, 0x1f40d);
	assert_string_equal(b.text, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d");
	buf_clear(&b);
	buf_utf8(&b, 0xd800);
	buf_utf8(&b, 0x110000);
	assert_string_equal(b.text, "\xef\xbf\xbd\xef\xbf\xbd");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_intern),
		cmocka_unit_test(test_vec),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
