/*
 * GIL107: the C API of a package that supports free-threading only from some release on.
 * The database has the packages and how their use shows: headers, capsules, macros that
 * import the API. What the build descriptions ask for decides: a project that already wants
 * that release has nothing to do.
 */
#include "rules/declaration.h"

#include "base/map.h"
#include "db/db.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct use {
	const struct db_package *package;
	struct ext_loc at;
	const char *how; /* "includes", "calls", "imports" */
	const char *what;
	const char *wanted; /* what a description asks for, not enough; or NULL */
	bool satisfied;
};

typedef VEC(struct use) uses;

#define RECENT 512 /* a power of two */

struct collector {
	struct rule_context *ctx;
	uses all;
	struct arena scratch;
	struct map asked; /* names and literals that the database was asked about */
	const char *recent[RECENT];
};

/* ---- what descriptions ask for ---- */

/* Do A, N bytes of it, and B name one distribution? Case and the kind of separator do not
 * matter. */
static bool same_name(const char *a, size_t n, const char *b)
{
	if (strlen(b) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char x = strchr("-_.", a[i]) ? '-' : (char)tolower((unsigned char)a[i]);
		char y = strchr("-_.", b[i]) ? '-' : (char)tolower((unsigned char)b[i]);

		if (x != y)
			return false;
	}
	return true;
}

/* The number at *TEXT, which moves on to the next part; 0 where the version has ended. */
static unsigned long next_part(const char **text)
{
	char *end;
	unsigned long n;

	if (!isdigit((unsigned char)**text))
		return 0;
	n = strtoul(*text, &end, 10);
	*text = end + (*end == '.');
	return n;
}

/* By their numbers: "2.1" is "2.1.0", and is less than "2.10". */
static int compare_versions(const char *a, const char *b)
{
	while (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
		unsigned long x = next_part(&a), y = next_part(&b);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* Does one of the clauses ("~=2.1", ">=2.0") leave only versions from FIRST on? */
static bool asks_for(const char *clauses, const char *first)
{
	const char *end = clauses + strcspn(clauses, ";");

	while (clauses < end) {
		const char *op = clauses + strspn(clauses, " (,\t");
		size_t n = strspn(op, "<>=~!");
		const char *version = op + n + strspn(op + n, " \t");

		if (n && *op != '<' && *op != '!' && compare_versions(version, first) >= 0)
			return true;
		clauses = version + strcspn(version, ",;");
	}
	return false;
}

/* What UNIT's project asks of the package; a project may state a newer one for some
 * Pythons: the best counts. */
static void compare_requirements(const struct facts *unit, struct use *u)
{
	const struct db_package *p = u->package;

	vec_foreach (const char *const, text, &unit->requirements) {
		size_t n = strcspn(*text, " \t<>=~!;[(,");
		size_t extras = (*text)[n] == '[' ? strcspn(*text + n, "]") + 1 : 0;

		if (!same_name(*text, n, p->name))
			continue;
		u->wanted = *text;
		u->satisfied |= p->first_version && asks_for(*text + n + extras, p->first_version);
	}
}

/* ---- what units use ---- */

static bool ends_with_header(const char *path, const struct db_package *p)
{
	for (size_t i = 0; i < p->nheaders; i++) {
		size_t n = strlen(path), m = strlen(p->headers[i]);

		if (n >= m && strcmp(path + n - m, p->headers[i]) == 0 &&
			(n == m || path[n - m - 1] == '/'))
			return true;
	}
	return false;
}

/* The package's own sources do not depend on it. */
static bool is_own(const struct facts *unit, const struct db_package *p)
{
	vec_foreach (const struct facts_include, include, &unit->includes) {
		if (!include->path || !ends_with_header(include->path, p))
			continue;
		vec_foreach (const struct facts_file, file, &unit->files)
			if (strcmp(file->path, include->path) == 0)
				return file->origin == FACTS_PROJECT && !file->vendored;
	}
	return false;
}

static void add_use(struct collector *c, const struct db_package *p, struct ext_loc at,
	const char *how, const char *what)
{
	const struct facts *unit = c->ctx->ext->units.v[at.unit];
	struct use u = {.package = p, .at = at, .how = how, .what = what};

	if (!p || is_own(unit, p))
		return;
	vec_foreach (struct use, old, &c->all)
		if (old->package == p)
			return;
	compare_requirements(unit, &u);
	vec_push(&c->ctx->out->arena, &c->all, u);
}

/* A unit calls few things often: each name is asked about once. Equal texts of one unit are
 * one pointer, so that most are known without a look at their letters. */
static bool is_new(struct collector *c, const char *text)
{
	const char **recent = &c->recent[((uintptr_t)text ^ (uintptr_t)text >> 9) % RECENT];
	bool added;

	if (*recent == text)
		return false;
	*recent = text;
	map_put(&c->asked, text, &added);
	return added;
}

static void use_of_call(
	struct collector *c, const struct ext_function *fn, const struct ext_call *call)
{
	const struct facts_op *op = &fn->code->ops.v[call->op];
	struct ext_loc at = {fn->unit, op->loc};

	if (call->name && is_new(c, call->name))
		add_use(c, db_package_of_macro(call->name), at, "calls", call->name);
	if (op->macro && is_new(c, op->macro))
		add_use(c, db_package_of_macro(op->macro), at, "calls", op->macro);
	for (uint32_t i = 0; i < op->nargs; i++) {
		const struct facts_operand *arg = &fn->code->args.v[op->first_arg + i];

		if (arg->kind == OPERAND_STRING && is_new(c, arg->text))
			add_use(c, db_package_of_capsule(arg->text), at, "imports", arg->text);
	}
}

/* A call or a capsule says more than an #include: they come first. */
static void collect(struct collector *c, const struct ext_module *m)
{
	const struct extension *ext = c->ctx->ext;

	vec_foreach (const uint32_t, function, &m->functions) {
		const struct ext_function *fn = &ext->functions.v[*function];

		vec_foreach (const struct ext_call, call, &fn->calls)
			use_of_call(c, fn, call);
	}
	vec_foreach (const uint32_t, unit, &m->units)
		vec_foreach (const struct facts_include, include, &ext->units.v[*unit]->includes)
			add_use(c, db_package_of_header(include->name),
				(struct ext_loc){*unit, include->loc}, "includes", include->name);
}

/* ---- findings ---- */

/* Python's own come in Python's version. What a binding library's macro made and declares
 * compiles only with a release that knows the declaration. */
static bool is_harmless(
	const struct rule_context *ctx, const struct ext_module *m, const struct use *u)
{
	const struct db_module_style *style = db_module_style_of_macro(u->what);

	if (u->package->part_of_python)
		return u->package->since_python <= finding_target(ctx->ext);
	return u->satisfied || (style && m->declared == DECLARED_NOT_USED);
}

static void report(struct rule_context *ctx, uint32_t module, const struct use *u)
{
	const char *name = ctx->ext->modules.v[module].name;
	const struct db_package *p = u->package;
	struct finding *f;

	if (p->first_version) {
		f = declaration_finding(ctx, module, u->at,
			"module '%s' uses the C API of %s, which supports free-threading from %s "
			"on",
			name, p->name, p->first_version);
		f->level = LEVEL_NOTE;
		if (p->part_of_python)
			finding_fix(ctx, f, "leave it out for older free-threaded Pythons");
		else if (u->wanted)
			finding_fix(ctx, f,
				"ask for %s>=%s instead of '%s', at least for free-threaded builds",
				p->name, p->first_version, u->wanted);
		else
			finding_fix(ctx, f, "ask for %s>=%s, at least for free-threaded builds",
				p->name, p->first_version);
	} else {
		f = declaration_finding(ctx, module, u->at,
			"module '%s' uses the C API of %s, of which no release supports "
			"free-threading",
			name, p->name);
		finding_fix(ctx, f, "leave it out of free-threaded builds");
	}
	finding_evidence(ctx, f, EVIDENCE_CALL, u->at, EXT_NONE, "%s '%s' here", u->how, u->what);
	if (p->advice)
		finding_evidence(ctx, f, EVIDENCE_NOTE, u->at, EXT_NONE, "%s", p->advice);
}

void rule_dependency_needs_gil(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->modules.n; i++) {
		const struct ext_module *m = &ctx->ext->modules.v[i];
		struct collector c = {.ctx = ctx, .scratch = ARENA_INIT};

		map_init(&c.asked, &c.scratch);
		collect(&c, m);
		vec_foreach (const struct use, u, &c.all)
			if (!is_harmless(ctx, m, u))
				report(ctx, i, u);
		arena_release(&c.scratch);
	}
}
