# GC_WARNINGS: the warning set of the project in GC_WARN_CFLAGS;
# --enable-werror makes them errors (CI does).
AC_DEFUN([GC_WARNINGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])])
GC_WARN_CFLAGS=
for gc_w in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wformat=2 -Wundef -Wvla -Wcast-qual; do
	gc_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $gc_w"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [GC_WARN_CFLAGS="$GC_WARN_CFLAGS $gc_w"])
	CFLAGS=$gc_save_CFLAGS
done
AS_IF([test "x$enable_werror" = xyes], [GC_WARN_CFLAGS="$GC_WARN_CFLAGS -Werror"])
AC_SUBST([GC_WARN_CFLAGS])
])

# GC_SANITIZERS: --enable-sanitizers[=LIST] builds everything with the
# compiler's sanitizers; LIST defaults to address,undefined.
AC_DEFUN([GC_SANITIZERS], [
AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
	[build with -fsanitize=LIST (default list: address,undefined)])],
	[], [enable_sanitizers=no])
GC_SAN_CFLAGS=
AS_CASE([$enable_sanitizers], [no], [],
	[AS_IF([test "x$enable_sanitizers" = xyes], [enable_sanitizers=address,undefined])
	GC_SAN_CFLAGS="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer -fno-sanitize-recover=all"
	gc_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS $GC_SAN_CFLAGS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()], [],
		[AC_MSG_ERROR([$CC cannot link with -fsanitize=$enable_sanitizers])])
	CFLAGS=$gc_save_CFLAGS])
AC_SUBST([GC_SAN_CFLAGS])
AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" != xno])
])
