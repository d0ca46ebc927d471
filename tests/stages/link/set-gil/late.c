/* A multi-phase module whose declaration comes by a call: without effect. */
#include <Python.h>

static int late_exec(PyObject *m)
{
	return PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, late_exec}, {0, NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "late", .m_slots = slots};

PyMODINIT_FUNC PyInit_late(void)
{
	return PyModuleDef_Init(&def);
}
