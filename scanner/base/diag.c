#include "base/diag.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned errors;

/* Names of scanned files are hostile input: no escape sequence reaches the terminal,
 * and a message stays one line. */
__attribute__((format(printf, 2, 0))) static void put_line(
	const char *kind, const char *format, va_list args)
{
	struct buf text = BUF_INIT, line = BUF_INIT;

	buf_vprintf(&text, format, args);
	buf_printf(&line, "gilcheck: %s: ", kind);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.text[i];

		if (c < 0x20 || c == 0x7f)
			buf_printf(&line, "\\x%02x", c);
		else
			buf_char(&line, (char)c);
	}
	buf_char(&line, '\n');
	fputs(line.text, stderr);
	buf_release(&text);
	buf_release(&line);
}

void diag_error(const char *format, ...)
{
	va_list args;

	errors++;
	va_start(args, format);
	put_line("error", format, args);
	va_end(args);
}

void diag_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line("warning", format, args);
	va_end(args);
}

unsigned diag_errors(void)
{
	return errors;
}
