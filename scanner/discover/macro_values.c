/*
 * Values of macros that a description computes in ways that are not followed: asked of a
 * tool, read from a library. Mostly the library's headers say the same, and they are at
 * hand. What no header says stays without a value, and is told.
 */
#include "discover/discover.h"

#include "base/file.h"
#include "base/path.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 256 /* of one directory */
#define HEADER_SIZE ((size_t)1 << 20)

struct search {
	const char *name, *value, *header;
	bool several; /* values that differ */
};

/* The number that a `#define NAME` line at P gives, or NULL. */
static const char *number_at(struct arena *a, const char *p, const char *name)
{
	size_t n = strlen(name), length = 0;

	p += strspn(p, " \t");
	if (*p++ != '#')
		return NULL;
	p += strspn(p, " \t");
	if (strncmp(p, "define", 6) != 0 || !isblank((unsigned char)p[6]))
		return NULL;
	p += 6 + strspn(p + 6, " \t");
	if (strncmp(p, name, n) != 0 || !isblank((unsigned char)p[n]))
		return NULL;
	p += n + strspn(p + n, " \t");
	while (isalnum((unsigned char)p[length]))
		length++;
	return isdigit((unsigned char)*p) ? arena_strndup(a, p, length) : NULL;
}

static void search_header(struct discover *d, struct search *s, const char *path)
{
	size_t size;
	char *text = file_read(path, HEADER_SIZE, &size);

	for (const char *line = text; line && *line;) {
		const char *value = number_at(&d->arena, line, s->name);

		if (value) {
			s->several |= s->value && strcmp(s->value, value) != 0;
			s->value = value;
			s->header = path;
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	free(text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void search_dir(struct discover *d, struct search *s, const char *dir)
{
	DIR *stream = opendir(dir);
	strings headers = {0};
	struct dirent *e;

	while (stream && (e = readdir(stream)))
		if (strcmp(path_ext(e->d_name), ".h") == 0)
			vec_push(&d->arena, &headers, path_join(&d->arena, dir, e->d_name));
	if (stream)
		closedir(stream);
	vec_sort(&headers, by_text);
	for (size_t i = 0; i < headers.n && headers.n <= HEADERS_MAX; i++)
		search_header(d, s, headers.v[i]);
}

/* The same macro is asked for once per set of directories: units of a target share them. */
static const char *value_of(
	struct discover *d, const struct unknown_macro *macro, const strings *flags)
{
	struct search s = {.name = macro->name};
	const char *key = macro->name;
	uintptr_t *slot;
	bool added;

	for (size_t i = 0; i + 1 < flags->n; i += 2)
		if (flags->v[i][1] == 'I' || strcmp(flags->v[i], "-isystem") == 0)
			key = arena_printf(&d->arena, "%s:%s", key, flags->v[i + 1]);
	slot = map_put(&d->macro_values, key, &added);
	if (!added)
		return (const char *)*slot;
	for (size_t i = 0; i + 1 < flags->n && !s.value; i += 2)
		if (flags->v[i][1] == 'I' || strcmp(flags->v[i], "-isystem") == 0)
			search_dir(d, &s, flags->v[i + 1]);
	if (!s.value || s.several)
		return NULL;
	note(d, "%s: macro %s is taken to be %s, as in %s", macro->origin, macro->name, s.value,
		path_base(s.header));
	*map_put(&d->macro_values, key, NULL) = (uintptr_t)s.value;
	return s.value;
}

void macros_complete(struct discover *d, strings *flags)
{
	for (size_t i = 0; i + 1 < flags->n; i += 2) {
		if (strcmp(flags->v[i], "-D") != 0)
			continue;
		vec_foreach (const struct unknown_macro, macro, &d->unknown_macros) {
			const char *value;

			if (strcmp(flags->v[i + 1], macro->name) != 0)
				continue;
			value = value_of(d, macro, flags);
			if (value)
				flags->v[i + 1] =
					arena_printf(&d->arena, "%s=%s", macro->name, value);
			break;
		}
	}
}
