/* Functions, variables and enumerators: made when something names or defines them. */
#include "frontend/unit.h"

#include "base/path.h"

#include <string.h>

static bool is_function_kind(enum CXCursorKind k)
{
	return k == CXCursor_FunctionDecl || k == CXCursor_CXXMethod || k == CXCursor_Constructor ||
	       k == CXCursor_Destructor || k == CXCursor_ConversionFunction ||
	       k == CXCursor_FunctionTemplate;
}

static bool is_member_kind(CXCursor decl)
{
	enum CXCursorKind k = decl.kind;

	if (k == CXCursor_FunctionTemplate)
		k = clang_getTemplateCursorKind(decl);
	return k == CXCursor_CXXMethod || k == CXCursor_Constructor || k == CXCursor_Destructor ||
	       k == CXCursor_ConversionFunction;
}

static bool is_scope_kind(enum CXCursorKind k)
{
	return k == CXCursor_Namespace || k == CXCursor_StructDecl || k == CXCursor_ClassDecl ||
	       k == CXCursor_UnionDecl || k == CXCursor_ClassTemplate ||
	       k == CXCursor_ClassTemplatePartialSpecialization;
}

const char *qualified_name(struct unit *u, CXCursor decl)
{
	const char *name = take_string(u, clang_getCursorSpelling(decl));
	CXCursor parent;

	if (!u->cxx)
		return name;
	if ((decl.kind == CXCursor_Constructor || decl.kind == CXCursor_Destructor) &&
		strchr(name, '<'))
		name = arena_strndup(&u->scratch, name, strcspn(name, "<"));
	for (parent = clang_getCursorSemanticParent(decl); is_scope_kind(parent.kind);
		parent = clang_getCursorSemanticParent(parent)) {
		const char *outer = take_string(u, clang_getCursorSpelling(parent));

		if (*outer && !strchr(outer, '(') && !clang_Cursor_isInlineNamespace(parent))
			name = arena_printf(&u->scratch, "%s::%s", outer, name);
	}
	return intern(&u->facts->strings, name);
}

/* Attributes have no kind of their own in libclang: their text tells. */
static bool has_attribute(struct unit *u, CXCursor decl, const char *word)
{
	struct kids k;
	bool found = false;

	if (!clang_Cursor_hasAttrs(decl))
		return false;
	k = kids_get(u, decl);
	for (unsigned i = 0; i < k.n && !found; i++)
		if (kid(u, k, i).kind == CXCursor_UnexposedAttr)
			found = strstr(unit_word(u, clang_getCursorLocation(kid(u, k, i))), word) !=
				NULL;
	kids_drop(u, k);
	return found;
}

static bool is_noreturn(struct unit *u, CXCursor decl, const struct facts_symbol *s)
{
	if (s->type != FACTS_NONE && strstr(u->facts->types.v[s->type].name, "noreturn"))
		return true;
	/* the text of precompiled headers is dear */
	return s->origin == FACTS_PROJECT && has_attribute(u, decl, "oreturn");
}

static bool is_visible(struct unit *u, CXCursor decl)
{
	struct kids k;
	bool found = false;

	if (!clang_Cursor_hasAttrs(decl))
		return false;
	k = kids_get(u, decl);
	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_VisibilityAttr)
			found = strcmp(take_string(u, clang_getCursorSpelling(kid(u, k, i))),
					"default") == 0;
	kids_drop(u, k);
	return found;
}

bool symbol_is_static_storage(CXCursor var)
{
	enum CX_StorageClass s = clang_Cursor_getStorageClass(var);

	if (s == CX_SC_Static || s == CX_SC_Extern || s == CX_SC_PrivateExtern)
		return true;
	return clang_getCursorLinkage(var) > CXLinkage_NoLinkage ||
	       clang_getCursorTLSKind(var) != CXTLS_None;
}

static bool is_static_local(CXCursor decl)
{
	CXCursor parent = clang_getCursorSemanticParent(decl);

	return decl.kind == CXCursor_VarDecl && is_function_kind(parent.kind);
}

static enum facts_linkage linkage_of(CXCursor decl)
{
	switch (clang_getCursorLinkage(decl)) {
	case CXLinkage_Internal:
	case CXLinkage_UniqueExternal:
		return LINKAGE_INTERNAL;
	case CXLinkage_External:
		return LINKAGE_EXTERNAL;
	default:
		return LINKAGE_NONE;
	}
}

/* The file part of an internal symbol's key: the unit for what its own sources define,
 * the header for what a header does. */
static const char *owner_of(struct unit *u, struct facts_loc loc)
{
	if (loc.file == FACTS_NONE || u->sources.v[loc.file].main_like)
		return u->facts->unit;
	return u->facts->files.v[loc.file].path;
}

static const char *symbol_key(struct unit *u, CXCursor decl, const struct facts_symbol *s)
{
	struct intern *in = &u->facts->strings;
	bool function = s->kind == SYMBOL_FUNCTION;
	const char *usr;

	if (s->linkage == LINKAGE_EXTERNAL && !u->cxx)
		return intern(
			in, arena_printf(&u->scratch, function ? "c:@F@%s" : "c:@%s", s->name));
	if (s->function != FACTS_NONE)
		return intern(in, arena_printf(&u->scratch, "%s@%s@%u:%u",
					  u->facts->symbols.v[s->function].key, s->name,
					  s->loc.line, s->loc.column));
	if (!u->cxx)
		return intern(in, arena_printf(&u->scratch, "%s:%s@%s", owner_of(u, s->loc),
					  function ? "F" : "V", s->name));
	usr = take_string(u, clang_getCursorUSR(decl));
	if (s->linkage == LINKAGE_EXTERNAL)
		return usr;
	return intern(in, arena_printf(&u->scratch, "%s:%s", owner_of(u, s->loc), usr));
}

static unsigned function_flags(struct unit *u, CXCursor decl, const struct facts_symbol *s)
{
	unsigned flags = 0;

	if (clang_Cursor_isFunctionInlined(decl))
		flags |= SYMBOL_INLINE;
	if (s->linkage == LINKAGE_EXTERNAL && s->origin == FACTS_PROJECT && is_visible(u, decl))
		flags |= SYMBOL_VISIBLE;
	if (decl.kind == CXCursor_Constructor)
		flags |= SYMBOL_CONSTRUCTOR;
	if (decl.kind == CXCursor_Destructor)
		flags |= SYMBOL_DESTRUCTOR;
	if (is_member_kind(decl) && !clang_CXXMethod_isStatic(decl))
		flags |= SYMBOL_METHOD;
	if (u->cxx && clang_CXXMethod_isVirtual(decl))
		flags |= SYMBOL_VIRTUAL;
	return flags;
}

static unsigned variable_flags(CXCursor decl, const struct facts_symbol *s)
{
	unsigned flags = 0;
	CXType t = clang_getCanonicalType(clang_getCursorType(decl));

	while (t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray)
		t = clang_getCanonicalType(clang_getArrayElementType(t));
	if (clang_isConstQualifiedType(t))
		flags |= SYMBOL_CONST;
	if (clang_getCursorTLSKind(decl) != CXTLS_None)
		flags |= SYMBOL_THREAD_LOCAL;
	(void)s;
	return flags;
}

static const char *marker_name(const char *name, enum facts_origin origin)
{
	return origin == FACTS_API && strncmp(name, "gc_", 3) == 0 ? name + 3 : name;
}

/* A header's tentative declaration is what the unit's definition completes. */
static CXCursor best_declaration(CXCursor decl)
{
	CXCursor definition = clang_getCursorDefinition(decl);

	return is_null(definition) ? decl : definition;
}

/* `static int counter;` defines a variable in C, but is no definition to the parser. */
static bool is_tentative(struct unit *u, CXCursor decl)
{
	enum CX_StorageClass s = clang_Cursor_getStorageClass(decl);

	return !u->cxx && decl.kind == CXCursor_VarDecl && s != CX_SC_Extern &&
	       s != CX_SC_PrivateExtern;
}

static bool is_builtin_name(const char *name)
{
	static const char *const prefixes[] = {
		"__builtin_", "__sync_", "__atomic_", "__c11_", "_Interlocked", "__va_"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* Builtins are declared where they are called: that says nothing. The parser names the
 * __sync ones by the size of their operand. */
static void fix_builtin(struct unit *u, struct facts_symbol *s)
{
	const char *end = strrchr(s->name, '_');

	if (s->kind != SYMBOL_FUNCTION || !is_builtin_name(s->name))
		return;
	s->origin = FACTS_SYSTEM;
	s->loc = (struct facts_loc){FACTS_NONE, 0, 0};
	if (strncmp(s->name, "__sync_", 7) == 0 && end && end[1] >= '1' && end[1] <= '9')
		s->name = intern_n(&u->facts->strings, s->name, (size_t)(end - s->name));
}

static void fill_symbol(struct unit *u, struct facts_symbol *s, CXCursor decl)
{
	CXSourceLocation at = clang_getCursorLocation(decl);

	s->loc = unit_loc(u, at);
	s->origin = unit_origin(u, at);
	s->name = intern(&u->facts->strings, marker_name(qualified_name(u, decl), s->origin));
	fix_builtin(u, s);
	s->linkage = linkage_of(decl);
	if (clang_isCursorDefinition(decl) || is_tentative(u, decl))
		s->flags |= SYMBOL_DEFINED;
	if (clang_Cursor_getStorageClass(decl) == CX_SC_Static)
		s->flags |= SYMBOL_STATIC;
	if (s->kind == SYMBOL_FUNCTION)
		s->flags |= function_flags(u, decl, s);
	else if (s->kind == SYMBOL_VARIABLE)
		s->flags |= variable_flags(decl, s);
	else
		s->value = clang_getEnumConstantDeclValue(decl);
	if (s->origin == FACTS_PROJECT)
		s->annotations = unit_annotations(u, decl);
	if (is_scope_kind(clang_getCursorSemanticParent(decl).kind) &&
		clang_getCursorSemanticParent(decl).kind != CXCursor_Namespace)
		s->record = unit_record(u, clang_getCursorSemanticParent(decl));
}

/* Functions called without a declaration are declared by the parser, at the call. */
static bool is_implicit(struct unit *u, CXCursor decl, const struct facts_symbol *s)
{
	if (u->cxx || s->kind != SYMBOL_FUNCTION || s->flags & SYMBOL_DEFINED ||
		s->origin != FACTS_PROJECT)
		return false;
	return clang_getCursorType(decl).kind == CXType_FunctionNoProto ||
	       clang_equalLocations(clang_getRangeStart(clang_getCursorExtent(decl)),
		       clang_getCursorLocation(decl));
}

static uint32_t keep_symbol(struct unit *u, const struct facts_symbol *s)
{
	bool added;
	uintptr_t *known = map_put(&u->symbol_keys, s->key, &added);

	if (added) {
		*known = u->facts->symbols.n;
		vec_push(&u->facts->arena, &u->facts->symbols, *s);
	}
	return (uint32_t)*known;
}

uint32_t unit_symbol(struct unit *u, CXCursor decl)
{
	struct facts_symbol s = {.function = FACTS_NONE,
		.init = FACTS_NONE,
		.record = FACTS_NONE,
		.annotations = FACTS_NONE};
	const void *key = cursor_key(decl);
	uint32_t *known = ptrmap_get(&u->symbols, key), index;

	if (known)
		return *known;
	s.kind = is_function_kind(decl.kind)		  ? SYMBOL_FUNCTION
		 : decl.kind == CXCursor_EnumConstantDecl ? SYMBOL_ENUMERATOR
							  : SYMBOL_VARIABLE;
	decl = best_declaration(decl);
	if (is_static_local(decl))
		s.function = unit_symbol(u, clang_getCursorSemanticParent(decl));
	fill_symbol(u, &s, decl);
	s.type = unit_type(u, clang_getCursorType(decl));
	if (s.kind == SYMBOL_FUNCTION && is_noreturn(u, decl, &s))
		s.flags |= SYMBOL_NORETURN;
	s.key = symbol_key(u, decl, &s);
	if (is_implicit(u, decl, &s))
		s.flags |= SYMBOL_IMPLICIT;
	index = keep_symbol(u, &s);
	ptrmap_put(&u->scratch, &u->symbols, key, index);
	return index;
}

uint32_t unit_symbol_named(struct unit *u, const char *name, enum facts_origin origin)
{
	struct facts_symbol s = {.function = FACTS_NONE,
		.init = FACTS_NONE,
		.record = FACTS_NONE,
		.annotations = FACTS_NONE,
		.type = FACTS_NONE,
		.loc = {FACTS_NONE, 0, 0}};

	s.kind = SYMBOL_FUNCTION;
	s.name = intern(&u->facts->strings, name);
	s.key = intern(&u->facts->strings, arena_printf(&u->scratch, "c:@F@%s", name));
	s.linkage = LINKAGE_EXTERNAL;
	s.origin = origin;
	return keep_symbol(u, &s);
}

static enum callee_class class_of_name(struct unit *u, CXCursor decl, const char *name)
{
	if (strncmp(name, "__builtin_", 10) == 0)
		return CALLEE_BUILTIN;
	return strncmp(name, "gc_", 3) == 0 &&
			       unit_origin(u, clang_getCursorLocation(decl)) == FACTS_API
		       ? CALLEE_MARKER
		       : CALLEE_PLAIN;
}

enum callee_class callee_class(struct unit *u, CXCursor decl)
{
	uint32_t *known = ptrmap_get(&u->callees, decl.data[0]);
	enum callee_class class;
	CXString s;
	const char *name;

	if (known)
		return *known;
	s = clang_getCursorSpelling(decl);
	name = clang_getCString(s);
	class = class_of_name(u, decl, name ? name : "");
	clang_disposeString(s);
	ptrmap_put(&u->scratch, &u->callees, decl.data[0], class);
	return class;
}

bool is_marker(struct unit *u, CXCursor call)
{
	CXCursor callee;

	if (call.kind != CXCursor_CallExpr)
		return false;
	callee = clang_getCursorReferenced(call);
	return callee.kind == CXCursor_FunctionDecl && callee_class(u, callee) == CALLEE_MARKER;
}
