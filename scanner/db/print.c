#include "db/db.h"

#include "base/arena.h"
#include "base/buf.h"
#include "db/shape.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NEAR 5

/* ---- near matches ---- */

struct near {
	const char *name;
	unsigned distance;
};

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits (insert, delete, replace) that turn A into B, case ignored; LIMIT + 1 where there
 * are more. ROW has room for strlen(b) + 1 numbers. */
static unsigned distance(const char *a, const char *b, unsigned limit, unsigned *row)
{
	size_t n = strlen(b);

	if (strlen(a) > n + limit || n > strlen(a) + limit)
		return limit + 1;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned corner = row[0], best;

		row[0] = (unsigned)i + 1;
		best = row[0];
		for (size_t j = 0; j < n; j++) {
			bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
			unsigned up = row[j + 1];

			row[j + 1] = min3(up + 1, row[j] + 1, corner + !same);
			corner = up;
			best = row[j + 1] < best ? row[j + 1] : best;
		}
		if (best > limit)
			return limit + 1;
	}
	return row[n] > limit ? limit + 1 : row[n];
}

static int by_distance(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Up to MAX_NEAR names in NEAR, best first. A name of which NAME is the beginning counts as
 * one edit more than the worst misspelling. */
static size_t find_near(const char *name, struct near *best)
{
	size_t count, n = 0, length = strlen(name);
	const struct db_api **all = db_apis(&count);
	unsigned limit = length < 6 ? 1 : length < 12 ? 2 : 3, *row;
	struct near *list = gc_xmalloc((count + 1) * sizeof(*list));
	size_t longest = 0;

	for (size_t i = 0; i < count; i++)
		longest = strlen(all[i]->name) > longest ? strlen(all[i]->name) : longest;
	row = gc_xmalloc((longest + 1) * sizeof(*row));
	for (size_t i = 0; i < count; i++) {
		unsigned d = distance(name, all[i]->name, limit, row);

		if (d > limit && length >= 4 && strncmp(all[i]->name, name, length) == 0)
			d = limit + 1;
		else if (d > limit)
			continue;
		list[n++] = (struct near){all[i]->name, d};
	}
	free(row);
	free(all);
	qsort(list, n, sizeof(*list), by_distance);
	n = n < MAX_NEAR ? n : MAX_NEAR;
	memcpy(best, list, n * sizeof(*list));
	free(list);
	return n;
}

/* ---- for people ---- */

static void put_version(struct buf *out, db_version v)
{
	buf_printf(out, "%u.%u", v >> 8, v & 0xff);
}

static void put_label(struct buf *out, const char *label)
{
	buf_printf(out, "  %-15s ", label);
}

static void put_span(struct buf *out, const struct db_api *api)
{
	buf_printf(out, "%s\n", api->name);
	put_label(out, "declared");
	if (api->kind == DB_REMOVED)
		buf_str(out, "no longer");
	else
		buf_str(out, api->header ? api->header : api->family);
	if (api->added) {
		buf_str(out, ", since ");
		put_version(out, api->added);
	}
	if (api->removed) {
		buf_str(out, ", removed in ");
		put_version(out, api->removed);
	}
	if (api->deprecated || api->soft_deprecated) {
		buf_str(out, api->deprecated ? ", deprecated since " : ", soft-deprecated since ");
		put_version(out, api->deprecated ? api->deprecated : api->soft_deprecated);
	}
	if (api->limited_api) {
		buf_str(out, ", limited API since ");
		put_version(out, api->limited_api);
	}
	if (api->gil_disabled_only)
		buf_str(out, ", in free-threaded builds only");
	if (api->condition)
		buf_printf(out, ", on %s only", api->condition);
	if (api->shim)
		buf_str(out, ", where missing in gilshim.h");
	buf_char(out, '\n');
	if (api->signature) {
		put_label(out, "signature");
		buf_printf(out, "%s\n", api->signature);
	}
}

/* "argument 1 ('mp')": people count from one. */
static void put_argument(struct buf *out, const struct db_api *api, int index)
{
	buf_printf(out, "argument %d", index + 1);
	if ((size_t)index < api->nparams && api->params[index].name)
		buf_printf(out, " ('%s')", api->params[index].name);
}

static const char *ref_text(enum db_ref ref)
{
	switch (ref) {
	case DB_REF_NEW:
		return "a new reference";
	case DB_REF_BORROWED:
		return "a borrowed reference";
	case DB_REF_ALWAYS_NULL:
		return "always NULL";
	case DB_REF_INTERNAL:
		return "a pointer into an object";
	case DB_REF_NONE:
	case DB_REF_UNSTATED:
		break;
	}
	return NULL;
}

static const char *owner_text(enum db_owner owner)
{
	switch (owner) {
	case DB_OWNER_UNSTATED:
		return NULL;
	case DB_OWNER_MUTABLE_CONTAINER:
		return "valid only while the container holds it";
	case DB_OWNER_MUTABLE_CONTAINER_IF_LIST:
		return "valid only while the container holds it; a tuple always does";
	case DB_OWNER_MUTABLE_SLOT:
		return "valid only until the attribute is assigned";
	case DB_OWNER_MUTABLE_REGISTRY:
		return "valid only until the entry is removed";
	case DB_OWNER_WEAKREF_TARGET:
		return "nothing keeps it alive";
	case DB_OWNER_OWNER_IMMUTABLE_SLOT:
	case DB_OWNER_IMMUTABLE_CONTAINER:
		return "valid as long as its owner is held";
	case DB_OWNER_THREAD_LOCAL:
		return "belongs to the thread";
	case DB_OWNER_CURRENT_FRAME:
		return "valid while the frame runs";
	case DB_OWNER_INTERPRETER_LIFETIME:
		return "lives as long as the interpreter";
	case DB_OWNER_OBJECT_TYPE:
		return "valid while the object is held and its type is not changed";
	case DB_OWNER_IMMORTAL:
		return "immortal";
	case DB_OWNER_SAME_AS_ARGUMENT:
		return "the argument itself";
	case DB_OWNER_STATIC_DEFINITION:
		return "static";
	case DB_OWNER_GC_ONLY:
		return "valid inside a traverse function";
	}
	return NULL;
}

static void put_result(struct buf *out, const struct db_api *api)
{
	const char *ref = ref_text(api->returns), *owner = owner_text(api->owner);

	if (ref) {
		put_label(out, "returns");
		buf_str(out, ref);
		if (owner)
			buf_printf(out, "; %s", owner);
		if (api->borrowed_from >= 0) {
			buf_str(out, ": ");
			put_argument(out, api, api->borrowed_from);
		}
		if (!api->null_result)
			buf_str(out, "; never NULL");
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < api->nparams; i++) {
		const struct db_param *p = &api->params[i];

		if (!p->steals && !p->steals_on_success && !p->entry && !ref_text(p->out))
			continue;
		put_label(out, "");
		put_argument(out, api, (int)i);
		if (p->steals || p->steals_on_success)
			buf_printf(out, " takes over the reference%s",
				p->steals ? "" : " when the call succeeds");
		if (ref_text(p->out))
			buf_printf(out, " receives %s", ref_text(p->out));
		if (p->entry)
			buf_printf(out, " becomes a %s", db_entry_text(p->entry));
		buf_char(out, '\n');
	}
}

static void put_effects(struct buf *out, const char *label, unsigned effects)
{
	const char *comma = "";

	if (!effects)
		return;
	put_label(out, label);
	for (unsigned bit = 1; bit; bit <<= 1) {
		if (!(effects & bit))
			continue;
		buf_printf(out, "%s%s", comma, db_effect_name((enum db_effect)bit));
		comma = ", ";
	}
	buf_char(out, '\n');
}

static void put_behaviour(struct buf *out, const struct db_api *api)
{
	put_label(out, "thread safety");
	buf_str(out, api->level ? db_level_name(api->level) : "not stated");
	if (api->level_reason)
		buf_printf(out, " (our reading: %s)", api->level_reason);
	buf_char(out, '\n');
	if (api->attach) {
		put_label(out, "thread state");
		buf_printf(out, "%s\n", db_attach_name(api->attach));
	}
	put_effects(out, "may", api->effects);
	put_effects(out, "never", api->effects_not);
	if (api->note) {
		put_label(out, "note");
		buf_printf(out, "%s\n", api->note);
	}
}

static void put_advice(struct buf *out, const struct db_api *api)
{
	for (size_t i = 0; i < api->nhazards; i++) {
		put_label(out, i ? "" : "dangerous when");
		buf_printf(out, "%s [%s]\n", api->hazards[i].when, api->hazards[i].rule);
	}
	for (size_t i = 0; i < api->nreplacements; i++) {
		const struct db_replacement *r = &api->replacements[i];

		put_label(out, i ? "" : "use instead");
		buf_str(out, r->name);
		if (r->since) {
			buf_str(out, ", since ");
			put_version(out, r->since);
		}
		buf_str(out, db_in_shim(r->name) ? ", for older versions in gilshim.h" : "");
		if (r->why)
			buf_printf(out, " (%s)", r->why);
		buf_char(out, '\n');
	}
	for (size_t i = 0; i < api->nsources; i++) {
		put_label(out, i ? "" : "sources");
		if (strcmp(api->sources[i].claim, "all") == 0)
			buf_printf(out, "%s\n", api->sources[i].source);
		else
			buf_printf(out, "%s: %s\n", api->sources[i].claim, api->sources[i].source);
	}
}

bool db_print_api(const char *name, struct buf *out)
{
	const struct db_api *api = db_api_find(name);
	struct near near[MAX_NEAR];
	size_t n;

	if (!api) {
		n = find_near(name, near);
		for (size_t i = 0; i < n; i++)
			buf_printf(out, "%s\n", near[i].name);
		return false;
	}
	put_span(out, api);
	put_result(out, api);
	put_behaviour(out, api);
	put_advice(out, api);
	return true;
}

/* ---- for programs ---- */

static json_t *entry_json(const struct shape *shape, const void *entry);

static json_t *claims_json(const struct db_claim *claims, size_t n)
{
	json_t *object = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(object, claims[i].claim, json_string(claims[i].source));
	return object;
}

static json_t *strings_json(const char *const *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_string(list[i]));
	return array;
}

static json_t *list_json(const struct shape *sub, const char *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, entry_json(sub, list + i * sub->size));
	return array;
}

static json_t *bits_json(const struct shape_words *words, unsigned bits)
{
	json_t *array = json_array();

	for (size_t i = 0; i < words->n; i++)
		if (bits & words->v[i].value)
			json_array_append_new(array, json_string(words->v[i].word));
	return array;
}

static json_t *field_json(const struct shape_field *f, const void *entry)
{
	const void *member = shape_read(entry, f->offset);
	size_t n = f->type >= SHAPE_STRINGS ? *(const size_t *)shape_read(entry, f->aux) : 0;
	db_version version;

	switch (f->type) {
	case SHAPE_STRING:
	case SHAPE_TEXT:
	case SHAPE_CHOICE:
		return json_string(*(const char *const *)member);
	case SHAPE_BOOL:
		return json_boolean(*(const bool *)member);
	case SHAPE_INT:
		return json_integer(*(const int *)member);
	case SHAPE_INT64:
		return json_integer(*(const int64_t *)member);
	case SHAPE_VERSION:
		version = *(const db_version *)member;
		return json_sprintf("%u.%u", version >> 8, version & 0xff);
	case SHAPE_WORD:
		return json_string(shape_word_of(f->words, *(const unsigned *)member));
	case SHAPE_BITS:
		return bits_json(f->words, *(const unsigned *)member);
	case SHAPE_STRINGS:
		return strings_json(*(const char *const *const *)member, n);
	case SHAPE_LIST:
		return list_json(f->sub, *(const char *const *)member, n);
	case SHAPE_CLAIMS:
		return claims_json(*(const struct db_claim *const *)member, n);
	}
	return NULL;
}

/* As in the files: what is not stated is left out. */
static json_t *entry_json(const struct shape *shape, const void *entry)
{
	json_t *object = json_object();

	for (size_t i = 0; i < shape->nfields; i++)
		if (shape_states(&shape->fields[i], entry))
			json_object_set_new(object, shape->fields[i].name,
				field_json(&shape->fields[i], entry));
	return object;
}

static json_t *near_json(const char *name)
{
	struct near near[MAX_NEAR];
	size_t n = find_near(name, near);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_string(near[i].name));
	return json_pack("{s:o}", "near", array);
}

bool db_print_api_json(const char *name, struct buf *out)
{
	const struct db_api *api = db_api_find(name);
	json_t *json = api ? entry_json(db_shapes[DB_APIS], api) : near_json(name);
	char *text = json_dumps(json, JSON_INDENT(2));

	buf_printf(out, "%s\n", text ? text : "{}");
	free(text);
	json_decref(json);
	return api != NULL;
}
