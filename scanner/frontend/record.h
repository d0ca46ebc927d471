/*
 * What the facts of a unit hold before anything of it is read. Knows no parser: the
 * program that reports has to record units whose parser died.
 */
#ifndef GC_FRONTEND_RECORD_H
#define GC_FRONTEND_RECORD_H

#include "frontend/frontend.h"

/* How the unit is built. F must be initialised. */
void record_unit(
	struct facts *f, const struct build_unit *b, const struct frontend_options *options);

/* Nothing of use was read of the unit, and why. */
void record_unread(struct facts *f, const struct build_unit *b, const char *why);

/* Why nothing was read of a unit at which a parser ended, with STATUS of waitpid: in TEXT. */
const char *record_end(char *text, size_t size, int status, const struct frontend_options *options);

/* What reports call a file that the unit opens as OPEN: as the unit is called where both
 * lie in one tree. Interned in F; work is done in SCRATCH. */
const char *record_path(
	struct facts *f, struct arena *scratch, const struct build_unit *b, const char *open);

#endif
