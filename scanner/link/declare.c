/* What modules say about the GIL, and whether what they say has an effect. */
#include "link/link.h"

static bool style_is(const struct ext_module *module, const char *style)
{
	return strcmp(module->style, style) == 0;
}

static bool constant_says(const struct db_constant *constant, const char *meaning)
{
	return constant && strcmp(constant->group, "mod-gil") == 0 &&
	       strcmp(constant->meaning, meaning) == 0;
}

/* ---- the slot ---- */

static bool makes_container(const struct ext_function *fn, uint32_t op)
{
	const struct ext_call *call = ext_call_at(fn, op);

	return call && call->kind == TARGET_API && call->api->role == DB_ROLE_FRESH_CONTAINER;
}

/* Is every value of LOCAL that a container? What is stored through its address is not seen,
 * and what cannot be told counts as a module. */
static bool holds_container(const struct ext_function *fn, uint32_t local)
{
	const struct facts_function *code = fn->code;
	bool any = false;

	vec_foreach (const struct facts_op, op, &code->ops) {
		const struct facts_place *place =
			op->place == FACTS_NONE ? NULL : &code->places.v[op->place];
		const struct facts_operand *value;
		int64_t null;

		if (!place || place->kind != PLACE_LOCAL || place->id != local)
			continue;
		if (op->kind == OP_ADDR)
			return false;
		if (op->kind != OP_STORE)
			continue;
		value = behind_casts(code, &code->args.v[op->first_arg]);
		if (constant_of(code, value, &null))
			continue;
		if (value->kind != OPERAND_TEMP || !makes_container(fn, value->id))
			return false;
		any = true;
	}
	return any;
}

/* Does FN, a create slot, return an object that certainly is no module? */
static bool returns_container(const struct ext_function *fn)
{
	const struct facts_function *code = fn->code;
	bool any = false;

	vec_foreach (const struct facts_op, op, &code->ops) {
		const struct facts_operand *value;
		const struct facts_op *from;
		int64_t null;

		if (op->kind != OP_RETURN || !op->nargs)
			continue;
		value = behind_casts(code, &code->args.v[op->first_arg]);
		if (constant_of(code, value, &null))
			continue;
		if (value->kind != OPERAND_TEMP)
			return false;
		from = &code->ops.v[value->id];
		if (from->kind == OP_LOAD && code->places.v[from->place].kind == PLACE_LOCAL
				? !holds_container(fn, code->places.v[from->place].id)
				: !makes_container(fn, value->id))
			return false;
		any = true;
	}
	return any;
}

/* Only a module object can carry what the slot says. */
static bool creates_no_module(const struct linker *l, const struct ext_module *module)
{
	vec_foreach (const uint32_t, root, &module->roots) {
		const struct ext_root *r = &l->ext->roots.v[*root];

		if (r->kind == DB_ENTRY_MODULE_CREATE &&
			returns_container(&l->ext->functions.v[r->function]))
			return true;
	}
	return false;
}

static void declare_by_slot(
	const struct linker *l, struct ext_module *module, const struct gil_slot *slot)
{
	module->declared_at = slot->loc;
	module->declared = DECLARED_UNKNOWN;
	if (slot->count > 1) {
		module->declared = DECLARED_INEFFECTIVE;
		module->ineffective = INEFFECTIVE_DUPLICATE;
	} else if (constant_says(slot->constant, "not-used")) {
		module->declared = DECLARED_NOT_USED;
	} else if (constant_says(slot->constant, "used")) {
		module->declared = DECLARED_USED;
	} else if (slot->has_value) {
		bool known = slot->value == 0 || slot->value == 1;

		/* up to 3.14 everything but "used" counts as "not used" */
		module->declared = slot->value == 0 ? DECLARED_USED : DECLARED_NOT_USED;
		if (!known && l->options->python >= 0x030f) {
			module->declared = DECLARED_INEFFECTIVE;
			module->ineffective = INEFFECTIVE_VALUE;
		}
	}
	if (module->declared != DECLARED_INEFFECTIVE && creates_no_module(l, module)) {
		module->declared = DECLARED_INEFFECTIVE;
		module->ineffective = INEFFECTIVE_CREATE_NON_MODULE;
	}
}

/* ---- the call ---- */

static bool belongs(const struct ext_function *fn, uint32_t module)
{
	for (size_t i = 0; i < fn->modules.n; i++) {
		if (fn->modules.v[i] == module)
			return true;
	}
	return false;
}

static void declare_by_call(
	struct ext_module *module, const struct ext_function *fn, const struct ext_call *call)
{
	const struct facts_op *op = &fn->code->ops.v[call->op];
	uint32_t arg = call->api->role_arg < 0 ? 1 : (uint32_t)call->api->role_arg;
	int64_t value;

	module->ineffective = INEFFECTIVE_NO;
	module->declared_at = (struct ext_loc){fn->unit, op->loc};
	module->declared = DECLARED_UNKNOWN;
	if (arg < op->nargs &&
		constant_of(fn->code, &fn->code->args.v[op->first_arg + arg], &value))
		module->declared = value == 1 ? DECLARED_NOT_USED : DECLARED_USED;
	if (!(fn->phases & PHASE_CREATE)) {
		module->declared = DECLARED_INEFFECTIVE;
		module->ineffective = INEFFECTIVE_IN_EXEC;
	} else if (style_is(module, "multi-phase") || style_is(module, "export-hook")) {
		module->declared = DECLARED_INEFFECTIVE;
		module->ineffective = INEFFECTIVE_MULTI_PHASE;
	}
}

/* Calls change nothing in a module that has the slot; of several the first that has an
 * effect counts. */
static bool call_counts(const struct ext_module *module, bool has_slot)
{
	return !has_slot &&
	       (module->declared == DECLARED_ABSENT || module->declared == DECLARED_INEFFECTIVE);
}

static void find_calls(struct linker *l)
{
	struct extension *ext = l->ext;

	vec_foreach (const struct ext_function, fn, &ext->functions) {
		vec_foreach (const struct ext_call, call, &fn->calls) {
			if (call->kind != TARGET_API || call->api->role != DB_ROLE_DECLARE_GIL)
				continue;
			for (uint32_t m = 0; m < ext->modules.n; m++) {
				struct ext_module *module = &ext->modules.v[m];

				if (belongs(fn, m) &&
					call_counts(module, l->gil_slots[m].count > 0))
					declare_by_call(module, fn, call);
			}
		}
	}
}

/* ---- other makers' ways ---- */

/* In the module macro's arguments, which become calls of the init function. */
static bool declared_in_body(const struct ext_function *fn, const char *word, struct facts_loc *loc)
{
	vec_foreach (const struct ext_call, call, &fn->calls) {
		if (call->name && strcmp(last_part(call->name), last_part(word)) == 0) {
			const struct facts_op *op = &fn->code->ops.v[call->op];
			int64_t value = 1;

			if (op->nargs)
				constant_of(fn->code,
					&fn->code->args.v[op->first_arg + op->nargs - 1], &value);
			*loc = op->loc;
			return value != 0;
		}
	}
	return false;
}

/* On the command line or in the source: a macro that is, or ends in, the word. */
static bool defined_in_unit(const struct facts *f, const char *word, struct facts_loc *loc)
{
	size_t len = strlen(word);

	vec_foreach (const struct facts_define, define, &f->defines) {
		size_t n = strlen(define->name);

		if (n >= len && strcmp(define->name + n - len, word) == 0 &&
			strcmp(define->value, "0") != 0) {
			*loc = define->loc;
			return true;
		}
	}
	vec_foreach (const char *const, flag, &f->flags) {
		const char *at = strstr(*flag, word);

		if (at && (at[len] == '\0' || (at[len] == '=' && strcmp(at + len, "=0") != 0))) {
			*loc = (struct facts_loc){FACTS_NONE, 0, 0};
			return true;
		}
	}
	return false;
}

/* In the text of the macro call itself. */
static bool written_on_line(const struct facts *f, struct facts_loc at, const char *word)
{
	const char *line = facts_source_line(f, at);

	return line && strstr(line, last_part(word)) != NULL;
}

static void declare_by_style(struct linker *l, struct ext_module *module, const char *word)
{
	const struct ext_function *fn = &l->ext->functions.v[module->init];
	struct facts_loc loc = module->loc.loc;

	if (!declared_in_body(fn, word, &loc) && !defined_in_unit(fn->facts, word, &loc) &&
		!written_on_line(fn->facts, module->loc.loc, word))
		return;
	module->declared = DECLARED_NOT_USED;
	module->declared_at = (struct ext_loc){fn->unit, loc};
}

void link_declarations(struct linker *l)
{
	struct extension *ext = l->ext;

	for (uint32_t i = 0; i < ext->modules.n; i++) {
		struct ext_module *module = &ext->modules.v[i];

		if (module->init == EXT_NONE)
			continue;
		module->declared = style_is(module, "unknown") ? DECLARED_UNKNOWN : DECLARED_ABSENT;
		if (l->gil_slots[i].count)
			declare_by_slot(l, module, &l->gil_slots[i]);
		else if (module->declares)
			declare_by_style(l, module, module->declares);
	}
	find_calls(l);
}
