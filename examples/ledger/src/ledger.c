/*
 * Accounts with a balance and a history. Written when the GIL was the lock: every method
 * relied on being alone.
 */
#include "names.h"

#if PY_VERSION_HEX >= 0x030F0000
/* Gone from the headers, but still there. */
PyObject *PyWeakref_GetObject(PyObject *ref);
#endif

typedef struct {
	PyObject_HEAD
	PyObject *name;
	PyObject *history;  /* list of amounts */
	PyObject *observer; /* weak reference to a callable, or NULL */
	long long balance;
} Account;

static Account *last_used; /* borrowed: cleared when the account goes */
static unsigned long transactions;

static const char *const account_keywords[] = {"name", "balance", NULL};

static PyObject *account_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	Account *self;
	PyObject *name;
	long long balance = 0;

	if (!PyArg_ParseTupleAndKeywords(
		    args, kwargs, "U|L:Account", (char **)account_keywords, &name, &balance))
		return NULL;
	self = (Account *)type->tp_alloc(type, 0);
	if (self == NULL)
		return NULL;
	self->balance = balance;
	self->name = names_intern(name);
	self->history = PyList_New(0);
	if (self->name == NULL || self->history == NULL) {
		Py_DECREF(self);
		return NULL;
	}
	return (PyObject *)self;
}

static void account_dealloc(PyObject *op)
{
	Account *self = (Account *)op;
	PyTypeObject *type = Py_TYPE(op);

	if (last_used == self)
		last_used = NULL;
	Py_XDECREF(self->name);
	Py_XDECREF(self->history);
	Py_XDECREF(self->observer);
	type->tp_free(op);
	Py_DECREF(type);
}

/* Tells the observer, if it is still there. */
static int notify(Account *self, PyObject *amount)
{
	PyObject *observer, *result;

	if (self->observer == NULL)
		return 0;
	observer = PyWeakref_GetObject(self->observer);
	if (observer == Py_None)
		return 0;
	result = PyObject_CallOneArg(observer, amount);
	Py_XDECREF(result);
	return result ? 0 : -1;
}

static PyObject *account_add(PyObject *op, PyObject *amount)
{
	Account *self = (Account *)op;
	long long value = PyLong_AsLongLong(amount);

	if (value == -1 && PyErr_Occurred())
		return NULL;
	self->balance += value;
	transactions++;
	last_used = self;
	if (PyList_Append(self->history, amount) < 0 || notify(self, amount) < 0)
		return NULL;
	return PyLong_FromLongLong(self->balance);
}

static PyObject *account_largest(PyObject *op, PyObject *unused)
{
	Account *self = (Account *)op;
	PyObject *largest = NULL;

	(void)unused;
	for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self->history); i++) {
		PyObject *item = PyList_GetItem(self->history, i);
		int more;

		if (item == NULL)
			return NULL;
		more = largest == NULL ? 1 : PyObject_RichCompareBool(item, largest, Py_GT);
		if (more < 0)
			return NULL;
		if (more)
			largest = item;
	}
	if (largest == NULL)
		Py_RETURN_NONE;
	Py_INCREF(largest);
	return largest;
}

static PyObject *account_observe(PyObject *op, PyObject *callable)
{
	Account *self = (Account *)op;
	PyObject *ref = PyWeakref_NewRef(callable, NULL);

	if (ref == NULL)
		return NULL;
	Py_XSETREF(self->observer, ref);
	Py_RETURN_NONE;
}

static PyObject *account_title(PyObject *op, void *closure)
{
	const char *name = PyUnicode_AsUTF8(((Account *)op)->name);

	(void)closure;
	return name ? PyUnicode_FromString(names_upper(name)) : NULL;
}

static PyObject *account_balance(PyObject *op, void *closure)
{
	(void)closure;
	return PyLong_FromLongLong(((Account *)op)->balance);
}

static PyMethodDef account_methods[] = {
	{"add", account_add, METH_O, "Add an amount; the new balance."},
	{"largest", account_largest, METH_NOARGS, "The largest amount so far, or None."},
	{"observe", account_observe, METH_O, "Call this with every amount, while it lives."},
	{NULL, NULL, 0, NULL},
};

static PyGetSetDef account_getset[] = {
	{"title", account_title, NULL, "The name in capitals.", NULL},
	{"balance", account_balance, NULL, "The sum of all amounts.", NULL},
	{NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot account_slots[] = {
	{Py_tp_new, account_new},
	{Py_tp_dealloc, account_dealloc},
	{Py_tp_methods, account_methods},
	{Py_tp_getset, account_getset},
	{0, NULL},
};

static PyType_Spec account_spec = {
	.name = "ledger._ledger.Account",
	.basicsize = sizeof(Account),
	.flags = Py_TPFLAGS_DEFAULT,
	.slots = account_slots,
};

static PyObject *statistics(PyObject *module, PyObject *unused)
{
	(void)module;
	(void)unused;
	return Py_BuildValue("{s:k,s:n}", "transactions", transactions, "hits", names_hits());
}

static PyObject *last(PyObject *module, PyObject *unused)
{
	(void)module;
	(void)unused;
	if (last_used == NULL)
		Py_RETURN_NONE;
	Py_INCREF(last_used);
	return (PyObject *)last_used;
}

static PyMethodDef ledger_functions[] = {
	{"statistics", statistics, METH_NOARGS, "Counters of the whole process."},
	{"last", last, METH_NOARGS, "The account that was used last, or None."},
	{NULL, NULL, 0, NULL},
};

static int ledger_exec(PyObject *module)
{
	PyObject *type = PyType_FromModuleAndSpec(module, &account_spec, NULL);
	int result;

	if (type == NULL)
		return -1;
	result = PyModule_AddType(module, (PyTypeObject *)type);
	Py_DECREF(type);
	return result;
}

static PyModuleDef_Slot ledger_slots[] = {
	{Py_mod_exec, ledger_exec},
	{0, NULL},
};

static struct PyModuleDef ledger_module = {
	PyModuleDef_HEAD_INIT,
	.m_name = "_ledger",
	.m_doc = "Accounts with a balance and a history.",
	.m_methods = ledger_functions,
	.m_slots = ledger_slots,
};

PyMODINIT_FUNC PyInit__ledger(void)
{
	return PyModuleDef_Init(&ledger_module);
}
