#include "discover/ctext.h"

#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Generated files of tens of megabytes exist; what is larger is not source. */
#define LIMIT ((size_t)256 << 20)

struct cursor {
	const char *p, *end;
};

static void skip_comment(struct cursor *c)
{
	const char *stop;

	if (c->p[1] == '/') {
		stop = memchr(c->p, '\n', (size_t)(c->end - c->p));
		c->p = stop ? stop : c->end;
		return;
	}
	for (c->p += 2; c->p < c->end; c->p = stop + 1) {
		stop = memchr(c->p, '*', (size_t)(c->end - c->p));
		if (!stop || stop + 1 == c->end)
			break;
		if (stop[1] == '/') {
			c->p = stop + 2;
			return;
		}
	}
	c->p = c->end;
}

static bool at_comment(const struct cursor *c)
{
	return c->end - c->p >= 2 && c->p[0] == '/' && (c->p[1] == '/' || c->p[1] == '*');
}

static void skip_blanks(struct cursor *c)
{
	for (;;) {
		while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
			c->p++;
		if (!at_comment(c) || c->p[1] == '/')
			return;
		skip_comment(c);
	}
}

/* A literal ends at its line's end too: an apostrophe in disabled text opens nothing. */
static void skip_literal(struct cursor *c)
{
	char quote = *c->p++;

	while (c->p < c->end && *c->p != quote && *c->p != '\n')
		c->p += *c->p == '\\' && c->end - c->p > 1 ? 2 : 1;
	if (c->p < c->end && *c->p == quote)
		c->p++;
}

static void skip_line(struct cursor *c)
{
	static const bool special[256] = {
		['\n'] = true, ['/'] = true, ['"'] = true, ['\''] = true, ['\\'] = true};

	for (;;) {
		while (c->p < c->end && !special[(unsigned char)*c->p])
			c->p++;
		if (c->p == c->end || *c->p == '\n')
			break;
		if (at_comment(c))
			skip_comment(c);
		else if (*c->p == '"' || *c->p == '\'')
			skip_literal(c);
		else
			c->p += *c->p == '\\' && c->end - c->p > 1 ? 2 : 1;
	}
	if (c->p < c->end)
		c->p++;
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return false;
	c->p += n;
	return true;
}

static void directive(struct arena *a, struct ctext *out, struct cursor *c)
{
	const char *start, *close;
	char stop;

	c->p++;
	skip_blanks(c);
	if (!take_word(c, "include_next") && !take_word(c, "include"))
		return;
	skip_blanks(c);
	if (c->p >= c->end || (*c->p != '"' && *c->p != '<'))
		return;
	stop = *c->p == '"' ? '"' : '>';
	start = c->p + 1;
	for (close = start; close < c->end && *close != stop && *close != '\n'; close++)
		;
	if (close < c->end && *close == stop && close > start) {
		struct ctext_include *inc = vec_add(a, &out->includes);

		inc->name = arena_strndup(a, start, (size_t)(close - start));
		inc->angled = stop == '>';
		c->p = close + 1;
	}
}

void ctext_scan(struct arena *a, struct ctext *out, const char *text, size_t size)
{
	struct cursor c = {text, text + size};

	if (memchr(text, '\0', size))
		return; /* not text: the front end says so */
	while (c.p < c.end) {
		skip_blanks(&c);
		if (c.p < c.end && *c.p == '#')
			directive(a, out, &c);
		skip_line(&c);
	}
}

static const char *read_text(struct discover *d, struct ctext *out, const char *path)
{
	size_t size;
	char *text = file_read(path, LIMIT, &size);

	if (!text && (errno == EACCES || errno == EPERM || errno == EIO || errno == EFBIG))
		return NULL; /* part of the extension all the same: the front end loses it */
	if (!text)
		return errno == EINVAL
			       ? "not a regular file"
			       : arena_printf(&d->arena, "cannot be read: %s", strerror(errno));
	if (size == 0)
		out->problem = "empty file";
	else
		ctext_scan(&d->arena, out, text, size);
	free(text);
	return out->problem;
}

const struct ctext *ctext_get(struct discover *d, const char *path)
{
	bool added;
	uintptr_t *slot = map_put(&d->texts, path, &added);
	struct ctext *text;

	if (!added)
		return (const struct ctext *)*slot;
	text = arena_new(&d->arena, struct ctext);
	*slot = (uintptr_t)text;
	text->problem = read_text(d, text, path);
	return text;
}
