#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "db/db.h"

#include <dirent.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static bool is_define(const char *name)
{
	const struct db_define *define;

	for (size_t i = 0; (define = db_define_nth(i)) != NULL; i++)
		if (strcmp(define->name, name) == 0)
			return true;
	return false;
}

static const struct db_api *api(const char *name)
{
	const struct db_api *found = db_api_find(name);

	if (!found)
		fail_msg("no entry '%s'", name);
	return found;
}

/* Facts that several rules rest on; a generator or loader that mixes fields up shows here. */
static void test_entries(void **state)
{
	const struct db_api *a = api("PyDict_GetItem");

	(void)state;
	assert_int_equal(a->returns, DB_REF_BORROWED);
	assert_int_equal(a->owner, DB_OWNER_MUTABLE_CONTAINER);
	assert_int_equal(a->borrowed_from, 0);
	assert_int_equal(a->level, DB_LEVEL_COMPATIBLE);
	assert_null(a->level_reason);
	assert_true(a->null_result);
	assert_true(a->effects & DB_EFFECT_RUNS_PYTHON);
	assert_string_equal(a->family, "dict");
	assert_string_equal(a->replacements[0].name, "PyDict_GetItemRef");
	assert_int_equal(a->replacements[0].since, 0x030d);
	assert_string_equal(a->hazards[0].rule, "GIL201");

	a = api("PyDict_GetItemRef");
	assert_int_equal(a->nparams, 3);
	assert_int_equal(a->params[2].out, DB_REF_NEW);
	assert_int_equal(a->params[2].entry_data, -1);
	assert_int_equal(a->added, 0x030d);

	a = api("PyThread_start_new_thread");
	assert_int_equal(a->role, DB_ROLE_THREAD_START);
	assert_int_equal(a->params[0].entry, DB_ENTRY_THREAD);
	assert_int_equal(a->params[0].entry_data, 1);
	assert_int_equal(a->role_arg, -1);

	assert_int_equal(api("PyTuple_GET_ITEM")->owner, DB_OWNER_IMMUTABLE_CONTAINER);
	assert_int_equal(api("PyModule_AddObject")->params[2].steals_on_success, true);
	assert_int_equal(api("PyMutex_Lock")->role, DB_ROLE_LOCK);
	assert_int_equal(api("Py_BEGIN_CRITICAL_SECTION")->role, DB_ROLE_SECTION_BEGIN);
	assert_int_equal(api("PyCriticalSection_Begin")->role_arg, 1);
	assert_int_equal(api("std::lock_guard::lock_guard")->role, DB_ROLE_GUARD);
	assert_true(api("Py_FatalError")->effects & DB_EFFECT_NORETURN);
	assert_null(db_api_find("PyDict_GetIte"));
	assert_null(db_api_find(""));
}

static void test_versions(void **state)
{
	const struct db_api *gone = api("PyWeakref_GetObject"), *later = api("PyModule_GetToken");

	(void)state;
	assert_true(db_api_in(gone, 0x030e));
	assert_false(db_api_in(gone, 0x030f));
	assert_false(db_api_in(later, 0x030e));
	assert_true(db_api_in(later, 0x030f));
	assert_false(db_api_in(api("PyEval_AcquireLock"), 0x030d));
}

static void test_all(void **state)
{
	size_t n;
	const struct db_api **all = db_apis(&n);

	(void)state;
	assert_true(n > 2000);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(db_api_find(all[i]->name), all[i]);
		assert_true(all[i]->nsources > 0);
		if (i)
			assert_true(strcmp(all[i - 1]->name, all[i]->name) < 0);
	}
	free(all);
}

/* How many there are. */
static size_t count_apis(void)
{
	size_t n;

	free(db_apis(&n));
	return n;
}

/* Those that are passed over state no replacement, those that are given do. */
static void test_stating(void **state)
{
	size_t n, at = 0, with = 0, given = 0;
	const struct db_api **all = db_apis(&n), *found;

	(void)state;
	for (size_t i = 0; i < n; i++)
		with += all[i]->nreplacements > 0;
	while ((found = db_api_stating(offsetof(struct db_api, replacements), &at)) != NULL) {
		assert_true(found->nreplacements > 0);
		given++;
	}
	assert_int_equal(given, with);
	free(all);
}

static void test_tables(void **state)
{
	const struct db_table *methods = db_table_find("PyMethodDef");
	const struct db_slot *slot = db_slot_of_field("tp_new");

	(void)state;
	assert_non_null(methods);
	assert_true(methods->terminated);
	assert_string_equal(methods->fields[1].field, "ml_meth");
	assert_int_equal(methods->fields[1].entry, DB_ENTRY_METHOD);
	assert_non_null(slot);
	assert_string_equal(slot->name, "Py_tp_new");
	assert_int_equal(slot->entry, DB_ENTRY_NEW);
	assert_int_equal(slot->id, 65);
	slot = db_slot_find("Py_mod_gil");
	assert_string_equal(slot->what, "gil");
	assert_int_equal(slot->id, 4);
	assert_int_equal(slot->id_315, 87);
	assert_string_equal(db_slot_of_number(4, true, 0x030e)->name, "Py_mod_gil");
	assert_string_equal(db_slot_of_number(4, false, 0x030e)->name, "Py_mp_length");
	assert_string_equal(db_slot_of_number(87, true, 0x030f)->name, "Py_mod_gil");
	assert_string_equal(db_constant_find("Py_MOD_GIL_NOT_USED")->meaning, "not-used");
	assert_int_equal(db_constant_of("method-flags", "keywords")->value, 2);
	assert_true(is_define("Py_LIMITED_API"));
	assert_false(is_define("NDEBUG"));
}

static void test_modules(void **state)
{
	const char *module = NULL;

	(void)state;
	assert_string_equal(
		db_module_style_of_function("PyInit__spam", &module)->style, "init-function");
	assert_string_equal(module, "_spam");
	assert_string_equal(
		db_module_style_of_function("PyModExport_x", &module)->style, "export-hook");
	assert_string_equal(module, "x");
	assert_null(db_module_style_of_function("PyInit_", &module));
	assert_null(db_module_style_of_function("main", &module));
	assert_string_equal(db_module_style_of_macro("NB_MODULE")->style, "nanobind");
	assert_string_equal(db_package_of_header("numpy/arrayobject.h")->name, "numpy");
	assert_string_equal(db_package_of_macro("import_array")->name, "numpy");
	assert_null(db_package_of_header("stdio.h"));
	assert_string_equal(db_library_of_function("sqlite3_open")->name, "sqlite");
	assert_string_equal(db_library_of_function("LZ4F_compressBegin")->name, "lz4");
	assert_null(db_library_of_function("spam_open"));
}

static void test_rules(void **state)
{
	const struct db_rule *rule;
	size_t n;

	(void)state;
	for (n = 0; (rule = db_rule_nth(n)) != NULL; n++)
		assert_string_equal(db_code_name(rule->code), rule->name);
	assert_true(n > 0);
	assert_string_equal(db_code_name("GIL304"), "unguarded-field");
	assert_null(db_code_name("GIL999"));
}

/* ---- --db ---- */

/* What db_add_file(PATH) says on stderr; malloc'ed. */
static char *said(const char *path, bool *ok)
{
	FILE *out = tmpfile();
	int keep = dup(STDERR_FILENO);
	char *text;
	long size;

	assert_non_null(out);
	assert_true(keep >= 0);
	fflush(stderr);
	dup2(fileno(out), STDERR_FILENO);
	*ok = db_add_file(path);
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
	fseek(out, 0, SEEK_END);
	size = ftell(out);
	rewind(out);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, out), size);
	fclose(out);
	return text;
}

static int is_json(const struct dirent *e)
{
	return strcmp(path_ext(e->d_name), ".json") == 0;
}

/* tests/unit/db/bad: each file is refused with the one line beside it, and nothing of it
 * is there afterwards. */
static void test_bad(void **state)
{
	struct dirent **list;
	size_t before;
	int n;

	(void)state;
	assert_int_equal(chdir(GC_TESTDIR "/unit/db/bad"), 0);
	n = scandir(".", &list, is_json, alphasort);
	assert_true(n > 40);
	before = count_apis();
	for (int i = 0; i < n; i++) {
		char expected[300], *text, *wanted;
		size_t size;
		bool ok;

		snprintf(expected, sizeof(expected), "%.*s.txt",
			(int)(strlen(list[i]->d_name) - strlen(".json")), list[i]->d_name);
		wanted = file_read(expected, 0, &size);
		if (!wanted)
			fail_msg("no '%s'", expected);
		text = said(list[i]->d_name, &ok);
		assert_false(ok);
		assert_string_equal(text, wanted);
		free(text);
		free(wanted);
		free(list[i]);
	}
	free(list);
	assert_int_equal(count_apis(), before);
	assert_null(db_api_find("spam_lock"));
}

static void test_unreadable(void **state)
{
	bool ok;
	char *text = said("no-such-file.json", &ok);

	(void)state;
	assert_false(ok);
	assert_string_equal(text, "gilcheck: error: no-such-file.json: cannot read: No such file "
				  "or directory\n");
	free(text);
}

static void test_project(void **state)
{
	size_t before, n;
	const struct db_api **all;
	char *text;
	bool ok;

	(void)state;
	assert_int_equal(chdir(GC_TESTDIR "/unit/db/good"), 0);
	before = count_apis();
	assert_true(db_add_file("project.json"));
	all = db_apis(&n);
	assert_int_equal(n, before + 2);
	for (size_t i = 1; i < n; i++)
		assert_true(strcmp(all[i - 1]->name, all[i]->name) < 0);
	free(all);
	assert_int_equal(api("spam_lock")->role, DB_ROLE_LOCK);
	assert_string_equal(api("spam_lock")->family, "project");
	assert_true(api("spam_wait")->effects & DB_EFFECT_SUSPENDS_SECTIONS);
	assert_int_equal(db_table_find("SpamMethods")->fields[0].entry, DB_ENTRY_CALLBACK);
	assert_string_equal(db_library_of_function("libspam_open")->name, "libspam");
	assert_string_equal(db_module_style_of_macro("SPAM_MODULE")->style, "single-phase");
	assert_true(is_define("SPAM_THREADS"));

	text = said("project.json", &ok);
	assert_false(ok);
	assert_non_null(strstr(text, "is already in the database"));
	free(text);
	assert_int_equal(count_apis(), before + 2);
}

/* ---- --api ---- */

static void test_print(void **state)
{
	struct buf out = BUF_INIT;

	(void)state;
	assert_true(db_print_api("PyDict_GetItem", &out));
	assert_non_null(strstr(out.text, "a borrowed reference"));
	assert_non_null(strstr(out.text, "PyDict_GetItemRef, since 3.13"));
	assert_non_null(strstr(out.text, "[GIL201]"));
	buf_clear(&out);
	assert_true(db_print_api_json("PyDict_GetItem", &out));
	assert_non_null(strstr(out.text, "\"returns\": \"borrowed\""));
	buf_clear(&out);
	assert_false(db_print_api("PyDict_GetItm", &out));
	assert_memory_equal(out.text, "PyDict_GetItem\n", strlen("PyDict_GetItem\n"));
	buf_clear(&out);
	assert_false(db_print_api("pylist_getitemref", &out));
	assert_memory_equal(out.text, "PyList_GetItemRef\n", strlen("PyList_GetItemRef\n"));
	buf_clear(&out);
	assert_false(db_print_api("no such thing at all", &out));
	assert_string_equal(buf_text(&out), "");
	assert_false(db_print_api_json("PyMutex_Lok", &out));
	assert_non_null(strstr(out.text, "\"PyMutex_Lock\""));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_stating),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
