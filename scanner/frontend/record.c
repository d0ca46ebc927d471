#include "frontend/record.h"

#include "base/path.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Does a component of PATH start at I? */
static bool at_start(const char *path, size_t i)
{
	return i == 0 || path[i - 1] == '/' || !path[i];
}

const char *record_path(
	struct facts *f, struct arena *scratch, const struct build_unit *b, const char *open)
{
	const char *shown = b->path, *real = path_normalize(scratch, b->open);
	size_t s = strlen(shown), r = strlen(real);

	while (s && r && shown[s - 1] == real[r - 1])
		s--, r--;
	while (!at_start(shown, s) || !at_start(real, r))
		s++, r++;
	if (strncmp(open, real, r) == 0)
		return intern(
			&f->strings, arena_printf(scratch, "%.*s%s", (int)s, shown, open + r));
	if (path_is_absolute(open))
		return intern(&f->strings, arena_printf(scratch, "<outside>/%s", path_base(open)));
	return intern(&f->strings, open);
}

static bool takes_path(const char *flag)
{
	static const char *const flags[] = {"-I", "-isystem", "-iquote", "-include"};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (strcmp(flag, flags[i]) == 0)
			return true;
	return false;
}

static void record_flags(struct facts *f, struct arena *scratch, const struct build_unit *b)
{
	bool path = false;

	vec_foreach (const char *const, flag, &b->flags) {
		vec_push(&f->arena, &f->flags,
			path ? record_path(f, scratch, b, path_normalize(scratch, *flag))
			     : intern(&f->strings, *flag));
		path = takes_path(*flag);
	}
}

void record_unit(
	struct facts *f, const struct build_unit *b, const struct frontend_options *options)
{
	struct arena scratch = ARENA_INIT;
	struct intern *in = &f->strings;
	const char *variant = b->variant ? b->variant : "";

	f->unit = intern(in, arena_printf(&scratch, "%s%s", b->path, variant));
	f->path = intern(in, b->path);
	f->language = intern(in, b->language == BUILD_CXX ? "c++" : "c");
	f->python = intern(in, options->python ? options->python : FRONTEND_PYTHON);
	f->headers = intern(in, !options->python_include ? "embedded"
				: options->python_shown	 ? options->python_shown
							 : options->python_include);
	f->origin = intern(in, b->origin ? b->origin : "");
	f->vendored = b->vendored;
	record_flags(f, &scratch, b);
	arena_release(&scratch);
}

/* A unit that nothing was read of still names its file. */
static void add_file(struct facts *f, const struct build_unit *b)
{
	struct facts_file *file = vec_add(&f->arena, &f->files);

	file->path = f->path;
	file->origin = FACTS_PROJECT;
	file->vendored = b->vendored;
}

void record_unread(struct facts *f, const struct build_unit *b, const char *why)
{
	struct facts_unknown *k;

	if (!f->files.n)
		add_file(f, b);
	f->unread = true;
	k = vec_add(&f->arena, &f->unknowns);
	k->kind = UNKNOWN_UNIT;
	k->detail = intern(&f->strings, why);
	k->function = k->symbol = FACTS_NONE;
}

const char *record_end(char *text, size_t size, int status, const struct frontend_options *options)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		snprintf(text, size, "parsing took longer than %u seconds",
			options->seconds ? options->seconds : FRONTEND_SECONDS);
	else
		snprintf(text, size, "the parser died (%s)",
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exit");
	return text;
}
