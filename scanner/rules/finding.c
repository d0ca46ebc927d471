#include "rules/finding.h"

#include "base/buf.h"
#include "base/diag.h"
#include "db/db.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

static const char *const evidence_names[] = {
#define EVIDENCE(id, name) name,
#include "rules/kinds.def"
#undef EVIDENCE
};

static const char *const shared_names[] = {
#define SHARED(id, name) name,
#include "rules/kinds.def"
#undef SHARED
};

static const char *const level_names[] = {"note", "warning", "error"};
static const char *const confidence_names[] = {"review", "likely", "definite"};

const char *evidence_kind_name(enum evidence_kind kind)
{
	return evidence_names[kind];
}

const char *shared_kind_name(enum shared_kind kind)
{
	return shared_names[kind];
}

const char *finding_level_name(enum finding_level level)
{
	return level_names[level];
}

const char *finding_confidence_name(enum finding_confidence confidence)
{
	return confidence_names[confidence];
}

/* ---- what rules call ---- */

static enum finding_level level_of(const struct db_rule *rule)
{
	for (int i = LEVEL_NOTE; i <= LEVEL_ERROR; i++)
		if (strcmp(rule->level, level_names[i]) == 0)
			return (enum finding_level)i;
	return LEVEL_ERROR;
}

struct finding *finding_add(struct rule_context *ctx, struct ext_loc at,
	enum finding_confidence confidence, const char *format, ...)
{
	struct finding *f = vec_add(&ctx->out->arena, &ctx->out->v);
	va_list args;

	f->rule = ctx->rule->code;
	f->level = level_of(ctx->rule);
	f->confidence = confidence;
	f->at = at;
	f->end_line = at.loc.line;
	f->function = EXT_NONE;
	f->shared_decl.unit = EXT_NONE;
	va_start(args, format);
	f->message = arena_vprintf(&ctx->out->arena, format, args);
	va_end(args);
	return f;
}

struct evidence *finding_evidence(struct rule_context *ctx, struct finding *f,
	enum evidence_kind kind, struct ext_loc at, uint32_t function, const char *format, ...)
{
	struct evidence *e = vec_add(&ctx->out->arena, &f->evidence);
	va_list args;

	e->kind = kind;
	e->at = at;
	e->function = function;
	va_start(args, format);
	e->text = arena_vprintf(&ctx->out->arena, format, args);
	va_end(args);
	return e;
}

void finding_fix(struct rule_context *ctx, struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	f->fix = arena_vprintf(&ctx->out->arena, format, args);
	va_end(args);
}

void finding_module(struct findings *out, struct finding *f, uint32_t module)
{
	size_t i = f->modules.n;

	for (size_t k = 0; k < f->modules.n; k++)
		if (f->modules.v[k] == module)
			return;
	vec_push(&out->arena, &f->modules, module);
	for (; i > 0 && f->modules.v[i - 1] > module; i--)
		f->modules.v[i] = f->modules.v[i - 1];
	f->modules.v[i] = module;
}

const struct db_hazard *rule_hazard(const struct rule_context *ctx, const struct db_api *api)
{
	return db_hazard_of(api, ctx->rule->code);
}

/* ---- places ---- */

static const struct facts_file *file_of(const struct extension *ext, struct ext_loc at)
{
	const struct facts *f;

	if (at.unit >= ext->units.n)
		return NULL;
	f = ext->units.v[at.unit];
	return at.loc.file < f->files.n ? &f->files.v[at.loc.file] : NULL;
}

db_version finding_target(const struct extension *ext)
{
	unsigned major = 0, minor = 0;

	if (ext->units.n == 0 || sscanf(ext->units.v[0]->python, "%u.%u", &major, &minor) != 2)
		return 0;
	return (db_version)(major << 8 | minor);
}

const char *finding_path(const struct extension *ext, struct ext_loc at)
{
	const struct facts_file *file = file_of(ext, at);

	if (file)
		return file->path;
	return at.unit < ext->units.n ? ext->units.v[at.unit]->path : "";
}

const char *finding_line(const struct extension *ext, struct ext_loc at)
{
	return file_of(ext, at) ? facts_source_line(ext->units.v[at.unit], at.loc) : NULL;
}

const char *finding_function_name(const struct extension *ext, uint32_t function)
{
	return function < ext->functions.n ? ext->functions.v[function].name : NULL;
}

/* ---- putting in order ---- */

/* qsort has no argument for it. Set only while findings_finish sorts; the program sorts
 * findings on one thread. */
static const struct extension *sorting;

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_findings(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	int c = strcmp(finding_path(sorting, a->at), finding_path(sorting, b->at));

	if (!c)
		c = compare_u32(a->at.loc.line, b->at.loc.line);
	if (!c)
		c = compare_u32(a->at.loc.column, b->at.loc.column);
	if (!c)
		c = strcmp(a->rule, b->rule);
	if (!c)
		c = compare_text(a->shared_name, b->shared_name);
	if (!c)
		c = compare_text(finding_function_name(sorting, a->function),
			finding_function_name(sorting, b->function));
	if (!c)
		c = strcmp(a->message, b->message);
	if (!c) /* the stronger claim first: it is the one that merging keeps */
		c = compare_u32(b->confidence, a->confidence);
	if (!c)
		c = compare_u32((uint32_t)b->evidence.n, (uint32_t)a->evidence.n);
	if (!c)
		c = compare_u32(a->at.unit, b->at.unit);
	return c;
}

/* The same hazard seen through several units: a static function in a header, a file that
 * is compiled twice. */
static bool same_hazard(
	const struct extension *ext, const struct finding *a, const struct finding *b)
{
	return strcmp(a->rule, b->rule) == 0 && a->at.loc.line == b->at.loc.line &&
	       a->at.loc.column == b->at.loc.column &&
	       strcmp(finding_path(ext, a->at), finding_path(ext, b->at)) == 0 &&
	       compare_text(a->shared_name, b->shared_name) == 0 &&
	       strcmp(a->message, b->message) == 0 &&
	       compare_text(finding_function_name(ext, a->function),
		       finding_function_name(ext, b->function)) == 0;
}

static void merge_equal(struct findings *out, const struct extension *ext)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->v.n; i++) {
		struct finding *f = &out->v.v[i];

		if (kept && same_hazard(ext, &out->v.v[kept - 1], f)) {
			for (size_t k = 0; k < f->modules.n; k++)
				finding_module(out, &out->v.v[kept - 1], f->modules.v[k]);
			continue;
		}
		out->v.v[kept++] = *f;
	}
	out->v.n = kept;
}

/* A rule that does not know better: the modules of the function, else of the unit. */
static void fill_modules(struct findings *out, struct finding *f, const struct extension *ext)
{
	if (f->modules.n)
		return;
	if (f->function < ext->functions.n) {
		const struct ext_function *fn = &ext->functions.v[f->function];

		for (size_t i = 0; i < fn->modules.n; i++)
			finding_module(out, f, fn->modules.v[i]);
	}
	for (size_t m = 0; f->modules.n == 0 && m < ext->modules.n; m++)
		vec_foreach (const uint32_t, unit, &ext->modules.v[m].units)
			if (*unit == f->at.unit)
				finding_module(out, f, (uint32_t)m);
}

/* ---- fingerprints ---- */

/* White space does not count: formatting a file changes no fingerprint. */
static void add_normalised(struct buf *b, const char *text)
{
	for (; *text; text++)
		if (!strchr(" \t\r\v\f", *text))
			buf_char(b, *text);
}

static void add_part(struct buf *b, const char *text)
{
	buf_str(b, text ? text : "");
	buf_char(b, '\n');
}

static void fingerprint(struct findings *out, struct finding *f, const struct extension *ext,
	struct map *seen, struct buf *b)
{
	const char *line = finding_line(ext, f->at);
	uint64_t high, low;
	uintptr_t *n;

	buf_clear(b);
	add_part(b, f->rule);
	vec_foreach (const uint32_t, m, &f->modules)
		add_part(b, ext->modules.v[*m].name);
	add_part(b, finding_function_name(ext, f->function));
	add_part(b, f->shared_name);
	add_normalised(b, line ? line : f->message);
	n = map_put(seen, arena_strdup(&out->arena, b->text), NULL);
	buf_printf(b, "\n%lu", (unsigned long)(*n)++);
	high = hash_bytes(b->text, b->len, HASH_SEED);
	low = hash_bytes(b->text, b->len, high);
	f->fingerprint = arena_printf(
		&out->arena, "%016llx%016llx", (unsigned long long)high, (unsigned long long)low);
}

void findings_finish(struct findings *out, const struct extension *ext)
{
	struct buf b = BUF_INIT;
	struct map seen;

	vec_foreach (struct finding, f, &out->v)
		fill_modules(out, f, ext);
	sorting = ext;
	vec_sort(&out->v, compare_findings);
	sorting = NULL;
	merge_equal(out, ext);
	map_init(&seen, &out->arena);
	vec_foreach (struct finding, f, &out->v) {
		const struct facts_file *file = file_of(ext, f->at);

		f->vendored = file && file->vendored;
		fingerprint(out, f, ext, &seen, &b);
	}
	buf_release(&b);
}

static const struct {
	const char *code;
	void (*run)(struct rule_context *ctx);
} rules[] = {
#define RULE(code, name) {#code, rule_##name},
#include "rules/rules.def"
#undef RULE
	{NULL, NULL},
};

void rules_run(struct findings *out, const struct extension *ext, const struct analysis *analysis)
{
	struct rule_context ctx = {.ext = ext, .analysis = analysis, .out = out};

	for (size_t i = 0; rules[i].run; i++) {
		ctx.rule = db_rule_find(rules[i].code);
		if (!ctx.rule) /* the completeness test keeps this from happening */
			diag_error("rule %s: not in the database", rules[i].code);
		else
			rules[i].run(&ctx);
	}
	findings_finish(out, ext);
}

void findings_release(struct findings *f)
{
	arena_release(&f->arena);
	memset(f, 0, sizeof(*f));
}
