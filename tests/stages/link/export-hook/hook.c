/* PEP 793: slots from a hook, nested. */
#include <Python.h>

static int hook_exec(PyObject *m)
{
	return m == NULL;
}

static PyObject *act(PyObject *m, PyObject *args)
{
	return args ? m : NULL;
}

static PyMethodDef methods[] = {{"act", act, METH_NOARGS, NULL}, {NULL}};
static PySlot more[] = {
	PySlot_FUNC(Py_mod_exec, hook_exec),
	PySlot_DATA(Py_mod_gil, Py_MOD_GIL_NOT_USED),
	PySlot_END,
};
static PySlot slots[] = {
	PySlot_STATIC_DATA(Py_mod_name, "hook"),
	PySlot_STATIC_DATA(Py_mod_methods, methods),
	PySlot_DATA(Py_mod_slots, more),
	PySlot_END,
};

PyMODEXPORT_FUNC PyModExport_hook(void)
{
	return slots;
}
