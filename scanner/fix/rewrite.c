/* --fix: the text of what the rules found to be certain. */
#include "fix/fix.h"

#include "base/diag.h"
#include "fix/text.h"

#include <ctype.h>
#include <string.h>

struct rewrite {
	struct edits *e;
	struct edit_file *file;
	const struct finding_rewrite *plan;
	struct findings *findings;
	struct finding *finding; /* gets the edits that are made */
};

static void place_of(const struct edit_file *f, size_t at, uint32_t *line, uint32_t *column)
{
	*line = 1;
	for (size_t i = 0; i < at; i++)
		*line += f->text[i] == '\n';
	*column = (uint32_t)(at - edit_line_start(f, at)) + 1;
}

/* False where another edit touches the same bytes. */
static bool change(const struct rewrite *w, size_t at, size_t len, const char *text)
{
	struct arena *arena = &w->findings->arena;
	struct finding_edit made = {.text = arena_strdup(arena, text)};

	if (!edit_add(w->e, w->file, at, len, text))
		return false;
	place_of(w->file, at, &made.line, &made.column);
	place_of(w->file, at + len, &made.end_line, &made.end_column);
	vec_push(arena, &w->finding->edits, made);
	return true;
}

static size_t place(const struct rewrite *w, struct ext_loc at)
{
	return edit_offset(w->file, at.loc.line, at.loc.column);
}

/* ---- a call and the count behind it ---- */

/* The statement `OWN(variable);` on a line of its own. */
static bool own_statement(const struct rewrite *w, size_t *start, size_t *end)
{
	const struct edit_file *f = w->file;
	struct call_text call;
	size_t at, n = strlen(w->plan->variable);

	if (!text_call(f, place(w, w->plan->own_at), w->plan->own, &call))
		return false;
	at = call.open + 1 + strspn(f->text + call.open + 1, " \t");
	if (strncmp(f->text + at, w->plan->variable, n) != 0)
		return false;
	at += n + strspn(f->text + at + n, " \t");
	if (at + 1 != call.past || !text_in_list(f, call.at) || f->text[call.past] != ';')
		return false;
	*start = edit_line_start(f, call.at);
	*end = edit_line_end(f, call.at);
	return strspn(f->text + *start, " \t") == call.at - *start &&
	       strspn(f->text + call.past + 1, " \t\r\n") >= *end - call.past - 1;
}

static bool has_directive(const struct edit_file *f, size_t at, size_t end)
{
	for (; at < end; at = edit_line_end(f, at))
		if (f->text[at + strspn(f->text + at, " \t")] == '#')
			return true;
	return false;
}

static const char *new_call(
	const struct rewrite *w, const struct call_text *call, const struct statement_text *s)
{
	const struct finding_rewrite *p = w->plan;
	struct arena *arena = &w->e->arena;
	const char *indent = edit_indent(w->e, w->file, call->at);
	const char *step = strchr(indent, '\t') || !*indent ? "\t" : "    ";
	const char *text = arena_printf(arena, "%s(%.*s, &%s)", p->to,
		(int)(call->past - call->open - 2), w->file->text + call->open + 1, p->variable);
	const char *declared =
		s->kind == STATEMENT_DECLARE
			? arena_printf(arena, "%s%s%s;\n", indent, s->before, p->variable)
			: "";

	if (p->form == DB_FORM_OUT_CLEAR)
		return arena_printf(arena, "%s%sif (%s < 0)\n%s%sPyErr_Clear();", declared, indent,
			text, indent, step);
	if (p->form == DB_FORM_OUT_NONE)
		return arena_printf(arena, "%s%sif (%s == 0)\n%s%s%s = Py_NewRef(Py_None);",
			declared, indent, text, indent, step, p->variable);
	return arena_printf(arena, "%s%s%s;", declared, indent, text);
}

/* NULL: done; else why it is left. */
static const char *rewrite_call(const struct rewrite *w)
{
	const struct finding_rewrite *p = w->plan;
	struct statement_text s;
	struct call_text call;
	size_t own, own_end;

	if (!text_call(w->file, place(w, p->call_at), p->from, &call))
		return "the call is not written out there";
	text_statement(w->e, w->file, &call, &s);
	if ((s.kind != STATEMENT_ASSIGN && s.kind != STATEMENT_DECLARE) ||
		strcmp(s.variable, p->variable) != 0)
		return "the call stands inside an expression";
	if (!text_in_list(w->file, call.at))
		return "the call is all that a condition has, without braces";
	if (!own_statement(w, &own, &own_end))
		return "the own reference is not taken in a statement of its own";
	if (own < s.end || has_directive(w->file, s.start, own_end))
		return "directives of the preprocessor stand in between";
	if (!edit_is_free(w->file, s.start, s.end - s.start) ||
		!edit_is_free(w->file, own, own_end - own))
		return "another change is made there";
	if (p->form == DB_FORM_SAME)
		change(w, call.at, strlen(p->from), p->to);
	else
		change(w, s.start, s.end - s.start, new_call(w, &call, &s));
	change(w, own, own_end - own, "");
	return NULL;
}

/* ---- a field ---- */

static bool writes(const char *after)
{
	after += strspn(after, " \t\n");
	return strncmp(after, "++", 2) == 0 || strncmp(after, "--", 2) == 0 ||
	       (*after == '=' && after[1] != '=') ||
	       (*after && strchr("+-*/%&|^", *after) && after[1] == '=');
}

/* Where the object before `->` begins: names, `->` and `.` between them, or one pair of
 * parentheses around a cast. SIZE_MAX: not that simple. */
static size_t object_start(const struct edit_file *f, size_t at)
{
	size_t line = edit_line_start(f, at);
	int depth = 0;

	if (at > line && f->text[at - 1] == ')') {
		do {
			at--;
			depth += (f->text[at] == ')') - (f->text[at] == '(');
			if (strchr("\"'", f->text[at]))
				return SIZE_MAX;
		} while (at > line && depth);
		return depth || (at > line && (text_is_word(f->text[at - 1]) ||
						      strchr(")].>", f->text[at - 1])))
			       ? SIZE_MAX
			       : at;
	}
	for (size_t start = at;; at = start) {
		while (start > line && text_is_word(f->text[start - 1]))
			start--;
		if (start == at || isdigit((unsigned char)f->text[start]))
			return SIZE_MAX;
		if (start > line && f->text[start - 1] == '.')
			start--;
		else if (start > line + 1 && strncmp(f->text + start - 2, "->", 2) == 0)
			start -= 2;
		else
			return start > line && strchr(")]", f->text[start - 1]) ? SIZE_MAX : start;
	}
}

static const char *rewrite_field(const struct rewrite *w)
{
	const struct edit_file *f = w->file;
	size_t n = strlen(w->plan->from), at = place(w, w->plan->call_at), start;
	char before;

	if (at == SIZE_MAX || strncmp(f->text + at, w->plan->from, n) != 0 || at < 2 ||
		strncmp(f->text + at - 2, "->", 2) != 0)
		return "the field is not written out there behind '->'";
	start = object_start(f, at - 2);
	if (start == SIZE_MAX)
		return "where the object's expression begins is not certain";
	before = text_code_before(f, start);
	if (writes(f->text + at + n) || before == '&' || before == '+' || before == '-')
		return "the count is written, or its address taken";
	if (!change(w, start, at + n - start,
		    arena_printf(&w->e->arena, f->text[start] == '(' ? "%s%.*s" : "%s(%.*s)",
			    w->plan->to, (int)(at - 2 - start), f->text + start)))
		return "another change is made there";
	return NULL;
}

/* ---- all of them ---- */

/* What the facts kept of the file of AT: the lines of functions in which something can be
 * rewritten, each where it stands. */
static struct edit_file *kept_file(struct edits *e, const struct extension *ext, struct ext_loc at)
{
	const char *path = finding_path(ext, at);
	const struct facts_file *file = &ext->units.v[at.unit]->files.v[at.loc.file];
	struct edit_file *f = edits_known(e, path);
	struct buf text = BUF_INIT;
	uint32_t line = 1;

	if (f)
		return f;
	vec_foreach (const struct facts_line, kept, &file->lines) {
		for (; line < kept->line; line++)
			buf_char(&text, '\n');
		buf_str(&text, kept->text);
	}
	buf_char(&text, '\n');
	f = edits_add_text(e, path, NULL, buf_text(&text), text.len);
	buf_release(&text);
	return f;
}

/* NULL: F has its edits; else why not. */
static const char *rewrite(struct rewrite *w)
{
	if (!w->file)
		return "the file could not be read";
	return w->plan->form ? rewrite_call(w) : rewrite_field(w);
}

void fix_findings(struct edits *e, const struct extension *ext, struct findings *findings)
{
	vec_foreach (struct finding, f, &findings->v) {
		struct rewrite w = {e, NULL, f->rewrite, findings, f};
		const char *why = f->no_rewrite;

		if (f->suppressed || (!f->rewrite && !f->no_rewrite))
			continue;
		if (f->rewrite) {
			w.file = edits_file(e, finding_path(ext, f->rewrite->call_at));
			why = rewrite(&w);
		}
		if (why)
			diag_warning("%s:%u: %s left as it is: %s", finding_path(ext, f->at),
				(unsigned)f->at.loc.line, f->rule, why);
	}
}

void fix_note_edits(const struct extension *ext, struct findings *findings)
{
	struct edits e = {.root = NULL};

	vec_foreach (struct finding, f, &findings->v) {
		struct rewrite w = {&e, NULL, f->rewrite, findings, f};

		if (f->suppressed || !f->rewrite)
			continue;
		w.file = kept_file(&e, ext, f->rewrite->call_at);
		rewrite(&w);
	}
	edits_release(&e);
}
