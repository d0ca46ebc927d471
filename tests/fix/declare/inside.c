/* Kept in a variable inside of a condition. */
#include "common.h"

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "inside", NULL, -1, methods};

PyMODINIT_FUNC PyInit_inside(void)
{
    PyObject *module;

    if ((module = PyModule_Create(&def)) == NULL)
        return NULL;
    if (PyModule_AddIntConstant(module, "answer", 42) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
