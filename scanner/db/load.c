#include "db/load.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/path.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Far above the largest file of compat-db; a --db file of this size is a mistake. */
#define MAX_FILE_SIZE ((size_t)16 << 20)

struct load {
	struct db_set *set;
	const char *path;
	const char *entry; /* "apis: PyList_New" */
};

static bool bad(const struct load *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool bad(const struct load *l, const char *format, ...)
{
	struct buf text = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	if (l->entry)
		diag_error("%s: %s: %s", l->path, l->entry, buf_text(&text));
	else
		diag_error("%s: %s", l->path, buf_text(&text));
	buf_release(&text);
	return false;
}

/* ---- single values ---- */

static bool read_text(
	const struct load *l, const struct shape_field *f, const json_t *value, const char **out)
{
	const char *s = json_string_value(value);
	bool lines = f->type == SHAPE_TEXT;

	if (!s || !*s)
		return bad(l, "'%s' must be a string that is not empty", f->name);
	for (const char *c = s; *c; c++)
		if (((unsigned char)*c < 0x20 && !(lines && (*c == '\n' || *c == '\t'))) ||
			*c == 0x7f)
			return bad(l, "'%s' holds a control character", f->name);
	*out = arena_strdup(l->set->arena, s);
	return true;
}

static bool read_choice(
	const struct load *l, const struct shape_field *f, const json_t *value, const char **out)
{
	const char *s = json_string_value(value);

	for (size_t i = 0; s && i < f->words->n; i++)
		if (strcmp(f->words->v[i].word, s) == 0) {
			*out = f->words->v[i].word;
			return true;
		}
	return bad(l, "'%s' must be a word of its vocabulary, not '%s'", f->name,
		s ? s : "something else than a string");
}

/* Value 0 is what an absent member says; writing it down would be a claim of nothing. */
static bool read_word(
	const struct load *l, const struct shape_field *f, const json_t *value, unsigned *out)
{
	const char *s = json_string_value(value);

	for (size_t i = 0; s && i < f->words->n; i++)
		if (f->words->v[i].value && strcmp(f->words->v[i].word, s) == 0) {
			*out = f->words->v[i].value;
			return true;
		}
	return bad(l, "'%s' must be a word of its vocabulary, not '%s'", f->name,
		s ? s : "something else than a string");
}

static bool read_bits(
	const struct load *l, const struct shape_field *f, const json_t *value, unsigned *out)
{
	size_t i;
	const json_t *item;

	if (!json_is_array(value) || !json_array_size(value))
		return bad(l, "'%s' must be an array that is not empty", f->name);
	json_array_foreach(value, i, item)
	{
		unsigned bit;

		if (!read_word(l, f, item, &bit))
			return false;
		if (*out & bit)
			return bad(l, "'%s' names '%s' twice", f->name, json_string_value(item));
		*out |= bit;
	}
	return true;
}

static bool read_version(
	const struct load *l, const struct shape_field *f, const json_t *value, db_version *out)
{
	const char *s = json_string_value(value);
	unsigned major, minor;
	char end;

	if (!s || sscanf(s, "%3u.%3u%c", &major, &minor, &end) != 2 || major > 255 || minor > 255)
		return bad(l, "'%s' must be a version such as \"3.13\"", f->name);
	*out = (db_version)(major << 8 | minor);
	return true;
}

static bool read_int(
	const struct load *l, const struct shape_field *f, const json_t *value, int *out)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || n > 9999)
		return bad(l, "'%s' must be a whole number from 0 to 9999", f->name);
	*out = (int)n;
	return true;
}

static bool read_strings(
	const struct load *l, const struct shape_field *f, const json_t *value, void *entry)
{
	size_t n = json_array_size(value), i;
	const char **list = arena_alloc(l->set->arena, (n + 1) * sizeof(*list));
	const json_t *item;

	if (!json_is_array(value) || !n)
		return bad(l, "'%s' must be an array that is not empty", f->name);
	json_array_foreach(value, i, item) if (!read_text(l, f, item, &list[i])) return false;
	*(const char *const **)shape_member(entry, f->offset) = list;
	*(size_t *)shape_member(entry, f->aux) = n;
	return true;
}

static bool read_claims(
	const struct load *l, const struct shape_field *f, json_t *value, void *entry)
{
	size_t n = json_object_size(value), i = 0;
	struct db_claim *claims = arena_alloc(l->set->arena, (n + 1) * sizeof(*claims));
	const char *key;
	json_t *item;

	if (!json_is_object(value) || !n)
		return bad(l, "'sources' must be an object that is not empty");
	json_object_foreach(value, key, item)
	{
		claims[i].claim = arena_strdup(l->set->arena, key);
		if (!read_text(l, f, item, &claims[i++].source))
			return false;
	}
	*(const struct db_claim **)shape_member(entry, f->offset) = claims;
	*(size_t *)shape_member(entry, f->aux) = n;
	return true;
}

/* ---- entries ---- */

static bool read_entry(
	const struct load *l, const struct shape *shape, json_t *object, void *entry);

static bool read_list(const struct load *l, const struct shape_field *f, json_t *value, void *entry)
{
	size_t n = json_array_size(value), i;
	char *list = arena_alloc(l->set->arena, (n + 1) * f->sub->size);
	json_t *item;

	if (!json_is_array(value) || !n)
		return bad(l, "'%s' must be an array that is not empty", f->name);
	json_array_foreach(value, i, item)
	{
		struct load sub = *l;

		sub.entry = arena_printf(l->set->arena, "%s: %s %zu", l->entry, f->name, i);
		if (!read_entry(&sub, f->sub, item, list + i * f->sub->size))
			return false;
	}
	*(const void **)shape_member(entry, f->offset) = list;
	*(size_t *)shape_member(entry, f->aux) = n;
	return true;
}

static bool read_field(
	const struct load *l, const struct shape_field *f, json_t *value, void *entry)
{
	void *member = shape_member(entry, f->offset);

	switch (f->type) {
	case SHAPE_STRING:
	case SHAPE_TEXT:
		return read_text(l, f, value, member);
	case SHAPE_CHOICE:
		return read_choice(l, f, value, member);
	case SHAPE_BOOL:
		if (!json_is_boolean(value))
			return bad(l, "'%s' must be true or false", f->name);
		*(bool *)member = json_is_true(value);
		return true;
	case SHAPE_INT:
		return read_int(l, f, value, member);
	case SHAPE_INT64:
		if (!json_is_integer(value))
			return bad(l, "'%s' must be a whole number", f->name);
		*(int64_t *)member = json_integer_value(value);
		*(bool *)shape_member(entry, f->aux) = true;
		return true;
	case SHAPE_VERSION:
		return read_version(l, f, value, member);
	case SHAPE_WORD:
		return read_word(l, f, value, member);
	case SHAPE_BITS:
		return read_bits(l, f, value, member);
	case SHAPE_STRINGS:
		return read_strings(l, f, value, entry);
	case SHAPE_LIST:
		return read_list(l, f, value, entry);
	case SHAPE_CLAIMS:
		return read_claims(l, f, value, entry);
	}
	return false;
}

static const struct shape_field *field_of(const struct shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->nfields; i++)
		if (strcmp(shape->fields[i].name, name) == 0 &&
			!(shape->fields[i].flags & SHAPE_BUILT))
			return &shape->fields[i];
	return NULL;
}

static bool read_entry(const struct load *l, const struct shape *shape, json_t *object, void *entry)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return bad(l, "must be an object");
	json_object_foreach(object, key, value) if (!field_of(shape, key)) return bad(
		l, "unknown member '%s'", key);
	for (size_t i = 0; i < shape->nfields; i++) {
		const struct shape_field *f = &shape->fields[i];

		if (f->type == SHAPE_INT)
			*(int *)shape_member(entry, f->offset) = -1;
		if (f->flags & SHAPE_TRUE)
			*(bool *)shape_member(entry, f->offset) = true;
		value = f->flags & SHAPE_BUILT ? NULL : json_object_get(object, f->name);
		if (!value && f->flags & SHAPE_REQUIRED)
			return bad(l, "no '%s'", f->name);
		if (value && !read_field(l, f, value, entry))
			return false;
	}
	return true;
}

/* ---- sources ---- */

static const char *source_of(const struct db_claim *claims, size_t n, const char *claim)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(claims[i].claim, claim) == 0)
			return claims[i].source;
	return NULL;
}

/* Every claim has a source, and every source belongs to a claim that is made. */
static bool check_sources(const struct load *l, const struct shape *shape, const void *entry)
{
	const struct shape_field *f = field_of(shape, "sources");
	const struct db_claim *claims;
	size_t n;

	if (!f || f->type != SHAPE_CLAIMS)
		return true;
	claims = *(const struct db_claim *const *)shape_read(entry, f->offset);
	n = *(const size_t *)shape_read(entry, f->aux);
	for (size_t i = 0; i < shape->nfields; i++)
		if (shape->fields[i].flags & SHAPE_CLAIM &&
			shape_states(&shape->fields[i], entry) &&
			!source_of(claims, n, shape->fields[i].name) &&
			!source_of(claims, n, "all"))
			return bad(l, "no source for '%s'", shape->fields[i].name);
	for (size_t i = 0; i < n; i++) {
		const struct shape_field *claim = field_of(shape, claims[i].claim);

		if (strcmp(claims[i].claim, "all") == 0)
			continue;
		if (!claim || !shape_states(claim, entry))
			return bad(l, "source for '%s', which is not stated", claims[i].claim);
	}
	return true;
}

/* ---- files ---- */

static void *add_entry(struct db_entries *entries, const struct shape *shape, struct arena *arena)
{
	if (entries->n == entries->cap) {
		size_t cap = entries->cap ? entries->cap * 2 : 64;

		entries->v = arena_grow(
			arena, entries->v, entries->cap * shape->size, cap * shape->size);
		entries->cap = cap;
	}
	return memset((char *)entries->v + entries->n++ * shape->size, 0, shape->size);
}

static bool claim_name(const struct load *l, struct db_entries *entries, const struct shape *shape,
	const void *entry)
{
	bool added;
	uintptr_t *place = map_put(&entries->places, shape_entry_name(shape, entry), &added);

	if (!added)
		return bad(l, "is already in '%s'", (const char *)*place);
	*place = (uintptr_t)l->path;
	return true;
}

static bool read_section(struct load *l, enum db_section section, const char *family, json_t *array)
{
	const struct shape *shape = db_shapes[section];
	struct db_entries *entries = &l->set->sections[section];
	size_t i;
	json_t *object;

	l->entry = NULL;
	if (!json_is_array(array))
		return bad(l, "'%s' must be an array", shape->section);
	json_array_foreach(array, i, object)
	{
		const json_t *name = json_object_get(object, shape->fields[0].name);
		void *entry = add_entry(entries, shape, l->set->arena);

		l->entry = json_is_string(name) ? arena_printf(l->set->arena, "%s: %s",
							  shape->section, json_string_value(name))
						: arena_printf(l->set->arena, "%s: entry %zu",
							  shape->section, i);
		if (!read_entry(l, shape, object, entry) || !check_sources(l, shape, entry) ||
			!claim_name(l, entries, shape, entry))
			return false;
		if (section == DB_APIS)
			((struct db_api *)entry)->family = family;
	}
	return true;
}

static int section_of(const char *name)
{
	for (int i = 0; i < DB_SECTIONS; i++)
		if (strcmp(db_shapes[i]->section, name) == 0)
			return i;
	return -1;
}

static bool read_release(const struct load *l, const json_t *value)
{
	const char *s = json_string_value(value);

	if (!s || !*s)
		return bad(l, "'release' must be a string that is not empty");
	l->set->release = arena_strdup(l->set->arena, s);
	return true;
}

static bool read_sections(struct load *l, const char *family, json_t *root)
{
	const char *key;
	json_t *value;

	if (!json_is_object(root))
		return bad(l, "must hold one object");
	json_object_foreach(root, key, value)
	{
		bool release = strcmp(key, "release") == 0;
		int section = section_of(key);

		l->entry = NULL;
		if (section < 0 && !release)
			return bad(l, "unknown section '%s'", key);
		if (l->set->project && (release || section == DB_RULES || section == DB_CODES))
			return bad(l, "'%s' is the program's own", key);
		if (release ? !read_release(l, value)
			    : !read_section(l, (enum db_section)section, family, value))
			return false;
	}
	return true;
}

static const char *family_of(struct arena *arena, const char *path)
{
	const char *base = path_base(path);

	return arena_strndup(arena, base, strlen(base) - strlen(path_ext(base)));
}

void db_set_init(struct db_set *set, struct arena *arena)
{
	memset(set, 0, sizeof(*set));
	set->arena = arena;
	for (int i = 0; i < DB_SECTIONS; i++)
		map_init(&set->sections[i].places, arena);
}

bool db_set_read(struct db_set *set, const char *path)
{
	struct load l = {set, arena_strdup(set->arena, path), NULL};
	json_error_t error;
	json_t *root;
	size_t size;
	char *text = file_read(path, MAX_FILE_SIZE, &size);
	bool ok;

	if (!text)
		return bad(&l, "cannot read: %s", strerror(errno));
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (!root) {
		diag_error("%s:%d:%d: %s", path, error.line, error.column, error.text);
		return false;
	}
	ok = read_sections(&l, family_of(set->arena, path), root);
	json_decref(root);
	return ok;
}

/* ---- references between entries ---- */

static bool known_code(const struct db_set *set, const struct db_known *known, const char *code)
{
	return map_get(&set->sections[DB_CODES].places, code) || (known->code && known->code(code));
}

static bool known_api(const struct db_set *set, const struct db_known *known, const char *name)
{
	return map_get(&set->sections[DB_APIS].places, name) || (known->api && known->api(name));
}

struct implication {
	unsigned effect, implied;
};

/* In an order in which one pass is enough; backwards for what is ruled out. */
static const struct implication implications[] = {
	{DB_EFFECT_RUNS_PYTHON | DB_EFFECT_DETACHES, DB_EFFECT_MAY_DETACH},
	{DB_EFFECT_MAY_DETACH, DB_EFFECT_SUSPENDS_SECTIONS},
};

static void close_effects(struct db_api *api)
{
	const size_t n = sizeof(implications) / sizeof(implications[0]);

	for (size_t i = 0; i < n; i++)
		if (api->effects & implications[i].effect)
			api->effects |= implications[i].implied;
	for (size_t i = n; i-- > 0;)
		if (api->effects_not & implications[i].implied)
			api->effects_not |= implications[i].effect;
}

static int highest_index(const struct db_api *api)
{
	int highest = api->role_arg > api->borrowed_from ? api->role_arg : api->borrowed_from;

	for (size_t i = 0; i < api->nparams; i++)
		if (api->params[i].entry_data > highest)
			highest = api->params[i].entry_data;
	return highest;
}

static bool check_replacements(const struct load *l, const struct db_known *known,
	const struct db_replacement *replacements, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!known_api(l->set, known, replacements[i].name))
			return bad(l, "replacement '%s' is not an entry", replacements[i].name);
	return true;
}

static bool check_api(const struct load *l, const struct db_known *known, struct db_api *api)
{
	close_effects(api);
	for (size_t i = 0; i < api->nhazards; i++)
		if (!known_code(l->set, known, api->hazards[i].rule))
			return bad(l, "no rule '%s'", api->hazards[i].rule);
	if (!check_replacements(l, known, api->replacements, api->nreplacements))
		return false;
	if (api->effects & api->effects_not)
		return bad(l, "'effects' and 'effects_not' share a word");
	if (api->owner && api->returns != DB_REF_BORROWED && api->returns != DB_REF_INTERNAL) {
		bool out = false;

		for (size_t i = 0; i < api->nparams; i++)
			out |= api->params[i].out == DB_REF_BORROWED;
		if (!out)
			return bad(l, "'owner' without a borrowed result");
	}
	if (api->level_reason && !api->level)
		return bad(l, "'level_reason' without 'level'");
	if (api->old_signature && !api->signature_since)
		return bad(l, "'old_signature' without 'signature_since'");
	if (api->added && api->removed && api->added >= api->removed)
		return bad(l, "removed before it was added");
	if (highest_index(api) > 32)
		return bad(l, "argument index above 32");
	for (size_t i = 0; i < api->nparams; i++)
		if (api->params[i].entry_data >= 0 && !api->params[i].entry)
			return bad(l, "params %zu: 'entry_data' without 'entry'", i);
	return true;
}

static bool known_table(const struct db_set *set, const struct db_known *known, const char *type)
{
	return map_get(&set->sections[DB_TABLES].places, type) ||
	       (known->taken && known->taken(DB_TABLES, type));
}

static bool check_table(
	const struct load *l, const struct db_known *known, const struct db_table *table)
{
	for (size_t i = 0; i < table->nfields; i++) {
		const struct db_table_field *f = &table->fields[i];
		bool is_table = strcmp(f->what, "table") == 0 || strcmp(f->what, "sub-table") == 0;

		if (is_table != (f->type != NULL))
			return bad(l, "field '%s': 'type' goes with \"table\" and \"sub-table\"",
				f->field);
		if (f->type && !known_table(l->set, known, f->type))
			return bad(l, "field '%s': no table '%s'", f->field, f->type);
		if (f->entry && strcmp(f->what, "function") != 0)
			return bad(l, "field '%s': 'entry' goes with \"function\"", f->field);
	}
	return true;
}

static bool is_code(const char *code)
{
	return strlen(code) == 6 && strncmp(code, "GIL", 3) == 0 &&
	       strspn(code + 3, "0123456789") == 3;
}

static bool check_code(const struct load *l, const struct db_code *code)
{
	return is_code(code->code) ? true : bad(l, "a code is GIL and three digits");
}

static const struct db_code *find_code(const struct db_set *set, const char *code)
{
	for (size_t i = 0; i < set->sections[DB_CODES].n; i++) {
		const struct db_code *c = db_set_entry(set, DB_CODES, i);

		if (strcmp(c->code, code) == 0)
			return c;
	}
	return NULL;
}

static bool check_rule(const struct load *l, const struct db_rule *rule)
{
	const struct db_code *code = find_code(l->set, rule->code);

	if (!code)
		return bad(l, "'%s' is not in the registry of codes", rule->code);
	if (strcmp(code->name, rule->name) != 0)
		return bad(l, "is named '%s' in the registry of codes", code->name);
	return true;
}

static bool check_module(const struct load *l, const struct db_module_style *style)
{
	if (!style->macro == !style->prefix)
		return bad(l, "either 'macro' or 'prefix'");
	return true;
}

static bool check_member(
	const struct load *l, const struct db_known *known, const struct db_member *member)
{
	if (!known_code(l->set, known, member->rule))
		return bad(l, "no rule '%s'", member->rule);
	return check_replacements(l, known, member->replacements, member->nreplacements);
}

static bool check_entry(
	const struct load *l, enum db_section section, const struct db_known *known, void *entry)
{
	switch (section) {
	case DB_APIS:
		return check_api(l, known, entry);
	case DB_TABLES:
		return check_table(l, known, entry);
	case DB_CODES:
		return check_code(l, entry);
	case DB_RULES:
		return check_rule(l, entry);
	case DB_MODULES:
		return check_module(l, entry);
	case DB_MEMBERS:
		return check_member(l, known, entry);
	default:
		return true;
	}
}

static bool check_section(struct load *l, enum db_section section, const struct db_known *known)
{
	const struct shape *shape = db_shapes[section];

	for (size_t i = 0; i < l->set->sections[section].n; i++) {
		void *entry = shape_member(l->set->sections[section].v, i * shape->size);
		const char *name = shape_entry_name(shape, entry);

		l->path = (const char *)*map_get(&l->set->sections[section].places, name);
		l->entry = arena_printf(l->set->arena, "%s: %s", shape->section, name);
		if (known->taken && known->taken(section, name))
			return bad(l, "is already in the database");
		if (!check_entry(l, section, known, entry))
			return false;
	}
	return true;
}

/* The name is the first member of every entry. */
static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool db_set_finish(struct db_set *set, const struct db_known *known)
{
	struct load l = {set, NULL, NULL};

	for (int i = 0; i < DB_SECTIONS; i++) {
		struct db_entries *entries = &set->sections[i];

		if (entries->n)
			qsort(entries->v, entries->n, db_shapes[i]->size, by_name);
		if (!check_section(&l, (enum db_section)i, known))
			return false;
	}
	return true;
}

const void *db_set_entry(const struct db_set *set, enum db_section section, size_t i)
{
	return (const char *)set->sections[section].v + i * db_shapes[section]->size;
}
