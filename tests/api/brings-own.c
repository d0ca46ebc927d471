/* Code that brings its own replacement of what was removed. */
#include <Python.h>

static PyObject *PyEval_CallObject(PyObject *f, PyObject *args)
{
	return PyObject_CallObject(f, args);
}

static inline Py_ssize_t PyUnicode_GetSize(PyObject *o)
{
	return PyUnicode_GET_LENGTH(o);
}

#ifdef PyUnicode_AS_UNICODE
#error "a removed macro is visible"
#endif
#define PyUnicode_GET_SIZE(o) PyUnicode_GET_LENGTH(o)

PyObject *use(PyObject *f)
{
	return PyUnicode_GetSize(f) + PyUnicode_GET_SIZE(f) ? PyEval_CallObject(f, NULL) : NULL;
}
