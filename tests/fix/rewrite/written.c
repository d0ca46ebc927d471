/* A count that is written: what is meant only a person can say. */
#include <Python.h>

static PyObject *keep(PyObject *self, PyObject *o)
{
    o->ob_refcnt++;
    return o;
}

static PyMethodDef methods[] = {
    {"keep", keep, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "written", NULL, -1, methods};

PyMODINIT_FUNC PyInit_written(void)
{
    return PyModule_Create(&def);
}
