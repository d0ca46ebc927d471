/* What a test decides: the branch that a loaded value leads to, and which way is which. */
#include "analysis/state.h"

/* How a value relates to the one that was loaded. */
enum sense {
	SENSE_SET,
	SENSE_UNSET,
	SENSE_GIVEN, /* compared with what the function was given, which may be set or not */
	SENSE_OTHER,
};

static const struct facts_operand *other_operand(
	const struct facts_function *code, const struct facts_op *op, uint32_t temp)
{
	for (uint32_t i = 0; i < op->nargs; i++) {
		const struct facts_operand *v = &code->args.v[op->first_arg + i];

		if (v->kind != OPERAND_TEMP || v->id != temp)
			return v;
	}
	return NULL;
}

static bool is_zero(const struct facts_operand *v)
{
	return v && (v->kind == OPERAND_NULL || (v->kind == OPERAND_INT && v->value == 0));
}

static enum sense flip(enum sense s)
{
	if (s == SENSE_SET)
		return SENSE_UNSET;
	return s == SENSE_UNSET ? SENSE_SET : s;
}

/* A parameter, through casts. */
static bool is_given(const struct facts_function *code, const struct facts_operand *v)
{
	const struct facts_op *op = NULL;
	const struct facts_place *p;

	for (int depth = 0; v && v->kind == OPERAND_TEMP && depth < 4; depth++) {
		op = &code->ops.v[v->id];
		if (op->kind != OP_CAST || !op->nargs)
			break;
		v = &code->args.v[op->first_arg];
	}
	if (!op || op->kind != OP_LOAD)
		return false;
	p = &code->places.v[op->place];
	return p->kind == PLACE_LOCAL && !p->nsteps && p->id < code->nparams;
}

static enum sense sense_after(const struct facts_function *code, const struct facts_op *op,
	uint32_t temp, enum sense before)
{
	bool against_zero = op->kind == OP_BINARY && is_zero(other_operand(code, op, temp));

	if (op->kind == OP_CAST)
		return before;
	if (op->kind == OP_UNARY && op->sub == OPERATOR_NOT)
		return flip(before);
	if (against_zero && op->sub == OPERATOR_NE)
		return before;
	if (against_zero && op->sub == OPERATOR_EQ)
		return flip(before);
	if (op->kind == OP_BINARY && (op->sub == OPERATOR_EQ || op->sub == OPERATOR_NE) &&
		is_given(code, other_operand(code, op, temp)))
		return SENSE_GIVEN;
	return SENSE_OTHER;
}

static bool has_operand(const struct facts_function *code, const struct facts_op *op, uint32_t temp)
{
	for (uint32_t i = 0; i < op->nargs; i++) {
		const struct facts_operand *v = &code->args.v[op->first_arg + i];

		if (v->kind == OPERAND_TEMP && v->id == temp)
			return true;
	}
	return false;
}

/* The branch at the end of the block that the value of TEST leads to; FACTS_NONE: none. */
static uint32_t branch_of(const struct fn_state *f, uint32_t test, enum sense *sense)
{
	const struct facts_function *code = f->code;
	const struct facts_block *b = &code->blocks.v[f->block_of[test]];
	uint32_t temp = test;

	*sense = SENSE_SET;
	for (uint32_t i = test + 1; i < b->first_op + b->nops; i++) {
		const struct facts_op *op = &code->ops.v[i];

		if (!has_operand(code, op, temp))
			continue;
		if (op->kind == OP_BRANCH)
			return i;
		if (op->kind != OP_CAST && op->kind != OP_UNARY && op->kind != OP_BINARY)
			continue;
		*sense = sense_after(code, op, temp, *sense);
		temp = i;
	}
	return FACTS_NONE;
}

bool analysis_decides(
	const struct analysis *a, uint32_t function, uint32_t test, uint32_t op, bool *if_set)
{
	struct fn_state *f = &a->fns[function];
	uint32_t here = f->block_of[test];
	const struct facts_block *b = &f->code->blocks.v[here];
	enum sense sense;
	bool on_true, on_false;

	if (branch_of(f, test, &sense) == FACTS_NONE || b->nsuccs != 2)
		return false;
	on_true = flow_leads(f, f->code->succs.v[b->first_succ], op, here);
	on_false = flow_leads(f, f->code->succs.v[b->first_succ + 1], op, here);
	if (on_true == on_false)
		return false;
	if (sense != SENSE_OTHER)
		*if_set = sense == SENSE_GIVEN || on_true == (sense == SENSE_SET);
	return true;
}
