/* Files, places and the text that stands there. */
#include "frontend/record.h"
#include "frontend/unit.h"

#include "base/path.h"

#include <ctype.h>
#include <string.h>

static bool below(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	return n && strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* What reports call a file: as the unit is called where it lies in the same tree, by its
 * name under the headers it belongs to otherwise. Never an absolute path. */
const char *unit_reported(struct unit *u, const char *open, enum facts_origin origin)
{
	struct intern *in = &u->facts->strings;

	if (origin == FACTS_API) {
		const char *base = below(u->api_dir, open)	 ? open + strlen(u->api_dir) + 1
				   : below(u->overlay_dir, open) ? open + strlen(u->overlay_dir) + 1
								 : path_base(open);

		return intern(in, arena_printf(&u->scratch, "<python>/%s", base));
	}
	if (origin == FACTS_SYSTEM)
		return intern(in, arena_printf(&u->scratch, "<system>/%s", path_base(open)));
	return record_path(u->facts, &u->scratch, u->build, open);
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

/* ---- places by arithmetic ---- */

/* Places in macros have the top bit set and are the parser's to resolve. */
#define IN_MACRO 0x80000000u

static void add_line(struct unit *u, struct span *s, uint32_t *cap, size_t offset)
{
	if (s->nlines == *cap) {
		s->lines = arena_grow(&u->scratch, s->lines, *cap * sizeof(*s->lines),
			2 * (size_t)*cap * sizeof(*s->lines));
		*cap *= 2;
	}
	s->lines[s->nlines++] = (uint32_t)offset;
}

/* Lines end as the parser lets them end: \n, \r\n or \r. */
static void find_lines(struct unit *u, struct span *s, const char *text)
{
	uint32_t cap = (uint32_t)(s->size / 32) + 16;

	s->lines = arena_alloc(&u->scratch, cap * sizeof(*s->lines));
	add_line(u, s, &cap, 0);
	if (!memchr(text, '\r', s->size)) {
		for (const char *p = text; (p = memchr(p, '\n', s->size - (size_t)(p - text)));)
			add_line(u, s, &cap, (size_t)(++p - text));
		return;
	}
	for (size_t i = 0; i < s->size; i++) {
		if (text[i] == '\r' && i + 1 < s->size && text[i + 1] == '\n')
			i++;
		if (text[i] == '\n' || text[i] == '\r')
			add_line(u, s, &cap, i + 1);
	}
}

/* How the parser writes a place is its own affair. That places in one file count its bytes is
 * taken for true of a range once two answers about different bytes agree on where byte 0 is;
 * where they never do, every place is asked for. */
static bool answers_agree(struct unit *u, unsigned first, uint32_t file, unsigned offset)
{
	bool agree = u->answer.set && u->answer.file == file && u->answer.first == first &&
		     u->answer.offset != offset;

	u->answer.first = first;
	u->answer.offset = offset;
	u->answer.file = file;
	u->answer.set = !agree;
	return agree;
}

/* Learns the range of FILE, one of the project's, from answers of the parser. */
static void learn_span(struct unit *u, CXSourceLocation at, uint32_t file, unsigned offset)
{
	struct span s = {.first = at.int_data - offset, .file = file};
	const char *text;

	if (at.int_data & IN_MACRO || file == FACTS_NONE || !at.int_data ||
		u->facts->files.v[file].origin != FACTS_PROJECT ||
		!answers_agree(u, s.first, file, offset))
		return;
	text = unit_text(u, file, &s.size);
	if (offset > s.size || s.size >= IN_MACRO)
		return;
	find_lines(u, &s, text);
	vec_push(&u->scratch, &u->spans, s);
	u->last_span = u->spans.n - 1;
}

static struct span *find_span(struct unit *u, CXSourceLocation at)
{
	if (at.int_data & IN_MACRO || !u->spans.n)
		return NULL;
	for (size_t i = 0, k = u->last_span; i < u->spans.n; i++) {
		struct span *s = &u->spans.v[k];

		if (at.int_data - s->first <= s->size) {
			u->last_span = k;
			return s;
		}
		k = k + 1 < u->spans.n ? k + 1 : 0;
	}
	return NULL;
}

static struct facts_loc span_loc(struct span *s, unsigned offset)
{
	uint32_t lo = 0, hi = s->nlines;

	if (s->lines[s->last] <= offset) { /* mostly the same line or the next ones */
		lo = s->last;
		hi = lo + 8 < s->nlines && s->lines[lo + 8] > offset ? lo + 8 : s->nlines;
	}
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->lines[mid] <= offset)
			lo = mid;
		else
			hi = mid;
	}
	s->last = lo;
	return (struct facts_loc){s->file, lo + 1, offset - s->lines[lo] + 1};
}

/* Where AT lies, if that is known without asking the parser. */
static bool place_known(struct unit *u, CXSourceLocation at, struct facts_loc *loc)
{
	struct span *s = find_span(u, at);

	if (s)
		*loc = span_loc(s, at.int_data - s->first);
	return s != NULL;
}

/* ---- places ---- */

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
	const struct span *s = find_span(u, at);
	CXFile file;
	uint32_t i;

	if (s)
		return u->facts->files.v[s->file].origin;
	clang_getExpansionLocation(at, &file, NULL, NULL, NULL);
	i = unit_file(u, file, at);
	return i == FACTS_NONE ? FACTS_SYSTEM : u->facts->files.v[i].origin;
}

struct facts_loc unit_loc(struct unit *u, CXSourceLocation at)
{
	struct facts_loc loc;
	CXFile file;
	unsigned line, column, offset;

	if (place_known(u, at, &loc))
		return loc;
	clang_getFileLocation(at, &file, &line, &column, &offset);
	loc = make_loc(u, file, at, line, column);
	learn_span(u, at, loc.file, offset);
	return loc;
}

void set_file_text(struct unit *u, CXFile file, const char *text, size_t size)
{
	struct file_text t = {text, size};

	ptrmap_put(&u->scratch, &u->text_of, file, (uint32_t)u->texts.n);
	vec_push(&u->scratch, &u->texts, t);
}

const char *file_text(struct unit *u, CXFile file, size_t *size)
{
	uint32_t *known = ptrmap_get(&u->text_of, file);
	struct file_text *t;

	if (!known) {
		const char *text = clang_getFileContents(u->tu, file, size);

		set_file_text(u, file, text ? text : "", *size);
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
	const struct span *s = find_span(u, at);
	CXFile file;
	unsigned offset;

	if (s)
		return word_at(u, u->sources.v[s->file].file, at.int_data - s->first);
	clang_getSpellingLocation(at, &file, NULL, NULL, &offset);
	return word_at(u, file, offset);
}

const char *unit_quoted(struct unit *u, CXSourceLocation at, size_t *n)
{
	const struct span *s = find_span(u, at);
	const char *text, *p, *end;
	size_t size;

	if (!s)
		return NULL;
	text = unit_text(u, s->file, &size);
	end = text + size;
	text += at.int_data - s->first;
	if (text >= end || *text++ != '"')
		return NULL;
	for (p = text; p < end && *p != '"'; p++)
		if (*p == '\\' || *p == '\n')
			return NULL;
	*n = (size_t)(p - text);
	while (++p < end && isspace((unsigned char)*p))
		;
	return p < end && strchr(",;)]}", *p) ? text : NULL; /* no second part follows */
}

char unit_char(struct unit *u, CXSourceLocation at)
{
	const struct span *s = find_span(u, at);
	size_t size, offset;
	const char *text;

	if (!s)
		return '\0';
	text = unit_text(u, s->file, &size);
	offset = at.int_data - s->first;
	return offset < size ? text[offset] : '\0';
}

/* The macro that stands at AT. */
static const char *expanded_word(struct unit *u, CXSourceLocation at)
{
	CXFile file;
	unsigned offset;

	clang_getExpansionLocation(at, &file, NULL, NULL, &offset);
	return word_at(u, file, offset);
}

/* As unit_loc. Lines are what the parser takes long to find, so it is asked for them only
 * where they are not known. */
static struct facts_loc written_loc(struct unit *u, CXSourceLocation at)
{
	CXFile file;
	unsigned offset;
	uint32_t index;

	if (!(at.int_data & IN_MACRO))
		return unit_loc(u, at);
	clang_getFileLocation(at, &file, NULL, NULL, &offset);
	index = unit_file(u, file, at);
	for (size_t i = 0; i < u->spans.n; i++)
		if (u->spans.v[i].file == index && offset <= u->spans.v[i].size)
			return span_loc(&u->spans.v[i], offset);
	return unit_loc(u, at);
}

struct facts_loc unit_op_loc(struct unit *u, CXCursor at, const char **macro)
{
	CXSourceLocation l = clang_getCursorLocation(at);

	*macro = NULL;
	if (place_known(u, l, &u->last_loc)) {
		u->last_loc_key[1] = 0;
		return u->last_loc;
	}
	if (l.int_data == u->last_loc_key[0] && l.ptr_data[1] && u->last_loc_key[1]) {
		*macro = u->last_macro;
		return u->last_loc;
	}
	u->last_loc_key[0] = l.int_data;
	u->last_loc_key[1] = 1;
	u->last_macro = NULL;
	if (l.int_data & IN_MACRO) {
		u->last_macro = expanded_word(u, l);
		if (!*u->last_macro)
			u->last_macro = NULL;
	}
	u->last_loc = written_loc(u, l);
	*macro = u->last_macro;
	return u->last_loc;
}

bool unit_extent(
	struct unit *u, CXSourceRange range, uint32_t *file, unsigned *begin, unsigned *end)
{
	CXSourceLocation from = clang_getRangeStart(range), to = clang_getRangeEnd(range);
	const struct span *s = find_span(u, from);
	CXFile first, last;

	if (s && s == find_span(u, to)) {
		*file = s->file;
		*begin = from.int_data - s->first;
		*end = to.int_data - s->first;
		return *begin <= *end;
	}
	clang_getExpansionLocation(from, &first, NULL, NULL, begin);
	clang_getExpansionLocation(to, &last, NULL, NULL, end);
	*file = unit_file(u, first, from);
	return *file != FACTS_NONE && first == last && *begin <= *end;
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
