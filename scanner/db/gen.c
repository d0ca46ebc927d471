/*
 * gilcheck-dbgen: the build's own program around the database.
 *
 *	gilcheck-dbgen tables OUT FILE…   compiles the database to constant C tables
 *	gilcheck-dbgen format FILE…       rewrites the files in their canonical form
 *	gilcheck-dbgen check FILE…        fails where a file is not in that form
 *	gilcheck-dbgen schema             prints the JSON Schema of the files
 *	gilcheck-dbgen stats FILE…        prints counts
 *	gilcheck-dbgen verify DIR FROM TO FILE…
 *	                                  compares with the headers read into DIR (see raw.h)
 */
#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "db/format.h"
#include "db/load.h"
#include "db/tables.h"
#include "db/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- tables ---- */

static void put_string(struct buf *out, const char *s)
{
	if (!s) {
		buf_str(out, "NULL");
		return;
	}
	buf_char(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_printf(out, "\\%c", *s);
		else if (*s == '\n')
			buf_str(out, "\\n");
		else if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f || *s == '?')
			/* '?' too: no trigraphs. Three digits end an octal escape. */
			buf_printf(out, "\\%03o", (unsigned char)*s);
		else
			buf_char(out, *s);
	}
	buf_char(out, '"');
}

static void put_entry(
	struct buf *out, const struct shape *shape, const void *entry, const char *label);

static void put_arrays(
	struct buf *out, const struct shape *shape, const void *entry, const char *label);

static void put_strings(struct buf *out, const char *const *list, size_t n, const char *label)
{
	buf_printf(out, "static const char *const %s[] = {", label);
	for (size_t i = 0; i < n; i++) {
		put_string(out, list[i]);
		buf_str(out, ", ");
	}
	buf_str(out, "};\n");
}

static void put_claims(struct buf *out, const struct db_claim *claims, size_t n, const char *label)
{
	buf_printf(out, "static const struct db_claim %s[] = {", label);
	for (size_t i = 0; i < n; i++) {
		buf_char(out, '{');
		put_string(out, claims[i].claim);
		buf_str(out, ", ");
		put_string(out, claims[i].source);
		buf_str(out, "}, ");
	}
	buf_str(out, "};\n");
}

static void put_list(
	struct buf *out, const struct shape *sub, const char *list, size_t n, const char *label)
{
	struct buf inner = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		buf_clear(&inner);
		buf_printf(&inner, "%s_%zu", label, i);
		put_arrays(out, sub, list + i * sub->size, inner.text);
	}
	buf_printf(out, "static const struct %s %s[] = {\n", sub->c_type, label);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&inner);
		buf_printf(&inner, "%s_%zu", label, i);
		put_entry(out, sub, list + i * sub->size, inner.text);
	}
	buf_str(out, "};\n");
	buf_release(&inner);
}

/* The arrays that an entry points to, before the entry. LABEL makes their names unique. */
static void put_arrays(
	struct buf *out, const struct shape *shape, const void *entry, const char *label)
{
	for (size_t i = 0; i < shape->nfields; i++) {
		const struct shape_field *f = &shape->fields[i];
		const void *member = shape_read(entry, f->offset);
		struct buf name = BUF_INIT;
		size_t n;

		if (f->type < SHAPE_STRINGS || !shape_states(f, entry))
			continue;
		n = *(const size_t *)shape_read(entry, f->aux);
		buf_printf(&name, "%s_%s", label, f->name);
		if (f->type == SHAPE_STRINGS)
			put_strings(out, *(const char *const *const *)member, n, name.text);
		else if (f->type == SHAPE_CLAIMS)
			put_claims(out, *(const struct db_claim *const *)member, n, name.text);
		else
			put_list(out, f->sub, *(const char *const *)member, n, name.text);
		buf_release(&name);
	}
}

static void put_member(
	struct buf *out, const struct shape_field *f, const void *entry, const char *label)
{
	const void *member = shape_read(entry, f->offset);

	buf_printf(out, ".%s = ", f->name);
	switch (f->type) {
	case SHAPE_STRING:
	case SHAPE_TEXT:
	case SHAPE_CHOICE:
		put_string(out, *(const char *const *)member);
		break;
	case SHAPE_BOOL:
		buf_printf(out, "%d", *(const bool *)member);
		break;
	case SHAPE_INT:
		buf_printf(out, "%d", *(const int *)member);
		break;
	case SHAPE_INT64:
		buf_printf(out, "%" PRId64 ", .has_%s = 1", *(const int64_t *)member, f->name);
		break;
	case SHAPE_VERSION:
		buf_printf(out, "0x%04x", *(const db_version *)member);
		break;
	case SHAPE_WORD:
	case SHAPE_BITS:
		buf_printf(out, "%u", *(const unsigned *)member);
		break;
	case SHAPE_STRINGS:
	case SHAPE_LIST:
	case SHAPE_CLAIMS:
		buf_printf(out, "%s_%s, .n%s = %zu", label, f->name, f->name,
			*(const size_t *)shape_read(entry, f->aux));
		break;
	}
	buf_str(out, ", ");
}

/* Members that hold zero are left to the language; those whose absence is another value
 * are always written. */
static void put_entry(
	struct buf *out, const struct shape *shape, const void *entry, const char *label)
{
	buf_str(out, "\t{");
	for (size_t i = 0; i < shape->nfields; i++) {
		const struct shape_field *f = &shape->fields[i];

		if (shape_states(f, entry) || f->type == SHAPE_INT || f->flags & SHAPE_TRUE)
			put_member(out, f, entry, label);
	}
	buf_str(out, "},\n");
}

static void put_index(struct buf *out, const struct db_set *set, enum db_section section)
{
	size_t n = set->sections[section].n, cap = 8;
	const char *name = db_shapes[section]->section;
	uint16_t *slots;

	while (cap < n * 2)
		cap *= 2;
	slots = arena_alloc(set->arena, cap * sizeof(*slots));
	for (size_t i = 0; i < n; i++) {
		const char *key =
			shape_entry_name(db_shapes[section], db_set_entry(set, section, i));
		size_t at = db_index_slot(key, strlen(key), cap - 1);

		while (slots[at])
			at = (at + 1) & (cap - 1);
		slots[at] = (uint16_t)(i + 1);
	}
	buf_printf(out, "static const uint16_t %s_slots[] = {", name);
	for (size_t i = 0; i < cap; i++)
		buf_printf(out, "%s%u,", i % 16 ? "" : "\n\t", slots[i]);
	buf_printf(out, "\n};\nconst struct db_index db_index_%s = {%s_slots, %zu};\n\n", name,
		name, cap - 1);
}

static void put_section(struct buf *out, const struct db_set *set, enum db_section section)
{
	const struct shape *shape = db_shapes[section];
	size_t n = set->sections[section].n;
	struct buf label = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		buf_clear(&label);
		buf_printf(&label, "%s_%zu", shape->section, i);
		put_arrays(out, shape, db_set_entry(set, section, i), label.text);
	}
	buf_printf(out, "const struct %s db_all_%s[] = {\n", shape->c_type, shape->section);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&label);
		buf_printf(&label, "%s_%zu", shape->section, i);
		put_entry(out, shape, db_set_entry(set, section, i), label.text);
	}
	buf_printf(out, "};\nconst size_t db_n_%s = %zu;\n", shape->section, n);
	put_index(out, set, section);
	buf_release(&label);
}

static bool read_all(struct db_set *set, char **files)
{
	static const struct db_known nothing = {NULL, NULL, NULL};

	for (; *files; files++)
		if (!db_set_read(set, *files))
			return false;
	return db_set_finish(set, &nothing);
}

static bool complete(const struct db_set *set)
{
	for (int i = 0; i < DB_SECTIONS; i++) {
		if (!set->sections[i].n || set->sections[i].n >= UINT16_MAX) {
			diag_error("section '%s' has %zu entries", db_shapes[i]->section,
				set->sections[i].n);
			return false;
		}
	}
	if (!set->release)
		diag_error("no file states 'release'");
	return set->release != NULL;
}

static bool write_tables(const char *path, const struct db_set *set)
{
	struct buf out = BUF_INIT;
	bool ok;

	if (!complete(set))
		return false;
	buf_str(&out, "/* Written by gilcheck-dbgen from compat-db; do not edit. */\n"
		      "#include \"db/tables.h\"\n\n");
	buf_str(&out, "const char *const db_release = ");
	put_string(&out, set->release);
	buf_str(&out, ";\n\n");
	for (int i = 0; i < DB_SECTIONS; i++)
		put_section(&out, set, (enum db_section)i);
	ok = file_write_atomic(path, out.text, out.len);
	if (!ok)
		diag_error("%s: cannot write: %s", path, strerror(errno));
	buf_release(&out);
	return ok;
}

/* ---- stats ---- */

static void print_stats(const struct db_set *set)
{
	struct map families;
	size_t total = set->sections[DB_APIS].n, stated = 0, ours = 0;

	map_init(&families, set->arena);
	for (size_t i = 0; i < total; i++) {
		const struct db_api *api = db_set_entry(set, DB_APIS, i);

		++*map_put(&families, api->family, NULL);
		stated += api->level && !api->level_reason;
		ours += api->level_reason != NULL;
	}
	for (int i = 0; i < DB_SECTIONS; i++)
		printf("%-12s %5zu\n", db_shapes[i]->section, set->sections[i].n);
	printf("levels: %zu as documented, %zu ours, %zu not stated\n", stated, ours,
		total - stated - ours);
	for (size_t i = 0; i < families.cap; i++)
		if (families.slots[i].key)
			printf("  %-20s %5zu\n", families.slots[i].key,
				(size_t)families.slots[i].value);
}

/* ---- */

static bool parse_version(const char *text, db_version *out)
{
	unsigned major, minor;
	char end;

	if (sscanf(text, "%3u.%3u%c", &major, &minor, &end) != 2 || major > 255 || minor > 255) {
		diag_error("'%s' is not a version such as 3.15", text);
		return false;
	}
	*out = (db_version)(major << 8 | minor);
	return true;
}

static bool run_verify(struct db_set *set, char **args)
{
	db_version from, to;

	return parse_version(args[1], &from) && parse_version(args[2], &to) &&
	       read_all(set, args + 3) && db_verify(set, args[0], from, to);
}

static int usage(void)
{
	fputs("usage: gilcheck-dbgen tables OUT FILE... | format FILE... | check FILE... | schema "
	      "| stats FILE... | verify DIR FROM TO FILE...\n",
		stderr);
	return 2;
}

static bool run(struct arena *arena, const char *verb, int argc, char **args)
{
	struct db_set set;

	db_set_init(&set, arena);
	if (strcmp(verb, "tables") == 0 && argc > 1)
		return read_all(&set, args + 1) && write_tables(args[0], &set);
	if (strcmp(verb, "format") == 0)
		return read_all(&set, args) && db_format_files(args, false);
	if (strcmp(verb, "check") == 0)
		return read_all(&set, args) && db_format_files(args, true);
	if (strcmp(verb, "stats") == 0) {
		if (!read_all(&set, args))
			return false;
		print_stats(&set);
		return true;
	}
	if (strcmp(verb, "verify") == 0 && argc > 3)
		return run_verify(&set, args);
	if (strcmp(verb, "schema") == 0 && argc == 0) {
		db_print_schema(stdout);
		return true;
	}
	usage();
	return false;
}

int main(int argc, char **argv)
{
	struct arena arena = ARENA_INIT;
	bool ok;

	if (argc < 2)
		return usage();
	ok = run(&arena, argv[1], argc - 2, argv + 2);
	arena_release(&arena);
	return ok ? 0 : 1;
}
