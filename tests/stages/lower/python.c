/* The analysis headers: macros arrive as calls of their own name. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
	PyObject_HEAD
	PyObject *items;
	Py_ssize_t count;
} Spam;

#define FIRST(list) PyList_GET_ITEM(list, 0)

static PyObject *Spam_first(Spam *self, PyObject *Py_UNUSED(ignored))
{
	PyObject *first;

	Py_BEGIN_CRITICAL_SECTION(self);
	first = FIRST(self->items);
	Py_XINCREF(first);
	Py_END_CRITICAL_SECTION();
	return first;
}

static PyObject *Spam_fill(PyObject *op, PyObject *args)
{
	Spam *self = (Spam *)op;
	PyObject *tuple = PyTuple_New(1);

	if (tuple == NULL)
		return NULL;
	PyTuple_SET_ITEM(tuple, 0, Py_NewRef(op));
	Py_BEGIN_ALLOW_THREADS
	self->count++;
	Py_END_ALLOW_THREADS
	Py_CLEAR(self->items);
	Py_TYPE(op)->tp_free(op);
	if (Py_REFCNT(op) == 1 && PyList_Check(args))
		Py_SETREF(self->items, tuple);
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
	{"first", (PyCFunction)Spam_first, METH_NOARGS, PyDoc_STR("first")},
	{"fill", Spam_fill, METH_VARARGS},
	{NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
	{Py_mod_gil, Py_MOD_GIL_NOT_USED},
	{0, NULL},
};

static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT,
	.m_name = "spam",
	.m_methods = methods,
	.m_slots = slots,
};

PyMODINIT_FUNC PyInit_spam(void)
{
	return PyModuleDef_Init(&module);
}
