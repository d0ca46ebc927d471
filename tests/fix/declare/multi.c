/* Slots. */
#include "common.h"

static int set_up(PyObject *module)
{
    return PyModule_AddIntConstant(module, "answer", 42);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, set_up},
    {0, NULL},
};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "multi", NULL, 0, methods, slots};

PyMODINIT_FUNC PyInit_multi(void)
{
    return PyModuleDef_Init(&def);
}
