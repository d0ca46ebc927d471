/* What the parser complained about, as facts. */
#include "frontend/unit.h"

#include "frontend/words.h"

#include <stdlib.h>
#include <string.h>

uint32_t unit_unknown(
	struct unit *u, enum facts_unknown_kind kind, struct facts_loc loc, const char *detail)
{
	struct facts_unknown *k = vec_add(&u->facts->arena, &u->facts->unknowns);

	k->kind = kind;
	k->loc = loc;
	k->detail = intern(&u->facts->strings, detail);
	k->function = k->symbol = FACTS_NONE;
	return (uint32_t)u->facts->unknowns.n - 1;
}

/* "'x.h' file not found" -> "header 'x.h' not found" */
static const char *missing_header(struct unit *u, const char *text)
{
	const char *end;

	if (text[0] != '\'' || !(end = strstr(text, "' file not found")))
		return NULL;
	return arena_printf(
		&u->scratch, "header '%.*s' not found", (int)(end - text - 1), text + 1);
}

/* The field that an error is about where it is one that free-threaded builds do not have
 * and the database knows: "no member named 'ob_refcnt' in 'struct _object'". Nothing is
 * lost then, for that this configuration cannot compile it is what there is to say. */
static const char *missing_member(struct unit *u, const char *text)
{
	static const char start[] = "no member named '";
	const char *name, *end;

	if (strncmp(text, start, strlen(start)) != 0)
		return NULL;
	text += strlen(start);
	end = strchr(text, '\'');
	if (!end)
		return NULL;
	name = arena_strndup(&u->scratch, text, (size_t)(end - text));
	return words_get(u->options->words, name) & WORD_COUNT_FIELD ? name : NULL;
}

static void add_error(struct unit *u, CXDiagnostic d)
{
	CXString s = clang_getDiagnosticSpelling(d);
	const char *text = clang_getCString(s), *header, *member;
	CXSourceLocation at = clang_getDiagnosticLocation(d);
	CXFile file;
	unsigned line, column, offset;
	struct facts_loc loc;

	clang_getExpansionLocation(at, &file, &line, &column, &offset);
	loc = (struct facts_loc){unit_file(u, file, at), file ? line : 0, file ? column : 0};
	header = missing_header(u, text ? text : "");
	member = missing_member(u, text ? text : "");
	if (header) {
		unit_unknown(u, UNKNOWN_HEADER, loc, header);
	} else {
		struct error_at e = {.file = loc.file, .offset = offset};

		e.unknown = member ? unit_unknown(u, UNKNOWN_MEMBER, loc, member)
				   : unit_unknown(u, UNKNOWN_ERROR, loc, text ? text : "");
		vec_push(&u->scratch, &u->repairs.v, e);
		if (!member)
			vec_push(&u->scratch, &u->errors.v, e);
	}
	clang_disposeString(s);
}

static int compare_errors(const void *a, const void *b)
{
	const struct error_at *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

void unit_read_diagnostics(struct unit *u)
{
	unsigned n = clang_getNumDiagnostics(u->tu);

	for (unsigned i = 0; i < n; i++) {
		CXDiagnostic d = clang_getDiagnostic(u->tu, i);

		if (clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error)
			add_error(u, d);
		clang_disposeDiagnostic(d);
	}
	vec_sort(&u->errors.v, compare_errors);
	vec_sort(&u->repairs.v, compare_errors);
	u->repaired = u->repairs.v.n > 0;
}

void unit_errors_in(struct unit *u, const struct error_list *errors, CXSourceRange range,
	size_t *first, size_t *end)
{
	const struct error_at *v = errors->v.v;
	uint32_t file;
	unsigned from, to;
	size_t i = 0, n = errors->v.n;

	*first = *end = 0;
	if (!n || !unit_extent(u, range, &file, &from, &to))
		return;
	while (i < n && (v[i].file < file || (v[i].file == file && v[i].offset < from)))
		i++;
	*first = i;
	while (i < n && v[i].file == file && v[i].offset <= to)
		i++;
	*end = i;
}
