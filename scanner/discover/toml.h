/* TOML, tolerantly: a line that cannot be read is left out and counted. */
#ifndef GC_DISCOVER_TOML_H
#define GC_DISCOVER_TOML_H

#include "discover/script.h"

/* The document as a dict. *BAD gets the first line that could not be read, or 0. */
struct value *toml_parse(struct script *s, const char *text, unsigned *bad);
/* The value at "a.b.c", or NULL. */
struct value *toml_get(const struct value *table, const char *path);

#endif
