/*
 * Text that grows: for reports, dumps and files that are written in one piece.
 *
 *	struct buf b = BUF_INIT;
 *	buf_printf(&b, "%s:%u", path, line);
 *	fwrite(b.text, 1, b.len, out);
 *	buf_release(&b);
 *
 * TEXT is always NUL-terminated. Owned by the buffer until buf_release.
 */
#ifndef GC_BASE_BUF_H
#define GC_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *text;
	size_t len;
	size_t cap;
};

#define BUF_INIT {NULL, 0, 0}

void buf_release(struct buf *b);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Makes room for N more bytes and a NUL. */
void buf_reserve(struct buf *b, size_t n);
/* Where N bytes can be put at once; what was put is added to LEN, and a NUL behind it. */
static inline char *buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->len <= n)
		buf_reserve(b, n);
	return b->text + b->len;
}

static inline void buf_char(struct buf *b, char c)
{
	char *p = buf_room(b, 1);

	p[0] = c;
	p[1] = '\0';
	b->len++;
}

/* A character by its number, as UTF-8; what is no character is added as U+FFFD. */
void buf_utf8(struct buf *b, unsigned long code);

/* The text, "" where nothing was added. */
const char *buf_text(const struct buf *b);

#endif
