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
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* The text, "" where nothing was added. */
const char *buf_text(const struct buf *b);

#endif
