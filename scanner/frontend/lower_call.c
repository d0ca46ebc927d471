/* Calls, and the expressions that libclang has no kind for. */
#include "frontend/lower.h"

#include <string.h>

/* ---- gathering arguments ---- */

static void gather(struct fn *fn, struct facts_operand v)
{
	if (v.kind == OPERAND_NONE)
		v = operand_other();
	vec_push(&fn->arena, &fn->operands, v);
}

/* The call ends here where it does not come back. */
static struct facts_operand finish_call(
	struct fn *fn, CXCursor e, uint32_t callee, size_t base, unsigned flags)
{
	uint32_t op = fn_emit(fn, OP_CALL, e, clang_getCursorType(e));

	fn->f.ops.v[op].callee = callee;
	fn->f.ops.v[op].flags |= (uint16_t)flags;
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	if (callee != FACTS_NONE && fn->u->facts->symbols.v[callee].flags & SYMBOL_NORETURN)
		fn_end(fn, OP_UNREACHABLE, e);
	return operand_temp(op);
}

/* The type of parameter I; invalid for a variadic argument. */
static CXType param_type(CXType function, unsigned i)
{
	CXType none = {CXType_Invalid, {NULL, NULL}};
	int n = clang_getNumArgTypes(function);

	return n >= 0 && i < (unsigned)n ? clang_getArgType(function, i) : none;
}

struct facts_operand lower_argument(struct fn *fn, CXType param, CXCursor e)
{
	if (param.kind != CXType_Invalid && type_is_reference(param))
		return lower_address(fn, e, param);
	return lower_value(fn, e);
}

static bool is_default_argument(const struct unit *u, CXCursor e)
{
	return u->cxx && e.kind == CXCursor_UnexposedExpr &&
	       clang_Range_isNull(clang_getCursorExtent(e)) != 0;
}

static void gather_arguments(struct fn *fn, CXCursor call, CXType function, unsigned first)
{
	int n = clang_Cursor_getNumArguments(call);

	for (int i = (int)first; i < n; i++) {
		CXCursor a = clang_Cursor_getArgument(call, (unsigned)i);

		if (is_null(a) || is_default_argument(fn->u, a))
			gather(fn, operand_other());
		else
			gather(fn,
				lower_argument(fn, param_type(function, (unsigned)i - first), a));
	}
}

/* ---- kinds of calls ---- */

static bool is_method(CXCursor decl)
{
	return (decl.kind == CXCursor_CXXMethod || decl.kind == CXCursor_ConversionFunction ||
		       decl.kind == CXCursor_Destructor) &&
	       !clang_CXXMethod_isStatic(decl);
}

/* Base::method() means this one, virtual or not. */
static bool is_qualified(struct unit *u, CXCursor call)
{
	struct kids k = kids_get(u, call), m;
	CXCursor callee = kid(u, k, 0);
	bool found = false;

	if (callee.kind == CXCursor_MemberRefExpr) {
		m = kids_get(u, callee);
		for (unsigned i = 0; i < m.n; i++)
			found |= kid(u, m, i).kind == CXCursor_TypeRef;
		kids_drop(u, m);
	}
	kids_drop(u, k);
	return found;
}

static unsigned call_flags(struct fn *fn, CXCursor call, CXCursor decl)
{
	unsigned flags = 0;

	if (decl.kind == CXCursor_FunctionDecl && is_marker(fn->u, call))
		flags |= OPF_MACRO_CALL;
	if (fn->u->cxx && clang_CXXMethod_isVirtual(decl) && !is_qualified(fn->u, call))
		flags |= OPF_VIRTUAL;
	return flags;
}

/* `this` of a member call: the callee is a member access, with or without an object. */
static struct facts_operand this_argument(struct fn *fn, CXCursor callee)
{
	struct unit *u = fn->u;
	CXCursor member = strip(u, callee), object;
	struct place p;

	if (member.kind != CXCursor_MemberRefExpr)
		return operand_other();
	object = first_expression(u, member);
	if (is_null(object)) {
		p = implicit_this(fn, callee);
		return place_address(fn, &p, callee, clang_getCursorType(object));
	}
	if (type_is_pointer(clang_getCursorType(object)))
		return lower_value(fn, object);
	return lower_address(fn, object, clang_getCursorType(object));
}

/* Operators written as operators: the object is the first argument, and the callee
 * stands between the operands. */
static bool is_operator_call(CXCursor call, CXCursor decl)
{
	return is_method(decl) &&
	       clang_Cursor_getNumArguments(call) == clang_Cursor_getNumArguments(decl) + 1;
}

static struct facts_operand call_method(struct fn *fn, CXCursor call, CXCursor decl)
{
	struct unit *u = fn->u;
	size_t base = fn->operands.n;
	CXType type = clang_getCursorType(decl);
	bool written_as_operator = is_operator_call(call, decl);

	if (written_as_operator) {
		CXCursor object = clang_Cursor_getArgument(call, 0);

		gather(fn, lower_address(fn, object, clang_getCursorType(object)));
	} else {
		struct kids k = kids_get(u, call);
		CXCursor callee = kid(u, k, 0);

		kids_drop(u, k);
		gather(fn, this_argument(fn, callee));
	}
	gather_arguments(fn, call, type, written_as_operator ? 1 : 0);
	unit_want_body(u, decl);
	return finish_call(fn, call, unit_symbol(u, decl), base, call_flags(fn, call, decl));
}

static struct facts_operand call_function(struct fn *fn, CXCursor call, CXCursor decl)
{
	size_t base = fn->operands.n;
	uint32_t callee = unit_symbol(fn->u, decl);

	gather_arguments(fn, call, clang_getCursorType(decl), 0);
	unit_want_body(fn->u, decl);
	return finish_call(fn, call, callee, base, call_flags(fn, call, decl));
}

static CXType pointed_function(CXCursor callee)
{
	CXType t = clang_getCanonicalType(clang_getCursorType(callee));

	return t.kind == CXType_Pointer ? clang_getPointeeType(t) : t;
}

static struct facts_operand call_pointer(struct fn *fn, CXCursor call)
{
	struct unit *u = fn->u;
	size_t base = fn->operands.n;
	struct kids k = kids_get(u, call);
	CXCursor callee = kid(u, k, 0);

	kids_drop(u, k);
	if (!k.n)
		return fn_unknown(fn, UNKNOWN_EXPRESSION, call, "call without a callee");
	gather(fn, lower_value(fn, callee));
	gather_arguments(fn, call, pointed_function(callee), 0);
	return finish_call(fn, call, FACTS_NONE, base, 0);
}

/* An overloaded or dependent name in C++ that the parser could not choose for. */
static struct facts_operand call_unresolved(struct fn *fn, CXCursor call, CXCursor callee)
{
	struct unit *u = fn->u;
	size_t base = fn->operands.n;
	const char *name = take_string(u, clang_getCursorSpelling(callee));

	for (int i = 0, n = clang_Cursor_getNumArguments(call); i < n; i++)
		gather(fn, lower_value(fn, clang_Cursor_getArgument(call, (unsigned)i)));
	if (!*name)
		name = "(unresolved)";
	return finish_call(fn, call, unit_symbol_named(u, name, FACTS_PROJECT), base, 0);
}

static CXCursor callee_of(struct unit *u, CXCursor call)
{
	struct kids k = kids_get(u, call);
	CXCursor c = kid(u, k, 0);

	kids_drop(u, k);
	return k.n ? strip_casts(u, c) : c;
}

/* (f)(x), (*f)(x), (&f)(x): the function itself is called. */
static CXCursor direct_callee(struct unit *u, CXCursor call)
{
	CXCursor c = callee_of(u, call);

	while (c.kind == CXCursor_UnaryOperator) {
		enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(c);

		if (op != CXUnaryOperator_Deref && op != CXUnaryOperator_AddrOf &&
			op != CXUnaryOperator_Extension)
			break;
		c = strip_casts(u, first_expression(u, c));
	}
	return c.kind == CXCursor_DeclRefExpr ? clang_getCursorReferenced(c) : c;
}

static bool is_named(CXCursor decl, const char *name)
{
	CXString s = clang_getCursorSpelling(decl);
	const char *text = clang_getCString(s);
	bool same = text && strcmp(text, name) == 0;

	clang_disposeString(s);
	return same;
}

static bool starts_with(CXCursor decl, const char *prefix)
{
	CXString s = clang_getCursorSpelling(decl);
	const char *text = clang_getCString(s);
	bool same = text && strncmp(text, prefix, strlen(prefix)) == 0;

	clang_disposeString(s);
	return same;
}

/* Builtins that are no calls: what they ask for is known to the compiler. */
static bool lower_builtin(struct fn *fn, CXCursor call, CXCursor decl, struct facts_operand *out)
{
	if (callee_class(fn->u, decl) != CALLEE_BUILTIN)
		return false;
	if (starts_with(decl, "__builtin_expect") || is_named(decl, "__builtin_assume_aligned") ||
		is_named(decl, "__builtin_launder")) {
		*out = lower_value(fn, clang_Cursor_getArgument(call, 0));
		return true;
	}
	if (is_named(decl, "__builtin_constant_p") || is_named(decl, "__builtin_object_size") ||
		is_named(decl, "__builtin_dynamic_object_size")) {
		*out = operand_other();
		return true;
	}
	if (is_named(decl, "__builtin_unreachable") || is_named(decl, "__builtin_trap")) {
		fn_end(fn, OP_UNREACHABLE, call);
		*out = operand_none();
		return true;
	}
	return false;
}

struct facts_operand lower_call(struct fn *fn, CXCursor e)
{
	CXCursor decl = clang_getCursorReferenced(e), callee;
	struct facts_operand v;

	if (decl.kind == CXCursor_Constructor)
		return lower_construct_value(fn, e);
	if (is_method(decl))
		return call_method(fn, e, decl);
	/* what the parser names for f(1)(2) is f; operators of C++ look the same */
	if (!fn->u->cxx && callee_of(fn->u, e).kind == CXCursor_CallExpr)
		return call_pointer(fn, e);
	if (decl.kind != CXCursor_FunctionDecl && decl.kind != CXCursor_CXXMethod)
		decl = direct_callee(fn->u, e);
	if (decl.kind == CXCursor_FunctionDecl || decl.kind == CXCursor_CXXMethod ||
		decl.kind == CXCursor_FunctionTemplate) {
		if (lower_builtin(fn, e, decl, &v))
			return v;
		return call_function(fn, e, decl);
	}
	callee = callee_of(fn->u, e);
	if (fn->u->cxx && lower_cxx_call(fn, e, callee, &v))
		return v;
	if (callee.kind == CXCursor_OverloadedDeclRef)
		return call_unresolved(fn, e, callee);
	return call_pointer(fn, e);
}

/* ---- UnexposedExpr ---- */

/* Only conversions between numbers and pointers are worth an operation. */
static bool is_worth_a_cast(CXType type, CXType from)
{
	enum facts_type_kind to = type_kind(type), was = type_kind(from);
	bool pointer = to == TYPE_POINTER;

	if (pointer == (was == TYPE_POINTER || was == TYPE_ARRAY) || was == TYPE_FUNCTION)
		return false;
	return to != TYPE_BOOL && to != TYPE_VOID && to != TYPE_RECORD &&
	       (pointer || was != TYPE_ARRAY);
}

/* What the language adds around an expression: a load, a decay, a conversion. */
static struct facts_operand lower_implicit(struct fn *fn, CXCursor e, CXCursor inner)
{
	struct facts_operand v = lower_value(fn, inner);
	CXType type, from;
	uint32_t op;

	if (v.kind == OPERAND_INT && !v.value)
		return type_is_pointer(clang_getCursorType(e)) ? operand_null() : v;
	if (v.kind != OPERAND_TEMP)
		return v;
	type = clang_getCursorType(e);
	from = clang_getCursorType(inner);
	if (from.kind == CXType_Invalid || !is_worth_a_cast(type, from))
		return v;
	op = fn_emit(fn, OP_CAST, e, type);
	fn->f.ops.v[op].flags |= OPF_IMPLICIT;
	fn_arg(fn, op, v);
	return operand_temp(op);
}

/* a ?: b shows a three times. */
static struct facts_operand lower_elvis(struct fn *fn, CXCursor e, CXCursor a, CXCursor b)
{
	CXType type = clang_getCursorType(e);
	const char *macro;
	struct place p = place_local(fn, fn_local(fn, "", unit_type(fn->u, type), LOCAL_SYNTHETIC,
						 unit_op_loc(fn->u, e, &macro)));
	uint32_t no = fn_block(fn), end = fn_block(fn);
	struct facts_operand v = lower_value(fn, a);

	place_store(fn, &p, v, a, type, 0);
	fn_branch(fn, v.kind == OPERAND_NONE ? operand_other() : v, end, no, e);
	fn_start(fn, no);
	v = lower_value(fn, b);
	place_store(fn, &p, v, b, type, 0);
	fn_continue(fn, end, e);
	return place_load(fn, &p, e, type);
}

/* The order that the parser keeps the operands of an atomic builtin in (pointer, order,
 * value, order on failure, value, weak), undone: by the number of operands. */
static const unsigned char atomic_order[7][6] = {
	{0}, {0}, {0, 1}, {0, 2, 1}, {0, 2, 3, 1}, {0, 2, 4, 1, 3}, {0, 2, 4, 5, 1, 3}};

static struct facts_operand lower_atomic(struct fn *fn, CXCursor e, struct kids k, const char *name)
{
	struct unit *u = fn->u;
	size_t base = fn->operands.n;
	CXCursor args[6];
	unsigned n = k.n < 6 ? k.n : 6;

	for (unsigned i = 0; i < n; i++)
		args[i] = kid(u, k, atomic_order[n][i]);
	for (unsigned i = 0; i < n; i++)
		gather(fn, lower_value(fn, args[i]));
	return finish_call(fn, e, unit_symbol_named(u, name, FACTS_SYSTEM), base, OPF_ATOMIC);
}

static struct facts_operand lower_va_arg(struct fn *fn, CXCursor e, CXCursor list)
{
	struct facts_operand v = lower_value(fn, list);
	uint32_t op = fn_emit(fn, OP_VALUE, e, clang_getCursorType(e));

	fn_arg(fn, op, v);
	return operand_temp(op);
}

static bool same_expression(CXCursor a, CXCursor b)
{
	return a.data[1] == b.data[1];
}

/* The branch of __builtin_choose_expr that was chosen: its condition is a constant. */
static CXCursor chosen_branch(struct unit *u, struct kids k)
{
	int64_t v;

	if (k.n == 3 && constant_value(kid(u, k, 0), &v))
		return kid(u, k, v ? 1 : 2);
	return clang_getNullCursor();
}

static struct facts_operand lower_parts(struct fn *fn, CXCursor e, struct kids k)
{
	struct unit *u = fn->u;
	size_t base = fn->operands.n;
	uint32_t op;

	for (unsigned i = 0; i < k.n; i++)
		if (is_expression(kid(u, k, i)))
			gather(fn, lower_value(fn, kid(u, k, i)));
	op = fn_emit(fn, OP_VALUE, e, clang_getCursorType(e));
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	return operand_temp(op);
}

static bool has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* What the parser made of an error, which is a fact already: its parts are still read. */
static struct facts_operand lower_recovered(struct fn *fn, CXCursor e, struct kids k)
{
	struct facts_operand v = lower_parts(fn, e, k);

	fn->f.ops.v[v.id].kind = OP_UNKNOWN;
	return v;
}

/* Told by the word that it starts with. */
static struct facts_operand lower_by_word(struct fn *fn, CXCursor e, struct kids k)
{
	struct unit *u = fn->u;
	const char *word = unit_word(u, clang_getRangeStart(clang_getCursorExtent(e)));
	CXCursor chosen;

	if (has_prefix(word, "__atomic_") || has_prefix(word, "__c11_atomic_") ||
		has_prefix(word, "__scoped_atomic_") || has_prefix(word, "__hip_atomic_"))
		return lower_atomic(fn, e, k, word);
	if (strcmp(word, "__builtin_va_arg") == 0)
		return k.n ? lower_va_arg(fn, e, kid(u, k, 0)) : operand_other();
	if (strcmp(word, "__builtin_choose_expr") == 0) {
		chosen = chosen_branch(u, k);
		if (!is_null(chosen))
			return lower_value(fn, chosen);
	}
	if (strcmp(word, "__builtin_offsetof") == 0 || strcmp(word, "__func__") == 0 ||
		strcmp(word, "__FUNCTION__") == 0 || strcmp(word, "__PRETTY_FUNCTION__") == 0 ||
		has_prefix(word, "__is_") || has_prefix(word, "__has_") ||
		strcmp(word, "__builtin_types_compatible_p") == 0 ||
		strcmp(word, "noexcept") == 0 || strcmp(word, "alignof") == 0)
		return operand_other();
	if (has_prefix(word, "__builtin_"))
		return lower_parts(fn, e, k);
	if (u->cxx)
		return lower_cxx_nameless(fn, e, k);
	if (!k.n)
		return operand_other();
	if (unit_type_is_dependent(u, clang_getCursorType(e)))
		return lower_recovered(fn, e, k);
	return fn_unknown(fn, UNKNOWN_EXPRESSION, e, "expression without a name");
}

struct facts_operand lower_nameless(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor a = kid(u, k, 0), b = kid(u, k, k.n ? k.n - 1 : 0);
	struct facts_operand v;

	if (k.n == 1 && is_expression(a) && is_wrapper(u, e, a)) {
		kids_drop(u, k);
		return lower_implicit(fn, e, a);
	}
	if (k.n == 4 && same_expression(a, kid(u, k, 1)) && same_expression(a, kid(u, k, 2))) {
		kids_drop(u, k);
		return lower_elvis(fn, e, a, b);
	}
	v = lower_by_word(fn, e, k);
	kids_drop(u, k);
	return v;
}

/* ---- the rest ---- */

/* Which association of _Generic was chosen is not told: the first one whose type is that
 * of the whole is taken, and where several have it, the first whose written type is that
 * of the controlling expression. */
struct facts_operand lower_generic(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor chosen = generic_choice(u, e, k);

	kids_drop(u, k);
	if (is_null(chosen))
		return fn_unknown(fn, UNKNOWN_EXPRESSION, e, "_Generic without a known choice");
	return lower_value(fn, chosen);
}

struct facts_operand lower_statement_expression(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor body = kid(u, k, 0);

	kids_drop(u, k);
	return k.n ? lower_compound_value(fn, body) : operand_other();
}
