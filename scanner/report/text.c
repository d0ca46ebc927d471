/*
 * The report for people, in the shape of compilers' messages, so that editors find their
 * way through it: findings, then what was not read, then the verdicts.
 */
#include "report/report.h"

#include "base/arena.h"

/* Places shown under one finding; the JSON report has all. */
#define EVIDENCE_SHOWN 12
/* Lines of "not read"; the JSON report has all. */
#define UNREAD_SHOWN 20

enum style { STYLE_PLACE, STYLE_ERROR, STYLE_WARNING, STYLE_NOTE, STYLE_GOOD, STYLE_MARK };

static const char *const style_codes[] = {
	[STYLE_PLACE] = "1",
	[STYLE_ERROR] = "1;31",
	[STYLE_WARNING] = "1;35",
	[STYLE_NOTE] = "1;36",
	[STYLE_GOOD] = "1;32",
	[STYLE_MARK] = "1;32",
};

struct writer {
	const struct report *r;
	struct buf *out;
};

static void begin(const struct writer *w, enum style style)
{
	if (w->r->color)
		buf_printf(w->out, "\033[%sm", style_codes[style]);
}

static void end(const struct writer *w)
{
	if (w->r->color)
		buf_str(w->out, "\033[0m");
}

static void put(const struct writer *w, const char *text)
{
	report_escape(w->out, text, false);
}

static void put_styled(const struct writer *w, enum style style, const char *text)
{
	begin(w, style);
	put(w, text);
	end(w);
}

/* ---- a place and its source ---- */

static void put_place(const struct writer *w, struct ext_loc at, bool column)
{
	begin(w, STYLE_PLACE);
	put(w, finding_path(w->r->ext, at));
	if (at.loc.line)
		buf_printf(w->out, ":%u", at.loc.line);
	if (column && at.loc.line && at.loc.column)
		buf_printf(w->out, ":%u", at.loc.column);
	buf_char(w->out, ':');
	end(w);
	buf_char(w->out, ' ');
}

/* Under the byte at COLUMN: tabs stay tabs, escaped bytes are four wide, the rest of a
 * UTF-8 sequence has no width. */
static void put_caret(const struct writer *w, const char *line, uint32_t column)
{
	struct buf before = BUF_INIT, shown = BUF_INIT;

	buf_add(&before, line, column - 1);
	report_escape(&shown, buf_text(&before), true);
	for (size_t i = 0; i < shown.len; i++)
		if (shown.text[i] == '\t')
			buf_char(w->out, '\t');
		else if (((unsigned char)shown.text[i] & 0xc0) != 0x80)
			buf_char(w->out, ' ');
	put_styled(w, STYLE_MARK, "^");
	buf_release(&before);
	buf_release(&shown);
}

static void put_source(const struct writer *w, struct ext_loc at)
{
	const char *line = finding_line(w->r->ext, at);

	if (!line || !*line)
		return;
	buf_printf(w->out, "%5u | ", at.loc.line);
	report_escape(w->out, line, true);
	buf_char(w->out, '\n');
	if (!at.loc.column || at.loc.column > strlen(line))
		return;
	buf_str(w->out, "      | ");
	put_caret(w, line, at.loc.column);
	buf_char(w->out, '\n');
}

/* ---- findings ---- */

static enum style level_style(enum finding_level level)
{
	return level == LEVEL_ERROR	? STYLE_ERROR
	       : level == LEVEL_WARNING ? STYLE_WARNING
					: STYLE_NOTE;
}

static void put_locks(const struct writer *w, const struct evidence *e)
{
	if (!e->has_locks)
		return;
	buf_str(w->out, e->locks.n ? ", holding " : ", no lock held");
	vec_foreach (const char *const, lock, &e->locks) {
		if (lock != e->locks.v)
			buf_str(w->out, ", ");
		put(w, *lock);
	}
}

/* "read in 'spam_tell', no lock held" where the source line below says the rest, else
 * "root: method 'feed' of Spam". */
static void put_evidence(const struct writer *w, const struct evidence *e)
{
	const char *function = finding_function_name(w->r->ext, e->function);
	const char *line = finding_line(w->r->ext, e->at);
	bool shown = line && strstr(line, e->text);

	put_place(w, e->at, true);
	put_styled(w, STYLE_NOTE, "note:");
	buf_char(w->out, ' ');
	if (e->kind != EVIDENCE_NOTE)
		buf_printf(w->out, "%s%s", evidence_kind_name(e->kind), shown ? "" : ": ");
	if (!shown || e->kind == EVIDENCE_NOTE)
		put(w, e->text);
	if (function && e->kind != EVIDENCE_ROOT) {
		buf_str(w->out, " in '");
		put(w, function);
		buf_char(w->out, '\'');
	}
	put_locks(w, e);
	buf_char(w->out, '\n');
	put_source(w, e->at);
}

static bool same_place(struct ext_loc a, struct ext_loc b)
{
	return a.unit == b.unit && a.loc.file == b.loc.file && a.loc.line == b.loc.line &&
	       a.loc.column == b.loc.column;
}

static void put_all_evidence(const struct writer *w, const struct finding *f)
{
	size_t shown = 0, left = 0;

	vec_foreach (const struct evidence, e, &f->evidence) {
		if (same_place(e->at, f->at) && !e->has_locks && e->kind != EVIDENCE_ROOT)
			continue; /* the finding itself says it */
		if (shown == EVIDENCE_SHOWN) {
			left++;
			continue;
		}
		put_evidence(w, e);
		shown++;
	}
	if (!left)
		return;
	put_place(w, f->at, true);
	put_styled(w, STYLE_NOTE, "note:");
	buf_printf(w->out, " %zu more place%s: see the JSON report\n", left, left == 1 ? "" : "s");
}

static void put_finding(const struct writer *w, const struct finding *f)
{
	const char *level = finding_level_name(f->level);

	put_place(w, f->at, true);
	begin(w, level_style(f->level));
	buf_printf(w->out, "%s:", level);
	end(w);
	buf_char(w->out, ' ');
	put(w, f->message);
	buf_printf(w->out, " [%s]", f->rule);
	if (f->confidence == CONFIDENCE_REVIEW)
		buf_str(w->out, " (review)");
	if (f->vendored)
		buf_str(w->out, " (vendored)");
	buf_char(w->out, '\n');
	put_source(w, f->at);
	put_all_evidence(w, f);
	if (!f->fix)
		return;
	put_place(w, f->at, true);
	put_styled(w, STYLE_NOTE, "note:");
	buf_str(w->out, " fix: ");
	put(w, f->fix);
	buf_char(w->out, '\n');
}

/* ---- what was not read ---- */

static void put_coverage(const struct writer *w)
{
	struct arena arena = ARENA_INIT;
	struct coverage c;
	size_t shown = 0;

	coverage_of(&c, &arena, w->r->ext);
	if (c.unread.n)
		buf_str(w->out, "not read:\n");
	vec_foreach (const struct report_unread, u, &c.unread) {
		if (shown++ == UNREAD_SHOWN)
			break;
		buf_str(w->out, "  ");
		put(w, u->path);
		buf_str(w->out, ": ");
		put(w, u->reason);
		buf_char(w->out, '\n');
	}
	if (c.unread.n > UNREAD_SHOWN)
		buf_printf(w->out, "  and %zu more\n", c.unread.n - UNREAD_SHOWN);
	if (c.unread.n)
		buf_char(w->out, '\n');
	buf_printf(w->out, "read: %u unit%s, %u of %u function%s analysed", c.units,
		c.units == 1 ? "" : "s", c.functions_analysed, c.functions,
		c.functions == 1 ? "" : "s");
	if (c.unresolved_calls)
		buf_printf(w->out, ", %u call%s through pointers not followed", c.unresolved_calls,
			c.unresolved_calls == 1 ? "" : "s");
	if (c.notes.n)
		buf_printf(w->out, ", %zu note%s in the JSON report", c.notes.n,
			c.notes.n == 1 ? "" : "s");
	buf_char(w->out, '\n');
	arena_release(&arena);
}

static void put_counts(const struct writer *w)
{
	size_t levels[LEVEL_ERROR + 1] = {0}, review = 0, suppressed = 0;

	vec_foreach (const struct finding, f, &w->r->findings->v) {
		if (!report_has(w->r, f))
			continue;
		if (f->suppressed)
			suppressed++;
		else if (f->confidence == CONFIDENCE_REVIEW)
			review++;
		else
			levels[f->level]++;
	}
	buf_printf(w->out, "found: %zu error%s, %zu warning%s, %zu note%s", levels[LEVEL_ERROR],
		levels[LEVEL_ERROR] == 1 ? "" : "s", levels[LEVEL_WARNING],
		levels[LEVEL_WARNING] == 1 ? "" : "s", levels[LEVEL_NOTE],
		levels[LEVEL_NOTE] == 1 ? "" : "s");
	if (review)
		buf_printf(w->out, "; %zu for review%s", review,
			w->r->show_review ? "" : " (--show-review)");
	if (suppressed)
		buf_printf(w->out, "; %zu suppressed", suppressed);
	buf_char(w->out, '\n');
}

/* ---- verdicts ---- */

static enum style verdict_style(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_READY:
		return STYLE_GOOD;
	case VERDICT_NOT_READY:
	case VERDICT_CONTRADICTED:
		return STYLE_ERROR;
	case VERDICT_REVIEW:
	case VERDICT_UNKNOWN:
		break;
	}
	return STYLE_WARNING;
}

static void pad(const struct writer *w, size_t have, size_t width)
{
	for (; have < width + 2; have++)
		buf_char(w->out, ' ');
}

/* Columns of NAME as it will be shown. */
static size_t shown_width(const char *name)
{
	struct buf b = BUF_INIT;
	size_t n = 0;

	report_escape(&b, name, false);
	for (size_t i = 0; i < b.len; i++)
		n += ((unsigned char)b.text[i] & 0xc0) != 0x80;
	buf_release(&b);
	return n;
}

static void put_line(const struct writer *w, const char *text)
{
	buf_str(w->out, "    ");
	put(w, text);
	buf_char(w->out, '\n');
}

static void put_reasons(const struct writer *w, const struct module_verdict *v)
{
	vec_foreach (const struct verdict_reason, reason, &v->reasons)
		buf_printf(w->out, "%s%s x%u", reason == v->reasons.v ? "" : ", ", reason->rule,
			reason->count);
	if (v->reasons.n == 0)
		buf_char(w->out, '-');
}

static void put_verdict(const struct writer *w, const struct module_verdict *v, size_t width)
{
	const struct ext_module *m = &w->r->ext->modules.v[v->module];
	const char *verdict = verdict_name(v->verdict), *declared = declared_name(m->declared);

	put(w, m->name);
	pad(w, shown_width(m->name), width);
	put_styled(w, verdict_style(v->verdict), verdict);
	pad(w, strlen(verdict), strlen("contradicted"));
	buf_str(w->out, declared);
	pad(w, strlen(declared), strlen("ineffective"));
	put_reasons(w, v);
	buf_char(w->out, '\n');
	put_line(w, v->today);
	put_line(w, v->advice);
	if (v->lock.text)
		put_line(w, v->lock.text);
}

static void put_verdicts(const struct writer *w)
{
	size_t width = strlen("module");

	if (w->r->verdicts->v.n == 0) {
		buf_str(w->out, "no extension module found\n");
		return;
	}
	vec_foreach (const struct module_verdict, v, &w->r->verdicts->v) {
		size_t n = shown_width(w->r->ext->modules.v[v->module].name);

		width = n > width ? n : width;
	}
	buf_str(w->out, "module");
	pad(w, strlen("module"), width);
	buf_str(w->out, "verdict       declared     why\n");
	vec_foreach (const struct module_verdict, v, &w->r->verdicts->v)
		put_verdict(w, v, width);
}

void report_text(const struct report *r, struct buf *out)
{
	struct writer w = {r, out};
	bool any = false;

	vec_foreach (const struct finding, f, &r->findings->v) {
		if (!report_shows(r, f))
			continue;
		put_finding(&w, f);
		any = true;
	}
	if (any)
		buf_char(out, '\n');
	put_coverage(&w);
	put_counts(&w);
	buf_char(out, '\n');
	put_verdicts(&w);
}
