#include "fix/text.h"

#include <ctype.h>
#include <string.h>

bool text_is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Behind the literal or comment that begins at AT, or AT where none does. */
static size_t skip_literal(const char *text, size_t at)
{
	char quote = text[at];
	const char *end;

	if (quote == '/' && text[at + 1] == '*') {
		end = strstr(text + at + 2, "*/");
		return end ? (size_t)(end - text) + 2 : strlen(text);
	}
	if (quote == '/' && text[at + 1] == '/')
		return at + strcspn(text + at, "\n");
	if (quote != '"' && quote != '\'')
		return at;
	for (at++; text[at] && text[at] != quote && text[at] != '\n'; at++)
		if (text[at] == '\\' && text[at + 1])
			at++;
	return text[at] == quote ? at + 1 : at;
}

/* Behind the parenthesis that matches the one at AT; 0: there is none. */
static size_t skip_parentheses(const char *text, size_t at)
{
	int depth = 0;

	while (text[at]) {
		size_t past = skip_literal(text, at);

		if (past != at) {
			at = past;
			continue;
		}
		if (text[at] == '#') /* a directive within the arguments */
			return 0;
		depth += (text[at] == '(') - (text[at] == ')');
		at++;
		if (depth == 0)
			return at;
	}
	return 0;
}

bool text_call(const struct edit_file *f, size_t at, const char *name, struct call_text *out)
{
	size_t n = strlen(name);

	if (at == SIZE_MAX || strncmp(f->text + at, name, n) != 0 || text_is_word(f->text[at + n]))
		return false;
	out->at = at;
	out->open = at + n + strspn(f->text + at + n, " \t\n");
	if (f->text[out->open] != '(')
		return false;
	out->past = skip_parentheses(f->text, out->open);
	return out->past != 0;
}

/* The start of a comment that ends the line up to END, or END. Only whole comments count. */
static size_t before_comment(const struct edit_file *f, size_t end)
{
	size_t at = edit_line_start(f, end);

	while (at < end) {
		size_t past = skip_literal(f->text, at);

		if (f->text[at] == '/' && past != at && past >= end)
			return at;
		at = past != at ? past : at + 1;
	}
	return end;
}

char text_code_before(const struct edit_file *f, size_t at)
{
	while (at > 0) {
		size_t code;

		if (isspace((unsigned char)f->text[at - 1])) {
			at--;
			continue;
		}
		if (at >= 2 && f->text[at - 1] == '/' && f->text[at - 2] == '*') {
			for (at -= 2; at > 0 && strncmp(f->text + at - 1, "/*", 2) != 0; at--)
				;
			at -= at > 0;
			continue;
		}
		code = before_comment(f, at);
		if (code == at)
			return f->text[at - 1];
		at = code;
	}
	return '\0';
}

bool text_in_list(const struct edit_file *f, size_t at)
{
	size_t line = edit_line_start(f, at);
	char c = text_code_before(f, line);

	return c == ';' || c == '{' || c == '}';
}

/* The name that ends before AT; its start in *START. */
static const char *word_before(struct edits *e, const struct edit_file *f, size_t at, size_t *start)
{
	while (at > 0 && (f->text[at - 1] == ' ' || f->text[at - 1] == '\t'))
		at--;
	*start = at;
	while (*start > 0 && text_is_word(f->text[*start - 1]))
		--*start;
	return arena_strndup(&e->arena, f->text + *start, at - *start);
}

static bool is_blank(const char *text, size_t n)
{
	return strspn(text, " \t") >= n;
}

/* `PyObject *`, `static PyObject *`: names and stars, nothing else. */
static bool is_type(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_is_word(text[i]) && !strchr(" \t*", text[i]))
			return false;
	return n > 0;
}

static void read_assignment(struct edits *e, const struct edit_file *f, size_t line, size_t equals,
	struct statement_text *out)
{
	size_t start, from = line + strspn(f->text + line, " \t");
	const char *variable = word_before(e, f, equals, &start);

	if (!*variable || start < from)
		return;
	out->variable = variable;
	if (start == from)
		out->kind = STATEMENT_ASSIGN;
	else if (f->text[start - 1] != '>' && f->text[start - 1] != '.' &&
		 is_type(f->text + from, start - from))
		out->kind = STATEMENT_DECLARE;
	out->before = arena_strndup(&e->arena, f->text + from, start - from);
}

/* Nothing but white space and comments from AT to the end of its line. */
static bool ends_line(const struct edit_file *f, size_t at)
{
	size_t end = edit_line_end(f, at);

	while (at < end) {
		size_t past = f->text[at] == '/' ? skip_literal(f->text, at) : at;

		if (past == at && !isspace((unsigned char)f->text[at]))
			return false;
		at = past == at ? at + 1 : past;
	}
	return at == end || f->text[at - 1] == '\n';
}

void text_statement(struct edits *e, const struct edit_file *f, const struct call_text *call,
	struct statement_text *out)
{
	size_t line = edit_line_start(f, call->at), at = call->at, start;
	size_t past = call->past + strspn(f->text + call->past, " \t");

	memset(out, 0, sizeof(*out));
	out->start = line;
	if (f->text[past] != ';')
		return;
	out->end = past + 1;
	if (!ends_line(f, past + 1))
		return;
	while (at > line && (f->text[at - 1] == ' ' || f->text[at - 1] == '\t'))
		at--;
	if (at > line + 1 && f->text[at - 1] == '=' && !strchr("=!<>+-*/%&|^", f->text[at - 2]))
		read_assignment(e, f, line, at - 1, out);
	else if (strcmp(word_before(e, f, at, &start), "return") == 0 &&
		 is_blank(f->text + line, start - line))
		out->kind = STATEMENT_RETURN;
}
