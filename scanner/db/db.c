#include "db/db.h"

#include "db/load.h"
#include "db/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What --db added; the process keeps it to its end, like the compiled-in tables. */
static struct {
	struct arena arena;
	struct db_set *sets; /* one a file */
	size_t n, cap;
	const struct db_api *merged; /* of db_apis: built on first use after an addition */
	size_t nmerged;
} added;

static size_t find(const struct db_index *index, const void *entries, size_t size, const char *name)
{
	size_t at = db_index_slot(name, strlen(name), index->mask);

	for (; index->slots[at]; at = (at + 1) & index->mask) {
		size_t i = index->slots[at] - 1u;

		/* The name is the first member of every entry. */
		if (strcmp(*(const char *const *)shape_read(entries, i * size), name) == 0)
			return i;
	}
	return SIZE_MAX;
}

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, *(const char *const *)entry);
}

static const void *find_added(enum db_section section, const char *name)
{
	for (size_t i = 0; i < added.n; i++) {
		const struct db_entries *entries = &added.sets[i].sections[section];
		const void *entry = entries->n ? bsearch(name, entries->v, entries->n,
							 db_shapes[section]->size, compare_name)
					       : NULL;

		if (entry)
			return entry;
	}
	return NULL;
}

#define FIND(section, table, name)                                                                 \
	size_t i = find(&db_index_##table, db_all_##table, sizeof(db_all_##table[0]), name);       \
	return i != SIZE_MAX ? &db_all_##table[i] : added.n ? find_added(section, name) : NULL

const struct db_api *db_api_find(const char *name)
{
	FIND(DB_APIS, apis, name);
}

bool db_in_shim(const char *name)
{
	const struct db_api *api = db_api_find(name);

	return api && api->shim;
}

const struct db_table *db_table_find(const char *type)
{
	FIND(DB_TABLES, tables, type);
}

const struct db_slot *db_slot_find(const char *name)
{
	FIND(DB_SLOTS, slots, name);
}

const struct db_constant *db_constant_find(const char *name)
{
	FIND(DB_CONSTANTS, constants, name);
}

const struct db_rule *db_rule_find(const char *code)
{
	FIND(DB_RULES, rules, code);
}

static const struct db_code *code_find(const char *code)
{
	FIND(DB_CODES, codes, code);
}

const struct db_member *db_member_find(const char *record, const char *field)
{
	char name[96];

	if (snprintf(name, sizeof(name), "%s.%s", record, field) >= (int)sizeof(name))
		return NULL;
	FIND(DB_MEMBERS, members, name);
}

const char *db_code_name(const char *code)
{
	const struct db_code *c = code_find(code);

	return c ? c->name : NULL;
}

const struct db_hazard *db_hazard_of(const struct db_api *api, const char *code)
{
	for (size_t i = 0; i < api->nhazards; i++)
		if (strcmp(api->hazards[i].rule, code) == 0)
			return &api->hazards[i];
	return NULL;
}

const struct db_slot *db_slot_of_field(const char *field)
{
	for (size_t i = 0; i < db_n_slots; i++)
		if (db_all_slots[i].field && strcmp(db_all_slots[i].field, field) == 0)
			return &db_all_slots[i];
	return NULL;
}

const struct db_slot *db_slot_of_number(int64_t number, bool module, db_version version)
{
	for (size_t i = 0; i < db_n_slots; i++) {
		const struct db_slot *slot = &db_all_slots[i];

		if (version >= 0x030f ? slot->id_315 == number
				      : slot->id == number && slot->module == module)
			return slot;
	}
	return NULL;
}

/* ---- small sections: compiled-in rows, then those of added files ---- */

/* Entry I of a section that is walked, or NULL after the last. */
static const void *nth(enum db_section section, const void *all, size_t n, size_t i)
{
	if (i < n)
		return shape_read(all, i * db_shapes[section]->size);
	i -= n;
	for (size_t k = 0; k < added.n; k++) {
		if (i < added.sets[k].sections[section].n)
			return db_set_entry(&added.sets[k], section, i);
		i -= added.sets[k].sections[section].n;
	}
	return NULL;
}

#define EACH(type, it, section, table)                                                             \
	size_t it##_i = 0;                                                                         \
	for (const struct type *it;                                                                \
		(it = nth(section, db_all_##table, db_n_##table, it##_i)) != NULL; it##_i++)

const struct db_define *db_define_nth(size_t i)
{
	return nth(DB_DEFINES, db_all_defines, db_n_defines, i);
}

const struct db_constant *db_constant_nth(size_t i)
{
	return nth(DB_CONSTANTS, db_all_constants, db_n_constants, i);
}

const struct db_constant *db_constant_of(const char *group, const char *meaning)
{
	EACH(db_constant, constant, DB_CONSTANTS, constants)
	if (strcmp(constant->group, group) == 0 && strcmp(constant->meaning, meaning) == 0)
		return constant;
	return NULL;
}

static bool among(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

const struct db_module_style *db_module_style_of_macro(const char *macro)
{
	EACH(db_module_style, style, DB_MODULES, modules)
	if (style->macro && strcmp(style->macro, macro) == 0)
		return style;
	return NULL;
}

const char *db_extension_lock_gap(const char *style)
{
	EACH(db_module_style, s, DB_MODULES, modules)
	if (s->extension_lock_gap && strcmp(s->style, style) == 0)
		return s->extension_lock_gap;
	return NULL;
}

const struct db_module_style *db_module_style_of_function(const char *function, const char **module)
{
	const struct db_module_style *best = NULL;
	size_t length = 0;

	EACH(db_module_style, style, DB_MODULES, modules)
	{
		size_t n = style->prefix ? strlen(style->prefix) : 0;

		if (n > length && strncmp(function, style->prefix, n) == 0 && function[n]) {
			best = style;
			length = n;
		}
	}
	if (best && module)
		*module = function + length;
	return best;
}

const struct db_package *db_package_of_header(const char *header)
{
	EACH(db_package, package, DB_PACKAGES, packages)
	if (among(package->headers, package->nheaders, header))
		return package;
	return NULL;
}

const struct db_package *db_package_of_macro(const char *macro)
{
	EACH(db_package, package, DB_PACKAGES, packages)
	if (among(package->macros, package->nmacros, macro))
		return package;
	return NULL;
}

const struct db_package *db_package_of_capsule(const char *capsule)
{
	EACH(db_package, package, DB_PACKAGES, packages)
	if (among(package->capsules, package->ncapsules, capsule))
		return package;
	return NULL;
}

const struct db_library *db_library_of_function(const char *function)
{
	const struct db_library *best = NULL;
	size_t length = 0;

	EACH(db_library, library, DB_LIBRARIES, libraries)
	{
		for (size_t i = 0; i < library->nprefixes; i++) {
			const char *prefix = library->prefixes[i];
			size_t n = *prefix == *function ? strlen(prefix) : 0;

			if (n > length && strncmp(function, prefix, n) == 0) {
				best = library;
				length = n;
			}
		}
	}
	return best;
}

static const char *without_qualifiers(const char *type)
{
	static const char *const words[] = {"const ", "struct ", "volatile "};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strncmp(type, words[i], strlen(words[i])) == 0)
			return without_qualifiers(type + strlen(words[i]));
	return type;
}

enum db_model db_handle_model(const struct db_library *library, const char *type)
{
	for (size_t i = 0; i < library->nhandles; i++)
		if (strcmp(without_qualifiers(library->handles[i].type),
			    without_qualifiers(type)) == 0)
			return library->handles[i].model;
	return DB_MODEL_UNSTATED;
}

const struct db_library *db_library_of_header(const char *header)
{
	EACH(db_library, library, DB_LIBRARIES, libraries)
	if (among(library->headers, library->nheaders, header))
		return library;
	return NULL;
}

/* ---- all entries ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void merge_apis(void)
{
	size_t n = 0;
	struct db_api *all;

	while (nth(DB_APIS, db_all_apis, db_n_apis, n))
		n++;
	all = arena_alloc(&added.arena, n * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = *(const struct db_api *)nth(DB_APIS, db_all_apis, db_n_apis, i);
	qsort(all, n, sizeof(*all), by_name);
	added.merged = all;
	added.nmerged = n;
}

const struct db_api *db_apis(size_t *count)
{
	if (!added.n) {
		*count = db_n_apis;
		return db_all_apis;
	}
	if (!added.merged)
		merge_apis();
	*count = added.nmerged;
	return added.merged;
}

const struct db_rule *db_rules(size_t *count)
{
	*count = db_n_rules;
	return db_all_rules;
}

bool db_api_in(const struct db_api *api, db_version version)
{
	return api->kind != DB_REMOVED && api->added <= version &&
	       (!api->removed || version < api->removed);
}

/* ---- words ---- */

const char *db_ref_name(enum db_ref ref)
{
	switch (ref) {
#define DB_REF(id, name)                                                                           \
	case DB_REF_##id:                                                                          \
		return name;
#include "db/enums.def"
#undef DB_REF
	}
	return "";
}

const char *db_owner_name(enum db_owner owner)
{
	switch (owner) {
#define DB_OWNER(id, name)                                                                         \
	case DB_OWNER_##id:                                                                        \
		return name;
#include "db/enums.def"
#undef DB_OWNER
	}
	return "";
}

const char *db_level_name(enum db_level level)
{
	switch (level) {
#define DB_LEVEL(id, name)                                                                         \
	case DB_LEVEL_##id:                                                                        \
		return name;
#include "db/enums.def"
#undef DB_LEVEL
	}
	return "";
}

const char *db_attach_name(enum db_attach attach)
{
	switch (attach) {
#define DB_ATTACH(id, name)                                                                        \
	case DB_ATTACH_##id:                                                                       \
		return name;
#include "db/enums.def"
#undef DB_ATTACH
	}
	return "";
}

const char *db_effect_name(enum db_effect bit)
{
	switch (bit) {
#define DB_EFFECT(id, number, name)                                                                \
	case DB_EFFECT_##id:                                                                       \
		return name;
#include "db/enums.def"
#undef DB_EFFECT
	}
	return "";
}

const char *db_role_name(enum db_role role)
{
	switch (role) {
#define DB_ROLE(id, name)                                                                          \
	case DB_ROLE_##id:                                                                         \
		return name;
#include "db/enums.def"
#undef DB_ROLE
	}
	return "";
}

const char *db_model_text(enum db_model model)
{
	switch (model) {
#define DB_MODEL(id, name, text)                                                                   \
	case DB_MODEL_##id:                                                                        \
		return text;
#include "db/enums.def"
#undef DB_MODEL
	}
	return "";
}

const char *db_entry_text(enum db_entry_kind kind)
{
	switch (kind) {
#define DB_ENTRY(id, name, text)                                                                   \
	case DB_ENTRY_##id:                                                                        \
		return text;
#include "db/enums.def"
#undef DB_ENTRY
	}
	return "";
}

/* ---- --db ---- */

static bool has_api(const char *name)
{
	return db_api_find(name) != NULL;
}

static bool has_code(const char *code)
{
	return db_code_name(code) != NULL;
}

#define TAKEN(table) find(&db_index_##table, db_all_##table, sizeof(db_all_##table[0]), name)

static bool taken(enum db_section section, const char *name)
{
	size_t at = SIZE_MAX;

	switch (section) {
	case DB_APIS:
		at = TAKEN(apis);
		break;
	case DB_TABLES:
		at = TAKEN(tables);
		break;
	case DB_SLOTS:
		at = TAKEN(slots);
		break;
	case DB_CONSTANTS:
		at = TAKEN(constants);
		break;
	case DB_MODULES:
		at = TAKEN(modules);
		break;
	case DB_PACKAGES:
		at = TAKEN(packages);
		break;
	case DB_LIBRARIES:
		at = TAKEN(libraries);
		break;
	case DB_DEFINES:
		at = TAKEN(defines);
		break;
	case DB_MEMBERS:
		at = TAKEN(members);
		break;
	case DB_RULES:
	case DB_CODES:
	case DB_SECTIONS:
		break; /* the loader refuses them */
	}
	return at != SIZE_MAX || find_added(section, name);
}

bool db_add_file(const char *path)
{
	static const struct db_known known = {has_api, has_code, taken};
	struct db_set set;

	db_set_init(&set, &added.arena);
	set.project = true;
	if (!db_set_read(&set, path) || !db_set_finish(&set, &known))
		return false;
	if (added.n == added.cap) {
		size_t cap = added.cap ? added.cap * 2 : 4;

		added.sets = arena_grow(
			&added.arena, added.sets, added.cap * sizeof(set), cap * sizeof(set));
		added.cap = cap;
	}
	added.sets[added.n++] = set;
	added.merged = NULL;
	return true;
}
