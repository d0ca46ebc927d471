/* Real Python headers on this machine (--python-include); no Python is run for it. */
#ifndef GC_PYTHON_H
#define GC_PYTHON_H

#include "base/arena.h"

#include <stdbool.h>

struct python_headers {
	const char *dir;   /* holds Python.h */
	const char *shown; /* how reports name it: never an absolute path */
};

/* GIVEN: a directory, or "auto": those of the Python on PATH, VERSION ("3.15") with the
 * free-threaded one first. False: none there; that was said. */
bool python_headers_find(struct python_headers *found, struct arena *arena, const char *given,
	const char *version);

#endif
