/* Types and records: made when something refers to them, each once. */
#include "frontend/unit.h"

#include "base/path.h"

#include <string.h>

static enum facts_type_kind kind_of(enum CXTypeKind k)
{
	switch (k) {
	case CXType_Void:
		return TYPE_VOID;
	case CXType_Bool:
		return TYPE_BOOL;
	case CXType_Pointer:
	case CXType_BlockPointer:
	case CXType_MemberPointer:
	case CXType_NullPtr:
		return TYPE_POINTER;
	case CXType_LValueReference:
	case CXType_RValueReference:
		return TYPE_REFERENCE;
	case CXType_Record:
		return TYPE_RECORD;
	case CXType_Enum:
		return TYPE_ENUM;
	case CXType_FunctionProto:
	case CXType_FunctionNoProto:
		return TYPE_FUNCTION;
	case CXType_ConstantArray:
	case CXType_IncompleteArray:
	case CXType_VariableArray:
	case CXType_DependentSizedArray:
		return TYPE_ARRAY;
	case CXType_Half:
	case CXType_Float:
	case CXType_Double:
	case CXType_LongDouble:
	case CXType_Float128:
	case CXType_Float16:
	case CXType_BFloat16:
		return TYPE_FLOAT;
	default:
		return k >= CXType_Char_U && k <= CXType_Int128 ? TYPE_INT : TYPE_OTHER;
	}
}

/* "struct (unnamed at /home/me/x.c:3:1)": the place stays, the path goes. */
const char *type_name(struct unit *u, CXType t)
{
	const char *name = take_string(u, clang_getTypeSpelling(t)), *at;

	if (strstr(name, "typeof")) /* an expression tells nobody what it is */
		name = take_string(u, clang_getTypeSpelling(clang_getCanonicalType(t)));

	while ((at = strstr(name, " at "))) {
		const char *colon = strpbrk(at, ":)"), *close = strchr(at, ')');

		if (!close)
			break;
		for (const char *p = at; p < close; p++) /* the last two colons end the path */
			if (*p == ':' && strcspn(p + 1, ":)") == strspn(p + 1, "0123456789") &&
				p[1 + strcspn(p + 1, ":)")] == ':') {
				colon = p;
				break;
			}
		name = arena_printf(&u->scratch, "%.*s%s", (int)(at - name), name, colon);
	}
	return intern(&u->facts->strings, name);
}

/* Kinds that no name stands for. */
static bool is_plain(enum CXTypeKind k)
{
	return k == CXType_Pointer || k == CXType_Record || k == CXType_Enum ||
	       k == CXType_ConstantArray || k == CXType_IncompleteArray ||
	       k == CXType_FunctionProto || (k >= CXType_Void && k <= CXType_NullPtr);
}

enum facts_type_kind type_kind(CXType t)
{
	if (is_plain(t.kind))
		return kind_of(t.kind);
	t = clang_getCanonicalType(t);
	if (t.kind == CXType_Atomic)
		t = clang_getCanonicalType(clang_Type_getValueType(t));
	return kind_of(t.kind);
}

bool type_is_record(CXType t)
{
	return type_kind(t) == TYPE_RECORD;
}

bool type_is_array(CXType t)
{
	return type_kind(t) == TYPE_ARRAY;
}

bool type_is_pointer(CXType t)
{
	return type_kind(t) == TYPE_POINTER;
}

bool type_is_reference(CXType t)
{
	return type_kind(t) == TYPE_REFERENCE;
}

bool type_is_vector(CXType t)
{
	enum CXTypeKind k = is_plain(t.kind) ? t.kind : clang_getCanonicalType(t).kind;

	return k == CXType_Vector || k == CXType_ExtVector;
}

CXCursor type_decl(CXType t)
{
	t = clang_getCanonicalType(t);
	while (t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray ||
		t.kind == CXType_VariableArray)
		t = clang_getCanonicalType(clang_getArrayElementType(t));
	return clang_getTypeDeclaration(t);
}

/* A class whose objects need more than storage. */
bool type_is_class(CXType t)
{
	CXType c = clang_getCanonicalType(t);

	while (c.kind == CXType_ConstantArray)
		c = clang_getCanonicalType(clang_getArrayElementType(c));
	return c.kind == CXType_Record && !clang_isPODType(c);
}

/* The type that T points at, with the name it is written with where that shows. */
static CXType target_of(CXType t, CXType canonical)
{
	CXType target;

	switch (canonical.kind) {
	case CXType_Pointer:
	case CXType_LValueReference:
	case CXType_RValueReference:
		target = clang_getPointeeType(t);
		return target.kind != CXType_Invalid ? target : clang_getPointeeType(canonical);
	case CXType_ConstantArray:
	case CXType_IncompleteArray:
	case CXType_VariableArray:
	case CXType_DependentSizedArray:
		target = clang_getArrayElementType(t);
		return target.kind != CXType_Invalid ? target
						     : clang_getArrayElementType(canonical);
	case CXType_FunctionProto:
	case CXType_FunctionNoProto:
		target = clang_getResultType(t);
		return target.kind != CXType_Invalid ? target : clang_getResultType(canonical);
	default:
		target.kind = CXType_Invalid;
		return target;
	}
}

static uint32_t size_of(CXType t)
{
	long long size;

	if (t.kind == CXType_FunctionProto || t.kind == CXType_FunctionNoProto ||
		t.kind == CXType_Void)
		return 0;
	size = clang_Type_getSizeOf(t);
	return size > 0 && size < UINT32_MAX ? (uint32_t)size : 0;
}

static bool is_std_atomic(struct unit *u, CXType canonical)
{
	static const char *const prefixes[] = {
		"std::atomic<", "const std::atomic<", "std::atomic_flag", "std::__atomic_base<"};
	const char *name;

	if (!u->cxx || canonical.kind != CXType_Record)
		return false;
	name = take_string(u, clang_getTypeSpelling(canonical));
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* In C, and for Python's own structs, the name people use for a record is that of its
 * typedef; a tag is the next best. */
static void name_record(struct unit *u, uint32_t record, CXType t)
{
	const char *name;

	if (t.kind == CXType_Elaborated)
		t = clang_Type_getNamedType(t);
	if ((u->cxx && u->facts->records.v[record].origin != FACTS_API) ||
		t.kind != CXType_Typedef || ptrmap_get(&u->typedefs, u->record_keys.v[record]))
		return;
	name = take_string(u, clang_getTypedefName(t));
	if (!*name)
		return;
	u->facts->records.v[record].name = name;
	ptrmap_put(&u->scratch, &u->typedefs, u->record_keys.v[record], 1);
}

static unsigned flags_of(struct unit *u, CXType t, CXType canonical)
{
	unsigned flags = 0;

	while (canonical.kind == CXType_ConstantArray || canonical.kind == CXType_IncompleteArray)
		canonical = clang_getCanonicalType(clang_getArrayElementType(canonical));
	if (clang_isConstQualifiedType(canonical))
		flags |= TYPE_CONST;
	if (clang_isVolatileQualifiedType(canonical))
		flags |= TYPE_VOLATILE;
	if (canonical.kind == CXType_Atomic || t.kind == CXType_Atomic)
		flags |= TYPE_ATOMIC;
	if (is_std_atomic(u, canonical))
		flags |= TYPE_ATOMIC;
	return flags;
}

static uint32_t same_type(struct unit *u, const struct facts_type *t)
{
	const char *key = arena_printf(&u->scratch, "%d,%u,%u,%u,%llu,%u:%s", (int)t->kind,
		t->flags, t->target, t->record, (unsigned long long)t->count, t->size, t->name);
	bool added;
	uintptr_t *known = map_put(&u->type_keys, key, &added);

	if (added) {
		*known = u->facts->types.n;
		vec_push(&u->facts->arena, &u->facts->types, *t);
	}
	return (uint32_t)*known;
}

uint32_t unit_type(struct unit *u, CXType t)
{
	struct facts_type out = {.target = FACTS_NONE, .record = FACTS_NONE};
	CXType canonical, target;
	uint32_t *known, index;

	if (t.kind == CXType_Invalid || !t.data[0])
		return FACTS_NONE;
	known = ptrmap_get(&u->types, t.data[0]);
	if (known)
		return *known;
	canonical = clang_getCanonicalType(t);
	out.name = type_name(u, t);
	out.flags = flags_of(u, t, canonical);
	if (canonical.kind == CXType_Atomic)
		canonical = clang_getCanonicalType(clang_Type_getValueType(canonical));
	out.kind = kind_of(canonical.kind);
	target = target_of(t, canonical);
	if (target.kind != CXType_Invalid)
		out.target = unit_type(u, target);
	if (out.kind == TYPE_RECORD) {
		out.record = unit_record(u, clang_getTypeDeclaration(canonical));
		if (out.record != FACTS_NONE)
			name_record(u, out.record, t);
		else
			out.kind = TYPE_OTHER;
	}
	if (canonical.kind == CXType_ConstantArray)
		out.count = (uint64_t)clang_getArraySize(canonical);
	if (out.kind != TYPE_OTHER) /* the parser's own placeholders have none and crash it */
		out.size = size_of(canonical);
	index = same_type(u, &out);
	ptrmap_put(&u->scratch, &u->types, t.data[0], index);
	return index;
}

static enum facts_record_kind record_kind(CXCursor decl)
{
	enum CXCursorKind k = decl.kind;

	if (k == CXCursor_ClassTemplate || k == CXCursor_ClassTemplatePartialSpecialization)
		k = clang_getTemplateCursorKind(decl);
	return k == CXCursor_UnionDecl	 ? RECORD_UNION
	       : k == CXCursor_ClassDecl ? RECORD_CLASS
					 : RECORD_STRUCT;
}

/* Tags have no linkage in C: two units may mean different structs by one name, unless a
 * header defines both. So the defining file is part of the key. */
static const char *record_key(struct unit *u, CXCursor decl, const struct facts_record *r)
{
	const char *usr = take_string(u, clang_getCursorUSR(decl));
	const char *path;

	if (r->origin != FACTS_PROJECT || !r->complete || r->loc.file == FACTS_NONE)
		return usr;
	path = u->facts->files.v[r->loc.file].path;
	return intern(&u->facts->strings, arena_printf(&u->scratch, "%s:%s", path, usr));
}

static const char *record_name(struct unit *u, CXCursor decl)
{
	const char *name;

	if (clang_Cursor_isAnonymous(decl))
		return intern(&u->facts->strings, "(anonymous)");
	if (u->cxx)
		return type_name(u, clang_getCursorType(decl));
	name = take_string(u, clang_getCursorSpelling(decl));
	return strncmp(name, "struct ", 7) == 0 || strncmp(name, "union ", 6) == 0
		       ? intern(&u->facts->strings, "(anonymous)")
		       : name;
}

uint32_t unit_record(struct unit *u, CXCursor decl)
{
	const void *key = cursor_key(decl);
	uint32_t *known = ptrmap_get(&u->records, key), index = (uint32_t)u->facts->records.n;
	struct facts_record r = {0};
	CXCursor definition;

	if (known)
		return *known;
	if (!key || !clang_isDeclaration(decl.kind))
		return FACTS_NONE;
	definition = clang_getCursorDefinition(decl);
	r.complete = !is_null(definition);
	if (r.complete)
		decl = definition;
	r.loc = unit_loc(u, clang_getCursorLocation(decl));
	r.origin = unit_origin(u, clang_getCursorLocation(decl));
	r.kind = record_kind(decl);
	r.name = record_name(u, decl);
	r.key = record_key(u, decl, &r);
	vec_push(&u->facts->arena, &u->facts->records, r);
	vec_push(&u->scratch, &u->record_decls, r.complete ? decl : clang_getNullCursor());
	vec_push(&u->scratch, &u->record_keys, key);
	(void)vec_add(&u->scratch, &u->field_lists);
	ptrmap_put(&u->scratch, &u->records, key, index);
	return index;
}

struct field_visit {
	struct unit *u;
	uint32_t record;
};

static enum CXVisitorResult add_field(CXCursor c, CXClientData data)
{
	struct field_visit *v = data;
	struct unit *u = v->u;
	struct facts_field f = {0};
	struct facts_record *r;

	f.name = take_string(u, clang_getCursorSpelling(c));
	if (clang_Cursor_isAnonymousRecordDecl(clang_getTypeDeclaration(clang_getCursorType(c))) &&
		(!*f.name || strchr(f.name, ' '))) {
		f.name = intern(&u->facts->strings, "");
		f.flags |= FIELD_ANONYMOUS;
	}
	f.type = unit_type(u, clang_getCursorType(c));
	f.loc = unit_loc(u, clang_getCursorLocation(c));
	f.annotations = unit_annotations(u, c);
	if (clang_Cursor_isBitField(c))
		f.flags |= FIELD_BITS;
	if (u->cxx && clang_CXXField_isMutable(c))
		f.flags |= FIELD_MUTABLE;
	r = &u->facts->records.v[v->record];
	ptrmap_put(&u->scratch, &u->fields, cursor_key(c), (uint32_t)r->fields.n);
	vec_push(&u->facts->arena, &r->fields, f);
	vec_push(&u->scratch, &u->field_lists.v[v->record].v, c);
	return CXVisit_Continue;
}

static void add_bases(struct unit *u, CXCursor decl, uint32_t record)
{
	struct kids k = kids_get(u, decl);

	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_CXXBaseSpecifier) {
			uint32_t base = unit_type(u, clang_getCursorType(kid(u, k, i)));

			if (base != FACTS_NONE)
				vec_push(
					&u->facts->arena, &u->facts->records.v[record].bases, base);
		}
	kids_drop(u, k);
}

/* A template has no type that could be asked for its fields. */
static void add_template_fields(CXCursor decl, struct field_visit *v)
{
	struct kids k = kids_get(v->u, decl);

	for (unsigned i = 0; i < k.n; i++)
		if (kid(v->u, k, i).kind == CXCursor_FieldDecl)
			(void)add_field(kid(v->u, k, i), v);
	kids_drop(v->u, k);
}

/* In C, only what an error left behind has no type. */
bool unit_type_is_dependent(struct unit *u, CXType t)
{
	return strcmp(take_string(u, clang_getTypeSpelling(t)), "<dependent type>") == 0;
}

void unit_read_fields(struct unit *u, uint32_t record)
{
	struct field_visit v = {u, record};
	CXCursor decl = u->record_decls.v[record];

	if (is_null(decl))
		return;
	u->record_decls.v[record] = clang_getNullCursor();
	if (u->cxx)
		add_bases(u, decl, record);
	if (decl.kind == CXCursor_ClassTemplate ||
		decl.kind == CXCursor_ClassTemplatePartialSpecialization)
		add_template_fields(decl, &v);
	else
		clang_Type_visitFields(clang_getCursorType(decl), add_field, &v);
	if (u->cxx && !u->facts->records.v[record].fields.n) /* a class with an error in it */
		add_template_fields(decl, &v);
}

void unit_finish_records(struct unit *u)
{
	for (uint32_t i = 0; i < u->facts->records.n; i++) {
		if (u->facts->records.v[i].origin == FACTS_PROJECT)
			unit_read_fields(u, i);
		else if (!is_null(u->record_decls.v[i]))
			u->facts->records.v[i].complete = false;
	}
}

bool unit_field(struct unit *u, CXCursor field, uint32_t *record, uint32_t *number)
{
	uint32_t *known;

	if (field.kind != CXCursor_FieldDecl)
		return false;
	*record = unit_record(u, clang_getCursorSemanticParent(field));
	if (*record == FACTS_NONE)
		return false;
	unit_read_fields(u, *record);
	known = ptrmap_get(&u->fields, cursor_key(field));
	if (!known)
		return false;
	*number = *known;
	return true;
}

const struct field_list *unit_fields(struct unit *u, CXType record, uint32_t *index)
{
	*index = unit_record(u, type_decl(record));
	if (*index == FACTS_NONE)
		return NULL;
	unit_read_fields(u, *index);
	return &u->field_lists.v[*index];
}

bool unit_anonymous_member(struct unit *u, uint32_t record, uint32_t wanted, uint32_t *number)
{
	unit_read_fields(u, record);
	for (uint32_t i = 0; i < u->facts->records.v[record].fields.n; i++) {
		const struct facts_field *f = &u->facts->records.v[record].fields.v[i];
		uint32_t inner, deeper;

		if (!(f->flags & FIELD_ANONYMOUS) || f->type == FACTS_NONE)
			continue;
		inner = u->facts->types.v[f->type].record;
		*number = i;
		if (inner == wanted || (inner != FACTS_NONE && inner != record &&
					       unit_anonymous_member(u, inner, wanted, &deeper)))
			return true;
	}
	return false;
}

static void add_annotation(struct unit *u, CXCursor attr, uint32_t *first)
{
	static const char prefix[] = "gilcheck:";
	const char *text = take_string(u, clang_getCursorSpelling(attr));
	struct facts_annotation *a;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return;
	a = vec_add(&u->facts->arena, &u->facts->annotations);
	a->text = intern(&u->facts->strings, text + sizeof(prefix) - 1);
	a->next = *first;
	a->loc = unit_loc(u, clang_getCursorLocation(attr));
	*first = (uint32_t)u->facts->annotations.n - 1;
}

uint32_t unit_annotations(struct unit *u, CXCursor decl)
{
	uint32_t first = FACTS_NONE;
	struct kids k;

	if (!clang_Cursor_hasAttrs(decl))
		return first;
	k = kids_get(u, decl);
	for (unsigned i = k.n; i-- > 0;)
		if (kid(u, k, i).kind == CXCursor_AnnotateAttr)
			add_annotation(u, kid(u, k, i), &first);
	kids_drop(u, k);
	return first;
}
