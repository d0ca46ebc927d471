/*
 * What the tool says about its own input: one line each on stderr, said once, where
 * the problem is understood, in words that a user can act on.
 *
 *	gilcheck: error: build/compile_commands.json: entry 3: no "file"
 *
 * Errors are counted: the program ends with status 2 where one was said through
 * diag_error. Warnings do not change the status. Messages are lower case, quote their
 * subject, and have no full stop. Bytes that a terminal could take for commands are
 * shown as \xNN.
 */
#ifndef GC_BASE_DIAG_H
#define GC_BASE_DIAG_H

void diag_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void diag_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* How many errors were said so far. */
unsigned diag_errors(void);

#endif
