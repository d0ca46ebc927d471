/* What gilcheck-parse does with a request: by itself where that is little, with workers else. */
#include "frontend/serve.h"

#include "config.h"

#include "base/diag.h"
#include "base/buf.h"
#include "base/file.h"
#include "facts/facts_io.h"
#include "frontend/request.h"
#include "frontend/unit.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes of C that take the parser longer than a worker takes to start and to touch, once
 * more, all that the parser is made of. A unit of C++ takes longer than that in any case,
 * for what it includes. */
#define WORTH_A_WORKER (256 << 10)

unsigned serve_seconds(const struct frontend_options *options)
{
	return options->seconds ? options->seconds : FRONTEND_SECONDS;
}

/* A unit takes tens of megabytes in small pieces and gives them back at its end: the
 * system is asked for them in large ones, and keeps none from the next unit. One heap, for
 * one thread allocates at a time. */
static void keep_memory(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, 4 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

void serve_silently(void)
{
	struct rlimit none = {0, 0};
	int null = open("/dev/null", O_RDWR);

	keep_memory();
	setrlimit(RLIMIT_CORE, &none);
	if (null < 0)
		return;
	dup2(null, STDOUT_FILENO);
	if (!getenv("GILCHECK_VERIFY"))
		dup2(null, STDERR_FILENO);
}

void serve_pack(struct buf *out, const struct facts *f)
{
	uint64_t size = 0;

	buf_add(out, &size, sizeof(size));
	facts_write(f, out);
	size = out->len - sizeof(size);
	memcpy(out->text, &size, sizeof(size));
}

bool serve_unit(const struct build *b, size_t unit, const struct frontend_options *options, int to)
{
	struct facts f;
	struct buf data = BUF_INIT;
	bool ok;

	facts_init(&f);
	frontend_unit(&f, &b->units.v[unit], options);
	serve_pack(&data, &f);
	ok = file_put(to, data.text, data.len);
	buf_release(&data);
	facts_release(&f);
	return ok;
}

/* A unit that crashes ends this process, as the alarm does with one that takes too long: who
 * asked starts another one for the units after it. */
static bool serve_alone(const struct build *b, const struct frontend_options *options, int to)
{
	int out = dup(to);
	bool ok = out >= 0;

	serve_silently();
	for (size_t i = 0; i < b->units.n && ok; i++) {
		alarm(serve_seconds(options));
		ok = serve_unit(b, i, options, out);
	}
	alarm(0);
	return ok;
}

/* Headers that three units and more share are worth precompiling first. In a process of
 * its own: headers can be as hostile as sources. */
static void precompile(const struct frontend_options *o, bool cxx, const char *standard)
{
	pid_t pid;

	if (!pch_is_wanted(o, cxx, standard))
		return;
	pid = fork();
	if (pid == 0) {
		serve_silently();
		_exit(!pch_make_cached(o, cxx, standard));
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void prepare_headers(const struct build *b, const struct frontend_options *o)
{
	VEC(const char *) done = {NULL, 0, 0};
	struct arena a = ARENA_INIT;

	for (size_t i = 0; i < b->units.n; i++) {
		const char *standard = parser_standard(&b->units.v[i]);
		size_t same = 0;
		bool seen = false;

		for (size_t k = 0; k < done.n; k++)
			seen |= strcmp(done.v[k], standard) == 0;
		if (seen)
			continue;
		vec_push(&a, &done, standard);
		for (size_t k = i; k < b->units.n; k++)
			same += strcmp(parser_standard(&b->units.v[k]), standard) == 0;
		if (same >= 3)
			precompile(o, b->units.v[i].language == BUILD_CXX, standard);
	}
	arena_release(&a);
}

/* How many processes the units keep busy. */
static size_t worth(const struct build *b)
{
	size_t bytes = 0;

	vec_foreach (const struct build_unit, u, &b->units) {
		struct stat st;

		if (u->language == BUILD_CXX)
			bytes += WORTH_A_WORKER;
		else if (stat(u->open, &st) == 0 && st.st_size > 0)
			bytes += (size_t)st.st_size;
	}
	return 1 + bytes / WORTH_A_WORKER;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t worker_count(const struct build *b, const struct frontend_options *o)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = o->jobs ? o->jobs : cores > 0 ? (size_t)cores : 1;

	return least(least(n, b->units.n), worth(b));
}

static bool serve(const struct build *b, const struct frontend_options *options, int to)
{
	size_t n = worker_count(b, options);

	prepare_headers(b, options);
	return n > 1 ? serve_pool(b, options, n, to) : serve_alone(b, options, to);
}

/* Whoever started this may have kept signals from its children. */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

bool frontend_serve(int from, int to)
{
	struct request r;
	size_t size;
	char *data = file_read_fd(from, 0, &size);
	bool ok = data && request_read(&r, data, size);

	reset_signals();
	if (ok)
		ok = serve(&r.build, &r.options, to);
	else
		diag_error("gilcheck-parse: this is no request of version %s", PACKAGE_VERSION);
	if (data)
		request_release(&r);
	free(data);
	return ok;
}
