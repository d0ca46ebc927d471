/*
 * Inside of the front end: one function while it is being lowered.
 *
 * Blocks get their number when they are first jumped to or started; they are put into
 * source order at the end. With no current block, code is unreachable: the next
 * operation starts a block without predecessors.
 */
#ifndef GC_FRONTEND_LOWER_H
#define GC_FRONTEND_LOWER_H

#include "frontend/unit.h"

#define NO_BLOCK UINT32_MAX

/* A memory place under construction. */
struct place {
	enum facts_place_kind kind;
	uint32_t id;
	struct facts_operand base;
	struct facts_step steps[16];
	unsigned n;
	uint32_t type;	/* of the object it names */
	bool marker;	/* target of an overlay marker's result: reading it is the result */
	unsigned flags; /* OPF_ATOMIC, OPF_VOLATILE */
};

/* A variable whose end must be shown. */
struct cleanup {
	uint32_t local;
	CXCursor destructor; /* null: none to call */
	CXCursor function;   /* __attribute__((cleanup)) */
};

struct scope {
	struct scope *outer;
	size_t cleanups; /* fn.cleanups.n when it was entered */
	CXCursor at;	 /* what it is the scope of */
};

/* Where break and continue go. */
struct loop {
	struct loop *outer;
	uint32_t break_to, continue_to; /* NO_BLOCK: not this one's */
	const struct scope *scope;	/* in force there */
};

struct case_label {
	int64_t value;
	uint32_t block;
};

struct switch_state {
	struct switch_state *outer;
	VEC(struct case_label) cases;
	uint32_t default_block;
};

/* Where what is thrown in a try block goes: any of them. */
struct handlers {
	struct handlers *outer;
	const struct scope *scope; /* around the try */
	uint32_t *to;
	size_t n;
};

struct fn {
	struct unit *u;
	struct arena arena; /* everything here grows in it: it dies with the function */
	struct facts_function f;
	struct fn *outer; /* of a lambda */
	CXCursor decl;
	CXType result;
	uint32_t this_local;
	struct ptrmap locals;	/* variable -> f.locals */
	struct ptrmap bindings; /* structured bindings and the like -> index in aliases */
	struct ptrmap labels;	/* LabelStmt -> block */
	VEC(uint32_t) placed;	/* blocks in the order they were started */
	VEC(uint32_t) taken;	/* labels whose address is taken */
	VEC(uint32_t) indirect; /* blocks that end in a computed goto */
	VEC(uint32_t) unknowns; /* facts.unknowns to be tied to the function */
	VEC(struct cleanup) cleanups;
	VEC(struct facts_operand) operands; /* being gathered: a stack */
	uint32_t cur;
	struct scope *scope;
	struct loop *loops;
	struct handlers *handlers;
	struct switch_state *switches;
};

/* ---- building (build_ops.c) ---- */

uint32_t fn_block(struct fn *fn);
void fn_start(struct fn *fn, uint32_t block);
/* Starts BLOCK; what came before falls into it. */
void fn_continue(struct fn *fn, uint32_t block, CXCursor at);
uint32_t fn_emit(struct fn *fn, enum facts_op_kind kind, CXCursor at, CXType type);
void fn_args(struct fn *fn, uint32_t op, const struct facts_operand *v, size_t n);
void fn_arg(struct fn *fn, uint32_t op, struct facts_operand v);
void fn_place(struct fn *fn, uint32_t op, const struct place *p);
void fn_jump(struct fn *fn, uint32_t to, CXCursor at);
void fn_branch(struct fn *fn, struct facts_operand cond, uint32_t yes, uint32_t no, CXCursor at);
void fn_end(struct fn *fn, enum facts_op_kind kind, CXCursor at); /* no successors */
void fn_return(struct fn *fn, struct facts_operand v, CXCursor at);
void fn_indirect(struct fn *fn, struct facts_operand to, CXCursor at);
/* Ends the block in a switch; its cases follow when they are known. */
uint32_t fn_switch(struct fn *fn, struct facts_operand v, CXCursor at);
void fn_switch_cases(
	struct fn *fn, uint32_t block, const struct switch_state *s, uint32_t otherwise);
void fn_fork(struct fn *fn, const uint32_t *to, size_t n, CXCursor at);
uint32_t fn_local(
	struct fn *fn, const char *name, uint32_t type, unsigned flags, struct facts_loc loc);
void fn_finish(struct fn *fn);
/* The function in the facts' arena, without the slack it grew with. */
struct facts_function fn_keep(struct fn *fn);
struct facts_operand fn_unknown(
	struct fn *fn, enum facts_unknown_kind kind, CXCursor at, const char *what);

struct facts_operand operand_temp(uint32_t op);
struct facts_operand operand_int(int64_t v);
struct facts_operand operand_symbol(uint32_t symbol);
struct facts_operand operand_none(void);
struct facts_operand operand_other(void);
struct facts_operand operand_null(void);

struct place place_local(struct fn *fn, uint32_t local);
struct place place_mem(struct facts_operand base);
void place_field(struct fn *fn, struct place *p, CXCursor field, CXCursor at);
void place_index(
	struct fn *fn, struct place *p, struct facts_operand i, uint32_t type, CXCursor at);
/* The type of what P names, and what it says about accesses. */
void place_typed(struct fn *fn, struct place *p, CXType type);
struct facts_operand place_load(struct fn *fn, const struct place *p, CXCursor at, CXType type);
void place_store(struct fn *fn, const struct place *p, struct facts_operand v, CXCursor at,
	CXType type, unsigned flags);
struct facts_operand place_address(struct fn *fn, const struct place *p, CXCursor at, CXType type);

/* ---- expressions (lower_expr.c, lower_call.c) ---- */

struct facts_operand lower_value(struct fn *fn, CXCursor e);
void lower_effect(struct fn *fn, CXCursor e);
void lower_condition(struct fn *fn, CXCursor e, uint32_t yes, uint32_t no);
struct place lower_place(struct fn *fn, CXCursor e);
struct facts_operand lower_call(struct fn *fn, CXCursor e);
struct facts_operand lower_generic(struct fn *fn, CXCursor e);
struct facts_operand lower_statement_expression(struct fn *fn, CXCursor e);
/* A bare UnexposedExpr: whatever libclang has no kind for. */
struct facts_operand lower_nameless(struct fn *fn, CXCursor e);
/* VALUE initialises P, of type TYPE. */
void lower_init(struct fn *fn, struct place *p, CXType type, CXCursor value, CXCursor at);
/* The argument for a parameter of TYPE: an address for a reference. */
struct facts_operand lower_argument(struct fn *fn, CXType param, CXCursor e);
struct facts_operand lower_address(struct fn *fn, CXCursor e, CXType type);

/* ---- statements (lower_stmt.c) ---- */

void lower_stmt(struct fn *fn, CXCursor s);
uint32_t label_block(struct fn *fn, CXCursor label);
void lower_var(struct fn *fn, CXCursor var);
void scope_enter(struct fn *fn, struct scope *s, CXCursor at);
void scope_leave(struct fn *fn, struct scope *s, CXCursor at);
/* Ends of all variables of scopes inside of TO (not of TO itself). */
void scope_unwind(struct fn *fn, const struct scope *to, CXCursor at);
void lower_loop_body(struct fn *fn, CXCursor body, uint32_t break_to, uint32_t continue_to);
/* A statement expression's compound statement; its value. */
struct facts_operand lower_compound_value(struct fn *fn, CXCursor compound);

/* ---- C++ (lower_cxx.c) ---- */

/* False: not a form of C++. */
bool lower_cxx_value(struct fn *fn, CXCursor e, struct facts_operand *out);
bool lower_cxx_stmt(struct fn *fn, CXCursor s);
bool lower_cxx_place(struct fn *fn, CXCursor e, struct place *out);
/* A constructor call on P. */
void lower_construct(struct fn *fn, struct place *p, CXCursor call);
/* A constructor call whose object has no name. */
struct facts_operand lower_construct_value(struct fn *fn, CXCursor call);
bool lower_cxx_call(struct fn *fn, CXCursor e, CXCursor callee, struct facts_operand *out);
struct facts_operand lower_cxx_nameless(struct fn *fn, CXCursor e, struct kids k);
void lower_member_inits(struct fn *fn, CXCursor constructor);
void cleanup_add(struct fn *fn, CXCursor var, uint32_t local, CXType type);
void cleanup_run(struct fn *fn, const struct cleanup *c, CXCursor at);
struct place implicit_this(struct fn *fn, CXCursor at);
CXCursor find_destructor(struct unit *u, CXType type);

/* ---- functions (lower.c) ---- */

void lower_function(
	struct unit *u, CXCursor decl, unsigned flags, struct fn *outer, uint32_t symbol);
/* The body that a call to DECL runs will be lowered too, where it is an instance. */
void unit_want_body(struct unit *u, CXCursor decl);
void lower_local_decl(struct unit *u, CXCursor decl);

#endif
