/*
 * Compiler flags pass an allow-list: what changes parsing and cannot load or run
 * anything. All else is dropped; what looks hostile is counted.
 */
#ifndef GC_DISCOVER_FLAGS_H
#define GC_DISCOVER_FLAGS_H

#include "discover/discover.h"

struct flag_result {
	strings flags; /* pairs, paths absolute */
	const char *standard;
	const char *language; /* value of -x, or NULL */
	unsigned hostile;     /* flags that would load, run or read something */
};

/* Filters ARGS (N of them, without the compiler's name); DIR is what relative paths
 * are relative to. */
void flags_filter(struct discover *d, struct flag_result *out, const char *const *args, size_t n,
	const char *dir);

/* Appends one pair where VALUE is fit for it; false where it is not. */
bool flags_add(
	struct discover *d, strings *flags, const char *option, const char *value, const char *dir);

/* Splits a command line as a shell would split it, without expanding anything. */
void flags_split(struct arena *a, strings *out, const char *command);

#endif
