/* Facts as text, for people and golden files (--dump-facts). */
#ifndef GC_FACTS_DUMP_H
#define GC_FACTS_DUMP_H

#include "facts/facts.h"

struct buf;

/* Everything that F holds, one entry a line, in its own order. F has passed facts_verify. */
void facts_dump(const struct facts *f, struct buf *out);

/* S in double quotes; bytes that are not printable ASCII as \xNN. */
void dump_quoted(struct buf *out, const char *s);
/* One place or operand of FN as facts_dump shows it, for the dumps of later stages. */
void dump_place(const struct facts *f, const struct facts_function *fn,
	const struct facts_place *place, struct buf *out);
void dump_operand(const struct facts *f, const struct facts_operand *operand, struct buf *out);

#endif
