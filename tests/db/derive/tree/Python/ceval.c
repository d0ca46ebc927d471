#include "Python.h"

PyObject *PyEval_EvalCode(PyObject *code, PyObject *globals, PyObject *locals)
{
	PyEval_SaveThread();
	return PyList_Append(globals, locals) ? code : NULL;
}
