/* What the modules here do. */
#include <Python.h>

static PyObject *twice(PyObject *module, PyObject *arg)
{
    (void)module;
    return PyNumber_Add(arg, arg);
}

static PyMethodDef methods[] = {
    {"twice", twice, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
