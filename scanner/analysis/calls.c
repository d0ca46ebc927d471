/* What a call does to its arguments, from the database for the API and from summaries
 * for functions of the extension. */
#include "analysis/state.h"

#include <ctype.h>
#include <stdio.h>

#define HANDLE_TYPE_MAX 80

const struct ext_call *call_at(const struct fn_state *f, uint32_t op)
{
	uint32_t i = f->call_of[op];

	return i ? &f->ext->calls.v[i - 1] : NULL;
}

/* Arguments as the callee counts them: a call through a pointer carries the pointer
 * first. */
const struct facts_operand *call_operands(
	const struct fn_state *f, uint32_t op, uint32_t *n, bool *indirect)
{
	const struct facts_op *o = &f->code->ops.v[op];
	bool pointer = o->callee == FACTS_NONE && o->nargs;

	if (indirect)
		*indirect = pointer;
	*n = o->nargs - (pointer ? 1 : 0);
	return o->nargs ? &f->code->args.v[o->first_arg + (pointer ? 1 : 0)] : NULL;
}

const struct facts_operand *call_operand(const struct fn_state *f, uint32_t op, int index)
{
	uint32_t n;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	return index >= 0 && (uint32_t)index < n ? &args[index] : NULL;
}

struct fn_state *call_function(const struct analysis *a, const struct fn_state *f, uint32_t op)
{
	const struct ext_call *c = call_at(f, op);

	if (!c)
		return NULL;
	if (c->kind == TARGET_FUNCTION && c->id != EXT_NONE)
		return &a->fns[c->id];
	if (c->kind == TARGET_INDIRECT && c->candidates.n == 1)
		return &a->fns[c->candidates.v[0]];
	return NULL;
}

path_id call_translate(struct analysis *a, struct fn_state *f, uint32_t op, path_id path)
{
	const struct path *root = path_at(a, path_at(a, path)->root);
	const struct facts_operand *arg;

	if (root->kind == PATH_VARIABLE)
		return path;
	if (root->kind != PATH_PARAM)
		return PATH_NONE;
	arg = call_operand(f, op, (int)root->a);
	return arg ? path_rebase(a, path, value_of(a, f, arg)) : PATH_NONE;
}

static const struct facts_type *type_at(const struct fn_state *f, uint32_t type)
{
	const struct facts *facts = f->ext->facts;

	return type < facts->types.n ? &facts->types.v[type] : NULL;
}

/* The type an address operand points to, through implicit casts; NULL: not known. */
static const struct facts_type *pointee(const struct fn_state *f, const struct facts_operand *v)
{
	const struct facts_type *t = NULL;
	const struct facts *facts = f->ext->facts;

	if (v->kind == OPERAND_SYMBOL)
		return type_at(f, facts->symbols.v[v->id].type);
	for (unsigned guard = 0; v->kind == OPERAND_TEMP && guard < 8; guard++) {
		const struct facts_op *op = &f->code->ops.v[v->id];

		t = type_at(f, op->type);
		if (op->kind != OP_CAST || !op->nargs)
			break;
		v = &f->code->args.v[op->first_arg];
	}
	return t && (t->kind == TYPE_POINTER || t->kind == TYPE_ARRAY) ? type_at(f, t->target)
								       : NULL;
}

/* Parameters before the "…" of a signature; UINT32_MAX: there is none. */
static uint32_t fixed_params(const struct db_api *api)
{
	const char *dots = api->signature ? strstr(api->signature, "...") : NULL;
	uint32_t n = 0;

	if (!dots)
		return UINT32_MAX;
	for (const char *p = api->signature; p < dots; p++)
		n += *p == ',';
	return n;
}

/* Is the variadic argument number N one that FORMAT asks with, and does not fill: the type after
 * "O!", the converter after "O&", the encoding after "es" and "et"? */
static bool format_asks_with(const char *format, uint32_t n)
{
	for (const char *p = format; *p && *p != ':' && *p != ';'; p++) {
		bool asks = (*p == 'O' && (p[1] == '!' || p[1] == '&')) ||
			    (*p == 'e' && (p[1] == 's' || p[1] == 't'));

		if (!isalpha((unsigned char)*p) && *p != '#')
			continue;
		if (asks && n-- == 0)
			return true;
		p += asks;
		if (n-- == 0)
			return false;
	}
	return false;
}

/* The format of a call, NULL where it is not told in the source. */
static const char *parse_format(const struct fn_state *f, uint32_t op, uint32_t fixed)
{
	for (uint32_t i = 0; i < fixed; i++) {
		const struct facts_operand *arg = call_operand(f, op, (int)i);

		if (arg && arg->kind == OPERAND_STRING)
			return arg->text;
	}
	return NULL;
}

/* Variadic parsers write what they are given an address of, but for what a format may
 * name besides: types, converters, encodings. */
static enum arg_effect parse_effect(const struct fn_state *f, const struct db_api *api, uint32_t op,
	const struct facts_operand *arg, uint32_t index)
{
	uint32_t fixed = fixed_params(api);
	const char *format = fixed == UINT32_MAX ? NULL : parse_format(f, op, fixed);
	const struct facts_type *t = pointee(f, arg);
	const struct db_table *table = t && t->name ? db_table_find(t->name) : NULL;

	if (index < fixed || (format && format_asks_with(format, index - fixed)) ||
		(t && (t->flags & TYPE_CONST)) || (t && t->kind == TYPE_FUNCTION) ||
		(table && strcmp(table->what, "type") == 0))
		return ARG_UNTOUCHED;
	return ARG_WRITTEN;
}

static bool role_syncs(enum db_role role)
{
	switch (role) {
	case DB_ROLE_SECTION_BEGIN:
	case DB_ROLE_SECTION_END:
	case DB_ROLE_SECTION2_BEGIN:
	case DB_ROLE_SECTION2_END:
	case DB_ROLE_LOCK:
	case DB_ROLE_TRYLOCK:
	case DB_ROLE_UNLOCK:
	case DB_ROLE_LOCK_SHARED:
	case DB_ROLE_UNLOCK_SHARED:
	case DB_ROLE_LOCK_INIT:
	case DB_ROLE_GUARD:
	case DB_ROLE_ONCE:
	case DB_ROLE_WAIT:
		return true;
	default:
		return false;
	}
}

static bool param_is_out(const struct db_api *api, uint32_t index)
{
	enum db_ref out = index < api->nparams ? api->params[index].out : DB_REF_UNSTATED;

	return out != DB_REF_UNSTATED && out != DB_REF_NONE;
}

static enum arg_effect api_effect(const struct fn_state *f, const struct db_api *api, uint32_t op,
	const struct facts_operand *arg, uint32_t index)
{
	bool is_role_arg = (int)index == api->role_arg;

	if (role_syncs(api->role))
		return ARG_SYNC;
	if (api->role == DB_ROLE_PARSE_ARGS)
		return parse_effect(f, api, op, arg, index);
	if (api->effects & DB_EFFECT_ATOMIC && index == 0)
		return ARG_ATOMIC;
	if ((api->role == DB_ROLE_CLEAR || api->role == DB_ROLE_SETREF) &&
		(is_role_arg || (api->role_arg < 0 && index == 0)))
		return ARG_WRITTEN;
	if (param_is_out(api, index) ||
		(api->role == DB_ROLE_COMPARE_EXCHANGE && (int)index == api->role_arg + 1))
		return ARG_WRITTEN;
	if (api->effects & DB_EFFECT_WRITES_ARGUMENT && is_role_arg)
		return ARG_WRITTEN;
	return ARG_UNTOUCHED;
}

/* Does the library say that the argument is a handle for one thread at a time? */
static bool is_handle(
	const struct fn_state *f, const struct db_library *library, const struct facts_operand *v)
{
	enum db_model model = DB_MODEL_UNSTATED;
	char text[HANDLE_TYPE_MAX];

	for (unsigned guard = 0; library && v->kind == OPERAND_TEMP && guard < 8; guard++) {
		const struct facts_op *op = &f->code->ops.v[v->id];
		const struct facts_type *t = type_at(f, op->type);

		if (t && t->name) {
			snprintf(text, sizeof(text), "%s%s", t->name,
				t->kind == TYPE_RECORD ? " *" : "");
			model = db_handle_model(library, text);
		}
		if (model != DB_MODEL_UNSTATED || op->kind != OP_CAST || !op->nargs)
			break;
		v = &f->code->args.v[op->first_arg];
	}
	return model == DB_MODEL_PER_HANDLE;
}

enum arg_effect call_arg_effect(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t index)
{
	const struct ext_call *c = call_at(f, op);
	const struct facts_operand *arg = call_operand(f, op, (int)index);
	const struct facts_type *t;

	if (!c || !arg)
		return ARG_UNKNOWN;
	if (c->api)
		return api_effect(f, c->api, op, arg, index);
	if (call_function(a, f, op))
		return ARG_SUMMARY;
	if (c->kind == TARGET_EXTERNAL && is_handle(f, c->library, arg))
		return ARG_HANDLE;
	t = pointee(f, arg);
	return t && (t->flags & TYPE_CONST) ? ARG_UNTOUCHED : ARG_UNKNOWN;
}

/* Code that is called gets to know its arguments; so does what is built from them. */
static bool api_keeps(const struct db_api *api, uint32_t index)
{
	if (api->role == DB_ROLE_DECREF || api->role == DB_ROLE_CLEAR || api->role == DB_ROLE_FREE)
		return false; /* let go of, not handed on */
	if (api->role == DB_ROLE_ERROR_SET)
		return false; /* each thread has its own */
	if (index < api->nparams &&
		(api->params[index].steals || api->params[index].steals_on_success))
		return true;
	if (index >= fixed_params(api) && api->role != DB_ROLE_PARSE_ARGS)
		return api->effects & (DB_EFFECT_RUNS_PYTHON | DB_EFFECT_ALLOC_OBJECT);
	if (strcmp(api->family, "call") == 0)
		return true;
	return api->effects & DB_EFFECT_FIRST_ARG_STORED &&
	       (api->role_arg < 0 ? index > 0 : (int)index == api->role_arg);
}

/* Does a pointer to the argument's object stay behind somewhere? */
bool call_keeps_arg(struct analysis *a, struct fn_state *f, uint32_t op, uint32_t index)
{
	const struct ext_call *c = call_at(f, op);
	const struct fn_state *callee = call_function(a, f, op);

	if (callee)
		return !callee->summary.done || index >= TRACKED_PARAMS ||
		       ((callee->summary.keeps | callee->summary.keeps_in_this) >> index & 1);
	return !c || !c->api || api_keeps(c->api, index);
}

/* Called through a slot that makes objects: type->tp_alloc(type, 0). */
static bool slot_makes_object(const struct fn_state *f, uint32_t op)
{
	const struct facts_op *o = &f->code->ops.v[op];
	const struct facts_operand *v;
	const struct facts_op *load;
	const struct facts_place *p;
	const struct facts_step *s;
	const struct db_slot *slot;

	if (o->callee != FACTS_NONE || !o->nargs)
		return false;
	v = &f->code->args.v[o->first_arg];
	if (v->kind != OPERAND_TEMP || f->code->ops.v[v->id].kind != OP_LOAD)
		return false;
	load = &f->code->ops.v[v->id];
	p = &f->code->places.v[load->place];
	if (!p->nsteps)
		return false;
	s = &f->code->steps.v[p->first_step + p->nsteps - 1];
	if (s->kind != STEP_FIELD)
		return false;
	slot = db_slot_of_field(f->ext->facts->records.v[s->record].fields.v[s->field].name);
	return slot && (slot->entry == DB_ENTRY_ALLOC || slot->entry == DB_ENTRY_NEW);
}

/* Spam_Type called from C: an instance of its own. */
static bool calls_type(const struct fn_state *f, uint32_t op, const struct db_api *api)
{
	const struct facts_operand *callable = call_operand(f, op, 0);
	const struct facts_type *t = callable ? pointee(f, callable) : NULL;
	const struct db_table *table = t && t->name ? db_table_find(t->name) : NULL;

	return strcmp(api->family, "call") == 0 && table && strcmp(table->what, "type") == 0;
}

/* `error = PyObject_CallFunction(type, ...); PyErr_SetObject(type, error);`: a new exception. */
static bool makes_raised(const struct fn_state *f, uint32_t op)
{
	vec_foreach (const uint32_t, raised, &f->raised)
		if (*raised == op)
			return true;
	return false;
}

bool call_returns_fresh(const struct analysis *a, const struct fn_state *f, uint32_t op)
{
	const struct ext_call *c = call_at(f, op);
	const struct fn_state *callee = call_function(a, f, op);

	if (callee)
		return callee->summary.returns_fresh;
	if (c && c->api)
		switch (c->api->role) {
		case DB_ROLE_NEW_OBJECT:
		case DB_ROLE_FRESH_CONTAINER:
		case DB_ROLE_COPY:
		case DB_ROLE_ALLOC:
			return true;
		default:
			return calls_type(f, op, c->api) || makes_raised(f, op);
		}
	return slot_makes_object(f, op);
}

bool call_suspends(const struct analysis *a, const struct fn_state *f, uint32_t op)
{
	const struct ext_call *c = call_at(f, op);
	const struct fn_state *callee = call_function(a, f, op);

	if (callee)
		return callee->summary.suspends;
	if (!c)
		return false;
	if (c->api)
		return c->api->effects &
		       (DB_EFFECT_MAY_DETACH | DB_EFFECT_RUNS_PYTHON | DB_EFFECT_SUSPENDS_SECTIONS |
			       DB_EFFECT_DETACHES | DB_EFFECT_STOPS_WORLD);
	return c->kind == TARGET_INDIRECT;
}
