/*
 * The answer per module: a pure function of the findings and of what could not be read.
 * Lives in an arena of its own; refers to the extension and the findings.
 */
#ifndef GC_VERDICT_VERDICT_H
#define GC_VERDICT_VERDICT_H

#include "base/vec.h"
#include "link/extension.h"
#include "rules/finding.h"

enum verdict {
	VERDICT_UNKNOWN,
	VERDICT_READY,
	VERDICT_REVIEW,
	VERDICT_NOT_READY,
	VERDICT_CONTRADICTED
};

struct verdict_reason {
	const char *rule;
	uint32_t count;
};

typedef VEC(struct verdict_reason) verdict_reasons; /* sorted by rule */

struct verdict_coverage {
	uint32_t units, functions, damaged, unread, unresolved_calls;
};

/* Whether the module would be safe if it were built, unedited, with the extension lock. */
enum lock_answer {
	LOCK_NOT_NEEDED, /* the module is ready without it */
	LOCK_SAFE,	 /* as safe as the GIL made it */
	LOCK_OPEN,	 /* something that the GIL made safe is not */
	LOCK_UNKNOWN
};

struct lock_verdict {
	enum lock_answer answer;
	const char *text; /* one line; NULL where it is not needed */
	verdict_reasons open;
};

struct module_verdict {
	uint32_t module; /* extension.modules */
	enum verdict verdict;
	const char *today;  /* what importing it does today */
	const char *advice; /* one line: why not ready, or how to declare */
	verdict_reasons reasons;
	struct lock_verdict lock;
	struct verdict_coverage coverage;
};

struct verdicts {
	struct arena arena;
	VEC(struct module_verdict) v;
};

/* Also makes the findings that only it can make (GIL104) and applies suppressions
 * (GIL901, GIL902): after the rules, before --only/--skip and baselines. */
void verdict_run(struct verdicts *out, struct findings *findings, const struct extension *ext);
void verdict_release(struct verdicts *v);

const char *verdict_name(enum verdict verdict);
/* NULL where the lock is not needed. */
const char *lock_answer_name(enum lock_answer answer);
const char *declared_name(enum ext_declared declared);

#endif
