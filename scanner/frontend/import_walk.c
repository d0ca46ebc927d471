#include "frontend/import.h"

#include <string.h>

static struct raw_item *add_item(
	struct import *im, enum raw_kind kind, const char *name, const char *header)
{
	struct raw_item *item = vec_add(im->arena, &im->out->items);

	item->kind = kind;
	item->name = name;
	item->header = header;
	return item;
}

/* libclang marks noreturn only in the spelling of the type. */
static bool is_noreturn(struct import *im, CXCursor function)
{
	const char *type = import_text(im, clang_getTypeSpelling(clang_getCursorType(function)));

	return strstr(type, "noreturn") != NULL;
}

static void add_function(struct import *im, CXCursor at, const char *name, const char *header)
{
	struct raw_item *item = add_item(im, RAW_FUNCTION, name, header);
	CXType type = clang_getCursorType(at);
	int n = clang_Cursor_getNumArguments(at);

	item->returns = import_declare(im, clang_getResultType(type), "");
	item->is_inline = clang_Cursor_getStorageClass(at) == CX_SC_Static;
	item->is_noreturn = is_noreturn(im, at);
	item->is_variadic = clang_isFunctionTypeVariadic(type) && n > 0;
	for (int i = 0; i < n; i++) {
		CXCursor param = clang_Cursor_getArgument(at, (unsigned)i);
		const char *text = import_text(im, clang_getCursorSpelling(param));

		vec_push(im->arena, &item->params,
			import_declare(im, clang_getCursorType(param), text));
		text = arena_printf(im->arena, IMPORT_ARG "%d", i);
		vec_push(im->arena, &item->args,
			import_declare(im, clang_getCursorType(param), text));
	}
}

static bool is_tagged_kind(CXCursor at)
{
	return at.kind == CXCursor_StructDecl || at.kind == CXCursor_UnionDecl ||
	       at.kind == CXCursor_EnumDecl;
}

/* "struct" and the like; the spelling of a record that only a typedef names lacks it. */
static bool has_tag(struct import *im, CXCursor record)
{
	const char *type = import_text(im, clang_getTypeSpelling(clang_getCursorType(record)));

	return strchr(type, ' ') && !strchr(type, '(');
}

/* The record or enum without a tag that TYPE, or the elements of the array that it
 * is, is made of. */
static bool find_anonymous(struct import *im, CXType type, CXCursor *record)
{
	while (type.kind == CXType_ConstantArray)
		type = clang_getArrayElementType(type);
	*record = clang_getTypeDeclaration(type);
	return is_tagged_kind(*record) && !has_tag(im, *record);
}

struct enum_walk {
	struct import *im;
	struct raw_item *out;
};

static enum CXChildVisitResult visit_enumerator(CXCursor at, CXCursor parent, CXClientData data)
{
	struct enum_walk *walk = data;
	struct raw_value *value;

	(void)parent;
	if (at.kind != CXCursor_EnumConstantDecl)
		return CXChildVisit_Continue;
	value = vec_add(walk->im->arena, &walk->out->values);
	value->name = import_text(walk->im, clang_getCursorSpelling(at));
	value->number = clang_getEnumConstantDeclValue(at);
	return CXChildVisit_Continue;
}

struct field_walk {
	struct import *im;
	struct raw_field *out; /* a record whose fields are being read */
};

static enum CXChildVisitResult visit_field(CXCursor at, CXCursor parent, CXClientData data);

static void read_record(struct import *im, CXCursor record, struct raw_field *out)
{
	struct field_walk walk = {im, out};

	out->record = record.kind == CXCursor_UnionDecl ? "union" : "struct";
	out->suffix = "";
	clang_visitChildren(record, visit_field, &walk);
}

static void add_tagged(
	struct import *im, CXCursor at, const char *name, const char *tag, const char *header);

static void add_field(struct import *im, CXCursor at, struct raw_field *record)
{
	struct raw_field *field = vec_add(im->arena, &record->fields);
	CXType type = clang_getCursorType(at);
	const char *name = import_text(im, clang_getCursorSpelling(at));
	int bits = clang_getFieldDeclBitWidth(at);
	CXCursor inner;

	if (find_anonymous(im, type, &inner) && inner.kind == CXCursor_EnumDecl) {
		add_tagged(im, inner, NULL, NULL, import_header(im, clang_getCursorLocation(at)));
		field->decl = arena_printf(im->arena, "int %s", name);
		return;
	}
	if (find_anonymous(im, type, &inner)) {
		read_record(im, inner, field);
		for (; type.kind == CXType_ConstantArray; type = clang_getArrayElementType(type))
			name = arena_printf(im->arena, "%s[%lld]", name, clang_getArraySize(type));
		field->suffix = name;
		return;
	}
	if (bits >= 0)
		name = arena_printf(im->arena, "%s : %d", name, bits);
	field->decl = import_declare(im, type, name);
}

static void read_enum(struct import *im, CXCursor at, struct raw_item *item)
{
	struct enum_walk walk = {im, item};

	item->shape = "enum";
	clang_visitChildren(at, visit_enumerator, &walk);
}

/* NAME: "struct TAG", or that of the typedef where there is no tag; NULL for an enum
 * that has neither. Records inside are added before it, so ITEM is copied in last. */
static void add_tagged(
	struct import *im, CXCursor at, const char *name, const char *tag, const char *header)
{
	struct raw_field record = {0};
	struct raw_item item = {0};

	if (at.kind == CXCursor_EnumDecl) {
		read_enum(im, at, &item);
		if (!name && item.values.n)
			name = arena_printf(im->arena, "enum of %s", item.values.v[0].name);
	} else {
		read_record(im, at, &record);
		item.shape = record.record;
		item.fields.v = record.fields.v;
		item.fields.n = record.fields.n;
		item.fields.cap = record.fields.cap;
	}
	item.kind = RAW_TYPE;
	item.name = name;
	item.header = header;
	item.tag = tag;
	if (name)
		vec_push(im->arena, &im->out->items, item);
}

/* Tags are a name space of their own: "struct _ts" and a typedef _ts may differ. */
static const char *tag_name(struct import *im, CXCursor at)
{
	return import_text(im, clang_getTypeSpelling(clang_getCursorType(at)));
}

static enum CXChildVisitResult visit_field(CXCursor at, CXCursor parent, CXClientData data)
{
	struct field_walk *walk = data;
	struct raw_field *field;

	(void)parent;
	if (at.kind == CXCursor_FieldDecl) {
		add_field(walk->im, at, walk->out);
	} else if (is_tagged_kind(at) && clang_isCursorDefinition(at) && has_tag(walk->im, at)) {
		/* C puts tags into the scope of the file */
		add_tagged(walk->im, at, tag_name(walk->im, at),
			import_text(walk->im, clang_getCursorSpelling(at)),
			import_header(walk->im, clang_getCursorLocation(at)));
	} else if (clang_Cursor_isAnonymousRecordDecl(at)) {
		field = vec_add(walk->im->arena, &walk->out->fields);
		read_record(walk->im, at, field);
	}
	return CXChildVisit_Continue;
}

static void add_typedef(struct import *im, CXCursor at, const char *name, const char *header)
{
	CXType type = clang_getTypedefDeclUnderlyingType(at);
	struct raw_item *item;
	CXCursor record;

	if (find_anonymous(im, type, &record)) {
		add_tagged(im, record, name, NULL, header);
		return;
	}
	item = add_item(im, RAW_TYPE, name, header);
	item->shape = "typedef";
	item->decl = import_declare(im, type, name);
}

static enum CXChildVisitResult visit_top(CXCursor at, CXCursor parent, CXClientData data)
{
	struct import *im = data;
	const char *header = import_header(im, clang_getCursorLocation(at));
	const char *name = header ? import_text(im, clang_getCursorSpelling(at)) : NULL;
	struct raw_item *item;

	(void)parent;
	/* private functions take types that are not imported */
	if (!header || (im->internal && at.kind == CXCursor_FunctionDecl))
		return CXChildVisit_Continue;
	switch (at.kind) {
	case CXCursor_FunctionDecl:
		add_function(im, at, name, header);
		break;
	case CXCursor_VarDecl:
		item = add_item(im, RAW_VARIABLE, name, header);
		item->decl = import_declare(im, clang_getCursorType(at), name);
		break;
	case CXCursor_TypedefDecl:
		add_typedef(im, at, name, header);
		break;
	case CXCursor_StructDecl:
	case CXCursor_UnionDecl:
	case CXCursor_EnumDecl:
		if (has_tag(im, at) && clang_isCursorDefinition(at))
			add_tagged(im, at, tag_name(im, at), name, header);
		else if (at.kind == CXCursor_EnumDecl && clang_Cursor_isAnonymous(at))
			add_tagged(im, at, NULL, NULL, header);
		break;
	default:
		break;
	}
	return CXChildVisit_Continue;
}

void import_declarations(struct import *im, CXTranslationUnit tu)
{
	clang_visitChildren(clang_getTranslationUnitCursor(tu), visit_top, im);
}
