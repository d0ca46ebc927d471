/*
 * GIL106: compiled for a limited API that has no free-threaded form. The database has the
 * macros that ask for a limited API (group "limited-api"), each with the first value that
 * a free-threaded build accepts.
 */
#include "rules/declaration.h"

#include "db/db.h"

#include <errno.h>
#include <stdlib.h>

/* The value of a version macro as written; false where it is not a plain number. A macro
 * without a value asks for the oldest version. */
static bool version_of(const char *text, unsigned long *version)
{
	char *end;

	*version = 0;
	if (*text == '\0')
		return true;
	errno = 0;
	*version = strtoul(text, &end, 0);
	return errno == 0 && end != text && *(end + strspn(end, "uUlL")) == '\0';
}

static const struct db_constant *too_old(const struct facts_define *d)
{
	const struct db_constant *c = db_constant_find(d->name);
	unsigned long version;

	if (!c || strcmp(c->group, "limited-api") != 0 || !version_of(d->value, &version))
		return NULL;
	return version < (unsigned long)c->value ? c : NULL;
}

/* FACTS_NONE file: from the command line; then the place is the unit as such. */
static struct ext_loc place_of(uint32_t unit, const struct facts_define *d)
{
	struct ext_loc at = {unit, d->loc};

	if (at.loc.file == FACTS_NONE)
		at.loc = (struct facts_loc){0, 1, 1};
	return at;
}

static void report(struct rule_context *ctx, uint32_t module, uint32_t unit,
	const struct facts_define *d, const struct db_constant *c, struct finding **f)
{
	struct ext_loc at = place_of(unit, d);

	if (!*f) {
		*f = declaration_finding(ctx, module, at,
			"module '%s' is built with %s%s%s, a limited API that free-threaded "
			"builds do not have",
			ctx->ext->modules.v[module].name, d->name, *d->value ? "=" : "", d->value);
		finding_fix(ctx, *f, "leave %s out of free-threaded builds, or raise it to 0x%08lx",
			d->name, (unsigned long)c->value);
	}
	finding_evidence(ctx, *f, EVIDENCE_DECLARE, at, EXT_NONE,
		d->loc.file == FACTS_NONE ? "%s from the command line or build description"
					  : "%s defined here",
		d->name);
}

void rule_limited_api_target(struct rule_context *ctx)
{
	for (uint32_t i = 0; i < ctx->ext->modules.n; i++) {
		struct finding *f = NULL;

		vec_foreach (const uint32_t, unit, &ctx->ext->modules.v[i].units)
			vec_foreach (
				const struct facts_define, d, &ctx->ext->units.v[*unit]->defines) {
				const struct db_constant *c = too_old(d);

				if (c)
					report(ctx, i, *unit, d, c, &f);
			}
	}
}
