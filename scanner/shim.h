/* How to build an extension with the extension lock (docs/shim.md). */
#ifndef GC_SHIM_H
#define GC_SHIM_H

#include <stdbool.h>

struct buf;

/* CFLAGS=… and LDFLAGS=…, one a line; the same for every Python. False: its files are not
 * there, or cannot be named in flags; that was said. */
bool shim_print_flags(struct buf *out);

#endif
