# GC_LIBCLANG_READS(ARGUMENTS, IF-YES, IF-NO)
# Whether libclang, given ARGUMENTS, can read a file that includes one of its own headers.
# Not asked of a libclang that cannot run here.
AC_DEFUN([GC_LIBCLANG_READS], [
AC_RUN_IFELSE([AC_LANG_SOURCE([[#include <clang-c/Index.h>
int main(void)
{
	static const char text[] = "#include <stddef.h>\nsize_t n;\n";
	const char *args[] = {]$1[ "-xc"};
	struct CXUnsavedFile file = {"own.c", text, sizeof(text) - 1};
	CXTranslationUnit tu;
	enum CXErrorCode e = clang_parseTranslationUnit2(clang_createIndex(0, 0), file.Filename,
		args, (int)(sizeof(args) / sizeof(*args)), &file, 1, 0, &tu);

	return e != CXError_Success || clang_getNumDiagnostics(tu) > 0;
}]])], [$2], [$3], [$2])
])

# GC_LIBCLANG(FLOOR)
# Finds libclang's C API. Debian's packages ship no .pc file and not always
# llvm-config, so the versioned prefixes are probed, newest first;
# --with-libclang=PREFIX overrides. Sets LIBCLANG_CPPFLAGS, LIBCLANG_LIBS,
# LIBCLANG_PREFIX, LIBCLANG_VERSION and LIBCLANG_BINDIR, and defines GC_LIBCLANG_ARGS:
# what every parse has to say first, each argument followed by a comma.
AC_DEFUN([GC_LIBCLANG], [
AC_ARG_WITH([libclang], [AS_HELP_STRING([--with-libclang=PREFIX],
	[use the libclang under PREFIX (include/clang-c, lib); default: newest found])],
	[gc_llvm_prefixes=$withval], [gc_llvm_prefixes=])
AS_IF([test "x$gc_llvm_prefixes" = xyes || test "x$gc_llvm_prefixes" = xno],
	[AC_MSG_ERROR([--with-libclang wants a prefix, such as /usr/lib/llvm-19])])
gc_llvm_given=$gc_llvm_prefixes
AS_IF([test -z "$gc_llvm_prefixes"], [
	for gc_v in 24 23 22 21 20 19 18 17 16 15 14; do
		gc_llvm_prefixes="$gc_llvm_prefixes /usr/lib/llvm-$gc_v /usr/lib/llvm$gc_v /usr/lib64/llvm$gc_v /usr/local/opt/llvm@$gc_v /opt/homebrew/opt/llvm@$gc_v"
	done
	gc_llvm_prefixes="$gc_llvm_prefixes /opt/homebrew/opt/llvm /usr/local/opt/llvm /usr /usr/local"
])
AC_MSG_CHECKING([for libclang])
LIBCLANG_PREFIX=
for gc_p in $gc_llvm_prefixes; do
	AS_IF([test -f "$gc_p/include/clang-c/Index.h"], [
		for gc_l in "$gc_p/lib" "$gc_p/lib64"; do
			AS_IF([test -e "$gc_l/libclang.so" || test -e "$gc_l/libclang.dylib"],
				[LIBCLANG_PREFIX=$gc_p; LIBCLANG_LIBDIR=$gc_l; break 2])
		done
	])
done
AS_IF([test -z "$LIBCLANG_PREFIX"], [
	AC_MSG_RESULT([no])
	AC_MSG_ERROR([libclang $1 or newer not found${gc_llvm_given:+ under $gc_llvm_given}; install libclang-19-dev (apt), clang-devel (dnf), clang (pacman) or llvm (brew), or name it with --with-libclang=PREFIX])
])
AC_MSG_RESULT([$LIBCLANG_PREFIX])
LIBCLANG_CPPFLAGS="-isystem $LIBCLANG_PREFIX/include"
LIBCLANG_LIBS="-L$LIBCLANG_LIBDIR -Wl,-rpath,$LIBCLANG_LIBDIR -lclang"
AS_IF([test "x$LIBCLANG_PREFIX" = x/usr], [LIBCLANG_CPPFLAGS= LIBCLANG_LIBS=-lclang])
LIBCLANG_BINDIR=$LIBCLANG_PREFIX/bin

gc_save_CPPFLAGS=$CPPFLAGS; gc_save_LIBS=$LIBS
CPPFLAGS="$CPPFLAGS $LIBCLANG_CPPFLAGS"; LIBS="$LIBCLANG_LIBS $LIBS"
# Operator kinds are in the C API from 17: linking the call is the version test.
AC_MSG_CHECKING([whether libclang is version $1 or newer])
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <clang-c/Index.h>]],
	[[return (int)clang_getCursorBinaryOperatorKind(clang_getNullCursor());]])],
	[AC_MSG_RESULT([yes])],
	[AC_MSG_RESULT([no])
	AC_MSG_ERROR([the libclang under $LIBCLANG_PREFIX is older than $1 or cannot be linked; install libclang-19-dev (apt), clang-devel (dnf), clang (pacman) or llvm (brew), or name a newer one with --with-libclang=PREFIX])])

# The parser's own headers lie beside its library. One that has all of LLVM within cannot
# always tell where it lies itself: then it is told where they are.
gc_libclang_args=
AC_MSG_CHECKING([for the headers of libclang itself])
GC_LIBCLANG_READS([], [AC_MSG_RESULT([it knows])], [
	gc_resources=`ls -d "$LIBCLANG_LIBDIR"/clang/*/include/stddef.h 2>/dev/null | tail -n 1`
	gc_resources=${gc_resources%/include/stddef.h}
	AC_MSG_RESULT([${gc_resources:-none}])
	GC_LIBCLANG_READS(["-resource-dir", "$gc_resources",],
		[gc_libclang_args="\"-resource-dir\", \"$gc_resources\","],
		[AC_MSG_ERROR([the libclang under $LIBCLANG_PREFIX finds no stddef.h; install the clang of its version, or name another libclang with --with-libclang=PREFIX])])])
AC_DEFINE_UNQUOTED([GC_LIBCLANG_ARGS], [$gc_libclang_args],
	[What every parse has to say first, each argument followed by a comma.])
CPPFLAGS=$gc_save_CPPFLAGS; LIBS=$gc_save_LIBS
LIBCLANG_VERSION=`$LIBCLANG_BINDIR/llvm-config --version 2>/dev/null || basename "$LIBCLANG_PREFIX" | sed 's/[[^0-9]]//g'`
AS_IF([test -z "$LIBCLANG_VERSION"], [LIBCLANG_VERSION=unknown])
AC_SUBST([LIBCLANG_CPPFLAGS])
AC_SUBST([LIBCLANG_LIBS])
AC_SUBST([LIBCLANG_PREFIX])
AC_SUBST([LIBCLANG_BINDIR])
])
