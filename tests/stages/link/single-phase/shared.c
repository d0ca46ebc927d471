#include <Python.h>

#include "shared.h"

static int ready;

static int helper(void)
{
	static int calls;

	return calls++;
}

PyObject *shared_value(PyObject *args)
{
	return PyLong_FromLong(ready + helper() + (args != NULL));
}

void shared_setup(void)
{
	ready = 1;
}

void nobody(void)
{
	helper();
}
