/*
 * The shape that every later stage relies on without looking again: indexes are in range,
 * names are there, chains and trees end, blocks end in their terminator.
 */
#include "facts/facts.h"

/* Later stages walk types and initialisers recursively; no source nests this deep. */
#define MAX_DEPTH 1000

struct verifier {
	struct facts *f;
	const struct facts_function *fn; /* the function whose code is looked at */
	size_t fn_index;
	const char *problem; /* the first one */
};

static bool fault(struct verifier *v, const char *what, size_t index)
{
	if (v->problem)
		return false;
	v->problem =
		v->fn ? arena_printf(&v->f->arena, "function %zu: %s %zu", v->fn_index, what, index)
		      : arena_printf(&v->f->arena, "%s %zu", what, index);
	return false;
}

#define CHECK(v, ok, what, index) ((ok) ? true : fault((v), (what), (index)))

static bool in_range(uint32_t i, size_t n)
{
	return i < n;
}

static bool none_or_in(uint32_t i, size_t n)
{
	return i == FACTS_NONE || i < n;
}

static bool loc_ok(const struct facts *f, struct facts_loc loc)
{
	return none_or_in(loc.file, f->files.n);
}

/* FIRST .. FIRST + COUNT lie in an array of N. */
static bool slice_ok(uint32_t first, uint32_t count, size_t n)
{
	return count == 0 || (first < n && count <= n - first);
}

/*
 * A graph in which every node has at most one way on: follows all ways at once, each node
 * once. WAY leads from node to node, FACTS_NONE ends; DEPTH (n zeroed elements) gets the
 * number of steps to the end, plus one. False: a circle, or deeper than MAX_DEPTH.
 */
static bool chains_end(const uint32_t *way, uint32_t *depth, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t steps = 0, at = (uint32_t)i, total;

		while (at != FACTS_NONE && !depth[at]) {
			if (++steps > MAX_DEPTH)
				return false;
			at = way[at];
		}
		total = (at == FACTS_NONE ? 0 : depth[at]) + steps;
		if (total > MAX_DEPTH)
			return false;
		for (at = (uint32_t)i; steps > 0; steps--, at = way[at])
			depth[at] = total--;
	}
	return true;
}

static void check_head(struct verifier *v)
{
	const struct facts *f = v->f;

	CHECK(v, f->unit && f->path && f->language && f->python && f->headers && f->origin,
		"build record without a name, field", 0);
	for (size_t i = 0; i < f->flags.n; i++)
		CHECK(v, f->flags.v[i], "flag without text", i);
	for (size_t i = 0; i < f->modules.n; i++)
		CHECK(v, f->modules.v[i], "module without a name", i);
	for (size_t i = 0; i < f->foreign_modules.n; i++)
		CHECK(v, f->foreign_modules.v[i].name && f->foreign_modules.v[i].kind,
			"module without a name or kind", i);
	for (size_t i = 0; i < f->notes.n; i++)
		CHECK(v, f->notes.v[i], "note without text", i);
	for (size_t i = 0; i < f->requirements.n; i++)
		CHECK(v, f->requirements.v[i], "requirement without text", i);
}

static void check_files(struct verifier *v)
{
	for (size_t i = 0; i < v->f->files.n; i++) {
		const struct facts_file *file = &v->f->files.v[i];

		CHECK(v, file->path && file->origin <= FACTS_SYSTEM, "file", i);
		for (size_t j = 0; j < file->lines.n; j++)
			CHECK(v,
				file->lines.v[j].text && (j == 0 || file->lines.v[j - 1].line <
									    file->lines.v[j].line),
				"source line", j);
		for (size_t j = 0; j < file->comments.n; j++)
			CHECK(v, file->comments.v[j].text, "comment", j);
	}
}

static void check_types(struct verifier *v)
{
	const struct facts *f = v->f;
	struct arena scratch = ARENA_INIT;
	uint32_t *target = arena_alloc(&scratch, f->types.n * sizeof(*target));
	uint32_t *depth = arena_alloc(&scratch, f->types.n * sizeof(*depth));
	bool ok = true;

	for (size_t i = 0; i < f->types.n; i++) {
		const struct facts_type *type = &f->types.v[i];

		ok = CHECK(v, type->kind <= TYPE_REFERENCE && type->name, "type", i) && ok;
		ok = CHECK(v, none_or_in(type->target, f->types.n), "target of type", i) && ok;
		CHECK(v,
			type->kind == TYPE_RECORD ? in_range(type->record, f->records.n)
						  : none_or_in(type->record, f->records.n),
			"record of type", i);
		target[i] = type->target;
	}
	if (ok)
		CHECK(v, chains_end(target, depth, f->types.n), "circle in types, of", f->types.n);
	arena_release(&scratch);
}

/* The record that an object of TYPE holds inside itself, arrays unwrapped. */
static uint32_t held_record(const struct facts *f, uint32_t type)
{
	while (type != FACTS_NONE && f->types.v[type].kind == TYPE_ARRAY)
		type = f->types.v[type].target;
	if (type == FACTS_NONE || f->types.v[type].kind != TYPE_RECORD)
		return FACTS_NONE;
	return f->types.v[type].record;
}

/* Number I of the records inside of RECORD: bases first, then fields. */
static uint32_t part_of(const struct facts *f, const struct facts_record *record, size_t i)
{
	if (i < record->bases.n)
		return held_record(f, record->bases.v[i]);
	i -= record->bases.n;
	if (record->fields.v[i].flags & FIELD_STATIC)
		return FACTS_NONE;
	return held_record(f, record->fields.v[i].type);
}

/* No record holds itself: depth first, with a stack of our own. */
static bool records_end(const struct facts *f)
{
	struct arena scratch = ARENA_INIT;
	struct frame {
		uint32_t record;
		size_t next;
	} *stack = arena_alloc(&scratch, MAX_DEPTH * sizeof(*stack));
	enum { NEW, OPEN, DONE } *state = arena_alloc(&scratch, f->records.n * sizeof(*state));
	bool ok = true;

	for (uint32_t root = 0; ok && root < f->records.n; root++) {
		size_t depth = 0;

		if (state[root] != NEW)
			continue;
		stack[depth++] = (struct frame){root, 0};
		state[root] = OPEN;
		while (ok && depth) {
			struct frame *top = &stack[depth - 1];
			const struct facts_record *record = &f->records.v[top->record];
			uint32_t part;

			if (top->next == record->bases.n + record->fields.n) {
				state[top->record] = DONE;
				depth--;
				continue;
			}
			part = part_of(f, record, top->next++);
			if (part == FACTS_NONE || state[part] == DONE)
				continue;
			ok = state[part] == NEW && depth < MAX_DEPTH;
			if (ok) {
				stack[depth++] = (struct frame){part, 0};
				state[part] = OPEN;
			}
		}
	}
	arena_release(&scratch);
	return ok;
}

static void check_records(struct verifier *v)
{
	const struct facts *f = v->f;

	for (size_t i = 0; i < f->records.n; i++) {
		const struct facts_record *record = &f->records.v[i];

		CHECK(v,
			record->name && record->key && record->kind <= RECORD_CLASS &&
				record->origin <= FACTS_SYSTEM && loc_ok(f, record->loc),
			"record", i);
		for (size_t j = 0; j < record->fields.n; j++) {
			const struct facts_field *field = &record->fields.v[j];

			CHECK(v,
				field->name && in_range(field->type, f->types.n) &&
					loc_ok(f, field->loc) &&
					none_or_in(field->annotations, f->annotations.n),
				"field of record", i);
		}
		for (size_t j = 0; j < record->bases.n; j++)
			CHECK(v, in_range(record->bases.v[j], f->types.n), "base of record", i);
	}
	if (!v->problem)
		CHECK(v, records_end(f), "record that holds itself, of", f->records.n);
}

static void check_symbols(struct verifier *v)
{
	const struct facts *f = v->f;

	for (size_t i = 0; i < f->symbols.n; i++) {
		const struct facts_symbol *symbol = &f->symbols.v[i];

		CHECK(v,
			symbol->name && symbol->key && symbol->kind <= SYMBOL_ENUMERATOR &&
				symbol->linkage <= LINKAGE_NONE && symbol->origin <= FACTS_SYSTEM,
			"symbol", i);
		CHECK(v,
			none_or_in(symbol->type, f->types.n) && loc_ok(f, symbol->loc) &&
				none_or_in(symbol->init, f->inits.n) &&
				none_or_in(symbol->record, f->records.n) &&
				none_or_in(symbol->annotations, f->annotations.n),
			"reference of symbol", i);
		CHECK(v,
			symbol->function == FACTS_NONE ||
				(symbol->function < f->symbols.n &&
					f->symbols.v[symbol->function].kind == SYMBOL_FUNCTION),
			"function of symbol", i);
	}
}

static void check_annotations(struct verifier *v)
{
	const struct facts *f = v->f;
	struct arena scratch = ARENA_INIT;
	size_t n = f->annotations.n;
	uint32_t *next = arena_alloc(&scratch, n * sizeof(*next));
	uint32_t *depth = arena_alloc(&scratch, n * sizeof(*depth));
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		const struct facts_annotation *annotation = &f->annotations.v[i];

		next[i] = annotation->next;
		ok = CHECK(v,
			     annotation->text && loc_ok(f, annotation->loc) &&
				     none_or_in(annotation->next, n),
			     "annotation", i) &&
		     ok;
	}
	if (ok)
		CHECK(v, chains_end(next, depth, n), "circle in annotations, of", n);
	arena_release(&scratch);
}

static bool init_ok(const struct facts *f, const struct facts_init *init)
{
	if (init->kind > INIT_SYMBOL || !init->text || !none_or_in(init->type, f->types.n) ||
		!loc_ok(f, init->loc))
		return false;
	switch (init->kind) {
	case INIT_LIST:
		return slice_ok(init->first, init->count, f->inits.n);
	case INIT_STRING:
		return init->string != NULL;
	case INIT_SYMBOL:
		return in_range(init->symbol, f->symbols.n);
	default:
		return true;
	}
}

/* Initialisers are a forest: each is in one list at most, and no list is inside itself. */
static void check_inits(struct verifier *v)
{
	const struct facts *f = v->f;
	struct arena scratch = ARENA_INIT;
	uint32_t *parent = arena_alloc(&scratch, f->inits.n * sizeof(*parent));
	uint32_t *depth = arena_alloc(&scratch, f->inits.n * sizeof(*depth));

	for (size_t i = 0; i < f->inits.n; i++)
		parent[i] = FACTS_NONE;
	for (size_t i = 0; i < f->inits.n && !v->problem; i++) {
		const struct facts_init *init = &f->inits.v[i];

		if (!CHECK(v, init_ok(f, init), "initialiser", i) || init->kind != INIT_LIST)
			continue;
		for (uint32_t j = init->first; j < init->first + init->count; j++) {
			if (!CHECK(v, parent[j] == FACTS_NONE, "initialiser in two lists,", j))
				break;
			parent[j] = (uint32_t)i;
		}
	}
	if (!v->problem)
		CHECK(v, chains_end(parent, depth, f->inits.n), "circle in initialisers, of",
			f->inits.n);
	arena_release(&scratch);
}

/* ---- code ---- */

/* A value is computed before it is used, in the order of the operations too. */
static bool operand_ok(const struct verifier *v, const struct facts_operand *operand, size_t op)
{
	switch (operand->kind) {
	case OPERAND_TEMP:
		return operand->id < op;
	case OPERAND_SYMBOL:
		return in_range(operand->id, v->f->symbols.n);
	case OPERAND_STRING:
		return operand->text != NULL;
	default:
		return operand->kind <= OPERAND_OTHER;
	}
}

static bool step_ok(const struct verifier *v, const struct facts_step *step, size_t op)
{
	const struct facts *f = v->f;

	if (step->kind == STEP_INDEX)
		return operand_ok(v, &step->index, op);
	return step->kind == STEP_FIELD && in_range(step->record, f->records.n) &&
	       step->field < f->records.v[step->record].fields.n;
}

static bool place_ok(const struct verifier *v, const struct facts_place *place, size_t op)
{
	const struct facts *f = v->f;

	switch (place->kind) {
	case PLACE_LOCAL:
		if (!in_range(place->id, v->fn->locals.n))
			return false;
		break;
	case PLACE_GLOBAL:
		if (!in_range(place->id, f->symbols.n) ||
			f->symbols.v[place->id].kind == SYMBOL_ENUMERATOR)
			return false;
		break;
	case PLACE_MEM:
		if (!operand_ok(v, &place->base, op))
			return false;
		break;
	default:
		if (place->kind != PLACE_UNKNOWN)
			return false;
	}
	if (!slice_ok(place->first_step, place->nsteps, v->fn->steps.n))
		return false;
	for (uint32_t i = 0; i < place->nsteps; i++) {
		if (!step_ok(v, &v->fn->steps.v[place->first_step + i], op))
			return false;
	}
	return true;
}

/* What each operation has to have. */
struct shape {
	bool place;
	uint8_t min_args, max_args;
	bool terminator;
	uint8_t min_succs, max_succs;
};

#define ANY UINT8_MAX

static const struct shape shapes[] = {
	[OP_NOP] = {false, 0, ANY, false, 0, 0},
	[OP_LOAD] = {true, 0, 0, false, 0, 0},
	[OP_STORE] = {true, 1, 1, false, 0, 0},
	[OP_RMW] = {true, 1, 1, false, 0, 0},
	[OP_ADDR] = {true, 0, 0, false, 0, 0},
	[OP_CALL] = {false, 0, ANY, false, 0, 0},
	[OP_UNARY] = {false, 1, 1, false, 0, 0},
	[OP_BINARY] = {false, 2, 2, false, 0, 0},
	[OP_CAST] = {false, 1, 1, false, 0, 0},
	[OP_VALUE] = {false, 0, ANY, false, 0, 0},
	[OP_ZERO] = {true, 0, 0, false, 0, 0},
	[OP_BEGIN] = {true, 0, 0, false, 0, 0},
	[OP_END] = {true, 0, 0, false, 0, 0},
	[OP_THROW] = {false, 0, ANY, false, 0, 0},
	[OP_ASM] = {false, 0, ANY, false, 0, 0},
	[OP_UNKNOWN] = {false, 0, ANY, false, 0, 0},
	[OP_JUMP] = {false, 0, 0, true, 1, 1},
	[OP_BRANCH] = {false, 1, 1, true, 2, 2},
	[OP_SWITCH] = {false, 1, 1, true, 1, ANY},
	[OP_RETURN] = {false, 0, 1, true, 0, 0},
	[OP_UNREACHABLE] = {false, 0, 0, true, 0, 0},
	[OP_INDIRECT_JUMP] = {false, 0, 1, true, 0, ANY},
};

static bool count_ok(uint32_t n, uint8_t min, uint8_t max)
{
	return n >= min && (max == ANY || n <= max);
}

static bool callee_ok(const struct facts *f, const struct facts_op *op)
{
	if (op->callee == FACTS_NONE)
		return op->nargs > 0;
	return in_range(op->callee, f->symbols.n) &&
	       f->symbols.v[op->callee].kind == SYMBOL_FUNCTION;
}

static void check_op(struct verifier *v, size_t index)
{
	const struct facts *f = v->f;
	const struct facts_function *fn = v->fn;
	const struct facts_op *op = &fn->ops.v[index];
	const struct shape *shape;

	if (!CHECK(v, op->kind <= OP_INDIRECT_JUMP, "unknown kind of operation", index))
		return;
	shape = &shapes[op->kind];
	CHECK(v, op->sub <= OPERATOR_COMMA, "operator of operation", index);
	CHECK(v, none_or_in(op->type, f->types.n) && loc_ok(f, op->loc),
		"type or place in the source of operation", index);
	CHECK(v, shape->place ? in_range(op->place, fn->places.n) : op->place == FACTS_NONE,
		"place of operation", index);
	if (op->place < fn->places.n)
		CHECK(v, place_ok(v, &fn->places.v[op->place], index),
			"content of place of operation", index);
	if (!CHECK(v,
		    count_ok(op->nargs, shape->min_args, shape->max_args) &&
			    slice_ok(op->first_arg, op->nargs, fn->args.n),
		    "arguments of operation", index))
		return;
	for (uint32_t i = 0; i < op->nargs; i++)
		CHECK(v, operand_ok(v, &fn->args.v[op->first_arg + i], index),
			"operand of operation", index);
	if (op->kind == OP_CALL)
		CHECK(v, callee_ok(f, op), "callee of operation", index);
}

static void check_block(struct verifier *v, size_t index, bool *seen)
{
	const struct facts_function *fn = v->fn;
	const struct facts_block *block = &fn->blocks.v[index];
	const struct facts_op *last;

	if (!CHECK(v,
		    block->nops > 0 && slice_ok(block->first_op, block->nops, fn->ops.n) &&
			    slice_ok(block->first_succ, block->nsuccs, fn->succs.n),
		    "block", index))
		return;
	for (uint32_t i = 0; i < block->nops; i++) {
		uint32_t op = block->first_op + i;

		CHECK(v, !seen[op], "operation in two blocks,", op);
		CHECK(v, shapes[fn->ops.v[op].kind].terminator == (i + 1 == block->nops),
			"terminator is not the end of block", index);
		seen[op] = true;
	}
	last = &fn->ops.v[block->first_op + block->nops - 1];
	CHECK(v,
		count_ok(block->nsuccs, shapes[last->kind].min_succs, shapes[last->kind].max_succs),
		"successors of block", index);
	if (last->kind == OP_SWITCH && block->nsuccs)
		CHECK(v, slice_ok(last->callee, block->nsuccs - 1, fn->cases.n), "cases of block",
			index);
	for (uint32_t i = 0; i < block->nsuccs; i++)
		CHECK(v, in_range(fn->succs.v[block->first_succ + i], fn->blocks.n),
			"successor of block", index);
}

static void check_locals(struct verifier *v)
{
	const struct facts *f = v->f;
	const struct facts_function *fn = v->fn;

	CHECK(v, fn->nparams <= fn->locals.n, "parameters without locals,", fn->nparams);
	for (size_t i = 0; i < fn->locals.n; i++) {
		const struct facts_local *local = &fn->locals.v[i];

		CHECK(v,
			local->name && none_or_in(local->type, f->types.n) &&
				loc_ok(f, local->loc) &&
				none_or_in(local->annotations, f->annotations.n),
			"local", i);
		CHECK(v, (i < fn->nparams) == ((local->flags & LOCAL_PARAM) != 0), "parameter", i);
	}
}

static void check_code(struct verifier *v)
{
	const struct facts_function *fn = v->fn;
	struct arena scratch = ARENA_INIT;
	bool *seen = arena_alloc(&scratch, fn->ops.n);

	check_locals(v);
	for (size_t i = 0; i < fn->ops.n; i++)
		check_op(v, i);
	for (size_t i = 0; i < fn->blocks.n && !v->problem; i++)
		check_block(v, i, seen);
	for (size_t i = 0; i < fn->ops.n && !v->problem; i++)
		CHECK(v, seen[i], "operation in no block,", i);
	arena_release(&scratch);
}

static void check_functions(struct verifier *v)
{
	const struct facts *f = v->f;

	for (size_t i = 0; i < f->functions.n && !v->problem; i++) {
		const struct facts_function *fn = &f->functions.v[i];

		v->fn = fn;
		v->fn_index = i;
		CHECK(v,
			fn->symbol < f->symbols.n &&
				f->symbols.v[fn->symbol].kind == SYMBOL_FUNCTION,
			"symbol", fn->symbol);
		CHECK(v, loc_ok(f, fn->begin) && loc_ok(f, fn->end), "extent in file",
			fn->begin.file);
		if (!v->problem)
			check_code(v);
	}
	v->fn = NULL;
}

static void check_rest(struct verifier *v)
{
	const struct facts *f = v->f;

	for (size_t i = 0; i < f->unknowns.n; i++) {
		const struct facts_unknown *unknown = &f->unknowns.v[i];

		CHECK(v,
			unknown->kind <= UNKNOWN_MEMBER && unknown->detail &&
				loc_ok(f, unknown->loc) &&
				none_or_in(unknown->function, f->functions.n) &&
				none_or_in(unknown->symbol, f->symbols.n),
			"unknown", i);
	}
	for (size_t i = 0; i < f->defines.n; i++)
		CHECK(v,
			f->defines.v[i].name && f->defines.v[i].value &&
				loc_ok(f, f->defines.v[i].loc),
			"define", i);
	for (size_t i = 0; i < f->includes.n; i++)
		CHECK(v, f->includes.v[i].name && loc_ok(f, f->includes.v[i].loc), "include", i);
}

const char *facts_verify(struct facts *f)
{
	struct verifier v = {.f = f};

	check_head(&v);
	check_files(&v);
	check_types(&v);
	if (!v.problem)
		check_records(&v);
	check_symbols(&v);
	check_annotations(&v);
	check_inits(&v);
	check_functions(&v);
	check_rest(&v);
	return v.problem;
}
