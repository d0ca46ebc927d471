/* Linking over facts made by hand. What the parser's facts give is tested by
 * tests/stages/link. */
#include "link/extension.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* A unit under construction. */
struct maker {
	struct facts *f;
	struct facts_function *fn; /* the one that gets operations now */
};

static const struct facts_loc nowhere = {FACTS_NONE, 0, 0};

static struct maker new_unit(const char *path)
{
	struct facts *f = gc_xmalloc(sizeof(*f));
	struct facts_file *file;

	facts_init(f);
	f->unit = f->path = intern(&f->strings, path);
	f->language = f->python = f->headers = f->origin = intern(&f->strings, "");
	file = vec_add(&f->arena, &f->files);
	file->path = f->path;
	return (struct maker){f, NULL};
}

static uint32_t add_type(
	struct maker *m, enum facts_type_kind kind, uint32_t target, uint32_t record)
{
	struct facts_type *type = vec_add(&m->f->arena, &m->f->types);

	type->kind = kind;
	type->name = intern(&m->f->strings, "");
	type->target = target;
	type->record = record;
	return (uint32_t)m->f->types.n - 1;
}

/* A record of the API, with its fields; the type of it. */
static uint32_t add_record(struct maker *m, const char *name, const char *const *fields, size_t n)
{
	struct facts_record *record = vec_add(&m->f->arena, &m->f->records);
	uint32_t plain = add_type(m, TYPE_POINTER, FACTS_NONE, FACTS_NONE);

	record->name = record->key = intern(&m->f->strings, name);
	record->origin = FACTS_API;
	record->complete = true;
	record->loc = nowhere;
	for (size_t i = 0; i < n; i++) {
		struct facts_field *field = vec_add(&m->f->arena, &record->fields);

		field->name = intern(&m->f->strings, fields[i]);
		field->type = plain;
		field->loc = nowhere;
		field->annotations = FACTS_NONE;
	}
	return add_type(m, TYPE_RECORD, FACTS_NONE, (uint32_t)m->f->records.n - 1);
}

static uint32_t add_symbol(struct maker *m, enum facts_symbol_kind kind, const char *name,
	enum facts_linkage linkage, uint32_t type)
{
	struct facts_symbol *symbol = vec_add(&m->f->arena, &m->f->symbols);

	symbol->kind = kind;
	symbol->name = intern(&m->f->strings, name);
	symbol->key = linkage == LINKAGE_EXTERNAL
			      ? symbol->name
			      : intern(&m->f->strings,
					arena_printf(&m->f->arena, "%s:%s", m->f->unit, name));
	symbol->linkage = linkage;
	symbol->type = type;
	symbol->loc = nowhere;
	symbol->function = symbol->init = symbol->record = symbol->annotations = FACTS_NONE;
	return (uint32_t)m->f->symbols.n - 1;
}

static uint32_t add_api(struct maker *m, const char *name)
{
	uint32_t symbol = add_symbol(m, SYMBOL_FUNCTION, name, LINKAGE_EXTERNAL, FACTS_NONE);

	m->f->symbols.v[symbol].origin = FACTS_API;
	return symbol;
}

static uint32_t begin_function(struct maker *m, const char *name, enum facts_linkage linkage)
{
	uint32_t symbol = add_symbol(m, SYMBOL_FUNCTION, name, linkage, FACTS_NONE);

	m->f->symbols.v[symbol].flags = SYMBOL_DEFINED;
	m->fn = vec_add(&m->f->arena, &m->f->functions);
	m->fn->symbol = symbol;
	m->fn->begin = m->fn->end = nowhere;
	return symbol;
}

static void add_op(struct maker *m, enum facts_op_kind kind, uint32_t callee, uint32_t place,
	const struct facts_operand *args, uint32_t nargs)
{
	struct facts_op *op = vec_add(&m->f->arena, &m->fn->ops);

	op->kind = kind;
	op->type = FACTS_NONE;
	op->loc = nowhere;
	op->callee = callee;
	op->place = place;
	op->first_arg = (uint32_t)m->fn->args.n;
	op->nargs = nargs;
	for (uint32_t i = 0; i < nargs; i++)
		vec_push(&m->f->arena, &m->fn->args, args[i]);
}

static void add_call(struct maker *m, uint32_t callee, const struct facts_operand *args, uint32_t n)
{
	add_op(m, OP_CALL, callee, FACTS_NONE, args, n);
}

static void end_function(struct maker *m)
{
	struct facts_block *block = vec_add(&m->f->arena, &m->fn->blocks);

	add_op(m, OP_RETURN, FACTS_NONE, FACTS_NONE, NULL, 0);
	block->nops = (uint32_t)m->fn->ops.n;
}

static struct facts_operand symbol(uint32_t id)
{
	return (struct facts_operand){OPERAND_SYMBOL, id, {0}};
}

/* ---- initialisers: a table with one row ---- */

struct leaf {
	const char *field;
	uint64_t index;
	enum facts_init_kind kind;
	uint32_t symbol;
	const char *text; /* and the string */
};

static void fill_init(struct maker *m, struct facts_init *init, const struct leaf *leaf)
{
	init->kind = leaf->kind;
	init->field = intern(&m->f->strings, leaf->field);
	init->index = leaf->index;
	init->type = FACTS_NONE;
	init->symbol = leaf->symbol;
	init->text = intern(&m->f->strings, leaf->text ? leaf->text : "");
	init->string = leaf->kind == INIT_STRING ? init->text : NULL;
	init->loc = nowhere;
}

static uint32_t add_list(struct maker *m, uint32_t type)
{
	struct facts_init *init = vec_add(&m->f->arena, &m->f->inits);

	fill_init(m, init, &(struct leaf){NULL, 0, INIT_LIST, FACTS_NONE, NULL});
	init->type = type;
	init->first = (uint32_t)m->f->inits.n;
	return (uint32_t)m->f->inits.n - 1;
}

static uint32_t add_table(struct maker *m, const char *name, uint32_t type,
	const struct leaf *leaves, uint32_t n, bool array)
{
	uint32_t t = array ? add_type(m, TYPE_ARRAY, type, FACTS_NONE) : type;
	uint32_t variable = add_symbol(m, SYMBOL_VARIABLE, name, LINKAGE_INTERNAL, t), row;

	m->f->symbols.v[variable].flags = SYMBOL_DEFINED;
	m->f->symbols.v[variable].init = row = add_list(m, t);
	if (array) {
		m->f->inits.v[row].count = 1;
		row = add_list(m, type);
	}
	m->f->inits.v[row].count = n;
	for (uint32_t i = 0; i < n; i++)
		fill_init(m, vec_add(&m->f->arena, &m->f->inits), &leaves[i]);
	return variable;
}

static const char *const method_fields[] = {"ml_name", "ml_meth", "ml_flags", "ml_doc"};
static const char *const def_fields[] = {"m_name", "m_methods", "m_slots"};
static const char *const slot_fields[] = {"slot", "value"};

/*
 * spam.c: PyInit_spam returns PyModuleDef_Init(&def); def has method "load" -> spam_load,
 * which calls util() and through a pointer parameter's value `hook`; slots name exec and
 * what the module says about the GIL.
 */
static struct facts *spam_unit(const char *gil)
{
	struct maker m = new_unit("spam.c");
	uint32_t method = add_record(&m, "PyMethodDef", method_fields, 4);
	uint32_t def = add_record(&m, "PyModuleDef", def_fields, 3);
	uint32_t slot = add_record(&m, "PyModuleDef_Slot", slot_fields, 2);
	uint32_t init_api = add_api(&m, "PyModuleDef_Init");
	uint32_t util = add_symbol(&m, SYMBOL_FUNCTION, "util", LINKAGE_EXTERNAL, FACTS_NONE);
	uint32_t load, exec, table, slots, hook, variable;

	hook = begin_function(&m, "hook", LINKAGE_INTERNAL);
	end_function(&m);
	load = begin_function(&m, "spam_load", LINKAGE_INTERNAL);
	add_call(&m, util, (struct facts_operand[]){symbol(hook)}, 1);
	end_function(&m);
	exec = begin_function(&m, "spam_exec", LINKAGE_INTERNAL);
	end_function(&m);
	table = add_table(&m, "methods", method,
		(struct leaf[]){{"ml_name", 0, INIT_STRING, FACTS_NONE, "load"},
			{"ml_meth", 1, INIT_SYMBOL, load, "spam_load"}},
		2, true);
	slots = add_table(&m, "slots", slot,
		(struct leaf[]){{"slot", 0, INIT_INT, FACTS_NONE, "Py_mod_exec"},
			{"value", 1, INIT_SYMBOL, exec, "spam_exec"}},
		2, true);
	if (gil) {
		slots = add_table(&m, "gil_slots", slot,
			(struct leaf[]){{"slot", 0, INIT_INT, FACTS_NONE, "Py_mod_gil"},
				{"value", 1, INIT_INT, FACTS_NONE, gil}},
			2, true);
	}
	variable = add_table(&m, "def", def,
		(struct leaf[]){{"m_name", 0, INIT_STRING, FACTS_NONE, "spam"},
			{"m_methods", 1, INIT_SYMBOL, table, "methods"},
			{"m_slots", 2, INIT_SYMBOL, slots, "slots"}},
		3, false);
	begin_function(&m, "PyInit_spam", LINKAGE_EXTERNAL);
	add_call(&m, init_api, (struct facts_operand[]){symbol(variable)}, 1);
	end_function(&m);
	return m.f;
}

/* util.c: util(callback) calls callback and static `deep`; nobody calls `lost`. */
static struct facts *util_unit(void)
{
	struct maker m = new_unit("util.c");
	struct facts_local *local;
	uint32_t deep;

	deep = begin_function(&m, "deep", LINKAGE_INTERNAL);
	end_function(&m);
	begin_function(&m, "lost", LINKAGE_EXTERNAL);
	end_function(&m);
	begin_function(&m, "util", LINKAGE_EXTERNAL);
	local = vec_add(&m.f->arena, &m.fn->locals);
	local->name = intern(&m.f->strings, "callback");
	local->type = local->annotations = FACTS_NONE;
	local->flags = LOCAL_PARAM;
	local->loc = nowhere;
	m.fn->nparams = 1;
	vec_push(&m.f->arena, &m.fn->places, ((struct facts_place){.kind = PLACE_LOCAL}));
	add_op(&m, OP_LOAD, FACTS_NONE, 0, NULL, 0);
	add_call(&m, FACTS_NONE, (struct facts_operand[]){{OPERAND_TEMP, 0, {0}}}, 1);
	add_call(&m, deep, NULL, 0);
	end_function(&m);
	return m.f;
}

static void link_two(struct extension *ext, const char *gil, bool reversed)
{
	struct facts *units[2] = {spam_unit(gil), util_unit()};
	struct ext_options options = {.python = 0x030f};

	for (size_t i = 0; i < 2; i++)
		assert_null(facts_verify(units[i]));
	if (reversed) {
		struct facts *first = units[0];

		units[0] = units[1];
		units[1] = first;
	}
	ext_link(ext, units, 2, &options);
}

static const struct ext_function *function(const struct extension *ext, const char *name)
{
	vec_foreach (const struct ext_function, fn, &ext->functions) {
		if (strcmp(fn->name, name) == 0)
			return fn;
	}
	fail_msg("no function %s", name);
	return NULL;
}

static void test_module(void **state)
{
	struct extension ext;

	(void)state;
	link_two(&ext, NULL, false);
	assert_int_equal(ext.modules.n, 1);
	assert_string_equal(ext.modules.v[0].name, "spam");
	assert_string_equal(ext.modules.v[0].style, "multi-phase");
	assert_int_equal(ext.modules.v[0].declared, DECLARED_ABSENT);
	assert_string_equal(ext.variables.v[ext.modules.v[0].def].name, "def");
	assert_int_equal(ext.modules.v[0].units.n, 2);
	assert_int_equal(ext.modules.v[0].functions.n, 7);
	ext_release(&ext);
}

static void test_declared(void **state)
{
	struct extension ext;

	(void)state;
	link_two(&ext, "Py_MOD_GIL_NOT_USED", false);
	assert_int_equal(ext.modules.v[0].declared, DECLARED_NOT_USED);
	ext_release(&ext);
	link_two(&ext, "Py_MOD_GIL_USED", false);
	assert_int_equal(ext.modules.v[0].declared, DECLARED_USED);
	ext_release(&ext);
}

static void test_roots(void **state)
{
	struct extension ext;
	const struct ext_function *load;

	(void)state;
	link_two(&ext, NULL, false);
	assert_int_equal(ext.roots.n, 3);
	load = function(&ext, "spam_load");
	assert_int_equal(load->roots.n, 1);
	assert_string_equal(ext.roots.v[load->roots.v[0]].text, "module function 'load'");
	assert_int_equal(ext.roots.v[load->roots.v[0]].self_param, 0);
	ext_release(&ext);
}

static void test_calls_and_phases(void **state)
{
	struct extension ext;
	const struct ext_function *util;
	const struct ext_call *call;

	(void)state;
	link_two(&ext, NULL, false);
	util = function(&ext, "util");
	assert_int_equal(util->calls.n, 2);
	call = ext_call_at(util, 1);
	assert_int_equal(call->kind, TARGET_INDIRECT);
	assert_int_equal(call->candidates.n, 1);
	assert_string_equal(ext.functions.v[call->candidates.v[0]].name, "hook");
	assert_int_equal(ext_call_at(util, 2)->kind, TARGET_FUNCTION);
	assert_null(ext_call_at(util, 0));
	assert_int_equal(ext.unresolved_calls, 0);

	assert_int_equal(function(&ext, "deep")->phases, PHASE_RUN);
	assert_int_equal(function(&ext, "hook")->phases, PHASE_RUN);
	assert_int_equal(function(&ext, "spam_exec")->phases, PHASE_EXEC);
	assert_int_equal(function(&ext, "PyInit_spam")->phases, PHASE_CREATE);
	assert_true(function(&ext, "lost")->unreached);
	assert_int_equal(function(&ext, "deep")->callers.n, 1);
	assert_int_equal(function(&ext, "deep")->roots.n, 1);
	ext_release(&ext);
}

static void test_order_of_units_is_nothing(void **state)
{
	struct extension a, b;

	(void)state;
	link_two(&a, NULL, false);
	link_two(&b, NULL, true);
	assert_int_equal(a.functions.n, b.functions.n);
	for (size_t i = 0; i < a.functions.n; i++)
		assert_string_equal(a.functions.v[i].name, b.functions.v[i].name);
	ext_release(&a);
	ext_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_declared),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_calls_and_phases),
		cmocka_unit_test(test_order_of_units_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
