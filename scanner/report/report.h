/*
 * Writing down what was found. Reports only format: whatever they say stands in the
 * extension, the findings and the verdicts, or in `coverage`, which sums up what was read.
 *
 * All three writers are deterministic and hold no clock, host or absolute path. Names of
 * files and source lines are foreign bytes: what is not printable UTF-8 is shown as \xNN.
 */
#ifndef GC_REPORT_REPORT_H
#define GC_REPORT_REPORT_H

#include "base/buf.h"
#include "rules/finding.h"
#include "verdict/verdict.h"

struct report_unread {
	const char *path;
	const char *reason;
};

/* A unit of which something was lost: functions with a body, how many of them were not
 * lowered whole, and how many headers it names were not found. */
struct report_incomplete {
	const char *path; /* unit, variant included */
	uint32_t functions, damaged, missing_headers;
};

struct coverage {
	uint32_t units, functions, functions_analysed, unresolved_calls;
	VEC(struct report_unread) unread;	  /* sorted, each once */
	VEC(struct report_incomplete) incomplete; /* by unit */
	VEC(const char *) notes;		  /* sorted, each once */
};

struct report {
	const struct extension *ext;
	const struct findings *findings;
	const struct verdicts *verdicts;
	const char *python;  /* "3.15" */
	const char *headers; /* "embedded" */
	bool show_review;
	bool color;
	/* Whether a finding of this rule is wanted (--only, --skip). */
	bool (*wanted)(const char *rule, const void *data);
	const void *wanted_data;
};

/* Read with coverage_of, in ARENA. */
void coverage_of(struct coverage *c, struct arena *arena, const struct extension *ext);

void report_text(const struct report *r, struct buf *out);
void report_json(const struct report *r, struct buf *out);
void report_github(const struct report *r, struct buf *out);

/* Finding I is part of the report at all / is shown to people and counts for the exit
 * status. */
bool report_has(const struct report *r, const struct finding *f);
bool report_shows(const struct report *r, const struct finding *f);

/* Appends TEXT with everything but printable UTF-8 (and tabs, with KEEP_TABS) as \xNN. */
void report_escape(struct buf *out, const char *text, bool keep_tabs);
/* Nothing but printable ASCII: what most texts are. */
bool report_is_plain(const char *text);

#endif
