#include "discover/flags.h"

#include "base/path.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

enum flag_kind { FLAG_DIR, FLAG_FILE, FLAG_MACRO };

static const struct option {
	const char *name;
	enum flag_kind kind;
	const char *as; /* what it becomes */
} options[] = {
	/* Longer names first where one begins with another. */
	{"-isystem", FLAG_DIR, "-isystem"},
	{"-idirafter", FLAG_DIR, "-isystem"},
	{"-iquote", FLAG_DIR, "-iquote"},
	{"-include", FLAG_FILE, "-include"},
	{"--include", FLAG_FILE, "-include"},
	{"-I", FLAG_DIR, "-I"},
	{"--include-directory", FLAG_DIR, "-I"},
	{"-D", FLAG_MACRO, "-D"},
	{"--define-macro", FLAG_MACRO, "-D"},
	{"-U", FLAG_MACRO, "-U"},
	{"--undefine-macro", FLAG_MACRO, "-U"},
};

/* Begin alike but mean something else. */
static const char *const not_options[] = {"-include-pch", "-isystem-after", "-iquote-"};

/* Would make a compiler load code, run programs, read option files or replace parts of
 * itself. They never come near one here; the count tells that somebody tried. */
static const char *const hostile[] = {"@", "-fplugin", "-fpass-plugin", "-Xclang", "-load",
	"-plugin", "-add-plugin", "-B", "--config", "-specs", "--specs", "-wrapper",
	"-Xpreprocessor", "-Xassembler", "-Xlinker", "-Wp,", "-Wa,", "-include-pch", "-fmodule",
	"-ivfsoverlay", "-resource-dir", "-cc1", "-gcc-toolchain", "--gcc-toolchain", "-mllvm",
	"-fmodules", "-isysroot", "--sysroot", "-fembed", "-working-directory"};

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static bool begins(const char *s, const char *head)
{
	return strncmp(s, head, strlen(head)) == 0;
}

static bool any_begins(const char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++) {
		if (begins(s, list[i]))
			return true;
	}
	return false;
}

/* An identifier, then nothing, "=..." or "(parameters)...". */
static bool is_macro(const char *s, bool name_only)
{
	if (!isalpha((unsigned char)*s) && *s != '_' && !((unsigned char)*s & 0x80))
		return false;
	while (isalnum((unsigned char)*s) || *s == '_' || (unsigned char)*s & 0x80)
		s++;
	return *s == '\0' || (!name_only && (*s == '=' || *s == '('));
}

/* The interpreter's own headers are the analysis's business (see the front end). */
static bool holds_python(struct discover *d, const char *dir)
{
	return is_file(d, path_join(&d->arena, dir, "Python.h")) &&
	       is_file(d, path_join(&d->arena, dir, "patchlevel.h"));
}

static const struct option *find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	return NULL;
}

static void push_pair(struct discover *d, strings *flags, const char *option, const char *value)
{
	for (size_t i = 0; i + 1 < flags->n; i += 2) {
		if (strcmp(flags->v[i], option) == 0 && strcmp(flags->v[i + 1], value) == 0 &&
			option[1] != 'D' && option[1] != 'U')
			return;
	}
	vec_push(&d->arena, flags, option);
	vec_push(&d->arena, flags, value);
}

bool flags_add(
	struct discover *d, strings *flags, const char *option, const char *value, const char *dir)
{
	const struct option *o = find_option(option);

	if (!o || !*value)
		return false;
	if (o->kind == FLAG_MACRO) {
		if (!is_macro(value, o->name[1] == 'U'))
			return false;
		push_pair(d, flags, o->as, arena_strdup(&d->arena, value));
		return true;
	}
	value = absolute(d, dir, value);
	if (o->kind == FLAG_FILE && !is_file(d, value))
		return false;
	if (o->kind == FLAG_DIR && holds_python(d, value))
		return true;
	push_pair(d, flags, o->as, value);
	return true;
}

/* "-Idir", "-I dir", "--include-directory=dir". Returns how many ARGS were used. */
static size_t take_option(struct discover *d, struct flag_result *out, const char *const *args,
	size_t n, const char *dir)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		size_t len = strlen(options[i].name);
		const char *rest = args[0] + len;
		bool ok;

		if (!begins(args[0], options[i].name))
			continue;
		if (!*rest && n < 2)
			return 1;
		if (*rest == '=' && options[i].name[1] == '-')
			rest++;
		ok = flags_add(d, &out->flags, options[i].name, *rest ? rest : args[1], dir);
		if (!ok && options[i].kind == FLAG_FILE)
			out->hostile++;
		return *rest ? 1 : 2;
	}
	return 0;
}

static bool take_standard(struct discover *d, struct flag_result *out, const char *arg)
{
	const char *value;

	if (begins(arg, "-std="))
		value = arg + 5;
	else if (begins(arg, "--std="))
		value = arg + 6;
	else
		return false;
	if (strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789+:") == strlen(value) && *value)
		out->standard = arena_strdup(&d->arena, value);
	return true;
}

/* Options whose value is the next argument, so that the value is not taken for one. */
static bool takes_value(const char *arg)
{
	static const char *const with_value[] = {"-o", "-MF", "-MT", "-MQ", "-x", "-Xclang",
		"-arch", "-target", "-isysroot", "--sysroot", "-include-pch", "-imacros",
		"-Xpreprocessor", "-Xassembler", "-Xlinker", "-mllvm", "-L", "-l", "-T", "-u", "-z",
		"-B", "-ivfsoverlay", "-resource-dir", "-working-directory", "-specs", "--param",
		"-wrapper", "-load", "-plugin", "-add-plugin", "--config"};

	for (size_t i = 0; i < ARRAY_LEN(with_value); i++) {
		if (strcmp(arg, with_value[i]) == 0)
			return true;
	}
	return false;
}

void flags_filter(struct discover *d, struct flag_result *out, const char *const *args, size_t n,
	const char *dir)
{
	size_t i = 0;

	while (i < n) {
		size_t used = 0;

		if (!any_begins(not_options, ARRAY_LEN(not_options), args[i]))
			used = take_option(d, out, args + i, n - i, dir);
		if (!used && take_standard(d, out, args[i]))
			used = 1;
		if (!used && begins(args[i], "-x") && (args[i][2] || i + 1 < n))
			out->language = args[i][2] ? args[i] + 2 : args[i + 1];
		if (!used) {
			out->hostile += any_begins(hostile, ARRAY_LEN(hostile), args[i]);
			used = takes_value(args[i]) && i + 1 < n ? 2 : 1;
		}
		i += used;
	}
}

struct splitter {
	struct arena *a;
	const char *p;
	char *word;
	size_t n;
};

static void quoted(struct splitter *s)
{
	char quote = *s->p++;

	while (*s->p && *s->p != quote) {
		if (quote == '"' && *s->p == '\\' && s->p[1] && strchr("\"\\$`\n", s->p[1]))
			s->p++;
		s->word[s->n++] = *s->p++;
	}
	if (*s->p)
		s->p++;
}

void flags_split(struct arena *a, strings *out, const char *command)
{
	struct splitter s = {a, command, arena_alloc(a, strlen(command) + 1), 0};

	while (*s.p) {
		bool any = false;

		s.p += strspn(s.p, " \t\r\n");
		s.n = 0;
		while (*s.p && !strchr(" \t\r\n", *s.p)) {
			any = true;
			if (*s.p == '"' || *s.p == '\'') {
				quoted(&s);
				continue;
			}
			if (*s.p == '\\' && s.p[1])
				s.p++;
			s.word[s.n++] = *s.p++;
		}
		if (any)
			vec_push(a, out, arena_strndup(a, s.word, s.n));
	}
}
