/* Paths as a reader of the source would write them. */
#include "analysis/state.h"
#include "base/buf.h"

static const char *named(const struct fn_state *f, uint32_t local)
{
	const char *name = f->code->locals.v[local].name;

	return *name ? name : NULL; /* one that the lowering made has none */
}

/* The variable whose address the call at OP passes as its argument I. */
static const char *out_name(const struct fn_state *f, uint32_t op, uint32_t i)
{
	uint32_t n, local;
	const struct facts_operand *args = call_operands(f, op, &n, NULL);

	local = i < n ? address_of_local(f, &args[i]) : FACTS_NONE;
	return local != FACTS_NONE ? named(f, local) : NULL;
}

/* The variable that the value of OP is stored to in the same statement. */
static const char *kept_name(const struct fn_state *f, uint32_t op)
{
	for (uint32_t i = op + 1; i < f->code->ops.n; i++) {
		const struct facts_op *o = &f->code->ops.v[i];
		const struct facts_operand *v = o->nargs ? &f->code->args.v[o->first_arg] : NULL;

		if ((o->kind != OP_CAST && o->kind != OP_STORE) || v->kind != OPERAND_TEMP ||
			v->id != op)
			return NULL;
		if (o->kind == OP_STORE) {
			const struct facts_place *p = &f->code->places.v[o->place];

			return p->kind == PLACE_LOCAL && !p->nsteps ? named(f, p->id) : NULL;
		}
		op = i;
	}
	return NULL;
}

static void root_text(
	const struct analysis *a, const struct fn_state *f, const struct path *p, struct buf *out)
{
	const struct ext_call *call;
	const char *name = NULL;

	switch (p->kind) {
	case PATH_PARAM:
	case PATH_LOCAL:
		buf_str(out, f && p->a < f->code->locals.n ? f->code->locals.v[p->a].name : "?");
		break;
	case PATH_VARIABLE:
		buf_str(out, a->ext->variables.v[p->a].name);
		break;
	case PATH_FUNCTION:
		buf_str(out, a->ext->functions.v[p->a].name);
		break;
	case PATH_CALL:
		name = f ? kept_name(f, p->a) : NULL;
		call = f && !name ? call_at(f, p->a) : NULL;
		if (name)
			buf_str(out, name);
		else
			buf_printf(out, "%s()", call && call->name ? call->name : "(*…)");
		break;
	case PATH_OUT:
		name = f ? out_name(f, p->a, p->b) : NULL;
		buf_str(out, name ? name : "…");
		break;
	default:
		buf_str(out, "…");
	}
}

/* Is what P names an address as it stands (then a field is taken with a dot)? */
static bool is_address(const struct path *p)
{
	return p->kind == PATH_VARIABLE || p->kind == PATH_LOCAL || p->kind == PATH_FIELD ||
	       p->kind == PATH_INDEX;
}

/* The object at the address PATH. */
static void object_text(
	const struct analysis *a, const struct fn_state *f, path_id path, struct buf *out)
{
	const struct path *p = path_at(a, path), *up;
	path_id base = p->parent;

	if (!base) {
		root_text(a, f, p, out);
		return;
	}
	switch (p->kind) {
	case PATH_DEREF:
		object_text(a, f, base, out);
		break;
	case PATH_INDEX:
		object_text(a, f, base, out);
		buf_str(out, "[…]");
		break;
	default:
		up = path_at(a, base);
		object_text(a, f, base, out);
		if (up->kind == PATH_FIELD &&
			!*a->ext->records.v[up->a].rec->fields.v[up->b].name) {
			/* inside an anonymous member: its separator stands already */
		} else {
			buf_str(out, is_address(up) ? "." : "->");
		}
		buf_str(out, a->ext->records.v[p->a].rec->fields.v[p->b].name);
	}
}

const char *analysis_path_text(
	const struct analysis *a, struct arena *arena, uint32_t function, path_id path, bool value)
{
	const struct fn_state *f = function == EXT_NONE ? NULL : &a->fns[function];
	const struct path *p = path_at(a, path);
	struct buf out = BUF_INIT;
	char *text;

	if (value && is_address(p))
		buf_char(&out, '&');
	else if (!value && !is_address(p))
		buf_char(&out, '*');
	object_text(a, f, path, &out);
	text = arena_strdup(arena, buf_text(&out));
	buf_release(&out);
	return text;
}
