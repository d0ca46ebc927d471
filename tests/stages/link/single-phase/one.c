/* Single-phase, made by a wrapper; its declaration works, and another one comes too late. */
#include <Python.h>

#include "shared.h"

static PyObject *late(PyObject *module, PyObject *args)
{
	PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
	return shared_value(args);
}

static PyMethodDef methods[] = {{"late", late, METH_VARARGS, NULL}, {NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "one", .m_size = -1};

static PyObject *make(struct PyModuleDef *d)
{
	d->m_methods = methods;
	return PyModule_Create(d);
}

PyMODINIT_FUNC PyInit_one(void)
{
	PyObject *m = make(&def);

#ifdef Py_GIL_DISABLED
	PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
	shared_setup();
	return m;
}
