/* Counts that are read as a field. */
#include <Python.h>

typedef struct {
    PyObject_HEAD
    PyObject *item;
} Spam;

static PyObject *counts(PyObject *self, PyObject *o)
{
    Spam *spam = (Spam *)o;
    Py_ssize_t n = o->ob_refcnt, m;

    m = ((PyObject *)spam)->ob_refcnt > 0 ? self->ob_refcnt : 0;
    return Py_BuildValue("nO", n, m > 0 ? Py_True : Py_False);
}

static PyMethodDef methods[] = {
    {"counts", counts, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "count", NULL, -1, methods};

PyMODINIT_FUNC PyInit_count(void)
{
    return PyModule_Create(&def);
}
