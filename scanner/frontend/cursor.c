/* Children, wrappers and constants: small questions about cursors. */
#include "frontend/unit.h"

#include <string.h>

static size_t ptrmap_at(const struct ptrmap *m, const void *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(h >> 20) & (m->cap - 1);

	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

uint32_t *ptrmap_get(const struct ptrmap *m, const void *key)
{
	size_t i;

	if (!m->n || !key)
		return NULL;
	i = ptrmap_at(m, key);
	return m->slots[i].key ? &m->slots[i].value : NULL;
}

void ptrmap_put(struct arena *a, struct ptrmap *m, const void *key, uint32_t value)
{
	size_t i;

	if (!key)
		return;
	if ((m->n + 1) * 3 > m->cap * 2) {
		struct ptrmap old = *m;

		m->cap = old.cap ? old.cap * 2 : 32;
		m->slots = arena_alloc(a, m->cap * sizeof(*m->slots));
		for (i = 0; i < old.cap; i++)
			if (old.slots[i].key)
				m->slots[ptrmap_at(m, old.slots[i].key)] = old.slots[i];
	}
	i = ptrmap_at(m, key);
	m->n += !m->slots[i].key;
	m->slots[i] = (struct ptrmap_slot){key, value};
}

static enum CXChildVisitResult collect(CXCursor c, CXCursor parent, CXClientData data)
{
	struct unit *u = data;

	(void)parent;
	vec_push(&u->scratch, &u->stack, c);
	return CXChildVisit_Continue;
}

static struct kid_memo *memo_of(struct unit *u, CXCursor c)
{
	uintptr_t key = (uintptr_t)c.data[1];

	if (!u->kid_memos)
		u->kid_memos = arena_alloc(&u->scratch, KID_MEMOS * sizeof(*u->kid_memos));
	return &u->kid_memos[(key >> 4 ^ key >> 12) % KID_MEMOS];
}

/* The same expression is asked for its children by whoever strips, judges and lowers it. */
struct kids kids_get(struct unit *u, CXCursor c)
{
	struct kids k = {u->stack.n, 0};
	struct kid_memo *memo = is_expression(c) ? memo_of(u, c) : NULL;

	if (memo && memo->parent[0] == c.data[0] && memo->parent[1] == c.data[1] && c.data[1]) {
		for (; k.n < memo->n; k.n++)
			vec_push(&u->scratch, &u->stack, memo->v[k.n]);
		return k;
	}
	clang_visitChildren(c, collect, u);
	k.n = (unsigned)(u->stack.n - k.base);
	if (memo && k.n <= sizeof(memo->v) / sizeof(*memo->v)) {
		memo->parent[0] = c.data[0];
		memo->parent[1] = c.data[1];
		memo->n = k.n;
		for (unsigned i = 0; i < k.n; i++)
			memo->v[i] = kid(u, k, i);
	}
	return k;
}

CXCursor kid(const struct unit *u, struct kids k, unsigned i)
{
	return i < k.n ? u->stack.v[k.base + i] : clang_getNullCursor();
}

void kids_drop(struct unit *u, struct kids k)
{
	u->stack.n = k.base;
}

bool is_expression(CXCursor c)
{
	return c.kind >= CXCursor_FirstExpr && c.kind < CXCursor_FirstStmt;
}

bool is_statement(CXCursor c)
{
	return c.kind >= CXCursor_FirstStmt && c.kind < CXCursor_TranslationUnit;
}

CXCursor first_expression(struct unit *u, CXCursor c)
{
	struct kids k = kids_get(u, c);
	CXCursor found = clang_getNullCursor();

	for (unsigned i = 0; i < k.n; i++)
		if (is_expression(kid(u, k, i)) || kid(u, k, i).kind == CXCursor_OverloadedDeclRef)
			found = kid(u, k, i);
	kids_drop(u, k);
	return found;
}

/* Without errors and templates, what surrounds one expression and starts as it does is a
 * conversion; in C, so is what does not start with a word of the compiler's own. */
static bool starts_as_conversion(struct unit *u, CXCursor outer, CXCursor inner)
{
	CXSourceLocation at = clang_getCursorLocation(outer);
	char c;

	if (u->repaired)
		return false;
	if (at.int_data == clang_getCursorLocation(inner).int_data)
		return true;
	c = u->cxx ? '\0' : unit_char(u, at);
	return c && c != '_' && !type_is_vector(clang_getCursorType(inner));
}

bool is_wrapper(struct unit *u, CXCursor outer, CXCursor inner)
{
	return starts_as_conversion(u, outer, inner) ||
	       clang_equalRanges(clang_getCursorExtent(outer), clang_getCursorExtent(inner)) != 0;
}

CXCursor strip(struct unit *u, CXCursor c)
{
	while (c.kind == CXCursor_ParenExpr || c.kind == CXCursor_UnexposedExpr) {
		struct kids k = kids_get(u, c);
		CXCursor inner = kid(u, k, 0);
		unsigned n = k.n;

		kids_drop(u, k);
		if (n != 1 || !is_expression(inner))
			break;
		if (c.kind == CXCursor_UnexposedExpr && !is_wrapper(u, c, inner))
			break;
		c = inner;
	}
	return c;
}

static bool is_cast(CXCursor c)
{
	return c.kind == CXCursor_CStyleCastExpr ||
	       (c.kind >= CXCursor_CXXStaticCastExpr && c.kind <= CXCursor_CXXFunctionalCastExpr);
}

CXCursor strip_casts(struct unit *u, CXCursor c)
{
	for (;;) {
		CXCursor inner;

		c = strip(u, c);
		if (!is_cast(c))
			return c;
		inner = first_expression(u, c);
		if (is_null(inner))
			return c;
		c = inner;
	}
}

bool constant_value(CXCursor c, int64_t *value)
{
	CXEvalResult r = clang_Cursor_Evaluate(c);
	bool ok = r && clang_EvalResult_getKind(r) == CXEval_Int;

	if (ok)
		*value = clang_EvalResult_isUnsignedInt(r)
				 ? (int64_t)clang_EvalResult_getAsUnsigned(r)
				 : (int64_t)clang_EvalResult_getAsLongLong(r);
	if (r)
		clang_EvalResult_dispose(r);
	return ok;
}

bool is_literal_zero(struct unit *u, CXCursor c)
{
	int64_t v;

	c = strip_casts(u, c);
	if (c.kind == CXCursor_CXXNullPtrLiteralExpr || c.kind == CXCursor_GNUNullExpr)
		return true;
	return c.kind == CXCursor_IntegerLiteral && constant_value(c, &v) && v == 0;
}

static unsigned hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
	       : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
	       : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
				      : 16;
}

static void add_utf8(struct buf *b, unsigned c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xc0 | c >> 6));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else {
		if (c >= 0x10000) {
			buf_char(b, (char)(0xf0 | (c >> 18 & 7)));
			buf_char(b, (char)(0x80 | (c >> 12 & 0x3f)));
		} else {
			buf_char(b, (char)(0xe0 | c >> 12));
		}
		buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (c & 0x3f)));
	}
}

static const char *add_number(struct buf *b, const char *p, unsigned base, unsigned digits)
{
	unsigned v = 0, d, n = 0;

	while (n < digits && (d = hex_digit(*p)) < base) {
		v = v * base + d;
		p++, n++;
	}
	if (digits == 4 || (digits == 8 && base == 16 && n == 8))
		add_utf8(b, v);
	else
		buf_char(b, (char)v);
	return p;
}

/* One escape sequence behind its backslash. */
static const char *add_escape(struct buf *b, const char *p)
{
	static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
	const char *simple;

	if (*p >= '0' && *p <= '7')
		return add_number(b, p, 8, 3);
	if (*p == 'x')
		return add_number(b, p + 1, 16, 2);
	if (*p == 'u')
		return add_number(b, p + 1, 16, 4);
	if (*p == 'U')
		return add_number(b, p + 1, 16, 8);
	simple = strchr(from, *p);
	buf_char(b, simple && *p ? to[simple - from] : *p);
	return *p ? p + 1 : p;
}

/* __FILE__ names the place where the tree lies: that is not for reports. */
static const char *without_directory(struct unit *u, const char *path)
{
	for (size_t i = 0; i < u->sources.n; i++)
		if (strcmp(u->sources.v[i].open, path) == 0)
			return u->facts->files.v[i].path;
	return path;
}

const char *string_value(struct unit *u, CXCursor c)
{
	struct buf b = BUF_INIT;
	const char *p, *kept;
	size_t n;

	p = unit_quoted(u, clang_getCursorLocation(c), &n);
	if (p && n && *p != '/')
		return intern_n(&u->facts->strings, p, n);
	p = strchr(take_string(u, clang_getCursorSpelling(c)), '"');
	if (!p)
		return "";
	for (p++; *p && *p != '"';) {
		if (*p == '\\')
			p = add_escape(&b, p + 1);
		else
			buf_char(&b, *p++);
	}
	kept = intern(&u->facts->strings, buf_text(&b)); /* up to the first NUL */
	if (*kept == '/')
		kept = without_directory(u, kept);
	buf_release(&b);
	return kept;
}

const void *cursor_key(CXCursor c)
{
	return clang_getCanonicalCursor(c).data[0];
}

const char *take_string(struct unit *u, CXString s)
{
	const char *text = clang_getCString(s);
	const char *kept = intern(&u->facts->strings, text ? text : "");

	clang_disposeString(s);
	return kept;
}
