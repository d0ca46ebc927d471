/* Files of Python's configparser: "[section]", "key = value", continued by indent. */
#ifndef GC_DISCOVER_INI_H
#define GC_DISCOVER_INI_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>

struct ini_entry {
	const char *section, *key, *value; /* the key in lower case */
};

struct ini {
	VEC(struct ini_entry) entries;
};

void ini_parse(struct arena *a, const char *text, struct ini *out);
/* NULL where there is none. */
const char *ini_get(const struct ini *ini, const char *section, const char *key);

#endif
