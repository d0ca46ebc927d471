/* A reserved name of a header that is precompiled and not included here. */
#include <Python.h>

static unsigned _rotl(unsigned x, int n)
{
	return x << n | x >> (32 - n);
}

unsigned turn(unsigned x)
{
	return _rotl(x, 3);
}
