/* SPDX-License-Identifier: 0BSD
 *
 * The rarer ways into an extension, each with a static counter as in racy.c: types made by every
 * call there is, or by hand; functions added late; hooks and watchers; a pointer that another
 * extension calls. Multi-phase; needs 3.13. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "step.h"

#define U Py_UNUSED
#define WAYS(X)                                                                                    \
	X(added)                                                                                   \
	X(from_def)                                                                                \
	X(from_spec) X(with_bases) X(metaclass) X(hand) X(late) X(late_ref) X(late_add)            \
		X(late_type) X(alloc) X(free_object) X(del) X(getattr) X(setattr) X(matrix)        \
			X(item) X(assign_item) X(concat) X(cmethod) X(newex) X(class_descr)        \
				X(getset_descr) X(set_destructor) X(trace_all) X(profile_all)      \
					X(audit) X(dict_watch) X(function_watch) X(code_watch)     \
						X(type_watch) X(pointer) X(module_clear) X(create) \
							X(send)

#define WAY_ID(name) WAY_##name,
enum way { WAYS(WAY_ID) N_WAYS };
#define WAY_NAME(name) #name,
static const char *const way_names[] = {WAYS(WAY_NAME)};

#define STEP(name) step_slowly(&counts[WAY_##name])

/* One function each: the same one would get the same thunk. */
#define STEP_AND_NONE(function, name, args)                                                        \
	static PyObject *function args                                                             \
	{                                                                                          \
		STEP(name);                                                                        \
		Py_RETURN_NONE;                                                                    \
	}
#define REPR(name)                                                                                 \
	static PyObject *repr_##name(PyObject *U(self))                                            \
	{                                                                                          \
		STEP(name);                                                                        \
		return PyUnicode_FromString(#name);                                                \
	}

/* Types */

REPR(from_spec)
REPR(with_bases)
REPR(metaclass)
REPR(late)
REPR(late_ref)
REPR(late_add)
REPR(late_type)

#define SPEC(name)                                                                                 \
	static PyType_Slot slots_##name[] = {{Py_tp_repr, (void *)repr_##name}, {0, NULL}};        \
	static PyType_Spec spec_##name = {                                                         \
		"rest." #name, sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots_##name};
SPEC(from_spec)
SPEC(with_bases)
SPEC(metaclass)

#define LATE(name)                                                                                 \
	static PyTypeObject type_##name = {                                                        \
		PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = "rest." #name,                    \
		.tp_basicsize = sizeof(PyObject), .tp_flags = Py_TPFLAGS_DEFAULT,                  \
		.tp_repr = repr_##name, .tp_new = PyType_GenericNew};
LATE(late)
LATE(late_ref)
LATE(late_add)
LATE(late_type)

static PyObject *slow_alloc(PyTypeObject *type, Py_ssize_t n)
{
	STEP(alloc);
	return PyType_GenericAlloc(type, n);
}

static void slow_free(void *memory)
{
	STEP(free_object);
	PyObject_Free(memory);
}

static void slow_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);

	type->tp_free(self);
	Py_DECREF(type);
}

static void slow_del(PyObject *U(self))
{
	STEP(del);
}

STEP_AND_NONE(slow_getattr, getattr, (PyObject * U(self), char *U(name)))
STEP_AND_NONE(slow_matrix, matrix, (PyObject * U(a), PyObject *U(b)))
STEP_AND_NONE(slow_item, item, (PyObject * U(self), Py_ssize_t U(i)))
STEP_AND_NONE(slow_concat, concat, (PyObject * U(a), PyObject *U(b)))
STEP_AND_NONE(slow_hand, hand, (PyObject * U(a), PyObject *U(b)))

static PySendResult slow_send(PyObject *U(self), PyObject *U(value), PyObject **result)
{
	STEP(send);
	*result = Py_NewRef(Py_None);
	return PYGEN_NEXT;
}

static int slow_setattr(PyObject *U(self), char *U(name), PyObject *U(value))
{
	STEP(setattr);
	return 0;
}

static int slow_assign(PyObject *U(self), Py_ssize_t U(i), PyObject *U(value))
{
	STEP(assign_item);
	return 0;
}

static PyType_Slot memory_slots[] = {{Py_tp_alloc, (void *)slow_alloc},
	{Py_tp_free, (void *)slow_free}, {Py_tp_dealloc, (void *)slow_dealloc}, {0, NULL}};
static PyType_Spec memory_spec = {
	"rest.Memory", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, memory_slots};
/* Without a tp_dealloc of its own: then CPython's calls tp_del. */
static PyType_Slot del_slots[] = {{Py_tp_del, (void *)slow_del}, {0, NULL}};
static PyType_Spec del_spec = {"rest.Del", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, del_slots};
static PyType_Slot old_slots[] = {{Py_tp_getattr, (void *)slow_getattr},
	{Py_tp_setattr, (void *)slow_setattr}, {Py_nb_matrix_multiply, (void *)slow_matrix},
	{Py_sq_item, (void *)slow_item}, {Py_sq_ass_item, (void *)slow_assign},
	{Py_sq_concat, (void *)slow_concat}, {Py_am_send, (void *)slow_send}, {0, NULL}};
static PyType_Spec old_spec = {"rest.Old", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, old_slots};

/* As pybind11 does: a heap type without a spec, filled field by field. */
static PyObject *hand_made(void)
{
	PyHeapTypeObject *heap = (PyHeapTypeObject *)PyType_Type.tp_alloc(&PyType_Type, 0);

	if (heap == NULL)
		return NULL;
	heap->ht_name = PyUnicode_FromString("Hand");
	heap->ht_qualname = Py_XNewRef(heap->ht_name);
	heap->ht_type.tp_name = "Hand";
	heap->ht_type.tp_basicsize = sizeof(PyObject);
	heap->ht_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HEAPTYPE;
	heap->ht_type.tp_as_number = &heap->as_number;
	heap->as_number.nb_add = slow_hand;
	heap->ht_type.tp_new = PyType_GenericNew;
	if (PyType_Ready(&heap->ht_type) < 0)
		Py_CLEAR(heap);
	return (PyObject *)heap;
}

/* Functions that are added, or made one by one */

STEP_AND_NONE(slow_added, added, (PyObject * U(self), PyObject *U(args)))
STEP_AND_NONE(slow_newex, newex, (PyObject * U(self), PyObject *U(args)))
STEP_AND_NONE(slow_class, class_descr, (PyObject * U(self), PyObject *U(args)))
STEP_AND_NONE(slow_get, getset_descr, (PyObject * U(self), void *U(closure)))
STEP_AND_NONE(slow_cmethod, cmethod,
	(PyObject * U(self), PyTypeObject *U(type), PyObject *const *U(args), Py_ssize_t U(n),
		PyObject *U(names)))

static PyObject *slow_inside(PyObject *U(self), PyObject *U(args))
{
	STEP(from_def);
	STEP(module_clear);
	Py_RETURN_NONE;
}

static PyMethodDef added_methods[] = {
	{"added", slow_added, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyMethodDef newex_def = {"newex", slow_newex, METH_NOARGS, NULL};
static PyMethodDef class_def = {"class_descr", slow_class, METH_NOARGS | METH_CLASS, NULL};
static PyMethodDef cmethod_def = {"cmethod", (PyCFunction)(void (*)(void))slow_cmethod,
	METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL};
static PyGetSetDef get_def = {"getset_descr", slow_get, NULL, NULL, NULL};

static void slow_free_module(void *U(module))
{
	STEP(from_def);
}

static int slow_clear_module(PyObject *U(module))
{
	STEP(module_clear);
	return 0;
}

static PyMethodDef inside_methods[] = {
	{"inside", slow_inside, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef inside_def = {PyModuleDef_HEAD_INIT, "inside", NULL, 0, inside_methods,
	NULL, NULL, slow_clear_module, slow_free_module};

/* A module by PyModule_FromDefAndSpec; it is in a cycle with its functions, so that the collector
 * calls m_clear, then m_free. */
static PyObject *make_module(PyObject *U(self), PyObject *spec)
{
	return PyModule_FromDefAndSpec(&inside_def, spec);
}

static void slow_destructor(PyObject *U(capsule))
{
	STEP(set_destructor);
}

static PyObject *make_capsule(PyObject *U(self), PyObject *U(args))
{
	PyObject *capsule = PyCapsule_New((void *)counts, "rest", NULL);

	if (capsule != NULL && PyCapsule_SetDestructor(capsule, slow_destructor) < 0)
		Py_CLEAR(capsule);
	return capsule;
}

/* Hooks: what is about a function called "watched" counts. */

static int is_watched(PyCodeObject *code)
{
	return PyUnicode_CompareWithASCIIString(code->co_name, "watched") == 0;
}

#define TRACER(name)                                                                               \
	static int slow_##name(PyObject *U(arg), PyFrameObject *frame, int what, PyObject *U(x))   \
	{                                                                                          \
		PyCodeObject *code = PyFrame_GetCode(frame);                                       \
                                                                                                   \
		if (what == PyTrace_CALL && is_watched(code))                                      \
			STEP(name);                                                                \
		Py_DECREF(code);                                                                   \
		return 0;                                                                          \
	}
TRACER(trace_all)
TRACER(profile_all)

static PyObject *set_trace_all(PyObject *U(self), PyObject *on)
{
	PyEval_SetTraceAllThreads(on == Py_True ? slow_trace_all : NULL, NULL);
	Py_RETURN_NONE;
}

static PyObject *set_profile_all(PyObject *U(self), PyObject *on)
{
	PyEval_SetProfileAllThreads(on == Py_True ? slow_profile_all : NULL, NULL);
	Py_RETURN_NONE;
}

static int slow_audit(const char *event, PyObject *U(args), void *U(data))
{
	if (strcmp(event, "rest.watched") == 0)
		STEP(audit);
	return 0;
}

static int slow_dict_watch(
	PyDict_WatchEvent event, PyObject *U(dict), PyObject *U(key), PyObject *U(value))
{
	if (event == PyDict_EVENT_MODIFIED)
		STEP(dict_watch);
	return 0;
}

static int slow_function_watch(
	PyFunction_WatchEvent event, PyFunctionObject *function, PyObject *U(value))
{
	if (event == PyFunction_EVENT_CREATE && is_watched((PyCodeObject *)function->func_code))
		STEP(function_watch);
	return 0;
}

static int slow_code_watch(PyCodeEvent event, PyCodeObject *code)
{
	if (event == PY_CODE_EVENT_CREATE && is_watched(code))
		STEP(code_watch);
	return 0;
}

static int slow_type_watch(PyTypeObject *U(type))
{
	STEP(type_watch);
	return 0;
}

/* CPython may hold a lock of its own around the watcher; this is the extension's own call. */
static PyObject *watch_type_own(PyObject *U(self), PyObject *U(args))
{
	slow_type_watch(NULL);
	Py_RETURN_NONE;
}

static int dict_watcher, type_watcher;

/* They cannot all be taken out again: for a process of its own. */
static PyObject *set_hooks(PyObject *U(self), PyObject *U(args))
{
	dict_watcher = PyDict_AddWatcher(slow_dict_watch);
	type_watcher = PyType_AddWatcher(slow_type_watch);
	if (dict_watcher < 0 || type_watcher < 0 ||
		PyFunction_AddWatcher(slow_function_watch) < 0 ||
		PyCode_AddWatcher(slow_code_watch) < 0 || PySys_AddAuditHook(slow_audit, NULL) < 0)
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *watch(PyObject *U(self), PyObject *dict)
{
	return PyDict_Watch(dict_watcher, dict) < 0 ? NULL : Py_NewRef(dict);
}

static PyObject *watch_type(PyObject *U(self), PyObject *type)
{
	return PyType_Watch(type_watcher, type) < 0 ? NULL : Py_NewRef(type);
}

static void at_exit(void *U(data))
{
	puts("at exit");
	fflush(stdout);
}

static PyObject *set_at_exit(PyObject *U(self), PyObject *U(args))
{
	return PyLong_FromLong(PyUnstable_AtExit(PyInterpreterState_Get(), at_exit, NULL));
}

/* A pointer that another extension gets by a capsule and calls; CPython never sees it. */
#ifndef GILSHIM_CALLBACK
#define GILSHIM_CALLBACK(fn) (fn)
#endif
typedef void (*pointer)(void);

static void slow_pointer(void)
{
	STEP(pointer);
}

static PyObject *get_pointer(PyObject *U(self), PyObject *U(args))
{
	return PyCapsule_New((void *)GILSHIM_CALLBACK(slow_pointer), "pointer", NULL);
}

static PyObject *call_pointer(PyObject *U(self), PyObject *capsule)
{
	pointer call = (pointer)PyCapsule_GetPointer(capsule, "pointer");

	if (call == NULL)
		return NULL;
	call();
	Py_RETURN_NONE;
}

static PyObject *call_own(PyObject *U(self), PyObject *U(args))
{
	slow_pointer();
	Py_RETURN_NONE;
}

/* What the interpreter does for its own coroutines only. */
static PyObject *send(PyObject *U(self), PyObject *iterator)
{
	PyObject *result = NULL;

	return PyIter_Send(iterator, Py_None, &result) == PYGEN_ERROR ? NULL : result;
}

static PyObject *take(PyObject *U(self), PyObject *U(args))
{
	PyObject *all = PyDict_New();

	for (int i = 0; i < N_WAYS; i++) {
		PyObject *n = PyLong_FromLong(counts[i]);

		PyDict_SetItemString(all, way_names[i], n);
		Py_DECREF(n);
		counts[i] = 0;
	}
	return all;
}

static PyMethodDef methods[] = {
	{"make_module", make_module, METH_O, NULL},
	{"make_capsule", make_capsule, METH_NOARGS, NULL},
	{"set_trace_all", set_trace_all, METH_O, NULL},
	{"set_profile_all", set_profile_all, METH_O, NULL},
	{"set_hooks", set_hooks, METH_NOARGS, NULL},
	{"set_at_exit", set_at_exit, METH_NOARGS, NULL},
	{"watch", watch, METH_O, NULL},
	{"watch_type", watch_type, METH_O, NULL},
	{"watch_type_own", watch_type_own, METH_NOARGS, NULL},
	{"send", send, METH_O, NULL},
	{"get_pointer", get_pointer, METH_NOARGS, NULL},
	{"call_pointer", call_pointer, METH_O, NULL},
	{"call_own", call_own, METH_NOARGS, NULL},
	{"take", take, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

/* Takes over what it adds. */
static int add(PyObject *module, const char *name, PyObject *value)
{
	int status = value != NULL ? PyModule_AddObjectRef(module, name, value) : -1;

	Py_XDECREF(value);
	return status;
}

static int add_types(PyObject *module)
{
	PyObject *base = (PyObject *)&PyBaseObject_Type;

	if (PyModule_AddType(module, &type_late_type) < 0 ||
		PyModule_AddObject(module, "late", Py_NewRef(&type_late)) < 0 ||
		PyModule_AddObjectRef(module, "late_ref", (PyObject *)&type_late_ref) < 0 ||
		PyModule_Add(module, "late_add", Py_NewRef(&type_late_add)) < 0)
		return -1;
	if (add(module, "from_spec", PyType_FromSpec(&spec_from_spec)) < 0 ||
		add(module, "with_bases", PyType_FromSpecWithBases(&spec_with_bases, base)) < 0 ||
		add(module, "metaclass",
			PyType_FromMetaclass(NULL, module, &spec_metaclass, NULL)) < 0)
		return -1;
	return add(module, "Memory", PyType_FromSpec(&memory_spec)) < 0 ||
			       add(module, "Del", PyType_FromSpec(&del_spec)) < 0 ||
			       add(module, "Old", PyType_FromSpec(&old_spec)) < 0 ||
			       add(module, "Hand", hand_made()) < 0
		       ? -1
		       : 0;
}

static int add_functions(PyObject *module)
{
	PyTypeObject *list = &PyList_Type;

	return PyModule_AddFunctions(module, added_methods) < 0 ||
			       add(module, "newex", PyCFunction_NewEx(&newex_def, module, NULL)) <
				       0 ||
			       add(module, "cmethod",
				       PyCMethod_New(&cmethod_def, module, NULL, list)) < 0 ||
			       add(module, "class_descr",
				       PyDescr_NewClassMethod(list, &class_def)) < 0 ||
			       add(module, "getset_descr", PyDescr_NewGetSet(list, &get_def)) < 0
		       ? -1
		       : 0;
}

static PyObject *slow_create(PyObject *U(spec), PyModuleDef *U(def))
{
	STEP(create);
	return PyModule_New(QUOTE(NAME));
}

static PyModuleDef_Slot slots[] = {{Py_mod_create, (void *)slow_create},
	{Py_mod_exec, (void *)add_types}, {Py_mod_exec, (void *)add_functions}, {0, NULL}};
static struct PyModuleDef def = {
	PyModuleDef_HEAD_INIT, QUOTE(NAME), NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC JOIN(PyInit_, NAME)(void)
{
	return PyModuleDef_Init(&def);
}
