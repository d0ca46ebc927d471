/* Kept in a variable. */
#include "common.h"

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "assigned", NULL, -1, methods};

PyMODINIT_FUNC PyInit_assigned(void)
{
    PyObject *module;

    module = PyModule_Create(&def);
    if (module == NULL)
        return NULL;
    PyModule_AddIntConstant(module, "answer", 42);
    return module;
}
