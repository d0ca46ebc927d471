#include "discover/ini.h"

#include <ctype.h>
#include <string.h>

static char *trimmed(struct arena *a, const char *s, size_t n)
{
	while (n && isspace((unsigned char)*s)) {
		s++;
		n--;
	}
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	return arena_strndup(a, s, n);
}

static void add_entry(
	struct arena *a, struct ini *out, const char *section, const char *line, size_t n)
{
	size_t at = strcspn(line, "=:\n");
	struct ini_entry *e;
	char *key;

	if (at >= n)
		at = n;
	key = trimmed(a, line, at);
	for (char *p = key; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	e = vec_add(a, &out->entries);
	e->section = section;
	e->key = key;
	e->value = at < n ? trimmed(a, line + at + 1, n - at - 1) : "";
}

void ini_parse(struct arena *a, const char *text, struct ini *out)
{
	const char *section = "";
	bool open = false; /* an entry that an indented line continues */

	while (*text) {
		size_t n = strcspn(text, "\n"), blank = strspn(text, " \t\r");

		if (blank >= n || text[blank] == '#' || text[blank] == ';') {
			/* Nothing on this line. */
		} else if (*text == '[') {
			section = arena_strndup(a, text + 1, strcspn(text + 1, "]\n"));
			open = false;
		} else if (blank && open) {
			struct ini_entry *e = &out->entries.v[out->entries.n - 1];

			e->value = arena_printf(a, "%s\n%s", e->value, trimmed(a, text, n));
		} else {
			add_entry(a, out, section, text, n);
			open = true;
		}
		text += n + (text[n] == '\n');
	}
}

const char *ini_get(const struct ini *ini, const char *section, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < ini->entries.n; i++) {
		const struct ini_entry *e = &ini->entries.v[i];

		if (strcmp(e->section, section) == 0 && (!key || strcmp(e->key, key) == 0))
			value = e->value;
	}
	return value;
}
