/* Expressions: values, places and conditions. */
#include "frontend/lower.h"

#include <string.h>

static struct facts_operand lower_conditional(struct fn *fn, CXCursor e);
static struct facts_operand lower_logical(struct fn *fn, CXCursor e);

/* ---- constants ---- */

static struct facts_operand lower_integer(CXCursor e)
{
	int64_t v;

	return constant_value(e, &v) ? operand_int(v) : operand_other();
}

static struct facts_operand lower_string(struct fn *fn, CXCursor e)
{
	return (struct facts_operand){
		.kind = OPERAND_STRING, .id = FACTS_NONE, .text = string_value(fn->u, e)};
}

/* ---- places ---- */

static bool is_function(CXCursor decl)
{
	return decl.kind == CXCursor_FunctionDecl || decl.kind == CXCursor_CXXMethod ||
	       decl.kind == CXCursor_FunctionTemplate;
}

/* A variable that no scope of this function declared: captured by a lambda. */
static uint32_t captured_local(struct fn *fn, CXCursor decl)
{
	struct unit *u = fn->u;
	uint32_t l = fn_local(fn, take_string(u, clang_getCursorSpelling(decl)),
		unit_type(u, clang_getCursorType(decl)), 0,
		unit_loc(u, clang_getCursorLocation(decl)));

	ptrmap_put(&fn->arena, &fn->locals, cursor_key(decl), l);
	return l;
}

static struct place variable_place(struct fn *fn, CXCursor decl, CXCursor at)
{
	uint32_t *known = ptrmap_get(&fn->locals, cursor_key(decl));
	struct place p;

	if (known)
		p = place_local(fn, *known);
	else if (decl.kind == CXCursor_VarDecl && symbol_is_static_storage(decl))
		p = (struct place){.kind = PLACE_GLOBAL, .id = unit_symbol(fn->u, decl)};
	else
		p = place_local(fn, captured_local(fn, decl));
	if (fn->u->cxx && type_is_reference(clang_getCursorType(decl)))
		p = place_mem(place_load(fn, &p, at, clang_getCursorType(decl)));
	return p;
}

/* A value that has no place of its own gets one. */
static struct place place_of_value(struct fn *fn, CXCursor e, CXType type)
{
	struct facts_operand v = lower_value(fn, e);
	struct place p = place_local(fn, fn_local(fn, "", unit_type(fn->u, type), LOCAL_SYNTHETIC,
						 unit_loc(fn->u, clang_getCursorLocation(e))));

	place_store(fn, &p, v, e, type, OPF_INIT);
	return p;
}

static struct place compound_literal(struct fn *fn, CXCursor e)
{
	CXType type = clang_getCursorType(e);
	struct place p = place_local(fn, fn_local(fn, "", unit_type(fn->u, type), LOCAL_SYNTHETIC,
						 unit_loc(fn->u, clang_getCursorLocation(e))));

	lower_init(fn, &p, type, first_expression(fn->u, e), e);
	return p;
}

static struct place subscript_place(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor base = kid(u, k, 0), index = kid(u, k, 1), array;
	struct place p;
	struct facts_operand i;

	kids_drop(u, k);
	if (k.n > 1 && !type_is_pointer(clang_getCursorType(base)) &&
		type_is_pointer(clang_getCursorType(index))) {
		array = base;
		base = index;
		index = array;
	}
	array = strip(u, base);
	if (type_is_array(clang_getCursorType(array)) && array.kind != CXCursor_StringLiteral)
		p = lower_place(fn, array);
	else
		p = place_mem(lower_value(fn, base));
	i = lower_value(fn, index);
	place_index(fn, &p, i, unit_type(u, clang_getCursorType(e)), e);
	return p;
}

static struct place member_place(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	CXCursor field = clang_getCursorReferenced(e), base = first_expression(u, e);
	struct place p;

	if (field.kind == CXCursor_VarDecl) { /* static member */
		if (!is_null(base))
			lower_effect(fn, base);
		return variable_place(fn, field, e);
	}
	if (is_null(base))
		p = implicit_this(fn, e);
	else if (type_is_pointer(clang_getCursorType(base))) {
		p = place_mem(lower_value(fn, base));
		p.type = unit_type(
			u, clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(base))));
	} else
		p = lower_place(fn, base);
	place_field(fn, &p, field, e);
	if (u->cxx && type_is_reference(clang_getCursorType(field)))
		p = place_mem(place_load(fn, &p, e, clang_getCursorType(field)));
	return p;
}

static struct place deref_place(struct fn *fn, CXCursor e)
{
	CXCursor inner = first_expression(fn->u, e);
	struct place p = place_mem(lower_value(fn, inner));

	p.marker = is_marker(fn->u, strip_casts(fn->u, inner));
	return p;
}

static struct place unary_place(struct fn *fn, CXCursor e)
{
	CXCursor inner = first_expression(fn->u, e);

	switch (clang_getCursorUnaryOperatorKind(e)) {
	case CXUnaryOperator_Deref:
		return deref_place(fn, e);
	case CXUnaryOperator_PreInc:
	case CXUnaryOperator_PreDec:
		lower_effect(fn, e);
		return lower_place(fn, inner);
	case CXUnaryOperator_Extension:
	case CXUnaryOperator_Real:
	case CXUnaryOperator_Imag:
		return lower_place(fn, inner);
	default:
		return place_of_value(fn, e, clang_getCursorType(e));
	}
}

/* C++: a ?: of lvalues, an assignment, a comma. */
static struct place binary_place(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor a = kid(u, k, 0), b = kid(u, k, 1);
	bool comma = clang_getCursorBinaryOperatorKind(e) == CXBinaryOperator_Comma;

	kids_drop(u, k);
	if (comma) {
		lower_effect(fn, a);
		return lower_place(fn, b);
	}
	if (!u->cxx)
		return place_of_value(fn, e, clang_getCursorType(e));
	lower_effect(fn, e);
	return lower_place(fn, a);
}

static struct place unexposed_place(struct fn *fn, CXCursor e)
{
	CXCursor inner = strip(fn->u, e);

	if (!clang_equalCursors(inner, e))
		return lower_place(fn, inner);
	return place_of_value(fn, e, clang_getCursorType(e));
}

static struct place declref_place(struct fn *fn, CXCursor e)
{
	CXCursor decl = clang_getCursorReferenced(e);

	if (decl.kind == CXCursor_VarDecl || decl.kind == CXCursor_ParmDecl)
		return variable_place(fn, decl, e);
	if (is_function(decl)) {
		unit_want_body(fn->u, decl);
		return place_mem(operand_symbol(unit_symbol(fn->u, decl)));
	}
	return place_of_value(fn, e, clang_getCursorType(e));
}

static struct place cast_place(struct fn *fn, CXCursor e)
{
	CXCursor inner = first_expression(fn->u, e);

	if (fn->u->cxx && type_is_record(clang_getCursorType(e)) && !is_null(inner) &&
		strip(fn->u, inner).kind != CXCursor_CallExpr)
		return lower_place(fn, inner);
	return place_of_value(fn, e, clang_getCursorType(e));
}

static struct place place_by_kind(struct fn *fn, CXCursor e)
{
	struct place p;

	switch (e.kind) {
	case CXCursor_DeclRefExpr:
		return declref_place(fn, e);
	case CXCursor_MemberRefExpr:
		return member_place(fn, e);
	case CXCursor_ArraySubscriptExpr:
		return subscript_place(fn, e);
	case CXCursor_UnaryOperator:
		return unary_place(fn, e);
	case CXCursor_BinaryOperator:
	case CXCursor_CompoundAssignOperator:
		return binary_place(fn, e);
	case CXCursor_ParenExpr:
		return lower_place(fn, first_expression(fn->u, e));
	case CXCursor_CompoundLiteralExpr:
		return compound_literal(fn, e);
	case CXCursor_UnexposedExpr:
		return unexposed_place(fn, e);
	case CXCursor_CStyleCastExpr:
	case CXCursor_CXXStaticCastExpr:
	case CXCursor_CXXReinterpretCastExpr:
	case CXCursor_CXXConstCastExpr:
		return cast_place(fn, e);
	default:
		if (lower_cxx_place(fn, e, &p))
			return p;
		return place_of_value(fn, e, clang_getCursorType(e));
	}
}

struct place lower_place(struct fn *fn, CXCursor e)
{
	struct place p;

	if (is_null(e)) {
		fn_unknown(fn, UNKNOWN_EXPRESSION, fn->decl, "missing operand");
		return (struct place){.kind = PLACE_UNKNOWN, .id = FACTS_NONE, .type = FACTS_NONE};
	}
	p = place_by_kind(fn, e);
	place_typed(fn, &p, clang_getCursorType(e));
	return p;
}

struct facts_operand lower_address(struct fn *fn, CXCursor e, CXType type)
{
	struct place p = lower_place(fn, e);

	return place_address(fn, &p, e, type);
}

/* ---- values of places ---- */

/* A place read as a value: arrays and functions are their addresses. */
static struct facts_operand value_of_place(struct fn *fn, CXCursor e)
{
	CXType type = clang_getCursorType(e);
	enum facts_type_kind k = type_kind(type);
	struct place p = place_by_kind(fn, e);

	place_typed(fn, &p, type);
	if (k == TYPE_FUNCTION || k == TYPE_ARRAY)
		return place_address(fn, &p, e, type);
	return place_load(fn, &p, e, type);
}

/* A name that is no variable or function: an argument of a template, for which an instance
 * has a value. In the template itself, what it names depends on its arguments. */
static struct facts_operand lower_other_name(struct fn *fn, CXCursor e, CXCursor decl)
{
	int64_t v;

	if (fn->f.flags & FUNCTION_TEMPLATE)
		return operand_other();
	if (constant_value(e, &v))
		return operand_int(v);
	if (decl.kind == CXCursor_NonTypeTemplateParameter)
		return operand_other();
	return fn_unknown(fn, UNKNOWN_EXPRESSION, e, "name that is no variable or function");
}

static struct facts_operand lower_declref(struct fn *fn, CXCursor e)
{
	CXCursor decl = clang_getCursorReferenced(e);
	struct place p;

	if (decl.kind == CXCursor_EnumConstantDecl)
		return operand_int(clang_getEnumConstantDeclValue(decl));
	if (decl.kind == CXCursor_VarDecl || decl.kind == CXCursor_ParmDecl || is_function(decl))
		return value_of_place(fn, e);
	if (lower_cxx_place(fn, e, &p))
		return place_load(fn, &p, e, clang_getCursorType(e));
	return lower_other_name(fn, e, decl);
}

/* ---- operators ---- */

static enum facts_operator operator_of(enum CXBinaryOperatorKind k)
{
	switch (k) {
	case CXBinaryOperator_Mul:
	case CXBinaryOperator_MulAssign:
		return OPERATOR_MUL;
	case CXBinaryOperator_Div:
	case CXBinaryOperator_DivAssign:
		return OPERATOR_DIV;
	case CXBinaryOperator_Rem:
	case CXBinaryOperator_RemAssign:
		return OPERATOR_REM;
	case CXBinaryOperator_Add:
	case CXBinaryOperator_AddAssign:
		return OPERATOR_ADD;
	case CXBinaryOperator_Sub:
	case CXBinaryOperator_SubAssign:
		return OPERATOR_SUB;
	case CXBinaryOperator_Shl:
	case CXBinaryOperator_ShlAssign:
		return OPERATOR_SHL;
	case CXBinaryOperator_Shr:
	case CXBinaryOperator_ShrAssign:
		return OPERATOR_SHR;
	case CXBinaryOperator_Cmp:
		return OPERATOR_CMP;
	case CXBinaryOperator_LT:
		return OPERATOR_LT;
	case CXBinaryOperator_GT:
		return OPERATOR_GT;
	case CXBinaryOperator_LE:
		return OPERATOR_LE;
	case CXBinaryOperator_GE:
		return OPERATOR_GE;
	case CXBinaryOperator_EQ:
		return OPERATOR_EQ;
	case CXBinaryOperator_NE:
		return OPERATOR_NE;
	case CXBinaryOperator_And:
	case CXBinaryOperator_AndAssign:
		return OPERATOR_AND;
	case CXBinaryOperator_Xor:
	case CXBinaryOperator_XorAssign:
		return OPERATOR_XOR;
	case CXBinaryOperator_Or:
	case CXBinaryOperator_OrAssign:
		return OPERATOR_OR;
	default:
		return OPERATOR_NONE;
	}
}

static struct facts_operand emit2(struct fn *fn, CXCursor e, enum facts_op_kind kind,
	enum facts_operator sub, struct facts_operand a, struct facts_operand b)
{
	struct facts_operand v[2] = {a, b};
	uint32_t op = fn_emit(fn, kind, e, clang_getCursorType(e));

	for (int i = 0; i < 2; i++)
		if (v[i].kind == OPERAND_NONE)
			v[i] = operand_other();
	fn->f.ops.v[op].sub = (uint16_t)sub;
	fn_args(fn, op, v, 2);
	return operand_temp(op);
}

static struct facts_operand lower_assign(struct fn *fn, CXCursor e, CXCursor a, CXCursor b)
{
	struct place p = lower_place(fn, a);
	struct facts_operand v;
	CXCursor list = strip(fn->u, b);

	if (list.kind == CXCursor_InitListExpr && !type_is_record(clang_getCursorType(a)))
		b = list;
	v = lower_value(fn, b);
	place_store(fn, &p, v, e, clang_getCursorType(a), 0);
	return v;
}

static struct facts_operand lower_binary(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor a = kid(u, k, 0), b = kid(u, k, 1);
	enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(e);
	struct facts_operand left;

	kids_drop(u, k);
	if (k.n != 2)
		return fn_unknown(fn, UNKNOWN_EXPRESSION, e, "operator without two operands");
	switch (op) {
	case CXBinaryOperator_Assign:
		return lower_assign(fn, e, a, b);
	case CXBinaryOperator_Comma:
		lower_effect(fn, a);
		return lower_value(fn, b);
	case CXBinaryOperator_LAnd:
	case CXBinaryOperator_LOr:
		return lower_logical(fn, e);
	case CXBinaryOperator_PtrMemD:
	case CXBinaryOperator_PtrMemI:
		lower_effect(fn, a);
		left = lower_value(fn, b);
		return emit2(fn, e, OP_VALUE, OPERATOR_NONE, left, operand_other());
	default:
		left = lower_value(fn, a);
		return emit2(fn, e, OP_BINARY, operator_of(op), left, lower_value(fn, b));
	}
}

static struct facts_operand lower_compound_assign(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor a = kid(u, k, 0), b = kid(u, k, 1);
	struct place p;
	struct facts_operand v;
	uint32_t op;

	kids_drop(u, k);
	p = lower_place(fn, a);
	v = lower_value(fn, b);
	op = fn_emit(fn, OP_RMW, e, clang_getCursorType(a));
	fn->f.ops.v[op].sub = (uint16_t)operator_of(clang_getCursorBinaryOperatorKind(e));
	fn_place(fn, op, &p);
	fn_arg(fn, op, v);
	return operand_temp(op);
}

static struct facts_operand lower_step(
	struct fn *fn, CXCursor e, CXCursor inner, enum facts_operator sub)
{
	struct place p = lower_place(fn, inner);
	uint32_t op = fn_emit(fn, OP_RMW, e, clang_getCursorType(inner));

	fn->f.ops.v[op].sub = (uint16_t)sub;
	fn_place(fn, op, &p);
	fn_arg(fn, op, operand_int(1));
	return operand_temp(op);
}

static struct facts_operand emit_unary(
	struct fn *fn, CXCursor e, enum facts_operator sub, CXCursor inner)
{
	struct facts_operand v = lower_value(fn, inner);
	uint32_t op;

	if (v.kind == OPERAND_INT && sub == OPERATOR_NEG)
		return operand_int((int64_t)(0 - (uint64_t)v.value));
	if (v.kind == OPERAND_INT && sub == OPERATOR_NOT)
		return operand_int(!v.value);
	if (v.kind == OPERAND_INT && sub == OPERATOR_COMPL)
		return operand_int(~v.value);
	op = fn_emit(fn, OP_UNARY, e, clang_getCursorType(e));
	fn->f.ops.v[op].sub = (uint16_t)sub;
	fn_arg(fn, op, v);
	return operand_temp(op);
}

static struct facts_operand lower_addrof(struct fn *fn, CXCursor e, CXCursor inner)
{
	CXCursor s = strip(fn->u, inner), decl;

	if (s.kind == CXCursor_DeclRefExpr) {
		decl = clang_getCursorReferenced(s);
		if (is_function(decl)) {
			unit_want_body(fn->u, decl);
			return operand_symbol(unit_symbol(fn->u, decl));
		}
	}
	return lower_address(fn, inner, clang_getCursorType(e));
}

static struct facts_operand lower_unary(struct fn *fn, CXCursor e)
{
	CXCursor inner = first_expression(fn->u, e);

	if (is_null(inner))
		return fn_unknown(fn, UNKNOWN_EXPRESSION, e, "operator without an operand");
	switch (clang_getCursorUnaryOperatorKind(e)) {
	case CXUnaryOperator_PostInc:
		return lower_step(fn, e, inner, OPERATOR_POSTINC);
	case CXUnaryOperator_PostDec:
		return lower_step(fn, e, inner, OPERATOR_POSTDEC);
	case CXUnaryOperator_PreInc:
		return lower_step(fn, e, inner, OPERATOR_PREINC);
	case CXUnaryOperator_PreDec:
		return lower_step(fn, e, inner, OPERATOR_PREDEC);
	case CXUnaryOperator_AddrOf:
		return lower_addrof(fn, e, inner);
	case CXUnaryOperator_Deref:
		return value_of_place(fn, e);
	case CXUnaryOperator_Plus:
	case CXUnaryOperator_Extension:
	case CXUnaryOperator_Real:
	case CXUnaryOperator_Imag:
	case CXUnaryOperator_Coawait:
		return lower_value(fn, inner);
	case CXUnaryOperator_Minus:
		return emit_unary(fn, e, OPERATOR_NEG, inner);
	case CXUnaryOperator_Not:
		return emit_unary(fn, e, OPERATOR_COMPL, inner);
	case CXUnaryOperator_LNot:
		return emit_unary(fn, e, OPERATOR_NOT, inner);
	default: /* a dependent operand: the kind is not known before instantiation */
		return emit_unary(fn, e, OPERATOR_NONE, inner);
	}
}

static bool same_type(CXType a, CXType b)
{
	return clang_equalTypes(clang_getUnqualifiedType(clang_getCanonicalType(a)),
		       clang_getUnqualifiedType(clang_getCanonicalType(b))) != 0;
}

static struct facts_operand lower_cast(struct fn *fn, CXCursor e)
{
	CXType type = clang_getCursorType(e);
	CXCursor inner = first_expression(fn->u, e);
	struct facts_operand v;
	uint32_t op;

	if (is_null(inner)) /* T() */
		return operand_int(0);
	if (clang_getCanonicalType(type).kind == CXType_Void) {
		lower_effect(fn, inner);
		return operand_none();
	}
	v = lower_value(fn, inner);
	if (type_is_pointer(type) && v.kind == OPERAND_INT && !v.value)
		return operand_null();
	if (v.kind == OPERAND_INT || v.kind == OPERAND_NULL || v.kind == OPERAND_OTHER ||
		v.kind == OPERAND_NONE || v.kind == OPERAND_SYMBOL || v.kind == OPERAND_STRING)
		return v;
	if ((fn->u->cxx && type_is_record(type)) || same_type(type, clang_getCursorType(inner)))
		return v;
	op = fn_emit(fn, OP_CAST, e, type);
	fn_arg(fn, op, v);
	return operand_temp(op);
}

/* ---- control flow inside of expressions ---- */

static struct place result_local(struct fn *fn, CXCursor e, CXType type)
{
	const char *macro;

	return place_local(fn, fn_local(fn, "", unit_type(fn->u, type), LOCAL_SYNTHETIC,
				       unit_op_loc(fn->u, e, &macro)));
}

static struct facts_operand lower_logical(struct fn *fn, CXCursor e)
{
	CXType type = clang_getCursorType(e);
	struct place p = result_local(fn, e, type);
	uint32_t yes = fn_block(fn), no = fn_block(fn), end = fn_block(fn);

	lower_condition(fn, e, yes, no);
	fn_start(fn, yes);
	place_store(fn, &p, operand_int(1), e, type, 0);
	fn_jump(fn, end, e);
	fn_start(fn, no);
	place_store(fn, &p, operand_int(0), e, type, 0);
	fn_continue(fn, end, e);
	return place_load(fn, &p, e, type);
}

static void lower_arm(
	struct fn *fn, const struct place *result, CXCursor arm, CXType type, uint32_t end)
{
	struct facts_operand v;

	if (!result) {
		lower_effect(fn, arm);
	} else {
		v = lower_value(fn, arm);
		if (fn->cur != NO_BLOCK)
			place_store(fn, result, v, arm, type, 0);
	}
	fn_jump(fn, end, arm);
}

static struct facts_operand lower_conditional(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor cond = kid(u, k, 0), a = kid(u, k, 1), b = kid(u, k, 2);
	CXType type = clang_getCursorType(e);
	bool is_void = clang_getCanonicalType(type).kind == CXType_Void;
	uint32_t yes = fn_block(fn), no = fn_block(fn), end = fn_block(fn);
	struct place p;

	kids_drop(u, k);
	if (!is_void)
		p = result_local(fn, e, type);
	lower_condition(fn, cond, yes, no);
	fn_start(fn, yes);
	lower_arm(fn, is_void ? NULL : &p, a, type, end);
	fn_start(fn, no);
	lower_arm(fn, is_void ? NULL : &p, b, type, end);
	fn_start(fn, end);
	return is_void ? operand_none() : place_load(fn, &p, e, type);
}

static bool is_logical(CXCursor e, enum CXBinaryOperatorKind kind)
{
	return e.kind == CXCursor_BinaryOperator && clang_getCursorBinaryOperatorKind(e) == kind;
}

/* __builtin_expect and the like give back their first argument. */
static bool is_expectation(struct unit *u, CXCursor e)
{
	CXCursor callee;
	CXString s;
	const char *name;
	bool yes;

	if (e.kind != CXCursor_CallExpr)
		return false;
	callee = clang_getCursorReferenced(e);
	if (is_null(callee) || callee_class(u, callee) != CALLEE_BUILTIN)
		return false;
	s = clang_getCursorSpelling(e);
	name = clang_getCString(s);
	yes = name && strncmp(name, "__builtin_", 10) == 0 &&
	      (strncmp(name + 10, "expect", 6) == 0 || strcmp(name + 10, "assume_aligned") == 0 ||
		      strcmp(name + 10, "launder") == 0);
	clang_disposeString(s);
	return yes;
}

void lower_condition(struct fn *fn, CXCursor e, uint32_t yes, uint32_t no)
{
	struct unit *u = fn->u;
	CXCursor s = strip(u, e);
	bool both = is_logical(s, CXBinaryOperator_LAnd);
	uint32_t middle;
	struct kids k;
	CXCursor a, b;

	if (is_expectation(u, s)) {
		lower_condition(fn, clang_Cursor_getArgument(s, 0), yes, no);
		return;
	}
	if (s.kind == CXCursor_UnaryOperator &&
		clang_getCursorUnaryOperatorKind(s) == CXUnaryOperator_LNot) {
		lower_condition(fn, first_expression(u, s), no, yes);
		return;
	}
	if (!both && !is_logical(s, CXBinaryOperator_LOr)) {
		struct facts_operand v = lower_value(fn, e);

		fn_branch(fn, v.kind == OPERAND_NONE ? operand_other() : v, yes, no, e);
		return;
	}
	k = kids_get(u, s);
	a = kid(u, k, 0);
	b = kid(u, k, 1);
	kids_drop(u, k);
	middle = fn_block(fn);
	lower_condition(fn, a, both ? middle : yes, both ? no : middle);
	fn_start(fn, middle);
	lower_condition(fn, b, yes, no);
}

/* ---- initialisation ---- */

struct store_sink {
	struct init_sink sink;
	struct fn *fn;
	const struct place *place;
};

static void store_leaf(struct init_sink *sink, const struct init_step *steps, unsigned n,
	CXType type, CXCursor value)
{
	struct store_sink *s = (struct store_sink *)sink;
	struct place p = *s->place;

	for (unsigned i = 0; i < n; i++) {
		if (p.n == sizeof(p.steps) / sizeof(*p.steps)) {
			fn_unknown(s->fn, UNKNOWN_INITIALISER, value, "initialiser too deep");
			return;
		}
		p.steps[p.n++] =
			(struct facts_step){.kind = steps[i].is_field ? STEP_FIELD : STEP_INDEX,
				.record = steps[i].is_field ? steps[i].record : FACTS_NONE,
				.field = steps[i].is_field ? steps[i].field : FACTS_NONE,
				.index = steps[i].is_field ? operand_none()
							   : operand_int((int64_t)steps[i].index)};
	}
	place_typed(s->fn, &p, type);
	lower_init(s->fn, &p, type, value, value);
}

static void lower_init_list(struct fn *fn, struct place *p, CXType type, CXCursor list)
{
	struct store_sink s = {.sink = {.leaf = store_leaf, .u = fn->u}, .fn = fn, .place = p};

	if (init_is_partial(fn->u, type, list)) {
		uint32_t op = fn_emit(fn, OP_ZERO, list, type);

		fn_place(fn, op, p);
	}
	init_walk(&s.sink, type, list);
}

void lower_init(struct fn *fn, struct place *p, CXType type, CXCursor value, CXCursor at)
{
	CXCursor s = fn->u->cxx && type_is_record(type) ? strip_casts(fn->u, value)
							: strip(fn->u, value);
	struct facts_operand v;

	if (type_is_reference(type)) {
		v = lower_address(fn, value, type);
	} else if (s.kind == CXCursor_InitListExpr &&
		   (type_is_record(type) || type_is_array(type))) {
		lower_init_list(fn, p, type, s);
		return;
	} else if (s.kind == CXCursor_CallExpr &&
		   clang_getCursorReferenced(s).kind == CXCursor_Constructor) {
		lower_construct(fn, p, s);
		return;
	} else {
		v = lower_value(fn, value);
	}
	place_store(fn, p, v, at, type, OPF_INIT);
}

static struct facts_operand lower_list_value(struct fn *fn, CXCursor e)
{
	CXType type = clang_getCursorType(e);
	struct place p;

	if (type_is_record(type) || type_is_array(type)) {
		p = result_local(fn, e, type);
		lower_init(fn, &p, type, e, e);
		return place_load(fn, &p, e, type);
	}
	e = first_expression(fn->u, e);
	return is_null(e) ? operand_int(0) : lower_value(fn, e);
}

static struct facts_operand lower_label_address(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);
	CXCursor label = clang_getCursorReferenced(kid(u, k, 0));

	kids_drop(u, k);
	vec_push(&fn->arena, &fn->taken, label_block(fn, label));
	return operand_temp(fn_emit(fn, OP_VALUE, e, clang_getCursorType(e)));
}

static struct facts_operand value_by_kind(struct fn *fn, CXCursor e)
{
	struct facts_operand v;

	switch (e.kind) {
	case CXCursor_IntegerLiteral:
	case CXCursor_CharacterLiteral:
	case CXCursor_CXXBoolLiteralExpr:
		return lower_integer(e);
	case CXCursor_FloatingLiteral:
	case CXCursor_ImaginaryLiteral:
	case CXCursor_FixedPointLiteral:
	case CXCursor_UnaryExpr:
	case CXCursor_SizeOfPackExpr:
		return operand_other();
	case CXCursor_StringLiteral:
		return lower_string(fn, e);
	case CXCursor_GNUNullExpr:
	case CXCursor_CXXNullPtrLiteralExpr:
		return operand_null();
	case CXCursor_ParenExpr:
		return lower_value(fn, first_expression(fn->u, e));
	case CXCursor_DeclRefExpr:
		return lower_declref(fn, e);
	case CXCursor_MemberRefExpr:
	case CXCursor_ArraySubscriptExpr:
	case CXCursor_CompoundLiteralExpr:
		return value_of_place(fn, e);
	case CXCursor_UnaryOperator:
		return lower_unary(fn, e);
	case CXCursor_BinaryOperator:
		return lower_binary(fn, e);
	case CXCursor_CompoundAssignOperator:
		return lower_compound_assign(fn, e);
	case CXCursor_ConditionalOperator:
		return lower_conditional(fn, e);
	case CXCursor_CStyleCastExpr:
	case CXCursor_CXXStaticCastExpr:
	case CXCursor_CXXDynamicCastExpr:
	case CXCursor_CXXReinterpretCastExpr:
	case CXCursor_CXXConstCastExpr:
	case CXCursor_CXXFunctionalCastExpr:
		return lower_cast(fn, e);
	case CXCursor_CallExpr:
		return lower_call(fn, e);
	case CXCursor_InitListExpr:
		return lower_list_value(fn, e);
	case CXCursor_AddrLabelExpr:
		return lower_label_address(fn, e);
	case CXCursor_StmtExpr:
		return lower_statement_expression(fn, e);
	case CXCursor_GenericSelectionExpr:
		return lower_generic(fn, e);
	case CXCursor_UnexposedExpr:
		return lower_nameless(fn, e);
	default:
		if (lower_cxx_value(fn, e, &v))
			return v;
		return fn_unknown(fn, UNKNOWN_EXPRESSION, e, "expression of an unknown form");
	}
}

struct facts_operand lower_value(struct fn *fn, CXCursor e)
{
	if (is_null(e))
		return fn_unknown(fn, UNKNOWN_EXPRESSION, fn->decl, "missing operand");
	return value_by_kind(fn, e);
}

void lower_effect(struct fn *fn, CXCursor e)
{
	(void)lower_value(fn, e);
}
