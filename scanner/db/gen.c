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
#include "base/vec.h"
#include "db/format.h"
#include "db/load.h"
#include "db/tables.h"
#include "db/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- tables ---- */

/* What is written: see tables.h. */
struct packing {
	struct map strings; /* string -> where it begins in the text */
	struct buf text;    /* as a C string literal, a line a string */
	size_t length;	    /* of what the literal stands for */
	VEC(uint32_t) words;
	struct arena *arena;
};

static void put_escaped(struct buf *out, const char *s)
{
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
}

static void pack_word(struct packing *p, uint64_t word)
{
	vec_push(p->arena, &p->words, (uint32_t)word);
}

static void pack_string(struct packing *p, const char *s)
{
	bool added;
	uintptr_t *at = map_put(&p->strings, s, &added);

	if (added) {
		*at = p->length;
		p->length += strlen(s) + 1;
		buf_str(&p->text, "\n\t\"");
		put_escaped(&p->text, s);
		buf_str(&p->text, "\\0\"");
	}
	pack_word(p, *at);
}

static void pack_entry(struct packing *p, const struct shape *shape, const void *entry);

static void pack_counted(struct packing *p, const struct shape_field *f, const void *entry)
{
	const void *member = shape_read(entry, f->offset);
	size_t n = *(const size_t *)shape_read(entry, f->aux);

	pack_word(p, n);
	for (size_t i = 0; i < n; i++) {
		if (f->type == SHAPE_STRINGS) {
			pack_string(p, (*(const char *const *const *)member)[i]);
		} else if (f->type == SHAPE_CLAIMS) {
			const struct db_claim *claim = *(const struct db_claim *const *)member + i;

			pack_string(p, claim->claim);
			pack_string(p, claim->source);
		} else {
			pack_entry(p, f->sub, *(const char *const *)member + i * f->sub->size);
		}
	}
}

static void pack_field(struct packing *p, const struct shape_field *f, const void *entry)
{
	const void *member = shape_read(entry, f->offset);

	switch (f->type) {
	case SHAPE_STRING:
	case SHAPE_TEXT:
	case SHAPE_CHOICE:
		pack_string(p, *(const char *const *)member);
		break;
	case SHAPE_BOOL:
		pack_word(p, *(const bool *)member);
		break;
	case SHAPE_INT:
		pack_word(p, (uint64_t)*(const int *)member);
		break;
	case SHAPE_INT64:
		pack_word(p, (uint64_t)*(const int64_t *)member);
		pack_word(p, (uint64_t)*(const int64_t *)member >> 32);
		break;
	case SHAPE_VERSION:
		pack_word(p, *(const db_version *)member);
		break;
	case SHAPE_WORD:
	case SHAPE_BITS:
		pack_word(p, *(const unsigned *)member);
		break;
	case SHAPE_STRINGS:
	case SHAPE_LIST:
	case SHAPE_CLAIMS:
		pack_counted(p, f, entry);
		break;
	}
}

static void pack_entry(struct packing *p, const struct shape *shape, const void *entry)
{
	uint32_t states = 0;

	for (size_t i = 0; i < shape->nfields; i++)
		if (shape_states(&shape->fields[i], entry))
			states |= UINT32_C(1) << i;
	pack_word(p, states);
	for (size_t i = 0; i < shape->nfields; i++)
		if (states >> i & 1)
			pack_field(p, &shape->fields[i], entry);
}

static void put_numbers(struct buf *out, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%" PRIu32 ",", i % 16 ? "" : "\n\t", v[i]);
}

/* How many hash slots a section of N entries has: at most half of them are taken. */
static size_t index_slots(size_t n)
{
	size_t cap = 8;

	while (cap < n * 2)
		cap *= 2;
	return cap;
}

static void put_index(struct buf *out, const struct db_set *set, enum db_section section)
{
	size_t n = set->sections[section].n, cap = index_slots(n);
	const struct shape *shape = db_shapes[section];
	uint32_t *slots = arena_alloc(set->arena, cap * sizeof(*slots));

	for (size_t i = 0; i < n; i++) {
		const char *key = shape_entry_name(shape, db_set_entry(set, section, i));
		size_t at = db_index_slot(key, strlen(key), cap - 1);

		while (slots[at])
			at = (at + 1) & (cap - 1);
		slots[at] = (uint32_t)(i + 1);
	}
	buf_printf(out, "static const uint16_t %s_slots[] = {", shape->section);
	put_numbers(out, slots, cap);
	buf_str(out, "\n};\n\n");
}

static void put_section(
	struct buf *out, struct packing *p, const struct db_set *set, enum db_section section)
{
	const struct shape *shape = db_shapes[section];
	size_t n = set->sections[section].n;
	uint32_t *at = arena_alloc(set->arena, n * sizeof(*at));

	for (size_t i = 0; i < n; i++) {
		at[i] = (uint32_t)p->words.n;
		pack_entry(p, shape, db_set_entry(set, section, i));
	}
	buf_printf(out, "static const uint32_t %s_at[] = {", shape->section);
	put_numbers(out, at, n);
	buf_str(out, "\n};\n\n");
	put_index(out, set, section);
}

static void put_tables(struct buf *out, const struct db_set *set)
{
	struct packing p = {.text = BUF_INIT, .arena = set->arena};

	map_init(&p.strings, set->arena);
	for (int i = 0; i < DB_SECTIONS; i++)
		put_section(out, &p, set, (enum db_section)i);
	buf_str(out, "const uint32_t db_words[] = {");
	put_numbers(out, p.words.v, p.words.n);
	buf_printf(out, "\n};\n\nconst char db_text[] =%s;\n\n", buf_text(&p.text));
	buf_str(out, "const struct db_packed db_packed[DB_SECTIONS] = {\n");
	for (int i = 0; i < DB_SECTIONS; i++) {
		const char *name = db_shapes[i]->section;
		size_t n = set->sections[i].n;

		buf_printf(
			out, "\t{%s_at, %zu, %s_slots, %zu},\n", name, n, name, index_slots(n) - 1);
	}
	buf_str(out, "};\n");
	buf_release(&p.text);
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
	buf_str(&out, "const char *const db_release = \"");
	put_escaped(&out, set->release);
	buf_str(&out, "\";\n\n");
	put_tables(&out, set);
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
