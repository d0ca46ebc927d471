/* Findings, suppressions, verdicts and reports over a hand-made extension, so that every
 * rule of the verdict is pinned without a parser. */
#include "base/buf.h"
#include "report/report.h"
#include "rules/finding.h"
#include "verdict/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/*
 * One unit, src/spam.c, with a module whose init function is function 0, and function 1
 * that runs at any time. Lines 1 to 99 exist: "line N".
 */
struct fixture {
	struct extension ext;
	struct findings findings;
	struct verdicts verdicts;
	struct rule_context ctx;
	struct facts *facts;
};

static uint32_t add_function(struct fixture *x, const char *name, uint32_t line, unsigned phases)
{
	struct facts_symbol *s = vec_add(&x->facts->arena, &x->facts->symbols);
	struct facts_function *code = vec_add(&x->facts->arena, &x->facts->functions);
	struct ext_function *fn = vec_add(&x->ext.arena, &x->ext.functions);

	s->name = name;
	s->key = name;
	code->symbol = (uint32_t)(x->facts->symbols.n - 1);
	code->begin = (struct facts_loc){0, line, 1};
	code->end = (struct facts_loc){0, line + 9, 1};
	fn->index = (uint32_t)(x->facts->functions.n - 1);
	fn->facts = x->facts;
	fn->name = name;
	fn->key = name;
	fn->phases = phases;
	x->facts->functions_seen++;
	vec_push(&x->ext.arena, &fn->modules, 0);
	vec_push(&x->ext.arena, &x->ext.modules.v[0].functions, (uint32_t)x->ext.functions.n - 1);
	return (uint32_t)(x->ext.functions.n - 1);
}

/* Pointers into the facts hold once nothing is added any more. */
static void settle(struct fixture *x)
{
	vec_foreach (struct ext_function, fn, &x->ext.functions) {
		fn->code = &x->facts->functions.v[fn->index];
		fn->symbol = &x->facts->symbols.v[fn->code->symbol];
	}
}

static void make_file(struct facts *f, const char *path)
{
	struct facts_file *file = vec_add(&f->arena, &f->files);

	file->path = path;
	file->origin = FACTS_PROJECT;
	for (uint32_t line = 1; line < 100; line++) {
		struct facts_line l = {line, arena_printf(&f->arena, "\tline %u;", line)};

		vec_push(&f->arena, &file->lines, l);
	}
}

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct ext_module *m;

	assert_non_null(x);
	x->facts = calloc(1, sizeof(*x->facts));
	assert_non_null(x->facts);
	facts_init(x->facts);
	x->facts->unit = x->facts->path = "src/spam.c";
	x->facts->python = "3.15";
	x->facts->headers = "embedded";
	make_file(x->facts, "src/spam.c");
	vec_push(&x->ext.arena, &x->ext.units, x->facts);
	m = vec_add(&x->ext.arena, &x->ext.modules);
	m->name = m->full_name = "spam";
	m->style = "multi-phase";
	m->kind = "c";
	m->init_name = "PyInit_spam";
	m->loc = (struct ext_loc){0, {0, 10, 1}};
	m->declared_at.unit = EXT_NONE;
	vec_push(&x->ext.arena, &m->units, 0);
	add_function(x, "PyInit_spam", 10, PHASE_CREATE);
	add_function(x, "spam_feed", 20, PHASE_RUN);
	settle(x);
	x->ctx.ext = &x->ext;
	x->ctx.out = &x->findings;
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	verdict_release(&x->verdicts);
	findings_release(&x->findings);
	arena_release(&x->ext.arena);
	facts_release(x->facts);
	free(x->facts);
	free(x);
	return 0;
}

static struct finding *add(
	struct fixture *x, const char *code, uint32_t line, enum finding_confidence confidence)
{
	struct finding *f;

	x->ctx.rule = db_rule_find(code);
	assert_non_null(x->ctx.rule);
	f = finding_add(
		&x->ctx, (struct ext_loc){0, {0, line, 2}}, confidence, "hazard at %u", line);
	f->function = 1;
	return f;
}

static void comment(struct fixture *x, uint32_t line, bool own_line, const char *text)
{
	struct facts_comment c = {line, own_line, text};

	vec_push(&x->facts->arena, &x->facts->files.v[0].comments, c);
}

static const struct module_verdict *judge(struct fixture *x)
{
	findings_finish(&x->findings, &x->ext);
	verdict_run(&x->verdicts, &x->findings, &x->ext);
	return &x->verdicts.v.v[0];
}

static size_t count(const struct fixture *x, const char *code)
{
	size_t n = 0;

	vec_foreach (const struct finding, f, &x->findings.v)
		n += strcmp(f->rule, code) == 0;
	return n;
}

/* ---- verdicts ---- */

static void test_ready(void **state)
{
	const struct module_verdict *v = judge(*state);

	assert_int_equal(v->verdict, VERDICT_READY);
	assert_string_equal(v->today, "importing this module turns the GIL on");
	assert_int_equal(v->coverage.units, 1);
	assert_int_equal(v->coverage.functions, 2);
}

static void test_notes_do_not_count(void **state)
{
	add(*state, "GIL101", 10, CONFIDENCE_DEFINITE);
	assert_int_equal(judge(*state)->verdict, VERDICT_READY);
}

static void test_review(void **state)
{
	const struct module_verdict *v;

	add(*state, "GIL301", 20, CONFIDENCE_REVIEW);
	v = judge(*state);
	assert_int_equal(v->verdict, VERDICT_REVIEW);
	assert_int_equal(v->reasons.n, 1);
}

static void test_not_ready(void **state)
{
	const struct module_verdict *v;

	add(*state, "GIL301", 20, CONFIDENCE_LIKELY);
	add(*state, "GIL301", 21, CONFIDENCE_LIKELY);
	add(*state, "GIL201", 22, CONFIDENCE_DEFINITE);
	add(*state, "GIL301", 23, CONFIDENCE_REVIEW);
	v = judge(*state);
	assert_int_equal(v->verdict, VERDICT_NOT_READY);
	assert_int_equal(v->reasons.n, 2);
	assert_string_equal(v->reasons.v[0].rule, "GIL201");
	assert_int_equal(v->reasons.v[0].count, 1);
	assert_string_equal(v->reasons.v[1].rule, "GIL301");
	assert_int_equal(v->reasons.v[1].count, 2);
	assert_int_equal(count(*state, "GIL104"), 0);
}

/* ---- the extension lock ---- */

static void test_lock_not_needed(void **state)
{
	const struct module_verdict *v = judge(*state);

	assert_int_equal(v->lock.answer, LOCK_NOT_NEEDED);
	assert_null(v->lock.text);
	assert_null(lock_answer_name(v->lock.answer));
}

static void test_lock_cures(void **state)
{
	const struct module_verdict *v;

	add(*state, "GIL301", 20, CONFIDENCE_LIKELY);
	add(*state, "GIL101", 10, CONFIDENCE_DEFINITE);
	add(*state, "GIL506", 22, CONFIDENCE_REVIEW); /* nobody knows whether it is one */
	v = judge(*state);
	assert_int_equal(v->lock.answer, LOCK_SAFE);
	assert_int_equal(v->lock.open.n, 0);
	assert_string_equal(v->lock.text, "under the extension lock: as safe as with the GIL");
}

static void test_lock_leaves_open(void **state)
{
	const struct module_verdict *v;

	add(*state, "GIL602", 20, CONFIDENCE_DEFINITE);
	add(*state, "GIL506", 21, CONFIDENCE_LIKELY);
	add(*state, "GIL602", 22, CONFIDENCE_DEFINITE);
	add(*state, "GIL301", 23, CONFIDENCE_LIKELY);
	v = judge(*state);
	assert_int_equal(v->lock.answer, LOCK_OPEN);
	assert_int_equal(v->lock.open.n, 2);
	assert_string_equal(v->lock.open.v[0].rule, "GIL506");
	assert_string_equal(v->lock.open.v[1].rule, "GIL602");
	assert_int_equal(v->lock.open.v[1].count, 2);
	assert_non_null(strstr(v->lock.text, "still open: GIL506 x1 ("));
	assert_non_null(strstr(v->lock.text, "; GIL602 x2 ("));
}

/* What others call without coming by CPython is not locked, whatever was found. */
static void test_lock_published(void **state)
{
	struct fixture *x = *state;
	const struct module_verdict *v;
	struct ext_root *root = vec_add(&x->ext.arena, &x->ext.roots);

	root->kind = DB_ENTRY_EXPORTED;
	root->given_to = db_api_find("PyCapsule_New");
	vec_push(&x->ext.arena, &x->ext.modules.v[0].roots, 0);
	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	v = judge(x);
	assert_int_equal(v->lock.answer, LOCK_OPEN);
	assert_int_equal(v->lock.open.n, 0);
	assert_non_null(strstr(v->lock.text, "still open: functions that others get by "
					     "'PyCapsule_New'"));
}

/* What is only for review decides where nothing else is open. */
static void test_lock_review(void **state)
{
	const struct module_verdict *v;

	add(*state, "GIL506", 22, CONFIDENCE_REVIEW);
	v = judge(*state);
	assert_int_equal(v->verdict, VERDICT_REVIEW);
	assert_int_equal(v->lock.answer, LOCK_OPEN);
}

/* The lock leaves alone what the module declares; a rule that is lowered to a note says that
 * nothing is lost yet. */
static void test_lock_notes(void **state)
{
	const struct module_verdict *v;

	add(*state, "GIL301", 20, CONFIDENCE_LIKELY);
	add(*state, "GIL504", 21, CONFIDENCE_DEFINITE)->level = LEVEL_NOTE;
	add(*state, "GIL103", 10, CONFIDENCE_DEFINITE);
	v = judge(*state);
	assert_int_equal(v->lock.answer, LOCK_OPEN);
	assert_int_equal(v->lock.open.n, 1);
	assert_string_equal(v->lock.open.v[0].rule, "GIL103");
}

static void test_lock_style(void **state)
{
	struct fixture *x = *state;
	const struct module_verdict *v;

	x->ext.modules.v[0].style = "export-hook";
	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	v = judge(x);
	assert_int_equal(v->lock.answer, LOCK_OPEN);
	assert_non_null(strstr(v->lock.text, "PyModExport_"));
}

/* Unknown is not safe. */
static void test_lock_unread(void **state)
{
	struct fixture *x = *state;

	x->facts->unread = true;
	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	assert_int_equal(judge(x)->lock.answer, LOCK_UNKNOWN);
}

static void test_contradicted(void **state)
{
	struct fixture *x = *state;

	x->ext.modules.v[0].declared = DECLARED_NOT_USED;
	x->ext.modules.v[0].declared_at = (struct ext_loc){0, {0, 50, 3}};
	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	assert_int_equal(judge(x)->verdict, VERDICT_CONTRADICTED);
	assert_int_equal(count(x, "GIL104"), 1);
	/* sorted behind line 20, at the declaration */
	assert_int_equal(x->findings.v.v[1].at.loc.line, 50);
	assert_int_equal(x->findings.v.v[1].evidence.n, 1);
}

static void test_other_module(void **state)
{
	struct fixture *x = *state;
	struct ext_module *m = vec_add(&x->ext.arena, &x->ext.modules);
	struct finding *f;

	*m = x->ext.modules.v[0];
	m->name = "zoo";
	f = add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	f->function = EXT_NONE;
	finding_module(&x->findings, f, 1);
	judge(x);
	assert_int_equal(x->verdicts.v.v[0].verdict, VERDICT_READY);
	assert_int_equal(x->verdicts.v.v[1].verdict, VERDICT_NOT_READY);
}

static void test_unknown(void **state)
{
	struct fixture *x = *state;
	const struct module_verdict *v;

	x->ext.modules.v[0].init = EXT_NONE;
	x->ext.modules.v[0].kind = "cython";
	v = judge(x);
	assert_int_equal(v->verdict, VERDICT_UNKNOWN);
	assert_non_null(strstr(v->advice, "Cython"));
}

static void test_unread_unit(void **state)
{
	struct fixture *x = *state;
	const struct module_verdict *v;

	x->facts->unread = true;
	v = judge(x);
	assert_int_equal(v->verdict, VERDICT_REVIEW);
	assert_int_equal(v->coverage.unread, 1);
}

static void test_damaged(void **state)
{
	struct fixture *x = *state;
	const struct module_verdict *v;

	x->facts->functions.v[1].flags = FUNCTION_DAMAGED;
	v = judge(x);
	assert_int_equal(v->verdict, VERDICT_REVIEW);
	assert_int_equal(v->coverage.damaged, 1);
	assert_non_null(strstr(v->advice, "spam_feed"));
}

/* Code that only module creation runs cannot race; its damage costs nothing. */
static void test_damaged_at_import(void **state)
{
	struct fixture *x = *state;

	x->facts->functions.v[1].flags = FUNCTION_DAMAGED;
	x->ext.functions.v[1].phases = PHASE_CREATE;
	assert_int_equal(judge(x)->verdict, VERDICT_READY);
}

static void test_damaged_init(void **state)
{
	struct fixture *x = *state;

	x->facts->functions.v[0].flags = FUNCTION_DAMAGED;
	assert_int_equal(judge(x)->verdict, VERDICT_REVIEW);
}

static void test_not_lowered(void **state)
{
	struct fixture *x = *state;

	x->facts->functions_seen++;
	assert_int_equal(judge(x)->verdict, VERDICT_REVIEW);
}

static void test_unread_table(void **state)
{
	struct fixture *x = *state;
	struct facts_record *rec = vec_add(&x->facts->arena, &x->facts->records);
	struct facts_type *type = vec_add(&x->facts->arena, &x->facts->types);
	struct facts_symbol *table = vec_add(&x->facts->arena, &x->facts->symbols);
	struct facts_unknown *u = vec_add(&x->facts->arena, &x->facts->unknowns);

	rec->name = rec->key = "PyMethodDef";
	type->kind = TYPE_RECORD;
	table->name = table->key = "methods";
	table->kind = SYMBOL_VARIABLE;
	u->kind = UNKNOWN_INITIALISER;
	u->detail = "call in an initialiser";
	u->function = FACTS_NONE;
	u->symbol = (uint32_t)(x->facts->symbols.n - 1);
	settle(x);
	assert_int_equal(judge(x)->verdict, VERDICT_REVIEW);
	/* the same in a variable of no interest */
	rec->name = "config";
	verdict_release(&x->verdicts);
	assert_int_equal(judge(x)->verdict, VERDICT_READY);
}

/* ---- suppressions ---- */

static void test_suppressed(void **state)
{
	struct fixture *x = *state;

	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	comment(x, 19, true, "gilcheck: ok GIL301 (a count (of calls) only)");
	assert_int_equal(judge(x)->verdict, VERDICT_READY);
	assert_true(x->findings.v.v[0].suppressed);
	assert_string_equal(x->findings.v.v[0].suppress_reason, "a count (of calls) only");
	assert_int_equal(x->findings.v.n, 1);
}

static void test_suppressed_at_declaration(void **state)
{
	struct fixture *x = *state;
	struct finding *f = add(x, "GIL301", 20, CONFIDENCE_LIKELY);

	f->shared = SHARED_GLOBAL;
	f->shared_name = "count";
	f->shared_decl = (struct ext_loc){0, {0, 5, 1}};
	comment(x, 5, false, "gilcheck: ok GIL301 (statistics)");
	assert_int_equal(judge(x)->verdict, VERDICT_READY);
}

static void test_stacked(void **state)
{
	struct fixture *x = *state;

	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	add(x, "GIL201", 20, CONFIDENCE_LIKELY);
	comment(x, 18, true, "gilcheck: ok GIL301 (one)");
	comment(x, 19, true, "gilcheck: ok GIL201 (two)");
	assert_int_equal(judge(x)->verdict, VERDICT_READY);
	assert_int_equal(x->findings.v.n, 2);
}

static void test_several_codes(void **state)
{
	struct fixture *x = *state;

	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	comment(x, 20, false, "gilcheck: ok GIL301, GIL201 (one is not needed)");
	assert_int_equal(judge(x)->verdict, VERDICT_READY);
	assert_int_equal(count(x, "GIL902"), 1);
}

static void test_without_reason(void **state)
{
	static const char *const texts[] = {"gilcheck: ok GIL301", "gilcheck: ok GIL301 ()",
		"gilcheck: ok GIL301 (  )", "gilcheck: ok", "gilcheck: okay GIL301 (x)",
		"gilcheck: ok GIL301 (open", "gilcheck: ok GIL301 because", "gilcheck:"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fixture *x;

		tear_down(state);
		set_up(state);
		x = *state;
		add(x, "GIL301", 20, CONFIDENCE_LIKELY);
		comment(x, 19, true, texts[i]);
		assert_int_equal(judge(x)->verdict, VERDICT_NOT_READY);
		assert_int_equal(count(x, "GIL901"), 1);
		assert_int_equal(count(x, "GIL902"), 0);
	}
}

static void test_unused(void **state)
{
	struct fixture *x = *state;

	comment(x, 30, true, "gilcheck: ok GIL301 (was needed once)");
	comment(x, 40, true, "gilcheck: ok GIL999 (no such rule)");
	comment(x, 50, true, "an ordinary comment");
	assert_int_equal(judge(x)->verdict, VERDICT_READY);
	assert_int_equal(count(x, "GIL902"), 2);
	assert_int_equal(x->findings.v.n, 2);
}

/* Where code was lost nobody can say that a suppression answers nothing. */
static void test_unused_in_damage(void **state)
{
	struct fixture *x = *state;

	x->facts->functions.v[1].flags = FUNCTION_DAMAGED;
	comment(x, 22, true, "gilcheck: ok GIL301 (statistics)");
	judge(x);
	assert_int_equal(count(x, "GIL902"), 0);
}

/* ---- findings ---- */

static void test_order_and_fingerprints(void **state)
{
	struct fixture *x = *state;
	const char *first;

	add(x, "GIL301", 30, CONFIDENCE_LIKELY);
	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	add(x, "GIL201", 20, CONFIDENCE_LIKELY);
	findings_finish(&x->findings, &x->ext);
	assert_string_equal(x->findings.v.v[0].rule, "GIL201");
	assert_int_equal(x->findings.v.v[2].at.loc.line, 30);
	assert_string_not_equal(x->findings.v.v[1].fingerprint, x->findings.v.v[2].fingerprint);
	first = x->findings.v.v[1].fingerprint;
	/* the line moves and is indented anew: still the same finding */
	x->facts->files.v[0].lines.v[44].text = "    line   20;";
	x->findings.v.v[1].at.loc.line = 45;
	findings_finish(&x->findings, &x->ext);
	assert_int_equal(x->findings.v.v[2].at.loc.line, 45);
	assert_string_equal(x->findings.v.v[2].fingerprint, first);
}

/* Equal lines in one function are told apart by their order. */
static void test_occurrence(void **state)
{
	struct fixture *x = *state;

	x->facts->files.v[0].lines.v[20].text = x->facts->files.v[0].lines.v[19].text;
	add(x, "GIL301", 20, CONFIDENCE_LIKELY)->message = "m";
	add(x, "GIL301", 21, CONFIDENCE_LIKELY)->message = "m";
	findings_finish(&x->findings, &x->ext);
	assert_string_not_equal(x->findings.v.v[0].fingerprint, x->findings.v.v[1].fingerprint);
}

static void test_merged(void **state)
{
	struct fixture *x = *state;

	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	findings_finish(&x->findings, &x->ext);
	assert_int_equal(x->findings.v.n, 1);
}

/* ---- reports ---- */

static void test_escape(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "plain"},
		{"a\tb", "a\\x09b"},
		{"\x1b[31m", "\\x1b[31m"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xe9", "\\xe9"},
		{"\xc0\xaf", "\\xc0\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xf0\x9f\x90\x8d", "\xf0\x9f\x90\x8d"},
		{"\xe2\x80", "\\xe2\\x80"},
		{"a\xe2\x80\xae"
		 "b",
			"a\\xe2\\x80\\xae"
			"b"},
		{"\xc2\x9b", "\\xc2\\x9b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT;

		report_escape(&b, cases[i].in, false);
		assert_string_equal(buf_text(&b), cases[i].out);
		buf_release(&b);
	}
}

static struct report report_of(struct fixture *x)
{
	return (struct report){.ext = &x->ext,
		.findings = &x->findings,
		.verdicts = &x->verdicts,
		.python = "3.15",
		.headers = "embedded"};
}

static void test_text(void **state)
{
	struct fixture *x = *state;
	struct finding *f = add(x, "GIL301", 20, CONFIDENCE_LIKELY);
	struct evidence *e;
	struct report r;
	struct buf b = BUF_INIT;

	e = finding_evidence(
		&x->ctx, f, EVIDENCE_WRITE, (struct ext_loc){0, {0, 21, 2}}, 1, "line 21;");
	e->has_locks = true;
	finding_fix(&x->ctx, f, "take a lock");
	add(x, "GIL301", 30, CONFIDENCE_REVIEW);
	judge(x);
	r = report_of(x);
	report_text(&r, &b);
	assert_string_equal(b.text,
		"src/spam.c:20:2: error: hazard at 20 [GIL301]\n"
		"   20 | \tline 20;\n"
		"      | \t^\n"
		"src/spam.c:21:2: note: write in 'spam_feed', no lock held\n"
		"   21 | \tline 21;\n"
		"      | \t^\n"
		"src/spam.c:20:2: note: fix: take a lock\n"
		"\n"
		"read: 1 unit, 2 of 2 functions analysed\n"
		"found: 1 error, 0 warnings, 0 notes; 1 for review (--show-review)\n"
		"\n"
		"module  verdict       declared     why\n"
		"spam    not-ready     absent       GIL301 x1\n"
		"    importing this module turns the GIL on\n"
		"    deal with the findings, then declare\n"
		"    under the extension lock: as safe as with the GIL\n");
	buf_release(&b);
}

static void test_github(void **state)
{
	struct fixture *x = *state;
	struct report r;
	struct buf b = BUF_INIT;

	x->facts->files.v[0].path = "src/a,b:c%.c";
	add(x, "GIL301", 20, CONFIDENCE_LIKELY)->message = "100%\nsure";
	judge(x);
	r = report_of(x);
	report_github(&r, &b);
	assert_string_equal(b.text,
		"::error file=src/a%2Cb%3Ac%25.c,line=20,endLine=20,col=2,"
		"title=GIL301 unguarded-global::100%25\\x0asure\n"
		"::notice file=src/a%2Cb%3Ac%25.c,line=10,title=module spam::not-ready "
		"(declared: absent)%0Aimporting this module turns the GIL on%0A"
		"deal with the findings, then declare\n");
	buf_release(&b);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_ready),
		T(test_notes_do_not_count),
		T(test_review),
		T(test_not_ready),
		T(test_lock_not_needed),
		T(test_lock_cures),
		T(test_lock_leaves_open),
		T(test_lock_published),
		T(test_lock_review),
		T(test_lock_notes),
		T(test_lock_style),
		T(test_lock_unread),
		T(test_contradicted),
		T(test_other_module),
		T(test_unknown),
		T(test_unread_unit),
		T(test_damaged),
		T(test_damaged_at_import),
		T(test_damaged_init),
		T(test_not_lowered),
		T(test_unread_table),
		T(test_suppressed),
		T(test_suppressed_at_declaration),
		T(test_stacked),
		T(test_several_codes),
		T(test_without_reason),
		T(test_unused),
		T(test_unused_in_damage),
		T(test_order_and_fingerprints),
		T(test_occurrence),
		T(test_merged),
		T(test_escape),
		T(test_text),
		T(test_github),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
