/* Reading C as text, as far as edits need it: they touch nothing that these are unsure of. */
#ifndef GC_FIX_TEXT_H
#define GC_FIX_TEXT_H

#include "fix/edit.h"

/* A call that stands at AT: name, white space, arguments in parentheses. */
struct call_text {
	size_t at;	   /* the name */
	size_t open, past; /* its parenthesis, and behind the matching one */
};

/* False where no call of NAME stands there. */
bool text_call(const struct edit_file *f, size_t at, const char *name, struct call_text *out);

/* The last byte of code before AT, white space and comments left out; 0: none. */
char text_code_before(const struct edit_file *f, size_t at);

/* The statement that the call is, from the start of its line to behind its semicolon:
 * `v = CALL;`, `PyObject *v = CALL;` or `return CALL;`, nothing but a comment behind it. */
enum statement { STATEMENT_OTHER, STATEMENT_ASSIGN, STATEMENT_DECLARE, STATEMENT_RETURN };

struct statement_text {
	enum statement kind;
	const char *variable; /* assigned or declared */
	const char *before;   /* of a declaration: what stands before the variable */
	size_t start, end;
};

void text_statement(struct edits *e, const struct edit_file *f, const struct call_text *call,
	struct statement_text *out);

/* Is the statement that begins on the line of AT one of a list of statements, not the only
 * one that an if or a loop without braces has? */
bool text_in_list(const struct edit_file *f, size_t at);

bool text_is_word(char c);

#endif
