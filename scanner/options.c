#include "options.h"

#include "base/buf.h"
#include "base/diag.h"
#include "db/db.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum group { GROUP_INPUT, GROUP_ANALYSIS, GROUP_OUTPUT, GROUP_CHANGE, GROUP_STAGES, GROUP_ABOUT };

static const char *const group_titles[] = {
	[GROUP_INPUT] = "What to read",
	[GROUP_ANALYSIS] = "How to read it",
	[GROUP_OUTPUT] = "What to report",
	[GROUP_CHANGE] = "What to change",
	[GROUP_STAGES] = "Compile and link",
	[GROUP_ABOUT] = "Knowledge",
};

typedef bool option_set(struct options *o, const char *value);

/* ---- setters: one a kind of option ---- */

static bool set_action(struct options *o, enum action action)
{
	if (o->action != ACTION_SCAN && o->action != action) {
		diag_error("more than one of --fix, --declare, --link, --emit-facts, --dump-…, "
			   "--explain, --api, --shim-flags given");
		return false;
	}
	o->action = action;
	return true;
}

static bool add_flag(struct options *o, char letter, const char *value)
{
	vec_push(&o->arena, &o->flags, arena_printf(&o->arena, "-%c%s", letter, value));
	return true;
}

static bool set_include(struct options *o, const char *value)
{
	return add_flag(o, 'I', value);
}

static bool set_define(struct options *o, const char *value)
{
	return add_flag(o, 'D', value);
}

static bool set_undefine(struct options *o, const char *value)
{
	return add_flag(o, 'U', value);
}

static bool set_build_dir(struct options *o, const char *value)
{
	o->build_dir = value;
	return true;
}

static bool set_python(struct options *o, const char *value)
{
	static const char *const known[] = {"3.13", "3.14", "3.15"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(value, known[i]) == 0) {
			o->python = known[i];
			return true;
		}
	diag_error("--python: '%s' is none of 3.13, 3.14, 3.15", value);
	return false;
}

static bool set_python_include(struct options *o, const char *value)
{
	o->python_include = value;
	return true;
}

static bool set_jobs(struct options *o, const char *value)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (errno || end == value || *end || n == 0 || n > 1024) {
		diag_error("--jobs: '%s' is not a number from 1 to 1024", value);
		return false;
	}
	o->jobs = (unsigned)n;
	return true;
}

static bool set_cache(struct options *o, const char *value)
{
	o->cache = value;
	return true;
}

static bool set_no_cache(struct options *o, const char *value)
{
	(void)value;
	o->no_cache = true;
	return true;
}

static bool set_db(struct options *o, const char *value)
{
	vec_push(&o->arena, &o->db, value);
	return true;
}

static bool set_format(struct options *o, const char *value)
{
	static const char *const names[] = {"text", "json", "github"};

	for (int i = FORMAT_TEXT; i <= FORMAT_GITHUB; i++)
		if (strcmp(value, names[i]) == 0) {
			o->format = (enum format)i;
			return true;
		}
	diag_error("--format: '%s' is none of text, json, github", value);
	return false;
}

static bool set_output(struct options *o, const char *value)
{
	o->output = value;
	return true;
}

static bool set_fail_on(struct options *o, const char *value)
{
	static const char *const names[] = {"warning", "error", "never"};

	for (int i = FAIL_ON_WARNING; i <= FAIL_ON_NEVER; i++)
		if (strcmp(value, names[i]) == 0) {
			o->fail_on = (enum fail_on)i;
			return true;
		}
	diag_error("--fail-on: '%s' is none of error, warning, never", value);
	return false;
}

/* "GIL301,GIL304": every one must be a rule. */
static bool next_code(struct options *o, const char *option, const char **list, const char **code)
{
	size_t n = strcspn(*list, ",");

	*code = arena_strndup(&o->arena, *list, n);
	*list += n + ((*list)[n] == ',');
	if (db_rule_find(*code))
		return true;
	diag_error("%s: '%s' is not a rule", option, *code);
	return false;
}

static bool set_only(struct options *o, const char *value)
{
	const char *code;

	do {
		if (!next_code(o, "--only", &value, &code))
			return false;
		vec_push(&o->arena, &o->only, code);
	} while (*value);
	return true;
}

static bool set_skip(struct options *o, const char *value)
{
	const char *code;

	do {
		if (!next_code(o, "--skip", &value, &code))
			return false;
		vec_push(&o->arena, &o->skip, code);
	} while (*value);
	return true;
}

static bool set_show_review(struct options *o, const char *value)
{
	(void)value;
	o->show_review = true;
	return true;
}

static bool set_change(struct options *o, enum action action, const char *name, const char *value)
{
	if (value && strcmp(value, "apply") != 0) {
		diag_error("--%s: '%s' is not 'apply'", name, value);
		return false;
	}
	o->apply = value != NULL;
	return set_action(o, action);
}

static bool set_fix(struct options *o, const char *value)
{
	return set_change(o, ACTION_FIX, "fix", value);
}

static bool set_declare(struct options *o, const char *value)
{
	return set_change(o, ACTION_DECLARE, "declare", value);
}

static bool set_emit_facts(struct options *o, const char *value)
{
	(void)value;
	return set_action(o, ACTION_EMIT_FACTS);
}

static bool set_link(struct options *o, const char *value)
{
	(void)value;
	return set_action(o, ACTION_LINK);
}

static bool set_dump_build(struct options *o, const char *value)
{
	(void)value;
	return set_action(o, ACTION_DUMP_BUILD);
}

static bool set_dump_facts(struct options *o, const char *value)
{
	(void)value;
	return set_action(o, ACTION_DUMP_FACTS);
}

static bool set_dump_extension(struct options *o, const char *value)
{
	(void)value;
	return set_action(o, ACTION_DUMP_EXTENSION);
}

static bool set_explain(struct options *o, const char *value)
{
	o->subject = value;
	return set_action(o, ACTION_EXPLAIN);
}

static bool set_api(struct options *o, const char *value)
{
	o->subject = value;
	return set_action(o, ACTION_API);
}

static bool set_shim_flags(struct options *o, const char *value)
{
	(void)value;
	return set_action(o, ACTION_SHIM_FLAGS);
}

static bool set_help(struct options *o, const char *value)
{
	(void)value;
	o->action = ACTION_HELP;
	return true;
}

static bool set_version(struct options *o, const char *value)
{
	(void)value;
	o->action = ACTION_VERSION;
	return true;
}

/* ---- the table ---- */

static const struct option_row {
	enum group group;
	char letter; /* 0: none */
	const char *name;
	const char *value; /* NULL: takes none */
	option_set *set;
	const char *help;
} table[] = {
	{GROUP_INPUT, 'p', "build-dir", "DIR", set_build_dir,
		"read DIR/compile_commands.json (default: looked for in the usual places)"},
	{GROUP_INPUT, 'I', NULL, "DIR", set_include, "look for headers in DIR too"},
	{GROUP_INPUT, 'D', NULL, "NAME[=VALUE]", set_define, "define a macro"},
	{GROUP_INPUT, 'U', NULL, "NAME", set_undefine, "undefine a macro"},
	{GROUP_ANALYSIS, 0, "python", "VERSION", set_python,
		"analyse for 3.13, 3.14 or 3.15 (default: 3.15)"},
	{GROUP_ANALYSIS, 0, "python-include", "DIR|auto", set_python_include,
		"use real Python headers from DIR, or from the Python on PATH, not the embedded "
		"ones"},
	{GROUP_ANALYSIS, 0, "db", "FILE", set_db, "add a project's own facts about APIs"},
	{GROUP_ANALYSIS, 'j', "jobs", "N", set_jobs,
		"parse up to N units at a time (default: a core each at most)"},
	{GROUP_ANALYSIS, 0, "cache", "DIR", set_cache, "keep precompiled headers in DIR"},
	{GROUP_ANALYSIS, 0, "no-cache", NULL, set_no_cache, "keep nothing for the next call"},
	{GROUP_OUTPUT, 0, "format", "FORMAT", set_format, "text (default), json or github"},
	{GROUP_OUTPUT, 'o', "output", "FILE", set_output, "write to FILE, all of it or nothing"},
	{GROUP_OUTPUT, 0, "fail-on", "LEVEL", set_fail_on,
		"exit with 1 on findings of LEVEL or worse: error, warning (default) or never"},
	{GROUP_OUTPUT, 0, "only", "CODES", set_only, "report only these rules: GIL301,GIL304"},
	{GROUP_OUTPUT, 0, "skip", "CODES", set_skip, "do not report these rules"},
	{GROUP_OUTPUT, 0, "show-review", NULL, set_show_review,
		"show findings that need a decision, not only their number"},
	{GROUP_CHANGE, 0, "fix", "[apply]", set_fix,
		"print what can be rewritten with certainty as a diff, or apply it"},
	{GROUP_CHANGE, 0, "declare", "[apply]", set_declare,
		"print the declaration of modules that nothing blocks as a diff, or apply it"},
	{GROUP_STAGES, 0, "emit-facts", NULL, set_emit_facts,
		"parse the given units and write their facts to the file of -o"},
	{GROUP_STAGES, 0, "link", NULL, set_link, "report on the facts files given as paths"},
	{GROUP_STAGES, 0, "dump-build", NULL, set_dump_build,
		"print what would be read, with which flags, and what is left out"},
	{GROUP_STAGES, 0, "dump-facts", NULL, set_dump_facts, "print the facts of the units"},
	{GROUP_STAGES, 0, "dump-extension", NULL, set_dump_extension,
		"print modules, types, thread roots and calls as they were linked"},
	{GROUP_ABOUT, 0, "explain", "CODE", set_explain, "explain a rule, with an example"},
	{GROUP_ABOUT, 0, "api", "NAME", set_api, "print what is known about a function or macro"},
	{GROUP_ABOUT, 0, "shim-flags", NULL, set_shim_flags,
		"print CFLAGS and LDFLAGS that build a module with the extension lock"},
	{GROUP_ABOUT, 'h', "help", NULL, set_help, "print this help"},
	{GROUP_ABOUT, 'V', "version", NULL, set_version, "print the version"},
};

#define NOPTIONS (sizeof(table) / sizeof(table[0]))

/* Long options without a letter get these values from getopt_long. */
#define LONG_BASE 1000

/* "[apply]": may be left out, and follows "=" where it is given. */
static bool is_optional(const struct option_row *row)
{
	return row->value && *row->value == '[';
}

static int argument_of(const struct option_row *row)
{
	if (!row->value)
		return no_argument;
	return is_optional(row) ? optional_argument : required_argument;
}

static void make_getopt(struct option *longs, char *shorts)
{
	size_t n = 0;

	*shorts++ = ':';
	for (size_t i = 0; i < NOPTIONS; i++) {
		if (table[i].name)
			longs[n++] = (struct option){
				table[i].name, argument_of(&table[i]), NULL, LONG_BASE + (int)i};
		if (!table[i].letter)
			continue;
		*shorts++ = table[i].letter;
		if (table[i].value)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[n] = (struct option){0};
}

static const struct option_row *row_of(int got)
{
	if (got >= LONG_BASE)
		return &table[got - LONG_BASE];
	for (size_t i = 0; i < NOPTIONS; i++)
		if (table[i].letter && table[i].letter == got)
			return &table[i];
	return NULL;
}

static bool wrong_option(int got, char **argv)
{
	const char *what = got == ':' ? "needs a value" : "is not an option";

	if (optopt > 0 && optopt < LONG_BASE)
		diag_error("'-%c' %s", optopt, what);
	else
		diag_error("'%s' %s", argv[optind - 1], what);
	return false;
}

/* What only makes sense together. */
static bool check(const struct options *o)
{
	bool about = o->action >= ACTION_EXPLAIN;

	if (!about && o->paths.n == 0) {
		diag_error("no path given; --help lists the options");
		return false;
	}
	if (about && o->paths.n && o->action < ACTION_HELP) {
		diag_error("'%s' given to an option that reads no sources", o->paths.v[0]);
		return false;
	}
	if (o->action == ACTION_EMIT_FACTS && !o->output) {
		diag_error("--emit-facts needs -o FILE");
		return false;
	}
	if (o->cache && o->no_cache) {
		diag_error("--cache and --no-cache given together");
		return false;
	}
	return true;
}

bool options_parse(struct options *o, int argc, char **argv)
{
	struct option longs[NOPTIONS + 1];
	char shorts[2 * NOPTIONS + 2];
	int got;

	memset(o, 0, sizeof(*o));
	o->python = "3.15";
	make_getopt(longs, shorts);
	opterr = 0;
	while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = row_of(got);

		if (!row)
			return wrong_option(got, argv);
		if (!row->set(o, optarg))
			return false;
	}
	for (int i = optind; i < argc; i++)
		vec_push(&o->arena, &o->paths, argv[i]);
	return check(o);
}

void options_release(struct options *o)
{
	arena_release(&o->arena);
	memset(o, 0, sizeof(*o));
}

/* ---- --help ---- */

#define HELP_COLUMN 30

static void help_row(struct buf *out, const struct option_row *row)
{
	size_t start = out->len;

	buf_str(out, "  ");
	if (row->letter)
		buf_printf(out, "-%c%s", row->letter, row->name ? ", " : "");
	else
		buf_str(out, "    ");
	if (row->name)
		buf_printf(out, "--%s%s", row->name,
			is_optional(row) ? "[="
			: row->value	 ? "="
					 : "");
	if (row->value)
		buf_printf(out, "%s%s", row->name ? "" : " ", row->value + is_optional(row));
	if (out->len - start > HELP_COLUMN - 2)
		buf_printf(out, "\n%*s", HELP_COLUMN, "");
	while (out->len - start < HELP_COLUMN)
		buf_char(out, ' ');
	buf_printf(out, "%s\n", row->help);
}

void options_help(struct buf *out)
{
	buf_str(out,
		"usage: gilcheck [options] PATH...\n"
		"       gilcheck --fix[=apply] | --declare[=apply] [options] PATH...\n"
		"       gilcheck --emit-facts -o FILE UNIT...\n"
		"       gilcheck --link FILE...\n"
		"\n"
		"Says for each extension module found under PATH whether it may declare\n"
		"Py_MOD_GIL_NOT_USED, and what is in the way. Nothing found there is executed.\n");
	for (int group = GROUP_INPUT; group <= GROUP_ABOUT; group++) {
		buf_printf(out, "\n%s:\n", group_titles[group]);
		for (size_t i = 0; i < NOPTIONS; i++)
			if (table[i].group == (enum group)group)
				help_row(out, &table[i]);
	}
	buf_str(out, "\nExit status: 0 nothing of the --fail-on level or worse, 1 findings,\n"
		     "2 the scan failed or the command line is wrong.\n");
}
