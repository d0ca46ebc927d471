/* Python.h and more, precompiled. A precompiled header names absolute paths and belongs to one
 * parser: it is found by a name that holds everything that went in, or not at all. */
#include "frontend/unit.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *python_of(const struct frontend_options *o)
{
	return o->python ? o->python : FRONTEND_PYTHON;
}

/* Stands for a version of Python where nothing of Python is in it: C++'s library alone, for the
 * units that a package has without Python.h. */
#define WITHOUT_PYTHON "std"

/* Not Python.h itself: in the file that is compiled the wrapper of real headers could not
 * include the next one of its name. */
static const char *header(struct arena *a, const char *python)
{
	return arena_printf(a, "%s/api/precompiled%s.h", path_data(),
		strcmp(python, WITHOUT_PYTHON) == 0 ? "_std" : "");
}

static uint64_t hash_text(uint64_t h, const char *s)
{
	return hash_bytes(s, strlen(s) + 1, h);
}

/* The name of a ready-made one for the default flags. It holds the place that it was made
 * for: a copy of the folder would name headers that are not the copy's. */
static const char *default_name(
	struct arena *a, const char *data, const char *python, bool cxx, const char *standard)
{
	return arena_printf(a, "%s/api/%s/pch/%s-%s-%08lx.pch", data, python, cxx ? "cxx" : "c",
		standard, (unsigned long)(hash_text(HASH_SEED, data) & 0xffffffff));
}

static uint64_t hash_file(uint64_t h, const char *path)
{
	struct stat st;
	long long v[3] = {0, 0, 0};

	if (stat(path, &st) == 0) {
		v[0] = (long long)st.st_size;
		v[1] = (long long)st.st_mtime;
		v[2] = (long long)st.st_ino;
	}
	return hash_bytes(v, sizeof(v), hash_text(h, path));
}

static const char *cache_dir(struct arena *a, const struct frontend_options *o)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (o->no_cache)
		return NULL;
	if (o->cache_dir)
		return o->cache_dir;
	if (xdg && path_is_absolute(xdg))
		return arena_printf(a, "%s/gilcheck", xdg);
	return home && *home ? arena_printf(a, "%s/.cache/gilcheck", home) : NULL;
}

static void args_making(struct arena *a, struct args *args, const struct frontend_options *o,
	bool cxx, const char *standard)
{
	vec_push(a, &args->v, "-x");
	vec_push(a, &args->v, cxx ? "c++-header" : "c-header");
	args_own(a, args, cxx, standard);
	args_headers(a, args, o);
}

static const char *cached_name(
	struct arena *a, const struct frontend_options *o, bool cxx, const char *standard)
{
	const char *dir = cache_dir(a, o);
	struct args args = {{NULL, 0, 0}};
	CXString version = clang_getClangVersion();
	uint64_t h = hash_text(HASH_SEED, clang_getCString(version));

	clang_disposeString(version);
	if (!dir)
		return NULL;
	args_making(a, &args, o, cxx, standard);
	for (size_t i = 0; i < args.v.n; i++)
		h = hash_text(h, args.v.v[i]);
	h = hash_file(h, header(a, python_of(o)));
	return arena_printf(a, "%s/pch/%s-%s-%016llx.pch", dir, cxx ? "cxx" : "c", standard,
		(unsigned long long)h);
}

static const char *if_there(const char *name)
{
	return name && access(name, R_OK) == 0 ? name : NULL;
}

const char *pch_find(struct arena *a, const struct build_unit *b, const struct frontend_options *o)
{
	const char *standard = parser_standard(b), *name;
	bool cxx = b->language == BUILD_CXX;

	if (getenv("GILCHECK_NO_PCH"))
		return NULL;
	if (!text_includes_python(b))
		return cxx ? if_there(default_name(a, path_data(), WITHOUT_PYTHON, cxx, standard))
			   : NULL;
	if (o->python_include && text_has_header_switch(b))
		return NULL;
	if (!o->python_include) {
		name = if_there(default_name(a, path_data(), python_of(o), cxx, standard));
		if (name)
			return name;
	}
	return if_there(cached_name(a, o, cxx, standard));
}

/* ---- making ---- */

static bool save(CXTranslationUnit tu, const char *to, struct arena *a)
{
	char *temporary = arena_printf(a, "%s.%ld.tmp", to, (long)getpid());
	bool ok = clang_saveTranslationUnit(tu, temporary, clang_defaultSaveOptions(tu)) == 0 &&
		  rename(temporary, to) == 0;

	if (!ok)
		unlink(temporary);
	return ok;
}

/* Says the first one. */
static bool has_errors(CXTranslationUnit tu)
{
	bool found = false;

	for (unsigned i = 0; i < clang_getNumDiagnostics(tu) && !found; i++) {
		CXDiagnostic d = clang_getDiagnostic(tu, i);

		found = clang_getDiagnosticSeverity(d) >= CXDiagnostic_Error;
		if (found) {
			CXString text =
				clang_formatDiagnostic(d, CXDiagnostic_DisplaySourceLocation);

			diag_error("%s", clang_getCString(text));
			clang_disposeString(text);
		}
		clang_disposeDiagnostic(d);
	}
	return found;
}

static bool make(struct arena *a, const struct frontend_options *o, bool cxx, const char *standard,
	const char *to)
{
	struct args args = {{NULL, 0, 0}};
	CXIndex index;
	CXTranslationUnit tu;
	bool ok;

	if (!file_mkdirs(path_dir(a, to)))
		return false;
	errno = 0;
	args_making(a, &args, o, cxx, standard);
	index = clang_createIndex(0, 0);
	ok = clang_parseTranslationUnit2(index, header(a, python_of(o)), args.v.v, (int)args.v.n,
		     NULL, 0, CXTranslationUnit_ForSerialization, &tu) == CXError_Success;
	if (ok) {
		ok = !has_errors(tu) && save(tu, to, a);
		clang_disposeTranslationUnit(tu);
	}
	clang_disposeIndex(index);
	return ok;
}

/* Where the one in the cache is or would be; NULL: nowhere, or there is a ready-made one. */
static const char *wanted_name(
	struct arena *a, const struct frontend_options *o, bool cxx, const char *standard)
{
	if (!o->python_include &&
		access(default_name(a, path_data(), python_of(o), cxx, standard), R_OK) == 0)
		return NULL;
	return cached_name(a, o, cxx, standard);
}

bool pch_is_wanted(const struct frontend_options *o, bool cxx, const char *standard)
{
	struct arena a = ARENA_INIT;
	const char *name = wanted_name(&a, o, cxx, standard);
	bool wanted = name && access(name, R_OK) != 0;

	arena_release(&a);
	return wanted;
}

bool pch_make_cached(const struct frontend_options *o, bool cxx, const char *standard)
{
	struct arena a = ARENA_INIT;
	const char *name = wanted_name(&a, o, cxx, standard);
	bool ok = name && make(&a, o, cxx, standard, name);

	arena_release(&a);
	return ok;
}

static bool make_default(const char *data, const char *python, const struct build_unit *u)
{
	struct frontend_options o = {.python = python};
	struct arena a = ARENA_INIT;
	bool cxx = u->language == BUILD_CXX;
	const char *standard = parser_standard(u);
	const char *to = default_name(&a, data, python, cxx, standard);
	bool ok = make(&a, &o, cxx, standard, to);

	if (!ok)
		diag_error("cannot make \"%s\"%s%s", to, errno ? ": " : "",
			errno ? strerror(errno) : "");
	arena_release(&a);
	return ok;
}

bool frontend_make_pch(const char *data, const char *python)
{
	static const struct build_unit c = {.language = BUILD_C},
				       cxx[] = {{.language = BUILD_CXX},
					       {.language = BUILD_CXX, .standard = "c++14"}};
	bool ok = setenv("GILCHECK_DATADIR", data, 1) == 0 && make_default(data, python, &c);

	/* Those of C++ are large: for the version and the dialects that are asked for most. */
	if (strcmp(python, FRONTEND_PYTHON) != 0)
		return ok;
	for (size_t i = 0; i < sizeof(cxx) / sizeof(*cxx); i++)
		ok = ok && make_default(data, python, &cxx[i]) &&
		     make_default(data, WITHOUT_PYTHON, &cxx[i]);
	return ok;
}
