/* SPDX-License-Identifier: 0BSD
 *
 * A second file of the test module. It includes the header alone and without GILSHIM_LVALUES. */
#include <gilshim.h>
#include "apitest.h"

PyObject *test_second_file(PyObject *self, PyObject *unused)
{
	PyInterpreterView *view = PyInterpreterView_FromMain();
	PyInterpreterGuard *guard = view ? PyInterpreterGuard_FromView(view) : NULL;

	(void)self;
	(void)unused;
	if (guard == NULL) {
		PyErr_SetString(PyExc_AssertionError, "no guard in the second file");
		return NULL;
	}
	PyInterpreterGuard_Close(guard);
	PyInterpreterView_Close(view);
	Py_RETURN_NONE;
}
