#include "shim.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* PATH as every directory can use it: builds change theirs. NULL: not usable; that was said.
 * Builds split flags at blanks and hand them to a shell. */
static const char *usable(struct arena *a, const char *path)
{
	char *real = realpath(path, NULL);
	const char *kept;

	if (!real || access(real, R_OK) != 0) {
		diag_error("--shim-flags: '%s': %s", path, strerror(errno));
		free(real);
		return NULL;
	}
	kept = arena_strdup(a, real);
	free(real);
	if (!strpbrk(kept, " \t\n\"'\\$`;&|<>()*?[]#~!"))
		return kept;
	diag_error("--shim-flags: '%s': flags cannot hold this path: it has blanks or characters "
		   "that mean something to a shell",
		kept);
	return NULL;
}

/* Where it was installed, if the data are installed; else among them. */
static const char *object_path(struct arena *a)
{
	if (strcmp(path_data(), GC_PKGDATADIR) == 0)
		return path_join(a, GC_PKGLIBDIR, "gilshim.o");
	return path_join(a, path_data(), "shim/gilshim.o");
}

bool shim_print_flags(struct buf *out)
{
	struct arena arena = ARENA_INIT;
	const char *header =
		usable(&arena, path_join(&arena, path_data(), "shim/include/Python.h"));
	const char *object = header ? usable(&arena, object_path(&arena)) : NULL;

	if (object)
		buf_printf(out, "CFLAGS=-I%s\nLDFLAGS=%s\n", path_dir(&arena, header), object);
	arena_release(&arena);
	return object != NULL;
}
