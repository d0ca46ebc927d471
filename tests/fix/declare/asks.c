/* Slots that ask for the GIL. */
#include "common.h"

static int set_up(PyObject *module)
{
    return PyModule_AddIntConstant(module, "answer", 42);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, set_up},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "asks", NULL, 0, methods, slots};

PyMODINIT_FUNC PyInit_asks(void)
{
    return PyModuleDef_Init(&def);
}
