#include "verdict/extension_lock.h"

#include "base/buf.h"
#include "db/db.h"

#define INTRODUCTION "under the extension lock: "

const char *lock_answer_name(enum lock_answer answer)
{
	static const char *const names[] = {
		[LOCK_NOT_NEEDED] = NULL,
		[LOCK_SAFE] = "safe",
		[LOCK_OPEN] = "open",
		[LOCK_UNKNOWN] = "unknown",
	};

	return names[answer];
}

bool lock_cures(const struct db_rule *rule)
{
	return strcmp(rule->extension_lock, "cured") == 0;
}

/* "still open: GIL602 x2 (the field does not exist in the headers); …" */
static const char *open_text(const struct lock_verdict *lock, struct arena *arena, const char *gap)
{
	struct buf text = BUF_INIT;
	const char *kept;

	buf_str(&text, INTRODUCTION "still open: ");
	buf_str(&text, gap ? gap : "");
	vec_foreach (const struct verdict_reason, reason, &lock->open)
		buf_printf(&text, "%s%s x%u (%s)", reason != lock->open.v || gap ? "; " : "",
			reason->rule, reason->count,
			db_rule_find(reason->rule)->extension_lock_why);
	kept = arena_strndup(arena, buf_text(&text), text.len);
	buf_release(&text);
	return kept;
}

/* The call that gives other extensions functions of M to call as they like; or NULL. */
static const struct db_api *published(const struct extension *ext, const struct ext_module *m)
{
	vec_foreach (const uint32_t, i, &m->roots) {
		const struct db_api *to = ext->roots.v[*i].given_to;

		if (to && to->effects & DB_EFFECT_PUBLISHES)
			return to;
	}
	return NULL;
}

/* Ways into M that the lock does not guard; NULL: it guards all. */
static const char *gap_of(const struct extension *ext, const struct ext_module *m, struct arena *a)
{
	const char *gap = m->style ? db_extension_lock_gap(m->style) : NULL;
	const struct db_api *to = published(ext, m);

	if (!to)
		return gap;
	return arena_printf(a,
		"%s%sfunctions that others get by '%s' run without it, unless each is wrapped in "
		"GILSHIM_CALLBACK",
		gap ? gap : "", gap ? "; " : "", to->name);
}

void lock_judge(
	struct module_verdict *v, struct arena *arena, const struct extension *ext, bool capped)
{
	const char *gap = gap_of(ext, &ext->modules.v[v->module], arena);

	if (v->verdict == VERDICT_READY) {
		v->lock = (struct lock_verdict){.answer = LOCK_NOT_NEEDED};
	} else if (v->verdict == VERDICT_UNKNOWN) {
		v->lock.answer = LOCK_UNKNOWN;
		v->lock.text = INTRODUCTION "not known";
	} else if (gap || v->lock.open.n) {
		v->lock.answer = LOCK_OPEN;
		v->lock.text = open_text(&v->lock, arena, gap);
	} else if (capped) {
		v->lock.answer = LOCK_UNKNOWN;
		v->lock.text =
			INTRODUCTION "nothing known is left open, but not everything was read";
	} else {
		v->lock.answer = LOCK_SAFE;
		v->lock.text = INTRODUCTION "as safe as with the GIL";
	}
}
