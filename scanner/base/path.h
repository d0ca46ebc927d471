/* Path arithmetic on text; the file system is touched where that is said. */
#ifndef GC_BASE_PATH_H
#define GC_BASE_PATH_H

#include "base/arena.h"

#include <stdbool.h>

/* DIR/NAME, or NAME alone where it is absolute or DIR is empty or ".". */
char *path_join(struct arena *a, const char *dir, const char *name);
/* Without ".", "..", doubled and trailing slashes, by text alone. "" becomes ".". */
char *path_normalize(struct arena *a, const char *path);
/* PATH as seen from ROOT (both normalized and absolute, or both relative); PATH
 * itself where it is not below ROOT. */
const char *path_below(const char *root, const char *path);
const char *path_base(const char *path);
char *path_dir(struct arena *a, const char *path);
/* The extension with its dot, lower case not applied; "" where there is none. */
const char *path_ext(const char *path);
bool path_is_absolute(const char *path);

/* The directory of the program's own data (embedded headers, PCH): GILCHECK_DATADIR if
 * set, else the build tree the program runs from, else the configured place. */
const char *path_data(void);

/* A program that belongs to this one: in the build tree that the data are from, else in the
 * configured place. Looks for the file. */
char *path_program(struct arena *a, const char *name);

#endif
