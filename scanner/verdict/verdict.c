#include "verdict/verdict.h"

#include "db/db.h"
#include "verdict/extension_lock.h"
#include "verdict/suppress.h"

/* What keeps a module from being ready, besides findings. */
struct lost {
	uint32_t unread;    /* units, tables */
	bool functions;	    /* damaged ones that run */
	bool init;	    /* the init function itself */
	const char *reason; /* the first, for the advice */
};

struct run {
	struct verdicts *out;
	struct findings *findings;
	const struct extension *ext;
};

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_READY] = "ready",
		[VERDICT_REVIEW] = "review",
		[VERDICT_NOT_READY] = "not-ready",
		[VERDICT_CONTRADICTED] = "contradicted",
	};

	return names[verdict];
}

const char *declared_name(enum ext_declared declared)
{
	static const char *const names[] = {
		[DECLARED_ABSENT] = "absent",
		[DECLARED_NOT_USED] = "not-used",
		[DECLARED_USED] = "used",
		[DECLARED_INEFFECTIVE] = "ineffective",
		[DECLARED_UNKNOWN] = "unknown",
	};

	return names[declared];
}

/* ---- what importing does ---- */

static const char *today_ineffective(enum ext_ineffective why)
{
	switch (why) {
	case INEFFECTIVE_DUPLICATE:
		return "importing this module fails: the declaration stands twice";
	case INEFFECTIVE_CREATE_NON_MODULE:
		return "importing this module turns the GIL on: its create slot returns an object "
		       "that cannot carry the declaration";
	case INEFFECTIVE_IN_EXEC:
	case INEFFECTIVE_MULTI_PHASE:
	case INEFFECTIVE_VALUE:
	case INEFFECTIVE_GUARD:
	case INEFFECTIVE_NO:
		break;
	}
	return "importing this module turns the GIL on: its declaration has no effect";
}

static const char *today_of(const struct ext_module *m)
{
	switch (m->declared) {
	case DECLARED_NOT_USED:
		return "importing this module leaves the GIL off";
	case DECLARED_USED:
		return "importing this module turns the GIL on, as it asks for";
	case DECLARED_INEFFECTIVE:
		return today_ineffective(m->ineffective);
	case DECLARED_ABSENT:
		return "importing this module turns the GIL on";
	case DECLARED_UNKNOWN:
		break;
	}
	return "not known: its init function could not be read";
}

/* ---- what could not be read ---- */

static bool has(const uint32_t *v, size_t n, uint32_t x)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == x)
			return true;
	return false;
}

static const char *unit_reason(const struct facts *f)
{
	vec_foreach (const struct facts_unknown, u, &f->unknowns)
		if (u->kind == UNKNOWN_UNIT || u->kind == UNKNOWN_HEADER)
			return u->detail;
	return "could not be parsed";
}

static void lose(struct run *r, struct lost *lost, const char *what, const char *why)
{
	if (!lost->reason)
		lost->reason = arena_printf(&r->out->arena, "%s: %s", what, why);
}

static bool in_some_module(const struct extension *ext, uint32_t unit)
{
	vec_foreach (const struct ext_module, m, &ext->modules)
		if (has(m->units.v, m->units.n, unit))
			return true;
	return false;
}

/* An unread unit that no module claims may belong to any of them. */
static void count_units(
	struct run *r, const struct ext_module *m, struct module_verdict *v, struct lost *lost)
{
	for (uint32_t u = 0; u < r->ext->units.n; u++) {
		const struct facts *f = r->ext->units.v[u];
		bool mine = has(m->units.v, m->units.n, u);

		if (mine)
			v->coverage.functions += f->functions_seen;
		if (!f->unread || (!mine && in_some_module(r->ext, u)))
			continue;
		lost->unread++;
		lose(r, lost, f->path, unit_reason(f));
	}
	v->coverage.units = (uint32_t)m->units.n;
}

/* A type that is an array of rows, or one row, of a table the linker reads. */
static bool is_table(const struct facts *f, uint32_t type)
{
	const struct facts_type *t = type < f->types.n ? &f->types.v[type] : NULL;

	if (t && t->kind == TYPE_ARRAY)
		t = t->target < f->types.n ? &f->types.v[t->target] : NULL;
	return t && t->kind == TYPE_RECORD && t->record < f->records.n &&
	       db_table_find(f->records.v[t->record].name);
}

static void count_tables(struct run *r, const struct ext_module *m, struct lost *lost)
{
	vec_foreach (const uint32_t, unit, &m->units) {
		const struct facts *f = r->ext->units.v[*unit];

		vec_foreach (const struct facts_unknown, u, &f->unknowns) {
			if (u->symbol >= f->symbols.n ||
				f->symbols.v[u->symbol].origin != FACTS_PROJECT ||
				!is_table(f, f->symbols.v[u->symbol].type))
				continue;
			lost->unread++;
			lose(r, lost,
				arena_printf(
					&r->out->arena, "table '%s'", f->symbols.v[u->symbol].name),
				u->detail);
		}
	}
}

/* The first problem inside FN, or in its unit. */
static const char *damage_of(const struct ext_function *fn)
{
	vec_foreach (const struct facts_unknown, u, &fn->facts->unknowns)
		if (u->function == fn->index)
			return u->detail;
	return "could not be read fully";
}

static uint32_t indirect_calls(const struct ext_function *fn)
{
	uint32_t n = 0;

	if (fn->unreached)
		return 0;
	vec_foreach (const struct ext_call, c, &fn->calls)
		n += c->kind == TARGET_INDIRECT && c->candidates.n == 0;
	return n;
}

/* Code that only module creation runs is safe whatever it holds; only the init function
 * matters there, because the tables start from it. */
static void count_functions(
	struct run *r, const struct ext_module *m, struct module_verdict *v, struct lost *lost)
{
	vec_foreach (const uint32_t, id, &m->functions) {
		const struct ext_function *fn = &r->ext->functions.v[*id];

		v->coverage.unresolved_calls += indirect_calls(fn);
		if (!(fn->code->flags & FUNCTION_DAMAGED))
			continue;
		v->coverage.damaged++;
		if (*id == m->init)
			lost->init = true;
		else if (fn->phases & ~(unsigned)PHASE_CREATE)
			lost->functions = true;
		else
			continue;
		lose(r, lost, arena_printf(&r->out->arena, "function '%s'", fn->name),
			damage_of(fn));
	}
}

/* Bodies that were seen and not lowered at all: nobody can say when they run. */
static void count_unlowered(
	struct run *r, const struct ext_module *m, struct module_verdict *v, struct lost *lost)
{
	vec_foreach (const uint32_t, unit, &m->units) {
		const struct facts *f = r->ext->units.v[*unit];

		if (f->unread || f->functions_seen <= f->functions.n)
			continue;
		v->coverage.damaged += f->functions_seen - (uint32_t)f->functions.n;
		lost->functions = true;
		lose(r, lost, f->path, "functions that could not be lowered");
	}
}

static bool is_capped(const struct lost *lost)
{
	return lost->unread || lost->functions || lost->init;
}

/* ---- findings of a module ---- */

static bool counts_for(const struct finding *f, uint32_t module)
{
	return !f->suppressed && has(f->modules.v, f->modules.n, module);
}

static bool is_blocking(const struct finding *f)
{
	return f->level >= LEVEL_WARNING && f->confidence != CONFIDENCE_REVIEW;
}

static int compare_reasons(const void *a, const void *b)
{
	return strcmp(
		((const struct verdict_reason *)a)->rule, ((const struct verdict_reason *)b)->rule);
}

static void add_reason(struct arena *arena, verdict_reasons *reasons, const char *rule)
{
	struct verdict_reason *reason;

	vec_foreach (struct verdict_reason, known, reasons)
		if (strcmp(known->rule, rule) == 0) {
			known->count++;
			return;
		}
	reason = vec_add(arena, reasons);
	reason->rule = rule;
	reason->count = 1;
	vec_sort(reasons, compare_reasons);
}

/* How many findings of the module block it, or else wait for review; they become the
 * reasons. What notes say never counts. */
static size_t gather(struct run *r, struct module_verdict *v, bool blocking)
{
	size_t n = 0;

	vec_foreach (const struct finding, f, &r->findings->v) {
		if (!counts_for(f, v->module) || f->level == LEVEL_NOTE ||
			is_blocking(f) != blocking)
			continue;
		add_reason(&r->out->arena, &v->reasons, f->rule);
		n++;
	}
	return n;
}

/* How the module's declaration is to be written or mended: the remedy of the finding that
 * talks about it. */
static const char *declaration_fix(const struct run *r, uint32_t module)
{
	vec_foreach (const struct finding, f, &r->findings->v)
		if (f->shared == SHARED_MODULE && f->fix && counts_for(f, module))
			return f->fix;
	return NULL;
}

/* ---- modules that are not C ---- */

static const struct {
	const char *kind;
	const char *advice;
} foreign[] = {
	{"cython", "made by Cython: let it write the C first, then scan that"},
	{"cffi", "made by cffi: let it write the C first, then scan that"},
	{"swig", "made by SWIG: let it write the C first, then scan that"},
	{"rust", "written in Rust, which is not read here: see its binding's own documentation"},
};

static const char *foreign_advice(const struct ext_module *m)
{
	for (size_t i = 0; m->kind && i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (strcmp(m->kind, foreign[i].kind) == 0)
			return foreign[i].advice;
	return NULL;
}

static void set_unknown(struct run *r, const struct ext_module *m, struct module_verdict *v,
	const struct lost *lost)
{
	const char *advice = foreign_advice(m);

	v->verdict = VERDICT_UNKNOWN;
	v->today = "not known";
	if (!advice && lost->reason)
		advice = arena_printf(
			&r->out->arena, "no init function found; not read: %s", lost->reason);
	v->advice = advice ? advice : "no init function found in the sources";
}

/* ---- the verdict ---- */

static void set_blocked(const struct ext_module *m, struct module_verdict *v)
{
	if (m->declared == DECLARED_NOT_USED) {
		v->verdict = VERDICT_CONTRADICTED;
		v->advice = "take the declaration back until the findings are dealt with";
	} else {
		v->verdict = VERDICT_NOT_READY;
		v->advice = "deal with the findings, then declare";
	}
}

static void set_open(struct run *r, struct module_verdict *v, const struct lost *lost)
{
	const char *fix = declaration_fix(r, v->module);
	size_t n = gather(r, v, false);

	if (is_capped(lost)) {
		v->verdict = VERDICT_REVIEW;
		v->advice =
			arena_printf(&r->out->arena, "not everything was read: %s", lost->reason);
	} else if (n) {
		v->verdict = VERDICT_REVIEW;
		v->advice = "only findings that need a decision are left (--show-review)";
	} else {
		v->verdict = VERDICT_READY;
		v->advice = fix ? fix : "nothing is open";
	}
}

/* Findings that keep the module from being ready, and what it declares itself: of these rules
 * notes count, of others they say that nothing is lost yet. */
static void gather_uncured(struct run *r, struct module_verdict *v)
{
	vec_foreach (const struct finding, f, &r->findings->v) {
		const struct db_rule *rule = db_rule_find(f->rule);
		bool review = f->confidence == CONFIDENCE_REVIEW;

		if (counts_for(f, v->module) && !lock_cures(rule) &&
			(f->level > LEVEL_NOTE || strcmp(rule->level, "note") == 0) &&
			(!review || v->verdict == VERDICT_REVIEW))
			add_reason(&r->out->arena, &v->lock.open, f->rule);
	}
}

static void judge(struct run *r, uint32_t module)
{
	const struct ext_module *m = &r->ext->modules.v[module];
	struct module_verdict *v = vec_add(&r->out->arena, &r->out->v);
	struct lost lost = {0};

	v->module = module;
	v->today = today_of(m);
	count_units(r, m, v, &lost);
	count_tables(r, m, &lost);
	count_functions(r, m, v, &lost);
	count_unlowered(r, m, v, &lost);
	v->coverage.unread = lost.unread;
	if (m->init == EXT_NONE)
		set_unknown(r, m, v, &lost);
	else if (gather(r, v, true))
		set_blocked(m, v);
	else
		set_open(r, v, &lost);
	gather_uncured(r, v);
	lock_judge(v, &r->out->arena, r->ext, is_capped(&lost));
}

/* ---- GIL104 ---- */

/* Every blocking finding is named once; more than these say nothing new. */
#define CONTRADICTION_EVIDENCE 10

static void contradict(struct run *r, const struct module_verdict *v, size_t before)
{
	const struct ext_module *m = &r->ext->modules.v[v->module];
	struct rule_context ctx = {
		.ext = r->ext, .out = r->findings, .rule = db_rule_find("GIL104")};
	bool known = m->declared_at.unit != EXT_NONE;
	uint32_t total = 0, shown = 0;
	struct finding *f;

	vec_foreach (const struct verdict_reason, reason, &v->reasons)
		total += reason->count;
	f = finding_add(&ctx, known ? m->declared_at : m->loc, CONFIDENCE_DEFINITE,
		"module '%s' declares that it does not need the GIL while %u finding%s that "
		"block%s it %s open",
		m->name, total, total == 1 ? "" : "s", total == 1 ? "s" : "",
		total == 1 ? "is" : "are");
	f->shared = SHARED_MODULE;
	f->shared_name = m->name;
	f->shared_decl = m->loc;
	finding_module(r->findings, f, v->module);
	finding_fix(&ctx, f, "deal with the findings, or take the declaration back until then");
	for (size_t i = 0; i < before && shown < CONTRADICTION_EVIDENCE; i++) {
		const struct finding *open = &r->findings->v.v[i];

		if (!counts_for(open, v->module) || !is_blocking(open))
			continue;
		finding_evidence(&ctx, f, EVIDENCE_NOTE, open->at, open->function, "%s: %s",
			open->rule, open->message);
		shown++;
	}
}

void verdict_run(struct verdicts *out, struct findings *findings, const struct extension *ext)
{
	struct run r = {.out = out, .findings = findings, .ext = ext};
	struct suppressions suppressions;
	size_t before = findings->v.n;

	memset(out, 0, sizeof(*out));
	/* reasons stay with the findings */
	suppress_collect(&suppressions, &findings->arena, ext);
	suppress_apply(&suppressions, findings, 0, ext);
	for (uint32_t m = 0; m < ext->modules.n; m++)
		judge(&r, m);
	vec_foreach (const struct module_verdict, v, &out->v)
		if (v->verdict == VERDICT_CONTRADICTED)
			contradict(&r, v, before);
	suppress_apply(&suppressions, findings, before, ext);
	suppress_report(&suppressions, findings, ext);
	findings_finish(findings, ext);
}

void verdict_release(struct verdicts *v)
{
	arena_release(&v->arena);
	memset(v, 0, sizeof(*v));
}
