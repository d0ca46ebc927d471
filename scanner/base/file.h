/* Reading and writing whole files. */
#ifndef GC_BASE_FILE_H
#define GC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Reads PATH whole. Returns malloc'ed, NUL-terminated bytes for the caller to free()
 * and their count in *SIZE, or NULL with errno set. EFBIG: larger than LIMIT bytes (0:
 * no limit). EINVAL: not a regular file (a fifo or device could block for ever). */
char *file_read(const char *path, size_t limit, size_t *size);

/* As file_read, of what is left of an open file or pipe. */
char *file_read_fd(int fd, size_t limit, size_t *size);

/* Moves exactly SIZE bytes; false at the end of the file or on failure. */
bool file_get(int fd, void *data, size_t size);
bool file_put(int fd, const void *data, size_t size);

/* Writes PATH by way of a temporary file beside it and rename(2), so that readers see
 * the old content or the new, never a part. False with errno set on failure. */
bool file_write_atomic(const char *path, const void *data, size_t size);

/* Makes DIR and its missing parents. False with errno set on failure. */
bool file_mkdirs(const char *dir);

#endif
