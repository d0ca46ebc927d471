/*
 * What gilcheck asks of gilcheck-parse: the units and the options that change how they are
 * read. Both are of one version, on one machine.
 */
#ifndef GC_FRONTEND_REQUEST_H
#define GC_FRONTEND_REQUEST_H

#include "frontend/frontend.h"
#include "frontend/words.h"

struct buf;

struct request {
	struct build build; /* units only; owns the options' strings too */
	struct frontend_options options;
	struct words words; /* the options' */
};

/* Appends the units of B from FIRST on and OPTIONS, without its progress, to OUT. */
void request_write(struct buf *out, const struct build *b, size_t first,
	const struct frontend_options *options);

/* Fills R from SIZE bytes. False where they are no request of this version; R is to be
 * released either way. */
bool request_read(struct request *r, const char *data, size_t size);
void request_release(struct request *r);

#endif
