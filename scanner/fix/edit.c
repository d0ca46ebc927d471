#include "fix/edit.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CONTEXT_LINES 3

struct edit_file *edits_add_text(
	struct edits *e, const char *path, const char *open, const char *text, size_t len)
{
	struct edit_file *f = arena_new(&e->arena, struct edit_file);

	f->path = arena_strdup(&e->arena, path);
	f->open = open ? arena_strdup(&e->arena, open) : NULL;
	f->text = arena_strndup(&e->arena, text, len);
	f->len = strlen(f->text) == len ? len : 0;
	if (!f->len) /* empty, or no text */
		return NULL;
	vec_push(&e->arena, &e->files, f);
	return f;
}

static struct edit_file *file_open(struct edits *e, const char *path, const char *open)
{
	struct edit_file *f;
	size_t len;
	char *text = file_read(open, 0, &len);

	if (!text)
		return NULL;
	f = edits_add_text(e, path, open, text, len);
	free(text);
	return f;
}

struct edit_file *edits_known(const struct edits *e, const char *path)
{
	vec_foreach (struct edit_file *const, known, &e->files)
		if (strcmp((*known)->path, path) == 0)
			return *known;
	return NULL;
}

struct edit_file *edits_file(struct edits *e, const char *path)
{
	struct edit_file *f = edits_known(e, path);

	if (f)
		return f;
	f = file_open(e, path, path);
	if (!f && e->root && !path_is_absolute(path))
		f = file_open(e, path, path_join(&e->arena, e->root, path));
	return f;
}

size_t edit_offset(const struct edit_file *f, uint32_t line, uint32_t column)
{
	size_t at = 0;

	for (; line > 1; line--) {
		const char *end = memchr(f->text + at, '\n', f->len - at);

		if (!end)
			return SIZE_MAX;
		at = (size_t)(end - f->text) + 1;
	}
	return at + column - 1 < f->len ? at + column - 1 : SIZE_MAX;
}

size_t edit_line_start(const struct edit_file *f, size_t at)
{
	while (at > 0 && f->text[at - 1] != '\n')
		at--;
	return at;
}

size_t edit_line_end(const struct edit_file *f, size_t at)
{
	const char *end = memchr(f->text + at, '\n', f->len - at);

	return end ? (size_t)(end - f->text) + 1 : f->len;
}

const char *edit_indent(struct edits *e, const struct edit_file *f, size_t at)
{
	const char *line = f->text + edit_line_start(f, at);

	return arena_strndup(&e->arena, line, strspn(line, " \t"));
}

bool edit_is_free(const struct edit_file *f, size_t at, size_t len)
{
	vec_foreach (const struct edit, old, &f->edits)
		if (at < old->at + old->len + !old->len && old->at < at + len + !len)
			return false;
	return true;
}

bool edit_add(struct edits *e, struct edit_file *f, size_t at, size_t len, const char *text)
{
	struct edit new = {at, len, arena_strdup(&e->arena, text)};
	size_t i = f->edits.n;

	if (!edit_is_free(f, at, len))
		return false;
	vec_push(&e->arena, &f->edits, new);
	for (; i > 0 && f->edits.v[i - 1].at > at; i--)
		f->edits.v[i] = f->edits.v[i - 1];
	f->edits.v[i] = new;
	return true;
}

/* ---- the diff ---- */

/* The text of F from AT up to END with the edits from FIRST on applied. */
static void changed_text(
	const struct edit_file *f, size_t at, size_t end, size_t first, struct buf *out)
{
	for (size_t i = first; i < f->edits.n && f->edits.v[i].at < end + !f->edits.v[i].len; i++) {
		const struct edit *x = &f->edits.v[i];

		if (x->at < at || x->at + x->len > end)
			break;
		buf_add(out, f->text + at, x->at - at);
		buf_str(out, x->text);
		at = x->at + x->len;
	}
	buf_add(out, f->text + at, end - at);
}

/* The lines that an edit touches: from the start of its first to the end of its last. */
static size_t touched_end(const struct edit_file *f, const struct edit *x)
{
	size_t end = x->at + x->len;

	if (edit_line_start(f, end) == end && (x->len || edit_line_start(f, x->at) == x->at))
		return end;
	return edit_line_end(f, end);
}

static size_t lines_up(const struct edit_file *f, size_t at, int n)
{
	while (n-- > 0 && at > 0)
		at = edit_line_start(f, at - 1);
	return at;
}

static size_t lines_down(const struct edit_file *f, size_t at, int n)
{
	while (n-- > 0 && at < f->len)
		at = edit_line_end(f, at);
	return at;
}

static size_t count_lines(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n + (len && text[len - 1] != '\n');
}

static void put_lines(struct buf *out, char mark, const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) + 1 : len;

		buf_char(out, mark);
		buf_add(out, text, n);
		if (!end)
			buf_str(out, "\n\\ No newline at end of file\n");
		text += n;
		len -= n;
	}
}

/* One hunk: the edits FIRST to LAST-1, whose surroundings touch. *SHIFT: lines that the hunks
 * before it added. */
static void put_hunk(
	struct buf *out, const struct edit_file *f, size_t first, size_t last, long *shift)
{
	size_t start = edit_line_start(f, f->edits.v[first].at);
	size_t top = lines_up(f, start, CONTEXT_LINES), at = top;
	size_t end = touched_end(f, &f->edits.v[last - 1]);
	size_t bottom = lines_down(f, end, CONTEXT_LINES);
	struct buf body = BUF_INIT, text = BUF_INIT;
	size_t line = count_lines(f->text, top) + 1, old, new = 0;

	for (size_t i = first; i < last;) {
		size_t from = edit_line_start(f, f->edits.v[i].at);
		size_t to = touched_end(f, &f->edits.v[i]);
		size_t k = i + 1;

		for (; k < last && edit_line_start(f, f->edits.v[k].at) < to; k++)
			to = touched_end(f, &f->edits.v[k]);
		buf_clear(&text);
		changed_text(f, from, to, i, &text);
		put_lines(&body, ' ', f->text + at, from - at);
		put_lines(&body, '-', f->text + from, to - from);
		put_lines(&body, '+', buf_text(&text), text.len);
		new += count_lines(f->text + at, from - at) +
		       count_lines(buf_text(&text), text.len);
		at = to;
		i = k;
	}
	put_lines(&body, ' ', f->text + at, bottom - at);
	new += count_lines(f->text + at, bottom - at);
	old = count_lines(f->text + top, bottom - top);
	buf_printf(out, "@@ -%zu,%zu +%ld,%zu @@\n", line, old, (long)line + *shift, new);
	buf_str(out, buf_text(&body));
	*shift += (long)new - (long)old;
	buf_release(&body);
	buf_release(&text);
}

static int by_path(const void *a, const void *b)
{
	return strcmp((*(struct edit_file *const *)a)->path, (*(struct edit_file *const *)b)->path);
}

void edits_diff(struct edits *e, struct buf *out)
{
	vec_sort(&e->files, by_path);
	vec_foreach (struct edit_file *const, file, &e->files) {
		const struct edit_file *f = *file;
		long shift = 0;

		if (f->edits.n)
			buf_printf(out, "--- a/%s\n+++ b/%s\n", f->path, f->path);
		for (size_t i = 0, k; i < f->edits.n; i = k) {
			for (k = i + 1; k < f->edits.n; k++) {
				size_t bottom = lines_down(
					f, touched_end(f, &f->edits.v[k - 1]), 2 * CONTEXT_LINES);

				if (edit_line_start(f, f->edits.v[k].at) > bottom)
					break;
			}
			put_hunk(out, f, i, k, &shift);
		}
	}
}

static bool file_apply(const struct edit_file *f)
{
	struct buf text = BUF_INIT;
	struct stat st;
	bool ok;

	changed_text(f, 0, f->len, 0, &text);
	ok = stat(f->open, &st) == 0 && file_write_atomic(f->open, buf_text(&text), text.len) &&
	     chmod(f->open, st.st_mode & 07777) == 0;
	if (!ok)
		diag_error("%s: %s", f->open, strerror(errno));
	buf_release(&text);
	return ok;
}

bool edits_apply(struct edits *e)
{
	bool ok = true;

	vec_foreach (struct edit_file *const, f, &e->files)
		if ((*f)->edits.n)
			ok = file_apply(*f) && ok;
	return ok;
}

void edits_release(struct edits *e)
{
	arena_release(&e->arena);
	memset(e, 0, sizeof(*e));
}
