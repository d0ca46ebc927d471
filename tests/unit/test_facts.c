#include "base/buf.h"
#include "facts/dump.h"
#include "facts/facts.h"
#include "facts/facts_io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const struct facts_loc nowhere = {FACTS_NONE, 0, 0};

static struct facts_loc at(uint32_t line, uint32_t column)
{
	return (struct facts_loc){0, line, column};
}

static uint32_t add_type(struct facts *f, enum facts_type_kind kind, const char *name,
	uint32_t target, uint32_t record)
{
	struct facts_type *type = vec_add(&f->arena, &f->types);

	type->kind = kind;
	type->name = intern(&f->strings, name);
	type->target = target;
	type->record = record;
	return (uint32_t)f->types.n - 1;
}

static uint32_t add_symbol(struct facts *f, enum facts_symbol_kind kind, const char *name)
{
	struct facts_symbol *symbol = vec_add(&f->arena, &f->symbols);

	symbol->kind = kind;
	symbol->name = intern(&f->strings, name);
	symbol->key = intern(&f->strings, name);
	symbol->flags = SYMBOL_DEFINED;
	symbol->type = 0;
	symbol->loc = at(3, 1);
	symbol->function = symbol->init = symbol->record = symbol->annotations = FACTS_NONE;
	return (uint32_t)f->symbols.n - 1;
}

static uint32_t add_init(struct facts *f, enum facts_init_kind kind, uint32_t symbol)
{
	struct facts_init *init = vec_add(&f->arena, &f->inits);

	init->kind = kind;
	init->type = 0;
	init->symbol = symbol;
	init->loc = at(4, 2);
	init->first = FACTS_NONE;
	return (uint32_t)f->inits.n - 1;
}

static struct facts_op *add_op(struct facts *f, struct facts_function *fn, enum facts_op_kind kind)
{
	struct facts_op *op = vec_add(&f->arena, &fn->ops);

	op->kind = kind;
	op->type = 0;
	op->loc = at(6, 9);
	op->place = op->callee = FACTS_NONE;
	op->first_arg = (uint32_t)fn->args.n;
	return op;
}

static void add_arg(struct facts *f, struct facts_function *fn, struct facts_operand operand)
{
	vec_push(&f->arena, &fn->args, operand);
	fn->ops.v[fn->ops.n - 1].nargs++;
}

static void end_block(struct facts *f, struct facts_function *fn, uint32_t nsuccs, uint32_t succ)
{
	struct facts_block *block = vec_add(&f->arena, &fn->blocks);
	const struct facts_block *before = fn->blocks.n > 1 ? block - 1 : NULL;

	block->first_op = before ? before->first_op + before->nops : 0;
	block->nops = (uint32_t)fn->ops.n - block->first_op;
	block->first_succ = (uint32_t)fn->succs.n;
	block->nsuccs = nsuccs;
	for (uint32_t i = 0; i < nsuccs; i++)
		vec_push(&f->arena, &fn->succs, succ + i);
}

/* if (self->pos) table[n](self); switch (...) { case 7: } */
static void add_code(struct facts *f, uint32_t symbol, uint32_t table)
{
	struct facts_function *fn = vec_add(&f->arena, &f->functions);
	struct facts_local *self = vec_add(&f->arena, &fn->locals);

	fn->symbol = symbol;
	fn->nparams = 1;
	fn->begin = at(5, 1);
	fn->end = at(9, 1);
	self->name = intern(&f->strings, "self");
	self->type = 2;
	self->flags = LOCAL_PARAM;
	self->loc = at(5, 10);
	self->annotations = FACTS_NONE;
	vec_push(&f->arena, &fn->steps, ((struct facts_step){.kind = STEP_FIELD}));
	vec_push(&f->arena, &fn->steps,
		((struct facts_step){
			.kind = STEP_INDEX, .index = {OPERAND_INT, 0, {.value = -3}}}));
	vec_push(&f->arena, &fn->places, ((struct facts_place){.kind = PLACE_LOCAL}));
	vec_push(&f->arena, &fn->places,
		((struct facts_place){
			.kind = PLACE_MEM, .base = {OPERAND_TEMP, 0, {0}}, .nsteps = 1}));
	vec_push(&f->arena, &fn->places,
		((struct facts_place){
			.kind = PLACE_GLOBAL, .id = table, .first_step = 1, .nsteps = 1}));
	add_op(f, fn, OP_LOAD)->place = 0;
	add_op(f, fn, OP_LOAD)->place = 1;
	add_op(f, fn, OP_BRANCH);
	add_arg(f, fn, (struct facts_operand){OPERAND_TEMP, 1, {0}});
	end_block(f, fn, 2, 1);
	add_op(f, fn, OP_LOAD)->place = 2;
	add_op(f, fn, OP_CALL)->macro = intern(&f->strings, "CALL_IT");
	add_arg(f, fn, (struct facts_operand){OPERAND_TEMP, 3, {0}});
	add_arg(f, fn,
		(struct facts_operand){OPERAND_STRING, 0, {.text = intern(&f->strings, "a\"b")}});
	add_op(f, fn, OP_STORE)->place = 1;
	add_arg(f, fn, (struct facts_operand){OPERAND_SYMBOL, symbol, {0}});
	add_op(f, fn, OP_JUMP);
	end_block(f, fn, 1, 2);
	vec_push(&f->arena, &fn->cases, 7);
	add_op(f, fn, OP_SWITCH)->callee = 0;
	add_arg(f, fn, (struct facts_operand){OPERAND_TEMP, 0, {0}});
	end_block(f, fn, 2, 2);
	add_op(f, fn, OP_RETURN);
	end_block(f, fn, 0, 0);
}

static void add_record(struct facts *f)
{
	struct facts_record *record = vec_add(&f->arena, &f->records);
	struct facts_field *field = vec_add(&f->arena, &record->fields);

	record->name = record->key = intern(&f->strings, "Spam");
	record->complete = true;
	record->loc = at(1, 1);
	field->name = intern(&f->strings, "pos");
	field->type = 0;
	field->loc = at(2, 5);
	field->annotations = 0;
	vec_push(&f->arena, &f->annotations,
		((struct facts_annotation){
			intern(&f->strings, "guarded_by(lock)"), FACTS_NONE, at(2, 1)}));
}

static void add_tables(struct facts *f)
{
	uint32_t feed = add_symbol(f, SYMBOL_FUNCTION, "feed");
	uint32_t table = add_symbol(f, SYMBOL_VARIABLE, "table");
	uint32_t list = add_init(f, INIT_LIST, FACTS_NONE);
	struct facts_init *init;

	f->symbols.v[table].init = list;
	add_init(f, INIT_SYMBOL, feed);
	init = &f->inits.v[add_init(f, INIT_STRING, FACTS_NONE)];
	init->field = intern(&f->strings, "name");
	init->string = intern(&f->strings, "feed\n");
	init = &f->inits.v[add_init(f, INIT_INT, FACTS_NONE)];
	init->index = 2;
	init->value = INT64_MIN;
	init->text = intern(&f->strings, "METH_O");
	f->inits.v[list].first = list + 1;
	f->inits.v[list].count = 3;
	add_code(f, feed, table);
}

static void sample(struct facts *f)
{
	struct facts_file *file;

	facts_init(f);
	f->unit = f->path = intern(&f->strings, "a b\xff.c");
	f->language = intern(&f->strings, "c");
	f->python = intern(&f->strings, "3.15");
	f->headers = intern(&f->strings, "embedded");
	f->origin = intern(&f->strings, "walk");
	f->vendored = true;
	f->functions_seen = 1;
	vec_push(&f->arena, &f->flags, intern(&f->strings, "-DX=1"));
	vec_push(&f->arena, &f->modules, intern(&f->strings, "spam"));
	vec_push(&f->arena, &f->modules, intern(&f->strings, "eggs"));
	file = vec_add(&f->arena, &f->files);
	file->path = f->path;
	vec_push(&f->arena, &file->lines, ((struct facts_line){9, intern(&f->strings, "}")}));
	vec_push(&f->arena, &file->lines, ((struct facts_line){5, intern(&f->strings, "{")}));
	vec_push(&f->arena, &file->lines, ((struct facts_line){5, intern(&f->strings, "{")}));
	vec_push(&f->arena, &file->comments,
		((struct facts_comment){7, true, intern(&f->strings, "gilcheck: ok GIL301 (x)")}));
	add_type(f, TYPE_INT, "int", FACTS_NONE, FACTS_NONE);
	add_type(f, TYPE_RECORD, "Spam", FACTS_NONE, 0);
	add_type(f, TYPE_POINTER, "Spam *", 1, FACTS_NONE);
	add_record(f);
	add_tables(f);
	vec_push(&f->arena, &f->unknowns,
		((struct facts_unknown){
			UNKNOWN_EXPRESSION, at(7, 2), intern(&f->strings, "x"), 0, FACTS_NONE}));
	vec_push(&f->arena, &f->unknowns,
		((struct facts_unknown){UNKNOWN_HEADER, at(1, 2), intern(&f->strings, "libpq-fe.h"),
			FACTS_NONE, FACTS_NONE}));
	vec_push(&f->arena, &f->defines,
		((struct facts_define){
			intern(&f->strings, "X"), intern(&f->strings, "1"), nowhere}));
	vec_push(&f->arena, &f->includes,
		((struct facts_include){intern(&f->strings, "libpq-fe.h"), NULL, at(1, 1)}));
	facts_finish(f);
}

static void test_sample_is_well_formed(void **state)
{
	struct facts f;

	(void)state;
	sample(&f);
	assert_null(facts_verify(&f));
	assert_string_equal(facts_source_line(&f, at(9, 1)), "}");
	assert_null(facts_source_line(&f, at(6, 1)));
	assert_null(facts_source_line(&f, nowhere));
	assert_int_equal(f.files.v[0].lines.n, 2);
	assert_int_equal(f.unknowns.v[0].kind, UNKNOWN_HEADER);
	assert_string_equal(f.modules.v[0], "eggs");
	facts_release(&f);
}

static void test_round_trip(void **state)
{
	struct buf first = BUF_INIT, second = BUF_INIT, dump1 = BUF_INIT, dump2 = BUF_INIT;
	struct facts f, g;

	(void)state;
	sample(&f);
	facts_write(&f, &first);
	assert_null(facts_read(&g, first.text, first.len));
	facts_write(&g, &second);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.text, second.text, first.len);
	facts_dump(&f, &dump1);
	facts_dump(&g, &dump2);
	assert_string_equal(dump1.text, dump2.text);
	facts_release(&f);
	facts_release(&g);
	buf_release(&first);
	buf_release(&second);
	buf_release(&dump1);
	buf_release(&dump2);
}

/* Reads a damaged file from a block of just its size, so that a sanitizer sees every byte
 * read past its end; what is accepted is dumped and written, which touches all of it. */
static bool survives(const char *file, size_t size)
{
	char *exact = gc_xmalloc(size);
	struct buf dump = BUF_INIT;
	struct facts f;
	bool accepted;

	memcpy(exact, file, size);
	accepted = !facts_read(&f, exact, size);
	if (accepted) {
		facts_dump(&f, &dump);
		facts_write(&f, &dump);
	}
	facts_release(&f);
	buf_release(&dump);
	free(exact);
	return accepted;
}

static void test_damage(void **state)
{
	struct buf file = BUF_INIT;
	struct facts f;

	(void)state;
	sample(&f);
	facts_write(&f, &file);
	facts_release(&f);
	for (size_t i = 0; i < file.len; i++) {
		assert_false(survives(file.text, i));
		for (unsigned bit = 0; bit < 8; bit++) {
			file.text[i] ^= (char)(1u << bit);
			assert_false(survives(file.text, file.len));
			file.text[i] ^= (char)(1u << bit);
		}
	}
	buf_release(&file);
}

static void test_damage_behind_the_checksum(void **state)
{
	static const unsigned char values[] = {0, 1, 2, 0x7f, 0x80, 0xff};
	struct buf file = BUF_INIT;
	struct facts f;
	unsigned refused = 0;

	(void)state;
	sample(&f);
	facts_write(&f, &file);
	facts_release(&f);
	for (size_t i = FACTS_HEADER_SIZE; i < file.len; i++) {
		char was = file.text[i];

		facts_seal(file.text, i);
		assert_false(survives(file.text, i));
		for (size_t j = 0; j < sizeof(values); j++) {
			file.text[i] = (char)values[j];
			facts_seal(file.text, file.len);
			refused += !survives(file.text, file.len);
		}
		file.text[i] = was;
	}
	assert_true(refused > file.len);
	buf_release(&file);
}

static void test_messages(void **state)
{
	struct buf file = BUF_INIT;
	struct facts f;

	(void)state;
	assert_string_equal(facts_read(&f, "{}", 2), "not a facts file");
	facts_release(&f);
	sample(&f);
	facts_write(&f, &file);
	facts_release(&f);
	assert_string_equal(facts_read(&f, file.text, file.len - 1), "truncated facts file");
	facts_release(&f);
	file.text[8] = FACTS_VERSION + 1;
	assert_non_null(strstr(facts_read(&f, file.text, file.len), "this program reads"));
	facts_release(&f);
	buf_release(&file);
}

/* Each breaks one rule of the sample. */
static void break_type_circle(struct facts *f)
{
	f->types.v[1].target = 2;
}

static void break_record_in_itself(struct facts *f)
{
	f->records.v[0].fields.v[0].type = 1;
}

static void break_init_circle(struct facts *f)
{
	f->inits.v[1].kind = INIT_LIST;
	f->inits.v[1].first = 0;
	f->inits.v[1].count = 1;
}

static void break_annotation_circle(struct facts *f)
{
	f->annotations.v[0].next = 0;
}

static void break_use_before_value(struct facts *f)
{
	f->functions.v[0].args.v[0].id = 2;
}

static void break_terminator(struct facts *f)
{
	f->functions.v[0].blocks.v[0].nops--;
}

static void break_field_step(struct facts *f)
{
	f->functions.v[0].steps.v[0].field = 1;
}

static void break_case(struct facts *f)
{
	f->functions.v[0].cases.n = 0;
}

static void break_name(struct facts *f)
{
	f->symbols.v[0].name = NULL;
}

static void test_verify(void **state)
{
	static void (*const breaks[])(struct facts *) = {break_type_circle, break_record_in_itself,
		break_init_circle, break_annotation_circle, break_use_before_value,
		break_terminator, break_field_step, break_case, break_name};

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct facts f;

		sample(&f);
		breaks[i](&f);
		assert_non_null(facts_verify(&f));
		facts_release(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample_is_well_formed),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_damage_behind_the_checksum),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
