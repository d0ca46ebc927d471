/* Old and new ways to write an extension, in the part of the language that C11 and
 * C++11 share: every line must parse, whatever the version and the headers. */
#include "all.h"

#if PY_MAJOR_VERSION != 3 || PY_VERSION_HEX < 0x030D0000 || !defined(Py_PYTHON_H)
#error "wrong version"
#endif
#if SIZEOF_VOID_P != __SIZEOF_POINTER__ || !defined(HAVE_UNISTD_H) || !defined(Py_GIL_DISABLED)
#error "wrong configuration"
#endif
#if !defined(Py_LISTOBJECT_H) || !defined(Py_STRUCTMEMBER_H)
#error "guards are missing"
#endif

typedef struct {
	PyObject_HEAD
	PyObject *dict, *other;
	PyObject *weak;
	PyMutex mutex;
	Py_ssize_t n;
	double d;
} Thing;

typedef struct {
	PyObject_VAR_HEAD
	PyObject *items[1];
} Many;

static PyTypeObject *thing_type;
static PyObject *cache;
static Py_tss_t key = Py_tss_NEEDS_INIT;
PyDoc_STRVAR(doc, "a thing");

static int thing_traverse(PyObject *self, visitproc visit, void *arg)
{
	Thing *t = (Thing *)self;

	Py_VISIT(Py_TYPE(self));
	Py_VISIT(t->dict);
	Py_VISIT(((Thing *)self)->other);
	return 0;
}

static int thing_clear(PyObject *self)
{
	Thing *t = (Thing *)self;
	Thing *inner = t;

	Py_CLEAR(t->dict);
	Py_CLEAR(((Thing *)self)->other);
	Py_SETREF(t->dict, Py_NewRef(Py_None));
	Py_XSETREF(t->other, NULL);
	Py_XSETREF(inner, t);
	return 0;
}

static void thing_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);

	PyObject_GC_UnTrack(self);
	Py_TRASHCAN_BEGIN(self, thing_dealloc)
	if (((Thing *)self)->weak)
		PyObject_ClearWeakRefs(self);
	thing_clear(self);
	type->tp_free(self);
	Py_DECREF(type);
	Py_TRASHCAN_END
}

static PyObject *thing_compare(PyObject *a, PyObject *b, int op)
{
	if (!Py_IS_TYPE(a, thing_type) || !PyObject_TypeCheck(b, thing_type))
		Py_RETURN_NOTIMPLEMENTED;
	Py_RETURN_RICHCOMPARE(((Thing *)a)->n, ((Thing *)b)->n, op);
}

static PyObject *locked(PyObject *self, PyObject *other)
{
	Thing *t = (Thing *)self;
	Py_ssize_t n;

	Py_BEGIN_CRITICAL_SECTION(self);
	n = t->n++;
	Py_END_CRITICAL_SECTION();
	Py_BEGIN_CRITICAL_SECTION2(self, other);
	n += ((Thing *)other)->n;
	Py_END_CRITICAL_SECTION2();
#if PY_VERSION_HEX >= 0x030E0000
	Py_BEGIN_CRITICAL_SECTION_MUTEX(&t->mutex);
	n++;
	Py_END_CRITICAL_SECTION();
	Py_BEGIN_CRITICAL_SECTION2_MUTEX(&t->mutex, &((Thing *)other)->mutex);
	n++;
	Py_END_CRITICAL_SECTION2();
	n += PyMutex_IsLocked(&t->mutex);
#endif
	PyMutex_Lock(&t->mutex);
	PyMutex_Unlock(&t->mutex);
	return PyLong_FromSsize_t(n);
}

static PyObject *detached(PyObject *self, PyObject *Py_UNUSED(ignored))
{
	int failed = 0;

	Py_BEGIN_ALLOW_THREADS
	failed = usleep(1);
	if (failed) {
		Py_BLOCK_THREADS
		PyErr_SetFromErrno(PyExc_OSError);
		Py_UNBLOCK_THREADS
	}
	Py_END_ALLOW_THREADS
	if (failed || PyThread_tss_create(&key))
		return NULL;
	if (Py_EnterRecursiveCall(" here"))
		return NULL;
	Py_LeaveRecursiveCall();
	return Py_NewRef(self);
}

static PyObject *containers(PyObject *list, PyObject *tuple, PyObject *dict, PyObject *set)
{
	PyObject *k, *v, *fast, *iter;
	Py_ssize_t pos = 0;

	if (!PyList_Check(list) || !PyList_CheckExact(list) || !PyTuple_Check(tuple) ||
		!PyTuple_CheckExact(tuple) || !PyDict_Check(dict) || !PyDict_CheckExact(dict) ||
		!PyAnySet_Check(set) || !PyFrozenSet_Check(set) || !PySet_Check(set))
		return NULL;
	PyList_SET_ITEM(list, 0, PyTuple_GET_ITEM(tuple, 0));
	PyTuple_SET_ITEM(tuple, 0, PyList_GET_ITEM(list, 0));
	PyList_GET_ITEM(list, 1) = Py_None;
	PyTuple_GET_ITEM(tuple, PyTuple_GET_SIZE(tuple) - 1) = NULL;
	Py_SIZE(list) = 3;
	Py_TYPE(list) = thing_type;
	Py_SET_SIZE((PyVarObject *)list, PyList_GET_SIZE(list) + PyDict_GET_SIZE(dict));
	Py_SET_TYPE(list, &PyList_Type);
	Py_SET_REFCNT(list, Py_REFCNT(list) + PySet_GET_SIZE(set));
	((PyListObject *)list)->ob_item[0] = ((PyTupleObject *)tuple)->ob_item[0];
	while (PyDict_Next(dict, &pos, &k, &v))
		Py_XINCREF(v), Py_XDECREF(k);
	fast = PySequence_Fast(list, "no sequence");
	if (!fast)
		return NULL;
	v = PySequence_Fast_GET_ITEM(fast, PySequence_Fast_GET_SIZE(fast) - 1);
	v = PySequence_Fast_ITEMS(fast)[0];
	k = PySequence_ITEM(fast, 0);
	Py_INCREF(v);
	Py_DECREF(fast);
	Py_XDECREF(k);
	iter = PyObject_GetIter(list);
	if (!PyIter_Check(iter))
		return NULL;
	return PyObject_CallFunctionObjArgs(iter, v, NULL);
}

static PyObject *values(PyObject *o, PyObject *module)
{
	Py_UCS4 c = 0;
	Py_buffer view;
	Py_ssize_t i, size;
	char *text;

	if (PyUnicode_Check(o) && PyUnicode_READY(o) == 0) {
		int kind = PyUnicode_KIND(o);
		void *data = PyUnicode_DATA(o);

		for (i = 0; i < PyUnicode_GET_LENGTH(o); i++)
			c += PyUnicode_READ(kind, data, i) + PyUnicode_READ_CHAR(o, i);
		PyUnicode_WRITE(kind, data, 0, c);
		if (kind == PyUnicode_1BYTE_KIND && PyUnicode_IS_ASCII(o))
			c = PyUnicode_1BYTE_DATA(o)[0];
		c += PyUnicode_MAX_CHAR_VALUE(o) + Py_UNICODE_TOLOWER(c) + Py_UNICODE_ISALPHA(c);
		c += (Py_UCS4)Py_TOLOWER(c) + Py_ISDIGIT(Py_CHARMASK(c));
	}
	if (PyFloat_Check(o) && !Py_IS_NAN(PyFloat_AS_DOUBLE(o)) &&
		PyFloat_AS_DOUBLE(o) < Py_HUGE_VAL)
		return PyFloat_FromDouble(Py_MATH_PI * PyFloat_AS_DOUBLE(o));
	if (PyLong_Check(o) || PyLong_CheckExact(o))
		return PyLong_FromLongLong((PY_LONG_LONG)PyLong_AS_LONG(o));
	if (PyBytes_Check(o))
		c += (Py_UCS4)PyBytes_AS_STRING(o)[PyBytes_GET_SIZE(o) - 1];
	if (PyByteArray_Check(o))
		c += (Py_UCS4)PyByteArray_AS_STRING(o)[PyByteArray_GET_SIZE(o) - 1];
	if (PyBytes_AsStringAndSize(o, &text, &size) < 0)
		return PyErr_Occurred() ? NULL : PyErr_NoMemory();
	if (PyObject_GetBuffer(o, &view, PyBUF_SIMPLE) == 0)
		PyBuffer_Release(&view);
	if (PyWeakref_Check(o) || PyCallable_Check(o) || PyModule_Check(module))
		Py_RETURN_TRUE;
	if (PyMemoryView_Check(o) && PyMemoryView_GET_BUFFER(o)->buf)
		Py_RETURN_FALSE;
	if (PyCFunction_Check(o) && PyCFunction_GET_SELF(o))
		Py_RETURN_NONE;
	if (PyBool_Check(o) || Py_IsNone(o) || Py_Is(o, Py_True) || o == Py_Ellipsis)
		return Py_BuildValue("(Oi)", o, Py_MIN(Py_MAX((int)c, 1), Py_ABS(-3)));
	return PyUnicode_FromFormat("%R %zd", o, (Py_ssize_t)Py_ARRAY_LENGTH(doc));
}

static PyObject *dates(PyObject *o)
{
	PyDateTime_IMPORT;
	if (!PyDateTimeAPI || (!PyDateTime_Check(o) && !PyDate_CheckExact(o)))
		return NULL;
	if (PyDelta_Check(o))
		return PyDelta_FromDSU(PyDateTime_DELTA_GET_DAYS(o), 0, 1);
	if (PyDateTime_DATE_GET_HOUR(o) || PyDateTime_TIME_GET_SECOND(o))
		return PyTime_FromTime(1, 2, 3, 4);
	o = PyDateTime_FromDateAndTime(PyDateTime_GET_YEAR(o), PyDateTime_GET_MONTH(o),
		PyDateTime_GET_DAY(o), 0, 0, 0, 0);
	return o ? o : Py_NewRef(PyDateTime_TimeZone_UTC);
}

static PyObject *memory(PyTypeObject *type)
{
	Thing *t = PyObject_New(Thing, thing_type);
	Thing *g = PyObject_GC_New(Thing, thing_type);
	Many *m = PyObject_NewVar(Many, type, 3);
	int *numbers = PyMem_New(int, 10);

	PyMem_Resize(numbers, int, 20);
	PyMem_Free(numbers);
	PyMem_FREE(PyMem_MALLOC(3));
	PyObject_Free(m);
	m = PyObject_GC_NewVar(Many, type, 3);
	m = PyObject_GC_Resize(Many, m, 4);
	if (!PyObject_INIT(t, type) || !PyType_IS_GC(type) || !PyType_Check(type))
		Py_FatalError("cannot happen");
	PyObject_GC_Track(g);
	PyObject_GC_Del(m);
	Py_DECREF(g);
	return (PyObject *)t;
}

static PyObject *structure(PyTypeObject *type)
{
	PyObject *s = PyStructSequence_New(type);

	PyStructSequence_SET_ITEM(s, 0, PyLong_FromLong(1));
	return PyStructSequence_GET_ITEM(s, 0);
}

static PyObject *atomics(int *n, Py_ssize_t *size)
{
	int expected = 0;

	_Py_atomic_store_int(n, 1);
	_Py_atomic_add_ssize(size, _Py_atomic_load_ssize_relaxed(size));
	if (_Py_atomic_compare_exchange_int(n, &expected, _Py_atomic_load_int(n)))
		return Py_XNewRef(cache);
	return NULL;
}

/* what old code still says */
static PyObject *old(PyObject *f, PyObject *args)
{
	PyObject *r = PyEval_CallObject(f, args);
	PyThreadState *state = PyThreadState_GET();
	Py_ssize_t n;

	PyEval_InitThreads();
	PyEval_AcquireLock();
	PyEval_ReleaseLock();
	n = PyUnicode_GET_SIZE(f) + PyUnicode_GetSize(f);
	PyUnicode_AsUnicode(f);
	Py_TRASHCAN_SAFE_BEGIN(f)
	n += PyObject_Length(f) + PySequence_Length(f) + PyMapping_Length(f);
	Py_TRASHCAN_SAFE_END(f)
	PySys_AddWarnOption(L"x");
	_PyObject_CallMethodId(f, NULL, NULL);
	return n && state ? r : PyObject_CallFunction(f, "n", n);
}

static PyMethodDef methods[] = {
	{"locked", (PyCFunction)(void (*)(void))locked, METH_O, doc},
	{"detached", _PyCFunction_CAST(detached), METH_NOARGS, PyDoc_STR("sleeps")},
	{"compare", (PyCFunction)(void (*)(void))thing_compare, METH_VARARGS | METH_KEYWORDS, NULL},
	{NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
	{"n", T_PYSSIZET, offsetof(Thing, n), READONLY, NULL},
	{"d", Py_T_DOUBLE, offsetof(Thing, d), Py_READONLY, NULL},
	{"dict", T_OBJECT_EX, offsetof(Thing, dict), 0, NULL},
	{NULL, 0, 0, 0, NULL},
};

static PyTypeObject static_type = {PyVarObject_HEAD_INIT(NULL, 0) "mod.Static", sizeof(Thing)};

static PyType_Slot slots[] = {
	{Py_tp_dealloc, (void *)thing_dealloc},
	{Py_tp_traverse, (void *)thing_traverse},
	{Py_tp_richcompare, (void *)thing_compare},
	{Py_tp_members, members},
	{Py_tp_methods, methods},
	{0, NULL},
};
static PyType_Spec spec = {"mod.Thing", sizeof(Thing), 0,
	Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, slots};

static int module_exec(PyObject *m)
{
	static_type.tp_basicsize = sizeof(Thing);
	if (PyType_Ready(&static_type) < 0)
		return -1;
	thing_type = (PyTypeObject *)PyType_FromSpec(&spec);
	cache = PyDict_New();
	if (PyModule_AddIntMacro(m, METH_O) < 0 || PyModule_AddStringMacro(m, PY_VERSION) < 0 ||
		PyModule_AddIntConstant(m, "x", PY_SSIZE_T_MAX > 0) < 0)
		return -1;
	(void)PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
	return values(m, m) && dates(m) && memory(thing_type) && old(m, m) && atomics(NULL, NULL) &&
			       structure(thing_type) && containers(m, m, m, m)
		       ? 0
		       : -1;
}

static PyModuleDef_Slot module_slots[] = {
	{Py_mod_exec, (void *)module_exec},
	{Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
	{Py_mod_gil, Py_MOD_GIL_NOT_USED},
	{0, NULL},
};

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "mod", doc, 0, methods, module_slots,
	NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_mod(void)
{
	if (PyModule_Create(&def))
		return PyModule_FromDefAndSpec(&def, NULL);
	return PyModuleDef_Init(&def);
}

#if PY_VERSION_HEX >= 0x030F0000
PyABIInfo_VAR(abi);
static PySlot new_slots[] = {
	PySlot_PTR(Py_mod_abi, &abi),
	PySlot_PTR_STATIC(Py_mod_methods, methods),
	{0},
};

PyMODEXPORT_FUNC PyModExport_mod(void)
{
	return new_slots;
}
#endif
