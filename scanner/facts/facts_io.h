/*
 * Facts as files: what --emit-facts writes and --link reads, on any machine.
 *
 * A file is a header (magic, version, size and checksum of what follows), a table of
 * strings (their number, their size, the strings with a NUL each), and the entries. Numbers are little-endian base-128, an index is stored as
 * index + 1 so that FACTS_NONE takes one byte. Equal facts give equal bytes.
 */
#ifndef GC_FACTS_FACTS_IO_H
#define GC_FACTS_FACTS_IO_H

#include "facts/facts.h"

struct buf;

#define FACTS_HEADER_SIZE 28 /* magic 8, version 4, payload size 8, checksum 8 */

/* Appends the file form of F to OUT. */
void facts_write(const struct facts *f, struct buf *out);

/* Writes size and checksum of what stands behind it into the header of a file of SIZE bytes. */
void facts_seal(char *file, size_t size);

/* How many of SIZE bytes the facts at the start of DATA take: files may hold several, one
 * after the other. SIZE where the header cannot be trusted; facts_read says why. */
size_t facts_span(const void *data, size_t size);

/* Fills F, which needs no facts_init, from a file's bytes. NULL, or what is wrong with
 * them; then F holds that message and nothing of use. F is to be released either way. */
const char *facts_read(struct facts *f, const void *data, size_t size);

#endif
