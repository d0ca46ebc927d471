/* What takes fewer arguments in other versions of C and of Python. */
#include <Python.h>

#ifndef HAVE_STDARG_PROTOTYPES
#error old sources take its absence for a very old compiler
#endif

static int first_of(int n, ...)
{
	va_list list;
	int first;

	va_start(list, n);
	first = va_arg(list, int);
	va_end(list);
	return first;
}

int second_of(int n, ...)
{
	va_list list;
	int second;

	va_start(list);
	(void)va_arg(list, int);
	second = va_arg(list, int);
	va_end(list);
	return second + first_of(n, second);
}

/* As before 3.13, and since. */
int both_forms(PyObject *v, unsigned char *bytes)
{
	return _PyLong_AsByteArray((PyLongObject *)v, bytes, 4, 1, 0) ||
	       _PyLong_AsByteArray((PyLongObject *)v, bytes, 4, 1, 0, 1);
}
