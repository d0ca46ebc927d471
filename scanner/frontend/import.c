#include "frontend/import.h"

#include "config.h"

#include "base/buf.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first version without a GIL to parse for; older headers only tell what was. */
#define FIRST_FREE_THREADED 13

/* Headers beside Python.h that extensions include by name. What a version does not
 * have is passed over. */
static const char *const companions[] = {"structmember.h", "datetime.h", "frameobject.h",
	"marshal.h", "errcode.h", "osdefs.h", "opcode.h", "py_curses.h", "pydtrace.h",
	"dynamic_annotations.h", "pystats.h", "pyexpat.h", "longintrepr.h", "ucnhash.h",
	"pyarena.h", "node.h", "token.h", "symtable.h", "interpreteridobject.h"};

/* Of the interpreter's private headers, those that extensions include all the same,
 * and what the types in there are made of. */
static const char *const internals[] = {"internal/pycore_frame.h", "internal/pycore_interpframe.h",
	"internal/pycore_interpframe_structs.h", "internal/pycore_structs.h",
	"internal/pycore_code.h", "internal/pycore_backoff.h"};

static bool is_internal(const char *header)
{
	for (size_t i = 0; i < sizeof(internals) / sizeof(internals[0]); i++)
		if (strcmp(header, internals[i]) == 0)
			return true;
	return false;
}

const char *import_text(struct import *im, CXString s)
{
	const char *text = clang_getCString(s);
	char *copy = arena_strdup(im->arena, text ? text : "");

	clang_disposeString(s);
	return copy;
}

static const char *file_below(struct import *im, CXFile file)
{
	const char *name, *below;

	if (!file)
		return NULL;
	name = path_normalize(im->arena, import_text(im, clang_getFileName(file)));
	below = path_below(im->dir, name);
	return below == name ? NULL : below;
}

const char *import_header(struct import *im, CXSourceLocation at)
{
	const char *header;
	CXFile file;

	clang_getExpansionLocation(at, &file, NULL, NULL, NULL);
	header = file_below(im, file);
	return header && (!im->internal || is_internal(header)) ? header : NULL;
}

CXTranslationUnit import_parse(
	struct import *im, const char *name, const char *text, unsigned options)
{
	struct CXUnsavedFile file = {name, text, strlen(text)};
	CXTranslationUnit tu = NULL;

	if (clang_parseTranslationUnit2(
		    im->index, name, im->args, im->nargs, &file, 1, options, &tu))
		return NULL;
	return tu;
}

static const char *include_lines(struct import *im, const char *const *names, size_t n)
{
	struct buf text = BUF_INIT;
	const char *out;

	buf_str(&text, "#include <Python.h>\n#if __has_include(<expat.h>)\n"
		       "#include <expat.h>\n#endif\n"
		       "typedef struct _mod *mod_ty;\n"); /* symtable.h forgets it */
	for (size_t i = 0; i < n; i++)
		if (access(path_join(im->arena, im->dir, names[i]), R_OK) == 0)
			buf_printf(&text, "#include <%s>\n", names[i]);
	out = arena_strdup(im->arena, buf_text(&text));
	buf_release(&text);
	return out;
}

struct header_walk {
	struct import *im;
	CXTranslationUnit tu;
	struct map guards;   /* header -> its first empty macro, a string */
	struct map includes; /* header -> struct include_list */
};

struct include_list {
	VEC(const char *) names;
};

/* What a header includes beyond Python.h: <stddef.h>, "opcode_ids.h". */
static void note_include(struct header_walk *walk, CXCursor at, const char *header)
{
	CXFile file = clang_getIncludedFile(at);
	const char *name = import_text(walk->im, clang_getCursorSpelling(at));
	uintptr_t *place = map_put(&walk->includes, header, NULL);
	struct include_list *list = (struct include_list *)*place;

	if (!file || strncmp(name, "cpython/", 8) == 0 || strcmp(name, "Python.h") == 0)
		return;
	if (!list) {
		list = arena_new(walk->im->arena, struct include_list);
		*place = (uintptr_t)list;
	}
	vec_foreach (const char *, old, &list->names)
		if (strcmp(*old, name) == 0)
			return;
	vec_push(walk->im->arena, &list->names, name);
}

static enum CXChildVisitResult visit_guard(CXCursor at, CXCursor parent, CXClientData data)
{
	struct header_walk *walk = data;
	const char *header, *name;
	uintptr_t *guard;
	size_t n;

	(void)parent;
	header = import_header(walk->im, clang_getCursorLocation(at));
	if (header && at.kind == CXCursor_InclusionDirective)
		note_include(walk, at, header);
	if (at.kind != CXCursor_MacroDefinition || clang_Cursor_isMacroFunctionLike(at))
		return CXChildVisit_Continue;
	name = import_text(walk->im, clang_getCursorSpelling(at));
	n = strlen(name);
	if (!header || n < 2 || strcmp(name + n - 2, "_H") != 0)
		return CXChildVisit_Continue;
	guard = map_put(&walk->guards, header, NULL);
	if (!*guard)
		*guard = (uintptr_t)name;
	return CXChildVisit_Continue;
}

/* The outermost inclusion tells whether Python.h alone brings the header in. */
static void visit_inclusion(CXFile file, CXSourceLocation *stack, unsigned n, CXClientData data)
{
	struct header_walk *walk = data;
	const char *header = file_below(walk->im, file);
	struct raw_item *item;
	unsigned line;
	uintptr_t *guard, *includes;

	if (!header || !n || (walk->im->internal && !is_internal(header)))
		return;
	clang_getExpansionLocation(stack[n - 1], NULL, &line, NULL, NULL);
	item = vec_add(walk->im->arena, &walk->im->out->items);
	item->kind = RAW_HEADER;
	item->name = header;
	item->in_python_h = line == 1 && !walk->im->internal;
	guard = map_get(&walk->guards, header);
	item->text = guard ? (const char *)*guard : NULL;
	includes = map_get(&walk->includes, header);
	if (!item->in_python_h && includes && *includes)
		vec_foreach (const char *, name, &((struct include_list *)*includes)->names)
			vec_push(walk->im->arena, &item->params, *name);
}

static void import_headers(struct import *im, CXTranslationUnit tu)
{
	struct header_walk walk = {.im = im, .tu = tu};

	map_init(&walk.guards, im->arena);
	map_init(&walk.includes, im->arena);
	clang_visitChildren(clang_getTranslationUnitCursor(tu), visit_guard, &walk);
	clang_getInclusions(tu, visit_inclusion, &walk);
}

/* Errors in the headers themselves would leave declarations out unseen. */
static bool check_errors(struct import *im, CXTranslationUnit tu)
{
	unsigned n = clang_getNumDiagnostics(tu);
	bool ok = true;

	for (unsigned i = 0; i < n; i++) {
		CXDiagnostic diagnostic = clang_getDiagnostic(tu, i);

		if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
			diag_error(
				"%s", import_text(im, clang_formatDiagnostic(diagnostic,
							      CXDiagnostic_DisplaySourceLocation)));
			ok = false;
		}
		clang_disposeDiagnostic(diagnostic);
	}
	return ok;
}

static bool import_unit(struct import *im, unsigned minor)
{
	CXTranslationUnit tu = import_parse(
		im, "headers.c", im->includes, CXTranslationUnit_DetailedPreprocessingRecord);
	bool ok = tu && check_errors(im, tu);

	if (!tu)
		diag_error("cannot parse the headers of 3.%u in '%s'", minor, im->dir);
	if (ok) {
		import_declarations(im, tu);
		import_headers(im, tu);
		if (!im->internal)
			import_macros(im, tu);
	}
	if (tu)
		clang_disposeTranslationUnit(tu);
	return ok;
}

static bool import_version(struct raw_set *set, unsigned minor, const char *dir)
{
	const char *args[] = {GC_LIBCLANG_ARGS "-xc", "-std=gnu17", "-ferror-limit=0",
		"-Wno-everything", "-Werror=incompatible-pointer-types", "-Werror=int-conversion",
		"-Werror=pointer-integer-compare", "-I", dir, "-DPy_GIL_DISABLED=1",
		"-DPy_BUILD_CORE=1"};
	const int nargs = (int)(sizeof(args) / sizeof(args[0]));
	struct import im = {.arena = &set->arena, .args = args};
	bool ok;

	im.nargs = nargs - (minor < FIRST_FREE_THREADED ? 2 : 1);
	im.dir = path_normalize(im.arena, dir);
	im.includes = include_lines(&im, companions, sizeof(companions) / sizeof(companions[0]));
	im.out = vec_add(im.arena, &set->versions);
	im.out->minor = minor;
	im.index = clang_createIndex(0, 0);
	ok = import_unit(&im, minor);
	if (ok && minor >= FIRST_FREE_THREADED) {
		im.nargs = nargs;
		im.internal = true;
		im.includes =
			include_lines(&im, internals, sizeof(internals) / sizeof(internals[0]));
		ok = import_unit(&im, minor);
	}
	clang_disposeIndex(im.index);
	return ok;
}

static int usage(void)
{
	fprintf(stderr, "usage: gilcheck-import OUTPUT-DIR 3.N=INCLUDE-DIR...\n"
			"versions in ascending order\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct raw_set set = {.arena = ARENA_INIT};
	bool ok = true;

	if (argc < 3)
		return usage();
	for (int i = 2; i < argc && ok; i++) {
		unsigned minor;
		int n = 0;

		if (sscanf(argv[i], "3.%u=%n", &minor, &n) != 1 || n == 0)
			return usage();
		ok = import_version(&set, minor, argv[i] + n);
	}
	ok = ok && raw_write(&set, argv[1], FIRST_FREE_THREADED);
	arena_release(&set.arena);
	return ok ? 0 : 2;
}
