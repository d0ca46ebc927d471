/* The JSON report: docs/report.schema.json says what it is. */
#include "report/report.h"

#include "config.h"
#include "db/db.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define REPORT_SCHEMA 1

/* Takes over VALUE, which must not be NULL: running out of memory is the one way that can
 * happen, and half a report is worse than none. */
static void put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value) == 0)
		return;
	fputs("gilcheck: error: out of memory\n", stderr);
	exit(2);
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == 0)
		return;
	fputs("gilcheck: error: out of memory\n", stderr);
	exit(2);
}

static json_t *string(const char *text)
{
	struct buf b = BUF_INIT;
	json_t *s;

	if (!text)
		return json_null();
	if (report_is_plain(text))
		return json_string_nocheck(text);
	report_escape(&b, text, true);
	s = json_stringn_nocheck(buf_text(&b), b.len);
	buf_release(&b);
	return s;
}

static json_t *number(uint32_t n)
{
	return json_integer((json_int_t)n);
}

static void put_place(json_t *object, const struct extension *ext, struct ext_loc at)
{
	put(object, "file", string(finding_path(ext, at)));
	put(object, "line", number(at.loc.line));
}

/* ---- modules ---- */

static json_t *init_of(const struct extension *ext, const struct ext_module *m)
{
	json_t *init;

	if (m->init == EXT_NONE)
		return json_null();
	init = json_object();
	put_place(init, ext, m->loc);
	put(init, "function", string(m->init_name));
	return init;
}

static json_t *reasons_of(const verdict_reasons *v)
{
	json_t *reasons = json_array();

	vec_foreach (const struct verdict_reason, reason, v) {
		json_t *r = json_object();

		put(r, "rule", string(reason->rule));
		put(r, "count", number(reason->count));
		append(reasons, r);
	}
	return reasons;
}

static json_t *lock_of(const struct lock_verdict *lock)
{
	json_t *o;

	if (lock->answer == LOCK_NOT_NEEDED)
		return json_null();
	o = json_object();
	put(o, "answer", string(lock_answer_name(lock->answer)));
	put(o, "text", string(lock->text));
	put(o, "open", reasons_of(&lock->open));
	return o;
}

static json_t *module_coverage(const struct verdict_coverage *c)
{
	json_t *o = json_object();

	put(o, "units", number(c->units));
	put(o, "functions", number(c->functions));
	put(o, "damaged", number(c->damaged));
	put(o, "unread", number(c->unread));
	put(o, "unresolved_calls", number(c->unresolved_calls));
	return o;
}

static json_t *module_json(const struct extension *ext, const struct module_verdict *v)
{
	const struct ext_module *m = &ext->modules.v[v->module];
	json_t *o = json_object(), *units = json_array();

	put(o, "name", string(m->name));
	put(o, "init", init_of(ext, m));
	put(o, "init_style", string(m->style));
	put(o, "declared", string(declared_name(m->declared)));
	put(o, "verdict", string(verdict_name(v->verdict)));
	put(o, "today", string(v->today));
	put(o, "advice", string(v->advice));
	put(o, "reasons", reasons_of(&v->reasons));
	put(o, "extension_lock", lock_of(&v->lock));
	put(o, "coverage", module_coverage(&v->coverage));
	vec_foreach (const uint32_t, u, &m->units)
		append(units, string(ext->units.v[*u]->unit));
	put(o, "units", units);
	return o;
}

/* ---- findings ---- */

static json_t *shared_json(const struct extension *ext, const struct finding *f)
{
	json_t *o, *decl;

	if (f->shared == SHARED_NONE)
		return json_null();
	o = json_object();
	put(o, "kind", string(shared_kind_name(f->shared)));
	put(o, "name", string(f->shared_name));
	if (f->shared_decl.unit == EXT_NONE || !f->shared_decl.loc.line) {
		put(o, "decl", json_null());
		return o;
	}
	decl = json_object();
	put_place(decl, ext, f->shared_decl);
	put(o, "decl", decl);
	return o;
}

static json_t *evidence_json(const struct extension *ext, const struct evidence *e)
{
	json_t *o = json_object(), *locks;

	put(o, "kind", string(evidence_kind_name(e->kind)));
	put_place(o, ext, e->at);
	put(o, "function", string(finding_function_name(ext, e->function)));
	put(o, "text", string(e->text));
	if (!e->has_locks)
		return o;
	locks = json_array();
	vec_foreach (const char *const, lock, &e->locks)
		append(locks, string(*lock));
	put(o, "locks", locks);
	return o;
}

/* TEXT is the new text as it is, not as it is shown. */
static json_t *edit_json(const char *path, const struct finding_edit *edit, json_t *text)
{
	json_t *o = json_object();

	put(o, "file", string(path));
	put(o, "line", number(edit->line));
	put(o, "column", number(edit->column));
	put(o, "end_line", number(edit->end_line));
	put(o, "end_column", number(edit->end_column));
	put(o, "text", text);
	return o;
}

/* All of them or, where one cannot be written as UTF-8, none. */
static json_t *edits_json(const struct extension *ext, const struct finding *f)
{
	json_t *edits = json_array();

	vec_foreach (const struct finding_edit, edit, &f->edits) {
		json_t *text = json_string(edit->text);

		if (!text) {
			json_array_clear(edits);
			break;
		}
		append(edits, edit_json(finding_path(ext, f->at), edit, text));
	}
	return edits;
}

static json_t *fix_json(const struct extension *ext, const struct finding *f)
{
	json_t *o;

	if (!f->fix)
		return json_null();
	o = json_object();
	put(o, "text", string(f->fix));
	put(o, "edits", edits_json(ext, f));
	return o;
}

static json_t *suppressed_json(const struct finding *f)
{
	json_t *o;

	if (!f->suppressed)
		return json_null();
	o = json_object();
	put(o, "reason", string(f->suppress_reason));
	return o;
}

static json_t *finding_json(const struct extension *ext, const struct finding *f)
{
	const struct db_rule *rule = db_rule_find(f->rule);
	json_t *o = json_object(), *modules = json_array(), *evidence = json_array();

	put(o, "rule", string(f->rule));
	put(o, "name", string(rule ? rule->name : f->rule));
	put(o, "level", string(finding_level_name(f->level)));
	put(o, "confidence", string(finding_confidence_name(f->confidence)));
	vec_foreach (const uint32_t, m, &f->modules)
		append(modules, string(ext->modules.v[*m].name));
	put(o, "modules", modules);
	put_place(o, ext, f->at);
	put(o, "column", number(f->at.loc.column));
	put(o, "end_line", number(f->end_line));
	put(o, "function", string(finding_function_name(ext, f->function)));
	put(o, "shared", shared_json(ext, f));
	put(o, "message", string(f->message));
	vec_foreach (const struct evidence, e, &f->evidence)
		append(evidence, evidence_json(ext, e));
	put(o, "evidence", evidence);
	put(o, "fix", fix_json(ext, f));
	put(o, "fingerprint", string(f->fingerprint));
	put(o, "suppressed", suppressed_json(f));
	if (f->vendored)
		put(o, "vendored", json_true());
	return o;
}

/* ---- the whole ---- */

static json_t *tool_json(void)
{
	json_t *o = json_object();

	put(o, "name", string("gilcheck"));
	put(o, "version", string(PACKAGE_VERSION));
	put(o, "database", string(db_release));
	return o;
}

static json_t *target_json(const struct report *r)
{
	json_t *o = json_object();

	put(o, "python", string(r->python));
	put(o, "free_threaded", json_true());
	put(o, "headers", string(r->headers));
	return o;
}

/* No baseline is read yet: nothing is known, new or gone against one. */
static json_t *baseline_json(void)
{
	json_t *o = json_object();

	put(o, "known", number(0));
	put(o, "new", number(0));
	put(o, "gone", number(0));
	return o;
}

static json_t *incomplete_json(const struct coverage *c)
{
	json_t *units = json_array();

	vec_foreach (const struct report_incomplete, u, &c->incomplete) {
		json_t *one = json_object();

		put(one, "unit", string(u->path));
		put(one, "functions", number(u->functions));
		put(one, "damaged", number(u->damaged));
		put(one, "missing_headers", number(u->missing_headers));
		append(units, one);
	}
	return units;
}

static json_t *coverage_json(const struct extension *ext)
{
	json_t *o = json_object(), *unread = json_array(), *notes = json_array();
	struct arena arena = ARENA_INIT;
	struct coverage c;

	coverage_of(&c, &arena, ext);
	vec_foreach (const struct report_unread, u, &c.unread) {
		json_t *one = json_object();

		put(one, "file", string(u->path));
		put(one, "reason", string(u->reason));
		append(unread, one);
	}
	vec_foreach (const char *const, note, &c.notes)
		append(notes, string(*note));
	put(o, "units", number(c.units));
	put(o, "functions", number(c.functions));
	put(o, "functions_analysed", number(c.functions_analysed));
	put(o, "unread", unread);
	put(o, "incomplete", incomplete_json(&c));
	put(o, "unresolved_calls", number(c.unresolved_calls));
	put(o, "notes", notes);
	arena_release(&arena);
	return o;
}

/* The report is built, written and dropped as a whole, so what Jansson asks for while it is
 * comes out of an arena. Its allocators have no argument; reports are made one at a time. */
static struct arena *tree_arena;

static void *tree_malloc(size_t size)
{
	return arena_alloc(tree_arena, size);
}

static void tree_free(void *block)
{
	(void)block; /* with the arena */
}

static int add_text(const char *text, size_t n, void *out)
{
	buf_add(out, text, n);
	return 0;
}

static json_t *report_tree(const struct report *r)
{
	json_t *root = json_object(), *modules = json_array(), *findings = json_array();
	uint32_t suppressed = 0;

	vec_foreach (const struct module_verdict, v, &r->verdicts->v)
		append(modules, module_json(r->ext, v));
	vec_foreach (const struct finding, f, &r->findings->v) {
		if (!report_has(r, f))
			continue;
		append(findings, finding_json(r->ext, f));
		suppressed += f->suppressed;
	}
	put(root, "schema", json_integer(REPORT_SCHEMA));
	put(root, "tool", tool_json());
	put(root, "target", target_json(r));
	put(root, "modules", modules);
	put(root, "findings", findings);
	put(root, "suppressed", number(suppressed));
	put(root, "baseline", baseline_json());
	put(root, "coverage", coverage_json(r->ext));
	return root;
}

void report_json(const struct report *r, struct buf *out)
{
	struct arena arena = ARENA_INIT;
	json_malloc_t old_malloc;
	json_free_t old_free;

	tree_arena = &arena;
	json_get_alloc_funcs(&old_malloc, &old_free);
	json_set_alloc_funcs(tree_malloc, tree_free);
	json_dump_callback(report_tree(r), add_text, out, JSON_INDENT(2));
	json_set_alloc_funcs(old_malloc, old_free);
	arena_release(&arena);
	buf_char(out, '\n');
}
