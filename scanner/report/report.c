#include "report/report.h"

#include <stdint.h>

bool report_has(const struct report *r, const struct finding *f)
{
	return !r->wanted || r->wanted(f->rule, r->wanted_data);
}

bool report_shows(const struct report *r, const struct finding *f)
{
	return report_has(r, f) && !f->suppressed &&
	       (r->show_review || f->confidence != CONFIDENCE_REVIEW);
}

/* ---- foreign bytes ---- */

/* Length of the well-formed UTF-8 sequence at P (no overlong forms, surrogates or values
 * past U+10FFFF), 0 where there is none. */
static size_t utf8_length(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Control characters: C0, DEL, C1, and what turns the direction of text around. */
static bool is_control(const unsigned char *p, size_t n)
{
	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n == 3 && p[0] == 0xe2)
		return (p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
		       (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
	return false;
}

/* Bytes that are shown as they are, whatever follows. */
static size_t plain_length(const unsigned char *p)
{
	size_t n = 0;

	while (p[n] >= 0x20 && p[n] < 0x7f)
		n++;
	return n;
}

bool report_is_plain(const char *text)
{
	return text[plain_length((const unsigned char *)text)] == '\0';
}

void report_escape(struct buf *out, const char *text, bool keep_tabs)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		size_t n = plain_length(p);

		if (n) { /* nearly always all there is */
			buf_add(out, p, n);
			p += n;
			continue;
		}
		n = utf8_length(p);

		if (n && (!is_control(p, n) || (keep_tabs && *p == '\t'))) {
			buf_add(out, p, n);
			p += n;
			continue;
		}
		for (n += !n; n; n--)
			buf_printf(out, "\\x%02x", *p++);
	}
}

/* ---- coverage ---- */

static int compare_unread(const void *pa, const void *pb)
{
	const struct report_unread *a = pa, *b = pb;
	int c = strcmp(a->path, b->path);

	return c ? c : strcmp(a->reason, b->reason);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *path_of(const struct facts *f, struct facts_loc loc)
{
	return loc.file < f->files.n ? f->files.v[loc.file].path : f->path;
}

static void add_unread(
	struct coverage *c, struct arena *arena, const char *path, const char *reason)
{
	struct report_unread *u = vec_add(arena, &c->unread);

	u->path = path;
	u->reason = reason;
}

/* A unit that was not read at all has its reasons; a header that is missing was not read
 * wherever it is named. */
static void collect_unread(struct coverage *c, struct arena *arena, const struct facts *f)
{
	bool said = false;

	vec_foreach (const struct facts_unknown, u, &f->unknowns) {
		if (u->kind != UNKNOWN_HEADER && !(f->unread && u->kind == UNKNOWN_UNIT))
			continue;
		add_unread(c, arena, path_of(f, u->loc), u->detail);
		said = true;
	}
	if (f->unread && !said)
		add_unread(c, arena, f->path, "could not be parsed");
}

/* One note for everything of one kind in one function, with the first place. */
static void collect_notes(struct coverage *c, struct arena *arena, const struct facts *f)
{
	vec_foreach (const struct facts_unknown, u, &f->unknowns) {
		const char *place = arena_printf(arena, "%s:%u", path_of(f, u->loc), u->loc.line);

		if (u->kind == UNKNOWN_HEADER || u->kind == UNKNOWN_UNIT ||
			u->kind == UNKNOWN_MEMBER)
			continue; /* said elsewhere: as unread, as a finding */
		vec_push(arena, &c->notes,
			arena_printf(arena, "%s: %s: %s", place, facts_unknown_name(u->kind),
				u->detail ? u->detail : ""));
	}
}

static uint32_t functions_whole(const struct facts *f)
{
	uint32_t n = 0;

	vec_foreach (const struct facts_function, fn, &f->functions)
		n += !(fn->flags & FUNCTION_DAMAGED);
	return n;
}

/* Units come sorted by name, so this is sorted too. */
static void collect_incomplete(struct coverage *c, struct arena *arena, const struct facts *f)
{
	struct report_incomplete lost = {.path = f->unit, .functions = f->functions_seen};

	lost.damaged = f->functions_seen - functions_whole(f);
	vec_foreach (const struct facts_unknown, u, &f->unknowns)
		lost.missing_headers += u->kind == UNKNOWN_HEADER;
	if (lost.damaged || lost.missing_headers)
		vec_push(arena, &c->incomplete, lost);
}

static void unique_unread(struct coverage *c)
{
	size_t kept = 0;

	vec_sort(&c->unread, compare_unread);
	for (size_t i = 0; i < c->unread.n; i++)
		if (!kept || compare_unread(&c->unread.v[kept - 1], &c->unread.v[i]) != 0)
			c->unread.v[kept++] = c->unread.v[i];
	c->unread.n = kept;
}

static void unique_notes(struct coverage *c)
{
	size_t kept = 0;

	vec_sort(&c->notes, compare_strings);
	for (size_t i = 0; i < c->notes.n; i++)
		if (!kept || strcmp(c->notes.v[kept - 1], c->notes.v[i]) != 0)
			c->notes.v[kept++] = c->notes.v[i];
	c->notes.n = kept;
}

void coverage_of(struct coverage *c, struct arena *arena, const struct extension *ext)
{
	memset(c, 0, sizeof(*c));
	c->units = (uint32_t)ext->units.n;
	c->unresolved_calls = ext->unresolved_calls;
	for (size_t i = 0; i < ext->units.n; i++) {
		const struct facts *f = ext->units.v[i];

		c->functions += f->functions_seen;
		c->functions_analysed += functions_whole(f);
		vec_foreach (const char *const, note, &f->notes)
			vec_push(arena, &c->notes, *note);
		collect_unread(c, arena, f);
		collect_incomplete(c, arena, f);
		collect_notes(c, arena, f);
	}
	unique_unread(c);
	unique_notes(c);
}
