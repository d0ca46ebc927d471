/*
 * The inside of gilcheck-parse: what its first process and the workers that it starts have
 * in common.
 */
#ifndef GC_FRONTEND_SERVE_H
#define GC_FRONTEND_SERVE_H

#include "frontend/frontend.h"

struct buf;

/* Seconds that one unit may take. */
unsigned serve_seconds(const struct frontend_options *options);

/* This process parses from here on: what a parser says while it dies is not for the user,
 * who is told which unit it was. Standard output is gone. */
void serve_silently(void);

/* The facts with their size in front, as they are sent. */
void serve_pack(struct buf *out, const struct facts *f);

/* Parses one unit and sends its facts. False where nobody reads them. */
bool serve_unit(const struct build *b, size_t unit, const struct frontend_options *options, int to);

/* All units, by N processes: workers.c. False where nobody reads the facts. */
bool serve_pool(const struct build *b, const struct frontend_options *options, size_t n, int to);

#endif
