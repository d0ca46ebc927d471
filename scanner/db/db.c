#include "db/db.h"

#include "db/load.h"
#include "db/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What --db added; the process keeps it to its end. */
static struct {
	struct arena arena;
	struct db_set *sets; /* one a file */
	size_t n, cap;
} added;

/* The compiled-in entries that were asked for, each unpacked once and kept like those. */
static struct {
	struct arena arena;
	const void **sections[DB_SECTIONS]; /* by the entry's number; NULL: not asked for yet */
} unpacked;

static const void *built_in(enum db_section section, size_t i)
{
	const void ***list = &unpacked.sections[section];

	if (!*list)
		*list = arena_alloc(&unpacked.arena, db_packed[section].n * sizeof(**list));
	if (!(*list)[i])
		(*list)[i] = db_unpack(section, i, &unpacked.arena);
	return (*list)[i];
}

/* The number of a compiled-in entry, SIZE_MAX: there is none of that name. */
static size_t number_of(enum db_section section, const char *name)
{
	const struct db_packed *p = &db_packed[section];
	size_t at = db_index_slot(name, strlen(name), p->mask);

	for (; p->slots[at]; at = (at + 1) & p->mask) {
		size_t i = p->slots[at] - 1u;

		if (strcmp(db_packed_name(section, i), name) == 0)
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

static const void *find(enum db_section section, const char *name)
{
	size_t i = number_of(section, name);

	return i != SIZE_MAX ? built_in(section, i) : find_added(section, name);
}

const struct db_api *db_api_find(const char *name)
{
	return find(DB_APIS, name);
}

bool db_in_shim(const char *name)
{
	const struct db_api *api = db_api_find(name);

	return api && api->shim;
}

const struct db_table *db_table_find(const char *type)
{
	return find(DB_TABLES, type);
}

const struct db_slot *db_slot_find(const char *name)
{
	return find(DB_SLOTS, name);
}

const struct db_constant *db_constant_find(const char *name)
{
	return find(DB_CONSTANTS, name);
}

const struct db_rule *db_rule_find(const char *code)
{
	return find(DB_RULES, code);
}

static const struct db_code *code_find(const char *code)
{
	return find(DB_CODES, code);
}

const struct db_member *db_member_find(const char *record, const char *field)
{
	char name[96];

	if (snprintf(name, sizeof(name), "%s.%s", record, field) >= (int)sizeof(name))
		return NULL;
	return find(DB_MEMBERS, name);
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

/* ---- sections that are walked: compiled-in entries, then those of added files ---- */

/* Entry I, or NULL after the last. */
static const void *nth(enum db_section section, size_t i)
{
	size_t n = db_packed[section].n;

	if (i < n)
		return built_in(section, i);
	i -= n;
	for (size_t k = 0; k < added.n; k++) {
		if (i < added.sets[k].sections[section].n)
			return db_set_entry(&added.sets[k], section, i);
		i -= added.sets[k].sections[section].n;
	}
	return NULL;
}

#define EACH(type, it, section)                                                                    \
	size_t it##_i = 0;                                                                         \
	for (const struct type *it; (it = nth(section, it##_i)) != NULL; it##_i++)

const struct db_slot *db_slot_of_field(const char *field)
{
	EACH(db_slot, slot, DB_SLOTS)
	if (slot->field && strcmp(slot->field, field) == 0)
		return slot;
	return NULL;
}

const struct db_slot *db_slot_of_number(int64_t number, bool module, db_version version)
{
	EACH(db_slot, slot, DB_SLOTS)
	if (version >= 0x030f ? slot->id_315 == number
			      : slot->id == number && slot->module == module)
		return slot;
	return NULL;
}

const struct db_define *db_define_nth(size_t i)
{
	return nth(DB_DEFINES, i);
}

const struct db_constant *db_constant_nth(size_t i)
{
	return nth(DB_CONSTANTS, i);
}

const struct db_constant *db_constant_of(const char *group, const char *meaning)
{
	EACH(db_constant, constant, DB_CONSTANTS)
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
	EACH(db_module_style, style, DB_MODULES)
	if (style->macro && strcmp(style->macro, macro) == 0)
		return style;
	return NULL;
}

const char *db_extension_lock_gap(const char *style)
{
	EACH(db_module_style, s, DB_MODULES)
	if (s->extension_lock_gap && strcmp(s->style, style) == 0)
		return s->extension_lock_gap;
	return NULL;
}

const struct db_module_style *db_module_style_of_function(const char *function, const char **module)
{
	const struct db_module_style *best = NULL;
	size_t length = 0;

	EACH(db_module_style, style, DB_MODULES)
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
	EACH(db_package, package, DB_PACKAGES)
	if (among(package->headers, package->nheaders, header))
		return package;
	return NULL;
}

const struct db_package *db_package_of_macro(const char *macro)
{
	EACH(db_package, package, DB_PACKAGES)
	if (among(package->macros, package->nmacros, macro))
		return package;
	return NULL;
}

const struct db_package *db_package_of_capsule(const char *capsule)
{
	EACH(db_package, package, DB_PACKAGES)
	if (among(package->capsules, package->ncapsules, capsule))
		return package;
	return NULL;
}

const struct db_library *db_library_of_function(const char *function)
{
	const struct db_library *best = NULL;
	size_t length = 0;

	EACH(db_library, library, DB_LIBRARIES)
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
	EACH(db_library, library, DB_LIBRARIES)
	if (among(library->headers, library->nheaders, header))
		return library;
	return NULL;
}

/* ---- all entries ---- */

const struct db_api *db_api_stating(size_t member, size_t *i)
{
	uint32_t bit = db_packed_bit(DB_APIS, member);

	while (*i < db_packed[DB_APIS].n && !(db_packed_mask(DB_APIS, *i) & bit))
		++*i;
	return nth(DB_APIS, (*i)++);
}

static int by_name(const void *a, const void *b)
{
	const struct db_api *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

const struct db_api **db_apis(size_t *count)
{
	size_t n = db_packed[DB_APIS].n;
	const struct db_api **all;

	for (size_t k = 0; k < added.n; k++)
		n += added.sets[k].sections[DB_APIS].n;
	all = gc_xmalloc(n * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = nth(DB_APIS, i);
	if (added.n)
		qsort(all, n, sizeof(*all), by_name);
	*count = n;
	return all;
}

const struct db_rule *db_rule_nth(size_t i)
{
	return nth(DB_RULES, i);
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

/* Rules and codes the loader refuses. */
static bool taken(enum db_section section, const char *name)
{
	return number_of(section, name) != SIZE_MAX || find_added(section, name);
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
	return true;
}
