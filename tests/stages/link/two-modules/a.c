#include <Python.h>

int common(int n);

/* the same name in both modules */
int module_state;

static PyObject *run(PyObject *self, PyObject *args)
{
	return PyLong_FromLong(common(module_state++));
}

static PyMethodDef methods[] = {{"run", run, METH_NOARGS, NULL}, {NULL}};
static PyModuleDef_Slot slots[] = {
#if defined(Py_mod_gil)
	{Py_mod_gil, Py_MOD_GIL_USED},

#endif
	{0, NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "_a", NULL, 0, methods, slots};

PyMODINIT_FUNC PyInit__a(void)
{
	return PyModuleDef_Init(&def);
}
