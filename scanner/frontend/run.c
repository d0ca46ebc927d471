/*
 * The front end as the other stages see it: gilcheck-parse, a program of its own, is sent
 * the units and sends their facts back, in order. Loading the parser takes several times
 * what starting the rest does, and is spent only where something is to be parsed.
 */
#include "frontend/frontend.h"
#include "frontend/record.h"
#include "frontend/request.h"
#include "frontend/words.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/path.h"
#include "facts/facts_io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct parser {
	pid_t pid;
	int to, from;
};

struct run {
	const struct build *build;
	const struct frontend_options *options;
	size_t delivered;
	void (*each)(struct facts *facts, void *data);
	void *data;
};

/* Both ends are ours alone until one is given to the parser by number. */
static bool open_pipe(int ends[2])
{
	if (pipe(ends) != 0)
		return false;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return true;
}

/* 0, or an errno. */
static int spawn(pid_t *pid, char *program, int in, int out)
{
	char *argv[] = {program, NULL};
	posix_spawn_file_actions_t actions;
	int e = posix_spawn_file_actions_init(&actions);

	if (e)
		return e;
	e = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!e)
		e = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!e)
		e = posix_spawn(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return e;
}

/* A parser's heap grows by tens of megabytes, the first ones before its main(): the C library
 * asks the system for large pages, and for room to lay them in, where it is told to before
 * the program begins. */
static void ask_for_large_pages(void)
{
#ifdef __GLIBC__
	setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=4194304", 0);
#endif
}

static bool start(struct parser *p)
{
	struct arena a = ARENA_INIT;
	char *program = path_program(&a, "gilcheck-parse");
	int down[2], up[2], e;

	if (!open_pipe(down)) {
		e = errno;
	} else if (!open_pipe(up)) {
		e = errno;
		close(down[0]);
		close(down[1]);
	} else {
		e = spawn(&p->pid, program, down[0], up[1]);
		close(down[0]);
		close(up[1]);
		p->to = down[1];
		p->from = up[0];
		if (e) {
			close(p->to);
			close(p->from);
		}
	}
	if (e)
		diag_error("cannot run '%s': %s", program, strerror(e));
	arena_release(&a);
	return e == 0;
}

static int stop(struct parser *p)
{
	int status = 0;

	close(p->from);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* It reads the whole request before it answers: neither waits for the other. */
static void ask(struct parser *p, const struct run *r)
{
	struct buf request = BUF_INIT;

	request_write(&request, r->build, r->delivered, r->options);
	(void)file_put(p->to, request.text, request.len); /* a dead one shows when it is read */
	close(p->to);
	buf_release(&request);
}

static void add_modules(const struct build *b, size_t unit, struct facts *f)
{
	vec_foreach (const struct build_module, m, &b->modules)
		vec_foreach (const uint32_t, index, &m->units)
			if (*index == unit)
				vec_push(&f->arena, &f->modules, intern(&f->strings, m->name));
}

/* F is the next unit's, and handed on. */
static void deliver(struct run *r, struct facts *f)
{
	size_t unit = r->delivered++;

	add_modules(r->build, unit, f);
	r->each(f, r->data);
	if (r->options->progress)
		r->options->progress(r->delivered, r->build->units.n, r->build->units.v[unit].path,
			r->options->progress_data);
}

static void deliver_unread(struct run *r, const char *why)
{
	const struct build_unit *b = &r->build->units.v[r->delivered];
	struct facts *f = gc_xmalloc(sizeof(*f));

	facts_init(f);
	record_unit(f, b, r->options);
	record_unread(f, b, why);
	deliver(r, f);
}

static void deliver_read(struct run *r, const struct buf *data)
{
	struct facts *f = gc_xmalloc(sizeof(*f));

	if (!facts_read(f, data->text, data->len)) {
		deliver(r, f);
		return;
	}
	facts_release(f);
	free(f);
	deliver_unread(r, "the parser returned damaged facts");
}

/* SIZE is only believed as far as bytes arrive. */
static bool get(int from, struct buf *data, uint64_t size)
{
	enum { STEP = 1 << 20 };

	while (data->len < size) {
		size_t left = size - data->len, n = left < STEP ? left : STEP;

		if (!file_get(from, buf_room(data, n), n))
			return false;
		data->len += n;
	}
	return true;
}

/* The facts of one unit, with their size in front. */
static bool receive(struct run *r, int from)
{
	struct buf data = BUF_INIT;
	uint64_t size;
	bool ok = file_get(from, &size, sizeof(size)) && get(from, &data, size);

	if (ok)
		deliver_read(r, &data);
	buf_release(&data);
	return ok;
}

/* Has one parser read the units that are left. How it ended, as waitpid says. */
static int run_parser(struct run *r, struct parser *p)
{
	ask(p, r);
	while (r->delivered < r->build->units.n && receive(r, p->from))
		;
	return stop(p);
}

/* A parser that a signal ended, or that exited halfway, was ended by the unit it was at. The
 * loader exits with 127 where a library is missing. */
static bool is_refusal(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == FRONTEND_REFUSED || WEXITSTATUS(status) == 127);
}

bool frontend_run(const struct build *b, const struct frontend_options *options,
	void (*each)(struct facts *facts, void *data), void *data)
{
	struct arena a = ARENA_INIT;
	struct words words;
	struct frontend_options complete = *options;
	struct run r = {.build = b, .options = &complete, .each = each, .data = data};
	void (*old)(int) = signal(SIGPIPE, SIG_IGN);
	struct parser p;
	char why[96];
	int status = 0;

	words_init(&words, &a);
	words_of_database(&words);
	complete.words = &words;
	ask_for_large_pages();
	while (r.delivered < b->units.n && !is_refusal(status) && start(&p)) {
		status = run_parser(&r, &p);
		if (r.delivered < b->units.n && !is_refusal(status))
			deliver_unread(&r, record_end(why, sizeof(why), status, options));
	}
	signal(SIGPIPE, old);
	arena_release(&a);
	if (r.delivered == 0 && b->units.n && status == 0) /* none was started */
		return false;
	while (r.delivered < b->units.n)
		deliver_unread(&r, "the parsers could not go on");
	return true;
}
