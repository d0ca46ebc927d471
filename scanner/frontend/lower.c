/* Functions and variables of a unit: finding and lowering them. */
#include "frontend/lower.h"

#include <string.h>

/* ---- one function ---- */

static void add_parameter(struct fn *fn, CXCursor p)
{
	struct unit *u = fn->u;
	uint32_t l = fn_local(fn, take_string(u, clang_getCursorSpelling(p)),
		unit_type(u, clang_getCursorType(p)), LOCAL_PARAM,
		unit_loc(u, clang_getCursorLocation(p)));

	fn->f.locals.v[l].annotations = unit_annotations(u, p);
	ptrmap_put(&fn->arena, &fn->locals, cursor_key(p), l);
}

static void add_parameters(struct fn *fn, CXCursor decl, unsigned symbol_flags)
{
	struct unit *u = fn->u;
	struct kids k;

	if (symbol_flags & SYMBOL_METHOD)
		fn->this_local = fn_local(fn, "this", FACTS_NONE, LOCAL_PARAM | LOCAL_THIS,
			unit_loc(u, clang_getCursorLocation(decl)));
	k = kids_get(u, decl);
	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_ParmDecl)
			add_parameter(fn, kid(u, k, i));
	kids_drop(u, k);
	fn->f.nparams = (uint32_t)fn->f.locals.n;
}

static CXCursor body_of(struct unit *u, CXCursor decl)
{
	struct kids k = kids_get(u, decl);
	CXCursor body = clang_getNullCursor();

	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_CompoundStmt ||
			kid(u, k, i).kind == CXCursor_CXXTryStmt)
			body = kid(u, k, i);
	kids_drop(u, k);
	return body;
}

/* Errors in the extent of a function leave holes in it that nothing else shows. */
static void mark_damage(struct unit *u, CXCursor decl, uint32_t index)
{
	size_t first, end;

	unit_errors_in(u, &u->errors, clang_getCursorExtent(decl), &first, &end);
	if (first == end)
		return;
	u->facts->functions.v[index].flags |= FUNCTION_DAMAGED;
	for (size_t i = first; i < end; i++)
		u->facts->unknowns.v[u->errors.v.v[i].unknown].function = index;
}

static void lower_body(struct fn *fn, CXCursor decl, CXCursor body)
{
	fn_start(fn, fn_block(fn));
	if (decl.kind == CXCursor_Constructor)
		lower_member_inits(fn, decl);
	lower_stmt(fn, body);
	if (fn->cur != NO_BLOCK)
		fn_return(fn, operand_none(), decl);
	fn_finish(fn);
}

static void tie_unknowns(struct fn *fn, uint32_t index)
{
	for (size_t i = 0; i < fn->unknowns.n; i++)
		fn->u->facts->unknowns.v[fn->unknowns.v[i]].function = index;
}

static bool is_repaired(struct unit *u, CXSourceRange extent)
{
	size_t first, end;

	unit_errors_in(u, &u->repairs, extent, &first, &end);
	return first != end;
}

void lower_function(
	struct unit *u, CXCursor decl, unsigned flags, struct fn *outer, uint32_t symbol)
{
	struct fn fn = {
		.u = u, .outer = outer, .decl = decl, .cur = NO_BLOCK, .this_local = FACTS_NONE};
	CXCursor body = body_of(u, decl);
	CXSourceRange extent = clang_getCursorExtent(decl);
	bool repaired = u->repaired;
	uint32_t index;

	if (is_null(body))
		return;
	u->repaired = (outer && repaired) || flags & FUNCTION_TEMPLATE || is_repaired(u, extent);
	fn.f.symbol = symbol;
	fn.f.flags = flags;
	fn.f.begin = unit_loc(u, clang_getRangeStart(extent));
	fn.f.end = unit_loc(u, clang_getRangeEnd(extent));
	fn.result = clang_getCursorResultType(decl);
	add_parameters(&fn, decl, u->facts->symbols.v[symbol].flags);
	lower_body(&fn, decl, body);
	index = (uint32_t)u->facts->functions.n;
	vec_push(&u->facts->arena, &u->facts->functions, fn_keep(&fn));
	mark_damage(u, decl, index);
	tie_unknowns(&fn, index);
	arena_release(&fn.arena);
	u->repaired = repaired;
}

/* ---- variables ---- */

static bool error_in_text(const struct error_at *e, uint32_t file, size_t begin, size_t end)
{
	return e->file == file && e->offset >= begin && e->offset <= end;
}

/* An error in an initialiser can take all of it away: what the text still shows of a
 * table is recovered from its tokens. The extent of such a declaration ends early. */
static void check_initialiser(struct unit *u, CXCursor var, uint32_t symbol, CXCursor init)
{
	uint32_t file;
	unsigned begin, end;
	size_t stop;
	bool damaged = false;

	if (!unit_extent(u, clang_getCursorExtent(var), &file, &begin, &end))
		return;
	stop = unit_declaration_end(u, file, end);
	for (size_t i = 0; i < u->errors.v.n; i++)
		if (error_in_text(&u->errors.v.v[i], file, begin, stop)) {
			u->facts->unknowns.v[u->errors.v.v[i].unknown].symbol = symbol;
			damaged = true;
		}
	if (damaged && is_null(init))
		unit_init_recover(u, symbol, var);
}

void unit_static_variable(struct unit *u, CXCursor var)
{
	uint32_t symbol = unit_symbol(u, var), at;
	CXCursor init = var_initializer(u, var);

	if (u->facts->symbols.v[symbol].init != FACTS_NONE)
		return;
	if (!is_null(init)) {
		at = unit_init(u, clang_getCursorType(var), init);
		u->facts->symbols.v[symbol].init = at;
		if (u->cxx && init.kind != CXCursor_CallExpr &&
			u->facts->inits.v[at].kind != INIT_UNKNOWN)
			u->facts->symbols.v[symbol].flags |= SYMBOL_CONSTEXPR_INIT;
	}
	if (u->errors.v.n)
		check_initialiser(u, var, symbol, init);
}

/* ---- declarations of the unit ---- */

static void lower_declarations(struct unit *u, CXCursor parent);

static void lower_one_function(struct unit *u, CXCursor c, unsigned flags)
{
	const void *key = c.data[0];

	if (!clang_isCursorDefinition(c) || ptrmap_get(&u->lowered, key))
		return;
	ptrmap_put(&u->scratch, &u->lowered, key, 1);
	u->facts->functions_seen++;
	lower_function(u, c, flags, NULL, unit_symbol(u, c));
}

static bool in_template(CXCursor c)
{
	for (CXCursor p = clang_getCursorSemanticParent(c);
		clang_isDeclaration(p.kind) || p.kind == CXCursor_ClassTemplate;
		p = clang_getCursorSemanticParent(p)) {
		if (p.kind == CXCursor_ClassTemplate ||
			p.kind == CXCursor_ClassTemplatePartialSpecialization)
			return true;
		if (p.kind == CXCursor_TranslationUnit || p.kind == CXCursor_Namespace)
			break;
	}
	return false;
}

static void lower_declaration(struct unit *u, CXCursor c)
{
	switch (c.kind) {
	case CXCursor_FunctionDecl:
	case CXCursor_CXXMethod:
	case CXCursor_Constructor:
	case CXCursor_Destructor:
	case CXCursor_ConversionFunction:
		lower_one_function(u, c, u->cxx && in_template(c) ? FUNCTION_TEMPLATE : 0);
		break;
	case CXCursor_FunctionTemplate:
		lower_one_function(u, c, FUNCTION_TEMPLATE);
		break;
	case CXCursor_VarDecl:
		if (!u->cxx || !in_template(c))
			unit_static_variable(u, c);
		break;
	case CXCursor_Namespace:
	case CXCursor_LinkageSpec:
	case CXCursor_UnexposedDecl:
	case CXCursor_ClassTemplate:
	case CXCursor_ClassTemplatePartialSpecialization:
		lower_declarations(u, c);
		break;
	case CXCursor_StructDecl:
	case CXCursor_ClassDecl:
	case CXCursor_UnionDecl:
		if (u->cxx)
			lower_declarations(u, c);
		break;
	default:
		break;
	}
}

void lower_local_decl(struct unit *u, CXCursor decl)
{
	if (u->cxx)
		lower_declaration(u, decl);
}

static void lower_declarations(struct unit *u, CXCursor parent)
{
	struct kids k = kids_get(u, parent);

	for (unsigned i = 0; i < k.n; i++) {
		CXCursor c = kid(u, k, i);

		if (clang_isDeclaration(c.kind) &&
			unit_origin(u, clang_getCursorLocation(c)) == FACTS_PROJECT)
			lower_declaration(u, c);
	}
	kids_drop(u, k);
}

/* ---- instances of templates ---- */

static bool is_instance(CXCursor decl)
{
	CXCursor parent;

	if (!is_null(clang_getSpecializedCursorTemplate(decl)))
		return true;
	parent = clang_getCursorSemanticParent(decl);
	return (parent.kind == CXCursor_StructDecl || parent.kind == CXCursor_ClassDecl) &&
	       !is_null(clang_getSpecializedCursorTemplate(parent));
}

void unit_want_body(struct unit *u, CXCursor decl)
{
	CXCursor definition;
	struct pending_method m;

	if (!u->cxx || is_null(decl) || decl.kind == CXCursor_FunctionTemplate ||
		ptrmap_get(&u->lowered, decl.data[0]) || !is_instance(decl))
		return;
	if (unit_origin(u, clang_getCursorLocation(decl)) != FACTS_PROJECT)
		return;
	definition = clang_getCursorDefinition(decl);
	m.cursor = is_null(definition) ? decl : definition;
	m.flags = FUNCTION_INSTANCE;
	if (ptrmap_get(&u->lowered, m.cursor.data[0]))
		return;
	ptrmap_put(&u->scratch, &u->lowered, decl.data[0], 1);
	ptrmap_put(&u->scratch, &u->lowered, m.cursor.data[0], 1);
	vec_push(&u->scratch, &u->pending, m);
}

void unit_want_instance(struct unit *u, CXCursor decl)
{
	unit_want_body(u, decl);
}

static void lower_pending(struct unit *u)
{
	for (size_t i = 0; i < u->pending.n; i++) {
		struct pending_method m = u->pending.v[i];

		if (is_null(body_of(u, m.cursor)))
			continue;
		u->facts->functions_seen++;
		lower_function(u, m.cursor, m.flags, NULL, unit_symbol(u, m.cursor));
	}
}

void unit_lower(struct unit *u)
{
	lower_declarations(u, clang_getTranslationUnitCursor(u->tu));
	lower_pending(u);
	unit_finish_records(u);
}
