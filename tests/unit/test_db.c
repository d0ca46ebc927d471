#include "base/buf.h"
#include "db/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

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
	const struct db_api *all = db_apis(&n);

	(void)state;
	assert_true(n > 2000);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(db_api_find(all[i].name), &all[i]);
		assert_true(all[i].nsources > 0);
		if (i)
			assert_true(strcmp(all[i - 1].name, all[i].name) < 0);
	}
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
	assert_string_equal(db_constant_find("Py_MOD_GIL_NOT_USED")->meaning, "not-used");
	assert_true(db_define_matters("Py_LIMITED_API"));
	assert_false(db_define_matters("NDEBUG"));
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
	size_t n;
	const struct db_rule *rules = db_rules(&n);

	(void)state;
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(db_code_name(rules[i].code), rules[i].name);
	assert_string_equal(db_code_name("GIL304"), "unguarded-field");
	assert_null(db_code_name("GIL999"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
