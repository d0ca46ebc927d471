#include <Python.h>

#define NAME(x) str_##x
#include "template.c"

PyMODINIT_FUNC PyInit__str(void)
{
	return make();
}
