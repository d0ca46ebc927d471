#include <Python.h>

#define NAME(x) int_##x
#include "template.c"

PyMODINIT_FUNC PyInit__int(void)
{
	return make();
}
