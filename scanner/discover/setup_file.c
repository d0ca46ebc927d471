/* The makesetup format: "VAR = value" and "module source... -Idir -DX -llib $(VAR)". */
#include "discover/discover.h"

#include "base/buf.h"
#include "base/path.h"
#include "discover/flags.h"

#include <string.h>

struct variables {
	strings names, values;
};

static const char *value_of(const struct variables *vars, const char *name, size_t n)
{
	const char *value = "";

	for (size_t i = 0; i < vars->names.n; i++) {
		if (strlen(vars->names.v[i]) == n && memcmp(vars->names.v[i], name, n) == 0)
			value = vars->values.v[i];
	}
	return value;
}

/* Replaces $(VAR) once: values were expanded when they were set. */
static const char *expand(struct discover *d, const struct variables *vars, const char *line)
{
	struct buf out = BUF_INIT;
	const char *text;

	while (*line) {
		size_t n = strcspn(line, "$");

		buf_add(&out, line, n);
		line += n;
		if (!*line)
			break;
		if (line[1] == '(' && strchr(line, ')')) {
			n = strcspn(line, ")");
			buf_str(&out, value_of(vars, line + 2, n - 2));
			line += n + 1;
		} else {
			line++;
		}
	}
	text = arena_strdup(&d->arena, buf_text(&out));
	buf_release(&out);
	return text;
}

/* Sources are named from where the build runs: the file's folder or one above. */
static const char *locate(struct discover *d, const char *dir, const char *name)
{
	for (int up = 0; up < 3; up++) {
		const char *path = absolute(d, dir, name);

		if (is_file(d, path) || is_dir(path))
			return dir;
		dir = path_dir(&d->arena, dir);
	}
	return NULL;
}

static void read_module(struct discover *d, const char *dir, const char *origin, const char *line)
{
	struct flag_result flags = {0};
	strings words = {0}, args = {0};
	struct target *t;
	const char *base = NULL;

	flags_split(&d->arena, &words, line);
	for (size_t i = 1; i < words.n && !base; i++)
		base = walk_is_source(words.v[i]) ? locate(d, dir, words.v[i]) : NULL;
	if (!base)
		return;
	t = vec_add(&d->arena, &d->targets);
	t->name = words.v[0];
	t->origin = origin;
	t->kind = "c";
	for (size_t i = 1; i < words.n; i++) {
		if (walk_is_source(words.v[i]))
			vec_push(&d->arena, &t->sources, absolute(d, base, words.v[i]));
		else if (strncmp(words.v[i], "-l", 2) == 0)
			need(d, words.v[i] + 2);
		else
			vec_push(&d->arena, &args, words.v[i]);
	}
	flags_filter(d, &flags, args.v, args.n, base);
	t->flags = flags.flags;
}

static bool is_assignment(const char *line)
{
	size_t n = strcspn(line, " \t=");

	n += strspn(line + n, " \t");
	return line[n] == '=' && n;
}

void read_setup_file(struct discover *d, const char *path, const char *text)
{
	const char *dir = path_dir(&d->arena, path);
	struct variables vars = {0};

	for (unsigned number = 1; *text; number++) {
		size_t n = strcspn(text, "\n"), used = strcspn(text, "#\n");
		const char *line = arena_strndup(&d->arena, text, used);

		line += strspn(line, " \t");
		if (is_assignment(line)) {
			const char *value = strchr(line, '=') + 1;

			vec_push(&d->arena, &vars.names,
				arena_strndup(&d->arena, line, strcspn(line, " \t=")));
			vec_push(&d->arena, &vars.values, expand(d, &vars, value));
		} else if (*line && *line != '*') {
			read_module(d, dir,
				arena_printf(&d->arena, "%s:%u", shown(d, &d->arena, path), number),
				expand(d, &vars, line));
		}
		text += n + (text[n] == '\n');
	}
}
