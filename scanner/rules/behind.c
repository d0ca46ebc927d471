/*
 * State behind a pointer: fields of plain structures that a Python object, or a module's state,
 * leads to. All that hangs on one field of the object is guarded, or not, together: it is one
 * hazard, which the worst of its parts stands for.
 */
#include "base/buf.h"
#include "rules/shared.h"

/* The field of the object behind which the accesses of T are. */
static const struct path *holder_of(const struct rule_context *ctx, const struct shared_thing *t)
{
	return analysis_path(ctx->analysis, t->holder);
}

bool same_holder(const struct rule_context *ctx, path_id x, path_id y)
{
	const struct path *p = analysis_path(ctx->analysis, x),
			  *q = analysis_path(ctx->analysis, y);

	return p->a == q->a && p->b == q->b;
}

static void append_steps(
	const struct rule_context *ctx, path_id path, path_id holder, struct buf *out)
{
	const struct path *p = analysis_path(ctx->analysis, path);
	const char *name = "";
	bool through;

	if (path == holder)
		return;
	append_steps(ctx, p->parent, holder, out);
	through = analysis_path(ctx->analysis, p->parent)->kind == PATH_DEREF;
	if (p->kind == PATH_FIELD)
		name = ctx->ext->records.v[p->a].rec->fields.v[p->b].name;
	if (*name) /* an anonymous structure's is empty */
		buf_printf(out, "%s%s", through ? "->" : ".", name);
	else if (p->kind == PATH_INDEX)
		buf_str(out, "[]");
}

/* "Spam.impl->pos": as the write that shows the hazard comes there. */
const char *behind_name(const struct rule_context *ctx, const struct shared_thing *t)
{
	const struct path *h = holder_of(ctx, t);
	const struct ext_record *r = &ctx->ext->records.v[h->a];
	path_id path = t->first_write->path;
	struct buf out = BUF_INIT;
	const char *name;

	buf_printf(&out, "%s.%s", r->name, r->rec->fields.v[h->b].name);
	append_steps(ctx, path, analysis_holder(ctx->analysis, path), &out);
	name = arena_strdup(&ctx->out->arena, buf_text(&out));
	buf_release(&out);
	return name;
}

/* Shapes that are a finding about shared state, the more specific the higher. */
static unsigned shape_rank(enum shared_shape shape)
{
	switch (shape) {
	case SHAPE_UNGUARDED:
		return 1;
	case SHAPE_LAZY:
		return 2;
	case SHAPE_INCONSISTENT:
		return 3;
	case SHAPE_SWAP:
		return 4;
	default:
		return 0;
	}
}

static unsigned rank_of(const struct rule_context *ctx, const struct shared_thing *t)
{
	unsigned shape = shape_rank(t->shape);

	return shape ? shape + 8 * (unsigned)shared_confidence(ctx, t) : 0;
}

/* A lock for the field itself, which is found too, would guard what is behind it. */
static bool holder_is_found(const struct rule_context *ctx, const struct shared_thing *things,
	size_t n, const struct shared_thing *t, enum finding_confidence confidence)
{
	const struct path *h = holder_of(ctx, t);

	for (size_t i = 0; i < n; i++)
		if (!things[i].holder && things[i].record == h->a && things[i].field == h->b)
			return shape_rank(things[i].shape) &&
			       shared_confidence(ctx, &things[i]) >= confidence;
	return false;
}

/* The worst of those behind the holder of things[FIRST] stands for all. */
static void choose(
	struct rule_context *ctx, struct shared_thing *things, size_t n, size_t first, bool *seen)
{
	struct shared_thing *best = NULL;
	unsigned best_rank = 0, others = 0;

	for (size_t i = first; i < n; i++) {
		unsigned rank;

		if (!things[i].holder || !same_holder(ctx, things[i].holder, things[first].holder))
			continue;
		seen[i] = true;
		rank = rank_of(ctx, &things[i]);
		if (!rank)
			continue;
		others++;
		if (rank > best_rank) {
			if (best)
				best->shape = SHAPE_PART;
			best = &things[i];
			best_rank = rank;
		} else {
			things[i].shape = SHAPE_PART;
		}
	}
	if (!best)
		return;
	best->others = others - 1;
	if (holder_is_found(ctx, things, n, best, shared_confidence(ctx, best)))
		best->shape = SHAPE_PART;
}

void merge_behind(struct rule_context *ctx, struct shared_thing *things, size_t n)
{
	bool *seen = arena_alloc(&ctx->out->arena, (n + 1) * sizeof(*seen));

	for (size_t i = 0; i < n; i++)
		if (things[i].holder && !seen[i])
			choose(ctx, things, n, i, seen);
}

void behind_evidence(struct rule_context *ctx, struct finding *f, const struct shared_thing *t)
{
	const struct path *h = t->holder ? holder_of(ctx, t) : NULL;
	const struct ext_record *r = h ? &ctx->ext->records.v[h->a] : NULL;
	const struct facts_field *field = h ? &r->rec->fields.v[h->b] : NULL;

	if (t->others)
		finding_evidence(ctx, f, EVIDENCE_NOTE, (struct ext_loc){r->unit, field->loc},
			EXT_NONE, "so %s %u other %s behind '%s.%s'", t->others == 1 ? "is" : "are",
			t->others, t->others == 1 ? "field" : "fields", r->name, field->name);
}
