/* What only the text shows. */
#define PY_SSIZE_T_CLEAN
#define UNRELATED 1
#define CYTHON_USE_FREELISTS 0
#ifdef _WIN32
#include <windows.h>
#define Py_LIMITED_API 0x03080000
int windows_only;
#else
int elsewhere;
#endif
#if defined(__APPLE__) && !defined(UNRELATED)
int apple;
#elif UNRELATED
int here;
#endif
#ifndef _MSC_VER
int not_msvc;
#else
int msvc;
#endif
int a; /* gilcheck: ok GIL301 (set before threads start) */
/* gilcheck: ok GIL302
   (a reason on
   several lines) */
int b;
// gilcheck: ok GIL303 (one line)
int c; // gilcheck:ok GIL304
const char *s = "/* gilcheck: ok GIL999 (text, not a comment) */";
int d = 'x'; /* nothing for us */

int use(void)
{
	return a + b + c + d;
}
