/*
 * Worker processes. The parent hands out the index of a unit over a pipe and gets its
 * facts back, with their size in front. A worker that dies or runs over its time costs
 * the unit it was at; another one takes its place.
 *
 * Results arrive in any order and are handed on, unread, in the order of the units.
 */
#include "frontend/serve.h"

#include "base/buf.h"
#include "base/file.h"
#include "frontend/record.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void worker_main(const struct pool *p, int from, int to)
{
	uint32_t unit;

	serve_silently();
	while (file_get(from, &unit, sizeof(unit)))
		if (!serve_unit(p->build, unit, p->options, to))
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
	serve_pack(&p->results[unit], &f);
	facts_release(&f);
	deliver(p);
}

static void hand_out(struct pool *p, struct worker *w)
{
	uint32_t unit = (uint32_t)p->next;

	if (p->next == p->build->units.n || w->unit != IDLE)
		return;
	p->next++;
	w->unit = unit;
	w->deadline = now() + serve_seconds(p->options);
	buf_clear(&w->got);
	(void)file_put(w->to, &unit, sizeof(unit)); /* a dead worker shows when it is read */
}

static void lost(struct pool *p, struct worker *w)
{
	size_t unit = w->unit;
	int status = stop(w);
	char why[96];

	if (unit != IDLE)
		put_unread(p, unit, record_end(why, sizeof(why), status, p->options));
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
		lost(p, w);
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

	for (size_t i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];

		if (w->pid && w->unit != IDLE && w->deadline <= t) {
			kill(w->pid, SIGALRM);
			lost(p, w);
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

bool serve_pool(const struct build *b, const struct frontend_options *options, size_t n, int to)
{
	struct pool p = {.build = b, .options = options, .nworkers = n, .to = to};

	p.workers = gc_xmalloc(n * sizeof(*p.workers));
	memset(p.workers, 0, n * sizeof(*p.workers));
	p.results = gc_xmalloc((b->units.n + 1) * sizeof(*p.results));
	memset(p.results, 0, (b->units.n + 1) * sizeof(*p.results));
	for (size_t i = 0; i < n; i++)
		start(&p, &p.workers[i]);
	run_pool(&p);
	for (size_t i = 0; i < n; i++) {
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
