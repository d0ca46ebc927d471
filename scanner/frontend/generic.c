/* _Generic: which association the compiler chose. libclang shows all of them and does
 * not say, so the types are read from the text. */
#include "frontend/unit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Removes spaces that do not part words; "struct S *" and "struct S*" become equal. */
static char *squeeze(struct unit *u, const char *s, size_t n)
{
	char *out = arena_alloc(&u->scratch, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		bool parts = len && i + 1 < n &&
			     (isalnum((unsigned char)out[len - 1]) || out[len - 1] == '_');

		if (!isspace((unsigned char)s[i]))
			out[len++] = s[i];
		else if (parts && (isalnum((unsigned char)s[i + 1]) || s[i + 1] == '_'))
			out[len++] = ' ';
	}
	out[len] = '\0';
	return out;
}

/* The written type in front of an association: between it and what stands before. */
static const char *written_type(struct unit *u, CXCursor before, CXCursor association)
{
	CXFile fa, fb;
	unsigned begin, end;
	size_t size;
	const char *text, *comma;

	clang_getSpellingLocation(
		clang_getRangeEnd(clang_getCursorExtent(before)), &fa, NULL, NULL, &begin);
	clang_getSpellingLocation(
		clang_getRangeStart(clang_getCursorExtent(association)), &fb, NULL, NULL, &end);
	if (!fb)
		return "";
	text = file_text(u, fb, &size);
	if (end > size)
		return "";
	if (fa != fb || begin > end) { /* a macro's argument stands before: look backwards */
		begin = end;
		while (begin && text[begin - 1] != ',' && text[begin - 1] != ';' &&
			text[begin - 1] != '{')
			begin--;
	}
	while (end > begin && text[end - 1] != ':')
		end--;
	if (end == begin)
		return "";
	comma = memchr(text + begin, ',', end - begin);
	if (comma)
		begin = (unsigned)(comma + 1 - text);
	return squeeze(u, text + begin, end - 1 - begin);
}

static bool names_type(struct unit *u, CXType t, const char *written)
{
	const char *name = take_string(u, clang_getTypeSpelling(clang_getUnqualifiedType(t)));
	CXType canonical = clang_getUnqualifiedType(clang_getCanonicalType(t));

	if (strcmp(squeeze(u, name, strlen(name)), written) == 0)
		return true;
	name = take_string(u, clang_getTypeSpelling(canonical));
	return strcmp(squeeze(u, name, strlen(name)), written) == 0;
}

CXCursor generic_choice(struct unit *u, CXCursor e, struct kids k)
{
	CXCursor control = kid(u, k, 0), only = clang_getNullCursor(), fallback = only;
	CXType result = clang_getCanonicalType(clang_getCursorType(e));
	unsigned matching = 0;

	for (unsigned i = 1; i < k.n; i++) {
		CXCursor a = kid(u, k, i);
		const char *written;

		if (!is_expression(a))
			continue;
		written = written_type(u, kid(u, k, i - 1), a);
		if (names_type(u, clang_getCursorType(control), written))
			return a;
		if (strcmp(written, "default") == 0)
			fallback = a;
		if (clang_equalTypes(clang_getCanonicalType(clang_getCursorType(a)), result)) {
			only = a;
			matching++;
		}
	}
	return matching == 1 ? only : fallback;
}
