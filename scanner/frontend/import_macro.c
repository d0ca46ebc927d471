/*
 * Macros have neither types nor values of their own, so each is tried out: a second
 * unit uses every macro in one line of its own, and a line without a diagnostic tells
 * what the macro is. Bodies are looked at only for what kind of text they are.
 */
#include "frontend/import.h"

#include "base/buf.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TRIED_PARAMS 5
#define PROBE_FILE	 "probe.c"

struct macro {
	struct raw_item item;
	bool function_like;
	bool empty;
	bool statement;	   /* the body cannot be an expression */
	const char *alias; /* the body is this one identifier */
};

struct probe {
	size_t macro; /* index */
	enum { PROBE_VALUE, PROBE_TYPE, PROBE_CALL, PROBE_LVALUE } what;
	const char *const *args; /* of a call: one type a parameter */
	bool declared;		 /* ARGS are declarations of gc_a0, gc_a1 ... */
	bool failed;
	const char *type; /* of the expression, NULL: not seen */
	bool is_function; /* the expression names a function */
};

struct macros {
	struct import *im;
	CXTranslationUnit tu;
	VEC(struct macro) all;
	VEC(struct probe) probes;
	struct map functions; /* name -> index + 1 of the item that declares it */
};

/* Types that are tried for a parameter; what each is called in a probe. */
static const char *const tried_types[] = {
	"PyObject *", "Py_ssize_t", "PyTypeObject *", "const char *", "void *"};
#define NTRIED (sizeof(tried_types) / sizeof(tried_types[0]))

static const char *token_text(struct macros *m, CXToken token)
{
	return import_text(m->im, clang_getTokenSpelling(m->tu, token));
}

/* Reads "(a, b, ...)" from token I, which is the "("; returns the index after ")". */
static unsigned read_params(
	struct macros *m, const CXToken *tokens, unsigned n, unsigned i, struct macro *out)
{
	for (i++; i < n; i++) {
		const char *text = token_text(m, tokens[i]);

		if (strcmp(text, ")") == 0)
			return i + 1;
		if (strcmp(text, "...") == 0)
			out->item.is_variadic = true;
		else if (strcmp(text, ",") != 0)
			vec_push(m->im->arena, &out->item.params, text);
	}
	return n;
}

/* Braces, semicolons at the outer level and unbalanced text are no expressions. */
static bool is_statement(struct macros *m, const CXToken *tokens, unsigned from, unsigned n)
{
	int depth = 0;

	for (unsigned i = from; i < n; i++) {
		const char *text = token_text(m, tokens[i]);

		if (text[1] != '\0')
			continue;
		if (*text == '(')
			depth++;
		if (*text == ')' && depth-- == 0)
			return true;
		if (depth == 0 && strchr("{};", *text))
			return true;
	}
	return depth != 0;
}

static void read_macro(struct macros *m, CXCursor at, const char *header)
{
	struct macro *macro = vec_add(m->im->arena, &m->all);
	CXToken *tokens = NULL;
	unsigned n = 0, body = 1;

	macro->item.kind = RAW_MACRO;
	macro->item.name = import_text(m->im, clang_getCursorSpelling(at));
	macro->item.header = header;
	macro->function_like = clang_Cursor_isMacroFunctionLike(at) != 0;
	clang_tokenize(m->tu, clang_getCursorExtent(at), &tokens, &n);
	if (macro->function_like && n > 1)
		body = read_params(m, tokens, n, 1, macro);
	macro->empty = body >= n;
	macro->statement = is_statement(m, tokens, body, n);
	if (n == body + 1 && clang_getTokenKind(tokens[body]) == CXToken_Identifier)
		macro->alias = token_text(m, tokens[body]);
	clang_disposeTokens(m->tu, tokens, n);
}

static enum CXChildVisitResult visit_macro(CXCursor at, CXCursor parent, CXClientData data)
{
	struct macros *m = data;
	const char *header;

	(void)parent;
	if (at.kind != CXCursor_MacroDefinition)
		return CXChildVisit_Continue;
	header = import_header(m->im, clang_getCursorLocation(at));
	if (header)
		read_macro(m, at, header);
	return CXChildVisit_Continue;
}

static struct probe *add_probe(struct macros *m, size_t macro, int what, const char *const *args)
{
	struct probe *probe = vec_add(m->im->arena, &m->probes);

	probe->macro = macro;
	probe->what = what;
	probe->args = args;
	return probe;
}

/* Every combination of the tried types, the most usual ones first. With many
 * parameters only the first few types are tried. */
static void add_combinations(struct macros *m, size_t macro, size_t nparams)
{
	static const size_t choices[MAX_TRIED_PARAMS + 1] = {1, NTRIED, NTRIED, 4, 4, 2};
	size_t base = choices[nparams], total = 1;
	const char **args;

	for (size_t i = 0; i < nparams; i++)
		total *= base;
	for (size_t k = 0; k < total; k++) {
		size_t rest = k;

		args = arena_alloc(m->im->arena, (nparams + 1) * sizeof(*args));
		for (size_t i = nparams; i-- > 0; rest /= base)
			args[i] = tried_types[rest % base];
		add_probe(m, macro, PROBE_CALL, args);
	}
}

/* A macro that only casts for a function of the same name takes what that takes. */
static void add_as_function(struct macros *m, size_t macro)
{
	const struct raw_item *item = &m->all.v[macro].item;
	const uintptr_t *at = map_get(&m->functions, item->name);
	const struct raw_item *function = at ? &m->im->out->items.v[*at] : NULL;

	if (!function || function->is_variadic || function->params.n != item->params.n)
		return;
	add_probe(m, macro, PROBE_CALL, function->args.v)->declared = true;
}

static void add_probes(struct macros *m)
{
	for (size_t i = 0; i < m->all.n; i++) {
		const struct macro *macro = &m->all.v[i];

		if (macro->empty || macro->statement || macro->item.is_variadic)
			continue;
		if (!macro->function_like) {
			add_probe(m, i, PROBE_VALUE, NULL);
			add_probe(m, i, PROBE_TYPE, NULL);
		} else if (macro->item.params.n <= MAX_TRIED_PARAMS) {
			add_as_function(m, i);
			add_combinations(m, i, macro->item.params.n);
		} else {
			add_as_function(m, i);
		}
	}
}

/* One line, one probe: the line of a diagnostic names the probe that failed. */
static void put_call(struct buf *out, const struct macro *macro, const struct probe *probe)
{
	size_t n = macro->item.params.n;

	for (size_t i = 0; probe->declared && i < n; i++)
		buf_printf(out, "%s%s", i ? ", " : "", probe->args[i]);
	buf_printf(out, "%s) { %s%s(", probe->declared && n ? "" : "void",
		probe->what == PROBE_LVALUE ? "(void)&(" : "(", macro->item.name);
	for (size_t i = 0; i < n; i++) {
		buf_str(out, i ? ", " : "");
		if (probe->declared)
			buf_printf(out, IMPORT_ARG "%zu", i);
		else
			buf_printf(out, "*(%s *)gc_any", probe->args[i]);
	}
	buf_str(out, ")); }\n");
}

/* A probe whose macro is undefined again at the end of the headers must fail. */
static void put_probe(struct buf *out, const struct macros *m, size_t k)
{
	const struct probe *probe = &m->probes.v[k];
	const struct macro *macro = &m->all.v[probe->macro];

	switch (probe->what) {
	case PROBE_VALUE:
		buf_printf(out, "static const __auto_type gc_p%zu = (%s);\n", k, macro->item.name);
		break;
	case PROBE_TYPE:
		buf_printf(out, "typedef %s gc_p%zu;\n", macro->item.name, k);
		break;
	case PROBE_CALL:
	case PROBE_LVALUE:
		buf_printf(out, "static void gc_p%zu(", k);
		put_call(out, macro, probe);
		break;
	}
}

static enum CXChildVisitResult visit_expression(CXCursor at, CXCursor parent, CXClientData data)
{
	CXCursor *found = data;

	(void)parent;
	*found = at;
	return clang_isExpression(at.kind) && at.kind != CXCursor_ParenExpr ? CXChildVisit_Break
									    : CXChildVisit_Recurse;
}

/* 3.15's Py_TYPE and the like are _Generic or a conditional: the outermost
 * expression has the type, whatever is inside. */
static void read_call(struct macros *m, CXCursor at, struct probe *probe)
{
	CXCursor body = clang_getNullCursor();

	clang_visitChildren(at, visit_expression, &body);
	if (!clang_Cursor_isNull(body) && clang_isExpression(body.kind))
		probe->type = import_declare(m->im, clang_getCursorType(body), "");
}

/* A string that became a pointer is not evaluated: look for the literal itself. */
static enum CXChildVisitResult visit_literal(CXCursor at, CXCursor parent, CXClientData data)
{
	CXCursor *found = data;

	(void)parent;
	if (at.kind == CXCursor_StringLiteral)
		*found = at;
	return at.kind == CXCursor_ParenExpr || at.kind == CXCursor_UnexposedExpr
		       ? CXChildVisit_Recurse
		       : CXChildVisit_Break;
}

static void read_value(struct macros *m, CXCursor at, struct probe *probe)
{
	struct raw_item *item = &m->all.v[probe->macro].item;
	CXType type = clang_getCanonicalType(clang_getCursorType(at));
	CXCursor literal = clang_getNullCursor();
	CXEvalResult value;

	probe->type = import_declare(m->im, type, "");
	clang_visitChildren(at, visit_literal, &literal);
	if (!clang_Cursor_isNull(literal)) {
		item->shape = "string";
		item->text = import_text(m->im, clang_getCursorSpelling(literal));
		return;
	}
	value = clang_Cursor_Evaluate(at);
	if (!value)
		return;
	switch (clang_EvalResult_getKind(value)) {
	case CXEval_Int:
		item->shape = "integer";
		item->value.number = clang_EvalResult_getAsLongLong(value);
		item->value.is_unsigned = clang_EvalResult_isUnsignedInt(value) != 0;
		break;
	case CXEval_Float:
		item->shape = "real";
		item->text =
			arena_printf(m->im->arena, "%.17g", clang_EvalResult_getAsDouble(value));
		break;
	default:
		break;
	}
	clang_EvalResult_dispose(value);
}

static enum CXChildVisitResult visit_probe(CXCursor at, CXCursor parent, CXClientData data)
{
	struct macros *m = data;
	const char *name = import_text(m->im, clang_getCursorSpelling(at));
	struct probe *probe;
	char *end;
	size_t k;

	(void)parent;
	if (strncmp(name, "gc_p", 4) != 0)
		return CXChildVisit_Continue;
	k = strtoul(name + 4, &end, 10);
	if (*end || k >= m->probes.n || m->probes.v[k].failed)
		return CXChildVisit_Continue;
	probe = &m->probes.v[k];
	if (probe->what == PROBE_CALL || probe->what == PROBE_LVALUE)
		read_call(m, at, probe);
	else if (probe->what == PROBE_VALUE)
		read_value(m, at, probe);
	else
		probe->type = import_declare(m->im, clang_getTypedefDeclUnderlyingType(at), "");
	return CXChildVisit_Continue;
}

/* Marks the probes that a diagnostic names; FIRST is the line of probe FROM. */
static void note_failures(struct macros *m, CXTranslationUnit tu, size_t from, unsigned first)
{
	unsigned n = clang_getNumDiagnostics(tu);
	CXFile probes = clang_getFile(tu, PROBE_FILE), file;

	for (unsigned i = 0; i < n; i++) {
		CXDiagnostic diagnostic = clang_getDiagnostic(tu, i);
		CXSourceLocation at = clang_getDiagnosticLocation(diagnostic);
		unsigned line;

		clang_getExpansionLocation(at, &file, &line, NULL, NULL);
		if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error &&
			clang_File_isEqual(file, probes) && line >= first &&
			line - first < m->probes.n - from)
			m->probes.v[from + line - first].failed = true;
		clang_disposeDiagnostic(diagnostic);
	}
}

/* Tries the probes from FROM on. Those whose expression cannot be seen fail too. */
static void run_probes(struct macros *m, size_t from)
{
	struct buf text = BUF_INIT;
	CXTranslationUnit tu;
	unsigned first = 1;

	buf_printf(&text, "%s\nextern void *gc_any;\n", m->im->includes);
	for (size_t i = 0; i < text.len; i++)
		first += text.text[i] == '\n';
	for (size_t k = from; k < m->probes.n; k++)
		put_probe(&text, m, k);
	tu = import_parse(m->im, PROBE_FILE, text.text, 0);
	if (tu) {
		note_failures(m, tu, from, first);
		clang_visitChildren(clang_getTranslationUnitCursor(tu), visit_probe, m);
		clang_disposeTranslationUnit(tu);
	}
	for (size_t k = from; k < m->probes.n; k++)
		if (!m->probes.v[k].type)
			m->probes.v[k].failed = true;
	buf_release(&text);
}

/* ARG without the name of the parameter: its type. */
static const char *bare_type(struct import *im, const char *arg)
{
	const char *name = strstr(arg, IMPORT_ARG);
	size_t before;

	if (!name)
		return arg;
	before = (size_t)(name - arg);
	name += strlen(IMPORT_ARG);
	name += strspn(name, "0123456789");
	while (before && arg[before - 1] == ' ')
		before--;
	return arena_printf(im->arena, "%.*s%s", (int)before, arg, name);
}

/* The first way to call that worked is what the macro is; when another way gives
 * another type, the macro follows its arguments. */
static void settle_call(struct macros *m, const struct probe *probe)
{
	struct raw_item *item = &m->all.v[probe->macro].item;

	if (item->shape) {
		if (!probe->declared && strcmp(item->returns, probe->type) != 0)
			item->is_generic = true;
		return;
	}
	item->shape = "value";
	item->returns = probe->type;
	for (size_t i = 0; i < item->params.n; i++)
		vec_push(m->im->arena, &item->args, bare_type(m->im, probe->args[i]));
}

static void settle_object(struct macros *m, const struct probe *probe)
{
	struct raw_item *item = &m->all.v[probe->macro].item;

	if (probe->what == PROBE_TYPE) {
		item->kind = RAW_TYPE;
		item->shape = "type-macro";
		item->decl = probe->type;
	} else if (item->shape) {
		item->kind = RAW_CONSTANT;
		item->decl = strcmp(item->shape, "integer") == 0 && strcmp(probe->type, "const int")
				     ? probe->type
				     : NULL;
	} else {
		item->shape = "object";
		item->returns = probe->type;
	}
}

static void settle(struct macros *m, size_t nfirst)
{
	for (size_t k = 0; k < nfirst; k++) {
		const struct probe *probe = &m->probes.v[k];

		if (probe->failed)
			continue;
		if (probe->what == PROBE_CALL)
			settle_call(m, probe);
		else
			settle_object(m, probe);
	}
	for (size_t k = nfirst; k < m->probes.n; k++)
		if (!m->probes.v[k].failed)
			m->all.v[m->probes.v[k].macro].item.is_lvalue = true;
}

/* A second round, with the arguments that the first one found. */
static void add_lvalue_probes(struct macros *m, size_t nfirst)
{
	struct map done;

	map_init(&done, m->im->arena);
	for (size_t k = 0; k < nfirst; k++) {
		const struct probe *probe = &m->probes.v[k];
		struct probe copy = *probe;
		bool added;

		if (probe->failed || probe->what != PROBE_CALL)
			continue;
		map_put(&done, m->all.v[probe->macro].item.name, &added);
		if (!added)
			continue;
		copy.what = PROBE_LVALUE;
		copy.type = NULL;
		vec_push(m->im->arena, &m->probes, copy);
	}
}

static void store(struct macros *m)
{
	vec_foreach (struct macro, macro, &m->all) {
		if (macro->alias && macro->item.kind == RAW_MACRO) {
			macro->item.shape = "alias";
			macro->item.text = macro->alias;
		} else if (!macro->item.shape) {
			macro->item.shape = macro->empty ? "empty" : "statement";
		}
		vec_push(m->im->arena, &m->im->out->items, macro->item);
	}
}

void import_macros(struct import *im, CXTranslationUnit tu)
{
	struct macros m = {.im = im, .tu = tu};
	size_t nfirst;

	map_init(&m.functions, im->arena);
	for (size_t i = 0; i < im->out->items.n; i++)
		if (im->out->items.v[i].kind == RAW_FUNCTION)
			*map_put(&m.functions, im->out->items.v[i].name, NULL) = i;
	clang_visitChildren(clang_getTranslationUnitCursor(tu), visit_macro, &m);
	add_probes(&m);
	nfirst = m.probes.n;
	run_probes(&m, 0);
	add_lvalue_probes(&m, nfirst);
	run_probes(&m, nfirst);
	settle(&m, nfirst);
	store(&m);
}
