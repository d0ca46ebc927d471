/* One unit: arguments, parsing, and the order in which its facts are made. */
#include "config.h"

#include "frontend/record.h"
#include "frontend/tables.h"
#include "frontend/unit.h"

#include "base/file.h"
#include "base/path.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deep nesting is the parser's and our recursion alike: pages that are not touched cost
 * nothing. */
#define STACK_SIZE ((size_t)512 << 20)

/* Larger sources than this are not written by people, and not worth hours. */
#define SOURCE_LIMIT ((size_t)64 << 20)

#define PARSE_OPTIONS CXTranslationUnit_KeepGoing

/* ---- arguments ---- */

static bool is_one_of(const char *s, const char *const *v)
{
	for (; *v; v++)
		if (strcmp(s, *v) == 0)
			return true;
	return false;
}

/* The dialect with GNU extensions that is nearest to what was asked for: headers are
 * precompiled for few of them, and no source means less under the later one. */
const char *parser_standard(const struct build_unit *b)
{
	static const char *const c23[] = {"c23", "gnu23", "c2x", "gnu2x", "c2y", "gnu2y", NULL};
	static const char *const old[] = {"c++98", "gnu++98", "c++03", "gnu++03", "c++0x",
		"gnu++0x", "c++11", "gnu++11", "c++1y", "gnu++1y", "c++14", "gnu++14", NULL};
	static const char *const cxx20[] = {"c++20", "gnu++20", "c++2a", "gnu++2a", NULL};
	static const char *const cxx23[] = {"c++23", "gnu++23", "c++2b", "gnu++2b", "c++26",
		"gnu++26", "c++2c", "gnu++2c", NULL};
	const char *given = b->standard ? b->standard : "";

	if (b->language == BUILD_C)
		return is_one_of(given, c23) ? "gnu23" : "gnu17";
	return is_one_of(given, old)	 ? "gnu++14"
	       : is_one_of(given, cxx20) ? "gnu++20"
	       : is_one_of(given, cxx23) ? "gnu++23"
					 : "gnu++17";
}

void args_headers(struct arena *a, struct args *args, const struct frontend_options *o)
{
	const char *python = o->python ? o->python : FRONTEND_PYTHON;

	if (o->python_include) {
		vec_push(a, &args->v, "-isystem");
		vec_push(a, &args->v, arena_printf(a, "%s/api/%s/wrap", path_data(), python));
		vec_push(a, &args->v, "-isystem");
		vec_push(a, &args->v, o->python_include);
	} else {
		vec_push(a, &args->v, "-isystem");
		vec_push(a, &args->v, arena_printf(a, "%s/api/%s", path_data(), python));
	}
	vec_push(a, &args->v,
		"-idirafter"); /* our own that others include: gilcheck/annotations.h */
	vec_push(a, &args->v, arena_printf(a, "%s/api/own", path_data()));
	vec_push(a, &args->v, "-idirafter"); /* where the real ones are not installed */
	vec_push(a, &args->v, arena_printf(a, "%s/api/stubs", path_data()));
}

/* Old code leans on what newer compilers refuse: it is to be read all the same. These are the
 * complaints that are common; see parse_pardoning for the rest. */
void args_own(struct arena *a, struct args *args, bool cxx, const char *standard)
{
	static const char *const all[] = {GC_LIBCLANG_ARGS "-w", "-ferror-limit=0",
		"-fno-spell-checking", "-Wno-error", "-Wno-implicit-function-declaration",
		"-Wno-int-conversion", "-Wno-incompatible-pointer-types",
		"-Wno-incompatible-function-pointer-types", "-Wno-implicit-int", "-Wno-return-type",
		"-Wno-return-mismatch", "-Wno-c++11-narrowing", "-Wno-register",
		"-Wno-reserved-user-defined-literal", "-Wno-narrowing", "-DPy_GIL_DISABLED=1"};

	vec_push(a, &args->v, arena_printf(a, "-std=%s", standard));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		vec_push(a, &args->v, all[i]);
	if (cxx)
		vec_push(a, &args->v, "-fcxx-exceptions");
}

static void unit_args(struct unit *u, struct args *args, const char *pch)
{
	struct arena *a = &u->scratch;

	args->v.n = 0;
	vec_push(a, &args->v, "-x");
	vec_push(a, &args->v, u->cxx ? "c++" : "c");
	args_own(a, args, u->cxx, parser_standard(u->build));
	for (size_t i = 0; i < u->build->flags.n; i++)
		vec_push(a, &args->v, u->build->flags.v[i]);
	args_headers(a, args, u->options);
	if (u->pardoned)
		vec_push(a, &args->v, "-Wno-everything");
	if (pch) {
		vec_push(a, &args->v, "-include-pch");
		vec_push(a, &args->v, pch);
	}
}

static void unit_open(struct unit *u, struct facts *out, const struct build_unit *b,
	const struct frontend_options *o)
{
	memset(u, 0, sizeof(*u));
	u->facts = out;
	u->build = b;
	u->options = o;
	u->cxx = b->language == BUILD_CXX;
	arena_init(&u->scratch);
	map_init(&u->type_keys, &u->scratch);
	map_init(&u->symbol_keys, &u->scratch);
	u->last_file_index = FACTS_NONE;
	u->api_dir = path_normalize(
		&u->scratch, o->python_include ? o->python_include
					       : arena_printf(&u->scratch, "%s/api/%s", path_data(),
							 o->python ? o->python : FRONTEND_PYTHON));
	u->overlay_dir =
		path_normalize(&u->scratch, arena_printf(&u->scratch, "%s/api", path_data()));
	record_unit(out, b, o);
}

/* ---- parsing ---- */

static const char *error_text(enum CXErrorCode e)
{
	switch (e) {
	case CXError_Crashed:
		return "the parser crashed";
	case CXError_InvalidArguments:
		return "the parser refused its arguments";
	case CXError_ASTReadError:
		return "the parser could not read a precompiled header";
	default:
		return "the parser failed";
	}
}

static enum CXErrorCode parse_once(
	struct unit *u, CXIndex index, const char *pch, struct CXUnsavedFile *instead)
{
	struct args args = {{NULL, 0, 0}};

	unit_args(u, &args, pch);
	return clang_parseTranslationUnit2(index, u->build->open, args.v.v, (int)args.v.n, instead,
		instead ? 1 : 0, PARSE_OPTIONS, &u->tu);
}

/* Is one of the errors a warning that the parser takes for an error unless told not to? */
static bool is_pardonable(const struct unit *u)
{
	bool found = false;

	for (unsigned i = 0, n = clang_getNumDiagnostics(u->tu); i < n && !found; i++) {
		CXDiagnostic d = clang_getDiagnostic(u->tu, i);
		CXString option = clang_getDiagnosticOption(d, NULL);
		const char *text = clang_getCString(option);

		found = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error && text && *text;
		clang_disposeString(option);
		clang_disposeDiagnostic(d);
	}
	return found;
}

/* To silence every warning by its name takes the parser as long as a small unit does, so only
 * that is done which needs it. */
static enum CXErrorCode parse_pardoning(
	struct unit *u, CXIndex index, const char *pch, struct CXUnsavedFile *instead)
{
	enum CXErrorCode e = parse_once(u, index, pch, instead);

	if (e != CXError_Success || u->pardoned || !is_pardonable(u))
		return e;
	clang_disposeTranslationUnit(u->tu);
	u->pardoned = true;
	return parse_once(u, index, pch, instead);
}

/* A note on what an error is about, not on the macro (assert, say) that it is within. */
static bool names_a_declaration(CXDiagnostic note)
{
	static const char macro[] = "expanded from macro";
	CXString text = clang_getDiagnosticSpelling(note);
	const char *s = clang_getCString(text);
	bool names = s && strncmp(s, macro, sizeof(macro) - 1) != 0;

	clang_disposeString(text);
	return names;
}

static bool is_precompiled(const struct unit *u, CXSourceLocation at)
{
	CXFile file;
	CXString name;
	const char *path;
	bool found;

	clang_getExpansionLocation(at, &file, NULL, NULL, NULL);
	if (!file || !clang_Location_isInSystemHeader(at))
		return false;
	name = clang_getFileName(file);
	path = clang_getCString(name);
	found = path && strncmp(path, u->api_dir, strlen(u->api_dir)) != 0;
	clang_disposeString(name);
	return found;
}

/* Is one of the errors about something in a system header ("candidate found by name lookup
 * is 'std::byte'")? Without the precompiled one the unit may have nothing of that. */
static bool clashes(const struct unit *u)
{
	bool found = false;

	for (unsigned i = 0, n = clang_getNumDiagnostics(u->tu); i < n && !found; i++) {
		CXDiagnostic d = clang_getDiagnostic(u->tu, i);
		CXDiagnosticSet notes = clang_getChildDiagnostics(d);
		bool error = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;

		for (unsigned k = 0; error && k < clang_getNumDiagnosticsInSet(notes); k++) {
			CXDiagnostic note = clang_getDiagnosticInSet(notes, k);

			found |= names_a_declaration(note) &&
				 is_precompiled(u, clang_getDiagnosticLocation(note));
			clang_disposeDiagnostic(note);
		}
		clang_disposeDiagnostic(d);
	}
	return found;
}

static enum CXErrorCode parse(struct unit *u, CXIndex index)
{
	struct CXUnsavedFile short_one = {u->build->open, NULL, u->text_size}, *instead = NULL;
	const char *pch = pch_find(&u->scratch, u->build, u->options);
	char *text = gc_xmalloc(u->text_size + 1);
	enum CXErrorCode e;

	memcpy(text, u->text, u->text_size + 1);
	if (text_blank_tables(text, u->text_size, u->cxx)) {
		short_one.Contents = text;
		instead = &short_one;
	}
	e = parse_pardoning(u, index, pch, instead);
	if (e == CXError_Success && pch && clashes(u)) {
		clang_disposeTranslationUnit(u->tu);
		e = CXError_ASTReadError;
	}
	if (e == CXError_ASTReadError && pch)
		e = parse_pardoning(u, index, NULL, instead);
	free(text);
	return e;
}

/* Junk makes a parser work hard to say nothing. NULL: worth parsing. */
static const char *look_at_source(struct unit *u)
{
	u->text = file_read(u->build->open, SOURCE_LIMIT, &u->text_size);
	if (!u->text)
		return errno == EFBIG	 ? "larger than 64 MiB"
		       : errno == EINVAL ? "not a regular file"
					 : arena_strdup(&u->scratch, strerror(errno));
	return memchr(u->text, 0, u->text_size) ? "not a text file" : NULL;
}

static void make_facts(struct unit *u)
{
	CXFile main_file = clang_getFile(u->tu, u->build->open);

	set_file_text(u, main_file, u->text, u->text_size);
	unit_file(u, main_file, clang_getLocationForOffset(u->tu, main_file, 0));
	unit_read_diagnostics(u);
	unit_lower(u);
	unit_scan_text(u);
	facts_finish(u->facts);
}

static bool read_unit(struct unit *u)
{
	const char *problem = look_at_source(u);
	CXIndex index;
	enum CXErrorCode e;

	if (problem) {
		free(u->text);
		record_unread(u->facts, u->build, problem);
		return false;
	}
	index = clang_createIndex(1, 0);
	e = parse(u, index);
	if (e == CXError_Success) {
		make_facts(u);
		clang_disposeTranslationUnit(u->tu);
	} else {
		record_unread(u->facts, u->build, error_text(e));
	}
	clang_disposeIndex(index);
	free(u->text);
	return e == CXError_Success;
}

static void check(struct unit *u)
{
	const char *problem;

	if (!u->options->verify && !getenv("GILCHECK_VERIFY"))
		return;
	problem = facts_verify(u->facts);
	if (problem) {
		fprintf(stderr, "gilcheck: bug: %s: %s\n", u->build->path, problem);
		abort();
	}
}

struct job {
	struct facts *out;
	const struct build_unit *unit;
	const struct frontend_options *options;
	bool ok;
};

static void *run_job(void *data)
{
	struct job *j = data;
	struct unit u;

	unit_open(&u, j->out, j->unit, j->options);
	j->ok = read_unit(&u);
	check(&u);
	arena_release(&u.scratch);
	return NULL;
}

bool frontend_unit(
	struct facts *out, const struct build_unit *unit, const struct frontend_options *options)
{
	struct job job = {out, unit, options, false};
	pthread_attr_t attr;
	pthread_t thread;

	setenv("LIBCLANG_NOTHREADS", "1", 1); /* our stack is larger than the parser's own */
	pthread_attr_init(&attr);
	if (pthread_attr_setstacksize(&attr, STACK_SIZE) == 0 &&
		pthread_create(&thread, &attr, run_job, &job) == 0)
		pthread_join(thread, NULL);
	else
		run_job(&job);
	pthread_attr_destroy(&attr);
	return job.ok;
}
