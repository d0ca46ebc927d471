/*
 * Worker processes. The parent hands out the index of a unit over a pipe and gets its
 * facts back, with their size in front. A worker that dies or runs over its time costs
 * the unit it was at; another one takes its place.
 *
 * Results arrive in any order and are handed on, unread, in the order of the units.
 */
#include "frontend/record.h"
#include "frontend/request.h"
#include "frontend/unit.h"

#include "config.h"

#include "base/diag.h"
#include "base/file.h"
#include "facts/facts_io.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define IDLE SIZE_MAX

struct worker {
	pid_t pid; /* 0: not running */
	int to, from;
	size_t unit; /* IDLE, or what it works on */
	struct buf got;
	double deadline;
};

struct pool {
	const struct build *build;
	const struct frontend_options *options;
	struct worker *workers;
	size_t nworkers;
	size_t next, delivered; /* units handed out, handed on */
	struct buf *results;	/* by unit, as workers send them; empty: not there yet */
	int to;			/* who asked; -1: is gone */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- in the worker ---- */

/* The facts with their size in front. */
static void pack(struct buf *out, const struct facts *f)
{
	uint64_t size = 0;

	buf_add(out, &size, sizeof(size));
	facts_write(f, out);
	size = out->len - sizeof(size);
	memcpy(out->text, &size, sizeof(size));
}

static bool work_on(const struct pool *p, uint32_t unit, int to)
{
	struct facts f;
	struct buf b = BUF_INIT;
	bool ok;

	facts_init(&f);
	frontend_unit(&f, &p->build->units.v[unit], p->options);
	pack(&b, &f);
	ok = file_put(to, b.text, b.len);
	buf_release(&b);
	facts_release(&f);
	return ok;
}

/* What a parser says while it dies is not for the user: the parent says which unit. */
static void silence(void)
{
	struct rlimit none = {0, 0};
	int null = open("/dev/null", O_RDWR);

	setrlimit(RLIMIT_CORE, &none);
	if (null < 0)
		return;
	dup2(null, STDOUT_FILENO);
	if (!getenv("GILCHECK_VERIFY"))
		dup2(null, STDERR_FILENO);
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

static void worker_main(const struct pool *p, int from, int to)
{
	uint32_t unit;

	silence();
	keep_memory();
	while (file_get(from, &unit, sizeof(unit)))
		if (!work_on(p, unit, to))
			break;
	_exit(0);
}

/* ---- in the parent ---- */

static void close_others(const struct pool *p, const struct worker *self)
{
	for (size_t i = 0; i < p->nworkers; i++)
		if (&p->workers[i] != self && p->workers[i].pid) {
			close(p->workers[i].to);
			close(p->workers[i].from);
		}
}

static bool start(struct pool *p, struct worker *w)
{
	int down[2], up[2];

	if (pipe(down) != 0)
		return false;
	if (pipe(up) != 0) {
		close(down[0]);
		close(down[1]);
		return false;
	}
	w->pid = fork();
	if (w->pid == 0) {
		close_others(p, w);
		close(down[1]);
		close(up[0]);
		worker_main(p, down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	w->to = down[1];
	w->from = up[0];
	w->unit = IDLE;
	w->got = (struct buf)BUF_INIT;
	if (w->pid > 0)
		return true;
	close(w->to);
	close(w->from);
	w->pid = 0;
	return false;
}

static int stop(struct worker *w)
{
	int status = 0;

	if (!w->pid)
		return 0;
	close(w->to);
	close(w->from);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	buf_release(&w->got);
	w->pid = 0;
	return status;
}

static void deliver(struct pool *p)
{
	while (p->delivered < p->build->units.n && p->results[p->delivered].len) {
		struct buf *result = &p->results[p->delivered++];

		if (p->to >= 0 && !file_put(p->to, result->text, result->len))
			p->to = -1;
		buf_release(result);
	}
}

static void put_unread(struct pool *p, size_t unit, const char *why)
{
	const struct build_unit *b = &p->build->units.v[unit];
	struct facts f;

	facts_init(&f);
	record_unit(&f, b, p->options);
	record_unread(&f, b, why);
	pack(&p->results[unit], &f);
	facts_release(&f);
	deliver(p);
}

static void hand_out(struct pool *p, struct worker *w)
{
	uint32_t unit = (uint32_t)p->next;
	unsigned seconds = p->options->seconds ? p->options->seconds : FRONTEND_SECONDS;

	if (p->next == p->build->units.n || w->unit != IDLE)
		return;
	p->next++;
	w->unit = unit;
	w->deadline = now() + seconds;
	buf_clear(&w->got);
	(void)file_put(w->to, &unit, sizeof(unit)); /* a dead worker shows when it is read */
}

static void lost(struct pool *p, struct worker *w, const char *why)
{
	size_t unit = w->unit;
	int status = stop(w);
	char text[96];

	if (!why) {
		snprintf(text, sizeof(text), "the parser died (%s)",
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit");
		why = text;
	}
	if (unit != IDLE)
		put_unread(p, unit, why);
	if (p->next < p->build->units.n && !start(p, w))
		w->pid = 0;
}

static void receive(struct pool *p, struct worker *w)
{
	char block[65536];
	ssize_t n = read(w->from, block, sizeof(block));
	uint64_t size;

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		lost(p, w, NULL);
		return;
	}
	buf_add(&w->got, block, (size_t)n);
	if (w->got.len < sizeof(size))
		return;
	memcpy(&size, w->got.text, sizeof(size));
	if (w->got.len - sizeof(size) < size)
		return;
	p->results[w->unit] = w->got;
	w->got = (struct buf)BUF_INIT;
	w->unit = IDLE;
	deliver(p);
}

static int wait_ms(const struct pool *p)
{
	double first = now() + 60;
	double left;

	for (size_t i = 0; i < p->nworkers; i++)
		if (p->workers[i].pid && p->workers[i].unit != IDLE &&
			p->workers[i].deadline < first)
			first = p->workers[i].deadline;
	left = (first - now()) * 1000;
	return left < 0 ? 0 : (int)left + 1;
}

static void kill_late(struct pool *p)
{
	double t = now();
	char why[64];

	snprintf(why, sizeof(why), "parsing took longer than %u seconds",
		p->options->seconds ? p->options->seconds : FRONTEND_SECONDS);
	for (size_t i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];

		if (w->pid && w->unit != IDLE && w->deadline <= t) {
			kill(w->pid, SIGKILL);
			lost(p, w, why);
		}
	}
}

static bool poll_workers(struct pool *p, struct pollfd *fds)
{
	nfds_t n = 0;

	for (size_t i = 0; i < p->nworkers; i++) {
		if (p->workers[i].pid)
			hand_out(p, &p->workers[i]);
		fds[n].fd =
			p->workers[i].pid && p->workers[i].unit != IDLE ? p->workers[i].from : -1;
		fds[n].events = POLLIN;
		fds[n++].revents = 0;
	}
	if (poll(fds, n, wait_ms(p)) < 0 && errno != EINTR)
		return false;
	for (size_t i = 0; i < p->nworkers; i++)
		if (fds[i].fd >= 0 && fds[i].revents)
			receive(p, &p->workers[i]);
	kill_late(p);
	return true;
}

static bool any_running(const struct pool *p)
{
	for (size_t i = 0; i < p->nworkers; i++)
		if (p->workers[i].pid)
			return true;
	return false;
}

/* Headers that three units and more share are worth precompiling first. In a process of
 * its own: headers can be as hostile as sources. */
static void prepare_headers(const struct build *b, const struct frontend_options *o)
{
	VEC(const char *) done = {NULL, 0, 0};
	struct arena a = ARENA_INIT;

	for (size_t i = 0; i < b->units.n; i++) {
		const char *standard = parser_standard(&b->units.v[i]);
		size_t same = 0;
		bool seen = false;
		pid_t pid;

		for (size_t k = 0; k < done.n; k++)
			seen |= strcmp(done.v[k], standard) == 0;
		if (seen)
			continue;
		vec_push(&a, &done, standard);
		for (size_t k = i; k < b->units.n; k++)
			same += strcmp(parser_standard(&b->units.v[k]), standard) == 0;
		if (same < 3)
			continue;
		pid = fork();
		if (pid == 0) {
			silence();
			_exit(!pch_make_cached(o, b->units.v[i].language == BUILD_CXX, standard));
		}
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	arena_release(&a);
}

static size_t worker_count(const struct build *b, const struct frontend_options *o)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = o->jobs ? o->jobs : cores > 0 ? (size_t)cores : 1;

	return n < b->units.n ? n : b->units.n ? b->units.n : 1;
}

static void run_pool(struct pool *p)
{
	struct pollfd *fds = gc_xmalloc(p->nworkers * sizeof(*fds));

	while (p->delivered < p->build->units.n && p->to >= 0 && any_running(p) &&
		poll_workers(p, fds))
		;
	while (p->delivered < p->build->units.n && p->to >= 0) /* no process left to start */
		put_unread(p, p->delivered, "no worker process could be started");
	free(fds);
}

static bool serve(const struct request *r, int to)
{
	const struct build *b = &r->build;
	struct pool p = {.build = b, .options = &r->options, .to = to};

	p.nworkers = worker_count(b, p.options);
	p.workers = gc_xmalloc(p.nworkers * sizeof(*p.workers));
	memset(p.workers, 0, p.nworkers * sizeof(*p.workers));
	p.results = gc_xmalloc((b->units.n + 1) * sizeof(*p.results));
	memset(p.results, 0, (b->units.n + 1) * sizeof(*p.results));
	prepare_headers(b, p.options);
	for (size_t i = 0; i < p.nworkers; i++)
		start(&p, &p.workers[i]);
	run_pool(&p);
	for (size_t i = 0; i < p.nworkers; i++) {
		if (p.to < 0 && p.workers[i].pid)
			kill(p.workers[i].pid, SIGKILL);
		stop(&p.workers[i]);
	}
	for (size_t i = 0; i < b->units.n; i++)
		buf_release(&p.results[i]);
	free(p.results);
	free(p.workers);
	return p.to >= 0;
}

bool frontend_serve(int from, int to)
{
	struct request r;
	size_t size;
	char *data = file_read_fd(from, 0, &size);
	bool ok = data && request_read(&r, data, size);

	signal(SIGPIPE, SIG_IGN);
	if (ok)
		ok = serve(&r, to);
	else
		diag_error("gilcheck-parse: this is no request of version %s", PACKAGE_VERSION);
	if (data)
		request_release(&r);
	free(data);
	return ok;
}
