/*
 * Changes that gilcheck makes by itself: --declare, the step after review, and --fix, what
 * can be rewritten with certainty. Whatever is not certain is left as it is, and why is said.
 */
#ifndef GC_FIX_FIX_H
#define GC_FIX_FIX_H

#include "fix/edit.h"
#include "link/extension.h"
#include "rules/finding.h"
#include "verdict/verdict.h"

/* Adds to E what declares each module that nothing blocks. False where a module is refused, or
 * its declaration has to be written by hand; which, and why, was said. */
bool fix_declare(struct edits *e, const struct extension *ext, const struct verdicts *verdicts);

/* Adds to E the rewrites of FINDINGS, and to each finding its own; what is left as it is was
 * said. */
void fix_findings(struct edits *e, const struct extension *ext, struct findings *findings);

/* Gives each finding the same edits, for the report, by what the facts kept of the sources:
 * these need not be there any more. */
void fix_note_edits(const struct extension *ext, struct findings *findings);

#endif
