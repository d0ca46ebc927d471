/* SPDX-License-Identifier: 0BSD
 *
 * What bench/shim.py times: a no-op, a busy body, and strong references by the shim and by #if. */
#include <Python.h>
#if __has_include(<gilshim.h>)
#include <gilshim.h>
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define QUOTE_(x)   #x
#define QUOTE(x)    QUOTE_(x)

static PyObject *nothing(PyObject *Py_UNUSED(s), PyObject *Py_UNUSED(a))
{
	Py_RETURN_NONE;
}

/* calls(f, n): n calls without a Python loop. */
static PyObject *calls(PyObject *Py_UNUSED(s), PyObject *args)
{
	PyObject *f;
	long n;

	if (!PyArg_ParseTuple(args, "Ol", &f, &n))
		return NULL;
	for (long i = 0; i < n; i++)
		Py_DECREF(PyObject_CallObject(f, NULL));
	Py_RETURN_NONE;
}

static PyObject *body(PyObject *Py_UNUSED(s), PyObject *n)
{
	volatile double x = 1;

	for (long i = PyLong_AsLong(n); i > 0; i--)
		x = x * 1.0000001;
	return PyFloat_FromDouble(x);
}

#if __has_include(<gilshim.h>)
static PyObject *by_shim(PyObject *Py_UNUSED(s), PyObject *args)
{
	PyObject *dict, *key, *op;
	long n;

	if (!PyArg_ParseTuple(args, "OOl", &dict, &key, &n))
		return NULL;
	while (n-- > 0)
		if (PyDict_GetItemRef(dict, key, &op) == 1)
			Py_DECREF(op);
	Py_RETURN_NONE;
}

static PyObject *by_hand(PyObject *Py_UNUSED(s), PyObject *args)
{
	PyObject *dict, *key, *op;
	long n;

	if (!PyArg_ParseTuple(args, "OOl", &dict, &key, &n))
		return NULL;
	while (n-- > 0) {
#if PY_VERSION_HEX >= 0x030D0000
		if (PyDict_GetItemRef(dict, key, &op) == 1)
			Py_DECREF(op);
#else
		op = PyDict_GetItemWithError(dict, key);
		if (op != NULL) {
			Py_INCREF(op);
			Py_DECREF(op);
		} else if (PyErr_Occurred()) {
			return NULL;
		}
#endif
	}
	Py_RETURN_NONE;
}
#endif

static PyMethodDef methods[] = {
	{"nothing", nothing, METH_NOARGS, NULL},
	{"calls", calls, METH_VARARGS, NULL},
	{"body", body, METH_O, NULL},
#if __has_include(<gilshim.h>)
	{"by_shim", by_shim, METH_VARARGS, NULL},
	{"by_hand", by_hand, METH_VARARGS, NULL},
#endif
	{NULL, NULL, 0, NULL},
};

static struct PyModuleDef def = {
	PyModuleDef_HEAD_INIT, QUOTE(NAME), NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC JOIN(PyInit_, NAME)(void)
{
	return PyModule_Create(&def);
}
