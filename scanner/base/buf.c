#include "base/buf.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_release(struct buf *b)
{
	free(b->text);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->text)
		b->text[0] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1;

	if (need <= b->cap)
		return;
	b->cap = b->cap * 2 > need ? b->cap * 2 : need + 64;
	b->text = gc_xrealloc(b->text, b->cap);
}

void buf_add(struct buf *b, const void *data, size_t n)
{
	char *to = buf_room(b, n);

	if (n)
		memcpy(to, data, n);
	b->len += n;
	b->text[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	enum { LIKELY = 128 }; /* most texts are shorter: formatted once */
	va_list again;
	int n;

	buf_reserve(b, LIKELY);
	va_copy(again, args);
	n = vsnprintf(b->text + b->len, b->cap - b->len, format, args);
	if (n > 0 && (size_t)n >= b->cap - b->len) {
		buf_reserve(b, (size_t)n);
		vsnprintf(b->text + b->len, (size_t)n + 1, format, again);
	}
	b->len += n > 0 ? (size_t)n : 0;
	va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

const char *buf_text(const struct buf *b)
{
	return b->text ? b->text : "";
}

void buf_utf8(struct buf *b, unsigned long code)
{
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
		buf_utf8(b, 0xfffd);
		return;
	}
	buf_char(b, (char)(first[n == 1 ? 0 : n] | code >> 6 * (n - 1)));
	while (--n)
		buf_char(b, (char)(0x80 | (code >> 6 * (n - 1) & 0x3f)));
}
