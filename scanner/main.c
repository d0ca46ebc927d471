/*
 * gilcheck: the stages in order. Each hands one struct to the next:
 *
 *	discover -> build -> frontend -> facts -> link -> extension
 *	         -> rules -> findings -> verdict -> verdicts -> report
 *
 * --emit-facts stops after the front end, --link starts with facts from files, and each
 * --dump-… prints one struct instead of going on.
 */
#include "config.h"
#include "options.h"
#include "python.h"
#include "shim.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "db/db.h"
#include "discover/build.h"
#include "facts/dump.h"
#include "facts/facts_io.h"
#include "fix/fix.h"
#include "frontend/frontend.h"
#include "analysis/analysis.h"
#include "link/extension.h"
#include "report/report.h"
#include "rules/finding.h"
#include "verdict/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum status { STATUS_CLEAN, STATUS_FINDINGS, STATUS_FAILED };

/* The facts of all units, as the front end or facts files gave them: malloc'ed, owned
 * here until the linker takes them over. */
struct gathered {
	struct arena arena;
	VEC(struct facts *) units;
	struct build build; /* empty with --link */
};

static void gathered_release(struct gathered *g)
{
	vec_foreach (struct facts *, f, &g->units) {
		facts_release(*f);
		free(*f);
	}
	arena_release(&g->arena);
	build_release(&g->build);
}

/* ---- output ---- */

static bool write_all(const struct buf *text)
{
	return fwrite(buf_text(text), 1, text->len, stdout) == text->len && fflush(stdout) == 0;
}

static enum status put_output(const struct options *o, const struct buf *text)
{
	if (o->output && strcmp(o->output, "-") != 0) {
		if (file_write_atomic(o->output, buf_text(text), text->len))
			return STATUS_CLEAN;
		diag_error("%s: %s", o->output, strerror(errno));
		return STATUS_FAILED;
	}
	if (write_all(text))
		return STATUS_CLEAN;
	diag_error("standard output: %s", strerror(errno));
	return STATUS_FAILED;
}

/* Output was made; its buffer goes with it. */
static enum status finish(const struct options *o, struct buf *text)
{
	enum status status = put_output(o, text);

	buf_release(text);
	return status;
}

/* ---- gathering facts ---- */

static void take_facts(struct facts *facts, void *data)
{
	struct gathered *g = data;

	vec_push(&g->arena, &g->units, facts);
}

/* One line that is written over; names are shown without what could steer a terminal. */
static void show_progress(size_t done, size_t total, const char *path, void *data)
{
	struct buf line = BUF_INIT;

	(void)data;
	buf_printf(&line, "\r\033[K[%zu/%zu] ", done, total);
	if (done < total)
		report_escape(&line, path, false);
	else
		buf_str(&line, "\r\033[K");
	fwrite(line.text, 1, line.len, stderr);
	buf_release(&line);
}

/* What was left out, one line a reason; --dump-build has every name. */
static void say_skipped(const struct build *b)
{
	for (size_t i = 0; i < b->skipped.n; i++) {
		const struct build_skip *first = &b->skipped.v[i];
		size_t same = 0, before = 0;

		if (first->fragment)
			continue;
		for (size_t k = 0; k < b->skipped.n; k++)
			if (strcmp(b->skipped.v[k].reason, first->reason) == 0) {
				same++;
				before += k < i;
			}
		if (before)
			continue;
		if (same == 1)
			diag_warning("left out '%s': %s", first->path, first->reason);
		else
			diag_warning("left out '%s' and %zu more: %s (--dump-build lists them)",
				first->path, same - 1, first->reason);
	}
}

/* What discovery could not use, and what it left out. */
static void say_build(const struct build *b)
{
	vec_foreach (const char *const, note, &b->notes)
		diag_warning("%s", *note);
	say_skipped(b);
}

/* Linking facts files has nothing but the facts: each unit takes along what is known of
 * its project. */
static void attach_project(struct facts *f, const struct build *b)
{
	vec_foreach (const struct build_module, m, &b->modules) {
		struct facts_foreign_module module = {
			intern(&f->strings, m->name), intern(&f->strings, m->kind)};

		if (m->units.n == 0 && m->kind)
			vec_push(&f->arena, &f->foreign_modules, module);
	}
	vec_foreach (const char *const, note, &b->notes)
		vec_push(&f->arena, &f->notes, intern(&f->strings, *note));
	vec_foreach (const char *const, requirement, &b->requirements)
		vec_push(&f->arena, &f->requirements, intern(&f->strings, *requirement));
}

static void say_unread(const struct gathered *g)
{
	size_t unread = 0;

	vec_foreach (struct facts *const, f, &g->units) {
		const char *why = "could not be parsed";

		if (!(*f)->unread)
			continue;
		if ((*f)->unknowns.n && (*f)->unknowns.v[0].detail)
			why = (*f)->unknowns.v[0].detail;
		diag_warning("%s: not read: %s", (*f)->path, why);
		unread++;
	}
	if (unread && unread == g->units.n)
		diag_error("nothing could be read");
}

static bool discover(struct build *b, const struct options *o)
{
	struct build_options options = {
		.paths = o->paths.v,
		.npaths = o->paths.n,
		.build_dir = o->build_dir,
		.flags = o->flags.v,
		.nflags = o->flags.n,
		.python = o->python,
		.partial = o->action == ACTION_EMIT_FACTS,
	};

	if (!build_discover(b, &options)) {
		build_release(b);
		return false;
	}
	return true;
}

static bool parse(struct gathered *g, const struct options *o, const struct build *b)
{
	struct frontend_options options = {
		.python = o->python,
		.jobs = o->jobs,
		.cache_dir = o->cache,
		.no_cache = o->no_cache,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	struct python_headers headers;

	if (o->python_include) {
		if (!python_headers_find(&headers, &g->arena, o->python_include, o->python))
			return false;
		options.python_include = headers.dir;
		options.python_shown = headers.shown;
	}
	return frontend_run(b, &options, take_facts, g);
}

static bool gather_sources(struct gathered *g, const struct options *o)
{
	bool ok;

	if (!discover(&g->build, o))
		return false;
	say_build(&g->build);
	ok = parse(g, o, &g->build);
	vec_foreach (struct facts *const, f, &g->units)
		attach_project(*f, &g->build);
	say_unread(g);
	return ok;
}

/* A facts file holds one or more units, one after the other. */
static bool read_facts_file(struct gathered *g, const char *path)
{
	size_t size, at = 0;
	char *data = file_read(path, 0, &size);

	if (!data) {
		diag_error("%s: %s", path, strerror(errno));
		return false;
	}
	do {
		struct facts *f = gc_xmalloc(sizeof(*f));
		size_t span = facts_span(data + at, size - at);
		const char *problem = facts_read(f, data + at, span);

		if (problem) {
			diag_error("%s: %s", path, problem);
			facts_release(f);
			free(f);
			free(data);
			return false;
		}
		take_facts(f, g);
		at += span;
	} while (at < size);
	free(data);
	return true;
}

static bool same_configuration(const struct facts *a, const struct facts *b)
{
	if (strcmp(a->python, b->python) == 0 && strcmp(a->headers, b->headers) == 0)
		return true;
	diag_error("'%s' was read for Python %s with %s headers, '%s' for %s with %s headers: "
		   "they cannot be linked",
		a->unit, a->python, a->headers, b->unit, b->python, b->headers);
	return false;
}

static bool gather_files(struct gathered *g, const struct options *o)
{
	bool ok = true;

	vec_foreach (const char *const, path, &o->paths)
		ok = read_facts_file(g, *path) && ok;
	for (size_t i = 1; ok && i < g->units.n; i++)
		ok = same_configuration(g->units.v[0], g->units.v[i]);
	say_unread(g);
	return ok;
}

/* ---- from facts to the report ---- */

static unsigned version_number(const char *python)
{
	unsigned major = 3, minor = 15;

	if (sscanf(python, "%u.%u", &major, &minor) != 2)
		return 0x030f;
	return major << 8 | minor;
}

static bool listed(const char *rule, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rule, list[i]) == 0)
			return true;
	return false;
}

static bool is_wanted(const char *rule, const void *data)
{
	const struct options *o = data;

	return (o->only.n == 0 || listed(rule, o->only.v, o->only.n)) &&
	       !listed(rule, o->skip.v, o->skip.n);
}

static bool use_color(const struct options *o)
{
	const char *no_color = getenv("NO_COLOR");

	return !o->output && isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

static enum status status_of(const struct options *o, const struct report *r)
{
	enum finding_level floor = o->fail_on == FAIL_ON_ERROR ? LEVEL_ERROR : LEVEL_WARNING;

	if (o->fail_on == FAIL_ON_NEVER)
		return STATUS_CLEAN;
	vec_foreach (const struct finding, f, &r->findings->v)
		if (report_shows(r, f) && f->level >= floor)
			return STATUS_FINDINGS;
	return STATUS_CLEAN;
}

static enum status put_report(const struct options *o, const struct extension *ext,
	struct findings *findings, const struct verdicts *verdicts)
{
	struct report r = {
		.ext = ext,
		.findings = findings,
		.verdicts = verdicts,
		.python = ext->units.n ? ext->units.v[0]->python : o->python,
		.headers = ext->units.n ? ext->units.v[0]->headers : "embedded",
		.show_review = o->show_review,
		.color = use_color(o),
		.wanted = is_wanted,
		.wanted_data = o,
	};
	struct buf text = BUF_INIT;
	enum status status;

	if (o->format == FORMAT_JSON) {
		fix_note_edits(ext, findings);
		report_json(&r, &text);
	} else if (o->format == FORMAT_GITHUB)
		report_github(&r, &text);
	else
		report_text(&r, &text);
	status = finish(o, &text);
	return status == STATUS_FAILED ? status : status_of(o, &r);
}

/* --fix and --declare: the diff, or the files. */
static enum status put_changes(const struct options *o, struct edits *e, bool all)
{
	struct buf diff = BUF_INIT;
	enum status status = all ? STATUS_CLEAN : STATUS_FINDINGS;

	if (o->apply)
		return edits_apply(e) ? status : STATUS_FAILED;
	edits_diff(e, &diff);
	return finish(o, &diff) == STATUS_CLEAN ? status : STATUS_FAILED;
}

static enum status change(const struct options *o, const struct extension *ext, const char *root,
	struct findings *findings, const struct verdicts *verdicts)
{
	struct edits e = {.root = root};
	enum status status;
	bool all = true;

	if (o->action == ACTION_DECLARE)
		all = fix_declare(&e, ext, verdicts);
	else
		fix_findings(&e, ext, findings);
	status = put_changes(o, &e, all);
	edits_release(&e);
	return status;
}

static enum status judge(const struct options *o, const struct extension *ext, const char *root)
{
	struct analysis *analysis = analysis_run(ext);
	struct findings findings = {0};
	struct verdicts verdicts;
	enum status status;

	rules_run(&findings, ext, analysis);
	analysis_release(analysis);
	verdict_run(&verdicts, &findings, ext);
	if (o->action == ACTION_FIX || o->action == ACTION_DECLARE)
		status = change(o, ext, root, &findings, &verdicts);
	else
		status = put_report(o, ext, &findings, &verdicts);
	verdict_release(&verdicts);
	findings_release(&findings);
	return status;
}

static void link_units(struct extension *ext, struct gathered *g, const struct options *o)
{
	struct ext_options options = {.build = o->action == ACTION_LINK ? NULL : &g->build,
		.python = version_number(g->units.n ? g->units.v[0]->python : o->python)};

	ext_link(ext, g->units.v, g->units.n, &options);
	g->units.n = 0;
}

static enum status dump_extension(const struct options *o, const struct extension *ext)
{
	struct buf text = BUF_INIT;

	ext_dump(ext, &text);
	return finish(o, &text);
}

static enum status analyse(const struct options *o, struct gathered *g)
{
	struct extension ext;
	enum status status;

	link_units(&ext, g, o);
	if (o->action == ACTION_DUMP_EXTENSION)
		status = dump_extension(o, &ext);
	else
		status = judge(o, &ext, g->build.root);
	ext_release(&ext);
	return status;
}

/* ---- what stops earlier ---- */

static enum status dump_facts(const struct options *o, const struct gathered *g)
{
	struct buf text = BUF_INIT;

	vec_foreach (struct facts *const, f, &g->units)
		facts_dump(*f, &text);
	return finish(o, &text);
}

static enum status emit_facts(const struct options *o, const struct gathered *g)
{
	struct buf data = BUF_INIT;

	vec_foreach (struct facts *const, f, &g->units)
		facts_write(*f, &data);
	return finish(o, &data);
}

static enum status dump_build(const struct options *o)
{
	struct buf text = BUF_INIT;
	struct build b;

	if (!discover(&b, o))
		return STATUS_FAILED;
	build_dump(&b, &text);
	build_release(&b);
	return finish(o, &text);
}

/* ---- what reads no sources ---- */

static void put_section(struct buf *out, const char *title, const char *text)
{
	if (text && *text)
		buf_printf(out, "\n%s\n\n%s\n", title, text);
}

static enum status explain(const struct options *o)
{
	const struct db_rule *rule = db_rule_find(o->subject);
	struct buf out = BUF_INIT;

	if (!rule) {
		diag_error("--explain: '%s' is not a rule", o->subject);
		return STATUS_FAILED;
	}
	buf_printf(&out, "%s %s (%s): %s\n", rule->code, rule->name, rule->level, rule->title);
	put_section(&out, "Why", rule->why);
	put_section(&out, "What to do", rule->remedy);
	buf_printf(&out, "\nUnder the extension lock\n\n%s: %s\n", rule->extension_lock,
		rule->extension_lock_why);
	put_section(&out, "Reported", rule->bad);
	put_section(&out, "Not reported", rule->good);
	if (rule->nsources)
		buf_str(&out, "\nSources\n\n");
	for (size_t i = 0; i < rule->nsources; i++)
		buf_printf(&out, "%s\n", rule->sources[i]);
	return finish(o, &out);
}

static enum status print_api(const struct options *o)
{
	struct buf out = BUF_INIT;

	if (db_print_api(o->subject, &out))
		return finish(o, &out);
	diag_error("--api: '%s' is not in the database", o->subject);
	fputs(buf_text(&out), stderr); /* names that are near */
	buf_release(&out);
	return STATUS_FAILED;
}

static enum status shim_flags(const struct options *o)
{
	struct buf out = BUF_INIT;

	if (shim_print_flags(&out))
		return finish(o, &out);
	buf_release(&out);
	return STATUS_FAILED;
}

static enum status help(const struct options *o)
{
	struct buf out = BUF_INIT;

	options_help(&out);
	return finish(o, &out);
}

static enum status version(const struct options *o)
{
	struct buf out = BUF_INIT;

	buf_printf(&out, "gilcheck %s (database %s)\n", PACKAGE_VERSION, db_release);
	return finish(o, &out);
}

/* ---- the story ---- */

static enum status scan(const struct options *o)
{
	struct gathered g = {0};
	enum status status = STATUS_FAILED;

	if (o->action == ACTION_LINK ? gather_files(&g, o) : gather_sources(&g, o)) {
		if (o->action == ACTION_EMIT_FACTS)
			status = emit_facts(o, &g);
		else if (o->action == ACTION_DUMP_FACTS)
			status = dump_facts(o, &g);
		else
			status = analyse(o, &g);
	}
	gathered_release(&g);
	return status;
}

static enum status run(const struct options *o)
{
	vec_foreach (const char *const, file, &o->db)
		if (!db_add_file(*file))
			return STATUS_FAILED;
	switch (o->action) {
	case ACTION_HELP:
		return help(o);
	case ACTION_VERSION:
		return version(o);
	case ACTION_EXPLAIN:
		return explain(o);
	case ACTION_API:
		return print_api(o);
	case ACTION_SHIM_FLAGS:
		return shim_flags(o);
	case ACTION_DUMP_BUILD:
		return dump_build(o);
	default:
		return scan(o);
	}
}

int main(int argc, char **argv)
{
	struct options o;
	enum status status = STATUS_FAILED;

	if (options_parse(&o, argc, argv))
		status = run(&o);
	options_release(&o);
	return diag_errors() ? STATUS_FAILED : status;
}
