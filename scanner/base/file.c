#include "base/file.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_read_fd(int fd, size_t limit, size_t *size)
{
	size_t cap = 16384, n = 0;
	char *text = gc_xmalloc(cap + 1);

	for (;;) {
		ssize_t got = read(fd, text + n, cap - n);

		if (got == 0)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got > 0)
			n += (size_t)got;
		if (got < 0 || (limit && n > limit)) {
			int saved = got < 0 ? errno : EFBIG;

			free(text);
			errno = saved;
			return NULL;
		}
		if (n == cap) {
			cap *= 2;
			text = gc_xrealloc(text, cap + 1);
		}
	}
	text[n] = '\0';
	if (size)
		*size = n;
	return text;
}

char *file_read(const char *path, size_t limit, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	int saved;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0) {
		if (S_ISREG(st.st_mode))
			text = file_read_fd(fd, limit, size);
		else
			errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return text;
}

bool file_get(int fd, void *data, size_t size)
{
	char *p = data;

	while (size) {
		ssize_t n = read(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

bool file_put(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

bool file_write_atomic(const char *path, const void *data, size_t size)
{
	size_t len = strlen(path);
	char *temp = gc_xmalloc(len + sizeof(".XXXXXX"));
	mode_t mask = umask(0);
	bool ok;
	int fd, saved;

	umask(mask);
	memcpy(temp, path, len);
	memcpy(temp + len, ".XXXXXX", sizeof(".XXXXXX"));
	fd = mkstemp(temp);
	if (fd < 0) {
		free(temp);
		return false;
	}
	ok = file_put(fd, data, size) && fchmod(fd, 0666 & ~mask) == 0;
	saved = errno;
	if (close(fd) != 0 && ok) {
		ok = false;
		saved = errno;
	}
	if (ok && rename(temp, path) != 0) {
		ok = false;
		saved = errno;
	}
	if (!ok)
		unlink(temp);
	free(temp);
	errno = saved;
	return ok;
}

bool file_mkdirs(const char *dir)
{
	size_t len = strlen(dir);
	char *path = gc_xmalloc(len + 1);
	bool ok = true;

	memcpy(path, dir, len + 1);
	for (size_t i = 1; ok && i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		ok = mkdir(path, 0777) == 0 || errno == EEXIST;
		path[i] = dir[i];
	}
	free(path);
	return ok;
}
