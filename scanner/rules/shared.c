#include "rules/shared.h"

#include <ctype.h>

#define RUN_PHASES (PHASE_RUN | PHASE_CONSTRUCT | PHASE_DEALLOC)

uint32_t access_function(const struct access *x)
{
	return x->flags & ACCESS_THROUGH ? x->caller : x->function;
}

uint32_t access_op(const struct access *x)
{
	return x->flags & ACCESS_THROUGH ? x->call_op : x->op;
}

bool runs_shared(const struct rule_context *ctx, uint32_t function)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];

	return !fn->unreached && fn->phases & RUN_PHASES;
}

enum finding_confidence in_generated_code(
	const struct rule_context *ctx, uint32_t function, enum finding_confidence otherwise)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];

	vec_foreach (const uint32_t, m, &fn->modules)
		if (strcmp(ctx->ext->modules.v[*m].style, "cython") != 0)
			return otherwise;
	return fn->modules.n ? CONFIDENCE_REVIEW : otherwise;
}

struct ext_loc access_place(const struct rule_context *ctx, const struct access *x)
{
	const struct ext_function *fn = &ctx->ext->functions.v[x->function];
	struct ext_loc at = {fn->unit, fn->code->ops.v[x->op].loc};

	return at;
}

/* ---- from accesses to things ---- */

/* The part with a name of its own that X touches: the variable, its field, or what it
 * points to. PATH_UNKNOWN (0): nothing that belongs to the variable. */
static path_id thing_of(const struct rule_context *ctx, const struct access *x)
{
	const struct analysis *a = ctx->analysis;
	const struct path *p = analysis_path(a, x->path);
	path_id first = analysis_path_prefix(a, x->path, 1);
	path_id second = analysis_path_prefix(a, x->path, 2);
	unsigned kind = analysis_path(a, first)->kind;

	if (!p->depth)
		return x->path;
	if (kind == PATH_FIELD)
		return p->derefs ? 0 : first;
	if (kind == PATH_INDEX)
		return p->derefs ? 0 : analysis_path_prefix(a, x->path, 0);
	/* Through the pointer in it: a structure made once, or a buffer. Fields of Python
	 * objects are another matter. */
	if (p->derefs > 1)
		return 0;
	if (p->depth == 1 || analysis_path(a, second)->kind == PATH_INDEX)
		return first;
	return ctx->ext->records.v[analysis_path(a, second)->a].type == EXT_NONE ? second : 0;
}

/* C++ initialises static locals under a lock of its own; in C nothing runs. */
static bool is_static_init(const struct rule_context *ctx, const struct access *x)
{
	const struct facts_op *op = &ctx->ext->functions.v[x->function].code->ops.v[x->op];

	return op->kind != OP_CALL && op->flags & OPF_INIT;
}

static bool counts(const struct rule_context *ctx, const struct access *x)
{
	return x->kind != ACCESS_ADDRESS && runs_shared(ctx, access_function(x)) &&
	       !is_static_init(ctx, x);
}

static const struct facts_type *type_of(const struct facts *f, uint32_t type)
{
	return type < f->types.n ? &f->types.v[type] : NULL;
}

static void note_type(const struct rule_context *ctx, struct shared_thing *t)
{
	const struct access *w = t->first_write;
	const struct ext_variable *v =
		t->variable == EXT_NONE ? NULL : &ctx->ext->variables.v[t->variable];

	t->facts = ctx->ext->functions.v[w->function].facts;
	t->type = type_of(t->facts, w->type);
	if (!t->type && v) {
		t->facts = v->facts;
		t->type = type_of(v->facts, v->sym->type);
	} else if (!t->type) {
		const struct ext_record *r = &ctx->ext->records.v[t->record];

		t->facts = r->facts;
		t->type = type_of(r->facts, r->rec->fields.v[t->field].type);
	}
}

static bool import_root(const struct ext_root *r)
{
	return r->kind == DB_ENTRY_MODULE_INIT || r->kind == DB_ENTRY_MODULE_CREATE ||
	       r->kind == DB_ENTRY_MODULE_EXEC;
}

enum ends { ENDS_FINALIZE = 1, ENDS_INIT = 2 };

/* Only where the object cannot be reached any more, or the world is stopped; as ALSO says,
 * also while its tp_finalize or tp_init runs. */
static bool only_tears_down(const struct rule_context *ctx, uint32_t function, unsigned also)
{
	const struct ext_function *fn = &ctx->ext->functions.v[function];
	bool any = false;

	vec_foreach (const uint32_t, r, &fn->roots) {
		const struct ext_root *root = &ctx->ext->roots.v[*r];

		if (import_root(root)) /* undoes what it made when it fails */
			continue;
		switch (root->kind) {
		case DB_ENTRY_CLEAR:
		case DB_ENTRY_TRAVERSE:
		case DB_ENTRY_DEALLOC:
		case DB_ENTRY_FREE:
		case DB_ENTRY_MODULE_CLEAR:
		case DB_ENTRY_MODULE_FREE:
		case DB_ENTRY_MODULE_TRAVERSE:
			break;
		default:
			if (!(root->kind == DB_ENTRY_FINALIZE && also & ENDS_FINALIZE) &&
				!(root->kind == DB_ENTRY_INIT && also & ENDS_INIT))
				return false;
		}
		any = true;
	}
	return any;
}

/* Does the access need an uncommon collision: __init__ called again on an object in use, its
 * finalizer while something else brings it back, or use of a variable while what owns it is
 * torn down? */
static bool is_uncommon(
	const struct rule_context *ctx, const struct shared_thing *t, const struct access *x)
{
	if (t->variable == EXT_NONE)
		return x->flags & ACCESS_INITIAL || only_tears_down(ctx, access_function(x), true);
	return x->kind == ACCESS_WRITE && only_tears_down(ctx, access_function(x), true);
}

/* Would all be well without the uncommon collisions? *WRITES_GUARDED: one lock would hold at
 * all writes at least. */
static bool safe_but_for_uncommon(
	const struct rule_context *ctx, const struct shared_thing *t, bool *writes_guarded)
{
	bool guarded;
	struct shared_thing rest = *t;
	uint32_t writes = 0;

	rest.run.v = NULL;
	rest.run.n = rest.run.cap = 0;
	for (size_t i = 0; i < t->run.n; i++) {
		if (is_uncommon(ctx, t, t->run.v[i]))
			continue;
		vec_push(&ctx->out->arena, &rest.run, t->run.v[i]);
		writes += t->run.v[i]->kind == ACCESS_WRITE;
	}
	guarded = shared_guards(ctx, &rest);
	*writes_guarded = rest.writes_guarded;
	return rest.run.n < t->run.n && (!writes || guarded);
}

/* The write that shows the hazard: one that needs no uncommon collision, if there is one, and
 * of these one that stores something itself. */
static void note_first_write(const struct rule_context *ctx, struct shared_thing *t)
{
	unsigned best = 0;

	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];
		unsigned rank = 1;

		if (x->kind != ACCESS_WRITE)
			continue;
		rank += t->only_uncommon || !is_uncommon(ctx, t, x) ? 2 : 0;
		rank += !(x->flags & ACCESS_LIBRARY);
		if (rank > best) {
			best = rank;
			t->first_write = x;
		}
	}
}

/* A word that threads wait for by exchanging it: looking at it first is part of that. */
static bool is_spin_word(const struct rule_context *ctx, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (t->run.v[i]->kind == ACCESS_WRITE && !(t->run.v[i]->flags & ACCESS_ATOMIC))
			return false;
	return analysis_is_lock(ctx->analysis, t->first_write->path);
}

static void judge(struct rule_context *ctx, struct shared_thing *t)
{
	bool all_atomic = true, guarded, writes_guarded;

	t->shape = SHAPE_SAFE;
	t->only_uncommon = safe_but_for_uncommon(ctx, t, &writes_guarded);
	note_first_write(ctx, t);
	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];
		bool atomic = x->flags & ACCESS_ATOMIC;

		all_atomic &= atomic;
		t->partly_atomic |= atomic;
		t->writes += x->kind == ACCESS_WRITE;
	}
	if (!t->writes || all_atomic || (t->partly_atomic && is_spin_word(ctx, t)))
		return;
	note_type(ctx, t);
	note_contracts(ctx, t);
	guarded = shared_guards(ctx, t);
	t->writes_guarded |= writes_guarded;
	t->shape = guarded ? SHAPE_GUARDED : shape_of(ctx, t);
	if (t->guarded_by && t->shape != SHAPE_GUARDED)
		t->shape = SHAPE_INCONSISTENT;
	if (t->init_only && t->only_uncommon)
		t->shape = SHAPE_SAFE;
}

static int by_place(const void *x, const void *y)
{
	const struct access *const *p = x, *const *q = y;

	return (*p > *q) - (*p < *q);
}

typedef VEC(struct shared_thing) thing_list;

/* Many rules look at the same things: they are judged for the first one that asks. */
struct shared_things {
	thing_list variables, fields;
};

static void judge_and_add(struct rule_context *ctx, struct shared_thing *t, thing_list *out)
{
	if (t->run.n > 1)
		qsort(t->run.v, t->run.n, sizeof(*t->run.v), by_place);
	judge(ctx, t);
	if (t->shape == SHAPE_SAFE)
		return;
	if (t->holder)
		t->name = behind_name(ctx, t);
	vec_push(&ctx->out->arena, out, *t);
}

static void add_thing(struct rule_context *ctx, uint32_t variable, path_id path,
	const struct access *v, size_t n, thing_list *out)
{
	const struct ext_variable *var = &ctx->ext->variables.v[variable];
	struct shared_thing t = {.variable = variable, .path = path, .record = EXT_NONE};

	t.decl = (struct ext_loc){var->unit, var->sym->loc};
	for (size_t i = 0; i < n; i++)
		if (thing_of(ctx, &v[i]) == path && counts(ctx, &v[i]))
			vec_push(&ctx->out->arena, &t.run, &v[i]);
	t.name = analysis_path_text(ctx->analysis, &ctx->out->arena, EXT_NONE, path, false);
	judge_and_add(ctx, &t, out);
}

/* Memory that the language or the interpreter already guards, or that cannot change. */
static bool exempt(const struct ext_variable *v)
{
	const struct facts_type *t = type_of(v->facts, v->sym->type);

	return v->sym->flags & (SYMBOL_THREAD_LOCAL | SYMBOL_CONST) ||
	       v->sym->origin != FACTS_PROJECT || (t && t->flags & TYPE_ATOMIC);
}

/* Every thing with a write that counts, in order of its first access. */
static void add_variable(struct rule_context *ctx, uint32_t variable, thing_list *out)
{
	size_t n;
	const struct access *v = analysis_variable_accesses(ctx->analysis, variable, &n);
	path_id seen[64];
	size_t nseen = 0;

	for (size_t i = 0; i < n && nseen < 64; i++) {
		path_id thing = thing_of(ctx, &v[i]);
		bool known = !thing || v[i].kind != ACCESS_WRITE || !counts(ctx, &v[i]);

		for (size_t k = 0; k < nseen && !known; k++)
			known = seen[k] == thing;
		if (known)
			continue;
		seen[nseen++] = thing;
		add_thing(ctx, variable, thing, v, n, out);
	}
}

static void add_variables(struct rule_context *ctx, thing_list *out)
{
	for (uint32_t i = 0; i < ctx->ext->variables.n; i++)
		if (!exempt(&ctx->ext->variables.v[i]))
			add_variable(ctx, i, out);
}

/* ---- fields ---- */

static bool field_counts(const struct rule_context *ctx, const struct access *x)
{
	return counts(ctx, x) && !(x->flags & ACCESS_PRIVATE) &&
	       !only_tears_down(ctx, x->function, 0);
}

static bool is_behind(const struct rule_context *ctx, const struct access *x, path_id holder)
{
	return !holder ||
	       (x->flags & ACCESS_BEHIND &&
		       same_holder(ctx, analysis_holder(ctx->analysis, x->path), holder));
}

/* The lock of a structure within the object stands in that structure: looking where it is comes
 * before holding it. Whoever writes there makes it a hazard like any other. */
static void drop_lock_pointers(const struct rule_context *ctx, struct shared_thing *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->run.n; i++)
		if (t->run.v[i]->kind == ACCESS_WRITE &&
			analysis_points_to_lock(ctx->analysis, t->run.v[i]->path))
			return;
	for (size_t i = 0; i < t->run.n; i++)
		if (!analysis_points_to_lock(ctx->analysis, t->run.v[i]->path))
			t->run.v[kept++] = t->run.v[i];
	t->run.n = kept;
}

/* T with those of its field's accesses V that are behind its holder, or with all. */
static void add_field(struct rule_context *ctx, struct shared_thing t, const struct access *v,
	size_t n, thing_list *out)
{
	const struct ext_record *r = &ctx->ext->records.v[t.record];
	const struct facts_field *decl = &r->rec->fields.v[t.field];

	for (size_t i = 0; i < n; i++)
		if (field_counts(ctx, &v[i]) && is_behind(ctx, &v[i], t.holder))
			vec_push(&ctx->out->arena, &t.run, &v[i]);
	drop_lock_pointers(ctx, &t);
	if (!t.run.n)
		return;
	t.decl = (struct ext_loc){r->unit, decl->loc};
	t.name = arena_printf(&ctx->out->arena, "%s.%s", r->name, decl->name);
	judge_and_add(ctx, &t, out);
}

/* A structure of no Python type: one thing for each field of an object that leads to it. What is
 * seen to hang on none is nobody's state. */
static void add_behind(struct rule_context *ctx, struct shared_thing t, const struct access *v,
	size_t n, thing_list *out)
{
	VEC(path_id) seen = {NULL, 0, 0};

	for (size_t i = 0; i < n; i++) {
		bool known = !(v[i].flags & ACCESS_BEHIND) || v[i].kind != ACCESS_WRITE ||
			     !field_counts(ctx, &v[i]);

		t.holder = known ? 0 : analysis_holder(ctx->analysis, v[i].path);
		for (size_t k = 0; k < seen.n && !known; k++)
			known = same_holder(ctx, seen.v[k], t.holder);
		if (known)
			continue;
		vec_push(&ctx->out->arena, &seen, t.holder);
		add_field(ctx, t, v, n, out);
	}
}

static bool field_exempt(const struct ext_record *r, const struct facts_field *field)
{
	const struct facts_type *type = type_of(r->facts, field->type);

	return field->flags & FIELD_STATIC || (type && type->flags & TYPE_ATOMIC);
}

static void add_fields(struct rule_context *ctx, thing_list *out)
{
	for (uint32_t i = 0; i < ctx->ext->records.n; i++) {
		const struct ext_record *r = &ctx->ext->records.v[i];
		bool object = r->type != EXT_NONE || r->state_of != EXT_NONE;

		if (r->rec->origin != FACTS_PROJECT)
			continue;
		for (uint32_t k = 0; k < r->rec->fields.n; k++) {
			struct shared_thing t = {.variable = EXT_NONE, .record = i, .field = k};
			const struct access *v;
			size_t n;

			if (field_exempt(r, &r->rec->fields.v[k]))
				continue;
			v = analysis_field_accesses(ctx->analysis, i, k, &n);
			if (object)
				add_field(ctx, t, v, n, out);
			else
				add_behind(ctx, t, v, n, out);
		}
	}
	merge_behind(ctx, out->v, out->n);
}

/* ---- to the rules ---- */

static const struct shared_things *things_of(struct rule_context *ctx)
{
	if (!ctx->shared) {
		struct shared_things *made = arena_new(&ctx->out->arena, struct shared_things);

		add_variables(ctx, &made->variables);
		add_fields(ctx, &made->fields);
		ctx->shared = made;
	}
	return ctx->shared;
}

void shared_variables(struct rule_context *ctx, shared_visitor *visit)
{
	vec_foreach (const struct shared_thing, t, &things_of(ctx)->variables)
		visit(ctx, t);
}

void shared_fields(struct rule_context *ctx, shared_visitor *visit)
{
	vec_foreach (const struct shared_thing, t, &things_of(ctx)->fields)
		visit(ctx, t);
}

/* ---- findings ---- */

/* A root that leads to X, other than AVOID if there is one. */
static uint32_t root_of(const struct rule_context *ctx, const struct access *x, uint32_t avoid)
{
	uint32_t found = EXT_NONE;

	vec_foreach (const uint32_t, r, &ctx->ext->functions.v[access_function(x)].roots) {
		if (import_root(&ctx->ext->roots.v[*r]))
			continue;
		if (*r != avoid)
			return *r;
		found = *r;
	}
	return found;
}

static void root_evidence(struct rule_context *ctx, struct finding *f, const struct shared_thing *t)
{
	uint32_t first = root_of(ctx, t->first_write, EXT_NONE), second = first;

	for (size_t i = 0; i < t->run.n && second == first; i++) {
		uint32_t r = root_of(ctx, t->run.v[i], first);

		second = r == EXT_NONE ? second : r;
	}
	if (first != EXT_NONE) {
		const struct ext_root *r = &ctx->ext->roots.v[first];

		finding_evidence(ctx, f, EVIDENCE_ROOT, r->loc, r->function, "%s", r->text);
	}
	if (second != EXT_NONE) {
		const struct ext_root *r = &ctx->ext->roots.v[second];

		finding_evidence(ctx, f, EVIDENCE_ROOT, r->loc, r->function,
			second == first ? "%s, in another thread" : "%s", r->text);
	}
}

static const char *line_text(
	const struct rule_context *ctx, struct ext_loc at, const char *otherwise)
{
	const char *line = finding_line(ctx->ext, at);
	size_t n;

	if (!line)
		return otherwise;
	while (isspace((unsigned char)*line))
		line++;
	n = strlen(line);
	while (n && isspace((unsigned char)line[n - 1]))
		n--;
	return n ? arena_strndup(&ctx->out->arena, line, n > 100 ? 100 : n) : otherwise;
}

static void add_locks(struct rule_context *ctx, struct evidence *e, const struct access *x)
{
	e->has_locks = true;
	for (lock_id id = x->locks; id;) {
		const struct lock *l = analysis_lock(ctx->analysis, id);
		const char *text = analysis_path_text(
			ctx->analysis, &ctx->out->arena, access_function(x), l->path, true);

		if (l->kind != LOCK_DETACHED)
			vec_push(&ctx->out->arena, &e->locks, *text == '&' ? text + 1 : text);
		id = l->outer;
	}
}

struct placed {
	struct ext_loc at;
	size_t index; /* in the run */
};

static int by_line(const void *x, const void *y)
{
	const struct placed *a = x, *b = y;

	if (a->at.unit != b->at.unit)
		return a->at.unit < b->at.unit ? -1 : 1;
	if (a->at.loc.file != b->at.loc.file)
		return a->at.loc.file < b->at.loc.file ? -1 : 1;
	return (a->at.loc.line > b->at.loc.line) - (a->at.loc.line < b->at.loc.line);
}

/* V holds the accesses of one line: one entry a kind, and a line that writes is not also
 * listed as reading: `x = x + 1` is one write. */
static void mark_line(const struct shared_thing *t, const struct placed *v, size_t n, bool *listed)
{
	for (size_t i = 0; i < n; i++) {
		const struct access *x = t->run.v[v[i].index];
		bool once = true;

		for (size_t k = 0; k < n && once; k++) {
			const struct access *y = t->run.v[v[k].index];

			once = y->kind != x->kind ? y->kind != ACCESS_WRITE
						  : v[k].index >= v[i].index;
		}
		listed[v[i].index] = once;
	}
}

/* Which accesses are listed, by their index in the run. */
static const bool *listed_accesses(struct rule_context *ctx, const struct shared_thing *t)
{
	struct arena *a = &ctx->out->arena;
	struct placed *v = arena_alloc(a, t->run.n * sizeof(*v));
	bool *listed = arena_alloc(a, t->run.n * sizeof(*listed));

	for (size_t i = 0; i < t->run.n; i++)
		v[i] = (struct placed){access_place(ctx, t->run.v[i]), i};
	qsort(v, t->run.n, sizeof(*v), by_line);
	for (size_t i = 0, end; i < t->run.n; i = end) {
		for (end = i + 1; end < t->run.n && by_line(&v[i], &v[end]) == 0; end++)
			;
		mark_line(t, v + i, end - i, listed);
	}
	return listed;
}

static void access_evidence(
	struct rule_context *ctx, struct finding *f, const struct shared_thing *t)
{
	const bool *listed = listed_accesses(ctx, t);

	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];
		struct ext_loc at = access_place(ctx, x);

		if (!listed[i])
			continue;
		add_locks(ctx,
			finding_evidence(ctx, f,
				x->kind == ACCESS_WRITE ? EVIDENCE_WRITE : EVIDENCE_READ, at,
				x->function, "%s", line_text(ctx, at, t->name)),
			x);
	}
}

static const char *function_name(const struct rule_context *ctx, const struct access *x)
{
	return ctx->ext->functions.v[x->function].name;
}

/* The access that shows the collision best: in another function than the first write. */
static const struct access *other_side(const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++)
		if (access_function(t->run.v[i]) != access_function(t->first_write))
			return t->run.v[i];
	return NULL;
}

static enum shared_kind kind_of(const struct rule_context *ctx, const struct shared_thing *t)
{
	if (t->variable == EXT_NONE)
		return SHARED_FIELD;
	return ctx->ext->variables.v[t->variable].sym->linkage == LINKAGE_NONE ? SHARED_STATIC_LOCAL
									       : SHARED_GLOBAL;
}

/* A template that is compiled for several modules makes one finding: it is every module's that
 * has a bare write of its own. */
static void blame_writers(struct rule_context *ctx, struct finding *f, const struct shared_thing *t)
{
	for (size_t i = 0; i < t->run.n; i++) {
		const struct access *x = t->run.v[i];

		if (x->kind != ACCESS_WRITE || (t->shape == SHAPE_INCONSISTENT && x->locks))
			continue;
		vec_foreach (const uint32_t, m, &ctx->ext->functions.v[x->function].modules)
			finding_module(ctx->out, f, *m);
	}
}

struct finding *shared_finding(
	struct rule_context *ctx, const struct shared_thing *t, enum finding_confidence confidence)
{
	const struct access *other = other_side(t);
	bool behind = t->holder && confidence == CONFIDENCE_DEFINITE;
	struct ext_loc at = access_place(ctx, t->first_write);
	struct finding *f;

	confidence = in_generated_code(ctx, t->first_write->function,
		under_contract(ctx, t, behind ? CONFIDENCE_LIKELY : confidence));

	if (other)
		f = finding_add(ctx, at, confidence,
			"'%s' is written by '%s' and %s by '%s' with no common lock", t->name,
			function_name(ctx, t->first_write),
			other->kind == ACCESS_WRITE ? "written" : "read",
			function_name(ctx, other));
	else
		f = finding_add(ctx, at, confidence,
			"'%s' is written by '%s' without a lock, and two threads can be there at "
			"once",
			t->name, function_name(ctx, t->first_write));
	f->function = t->first_write->function;
	f->shared = kind_of(ctx, t);
	f->shared_name = t->name;
	f->shared_decl = t->decl;
	blame_writers(ctx, f, t);
	contract_evidence(ctx, f, t);
	root_evidence(ctx, f, t);
	access_evidence(ctx, f, t);
	behind_evidence(ctx, f, t);
	return f;
}
