#include "Python.h"

int _PyCriticalSection_Begin(PyObject *op);
int _PyCriticalSection_End(PyObject *op);

static int append_locked(PyObject *list, PyObject *item)
{
	int status = _PyCriticalSection_Begin(list);

	Py_DECREF(item);
	return status + _PyCriticalSection_End(list);
}

int PyList_Append(PyObject *list, PyObject *item)
{
	return append_locked(list, item);
}

PyObject *PyList_AsTuple(PyObject *list)
{
	return Py_TYPE(list)->tp_repr(list);
}

Py_ssize_t PyList_Size(PyObject *list)
{
	return list != NULL;
}

int PyList_Reverse(PyObject *list)
{
	int not_known_at_all(PyObject *);

	return not_known_at_all(list);
}
