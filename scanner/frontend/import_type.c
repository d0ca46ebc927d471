#include "frontend/import.h"

#include "base/buf.h"

#include <string.h>

bool import_is_function_type(CXType type)
{
	return clang_getResultType(type).kind != CXType_Invalid;
}

static bool is_array(CXType type)
{
	return type.kind == CXType_ConstantArray || type.kind == CXType_IncompleteArray;
}

static const char *spelled(struct import *im, CXType type, const char *inner)
{
	const char *name = import_text(im, clang_getTypeSpelling(type));
	bool glued = inner[0] == '\0' || inner[0] == ',' || inner[0] == ')';

	return arena_printf(im->arena, "%s%s%s", name, glued ? "" : " ", inner);
}

static const char *pointer(struct import *im, CXType type, const char *inner)
{
	CXType to = clang_getPointeeType(type);
	bool group = import_is_function_type(to) || is_array(to);
	const char *text = arena_printf(im->arena, "%s*%s%s%s%s%s", group ? "(" : "",
		clang_isConstQualifiedType(type) ? "const " : "",
		clang_isVolatileQualifiedType(type) ? "volatile " : "",
		clang_isRestrictQualifiedType(type) ? "__restrict " : "", inner, group ? ")" : "");

	return import_declare(im, to, text);
}

static const char *function(struct import *im, CXType type, const char *inner)
{
	struct buf text = BUF_INIT;
	int n = clang_getNumArgTypes(type);
	const char *out;

	buf_printf(&text, "%s(", inner);
	for (int i = 0; i < n; i++)
		buf_printf(&text, "%s%s", i ? ", " : "",
			import_declare(im, clang_getArgType(type, (unsigned)i), ""));
	if (clang_isFunctionTypeVariadic(type))
		buf_str(&text, n > 0 ? ", ..." : "");
	else if (n <= 0)
		buf_str(&text, "void");
	buf_char(&text, ')');
	out = import_declare(im, clang_getResultType(type), buf_text(&text));
	buf_release(&text);
	return out;
}

const char *import_declare(struct import *im, CXType type, const char *inner)
{
	CXType element;

	switch (type.kind) {
	case CXType_Pointer:
		return pointer(im, type, inner);
	case CXType_ConstantArray:
		element = clang_getArrayElementType(type);
		return import_declare(im, element,
			arena_printf(im->arena, "%s[%lld]", inner, clang_getArraySize(type)));
	case CXType_IncompleteArray:
		element = clang_getArrayElementType(type);
		return import_declare(im, element, arena_printf(im->arena, "%s[]", inner));
	case CXType_Typedef:
	case CXType_Elaborated:
		return spelled(im, type, inner);
	default:
		return import_is_function_type(type) ? function(im, type, inner)
						     : spelled(im, type, inner);
	}
}
