#include "db/verify.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/path.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verify {
	const struct db_set *set;
	json_t *functions, *macros;
	db_version version;
	struct buf entry, header; /* signatures, normalised */
	size_t differences;
};

static void differ(struct verify *v, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void differ(struct verify *v, const char *name, const char *format, ...)
{
	va_list args;

	printf("%u.%u: %s: ", v->version >> 8, v->version & 0xff, name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	v->differences++;
}

/* ---- raw files ---- */

/* Is VERSION in "3.6-3.9,3.13"? */
static bool in_ranges(const char *ranges, db_version version)
{
	unsigned major, from, to;
	int used;

	while (ranges && sscanf(ranges, "%u.%u%n", &major, &from, &used) == 2) {
		ranges += used;
		to = from;
		if (sscanf(ranges, "-%u.%u%n", &major, &to, &used) == 2)
			ranges += used;
		if ((major << 8 | from) <= version && version <= (major << 8 | to))
			return true;
		ranges += *ranges == ',';
	}
	return false;
}

static const json_t *variant(const json_t *items, const char *name, db_version version)
{
	const json_t *variants = json_object_get(json_object_get(items, name), "variants"), *x;
	size_t i;

	json_array_foreach(
		variants, i, x) if (in_ranges(json_string_value(json_object_get(x, "versions")),
					    version)) return x;
	return NULL;
}

/* ---- signatures ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Words that end a type, so that what stands last is not a parameter's name. */
static bool ends_type(const char *word, size_t n)
{
	static const char *const words[] = {"int", "long", "short", "char", "double", "float",
		"void", "unsigned", "signed", "const", "size_t", "restrict"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0)
			return true;
	return false;
}

/* Is everything in TEXT..END a word that may stand before a type's name? */
static bool only_qualifiers(const char *text, const char *end)
{
	static const char *const words[] = {"const", "struct", "union", "enum", "volatile"};

	while (text < end) {
		size_t n = 0;
		bool known = false;

		while (text < end && !is_word(*text))
			text++;
		while (text + n < end && is_word(text[n]))
			n++;
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			known |= strlen(words[i]) == n && memcmp(words[i], text, n) == 0;
		if (n && !known)
			return false;
		text += n;
	}
	return true;
}

/* Where the name of the parameter TEXT..END begins, and its length in *N; END where it has
 * none. */
static const char *name_of(const char *text, const char *end, size_t *n)
{
	const char *pointer = text, *last, *stop = end;

	/* int (*name)(void) */
	while (pointer + 1 < end && !(pointer[0] == '(' && pointer[1] == '*'))
		pointer++;
	if (pointer + 1 < end) {
		last = pointer + 2;
		while (last < end && *last == ' ')
			last++;
		for (*n = 0; last + *n < end && is_word(last[*n]);)
			++*n;
		return *n ? last : end;
	}
	while (stop > text && stop[-1] == ']') /* char *name[] */
		while (stop > text && *--stop != '[')
			;
	while (stop > text && stop[-1] == ' ')
		stop--;
	last = stop;
	while (last > text && is_word(last[-1]))
		last--;
	*n = (size_t)(stop - last);
	if (!*n || ends_type(last, *n) || only_qualifiers(text, last))
		return end;
	return last;
}

/* Appends the declaration TEXT..END without its name and without spaces that say nothing. */
static void put_type(struct buf *out, const char *text, const char *end)
{
	size_t n = 0;
	const char *name = name_of(text, end, &n);

	for (const char *c = text; c < end; c++) {
		if (c == name)
			c += n;
		if (c < end && (*c != ' ' || (c > text && is_word(c[-1]) && c + 1 < end &&
						     is_word(c[1]) && c + 1 != name)))
			buf_char(out, *c);
	}
}

/* The end of the parameter at TEXT: a comma or closing parenthesis of its own level. */
static const char *param_end(const char *text)
{
	int depth = 0;

	for (; *text; text++) {
		if (depth == 0 && (*text == ',' || *text == ')'))
			break;
		depth += (*text == '(') - (*text == ')');
	}
	return text;
}

/* "int f(PyObject *op, long)" -> "int(PyObject*,long)" */
static void normalise(struct buf *out, const char *signature, const char *name)
{
	const char *open = strstr(signature, name), *c;

	buf_clear(out);
	if (!open || !(c = strchr(open, '('))) {
		buf_str(out, signature);
		return;
	}
	for (const char *r = signature; r < open; r++)
		if (*r != ' ')
			buf_char(out, *r);
	buf_char(out, '(');
	for (c++; *c && *c != ')';) {
		const char *end = param_end(c);

		while (*c == ' ')
			c++;
		put_type(out, c, end);
		if (*end == ',')
			buf_char(out, ',');
		c = *end == ',' ? end + 1 : end;
	}
	buf_char(out, ')');
}

static void header_signature(struct verify *v, const char *name, const json_t *function)
{
	const json_t *params = json_object_get(function, "params"), *param;
	const char *returns = json_string_value(json_object_get(function, "returns"));
	struct buf text = BUF_INIT;
	size_t i;

	buf_printf(&text, "%s %s(", returns ? returns : "void", name);
	json_array_foreach(params, i, param)
		buf_printf(&text, "%s%s", i ? ", " : "", json_string_value(param));
	if (json_is_true(json_object_get(function, "variadic")))
		buf_printf(&text, "%s...", json_array_size(params) ? ", " : "");
	else if (!json_array_size(params))
		buf_str(&text, "void");
	buf_char(&text, ')');
	normalise(&v->header, text.text, name);
	buf_release(&text);
}

static void check_signature(struct verify *v, const struct db_api *api, const json_t *function)
{
	bool old = api->signature_since && v->version < api->signature_since;
	const char *signature = old ? api->old_signature : api->signature;

	if (!signature) {
		differ(v, api->name, "the entry has no signature");
		return;
	}
	normalise(&v->entry, signature, api->name);
	header_signature(v, api->name, function);
	if (strcmp(v->entry.text, v->header.text) != 0)
		differ(v, api->name, "is '%s' in the headers, '%s' in the entry", v->header.text,
			v->entry.text);
}

/* ---- both ways ---- */

static const struct db_api *find(const struct db_set *set, const char *name)
{
	size_t low = 0, high = set->sections[DB_APIS].n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct db_api *api = db_set_entry(set, DB_APIS, middle);
		int order = strcmp(api->name, name);

		if (order == 0)
			return api;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool claimed(const struct db_api *api, db_version version)
{
	return api->kind != DB_REMOVED && api->added <= version &&
	       (!api->removed || version < api->removed);
}

static bool is_public(const char *name)
{
	return name[0] == 'P' && (name[1] == 'y' || name[1] == 'Y');
}

static void check_headers(struct verify *v, json_t *items, bool macros)
{
	const char *name;
	json_t *item;

	json_object_foreach(items, name, item)
	{
		const json_t *x = variant(items, name, v->version);
		const struct db_api *api = find(v->set, name);

		if (!x || (macros && !json_array_size(json_object_get(x, "params"))))
			continue;
		if (!api && is_public(name))
			differ(v, name, "is in the headers (%s), but has no entry",
				json_string_value(json_object_get(x, "header")));
		else if (api && !api->condition && !claimed(api, v->version))
			differ(v, name, "is in the headers, but the entry says that it is not");
		if (!macros && api && claimed(api, v->version) && api->kind != DB_MACRO)
			check_signature(v, api, x);
	}
}

/* Python's own headers are in no directory, or in cpython/. */
static bool of_python(const struct db_api *api)
{
	const char *name = api->name + (api->name[0] == '_');

	return api->header && is_public(name) &&
	       (!strchr(api->header, '/') || strncmp(api->header, "cpython/", 8) == 0);
}

static void check_entries(struct verify *v)
{
	for (size_t i = 0; i < v->set->sections[DB_APIS].n; i++) {
		const struct db_api *api = db_set_entry(v->set, DB_APIS, i);

		if (of_python(api) && !api->condition && claimed(api, v->version) &&
			!variant(v->functions, api->name, v->version) &&
			!variant(v->macros, api->name, v->version))
			differ(v, api->name, "has an entry, but is not in the headers");
	}
}

static json_t *load(const char *dir, const char *file)
{
	struct arena arena = ARENA_INIT;
	const char *path = path_join(&arena, dir, file);
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!json_is_object(root))
		diag_error("%s:%d: %s", path, error.line, root ? "no object" : error.text);
	arena_release(&arena);
	return root;
}

bool db_verify(const struct db_set *set, const char *dir, db_version from, db_version to)
{
	struct verify v = {set, load(dir, "functions.json"), load(dir, "macros.json"), from,
		BUF_INIT, BUF_INIT, 0};
	bool ok = json_object_size(v.functions) && json_object_size(v.macros);

	for (; ok && v.version <= to; v.version++) {
		check_headers(&v, v.functions, false);
		check_headers(&v, v.macros, true);
		check_entries(&v);
	}
	json_decref(v.functions);
	json_decref(v.macros);
	buf_release(&v.entry);
	buf_release(&v.header);
	return ok && !v.differences;
}
