/* Read before the declarations: the system headers that Python.h brings along, and
 * the words the generated parts are written in. */
#ifndef GC_API_PROLOGUE_H
#define GC_API_PROLOGUE_H

/* What is asserted is read, whatever the flags: precompiled or not, the facts are the same. */
#pragma push_macro("NDEBUG")
#undef NDEBUG
#include <assert.h>
#pragma pop_macro("NDEBUG")
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#include <wchar.h>

#define GC_NORETURN __attribute__((noreturn))

/* A function that no version at hand declares any more. It takes any arguments, and
 * code that brings its own function of that name may define it: as an overload. */
#if defined(__cplusplus)
#define GC_REMOVED(result, name) result name(...);
#elif defined(__clang__)
#define GC_REMOVED(result, name) result name(...) __attribute__((overloadable));
#elif __STDC_VERSION__ > 201710L && __GNUC__ > 12
#define GC_REMOVED(result, name) result name(...);
#else
#define GC_REMOVED(result, name) result name();
#endif

#endif
