/*
 * Fletcher's checksum, at once and bit by bit. Ready for threads: the stride is set before
 * anybody can call, running sums are read and written under a critical section on their
 * object, and bytes are summed while the buffer is held.
 */
#include <Python.h>

#include <stdint.h>

#if PY_VERSION_HEX < 0x030D0000 /* where the GIL does it */
#define Py_BEGIN_CRITICAL_SECTION(op) {
#define Py_END_CRITICAL_SECTION()     }
#endif

#define MODULUS 65535u

typedef struct {
	PyObject_HEAD
	uint32_t low, high;
} Sum;

/* How many bytes can be added before the sums must be reduced. */
static Py_ssize_t stride;

static void add_bytes(uint32_t *low, uint32_t *high, const unsigned char *p, Py_ssize_t n)
{
	while (n > 0) {
		Py_ssize_t part = n < stride ? n : stride;

		n -= part;
		for (; part > 0; part--) {
			*low += *p++;
			*high += *low;
		}
		*low %= MODULUS;
		*high %= MODULUS;
	}
}

static PyObject *sum_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	static const char *const keywords[] = {NULL};

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":Sum", (char **)keywords))
		return NULL;
	return type->tp_alloc(type, 0);
}

static void sum_dealloc(PyObject *op)
{
	PyTypeObject *type = Py_TYPE(op);

	type->tp_free(op);
	Py_DECREF(type);
}

static PyObject *sum_update(PyObject *op, PyObject *data)
{
	Sum *self = (Sum *)op;
	Py_buffer view;

	if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
		return NULL;
	Py_BEGIN_CRITICAL_SECTION(op);
	add_bytes(&self->low, &self->high, view.buf, view.len);
	Py_END_CRITICAL_SECTION();
	PyBuffer_Release(&view);
	Py_RETURN_NONE;
}

static PyObject *sum_digest(PyObject *op, PyObject *unused)
{
	Sum *self = (Sum *)op;
	uint32_t low, high;

	(void)unused;
	Py_BEGIN_CRITICAL_SECTION(op);
	low = self->low;
	high = self->high;
	Py_END_CRITICAL_SECTION();
	return PyLong_FromUnsignedLong((unsigned long)high << 16 | low);
}

static PyObject *checksum(PyObject *module, PyObject *data)
{
	uint32_t low = 0, high = 0;
	Py_buffer view;

	(void)module;
	if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
		return NULL;
	add_bytes(&low, &high, view.buf, view.len);
	PyBuffer_Release(&view);
	return PyLong_FromUnsignedLong((unsigned long)high << 16 | low);
}

static PyMethodDef sum_methods[] = {
	{"update", sum_update, METH_O, "Add the bytes of an object."},
	{"digest", sum_digest, METH_NOARGS, "The checksum so far."},
	{NULL, NULL, 0, NULL},
};

static PyType_Slot sum_slots[] = {
	{Py_tp_new, sum_new},
	{Py_tp_dealloc, sum_dealloc},
	{Py_tp_methods, sum_methods},
	{0, NULL},
};

static PyType_Spec sum_spec = {
	.name = "ledger._checksum.Sum",
	.basicsize = sizeof(Sum),
	.flags = Py_TPFLAGS_DEFAULT,
	.slots = sum_slots,
};

static PyMethodDef checksum_functions[] = {
	{"checksum", checksum, METH_O, "The checksum of the bytes of an object."},
	{NULL, NULL, 0, NULL},
};

static int checksum_exec(PyObject *module)
{
	PyObject *type = PyType_FromModuleAndSpec(module, &sum_spec, NULL);
	int result;

	if (type == NULL)
		return -1;
	result = PyModule_AddType(module, (PyTypeObject *)type);
	Py_DECREF(type);
	return result;
}

static PyModuleDef_Slot checksum_slots[] = {
	{Py_mod_exec, checksum_exec},
#ifdef Py_mod_gil
	{Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
	{0, NULL},
};

static struct PyModuleDef checksum_module = {
	PyModuleDef_HEAD_INIT,
	.m_name = "_checksum",
	.m_doc = "Fletcher's checksum.",
	.m_methods = checksum_functions,
	.m_slots = checksum_slots,
};

PyMODINIT_FUNC PyInit__checksum(void)
{
	stride = 360;
	return PyModuleDef_Init(&checksum_module);
}
