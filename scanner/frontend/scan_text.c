/*
 * What the syntax tree does not hold: comments that speak to gilcheck, source lines that
 * reports show, #include and #define lines, and code under other systems' #if. Each
 * project file is read once, as text.
 */
#include "frontend/unit.h"

#include "base/file.h"
#include "base/path.h"
#include "frontend/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum truth { NO, YES, MAYBE };

struct condition {
	enum truth branch;  /* the branch that is open */
	bool foreign;	    /* another system's name decides it */
	bool taken;	    /* an earlier branch is known to be compiled */
	bool parent_hidden; /* inside of a region that is reported already */
	bool parent_off;    /* inside of a branch that is known not to be compiled */
	bool reported;
};

struct line_set {
	unsigned char *bits;
	size_t n; /* lines */
};

struct scan {
	struct unit *u;
	struct line_set *lines; /* one a file */
	uint32_t file;
	const char *text;
	size_t size, at;
	uint32_t line;
	bool code; /* something but spaces and comments stands on this line so far */
	size_t line_start;
	VEC(struct condition) conditions;
};

/* ---- lines that something names ---- */

static void want_line(struct scan *s, struct facts_loc loc)
{
	struct line_set *l;

	if (loc.file == FACTS_NONE || !loc.line ||
		s->u->facts->files.v[loc.file].origin != FACTS_PROJECT)
		return;
	l = &s->lines[loc.file];
	if (loc.line < l->n)
		l->bits[loc.line / 8] |= (unsigned char)(1u << loc.line % 8);
}

static size_t count_lines(const char *text, size_t size)
{
	size_t n = 2;

	for (const char *p = text; (p = memchr(p, '\n', size - (size_t)(p - text))); p++)
		n++;
	return n;
}

static void make_line_sets(struct scan *s)
{
	struct facts *f = s->u->facts;

	s->lines = arena_alloc(&s->u->scratch, (f->files.n + 1) * sizeof(*s->lines));
	for (uint32_t i = 0; i < f->files.n; i++) {
		size_t size;
		const char *text;

		if (f->files.v[i].origin != FACTS_PROJECT)
			continue;
		text = unit_text(s->u, i, &size);
		s->lines[i].n = count_lines(text, size);
		s->lines[i].bits = arena_alloc(&s->u->scratch, s->lines[i].n / 8 + 1);
	}
}

static bool is_word(const struct unit *u, const char *name, enum word word)
{
	return words_get(u->options->words, name) & word;
}

/* Something that stands there may be rewritten: that takes the text around it. */
static bool may_be_rewritten(const struct unit *u, const struct facts_function *fn)
{
	vec_foreach (const struct facts_op, op, &fn->ops)
		if (op->kind == OP_CALL && op->callee != FACTS_NONE &&
			is_word(u, u->facts->symbols.v[op->callee].name, WORD_REWRITTEN))
			return true;
	return false;
}

static void want_range(struct scan *s, struct facts_loc loc, uint32_t last)
{
	for (; loc.line <= last; loc.line++)
		want_line(s, loc);
}

static void want_function(struct scan *s, const struct facts_function *fn)
{
	if (may_be_rewritten(s->u, fn) && fn->begin.file == fn->end.file)
		want_range(s, fn->begin, fn->end.line);
	want_line(s, fn->begin);
	want_line(s, fn->end);
	for (size_t i = 0; i < fn->ops.n; i++)
		want_line(s, fn->ops.v[i].loc);
	for (size_t i = 0; i < fn->locals.n; i++)
		want_line(s, fn->locals.v[i].loc);
}

/* Lines before a field that may be rewritten: what the expression begins with stands there. */
#define LINES_BEFORE 8

static void want_unknown(struct scan *s, const struct facts_unknown *u)
{
	struct facts_loc loc = u->loc;

	if (u->kind == UNKNOWN_MEMBER)
		loc.line -= loc.line > LINES_BEFORE ? LINES_BEFORE : loc.line - 1;
	want_range(s, loc, u->loc.line);
}

static void want_lines(struct scan *s)
{
	const struct facts *f = s->u->facts;

	for (size_t i = 0; i < f->functions.n; i++)
		want_function(s, &f->functions.v[i]);
	for (size_t i = 0; i < f->symbols.n; i++)
		want_line(s, f->symbols.v[i].loc);
	for (size_t i = 0; i < f->inits.n; i++)
		want_line(s, f->inits.v[i].loc);
	for (size_t i = 0; i < f->unknowns.n; i++)
		want_unknown(s, &f->unknowns.v[i]);
	for (size_t i = 0; i < f->records.n; i++) {
		want_line(s, f->records.v[i].loc);
		for (size_t k = 0; k < f->records.v[i].fields.n; k++)
			want_line(s, f->records.v[i].fields.v[k].loc);
	}
}

static void keep_lines(struct scan *s)
{
	struct facts *f = s->u->facts;
	const char *p = s->text, *end = s->text + s->size;
	const struct line_set *l = &s->lines[s->file];

	for (uint32_t line = 1; p < end && line < l->n; line++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = stop ? (size_t)(stop - p) : (size_t)(end - p);

		if (l->bits[line / 8] >> line % 8 & 1) {
			struct facts_line *kept = vec_add(&f->arena, &f->files.v[s->file].lines);

			if (n && p[n - 1] == '\r')
				n--;
			kept->line = line;
			kept->text = intern_n(&f->strings, p, n);
		}
		if (!stop)
			break;
		p = stop + 1;
	}
}

/* ---- conditions ---- */

/* Names that only compilers for other systems than this one define. */
static const char *const foreign_names[] = {
	"_WIN32",
	"_WIN64",
	"WIN32",
	"WIN64",
	"__WIN32__",
	"MS_WINDOWS",
	"MS_WIN32",
	"MS_WIN64",
	"_MSC_VER",
	"__MINGW32__",
	"__MINGW64__",
	"__CYGWIN__",
	"_AIX",
	"__sun",
	"__hpux",
	"__BORLANDC__",
	"__WATCOMC__",
	"__EMSCRIPTEN__",
	"__wasi__",
	"__HAIKU__",
	"__VMS",
	"__ANDROID__",
#ifndef __APPLE__
	"__APPLE__",
	"__MACH__",
	"TARGET_OS_MAC",
#endif
#ifndef __FreeBSD__
	"__FreeBSD__",
#endif
#ifndef __OpenBSD__
	"__OpenBSD__",
#endif
#ifndef __NetBSD__
	"__NetBSD__",
#endif
#ifndef __linux__
	"__linux__",
	"linux",
	"__linux",
#endif
};

struct expr {
	struct unit *u;
	const char *p, *end;
	bool foreign;
};

static bool is_foreign(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(foreign_names) / sizeof(*foreign_names); i++)
		if (strlen(foreign_names[i]) == n && memcmp(foreign_names[i], name, n) == 0)
			return true;
	return false;
}

static enum truth parse_or(struct expr *e, int depth);

static void skip_space(struct expr *e)
{
	while (e->p < e->end && (isspace((unsigned char)*e->p) || *e->p == '\\'))
		e->p++;
}

static bool accept(struct expr *e, const char *token)
{
	size_t n = strlen(token);

	skip_space(e);
	if ((size_t)(e->end - e->p) < n || memcmp(e->p, token, n) != 0)
		return false;
	e->p += n;
	return true;
}

static size_t word_length(const struct expr *e)
{
	size_t n = 0;

	while (e->p + n < e->end && (isalnum((unsigned char)e->p[n]) || e->p[n] == '_'))
		n++;
	return n;
}

static enum truth parse_name(struct expr *e)
{
	bool foreign, given;
	size_t n;

	skip_space(e);
	n = word_length(e);
	foreign = n && is_foreign(e->p, n);
	given = is_word(e->u, arena_strndup(&e->u->scratch, e->p, n), WORD_CONFIGURATION);
	e->p += n;
	e->foreign |= foreign;
	return foreign ? NO : given ? YES : MAYBE;
}

static enum truth parse_primary(struct expr *e, int depth)
{
	enum truth t;
	size_t n;

	if (depth > 64)
		return MAYBE;
	if (accept(e, "!")) {
		t = parse_primary(e, depth + 1);
		return t == MAYBE ? MAYBE : t == YES ? NO : YES;
	}
	if (accept(e, "(")) {
		t = parse_or(e, depth + 1);
		(void)accept(e, ")");
		return t;
	}
	n = word_length(e);
	if (n == 7 && memcmp(e->p, "defined", 7) == 0) {
		bool open;

		e->p += n;
		open = accept(e, "(");
		t = parse_name(e);
		if (open)
			(void)accept(e, ")");
		return t;
	}
	if (n && isdigit((unsigned char)*e->p)) {
		t = n == 1 && *e->p == '0' ? NO : n == 1 && *e->p == '1' ? YES : MAYBE;
		e->p += n;
		return t;
	}
	return parse_name(e);
}

/* A comparison's value is not known, unless it is one with a name that is not defined:
 * then that is 0, and `_MSC_VER >= 1900` is false. */
static enum truth parse_comparison(struct expr *e, int depth)
{
	enum truth t = parse_primary(e, depth);
	bool compared = false;

	skip_space(e);
	while (e->p < e->end && strchr("<>=+-*/%^~?:", *e->p)) {
		bool less = *e->p == '<' || *e->p == '=';

		compared = true;
		e->p++;
		(void)(accept(e, "=") || accept(e, "<") || accept(e, ">"));
		(void)parse_primary(e, depth + 1);
		if (less)
			t = MAYBE;
		skip_space(e);
	}
	return compared && t != NO ? MAYBE : t;
}

static enum truth parse_and(struct expr *e, int depth)
{
	enum truth t = parse_comparison(e, depth);

	while (accept(e, "&&")) {
		enum truth r = parse_comparison(e, depth);

		t = t == NO || r == NO ? NO : t == YES && r == YES ? YES : MAYBE;
	}
	return t;
}

static enum truth parse_or(struct expr *e, int depth)
{
	enum truth t = parse_and(e, depth);

	while (accept(e, "||")) {
		enum truth r = parse_and(e, depth);

		t = t == YES || r == YES ? YES : t == NO && r == NO ? NO : MAYBE;
	}
	return t;
}

static bool hidden(const struct scan *s)
{
	const struct condition *c;

	if (!s->conditions.n)
		return false;
	c = &s->conditions.v[s->conditions.n - 1];
	return c->parent_hidden || c->reported;
}

static bool is_off(const struct scan *s)
{
	const struct condition *c;

	if (!s->conditions.n)
		return false;
	c = &s->conditions.v[s->conditions.n - 1];
	return c->parent_off || c->branch == NO;
}

static struct facts_loc here(const struct scan *s)
{
	return (struct facts_loc){s->file, s->line, 1};
}

/* Says that the branch that opens here is not compiled, if another system decides it. */
static void report_branch(struct scan *s, struct condition *c, const char *line, size_t n)
{
	struct unit *u = s->u;
	struct facts_loc loc = here(s);

	c->reported = c->branch == NO && c->foreign && !c->parent_hidden;
	if (!c->reported)
		return;
	while (n && isspace((unsigned char)line[n - 1]))
		n--;
	unit_unknown(u, UNKNOWN_CONDITIONAL_CODE, loc,
		arena_printf(&u->scratch, "code for another system: %.*s", (int)(n > 120 ? 120 : n),
			line));
	want_line(s, loc);
}

static enum truth evaluate(struct unit *u, const char *p, const char *end, bool *foreign)
{
	struct expr e = {u, p, end, false};
	enum truth t = parse_or(&e, 0);

	*foreign = e.foreign;
	return t;
}

static void open_condition(
	struct scan *s, const char *word, const char *rest, const char *line, const char *end)
{
	struct condition c = {.parent_hidden = hidden(s), .parent_off = is_off(s)};

	if (strcmp(word, "if") == 0) {
		c.branch = evaluate(s->u, rest, end, &c.foreign);
	} else {
		struct expr e = {s->u, rest, end, false};

		c.branch = parse_name(&e);
		c.foreign = e.foreign;
		if (strcmp(word, "ifndef") == 0 && c.branch != MAYBE)
			c.branch = c.branch == NO ? YES : NO;
	}
	c.taken = c.branch == YES;
	report_branch(s, &c, line, (size_t)(end - line));
	vec_push(&s->u->scratch, &s->conditions, c);
}

static void next_branch(
	struct scan *s, const char *word, const char *rest, const char *line, const char *end)
{
	struct condition *c;
	bool foreign = false;

	if (!s->conditions.n)
		return;
	c = &s->conditions.v[s->conditions.n - 1];
	if (strcmp(word, "else") == 0) {
		c->branch = c->taken ? NO : MAYBE;
	} else {
		bool was = c->foreign;

		c->branch = evaluate(s->u, rest, end, &foreign);
		c->foreign = foreign;
		if (c->taken) {
			c->branch = NO;
			c->foreign = was;
		}
		c->taken |= c->branch == YES;
	}
	report_branch(s, c, line, (size_t)(end - line));
}

/* ---- directives ---- */

static void add_include(struct scan *s, const char *p, const char *end)
{
	struct facts *f = s->u->facts;
	struct facts_include *inc;
	char close;
	const char *stop;

	while (p < end && isspace((unsigned char)*p))
		p++;
	if (p == end || (*p != '"' && *p != '<'))
		return;
	close = *p == '<' ? '>' : '"';
	stop = memchr(p + 1, close, (size_t)(end - p - 1));
	if (!stop)
		return;
	inc = vec_add(&f->arena, &f->includes);
	inc->name = intern_n(&f->strings, p + 1, (size_t)(stop - p - 1));
	inc->loc = here(s);
}

static void add_define(struct unit *u, const char *p, const char *end, struct facts_loc loc)
{
	struct facts *f = u->facts;
	struct facts_define *d;
	const char *name;
	size_t n = 0;

	while (p < end && isspace((unsigned char)*p))
		p++;
	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++, n++;
	name = arena_strndup(&u->scratch, p - n, n);
	if (!is_word(u, name, WORD_DEFINE))
		return;
	while (p < end && isspace((unsigned char)*p))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	d = vec_add(&f->arena, &f->defines);
	d->name = intern(&f->strings, name);
	d->value = intern_n(&f->strings, p, (size_t)(end - p));
	d->loc = loc;
}

static void directive(struct scan *s, const char *line, const char *end)
{
	const char *p = line + 1, *from;
	char word[16] = "";

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	from = p;
	while (p < end && isalpha((unsigned char)*p))
		p++;
	if (p == from || (size_t)(p - from) >= sizeof(word))
		return;
	memcpy(word, from, (size_t)(p - from));
	if (strcmp(word, "if") == 0 || strcmp(word, "ifdef") == 0 || strcmp(word, "ifndef") == 0)
		open_condition(s, word, p, line, end);
	else if (strcmp(word, "elif") == 0 || strcmp(word, "else") == 0)
		next_branch(s, word, p, line, end);
	else if (strcmp(word, "endif") == 0)
		s->conditions.n -= s->conditions.n > 0;
	else if (strcmp(word, "include") == 0 && !hidden(s))
		add_include(s, p, end);
	else if (strcmp(word, "define") == 0 && !is_off(s))
		add_define(s->u, p, end, here(s));
}

/* ---- the walk over the text ---- */

static void newline(struct scan *s)
{
	s->line++;
	s->code = false;
	s->line_start = s->at + 1;
}

static bool rest_is_blank(const struct scan *s, size_t at)
{
	while (at < s->size && s->text[at] != '\n')
		if (!isspace((unsigned char)s->text[at++]))
			return false;
	return true;
}

static void add_comment(struct scan *s, size_t begin, size_t end, size_t after, bool own)
{
	static const char word[] = "gilcheck:";
	struct facts *f = s->u->facts;
	struct facts_comment *c;
	const char *p = s->text + begin;
	bool found = false;

	for (size_t i = begin; i + sizeof(word) - 1 <= end && !found; i++)
		found = s->text[i] == 'g' && memcmp(s->text + i, word, sizeof(word) - 1) == 0;
	if (!found)
		return;
	while (begin < end && isspace((unsigned char)*p))
		p++, begin++;
	while (end > begin && isspace((unsigned char)s->text[end - 1]))
		end--;
	c = vec_add(&f->arena, &f->files.v[s->file].comments);
	c->line = s->line;
	c->own_line = own && rest_is_blank(s, after);
	c->text = intern_n(&f->strings, p, end - begin);
}

static void line_comment(struct scan *s)
{
	size_t begin = s->at + 2, end = begin;
	bool own = !s->code;

	while (end < s->size && s->text[end] != '\n')
		end++;
	add_comment(s, begin, end, end, own);
	s->at = end;
}

static void block_comment(struct scan *s)
{
	size_t begin = s->at + 2, end = begin;
	bool own = !s->code;

	while (end + 1 < s->size && !(s->text[end] == '*' && s->text[end + 1] == '/')) {
		if (s->text[end] == '\n')
			s->line++;
		end++;
	}
	if (end + 1 >= s->size) {
		s->at = s->size;
		return;
	}
	add_comment(s, begin, end, end + 2, own);
	s->at = end + 2;
}

/* A literal ends at its line's end in any case: a stray quote in text that is not
 * compiled must not swallow the file. */
static void literal(struct scan *s)
{
	char quote = s->text[s->at++];

	while (s->at < s->size && s->text[s->at] != quote && s->text[s->at] != '\n') {
		if (s->text[s->at] == '\\' && s->at + 1 < s->size) {
			s->at++;
			if (s->text[s->at] == '\n')
				s->line++;
		}
		s->at++;
	}
	if (s->at < s->size && s->text[s->at] == quote)
		s->at++;
}

/* A directive reaches to the end of its line, continued lines included; comments in it
 * are read as such afterwards. */
static void hash(struct scan *s)
{
	size_t end = s->at;

	while (end < s->size && s->text[end] != '\n') {
		if (s->text[end] == '/' && end + 1 < s->size &&
			(s->text[end + 1] == '*' || s->text[end + 1] == '/'))
			break;
		if (s->text[end] == '\\' && end + 1 < s->size && s->text[end + 1] == '\n')
			end++;
		end++;
	}
	if (end > s->size)
		end = s->size;
	directive(s, s->text + s->at, s->text + end);
	for (; s->at < end; s->at++)
		if (s->text[s->at] == '\n')
			s->line++;
}

/* Bytes up to the next that scan_file does something with, once code was seen. */
static size_t plain_length(const char *p, size_t size)
{
	static const bool special[256] = {['\n'] = true, ['/'] = true, ['"'] = true, ['\''] = true};
	size_t n = 0;

	while (n < size && !special[(unsigned char)p[n]])
		n++;
	return n;
}

static void scan_file(struct scan *s)
{
	s->at = s->line_start = 0;
	s->line = 1;
	s->code = false;
	s->conditions.n = 0;
	while (s->at < s->size) {
		char c = s->text[s->at];
		char next = s->at + 1 < s->size ? s->text[s->at + 1] : '\0';

		if (c == '\n') {
			newline(s);
			s->at++;
		} else if (c == '/' && next == '/') {
			line_comment(s);
		} else if (c == '/' && next == '*') {
			block_comment(s);
		} else if (c == '#' && !s->code) {
			s->code = true;
			hash(s);
		} else if (c == '"' ||
			   (c == '\'' && !(s->at && isalnum((unsigned char)s->text[s->at - 1])))) {
			s->code = true;
			literal(s);
		} else if (isspace((unsigned char)c)) {
			s->at++;
		} else {
			s->code = true;
			s->at += plain_length(s->text + s->at + 1, s->size - s->at - 1) + 1;
		}
	}
}

/* ---- all files ---- */

static const char *stub_name(struct unit *u, CXFile file)
{
	const char *path = take_string(u, clang_getFileName(file));
	const char *dir = arena_printf(&u->scratch, "%s/stubs/", u->overlay_dir);

	path = path_normalize(&u->scratch, path);
	return strncmp(path, dir, strlen(dir)) == 0 ? path + strlen(dir) : NULL;
}

static void say_stub(struct unit *u, const char *name, CXSourceLocation at)
{
	unit_unknown(u, UNKNOWN_HEADER, unit_loc(u, at),
		arena_printf(&u->scratch, "header '%s' not found: a stub stands in for it", name));
}

static void register_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	struct unit *u = data;
	CXSourceLocation at;
	const uint32_t *known;
	const char *stub;

	/* what a system header includes is one: asking for the place of a file is dear */
	if (!depth || clang_Location_isInSystemHeader(stack[0]))
		return;
	stub = stub_name(u, file);
	if (stub) {
		say_stub(u, stub, stack[0]);
		return;
	}
	known = ptrmap_get(&u->files, file);
	if (known && u->facts->files.v[*known].origin == FACTS_PROJECT)
		return;
	at = clang_getLocationForOffset(u->tu, file, 0);
	if (!clang_Location_isInSystemHeader(at))
		unit_file(u, file, at);
}

/* Where an #include led: the file whose path ends in its name. */
static void resolve_includes(struct unit *u)
{
	struct facts *f = u->facts;

	for (size_t i = 0; i < f->includes.n; i++) {
		struct facts_include *inc = &f->includes.v[i];
		const char *name = path_normalize(&u->scratch, inc->name);
		size_t n;

		while (strncmp(name, "../", 3) == 0)
			name += 3;
		n = strlen(name);
		for (size_t k = 1; k < u->sources.n && !inc->path; k++) {
			size_t m = strlen(u->sources.v[k].open);

			if (m > n && strcmp(u->sources.v[k].open + m - n, name) == 0 &&
				u->sources.v[k].open[m - n - 1] == '/')
				inc->path = f->files.v[k].path;
		}
	}
}

static void command_line_defines(struct unit *u)
{
	struct facts_loc nowhere = {FACTS_NONE, 0, 0};

	for (size_t i = 0; i < u->build->flags.n; i++) {
		const char *flag = u->build->flags.v[i];
		char *text;

		if (strcmp(flag, "-D") == 0 && i + 1 < u->build->flags.n)
			flag = u->build->flags.v[++i];
		else if (strncmp(flag, "-D", 2) == 0)
			flag += 2;
		else
			continue;
		text = arena_strdup(&u->scratch, flag);
		if (strchr(text, '='))
			*strchr(text, '=') = ' ';
		add_define(u, text, text + strlen(text), nowhere);
	}
}

void unit_scan_text(struct unit *u)
{
	struct scan s = {.u = u};

	clang_getInclusions(u->tu, register_file, u);
	command_line_defines(u);
	make_line_sets(&s);
	want_lines(&s);
	for (uint32_t i = 0; i < u->facts->files.n; i++) {
		if (u->facts->files.v[i].origin != FACTS_PROJECT)
			continue;
		s.file = i;
		s.text = unit_text(u, i, &s.size);
		scan_file(&s);
		keep_lines(&s);
	}
	resolve_includes(u);
}

/* ---- looks before parsing ---- */

#define LOOK_LIMIT   ((size_t)8 << 20)
#define LOOK_FILES   64
#define LOOK_INCLUDE 12 /* of one file */

struct look {
	const struct build_unit *b;
	struct arena arena;
	struct map seen;
	size_t files;
};

static bool look_at(struct look *l, const char *path, int depth);

/* The directories an #include "x" is looked for in. */
static bool look_along_path(struct look *l, const char *from, const char *name, int depth)
{
	const struct build_unit *b = l->b;

	if (look_at(l, path_join(&l->arena, path_dir(&l->arena, from), name), depth))
		return true;
	for (size_t i = 0; i < b->flags.n; i++) {
		const char *dir = NULL, *flag = b->flags.v[i];

		if ((strcmp(flag, "-I") == 0 || strcmp(flag, "-iquote") == 0) && i + 1 < b->flags.n)
			dir = b->flags.v[++i];
		else if (strncmp(flag, "-I", 2) == 0)
			dir = flag + 2;
		if (dir && look_at(l, path_join(&l->arena, dir, name), depth))
			return true;
	}
	return false;
}

static bool look_at_includes(struct look *l, const char *path, const char *text, int depth)
{
	const char *p = text;
	unsigned n = 0;

	while (depth < 6 && n < LOOK_INCLUDE && (p = strstr(p, "include"))) {
		const char *q = p + 7, *stop;

		p = q;
		while (*q == ' ' || *q == '\t')
			q++;
		if (*q != '"')
			continue;
		stop = strpbrk(q + 1, "\"\n");
		if (!stop || *stop != '"')
			continue;
		n++;
		if (look_along_path(l, path,
			    arena_strndup(&l->arena, q + 1, (size_t)(stop - q - 1)), depth + 1))
			return true;
	}
	return false;
}

static bool look_at(struct look *l, const char *path, int depth)
{
	bool added, found;
	size_t size;
	char *text;

	(void)map_put(&l->seen, path, &added);
	if (!added || l->files >= LOOK_FILES)
		return false;
	text = file_read(path, LOOK_LIMIT, &size);
	if (!text)
		return false;
	l->files++;
	found = strstr(text, "Python.h") || strstr(text, "<pybind11/") ||
		strstr(text, "<nanobind/");
	found = found || look_at_includes(l, path, text, depth);
	free(text);
	return found;
}

bool text_includes_python(const struct build_unit *b)
{
	struct look l = {.b = b};
	bool found;

	arena_init(&l.arena);
	map_init(&l.seen, &l.arena);
	found = look_at(&l, b->open, 0);
	arena_release(&l.arena);
	return found;
}

bool text_has_header_switch(const struct build_unit *b)
{
	size_t size;
	char *text, *python, *p;
	bool found = false;

	for (size_t i = 0; i < b->flags.n; i++)
		if (strncmp(b->flags.v[i], "-DPy_", 5) == 0 ||
			(i && strcmp(b->flags.v[i - 1], "-D") == 0 &&
				strncmp(b->flags.v[i], "Py_", 3) == 0))
			return true;
	text = file_read(b->open, LOOK_LIMIT, &size);
	if (!text)
		return true;
	python = strstr(text, "Python.h");
	for (p = text; (p = strstr(p, "define")) && (!python || p < python) && !found; p += 6) {
		const char *q = p + 6 + strspn(p + 6, " \t");

		found = strncmp(q, "Py_", 3) == 0;
	}
	free(text);
	return found;
}
