#include "base/path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool path_is_absolute(const char *path)
{
	return path[0] == '/';
}

char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir), length = strlen(name);
	char *path;

	if (path_is_absolute(name) || n == 0 || strcmp(dir, ".") == 0)
		return arena_strndup(a, name, length);
	path = arena_alloc(a, n + 1 + length + 1);
	memcpy(path, dir, n);
	if (dir[n - 1] != '/')
		path[n++] = '/';
	memcpy(path + n, name, length);
	return path;
}

/* Removes the last component of OUT (LEN bytes) unless it is ".." or missing; returns
 * the new length, or LEN where nothing could be removed. */
static size_t drop_component(const char *out, size_t len, size_t root)
{
	size_t start = len;

	while (start > root && out[start - 1] != '/')
		start--;
	if (start == len || (len - start == 2 && memcmp(out + start, "..", 2) == 0))
		return len;
	return start > root ? start - 1 : start;
}

char *path_normalize(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2);
	size_t root = path_is_absolute(path) ? 1 : 0, len = root;

	if (root)
		out[0] = '/';
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0) {
			size_t shorter = drop_component(out, len, root);

			if (shorter != len || root) {
				len = shorter;
				n = 0;
			}
		} else if (n == 1 && path[0] == '.') {
			path++;
			n = 0;
		}
		if (n) {
			if (len > root)
				out[len++] = '/';
			memmove(out + len, path, n);
			len += n;
		}
		path += strcspn(path, "/");
		path += strspn(path, "/");
	}
	if (len == 0)
		out[len++] = '.';
	out[len] = '\0';
	return out;
}

const char *path_below(const char *root, const char *path)
{
	size_t n = strlen(root);

	if (n && root[n - 1] == '/')
		n--;
	if (strncmp(root, path, n) == 0 && path[n] == '/')
		return path + n + 1;
	return path;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_dir(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return arena_strdup(a, ".");
	return arena_strndup(a, path, slash == path ? 1 : (size_t)(slash - path));
}

const char *path_ext(const char *path)
{
	const char *base = path_base(path), *dot = strrchr(base, '.');

	return dot && dot != base ? dot : "";
}

/* A program run from its build tree finds the headers made there, so that tests need
 * no installation. */
static bool find_build_tree(char *dir, size_t size)
{
	char probe[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", dir, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (!slash)
		return false;
	*slash = '\0';
	snprintf(probe, sizeof(probe), "%s/api/stamp", dir);
	return access(probe, R_OK) == 0;
}

const char *path_data(void)
{
	static char found[PATH_MAX];
	const char *given = getenv("GILCHECK_DATADIR");

	if (given && *given)
		return given;
	if (!found[0] && !find_build_tree(found, sizeof(found)))
		snprintf(found, sizeof(found), "%s", GC_PKGDATADIR);
	return found;
}

char *path_program(struct arena *a, const char *name)
{
	char *built = path_join(a, path_data(), name);

	return access(built, X_OK) == 0 ? built : path_join(a, GC_PKGLIBEXECDIR, name);
}
