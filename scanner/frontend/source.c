/* Files, places and the text that stands there. */
#include "frontend/unit.h"

#include "base/path.h"

#include <ctype.h>
#include <string.h>

static bool below(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	return n && strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* Does a component of PATH start at I? */
static bool at_start(const char *path, size_t i)
{
	return i == 0 || path[i - 1] == '/' || !path[i];
}

/* What reports call a file: as the unit is called where it lies in the same tree, by its
 * name under the headers it belongs to otherwise. Never an absolute path. */
const char *unit_reported(struct unit *u, const char *open, enum facts_origin origin)
{
	struct intern *in = &u->facts->strings;
	const char *shown = u->build->path, *real = path_normalize(&u->scratch, u->build->open);
	size_t a = strlen(shown), b = strlen(real);

	if (origin == FACTS_API) {
		const char *base = below(u->api_dir, open)	 ? open + strlen(u->api_dir) + 1
				   : below(u->overlay_dir, open) ? open + strlen(u->overlay_dir) + 1
								 : path_base(open);

		return intern(in, arena_printf(&u->scratch, "<python>/%s", base));
	}
	if (origin == FACTS_SYSTEM)
		return intern(in, arena_printf(&u->scratch, "<system>/%s", path_base(open)));
	while (a && b && shown[a - 1] == real[b - 1])
		a--, b--;
	while (!at_start(shown, a) || !at_start(real, b))
		a++, b++;
	if (strncmp(open, real, b) == 0)
		return intern(in, arena_printf(&u->scratch, "%.*s%s", (int)a, shown, open + b));
	if (path_is_absolute(open))
		return intern(in, arena_printf(&u->scratch, "<outside>/%s", path_base(open)));
	return intern(in, open);
}

static bool is_main_like(const char *path)
{
	static const char *const exts[] = {".c", ".cc", ".cpp", ".cxx", ".C", ".c++"};

	for (size_t i = 0; i < sizeof(exts) / sizeof(*exts); i++)
		if (strcmp(path_ext(path), exts[i]) == 0)
			return true;
	return false;
}

/* Is FILE a system header? AT, a place that was found in it, tells at once where it is not
 * in a macro of another file; looking FILE up makes the parser load every file of a
 * precompiled header. */
static bool in_system_header(struct unit *u, CXFile file, CXSourceLocation at)
{
	CXFile expanded;

	clang_getExpansionLocation(at, &expanded, NULL, NULL, NULL);
	if (expanded != file)
		at = clang_getLocationForOffset(u->tu, file, 0);
	return clang_Location_isInSystemHeader(at) != 0;
}

/* Headers of other packages are found by -I as well as by -isystem. */
static bool is_installed(struct unit *u, const char *open)
{
	static const char *const places[] = {"/usr/", "/opt/", "/Library/", "/nix/store/"};

	if (u->sources.n == 1)
		return false; /* the unit itself is scanned wherever it lies */
	if (strstr(open, "/site-packages/") || strstr(open, "/dist-packages/"))
		return !strstr(u->build->open, "-packages/");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strncmp(open, places[i], strlen(places[i])) == 0)
			return strncmp(u->build->open, places[i], strlen(places[i])) != 0;
	return false;
}

static enum facts_origin origin_of(
	struct unit *u, CXFile file, const char *open, CXSourceLocation at)
{
	if (below(u->api_dir, open) || below(u->overlay_dir, open))
		return FACTS_API;
	return is_installed(u, open) || in_system_header(u, file, at) ? FACTS_SYSTEM
								      : FACTS_PROJECT;
}

/* A header is bundled from elsewhere where its unit is, or where a folder says so on the way
 * to it from the folder that both are in. */
static bool is_vendored(struct unit *u, const char *open)
{
	const char *own = path_normalize(&u->scratch, u->build->open);
	size_t common = 0;

	for (size_t i = 0; own[i] && own[i] == open[i]; i++)
		if (own[i] == '/')
			common = i + 1;
	return u->build->vendored || build_names_vendored(open + common);
}

static uint32_t add_file(struct unit *u, CXFile file, CXSourceLocation at)
{
	CXString name = clang_getFileName(file);
	const char *given = clang_getCString(name);
	char *open = path_normalize(&u->scratch, given ? given : "");
	struct source *s = vec_add(&u->scratch, &u->sources);
	struct facts_file *f = vec_add(&u->facts->arena, &u->facts->files);

	clang_disposeString(name);
	s->file = file;
	s->open = open;
	s->main_like = is_main_like(open);
	f->origin = origin_of(u, file, open, at);
	f->path = u->sources.n == 1 ? intern(&u->facts->strings, u->build->path)
				    : unit_reported(u, open, f->origin);
	f->vendored = f->origin == FACTS_PROJECT && is_vendored(u, open);
	return (uint32_t)u->sources.n - 1;
}

uint32_t unit_file(struct unit *u, CXFile file, CXSourceLocation at)
{
	uint32_t *known;

	if (!file)
		return FACTS_NONE;
	if (file == u->last_file)
		return u->last_file_index;
	known = ptrmap_get(&u->files, file);
	u->last_file = file;
	if (known) {
		u->last_file_index = *known;
	} else {
		u->last_file_index = add_file(u, file, at);
		ptrmap_put(&u->scratch, &u->files, file, u->last_file_index);
	}
	return u->last_file_index;
}

static struct facts_loc make_loc(
	struct unit *u, CXFile file, CXSourceLocation at, unsigned line, unsigned column)
{
	struct facts_loc loc = {unit_file(u, file, at), line, column};

	if (loc.file == FACTS_NONE)
		loc.line = loc.column = 0;
	return loc;
}

enum facts_origin unit_origin(struct unit *u, CXSourceLocation at)
{
	CXFile file;
	uint32_t i;

	clang_getExpansionLocation(at, &file, NULL, NULL, NULL);
	i = unit_file(u, file, at);
	return i == FACTS_NONE ? FACTS_SYSTEM : u->facts->files.v[i].origin;
}

struct facts_loc unit_loc(struct unit *u, CXSourceLocation at)
{
	CXFile file;
	unsigned line, column;

	clang_getFileLocation(at, &file, &line, &column, NULL);
	return make_loc(u, file, at, line, column);
}

const char *file_text(struct unit *u, CXFile file, size_t *size)
{
	uint32_t *known = ptrmap_get(&u->text_of, file);
	struct file_text *t;

	if (!known) {
		ptrmap_put(&u->scratch, &u->text_of, file, (uint32_t)u->texts.n);
		t = vec_add(&u->scratch, &u->texts);
		t->text = clang_getFileContents(u->tu, file, &t->size);
		if (!t->text)
			t->text = "";
		known = ptrmap_get(&u->text_of, file);
	}
	t = &u->texts.v[*known];
	*size = t->size;
	return t->text;
}

const char *unit_text(struct unit *u, uint32_t file, size_t *size)
{
	return file_text(u, u->sources.v[file].file, size);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *word_at(struct unit *u, CXFile file, unsigned offset)
{
	size_t size, n = 0;
	const char *text;

	if (!file)
		return "";
	text = file_text(u, file, &size);
	while (offset + n < size && is_word(text[offset + n]))
		n++;
	return n ? intern_n(&u->facts->strings, text + offset, n) : "";
}

const char *unit_word(struct unit *u, CXSourceLocation at)
{
	CXFile file;
	unsigned offset;

	clang_getSpellingLocation(at, &file, NULL, NULL, &offset);
	return word_at(u, file, offset);
}

struct facts_loc unit_op_loc(struct unit *u, CXCursor at, const char **macro)
{
	CXSourceLocation l = clang_getCursorLocation(at);
	CXFile file, from;
	unsigned line, column, offset, start;

	if (l.int_data == u->last_loc_key[0] && l.ptr_data[1] && u->last_loc_key[1]) {
		*macro = u->last_macro;
		return u->last_loc;
	}
	clang_getExpansionLocation(l, &file, &line, &column, &offset);
	clang_getSpellingLocation(l, &from, NULL, NULL, &start);
	u->last_loc_key[0] = l.int_data;
	u->last_loc_key[1] = 1;
	u->last_macro = NULL;
	if (from != file || start != offset) {
		u->last_macro = word_at(u, file, offset);
		if (!*u->last_macro)
			u->last_macro = NULL;
		clang_getFileLocation(l, &file, &line, &column, NULL);
	}
	u->last_loc = make_loc(u, file, l, line, column);
	*macro = u->last_macro;
	return u->last_loc;
}

bool unit_extent(
	struct unit *u, CXSourceRange range, uint32_t *file, unsigned *begin, unsigned *end)
{
	CXFile first, last;

	clang_getExpansionLocation(clang_getRangeStart(range), &first, NULL, NULL, begin);
	clang_getExpansionLocation(clang_getRangeEnd(range), &last, NULL, NULL, end);
	*file = unit_file(u, first, clang_getRangeStart(range));
	return *file != FACTS_NONE && first == last && *begin <= *end;
}

/* The macro that stands at AT. */
static const char *expanded_word(struct unit *u, CXSourceLocation at)
{
	CXFile file;
	unsigned offset;

	clang_getExpansionLocation(at, &file, NULL, NULL, &offset);
	return word_at(u, file, offset);
}

const char *unit_written(struct unit *u, CXSourceRange range, size_t limit)
{
	struct buf b = BUF_INIT;
	uint32_t file;
	unsigned begin, end;
	size_t size;
	const char *text, *kept;

	if (!unit_extent(u, range, &file, &begin, &end) || begin == end)
		return expanded_word(u, clang_getRangeStart(range));
	text = unit_text(u, file, &size);
	for (size_t i = begin; i < end && i < size && b.len < limit; i++) {
		if (!isspace((unsigned char)text[i]))
			buf_char(&b, text[i]);
		else if (b.len && b.text[b.len - 1] != ' ')
			buf_char(&b, ' ');
	}
	while (b.len && b.text[b.len - 1] == ' ')
		b.text[--b.len] = '\0';
	kept = intern(&u->facts->strings, buf_text(&b));
	buf_release(&b);
	return kept;
}

bool text_between(struct unit *u, CXCursor a, CXCursor b, const char *part)
{
	CXFile fa, fb;
	unsigned begin, end;
	size_t size, n = strlen(part);
	const char *text;

	clang_getSpellingLocation(
		clang_getRangeEnd(clang_getCursorExtent(a)), &fa, NULL, NULL, &begin);
	clang_getSpellingLocation(
		clang_getRangeStart(clang_getCursorExtent(b)), &fb, NULL, NULL, &end);
	if (!fa || fa != fb || begin > end)
		return false;
	text = file_text(u, fa, &size);
	for (size_t i = begin; i + n <= end && i + n <= size; i++)
		if (memcmp(text + i, part, n) == 0)
			return true;
	return false;
}
