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

void lock_judge(struct module_verdict *v, struct arena *arena, const char *style, bool capped)
{
	const char *gap = style ? db_extension_lock_gap(style) : NULL;

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
