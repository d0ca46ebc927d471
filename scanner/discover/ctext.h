/* A look at C text without a preprocessor: which files it includes, and is it text. */
#ifndef GC_DISCOVER_CTEXT_H
#define GC_DISCOVER_CTEXT_H

#include "discover/discover.h"

struct ctext_include {
	const char *name;
	bool angled;
};

struct ctext {
	const char *problem; /* why it cannot be a unit, or NULL */
	VEC(struct ctext_include) includes;
};

/* Reads PATH once; later calls give the same answer. */
const struct ctext *ctext_get(struct discover *d, const char *path);

/* Scans TEXT (SIZE bytes) into OUT; for ctext_get and its tests. */
void ctext_scan(struct arena *a, struct ctext *out, const char *text, size_t size);

#endif
