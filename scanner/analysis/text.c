/* Paths as a reader of the source would write them. */
#include "analysis/state.h"
#include "base/buf.h"

static void root_text(
	const struct analysis *a, const struct fn_state *f, const struct path *p, struct buf *out)
{
	const struct ext_call *call;

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
		call = f ? call_at(f, p->a) : NULL;
		buf_printf(out, "%s()", call && call->name ? call->name : "(*…)");
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
