/*
 * Locks that threads make themselves of an atomic word: whoever changes it from free to
 * taken, and sees by what comes back that it was free, is alone until it is stored to
 * again. So the lock is taken on an edge of the branch that asks, not by the exchange:
 *
 *	while (atomic_exchange(&word, 1))	taken where the old value is 0
 *		;
 */
#include "analysis/state.h"

#define QUESTION_STEPS 16

/* What a branch asks about the result of a call: is it set, or is it `value`? */
struct question {
	uint32_t call;
	bool negated; /* the branch is taken where the answer is no */
	bool compared;
	int64_t value;
};

/* The number that an operand is through casts; pointers: 0 for NULL. */
static bool number_of(const struct fn_state *f, const struct facts_operand *v, int64_t *number)
{
	for (unsigned i = 0; v->kind == OPERAND_TEMP && i < QUESTION_STEPS; i++) {
		const struct facts_op *op = &f->code->ops.v[v->id];

		if (op->kind != OP_CAST || !op->nargs)
			return false;
		v = &f->code->args.v[op->first_arg];
	}
	*number = v->kind == OPERAND_INT ? v->value : 0;
	return v->kind == OPERAND_INT || v->kind == OPERAND_NULL;
}

/* The only value that is stored in the local variable that OP loads; NULL: there are more. */
static const struct facts_operand *stored_in(struct fn_state *f, uint32_t op)
{
	const struct facts_place *p = &f->code->places.v[f->code->ops.v[op].place];
	const struct facts_op *def;
	struct reaching r;

	if (p->kind != PLACE_LOCAL || p->nsteps)
		return NULL;
	defs_reaching(f, p->id, op, &r);
	if (r.n != 1 || r.more || r.v[0] == DEF_ENTRY)
		return NULL;
	def = &f->code->ops.v[r.v[0]];
	return def->kind == OP_STORE ? &f->code->args.v[def->first_arg] : NULL;
}

/* One side of `OP` is a number: the other, and what the comparison asks about it. */
static const struct facts_operand *compared_with(
	const struct fn_state *f, const struct facts_op *op, struct question *q)
{
	const struct facts_operand *args = &f->code->args.v[op->first_arg];
	int64_t number;
	unsigned other;

	if ((op->sub != OPERATOR_EQ && op->sub != OPERATOR_NE) || op->nargs != 2 || q->compared)
		return NULL;
	if (number_of(f, &args[1], &number))
		other = 0;
	else if (number_of(f, &args[0], &number))
		other = 1;
	else
		return NULL;
	q->compared = number != 0;
	q->value = number;
	q->negated ^= number ? op->sub == OPERATOR_NE : op->sub == OPERATOR_EQ;
	return &args[other];
}

static bool question_of(struct fn_state *f, uint32_t block, struct question *q)
{
	const struct facts_block *b = &f->code->blocks.v[block];
	const struct facts_op *op = b->nops ? &f->code->ops.v[b->first_op + b->nops - 1] : NULL;
	const struct facts_operand *v;

	if (!op || op->kind != OP_BRANCH || b->nsuccs != 2)
		return false;
	v = &f->code->args.v[op->first_arg];
	memset(q, 0, sizeof(*q));
	for (unsigned i = 0; v && v->kind == OPERAND_TEMP && i < QUESTION_STEPS; i++) {
		op = &f->code->ops.v[v->id];
		switch (op->kind) {
		case OP_CALL:
			q->call = v->id;
			return true;
		case OP_CAST:
			v = &f->code->args.v[op->first_arg];
			break;
		case OP_UNARY:
			q->negated ^= true;
			v = op->sub == OPERATOR_NOT && !q->compared
				    ? &f->code->args.v[op->first_arg]
				    : NULL;
			break;
		case OP_BINARY:
			v = compared_with(f, op, q);
			break;
		case OP_LOAD:
			v = stored_in(f, v->id);
			break;
		default:
			return false;
		}
	}
	return false;
}

uint32_t asked_call(struct fn_state *f, uint32_t block)
{
	struct question q;

	return question_of(f, block, &q) ? q.call : FACTS_NONE;
}

/* What the expected value is that operand V points to. A failed attempt stores there what it
 * found, so that an attempt that may come after a failed one expects no number. */
static bool expected_behind(
	struct fn_state *f, uint32_t op, const struct facts_operand *v, int64_t *number)
{
	uint32_t local = address_of_local(f, v);
	struct reaching r;

	if (local == FACTS_NONE)
		return false;
	defs_reaching(f, local, op, &r);
	for (uint32_t i = 0; i < r.n; i++) {
		const struct facts_op *def = r.v[i] == DEF_ENTRY ? NULL : &f->code->ops.v[r.v[i]];
		int64_t n;

		if (!def || def->kind != OP_STORE ||
			!number_of(f, &f->code->args.v[def->first_arg], &n) ||
			(i > 0 && n != *number))
			return false;
		*number = n;
	}
	return r.n > 0 && !r.more;
}

/* A number other than FREE, or one that tells threads apart; a pointer is no sign of who has
 * the word, it is what the word is for. */
static bool marks_taken(const struct fn_state *f, const struct facts_operand *v, int64_t free)
{
	const struct facts *facts = f->ext->facts;
	int64_t number;
	uint32_t type;

	if (number_of(f, v, &number))
		return number != free;
	type = v->kind == OPERAND_TEMP ? f->code->ops.v[v->id].type : FACTS_NONE;
	return type < facts->types.n && facts->types.v[type].kind == TYPE_INT;
}

/* Does the answer YES to Q show that the exchange took the word, ... */
static bool exchange_takes(
	const struct fn_state *f, const struct question *q, int arg, bool yes, bool *asked)
{
	const struct facts_operand *v = call_operand(f, q->call, arg + 1);
	int64_t taken;

	*asked = v && number_of(f, v, &taken);
	if (!*asked)
		return false;
	if (q->compared)
		return yes == (q->value != taken);
	return yes == !taken;
}

/* ... or the comparison? */
static bool compare_takes(struct fn_state *f, const struct question *q, enum db_role role, int arg,
	bool yes, bool *asked)
{
	const struct facts_operand *v = call_operand(f, q->call, arg + 1);
	const struct facts_operand *desired = call_operand(f, q->call, arg + 2);
	int64_t free = 0;

	*asked = v && desired &&
		 (role == DB_ROLE_COMPARE_EXCHANGE ? expected_behind(f, q->call, v, &free)
						   : number_of(f, v, &free)) &&
		 marks_taken(f, desired, free);
	if (role != DB_ROLE_COMPARE_SWAP_OLD)
		return yes && (!q->compared || q->value == 1);
	return q->compared ? yes == (q->value == free) : yes == (free != 0);
}

path_id spin_taken(struct analysis *a, struct fn_state *f, uint32_t block, uint32_t edge)
{
	const struct ext_call *c;
	const struct facts_operand *word;
	struct question q;
	bool yes, asked = false, takes;
	path_id path;
	int arg;

	if (!question_of(f, block, &q))
		return PATH_NONE;
	c = call_at(f, q.call);
	if (!c || !c->api || !spin_role(c->api->role) || c->api->role == DB_ROLE_ATOMIC_STORE)
		return PATH_NONE;
	arg = c->api->role_arg;
	yes = (edge == 0) != q.negated;
	takes = c->api->role == DB_ROLE_EXCHANGE
			? exchange_takes(f, &q, arg, yes, &asked)
			: compare_takes(f, &q, c->api->role, arg, yes, &asked);
	word = call_operand(f, q.call, arg);
	if (!asked || !takes || !word)
		return PATH_NONE;
	path = value_of(a, f, word);
	return path_at(a, path)->root == PATH_ANY || path == PATH_CONST ? PATH_NONE : path;
}

bool spin_role(enum db_role role)
{
	switch (role) {
	case DB_ROLE_EXCHANGE:
	case DB_ROLE_COMPARE_EXCHANGE:
	case DB_ROLE_COMPARE_SWAP:
	case DB_ROLE_COMPARE_SWAP_OLD:
	case DB_ROLE_ATOMIC_STORE:
		return true;
	default:
		return false;
	}
}

bool spin_stores(const struct facts_op *op)
{
	return op->kind == OP_STORE && op->flags & (OPF_ATOMIC | OPF_VOLATILE);
}

path_id spin_stored(struct analysis *a, struct fn_state *f, uint32_t op, bool *zero)
{
	const struct facts_op *o = &f->code->ops.v[op];
	const struct ext_call *c = call_at(f, op);
	const struct facts_operand *word, *value;
	int64_t number;
	path_id path;

	*zero = false;
	if (spin_stores(o)) {
		value = &f->code->args.v[o->first_arg];
		path = op_place(a, f, op);
	} else {
		if (!c || !c->api || !spin_role(c->api->role))
			return PATH_NONE;
		word = call_operand(f, op, c->api->role_arg);
		value = call_operand(f, op, c->api->role_arg + 1);
		path = word ? value_of(a, f, word) : PATH_NONE;
	}
	*zero = value && number_of(f, value, &number) && !number &&
		(!c || c->api->role == DB_ROLE_ATOMIC_STORE);
	return path;
}
