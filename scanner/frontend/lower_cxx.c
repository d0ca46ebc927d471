/* C++: construction and destruction, this, lambdas, exceptions, range-for, new. */
#include "frontend/lower.h"

#include <string.h>

/* ---- this ---- */

/* In a lambda, the captured `this` is a variable beside the closure's own. */
static uint32_t this_local(struct fn *fn)
{
	struct facts_loc nowhere = {FACTS_NONE, 0, 0};

	if (fn->this_local == FACTS_NONE)
		fn->this_local = fn_local(fn, "this", FACTS_NONE, LOCAL_THIS, nowhere);
	return fn->this_local;
}

static struct facts_operand this_value(struct fn *fn, CXCursor at)
{
	struct place p = place_local(fn, this_local(fn));
	CXType none = {CXType_Invalid, {NULL, NULL}};
	uint32_t type = p.type;
	struct facts_operand v = place_load(fn, &p, at, none);

	fn->f.ops.v[v.id].type = type;
	fn->f.ops.v[v.id].flags |= OPF_IMPLICIT;
	return v;
}

struct place implicit_this(struct fn *fn, CXCursor at)
{
	return place_mem(this_value(fn, at));
}

/* ---- construction ---- */

static void gather_this(struct fn *fn, struct place *p, CXCursor at, CXType type)
{
	vec_push(&fn->arena, &fn->operands, place_address(fn, p, at, type));
}

static void gather_arguments(struct fn *fn, CXCursor call, CXCursor decl)
{
	int n = clang_Cursor_getNumArguments(call);
	int params = clang_Cursor_getNumArguments(decl);

	for (int i = 0; i < n; i++) {
		CXCursor a = clang_Cursor_getArgument(call, (unsigned)i);
		CXType param = {CXType_Invalid, {NULL, NULL}};
		struct facts_operand v = operand_other();

		if (i < params)
			param = clang_getCursorType(clang_Cursor_getArgument(decl, (unsigned)i));
		if (!is_null(a) && !clang_Range_isNull(clang_getCursorExtent(a)))
			v = lower_argument(fn, param, a);
		vec_push(&fn->arena, &fn->operands, v.kind == OPERAND_NONE ? operand_other() : v);
	}
}

void lower_construct(struct fn *fn, struct place *p, CXCursor call)
{
	struct unit *u = fn->u;
	CXCursor decl = clang_getCursorReferenced(call);
	size_t base = fn->operands.n;
	uint32_t op;

	gather_this(fn, p, call, clang_getCursorType(call));
	gather_arguments(fn, call, decl);
	op = fn_emit(fn, OP_CALL, call, clang_getCursorType(call));
	fn->f.ops.v[op].callee = unit_symbol(u, decl);
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	unit_want_body(u, decl);
}

static struct place construct_temporary(struct fn *fn, CXCursor call)
{
	CXType type = clang_getCursorType(call);
	struct place p = place_local(fn, fn_local(fn, "", unit_type(fn->u, type), LOCAL_SYNTHETIC,
						 unit_loc(fn->u, clang_getCursorLocation(call))));

	lower_construct(fn, &p, call);
	return p;
}

struct facts_operand lower_construct_value(struct fn *fn, CXCursor call)
{
	struct place p = construct_temporary(fn, call);

	return place_load(fn, &p, call, clang_getCursorType(call));
}

/* The expression of a default member initialiser: behind the name, after = or {. */
static CXCursor default_initializer(struct unit *u, CXCursor field)
{
	CXCursor e = first_expression(u, field);
	CXFile fa, fb;
	unsigned name, start;
	size_t size;
	const char *text;

	if (is_null(e) || e.kind == CXCursor_InitListExpr)
		return e;
	clang_getFileLocation(clang_getCursorLocation(field), &fa, NULL, NULL, &name);
	clang_getFileLocation(
		clang_getRangeStart(clang_getCursorExtent(e)), &fb, NULL, NULL, &start);
	if (!fa || fa != fb || start < name)
		return clang_getNullCursor();
	text = file_text(u, fa, &size);
	for (unsigned i = name; i < start && i < size; i++)
		if (text[i] == '=' || text[i] == '{')
			return e;
	return clang_getNullCursor();
}

static void init_field(struct fn *fn, CXCursor field, CXCursor value, CXCursor at)
{
	struct place p = implicit_this(fn, at);

	place_field(fn, &p, field, at);
	if (p.kind == PLACE_UNKNOWN)
		return;
	place_typed(fn, &p, clang_getCursorType(field));
	lower_init(fn, &p, clang_getCursorType(field), value, at);
}

static bool names_field(struct unit *u, struct kids k, CXCursor field)
{
	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_MemberRef &&
			cursor_key(clang_getCursorReferenced(kid(u, k, i))) == cursor_key(field))
			return true;
	return false;
}

static void init_defaults(struct fn *fn, CXCursor constructor, struct kids k)
{
	struct unit *u = fn->u;
	CXCursor class = clang_getCursorSemanticParent(constructor);
	struct kids members = kids_get(u, class);

	for (unsigned i = 0; i < members.n; i++) {
		CXCursor f = kid(u, members, i), value;

		if (f.kind != CXCursor_FieldDecl || names_field(u, k, f))
			continue;
		value = default_initializer(u, f);
		if (!is_null(value))
			init_field(fn, f, value, f);
	}
	kids_drop(u, members);
}

/* Bases and members in front of the body: a reference, then the expression. */
void lower_member_inits(struct fn *fn, CXCursor constructor)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, constructor);
	bool delegating = false;

	for (unsigned i = 0; i + 1 < k.n; i++) {
		CXCursor target = kid(u, k, i), value = kid(u, k, i + 1);
		struct place p;

		if (!is_expression(value))
			continue;
		if (target.kind == CXCursor_MemberRef) {
			init_field(fn, clang_getCursorReferenced(target), value, target);
		} else if (strip(u, value).kind == CXCursor_CallExpr) {
			CXCursor call = strip(u, value);

			p = implicit_this(fn, value);
			delegating |= cursor_key(clang_getCursorSemanticParent(
					      clang_getCursorReferenced(call))) ==
				      cursor_key(clang_getCursorSemanticParent(constructor));
			if (clang_getCursorReferenced(call).kind == CXCursor_Constructor)
				lower_construct(fn, &p, call);
			else
				lower_effect(fn, value);
		}
	}
	if (!delegating)
		init_defaults(fn, constructor, k);
	kids_drop(u, k);
}

/* ---- destruction ---- */

static CXCursor destructor_among(struct unit *u, CXCursor class)
{
	struct kids k = kids_get(u, class);
	CXCursor found = clang_getNullCursor();

	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_Destructor)
			found = kid(u, k, i);
	kids_drop(u, k);
	return found;
}

static CXCursor destructor_of_class(struct unit *u, CXCursor class);

/* What nobody declared runs the destructors of the bases. */
static CXCursor destructor_of_bases(struct unit *u, CXCursor class)
{
	struct kids k = kids_get(u, class);
	CXCursor found = clang_getNullCursor();

	for (unsigned i = 0; i < k.n && is_null(found); i++)
		if (kid(u, k, i).kind == CXCursor_CXXBaseSpecifier)
			found = destructor_of_class(
				u, type_decl(clang_getCursorType(kid(u, k, i))));
	kids_drop(u, k);
	return found;
}

static CXCursor destructor_of_class(struct unit *u, CXCursor class)
{
	CXCursor found = destructor_among(u, class), pattern;

	if (!is_null(found))
		return found;
	pattern = clang_getSpecializedCursorTemplate(class);
	if (!is_null(pattern)) {
		class = clang_getCursorDefinition(pattern);
		found = destructor_among(u, class);
	}
	return is_null(found) ? destructor_of_bases(u, class) : found;
}

CXCursor find_destructor(struct unit *u, CXType type)
{
	CXCursor class = type_decl(type), found;
	uint32_t *known = ptrmap_get(&u->destructors, cursor_key(class));

	if (known)
		return u->destructor_cursors.v[*known];
	found = destructor_of_class(u, class);
	ptrmap_put(
		&u->scratch, &u->destructors, cursor_key(class), (uint32_t)u->destructor_cursors.n);
	vec_push(&u->scratch, &u->destructor_cursors, found);
	return found;
}

void cleanup_add(struct fn *fn, CXCursor var, uint32_t local, CXType type)
{
	struct cleanup c = {.local = local};

	(void)var;
	if (!type_is_class(type))
		return;
	c.destructor = find_destructor(fn->u, type);
	vec_push(&fn->arena, &fn->cleanups, c);
}

static void destroy(struct fn *fn, CXCursor destructor, struct facts_operand object, CXCursor at)
{
	CXType none = {CXType_Invalid, {NULL, NULL}};
	uint32_t op = fn_emit(fn, OP_CALL, at, none);

	fn->f.ops.v[op].callee = unit_symbol(fn->u, destructor);
	fn->f.ops.v[op].flags |= OPF_IMPLICIT;
	fn_arg(fn, op, object);
}

void cleanup_run(struct fn *fn, const struct cleanup *c, CXCursor at)
{
	struct cleanup cleanup = *c; /* the array may move */
	struct place p = place_local(fn, cleanup.local);
	CXType none = {CXType_Invalid, {NULL, NULL}};
	uint32_t op;

	if (!is_null(cleanup.destructor))
		destroy(fn, cleanup.destructor, place_address(fn, &p, at, none), at);
	op = fn_emit(fn, OP_END, at, none);
	fn_place(fn, op, &p);
}

/* ---- lambdas ---- */

static CXCursor call_operator(struct unit *u, CXCursor lambda)
{
	CXCursor class = type_decl(clang_getCursorType(lambda)), found = clang_getNullCursor();
	struct kids k = kids_get(u, class);

	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_CXXMethod ||
			kid(u, k, i).kind == CXCursor_FunctionTemplate)
			found = kid(u, k, i);
	kids_drop(u, k);
	return found;
}

static uint32_t lambda_symbol(struct unit *u, CXCursor lambda)
{
	CXCursor method = call_operator(u, lambda);
	struct facts_loc loc = unit_loc(u, clang_getCursorLocation(lambda));
	const char *path = loc.file == FACTS_NONE ? "" : u->facts->files.v[loc.file].path;
	uint32_t symbol;
	struct facts_symbol *s;

	if (!is_null(method)) {
		symbol = unit_symbol(u, method);
	} else {
		symbol = unit_symbol_named(u,
			arena_printf(&u->scratch, "(lambda %s:%u:%u)", path, loc.line, loc.column),
			FACTS_PROJECT);
	}
	s = &u->facts->symbols.v[symbol];
	s->loc = loc;
	s->linkage = LINKAGE_INTERNAL;
	s->origin = FACTS_PROJECT;
	s->flags |= SYMBOL_DEFINED;
	s->name = intern(&u->facts->strings,
		arena_printf(&u->scratch, "(lambda:%u:%u)", loc.line, loc.column));
	return symbol;
}

uint32_t unit_lambda(struct unit *u, CXCursor lambda, struct fn *outer)
{
	uint32_t symbol = lambda_symbol(u, lambda);

	if (ptrmap_get(&u->lowered, lambda.data[1]))
		return symbol;
	ptrmap_put(&u->scratch, &u->lowered, lambda.data[1], 1);
	u->facts->functions_seen++;
	lower_function(u, lambda, FUNCTION_LAMBDA, outer, symbol);
	return symbol;
}

/* The closure: its function, then what it captures. */
static struct facts_operand lower_lambda(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	size_t base = fn->operands.n;
	struct kids k;
	uint32_t op;

	vec_push(&fn->arena, &fn->operands, operand_symbol(unit_lambda(u, e, fn)));
	k = kids_get(u, e);
	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_VariableRef) {
			CXCursor c = kid(u, k, i), decl = clang_getCursorReferenced(c);
			uint32_t *local = ptrmap_get(&fn->locals, cursor_key(decl));
			struct place p;

			if (!local)
				continue;
			p = place_local(fn, *local);
			vec_push(&fn->arena, &fn->operands,
				place_address(fn, &p, c, clang_getCursorType(decl)));
		}
	kids_drop(u, k);
	op = fn_emit(fn, OP_VALUE, e, clang_getCursorType(e));
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	return operand_temp(op);
}

CXCursor find_lambda(struct unit *u, CXCursor e)
{
	for (int depth = 0; depth < 16; depth++) {
		struct kids k;
		CXCursor c;

		if (e.kind == CXCursor_LambdaExpr)
			return e;
		if (!is_expression(e))
			break;
		k = kids_get(u, e);
		c = kid(u, k, k.n ? k.n - 1 : 0);
		if (e.kind == CXCursor_CallExpr || e.kind == CXCursor_MemberRefExpr)
			c = kid(u, k, 0);
		kids_drop(u, k);
		if (!k.n)
			break;
		e = c;
	}
	return clang_getNullCursor();
}

/* ---- new, delete, throw ---- */

static struct facts_operand lower_new(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXType type = clang_getCursorType(e), object = clang_getPointeeType(type);
	size_t base = fn->operands.n;
	struct place p;
	uint32_t op;
	unsigned i;

	for (i = 0; i < k.n; i++) { /* array sizes and placement arguments */
		CXCursor c = kid(u, k, i), s;

		if (!is_expression(c))
			continue;
		s = strip(u, c);
		if ((s.kind == CXCursor_CallExpr &&
			    clang_getCursorReferenced(s).kind == CXCursor_Constructor) ||
			s.kind == CXCursor_InitListExpr)
			break;
		vec_push(&fn->arena, &fn->operands, lower_value(fn, c));
	}
	op = fn_emit(fn, OP_CALL, e, type);
	fn->f.ops.v[op].callee = unit_symbol_named(u, "operator new", FACTS_SYSTEM);
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	p = place_mem(operand_temp(op));
	place_typed(fn, &p, object);
	if (i < k.n)
		lower_init(fn, &p, object, kid(u, k, i), e);
	kids_drop(u, k);
	return operand_temp(op);
}

static struct facts_operand lower_delete(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	CXCursor inner = first_expression(u, e), destructor;
	CXType none = {CXType_Invalid, {NULL, NULL}}, object;
	struct facts_operand v;
	uint32_t op;

	if (is_null(inner))
		return operand_none();
	v = lower_value(fn, inner);
	object = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(inner)));
	destructor = type_is_class(object) ? find_destructor(u, object) : clang_getNullCursor();
	if (!is_null(destructor))
		destroy(fn, destructor, v, e);
	op = fn_emit(fn, OP_CALL, e, none);
	fn->f.ops.v[op].callee = unit_symbol_named(u, "operator delete", FACTS_SYSTEM);
	fn_arg(fn, op, v);
	return operand_none();
}

static struct facts_operand lower_throw(struct fn *fn, CXCursor e)
{
	CXCursor inner = first_expression(fn->u, e);
	CXType none = {CXType_Invalid, {NULL, NULL}};
	struct facts_operand v = operand_none();
	uint32_t op;

	if (!is_null(inner))
		v = lower_value(fn, inner);
	op = fn_emit(fn, OP_THROW, e, none);
	if (v.kind != OPERAND_NONE)
		fn_arg(fn, op, v);
	scope_unwind(fn, fn->handlers ? fn->handlers->scope : NULL, e);
	if (fn->handlers)
		fn_fork(fn, fn->handlers->to, fn->handlers->n, e);
	else
		fn_end(fn, OP_UNREACHABLE, e);
	return operand_none();
}

/* ---- try ---- */

static void lower_handler(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	struct scope scope;

	scope_enter(fn, &scope, s);
	for (unsigned i = 0; i < k.n; i++) {
		CXCursor c = kid(u, k, i);

		if (c.kind == CXCursor_VarDecl)
			lower_var(fn, c);
		else if (is_statement(c))
			lower_stmt(fn, c);
	}
	scope_leave(fn, &scope, s);
	kids_drop(u, k);
}

/* Where in the block something is thrown is not followed: the edges to the handlers
 * leave from its beginning. */
static void lower_try(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	uint32_t *to = arena_alloc(&fn->arena, (k.n + 1) * sizeof(*to));
	uint32_t body = fn_block(fn), end = fn_block(fn);
	struct handlers handlers = {fn->handlers, fn->scope, to, 0};

	for (unsigned i = 1; i < k.n; i++)
		to[handlers.n++] = fn_block(fn);
	to[handlers.n] = body;
	fn_fork(fn, to, handlers.n + 1, s);
	fn_start(fn, body);
	if (handlers.n)
		fn->handlers = &handlers;
	if (k.n)
		lower_stmt(fn, kid(u, k, 0));
	fn->handlers = handlers.outer;
	fn_jump(fn, end, s);
	for (unsigned i = 1; i < k.n; i++) {
		fn_start(fn, to[i - 1]);
		lower_handler(fn, kid(u, k, i));
		fn_jump(fn, end, s);
	}
	fn_start(fn, end);
	kids_drop(u, k);
}

/* ---- range-for ---- */

static void lower_range_for(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	CXCursor var = clang_getNullCursor(), range = var, body = kid(u, k, k.n ? k.n - 1 : 0);
	uint32_t head = fn_block(fn), in = fn_block(fn), end = fn_block(fn), op;
	struct facts_operand v = operand_other();
	struct scope scope, each;

	scope_enter(fn, &scope, s);
	for (unsigned i = 0; i + 1 < k.n; i++) {
		CXCursor c = kid(u, k, i);

		if (c.kind == CXCursor_VarDecl || c.kind == CXCursor_UnexposedDecl)
			var = c;
		else if (is_expression(c))
			range = c;
		else if (c.kind == CXCursor_DeclStmt)
			lower_stmt(fn, c);
	}
	if (!is_null(range))
		v = lower_address(fn, range, clang_getCursorType(range));
	fn_continue(fn, head, s);
	op = fn_emit(fn, OP_VALUE, s, clang_getCursorType(range));
	fn_arg(fn, op, v);
	fn_branch(fn, operand_temp(op), in, end, s);
	fn_start(fn, in);
	scope_enter(fn, &each, s);
	if (var.kind == CXCursor_VarDecl)
		lower_var(fn, var);
	else if (!is_null(var))
		lower_cxx_stmt(fn, var);
	lower_loop_body(fn, body, end, head);
	scope_leave(fn, &each, s);
	fn_jump(fn, head, s);
	fn_start(fn, end);
	scope_leave(fn, &scope, s);
	kids_drop(u, k);
}

/* ---- structured bindings ---- */

static void bind(struct fn *fn, CXCursor name, struct facts_operand v)
{
	struct unit *u = fn->u;
	CXType type = clang_getCursorType(name);
	uint32_t l = fn_local(fn, take_string(u, clang_getCursorSpelling(name)), unit_type(u, type),
		0, unit_loc(u, clang_getCursorLocation(name)));
	struct place p = place_local(fn, l);

	ptrmap_put(&fn->arena, &fn->locals, cursor_key(name), l);
	if (v.kind != OPERAND_NONE)
		place_store(fn, &p, v, name, type, OPF_INIT);
}

static bool lower_bindings(struct fn *fn, CXCursor d)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, d);
	struct facts_operand v = operand_other();
	bool any = false;

	for (unsigned i = 0; i < k.n; i++)
		if (is_expression(kid(u, k, i)))
			v = lower_value(fn, kid(u, k, i));
	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_UnexposedDecl) {
			bind(fn, kid(u, k, i), v);
			any = true;
		}
	kids_drop(u, k);
	return any;
}

/* ---- the doors ---- */

bool lower_cxx_stmt(struct fn *fn, CXCursor s)
{
	switch (s.kind) {
	case CXCursor_CXXTryStmt:
		lower_try(fn, s);
		return true;
	case CXCursor_CXXForRangeStmt:
		lower_range_for(fn, s);
		return true;
	case CXCursor_UnexposedDecl:
		return lower_bindings(fn, s);
	default:
		return false;
	}
}

bool lower_cxx_value(struct fn *fn, CXCursor e, struct facts_operand *out)
{
	struct unit *u = fn->u;
	struct kids k;

	if (!u->cxx)
		return false;
	switch (e.kind) {
	case CXCursor_CXXThisExpr:
		*out = this_value(fn, e);
		return true;
	case CXCursor_CXXNewExpr:
		*out = lower_new(fn, e);
		return true;
	case CXCursor_CXXDeleteExpr:
		*out = lower_delete(fn, e);
		return true;
	case CXCursor_CXXThrowExpr:
		*out = lower_throw(fn, e);
		return true;
	case CXCursor_LambdaExpr:
		*out = lower_lambda(fn, e);
		return true;
	case CXCursor_CXXTypeidExpr:
	case CXCursor_ConceptSpecializationExpr:
	case CXCursor_RequiresExpr:
		*out = operand_other();
		return true;
	case CXCursor_PackExpansionExpr:
	case CXCursor_OverloadedDeclRef:
	case CXCursor_TypeRef:
	case CXCursor_CXXParenListInitExpr:
		k = kids_get(u, e);
		*out = lower_cxx_nameless(fn, e, k);
		kids_drop(u, k);
		return true;
	default:
		if (!(fn->f.flags & FUNCTION_TEMPLATE))
			return false;
		k = kids_get(u, e); /* the form shows when the types are known */
		*out = lower_cxx_nameless(fn, e, k);
		kids_drop(u, k);
		return true;
	}
}

static bool returns_reference(struct unit *u, CXCursor call)
{
	CXCursor decl = clang_getCursorReferenced(call);
	struct kids k;
	CXType t;

	if (clang_isDeclaration(decl.kind) && decl.kind != CXCursor_VarDecl &&
		decl.kind != CXCursor_ParmDecl && decl.kind != CXCursor_FieldDecl)
		return type_is_reference(clang_getCursorResultType(decl));
	k = kids_get(u, call);
	t = clang_getCanonicalType(clang_getCursorType(kid(u, k, 0)));
	kids_drop(u, k);
	if (t.kind == CXType_Pointer)
		t = clang_getPointeeType(t);
	return type_is_reference(clang_getResultType(t));
}

bool lower_cxx_place(struct fn *fn, CXCursor e, struct place *out)
{
	struct unit *u = fn->u;
	CXCursor decl;
	uint32_t *local;

	if (!u->cxx)
		return false;
	if (e.kind == CXCursor_CallExpr) {
		decl = clang_getCursorReferenced(e);
		if (decl.kind == CXCursor_Constructor) {
			*out = construct_temporary(fn, e);
			return true;
		}
		if (!returns_reference(u, e))
			return false;
		*out = place_mem(lower_call(fn, e));
		return true;
	}
	if (e.kind == CXCursor_DeclRefExpr) { /* a structured binding */
		decl = clang_getCursorReferenced(e);
		local = ptrmap_get(&fn->locals, cursor_key(decl));
		if (local) {
			*out = place_local(fn, *local);
			return true;
		}
	}
	return false;
}

/* Dependent calls: known by name only until the template is instantiated. */
bool lower_cxx_call(struct fn *fn, CXCursor e, CXCursor callee, struct facts_operand *out)
{
	struct unit *u = fn->u;
	const char *name;
	CXCursor object = clang_getNullCursor();
	size_t base = fn->operands.n;
	uint32_t op;

	if (callee.kind == CXCursor_MemberRefExpr &&
		clang_getCursorReferenced(callee).kind == CXCursor_FieldDecl)
		return false;
	if (callee.kind != CXCursor_MemberRefExpr && callee.kind != CXCursor_OverloadedDeclRef &&
		callee.kind != CXCursor_DeclRefExpr && callee.kind != CXCursor_UnexposedExpr)
		return false;
	if (callee.kind == CXCursor_DeclRefExpr && !(fn->f.flags & FUNCTION_TEMPLATE))
		return false;
	name = take_string(u, clang_getCursorSpelling(e));
	if (!*name)
		name = take_string(u, clang_getCursorSpelling(callee));
	if (!*name)
		return false;
	if (callee.kind == CXCursor_MemberRefExpr)
		object = first_expression(u, callee);
	if (!is_null(object))
		vec_push(&fn->arena, &fn->operands, lower_value(fn, object));
	for (int i = 0, n = clang_Cursor_getNumArguments(e); i < n; i++) {
		struct facts_operand v = lower_value(fn, clang_Cursor_getArgument(e, (unsigned)i));

		vec_push(&fn->arena, &fn->operands, v.kind == OPERAND_NONE ? operand_other() : v);
	}
	op = fn_emit(fn, OP_CALL, e, clang_getCursorType(e));
	fn->f.ops.v[op].callee = unit_symbol_named(u, name, FACTS_PROJECT);
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	*out = operand_temp(op);
	return true;
}

/* Forms without a kind that only C++ has: what is inside of them is lowered, and where
 * nothing depends on a template parameter, that they were not understood is said. */
struct facts_operand lower_cxx_nameless(struct fn *fn, CXCursor e, struct kids k)
{
	struct unit *u = fn->u;
	size_t base = fn->operands.n;
	unsigned n = 0;
	uint32_t op;

	for (unsigned i = 0; i < k.n; i++)
		if (is_expression(kid(u, k, i))) {
			struct facts_operand v = lower_value(fn, kid(u, k, i));

			vec_push(&fn->arena, &fn->operands,
				v.kind == OPERAND_NONE ? operand_other() : v);
			n++;
		}
	if (!n)
		return operand_other();
	op = fn_emit(fn, OP_VALUE, e, clang_getCursorType(e));
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	return operand_temp(op);
}
