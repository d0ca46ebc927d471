/* Borrowed references that are made own ones: some for certain, some not. */
#include <Python.h>

static PyObject *registry;

static PyObject *get(PyObject *self, PyObject *key)
{
    PyObject *value;

    value = PyDict_GetItemWithError(registry, key); /* borrowed */
    if (value == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_KeyError, key);
        return NULL;
    }
    Py_INCREF(value);
    return value;
}

static PyObject *get_default(PyObject *self, PyObject *key)
{
    PyObject *value = PyDict_GetItem(registry, key);
    if (!value)
        Py_RETURN_NONE;
    Py_INCREF(value);
    return value;
}

static PyObject *first(PyObject *self, PyObject *list)
{
    PyObject *item = PyList_GetItem(list, 0);
    Py_XINCREF(item);
    return item;
}

static PyObject *referent(PyObject *self, PyObject *ref)
{
    PyObject *o = PyWeakref_GetObject(ref);
    Py_XINCREF(o);
    return o;
}

/* in two steps, with a macro of the project in between */
#define TAKE(x) Py_INCREF(x)

static PyObject *by_macro(PyObject *self, PyObject *key)
{
    PyObject *value = PyDict_GetItemWithError(registry, key);
    if (value == NULL)
        return NULL;
    TAKE(value);
    return value;
}

static PyObject *alone(PyObject *self, PyObject *key)
{
    PyObject *value = NULL;
    if (key != Py_None)
        value = PyDict_GetItemWithError(registry, key);
    Py_XINCREF(value);
    return value ? value : Py_NewRef(key);
}

/* what is counted may be something else */
static PyObject *or_none(PyObject *self, PyObject *key)
{
    PyObject *value = PyDict_GetItem(registry, key);
    if (value == NULL)
        value = Py_None;
    Py_INCREF(value);
    return value;
}

static PyObject *leaks(PyObject *self, PyObject *key)
{
    PyObject *value = PyDict_GetItemWithError(registry, key);
    if (value == NULL)
        return NULL;
    if (value == Py_None)
        Py_RETURN_NONE;
    Py_INCREF(value);
    return value;
}

static PyObject *nested(PyObject *self, PyObject *key)
{
    PyObject *value;
    if ((value = PyDict_GetItemWithError(registry, key)) == NULL)
        return NULL;
    Py_INCREF(value);
    return value;
}

static PyObject *set(PyObject *self, PyObject *args)
{
    PyObject *key, *value;
    if (!PyArg_ParseTuple(args, "OO", &key, &value))
        return NULL;
    if (PyDict_SetItem(registry, key, value) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"get", get, METH_O, NULL},
    {"get_default", get_default, METH_O, NULL},
    {"first", first, METH_O, NULL},
    {"referent", referent, METH_O, NULL},
    {"by_macro", by_macro, METH_O, NULL},
    {"alone", alone, METH_O, NULL},
    {"or_none", or_none, METH_O, NULL},
    {"leaks", leaks, METH_O, NULL},
    {"nested", nested, METH_O, NULL},
    {"set", set, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "borrowed", NULL, -1, methods};

PyMODINIT_FUNC PyInit_borrowed(void)
{
    registry = PyDict_New();
    return PyModule_Create(&def);
}
