#include "gen.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/path.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const raw_names[GEN_KINDS] = {"functions.json", "variables.json", "types.json",
	"constants.json", "macros.json", "headers.json"};
static const unsigned versions[] = {13, 14, 15};

/* Where the files are that no one but the generated headers includes: scanned code has
 * a config.h of its own. */
#define OWN "gilcheck/"

static bool write_file(struct gen *g, const char *name, const struct buf *text)
{
	const char *path = path_join(&g->arena, g->dir, name);

	if (file_mkdirs(path_dir(&g->arena, path)) &&
		file_write_atomic(path, buf_text(text), text->len))
		return true;
	diag_error("cannot write '%s': %s", path, strerror(errno));
	return false;
}

/* "Py_OBJECT_H", or one made from the name for the few headers without a guard. */
static const char *guard_of(struct gen *g, const struct gen_item *header)
{
	const char *guard = gen_text(header->view, "guard");
	char *made;

	if (guard)
		return guard;
	made = arena_printf(&g->arena, "GC_API_%s", header->name);
	for (char *c = made; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	return made;
}

static void begin_c(struct buf *out)
{
	buf_str(out, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
}

static void end_c(struct buf *out)
{
	buf_str(out, "#ifdef __cplusplus\n}\n#endif\n");
}

static void put_contents(struct gen *g, struct buf *out, const char *header)
{
	begin_c(out);
	gen_types(g, out, header);
	gen_variables(g, out, header);
	gen_functions(g, out, header);
	end_c(out);
	gen_constants(g, out, header);
}

/* markers_NAME completes the header NAME, ours (at its end) or a real one (wrap/):
 * with what was removed from it and with its macros as markers. */
static bool write_markers(struct gen *g, const char *header, bool *any)
{
	struct buf out = BUF_INIT;
	bool ok = true;

	buf_str(&out, "#include \"prologue.h\"\n");
	*any = gen_removed(g, &out, header);
	begin_c(&out);
	*any = gen_markers(g, &out, header) || *any;
	end_c(&out);
	for (const struct by_hand *file = g->files; file->name; file++)
		if (file->after && strcmp(file->after, header) == 0)
			buf_printf(&out, "#include \"undef_%s\"\n#include \"%s\"\n", file->name,
				file->name);
	if (*any)
		ok = write_file(g, arena_printf(&g->arena, OWN "markers_%s", header), &out);
	buf_release(&out);
	return ok;
}

/* Found before the real header, which it includes whole (the limited API would hide
 * what the markers are made of) and then completes. */
static bool write_wrapper(struct gen *g, const char *header)
{
	struct buf out = BUF_INIT;
	bool ok;

	buf_printf(&out,
		"#pragma once\n#pragma push_macro(\"Py_LIMITED_API\")\n#undef Py_LIMITED_API\n"
		"#include_next <%s>\n#pragma pop_macro(\"Py_LIMITED_API\")\n#ifdef Py_PYTHON_H\n"
		"#include \"../" OWN "markers_%s\"\n#endif\n",
		header, header);
	ok = write_file(g, arena_printf(&g->arena, "wrap/%s", header), &out);
	buf_release(&out);
	return ok;
}

static bool write_python_h(struct gen *g)
{
	struct buf out = BUF_INIT;
	bool ok, any;

	buf_str(&out, "#ifndef Py_PYTHON_H\n#define Py_PYTHON_H\n#include \"patchlevel.h\"\n"
		      "#include \"pyconfig.h\"\n#include \"" OWN "prologue.h\"\n");
	put_contents(g, &out, "Python.h");
	buf_str(&out, "#include \"" OWN "markers_Python.h\"\n#endif\n");
	ok = write_file(g, "Python.h", &out) && write_markers(g, "Python.h", &any) &&
	     write_wrapper(g, "Python.h");
	buf_release(&out);
	return ok;
}

static void put_includes(struct gen *g, struct buf *out, const struct gen_item *header)
{
	const json_t *includes = json_object_get(header->view, "includes"), *one;
	size_t i;

	json_array_foreach(includes, i, one)
	{
		const char *name = json_string_value(one);
		const char *dir = strchr(header->name, '/') ? "internal/" : "";
		struct gen_item *own = gen_find(g, GEN_HEADER, name);

		if (!own)
			own = gen_find(g, GEN_HEADER, arena_printf(&g->arena, "%s%s", dir, name));
		if (own && !own->removed && !gen_flag(own->view, "python-h"))
			buf_printf(out, "#include \"%s\"\n", name);
		else if (!own && !strchr(header->name, '/'))
			buf_printf(out, "#if __has_include(<%s>)\n#include <%s>\n#endif\n", name,
				name);
	}
}

static bool write_companion(struct gen *g, const struct gen_item *header)
{
	struct buf out = BUF_INIT;
	const char *guard = guard_of(g, header);
	bool ok, any;

	ok = write_markers(g, header->name, &any);
	if (any)
		ok = ok && write_wrapper(g, header->name);
	buf_printf(&out, "#ifndef %s\n#define %s\n#include \"%sPython.h\"\n", guard, guard,
		strchr(header->name, '/') ? "../" : "");
	put_includes(g, &out, header);
	put_contents(g, &out, header->name);
	if (any)
		buf_printf(&out, "#include \"" OWN "markers_%s\"\n", header->name);
	buf_str(&out, "#endif\n");
	ok = ok && write_file(g, header->name, &out);
	buf_release(&out);
	return ok;
}

/* A header whose contents are in Python.h. Its guard is defined there. */
static bool write_forward(struct gen *g, const struct gen_item *header)
{
	struct buf out = BUF_INIT;
	bool ok;

	buf_printf(&out, "#include \"%sPython.h\"\n",
		strncmp(header->name, "cpython/", 8) == 0 ? "../" : "");
	ok = write_file(g, header->name, &out);
	buf_release(&out);
	return ok;
}

/* pyconfig.h and patchlevel.h are asked before Python.h and hold constants only. */
static bool write_constants_header(struct gen *g, const char *name, const char *more)
{
	const struct gen_item *header = gen_find(g, GEN_HEADER, name);
	struct buf out = BUF_INIT;
	const char *guard;
	bool ok;

	if (!header)
		return false;
	guard = guard_of(g, header);
	buf_printf(&out, "#ifndef %s\n#define %s\n%s", guard, guard, more);
	gen_constants(g, &out, name);
	buf_str(&out, "#endif\n");
	ok = write_file(g, name, &out);
	buf_release(&out);
	return ok;
}

/* Python.h first: what a companion needs of it is written there. */
static bool write_headers(struct gen *g)
{
	if (!write_python_h(g))
		return false;
	vec_foreach (const struct gen_item, item, &g->items) {
		bool special, in_python_h;

		if (item->kind != GEN_HEADER || item->removed ||
			strcmp(item->name, "Python.h") == 0)
			continue;
		special = strcmp(item->name, "pyconfig.h") == 0 ||
			  strcmp(item->name, "patchlevel.h") == 0;
		in_python_h =
			gen_flag(item->view, "python-h") || strncmp(item->name, "cpython/", 8) == 0;
		if (!special && !(in_python_h ? write_forward(g, item) : write_companion(g, item)))
			return false;
	}
	return write_constants_header(g, "patchlevel.h", "") &&
	       write_constants_header(g, "pyconfig.h", "#include \"" OWN "config.h\"\n");
}

/* Adds the macros that the hand-written TEXT defines to NAMES. */
static void scan_defines(struct arena *a, const char *text, struct map *names)
{
	for (const char *at = text; (at = strstr(at, "define ")) != NULL;) {
		size_t n = 0;

		at += strlen("define ");
		while (isalnum((unsigned char)at[n]) || at[n] == '_')
			n++;
		map_put(names, arena_strndup(a, at, n), NULL);
		at += n;
	}
}

/* After real headers the names that a hand-written overlay defines are taken. */
static bool write_undefs(struct gen *g, const struct by_hand *file)
{
	struct buf out = BUF_INIT;
	struct map names;
	bool ok;

	map_init(&names, &g->arena);
	scan_defines(&g->arena, file->text, &names);
	for (size_t i = 0; i < names.cap; i++)
		if (names.slots[i].key)
			buf_printf(&out, "#undef %s\n", names.slots[i].key);
	ok = write_file(g, arena_printf(&g->arena, OWN "undef_%s", file->name), &out);
	buf_release(&out);
	return ok;
}

static bool write_version(unsigned minor, json_t *const *raw, const struct by_hand *files,
	const struct map *names, const char *out_dir)
{
	struct gen g = {.minor = minor, .raw = raw, .files = files, .by_hand = names};
	bool ok = true;

	arena_init(&g.arena);
	g.dir = arena_printf(&g.arena, "%s/3.%u", out_dir, minor);
	gen_load(&g);
	for (const struct by_hand *file = files; file->name && ok; file++) {
		struct buf text = {file->text, file->size, 0};

		ok = write_file(&g, arena_printf(&g.arena, OWN "%s", file->name), &text);
		if (file->after)
			ok = ok && write_undefs(&g, file);
	}
	ok = ok && write_headers(&g);
	arena_release(&g.arena);
	return ok;
}

static bool read_inputs(
	struct arena *a, const char *dir, json_t **raw, struct by_hand *files, struct map *names)
{
	json_error_t error;

	for (int i = 0; i < GEN_KINDS; i++) {
		raw[i] = json_load_file(arena_printf(a, "%s/raw/%s", dir, raw_names[i]), 0, &error);
		if (!raw[i]) {
			diag_error("%s:%d: %s", raw_names[i], error.line, error.text);
			return false;
		}
	}
	for (; files->name; files++) {
		const char *path = path_join(a, dir, files->name);

		files->text = file_read(path, 0, &files->size);
		if (!files->text) {
			diag_error("cannot read '%s': %s", path, strerror(errno));
			return false;
		}
		scan_defines(a, files->text, names);
	}
	return true;
}

int main(int argc, char **argv)
{
	struct by_hand files[] = {{"config.h", NULL, NULL, 0}, {"prologue.h", NULL, NULL, 0},
		{"overlay.h", "Python.h", NULL, 0}, {"overlay_datetime.h", "datetime.h", NULL, 0},
		{NULL, NULL, NULL, 0}};
	json_t *raw[GEN_KINDS] = {NULL};
	struct arena arena = ARENA_INIT;
	struct map names;
	bool ok;

	if (argc != 3) {
		fprintf(stderr, "usage: gilcheck-genheaders DATABASE-DIR OUTPUT-DIR\n");
		return 2;
	}
	map_init(&names, &arena);
	ok = read_inputs(&arena, argv[1], raw, files, &names);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]) && ok; i++)
		ok = write_version(versions[i], raw, files, &names, argv[2]);
	for (int i = 0; i < GEN_KINDS; i++)
		json_decref(raw[i]);
	for (struct by_hand *file = files; file->name; file++)
		free(file->text);
	arena_release(&arena);
	return ok ? 0 : 2;
}
