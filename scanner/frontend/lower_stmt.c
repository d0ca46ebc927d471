/* Statements. */
#include "frontend/lower.h"

#include <ctype.h>
#include <string.h>

/* ---- scopes ---- */

void scope_enter(struct fn *fn, struct scope *s, CXCursor at)
{
	s->outer = fn->scope;
	s->cleanups = fn->cleanups.n;
	s->at = at;
	fn->scope = s;
}

/* Variables end in the reverse order of their beginnings. */
static void run_cleanups(struct fn *fn, size_t down_to, CXCursor at)
{
	if (fn->cur == NO_BLOCK)
		return;
	for (size_t i = fn->cleanups.n; i-- > down_to;)
		cleanup_run(fn, &fn->cleanups.v[i], at);
}

void scope_leave(struct fn *fn, struct scope *s, CXCursor at)
{
	run_cleanups(fn, s->cleanups, at);
	fn->cleanups.n = s->cleanups;
	fn->scope = s->outer;
}

void scope_unwind(struct fn *fn, const struct scope *to, CXCursor at)
{
	size_t down_to = fn->cleanups.n;

	for (const struct scope *s = fn->scope; s && s != to; s = s->outer)
		down_to = s->cleanups;
	run_cleanups(fn, down_to, at);
}

struct extent {
	uint32_t file;
	unsigned begin, end;
};

static bool extent_of(struct fn *fn, CXCursor c, struct extent *e)
{
	return unit_extent(fn->u, clang_getCursorExtent(c), &e->file, &e->begin, &e->end);
}

/* The innermost scope whose extent holds a label: a goto ends everything inside of it. */
static const struct scope *scope_around(struct fn *fn, CXCursor label)
{
	const struct scope *s = fn->scope;
	struct extent in, of;

	if (!extent_of(fn, label, &in))
		return s;
	while (s && !(extent_of(fn, s->at, &of) && of.file == in.file && of.begin <= in.begin &&
			    in.end <= of.end))
		s = s->outer;
	return s;
}

/* ---- labels ---- */

uint32_t label_block(struct fn *fn, CXCursor label)
{
	const void *key = label.data[1];
	uint32_t *known = ptrmap_get(&fn->labels, key), block;

	if (known)
		return *known;
	block = fn_block(fn);
	ptrmap_put(&fn->arena, &fn->labels, key, block);
	return block;
}

static void lower_label(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);

	fn_continue(fn, label_block(fn, s), s);
	for (unsigned i = 0; i < k.n; i++)
		lower_stmt(fn, kid(u, k, i));
	kids_drop(u, k);
}

static CXCursor label_of(struct unit *u, CXCursor s)
{
	CXCursor label = clang_getCursorReferenced(s);
	struct kids k;

	if (label.kind == CXCursor_LabelStmt)
		return label;
	k = kids_get(u, s);
	for (unsigned i = 0; i < k.n; i++)
		if (kid(u, k, i).kind == CXCursor_LabelRef)
			label = clang_getCursorReferenced(kid(u, k, i));
	kids_drop(u, k);
	return label;
}

static void lower_goto(struct fn *fn, CXCursor s)
{
	CXCursor label = label_of(fn->u, s);

	if (label.kind != CXCursor_LabelStmt) {
		fn_unknown(fn, UNKNOWN_STATEMENT, s, "goto without a label");
		return;
	}
	if (fn->cleanups.n)
		scope_unwind(fn, scope_around(fn, label), s);
	fn_jump(fn, label_block(fn, label), s);
}

/* ---- declarations ---- */

/* Labels in a table that a computed goto reads. */
static void take_labels(struct fn *fn, CXCursor e)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, e);

	for (unsigned i = 0; i < k.n; i++) {
		CXCursor c = kid(u, k, i);

		if (c.kind == CXCursor_LabelRef)
			vec_push(&fn->arena, &fn->taken,
				label_block(fn, clang_getCursorReferenced(c)));
		else if (is_expression(c))
			take_labels(fn, c);
	}
	kids_drop(u, k);
}

static bool mentions_labels(struct unit *u, CXCursor e)
{
	uint32_t file;
	unsigned begin, end;
	size_t size;
	const char *text;

	if (!unit_extent(u, clang_getCursorExtent(e), &file, &begin, &end))
		return false;
	text = unit_text(u, file, &size);
	for (size_t i = begin; i + 1 < end && i + 1 < size; i++)
		if (text[i] == '&' && text[i + 1] == '&')
			return true;
	return false;
}

void lower_var(struct fn *fn, CXCursor var)
{
	struct unit *u = fn->u;
	CXType type = clang_getCursorType(var);
	CXCursor init = var_initializer(u, var);
	uint32_t local;
	struct place p;

	if (symbol_is_static_storage(var)) {
		unit_static_variable(u, var);
		if (!is_null(init) && mentions_labels(u, init))
			take_labels(fn, init);
		return;
	}
	local = fn_local(fn, take_string(u, clang_getCursorSpelling(var)), unit_type(u, type), 0,
		unit_loc(u, clang_getCursorLocation(var)));
	fn->f.locals.v[local].annotations = unit_annotations(u, var);
	ptrmap_put(&fn->arena, &fn->locals, cursor_key(var), local);
	p = place_local(fn, local);
	place_typed(fn, &p, type);
	if (type_is_record(type) || type_is_array(type)) {
		uint32_t op = fn_emit(fn, OP_BEGIN, var, type);

		fn_place(fn, op, &p);
	}
	if (!is_null(init))
		lower_init(fn, &p, type, init, var);
	if (u->cxx)
		cleanup_add(fn, var, local, type);
}

static void lower_decl(struct fn *fn, CXCursor d)
{
	switch (d.kind) {
	case CXCursor_VarDecl:
		lower_var(fn, d);
		break;
	case CXCursor_FunctionDecl:
		if (clang_isCursorDefinition(d)) /* GNU nested function */
			fn_unknown(fn, UNKNOWN_STATEMENT, d, "nested function");
		break;
	case CXCursor_UnexposedDecl:
		lower_cxx_stmt(fn, d);
		break;
	default:
		lower_local_decl(fn->u, d);
		break;
	}
}

static void lower_decls(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);

	for (unsigned i = 0; i < k.n; i++)
		lower_decl(fn, kid(u, k, i));
	kids_drop(u, k);
}

/* ---- compounds ---- */

static void lower_compound(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	struct scope scope;

	scope_enter(fn, &scope, s);
	for (unsigned i = 0; i < k.n; i++)
		lower_stmt(fn, kid(u, k, i));
	scope_leave(fn, &scope, s);
	kids_drop(u, k);
}

struct facts_operand lower_compound_value(struct fn *fn, CXCursor compound)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, compound);
	struct facts_operand v = operand_none();
	struct scope scope;

	scope_enter(fn, &scope, compound);
	for (unsigned i = 0; i < k.n; i++) {
		CXCursor c = kid(u, k, i);

		if (i + 1 == k.n && is_expression(c))
			v = lower_value(fn, c);
		else
			lower_stmt(fn, c);
	}
	scope_leave(fn, &scope, compound);
	kids_drop(u, k);
	return v;
}

/* ---- if ---- */

/* `if (init; cond)`: an expression in front is told from a condition by its semicolon. */
static bool ends_with_semicolon(struct unit *u, CXCursor a, CXCursor b)
{
	return u->cxx && is_expression(a) && is_expression(b) && text_between(u, a, b, ";") &&
	       !text_between(u, a, b, ")");
}

/* The declarations in front of a condition; gives the index of the condition. */
static unsigned lower_condition_decls(struct fn *fn, struct kids k)
{
	struct unit *u = fn->u;
	CXCursor var = clang_getNullCursor();
	unsigned i = 0;

	if (i < k.n && kid(u, k, i).kind == CXCursor_VarDecl)
		var = kid(u, k, i++);
	if (i + 1 < k.n && (kid(u, k, i).kind == CXCursor_DeclStmt ||
				   ends_with_semicolon(u, kid(u, k, i), kid(u, k, i + 1)))) {
		CXCursor first = kid(u, k, i++);

		/* the statement that declares the condition's variable may be shown too */
		lower_stmt(fn, first);
	}
	if (!is_null(var) && !ptrmap_get(&fn->locals, cursor_key(var)))
		lower_var(fn, var);
	return i;
}

/* In broken code the condition can be missing: what stands first is then a body. */
static void lower_test(struct fn *fn, CXCursor cond, uint32_t yes, uint32_t no, CXCursor at)
{
	if (is_expression(cond)) {
		lower_condition(fn, cond, yes, no);
		return;
	}
	fn_branch(fn, fn_unknown(fn, UNKNOWN_EXPRESSION, at, "condition that was not parsed"), yes,
		no, at);
}

static void lower_if(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	uint32_t yes = fn_block(fn), no = fn_block(fn), end = no;
	struct scope scope;
	unsigned i;

	scope_enter(fn, &scope, s);
	i = lower_condition_decls(fn, k);
	lower_test(fn, kid(u, k, i), yes, no, s);
	i += is_expression(kid(u, k, i));
	fn_start(fn, yes);
	if (i < k.n)
		lower_stmt(fn, kid(u, k, i));
	if (i + 1 < k.n) {
		end = fn_block(fn);
		fn_jump(fn, end, s);
		fn_start(fn, no);
		lower_stmt(fn, kid(u, k, i + 1));
	}
	fn_continue(fn, end, s);
	scope_leave(fn, &scope, s);
	kids_drop(u, k);
}

/* ---- loops ---- */

static void loop_enter(struct fn *fn, struct loop *l, uint32_t break_to, uint32_t continue_to)
{
	l->outer = fn->loops;
	l->break_to = break_to;
	l->continue_to = continue_to;
	l->scope = fn->scope;
	fn->loops = l;
}

static void loop_leave(struct fn *fn, struct loop *l)
{
	fn->loops = l->outer;
}

void lower_loop_body(struct fn *fn, CXCursor body, uint32_t break_to, uint32_t continue_to)
{
	struct loop l;

	loop_enter(fn, &l, break_to, continue_to);
	if (!is_null(body))
		lower_stmt(fn, body);
	loop_leave(fn, &l);
}

static void lower_while(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	uint32_t head = fn_block(fn), body = fn_block(fn), end = fn_block(fn), leave = end;
	struct scope scope;
	unsigned i;

	fn_continue(fn, head, s);
	scope_enter(fn, &scope, s);
	i = lower_condition_decls(fn, k);
	if (fn->cleanups.n > scope.cleanups)
		leave = fn_block(fn);
	lower_test(fn, kid(u, k, i), body, leave, s);
	i += is_expression(kid(u, k, i));
	fn_start(fn, body);
	lower_loop_body(fn, kid(u, k, i), leave, head);
	run_cleanups(fn, scope.cleanups, s);
	fn_jump(fn, head, s);
	if (leave != end) {
		fn_start(fn, leave);
		run_cleanups(fn, scope.cleanups, s);
		fn_jump(fn, end, s);
	}
	scope_leave(fn, &scope, s);
	fn_start(fn, end);
	kids_drop(u, k);
}

static void lower_do(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	CXCursor body_stmt = kid(u, k, 0), cond = kid(u, k, 1);
	uint32_t body = fn_block(fn), test = fn_block(fn), end = fn_block(fn);

	kids_drop(u, k);
	fn_continue(fn, body, s);
	lower_loop_body(fn, body_stmt, end, test);
	fn_continue(fn, test, s);
	lower_test(fn, cond, body, end, s);
	fn_start(fn, end);
}

/* ---- for ---- */

struct for_parts {
	CXCursor init, var, cond, step, body;
};

/* The two semicolons of a for and its closing parenthesis, in the text it is spelled in. */
struct for_text {
	size_t semi[2], close;
};

static size_t skip_quoted(const char *text, size_t size, size_t i)
{
	char quote = text[i];

	for (i++; i < size && text[i] != quote; i++)
		if (text[i] == '\\')
			i++;
	return i;
}

static size_t skip_comment(const char *text, size_t size, size_t i)
{
	if (text[i + 1] == '/') {
		while (i < size && text[i] != '\n')
			i++;
		return i;
	}
	for (i += 2; i + 1 < size && !(text[i] == '*' && text[i + 1] == '/');)
		i++;
	return i + 1;
}

static bool find_semicolons(const char *text, size_t size, size_t at, struct for_text *f)
{
	int depth = 0, found = 0;

	for (size_t i = at; i < size; i++) {
		char c = text[i];

		if (c == '"' || c == '\'')
			i = skip_quoted(text, size, i);
		else if (c == '/' && i + 1 < size && (text[i + 1] == '*' || text[i + 1] == '/'))
			i = skip_comment(text, size, i);
		else if (c == '(' || c == '{' || c == '[')
			depth++;
		else if ((c == ')' || c == '}' || c == ']') && --depth <= 0) {
			f->close = i;
			return found == 2;
		} else if (c == ';' && depth == 1 && found < 2)
			f->semi[found++] = i;
	}
	return false;
}

static CXFile spelled_at(CXSourceLocation l, unsigned *offset)
{
	CXFile f;

	clang_getSpellingLocation(l, &f, NULL, NULL, offset);
	return f;
}

static void put_part(struct for_parts *p, CXCursor c, unsigned offset, const struct for_text *f)
{
	if (offset < f->semi[0])
		p->init = c;
	else if (c.kind == CXCursor_VarDecl)
		p->var = c;
	else if (offset < f->semi[1])
		p->cond = c;
	else
		p->step = c;
}

/* By place: what starts before the first semicolon is the init, and so on. False where
 * one stands elsewhere, as a macro's argument does. */
static bool place_parts(struct unit *u, CXCursor s, struct kids k, struct for_parts *p)
{
	struct for_text f;
	unsigned at, offset;
	CXFile file = spelled_at(clang_getRangeStart(clang_getCursorExtent(s)), &at);
	size_t size;
	const char *text;

	if (!file)
		return false;
	text = file_text(u, file, &size);
	if (!find_semicolons(text, size, at, &f))
		return false;
	for (unsigned i = 0; i + 1 < k.n; i++) {
		CXCursor c = kid(u, k, i);

		if (spelled_at(clang_getRangeStart(clang_getCursorExtent(c)), &offset) != file ||
			offset < at || offset > f.close)
			return false;
		put_part(p, c, offset, &f);
	}
	return true;
}

static bool is_comparison(CXCursor c)
{
	enum CXBinaryOperatorKind op = clang_getCursorBinaryOperatorKind(c);

	return c.kind == CXCursor_BinaryOperator && op >= CXBinaryOperator_LT &&
	       op <= CXBinaryOperator_LOr;
}

/* An assignment, a step, a declaration: no condition. */
static bool is_action(CXCursor c)
{
	enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(c);

	if (c.kind == CXCursor_UnaryOperator)
		return op >= CXUnaryOperator_PostInc && op <= CXUnaryOperator_PreDec;
	return c.kind == CXCursor_DeclStmt || c.kind == CXCursor_CompoundAssignOperator ||
	       (c.kind == CXCursor_BinaryOperator && !is_comparison(c));
}

/* Where the text does not tell: by number and form. */
static void guess_parts(struct unit *u, struct kids k, struct for_parts *p)
{
	unsigned i = 0, n = k.n - 1;

	if (n && (n >= 3 || is_action(kid(u, k, 0))))
		p->init = kid(u, k, i++);
	if (i < n && kid(u, k, i).kind == CXCursor_VarDecl)
		p->var = kid(u, k, i++);
	if (i < n && (n >= 3 || !is_action(kid(u, k, i))))
		p->cond = kid(u, k, i++);
	if (i < n)
		p->step = kid(u, k, i);
}

static struct for_parts parts_of_for(struct unit *u, CXCursor s)
{
	CXCursor none = clang_getNullCursor();
	struct for_parts p = {none, none, none, none, none};
	struct kids k = kids_get(u, s);

	if (k.n) {
		p.body = kid(u, k, k.n - 1);
		if (!place_parts(u, s, k, &p)) {
			p.init = p.var = p.cond = p.step = none;
			guess_parts(u, k, &p);
		}
	}
	kids_drop(u, k);
	return p;
}

static void lower_for(struct fn *fn, CXCursor s)
{
	struct for_parts p = parts_of_for(fn->u, s);
	uint32_t head = fn_block(fn), body = fn_block(fn), step = fn_block(fn), end = fn_block(fn);
	struct scope scope;

	scope_enter(fn, &scope, s);
	if (!is_null(p.init))
		lower_stmt(fn, p.init);
	fn_continue(fn, head, s);
	if (!is_null(p.var))
		lower_var(fn, p.var);
	if (!is_null(p.cond))
		lower_test(fn, p.cond, body, end, s);
	else
		fn_jump(fn, body, s);
	fn_start(fn, body);
	lower_loop_body(fn, p.body, end, step);
	fn_continue(fn, step, s);
	if (!is_null(p.step))
		lower_stmt(fn, p.step);
	fn_jump(fn, head, s);
	fn_start(fn, end);
	scope_leave(fn, &scope, s);
}

static void lower_jump_out(struct fn *fn, CXCursor s, bool is_break)
{
	struct loop *l = fn->loops;

	while (l && !is_break && l->continue_to == NO_BLOCK)
		l = l->outer;
	if (!l) {
		fn_unknown(fn, UNKNOWN_STATEMENT, s, "break or continue outside of a loop");
		return;
	}
	scope_unwind(fn, l->scope, s);
	fn_jump(fn, is_break ? l->break_to : l->continue_to, s);
}

/* ---- switch ---- */

static void lower_case(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	struct case_label c = {0, fn_block(fn)};

	fn_continue(fn, c.block, s);
	if (fn->switches && s.kind == CXCursor_DefaultStmt)
		fn->switches->default_block = c.block;
	else if (fn->switches && k.n && constant_value(kid(u, k, 0), &c.value))
		vec_push(&fn->arena, &fn->switches->cases, c);
	else if (fn->switches && !(fn->f.flags & FUNCTION_TEMPLATE))
		fn_unknown(fn, UNKNOWN_STATEMENT, s, "case without a known value");
	if (k.n && !(k.n == 1 && s.kind == CXCursor_CaseStmt))
		lower_stmt(fn, kid(u, k, k.n - 1));
	kids_drop(u, k);
}

static void lower_switch(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	struct switch_state state = {.outer = fn->switches, .default_block = NO_BLOCK};
	uint32_t end = fn_block(fn), block;
	struct facts_operand v;
	struct scope scope;
	struct loop l;
	unsigned i;

	scope_enter(fn, &scope, s);
	i = lower_condition_decls(fn, k);
	v = is_expression(kid(u, k, i))
		    ? lower_value(fn, kid(u, k, i))
		    : fn_unknown(fn, UNKNOWN_EXPRESSION, s, "switch whose value was not parsed");
	i += is_expression(kid(u, k, i));
	block = fn_switch(fn, v, s);
	fn->switches = &state;
	loop_enter(fn, &l, end, NO_BLOCK);
	if (i < k.n)
		lower_stmt(fn, kid(u, k, i));
	loop_leave(fn, &l);
	fn->switches = state.outer;
	fn_switch_cases(
		fn, block, &state, state.default_block == NO_BLOCK ? end : state.default_block);
	fn_continue(fn, end, s);
	scope_leave(fn, &scope, s);
	kids_drop(u, k);
}

/* ---- the rest ---- */

static void lower_return(struct fn *fn, CXCursor s)
{
	CXCursor e = first_expression(fn->u, s);
	struct facts_operand v = operand_none();

	if (!is_null(e))
		v = lower_argument(fn, fn->result, e);
	scope_unwind(fn, NULL, s);
	fn_return(fn, v, s);
}

static void lower_asm(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);
	size_t base = fn->operands.n;
	uint32_t op;

	/* outputs and inputs alike are handed over by address where they have one */
	for (unsigned i = 0; i < k.n; i++)
		if (is_expression(kid(u, k, i)) && kid(u, k, i).kind != CXCursor_StringLiteral) {
			CXCursor e = kid(u, k, i);
			struct facts_operand v =
				e.kind == CXCursor_DeclRefExpr || e.kind == CXCursor_MemberRefExpr
					? lower_address(fn, e, clang_getCursorType(e))
					: lower_value(fn, e);

			vec_push(&fn->arena, &fn->operands,
				v.kind == OPERAND_NONE ? operand_other() : v);
		}
	op = fn_emit(fn, OP_ASM, s, clang_getCursorType(s));
	fn_args(fn, op, vec_from(&fn->operands, base), fn->operands.n - base);
	fn->operands.n = base;
	kids_drop(u, k);
}

static void lower_indirect_goto(struct fn *fn, CXCursor s)
{
	CXCursor e = first_expression(fn->u, s);
	struct facts_operand v = is_null(e) ? operand_other() : lower_value(fn, e);

	fn_indirect(fn, v.kind == OPERAND_NONE ? operand_other() : v, s);
}

/* Statements that wrap others: attributes, OpenMP regions. */
static void lower_wrapped(struct fn *fn, CXCursor s)
{
	struct unit *u = fn->u;
	struct kids k = kids_get(u, s);

	for (unsigned i = 0; i < k.n; i++) {
		CXCursor c = kid(u, k, i);

		if (is_statement(c) || is_expression(c))
			lower_stmt(fn, c);
	}
	kids_drop(u, k);
}

static bool is_openmp(enum CXCursorKind k)
{
	return k >= CXCursor_OMPParallelDirective && k < CXCursor_TranslationUnit;
}

void lower_stmt(struct fn *fn, CXCursor s)
{
	switch (s.kind) {
	case CXCursor_CompoundStmt:
		lower_compound(fn, s);
		break;
	case CXCursor_DeclStmt:
		lower_decls(fn, s);
		break;
	case CXCursor_VarDecl:
		lower_var(fn, s);
		break;
	case CXCursor_IfStmt:
		lower_if(fn, s);
		break;
	case CXCursor_WhileStmt:
		lower_while(fn, s);
		break;
	case CXCursor_DoStmt:
		lower_do(fn, s);
		break;
	case CXCursor_ForStmt:
		lower_for(fn, s);
		break;
	case CXCursor_SwitchStmt:
		lower_switch(fn, s);
		break;
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
		lower_case(fn, s);
		break;
	case CXCursor_LabelStmt:
		lower_label(fn, s);
		break;
	case CXCursor_GotoStmt:
		lower_goto(fn, s);
		break;
	case CXCursor_IndirectGotoStmt:
		lower_indirect_goto(fn, s);
		break;
	case CXCursor_BreakStmt:
	case CXCursor_ContinueStmt:
		lower_jump_out(fn, s, s.kind == CXCursor_BreakStmt);
		break;
	case CXCursor_ReturnStmt:
		lower_return(fn, s);
		break;
	case CXCursor_GCCAsmStmt:
	case CXCursor_MSAsmStmt:
		lower_asm(fn, s);
		break;
	case CXCursor_NullStmt:
		break;
	case CXCursor_UnexposedStmt:
		lower_wrapped(fn, s);
		break;
	default:
		if (is_expression(s))
			lower_effect(fn, s);
		else if (is_openmp(s.kind))
			lower_wrapped(fn, s);
		else if (!lower_cxx_stmt(fn, s) && is_statement(s))
			fn_unknown(fn, UNKNOWN_STATEMENT, s, "statement of an unknown form");
		break;
	}
}
