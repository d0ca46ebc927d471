/* Preprocessed, every macro must show under its own name. */
#include <Python.h>
#define FIRST(list) PyList_GET_ITEM(list, 0)
#define DROP(o) Py_XDECREF(o)
FIRST(a) Py_INCREF(b) DROP(c) Py_TYPE(d) PyTuple_GET_SIZE(e) PyMutex_Lock(f) PyModule_Create(g)
Py_CLEAR(h->x) PyUnicode_READ(i, j, k) PyFloat_AS_DOUBLE(l) Py_NewRef(m) PyObject_New(N, n)
