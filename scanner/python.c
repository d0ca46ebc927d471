#include "python.h"

#include "base/diag.h"
#include "base/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_header(struct arena *arena, const char *dir)
{
	return access(path_join(arena, dir, "Python.h"), R_OK) == 0;
}

/* PREFIX/include/python3.15t, PREFIX/include/python3.15. */
static const char *below_prefix(struct arena *arena, const char *prefix, const char *version)
{
	static const char *const kinds[] = {"t", ""};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *dir =
			arena_printf(arena, "%s/include/python%s%s", prefix, version, kinds[i]);

		if (has_header(arena, dir))
			return dir;
	}
	return NULL;
}

/* The headers that belong to an interpreter BIN/NAME: it is PREFIX/bin/NAME once links
 * are resolved (pyvenv and version managers link to the real one). */
static const char *of_interpreter(
	struct arena *arena, const char *bin, const char *name, const char *version)
{
	char real[PATH_MAX];

	if (!realpath(path_join(arena, bin, name), real))
		return NULL;
	return below_prefix(arena, path_dir(arena, path_dir(arena, real)), version);
}

static const char *on_path(struct arena *arena, const char *version)
{
	const char *path = getenv("PATH");
	const char *names[] = {arena_printf(arena, "python%st", version),
		arena_printf(arena, "python%s", version), "python3", "python"};

	while (path && *path) {
		size_t n = strcspn(path, ":");
		const char *bin = arena_strndup(arena, path, n);

		for (size_t i = 0; n && i < sizeof(names) / sizeof(names[0]); i++) {
			const char *dir = of_interpreter(arena, bin, names[i], version);

			if (dir)
				return dir;
		}
		path += n + (path[n] == ':');
	}
	return below_prefix(arena, "/usr", version);
}

bool python_headers_find(
	struct python_headers *found, struct arena *arena, const char *given, const char *version)
{
	if (strcmp(given, "auto") == 0) {
		found->dir = on_path(arena, version);
		if (!found->dir)
			diag_error("--python-include=auto: no headers of Python %s found beside "
				   "the Python on PATH",
				version);
	} else {
		found->dir = path_normalize(arena, given);
		if (!has_header(arena, found->dir)) {
			diag_error("--python-include: no Python.h in '%s'", given);
			found->dir = NULL;
		}
	}
	if (!found->dir)
		return false;
	found->shown = path_is_absolute(found->dir) ? path_base(found->dir) : found->dir;
	return true;
}
