/*
 * Changes to source files: gathered as spans of bytes, shown as one unified diff or made in
 * the files. Everything lives in the arena of struct edits.
 */
#ifndef GC_FIX_EDIT_H
#define GC_FIX_EDIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct edit {
	size_t at, len;	  /* bytes that go */
	const char *text; /* and what comes in their place */
};

struct edit_file {
	const char *path; /* as reported */
	const char *open; /* as opened; NULL: the text is not all of the file */
	const char *text;
	size_t len;
	VEC(struct edit) edits;
};

struct edits {
	struct arena arena;
	const char *root;	       /* reported paths that are not found are below it; or NULL */
	VEC(struct edit_file *) files; /* sorted by path when edits_diff is done */
};

/* The file of that reported path, read once; NULL where it cannot be read. */
struct edit_file *edits_file(struct edits *e, const char *path);
/* What E has of that path already, or NULL. */
struct edit_file *edits_known(const struct edits *e, const char *path);
/* A file whose text is known; NULL where that is empty, or no text. */
struct edit_file *edits_add_text(
	struct edits *e, const char *path, const char *open, const char *text, size_t len);

/* The offset of LINE and COLUMN (both from 1), SIZE_MAX beyond the end. */
size_t edit_offset(const struct edit_file *f, uint32_t line, uint32_t column);
/* Of the line that AT is in: its start, and the start of the next. */
size_t edit_line_start(const struct edit_file *f, size_t at);
size_t edit_line_end(const struct edit_file *f, size_t at);
/* White space that the line of AT begins with. */
const char *edit_indent(struct edits *e, const struct edit_file *f, size_t at);

/* Does no edit touch these bytes? */
bool edit_is_free(const struct edit_file *f, size_t at, size_t len);
/* False where another edit touches the same bytes. */
bool edit_add(struct edits *e, struct edit_file *f, size_t at, size_t len, const char *text);

void edits_diff(struct edits *e, struct buf *out);
/* Makes the changes; false where a file could not be written, which was said. */
bool edits_apply(struct edits *e);
void edits_release(struct edits *e);

#endif
