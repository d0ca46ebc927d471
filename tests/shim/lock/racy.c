/* SPDX-License-Identifier: 0BSD
 *
 * An extension as they were written before free threading: every way into it changes static data
 * without a lock. racy.py counts what gets lost. Compiled under the name NAME, single-phase with
 * -DSINGLE, unedited with and without the shim. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <pthread.h>
#include <semaphore.h>

#include "step.h"

#if PY_VERSION_HEX >= 0x030F0000
/* Gone from the headers, but still there. */
PyObject *PyWeakref_GetObject(PyObject *ref);
#endif

/* What the shim does about native locks, taken out again: a control. */
#ifdef RAW_NATIVE
#undef pthread_mutex_lock
#undef pthread_mutex_timedlock
#undef pthread_mutex_clocklock
#undef pthread_cond_wait
#undef pthread_cond_timedwait
#undef pthread_cond_clockwait
#undef pthread_rwlock_rdlock
#undef pthread_rwlock_wrlock
#undef pthread_rwlock_timedrdlock
#undef pthread_rwlock_timedwrlock
#undef pthread_rwlock_clockrdlock
#undef pthread_rwlock_clockwrlock
#undef pthread_join
#undef pthread_barrier_wait
#undef sem_wait
#undef sem_timedwait
#undef sem_clockwait
#undef PyThread_acquire_lock
#undef PyThread_acquire_lock_timed
#endif

#ifndef NAME
#define NAME racy
#endif

/* One static counter for each way in, and one for all of them. */
static volatile long own_everywhere; /* by all ways in */
static volatile long *everywhere_at = &own_everywhere;
#define everywhere (*everywhere_at)

static void step(int way)
{
	long here = counts[way], all = everywhere;

	sched_yield();
	counts[way] = here + 1;
	everywhere = all + 1;
}

enum way {
	NOARGS,
	O,
	VARARGS,
	KEYWORDS,
	FAST,
	FASTKEYWORDS,
	METHOD,
	CLASSMETHOD,
	STATICMETHOD,
	NEW,
	INIT,
	DEALLOC,
	REPR,
	STR,
	HASH,
	CALL,
	ITER,
	NEXT,
	COMPARE,
	GETATTRO,
	SETATTRO,
	GET,
	SET,
	ADD,
	INPLACE,
	BOOL,
	INT,
	INDEX,
	POWER,
	LENGTH,
	ITEM,
	CONTAINS,
	SUBSCRIPT,
	ASSIGN,
	DESCRGET,
	DESCRSET,
	AWAIT,
	AITER,
	ANEXT,
	BUFFER,
	RELEASE,
	FINALIZE,
	VECTORCALL,
	CLOSURE,
	DESCRIPTOR,
	CAPSULE,
	PENDING,
	TRACE,
	PROFILE,
	ENSURE,
	RESTORE,
	ACQUIRE,
	SWAPPED,
	CLEAR,
	WAYS
};

static const char *const way_names[] = {"noargs", "o", "varargs", "keywords", "fast",
	"fastkeywords", "method", "classmethod", "staticmethod", "new", "init", "dealloc", "repr",
	"str", "hash", "call", "iter", "next", "compare", "getattro", "setattro", "get", "set",
	"add", "inplace", "bool", "int", "index", "power", "length", "item", "contains",
	"subscript", "assign", "descrget", "descrset", "await", "aiter", "anext", "buffer",
	"release", "finalize", "vectorcall", "closure", "descriptor", "capsule", "pending", "trace",
	"profile", "ensure", "restore", "acquire", "swapped", "clear"};

#define NONE(way)                                                                                  \
	{                                                                                          \
		step(way);                                                                         \
		Py_RETURN_NONE;                                                                    \
	}
#define SELF(way)                                                                                  \
	{                                                                                          \
		step(way);                                                                         \
		Py_INCREF(self);                                                                   \
		return self;                                                                       \
	}
#define ZERO(way)                                                                                  \
	{                                                                                          \
		step(way);                                                                         \
		return 0;                                                                          \
	}
#define U Py_UNUSED

static PyObject *f_noargs(PyObject *U(s), PyObject *U(a)) NONE(NOARGS) static PyObject *f_o(
	PyObject *U(s), PyObject *U(a))
	NONE(O) static PyObject *f_varargs(PyObject *U(s), PyObject *U(a)) NONE(
		VARARGS) static PyObject *f_keywords(PyObject *U(s), PyObject *U(a), PyObject *U(k))
		NONE(KEYWORDS) static PyObject *f_fast(PyObject *U(s), PyObject *const *U(a),
			Py_ssize_t U(n)) NONE(FAST) static PyObject *f_fastkeywords(PyObject *U(s),
			PyObject *const *U(a), Py_ssize_t U(n),
			PyObject *U(k)) NONE(FASTKEYWORDS) static PyObject *m_method(PyObject *U(s),
			PyTypeObject *U(c), PyObject *const *U(a), Py_ssize_t U(n), PyObject *U(k))
			NONE(METHOD) static PyObject *m_class(PyObject *U(s), PyObject *U(a))
				NONE(CLASSMETHOD) static PyObject *m_static(
					PyObject *U(s), PyObject *U(a)) NONE(STATICMETHOD)

	/* One object type, as a static type and as a heap type. */
	struct thing {
	PyObject_HEAD PyObject
		*value; /* a member that Python reads and the method `swap` replaces */
	const char *text;
	vectorcallfunc vectorcall;
};

static PyObject *t_vectorcall(PyObject *U(s), PyObject *const *U(a), size_t U(n), PyObject *U(k))
	NONE(VECTORCALL)

		static PyObject *t_new(PyTypeObject *type, PyObject *U(a), PyObject *U(k))
{
	struct thing *t = (struct thing *)type->tp_alloc(type, 0);

	step(NEW);
	if (t != NULL) {
		t->value = PyList_New(1);
		PyList_SET_ITEM(t->value, 0, PyLong_FromLong(123456));
		t->text = "text";
		t->vectorcall = t_vectorcall;
	}
	return (PyObject *)t;
}

static int t_init(PyObject *U(s), PyObject *U(a), PyObject *U(k)) ZERO(INIT)

	static int t_traverse(PyObject *self, visitproc visit, void *arg)
{
	if (Py_TYPE(self)->tp_flags & Py_TPFLAGS_HEAPTYPE)
		Py_VISIT(Py_TYPE(self));
	Py_VISIT(((struct thing *)self)->value);
	return 0;
}

static int t_clear(PyObject *self)
{
	step(CLEAR);
	Py_CLEAR(((struct thing *)self)->value);
	return 0;
}

static void t_finalize(PyObject *U(self))
{
	step(FINALIZE);
}

static void t_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);

	if (PyObject_CallFinalizerFromDealloc(self) < 0)
		return;
	PyObject_GC_UnTrack(self);
	step(DEALLOC);
	Py_CLEAR(((struct thing *)self)->value);
	type->tp_free(self);
	if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
		Py_DECREF(type);
}

static PyObject *text(void)
{
	return PyUnicode_FromString("racy");
}

static PyObject *t_repr(PyObject *U(s))
{
	step(REPR);
	return text();
}

static PyObject *t_str(PyObject *U(s))
{
	step(STR);
	return text();
}

static Py_hash_t t_hash(PyObject *self)
{
	step(HASH);
	return (Py_hash_t)(((uintptr_t)self >> 4) & 0xffff);
}

static PyObject *t_call(PyObject *U(s), PyObject *U(a), PyObject *U(k))
	NONE(CALL) static PyObject *t_iter(PyObject *self) SELF(ITER)

		static PyObject *t_next(PyObject *U(s))
{
	step(NEXT);
	return NULL;
}

static PyObject *t_compare(PyObject *a, PyObject *b, int op)
{
	step(COMPARE);
	if (op == Py_LT)
		return PyBool_FromLong((uintptr_t)a < (uintptr_t)b);
	return PyBool_FromLong((a == b) == (op == Py_EQ));
}

static PyObject *t_getattro(PyObject *self, PyObject *name)
{
	if (PyUnicode_CompareWithASCIIString(name, "way") == 0)
		NONE(GETATTRO)
	return PyObject_GenericGetAttr(self, name);
}

static int t_setattro(PyObject *self, PyObject *name, PyObject *value)
{
	if (PyUnicode_CompareWithASCIIString(name, "way") == 0)
		ZERO(SETATTRO)
	return PyObject_GenericSetAttr(self, name, value);
}

static PyObject *t_get(PyObject *U(s), void *U(c))
	NONE(GET) static int t_set(PyObject *U(s), PyObject *U(v), void *U(c))
		ZERO(SET) static PyObject *t_add(PyObject *U(a), PyObject *U(b))
			NONE(ADD) static PyObject *t_inplace(PyObject *self, PyObject *U(b))
				SELF(INPLACE) static int t_bool(PyObject *U(s)) ZERO(BOOL)

					static PyObject *t_int(PyObject *U(s))
{
	step(INT);
	return PyLong_FromLong(7);
}

static PyObject *t_index(PyObject *U(s))
{
	step(INDEX);
	return PyLong_FromLong(0);
}

static PyObject *t_power(PyObject *U(a), PyObject *U(b), PyObject *U(c))
	NONE(POWER) static Py_ssize_t t_length(PyObject *U(s)) ZERO(LENGTH) static PyObject *t_item(
		PyObject *U(s), Py_ssize_t U(i)) NONE(ITEM) static int t_contains(PyObject *U(s),
		PyObject *U(v)) ZERO(CONTAINS) static PyObject *t_subscript(PyObject *U(s),
		PyObject *U(k)) NONE(SUBSCRIPT) static int t_assign(PyObject *U(s), PyObject *U(k),
		PyObject *U(v)) ZERO(ASSIGN) static PyObject *t_descrget(PyObject *U(s),
		PyObject *U(o), PyObject *U(t))
		NONE(DESCRGET) static int t_descrset(PyObject *U(s), PyObject *U(o), PyObject *U(v))
			ZERO(DESCRSET) static PyObject *t_await(PyObject *self)
				SELF(AWAIT) static PyObject *t_aiter(PyObject *self)
					SELF(AITER) static PyObject *t_anext(PyObject *self)
						SELF(ANEXT)

							static char bytes[4] = "abc";

static int t_buffer(PyObject *self, Py_buffer *view, int flags)
{
	step(BUFFER);
	return PyBuffer_FillInfo(view, self, bytes, 3, 1, flags);
}

static void t_release(PyObject *U(s), Py_buffer *U(view))
{
	step(RELEASE);
}

/* Replaces the member that Python threads read at the same time; meanwhile there is none. */
static PyObject *t_swap(PyObject *self, PyObject *U(a))
{
	struct thing *t = (struct thing *)self;
	PyObject *was = t->value, *now = PyList_New(1);

	PyList_SET_ITEM(now, 0, PyLong_FromLong(123456));
	t->value = NULL;
	for (int i = 0; i < 10; i++)
		sched_yield();
	t->value = now;
	Py_XDECREF(was);
	Py_RETURN_NONE;
}

static PyMethodDef t_methods[] = {
	{"method", (PyCFunction)(void (*)(void))m_method,
		METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL},
	{"classmethod", m_class, METH_NOARGS | METH_CLASS, NULL},
	{"staticmethod", m_static, METH_NOARGS | METH_STATIC, NULL},
	{"swap", t_swap, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};
static PyMethodDef static_methods[] = {
	{"classmethod", m_class, METH_NOARGS | METH_CLASS, NULL},
	{"staticmethod", m_static, METH_NOARGS | METH_STATIC, NULL},
	{"swap", t_swap, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};
static PyGetSetDef t_getset[] = {
	{"attribute", t_get, t_set, NULL, NULL}, {NULL, NULL, NULL, NULL, NULL}};
static PyMemberDef t_members[] = {
	{"value", T_OBJECT_EX, offsetof(struct thing, value), 0, NULL},
	{"text", T_STRING, offsetof(struct thing, text), READONLY, NULL},
	{"__vectorcalloffset__", T_PYSSIZET, offsetof(struct thing, vectorcall), READONLY, NULL},
	{NULL, 0, 0, 0, NULL},
};

static PyNumberMethods as_number;
static PySequenceMethods as_sequence = {
	t_length, NULL, NULL, t_item, NULL, NULL, NULL, t_contains, NULL, NULL};
static PyMappingMethods as_mapping = {NULL, t_subscript, t_assign};
static PyAsyncMethods as_async = {t_await, t_aiter, t_anext, NULL};
static PyBufferProcs as_buffer = {t_buffer, t_release};

static PyTypeObject Static = {PyVarObject_HEAD_INIT(NULL, 0) QUOTE(NAME) ".Static",
	sizeof(struct thing), 0, t_dealloc, 0, NULL, NULL, &as_async, t_repr, &as_number,
	&as_sequence, &as_mapping, t_hash, t_call, t_str, t_getattro, t_setattro, &as_buffer,
	Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, NULL, t_traverse, t_clear, t_compare, 0, t_iter,
	t_next, static_methods, t_members, t_getset, NULL, NULL, t_descrget, t_descrset, 0, t_init,
	NULL, t_new, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, t_finalize, NULL, 0, 0};

static PyType_Slot heap_slots[] = {{Py_tp_dealloc, (void *)t_dealloc}, {Py_tp_repr, (void *)t_repr},
	{Py_tp_hash, (void *)t_hash}, {Py_tp_call, (void *)t_call}, {Py_tp_str, (void *)t_str},
	{Py_tp_getattro, (void *)t_getattro}, {Py_tp_setattro, (void *)t_setattro},
	{Py_tp_traverse, (void *)t_traverse}, {Py_tp_clear, (void *)t_clear},
	{Py_tp_richcompare, (void *)t_compare}, {Py_tp_iter, (void *)t_iter},
	{Py_tp_iternext, (void *)t_next}, {Py_tp_methods, t_methods}, {Py_tp_getset, t_getset},
	{Py_tp_descr_get, (void *)t_descrget}, {Py_tp_descr_set, (void *)t_descrset},
	{Py_tp_init, (void *)t_init}, {Py_tp_new, (void *)t_new},
	{Py_tp_finalize, (void *)t_finalize}, {Py_nb_add, (void *)t_add},
	{Py_nb_inplace_add, (void *)t_inplace}, {Py_nb_bool, (void *)t_bool},
	{Py_nb_int, (void *)t_int}, {Py_nb_index, (void *)t_index}, {Py_nb_power, (void *)t_power},
	{Py_sq_length, (void *)t_length}, {Py_sq_item, (void *)t_item},
	{Py_sq_contains, (void *)t_contains}, {Py_mp_subscript, (void *)t_subscript},
	{Py_mp_ass_subscript, (void *)t_assign}, {Py_am_await, (void *)t_await},
	{Py_am_aiter, (void *)t_aiter}, {Py_am_anext, (void *)t_anext},
	{Py_bf_getbuffer, (void *)t_buffer}, {Py_bf_releasebuffer, (void *)t_release},
	{Py_tp_members, t_members}, {0, NULL}};
static PyType_Spec heap_spec = {QUOTE(NAME) ".Heap", sizeof(struct thing), 0,
	Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, heap_slots};

/* Called through the pointer in each instance. */
static PyType_Slot vector_slots[] = {{Py_tp_dealloc, (void *)t_dealloc}, {Py_tp_new, (void *)t_new},
	{Py_tp_traverse, (void *)t_traverse}, {Py_tp_clear, (void *)t_clear},
	{Py_tp_call, (void *)PyVectorcall_Call}, {Py_tp_members, t_members}, {0, NULL}};
static PyType_Spec vector_spec = {QUOTE(NAME) ".Vector", sizeof(struct thing), 0,
	Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL, vector_slots};

/* Callables, descriptors, capsules made one by one */

static PyObject *closure(PyObject *U(s), PyObject *U(a))
	NONE(CLOSURE) static PyMethodDef closure_def = {
		"closure",
		closure,
		METH_NOARGS,
		NULL
	};
static PyObject *descriptor(PyObject *U(s), PyObject *U(a))
	NONE(DESCRIPTOR) static PyMethodDef descriptor_def = {
		"descriptor",
		descriptor,
		METH_NOARGS,
		NULL
	};

static PyObject *make_closure(PyObject *U(s), PyObject *a)
{
	return PyCFunction_New(&closure_def, a);
}

static PyObject *make_descriptor(PyObject *U(s), PyObject *a)
{
	return PyDescr_NewMethod((PyTypeObject *)a, &descriptor_def);
}

static void capsule_gone(PyObject *U(capsule))
{
	step(CAPSULE);
}

static PyObject *make_capsule(PyObject *U(s), PyObject *U(a))
{
	return PyCapsule_New(bytes, "racy", capsule_gone);
}

static int pending(void *U(arg)) ZERO(PENDING)

	static PyObject *add_pending(PyObject *U(s), PyObject *U(a))
{
	return PyLong_FromLong(Py_AddPendingCall(pending, NULL));
}

/* How many pending calls were made; only the main thread makes them. */
static PyObject *pending_done(PyObject *U(s), PyObject *U(a))
{
	return PyLong_FromLong(counts[PENDING]);
}

static int trace(PyObject *U(o), PyFrameObject *U(f), int what, PyObject *U(a))
{
	if (what == PyTrace_CALL)
		step(TRACE);
	return 0;
}

static int profile(PyObject *U(o), PyFrameObject *U(f), int what, PyObject *U(a))
{
	if (what == PyTrace_CALL)
		step(PROFILE);
	return 0;
}

static PyObject *set_trace(PyObject *U(s), PyObject *a)
{
	PyEval_SetTrace(a == Py_None ? NULL : trace, NULL);
	Py_RETURN_NONE;
}

static PyObject *set_profile(PyObject *U(s), PyObject *a)
{
	PyEval_SetProfile(a == Py_None ? NULL : profile, NULL);
	Py_RETURN_NONE;
}

/* Threads of our own: Ensure, and states made by hand. `callback` may be NULL. */
struct job {
	long n;
	int way;
	PyInterpreterState *interp;
	PyObject *callback;
};

static void call(PyObject *callback)
{
	PyObject *done = callback != Py_None ? PyObject_CallObject(callback, NULL) : NULL;

	if (done == NULL && PyErr_Occurred())
		PyErr_WriteUnraisable(callback);
	Py_XDECREF(done);
}

static void *ensuring(void *arg)
{
	struct job *job = arg;

	for (long i = 0; i < job->n; i++) {
		PyGILState_STATE outer = PyGILState_Ensure(), inner;

		step(ENSURE);
		call(job->callback);
		inner = PyGILState_Ensure();
		step(ENSURE);
		PyGILState_Release(inner);
		step(ENSURE);
		PyGILState_Release(outer);
	}
	return NULL;
}

static void *restoring(void *arg)
{
	struct job *job = arg;
	PyThreadState *state = PyThreadState_New(job->interp);

	for (long i = 0; i < job->n; i++) {
		PyEval_RestoreThread(state);
		step(RESTORE);
		Py_BEGIN_ALLOW_THREADS sched_yield();
		Py_END_ALLOW_THREADS step(RESTORE);
		call(job->callback);
		step(RESTORE);
		PyEval_SaveThread();
	}
	PyEval_RestoreThread(state);
	PyThreadState_Clear(state);
	PyThreadState_DeleteCurrent();
	return NULL;
}

static void *acquiring(void *arg)
{
	struct job *job = arg;
	PyThreadState *state = PyThreadState_New(job->interp);

	for (long i = 0; i < job->n; i++) {
		PyEval_AcquireThread(state);
		step(ACQUIRE);
		call(job->callback);
		step(ACQUIRE);
		step(ACQUIRE);
		PyEval_ReleaseThread(state);
	}
	PyEval_AcquireThread(state);
	PyThreadState_Clear(state);
	PyThreadState_DeleteCurrent();
	return NULL;
}

static void *swapping(void *arg)
{
	struct job *job = arg;
	PyThreadState *state = PyThreadState_New(job->interp);

	for (long i = 0; i < job->n; i++) {
		PyThreadState_Swap(state);
		step(SWAPPED);
		call(job->callback);
		step(SWAPPED);
		step(SWAPPED);
		PyThreadState_Swap(NULL);
	}
	PyThreadState_Swap(state);
	PyThreadState_Clear(state);
	PyThreadState_DeleteCurrent();
	return NULL;
}

/* threads(way, n, callback): 3 steps a round; waits for the thread. */
static PyObject *threads(PyObject *U(s), PyObject *args)
{
	void *(*run[])(void *) = {ensuring, restoring, acquiring, swapping};
	struct job job = {0, 0, PyInterpreterState_Get(), NULL};
	pthread_t thread;

	if (!PyArg_ParseTuple(args, "ilO", &job.way, &job.n, &job.callback))
		return NULL;
	Py_BEGIN_ALLOW_THREADS pthread_create(&thread, NULL, run[job.way], &job);
	pthread_join(thread, NULL);
	Py_END_ALLOW_THREADS Py_RETURN_NONE;
}

/* Calls of CPython in whose course one call under the GIL was never interrupted. */

static int drop(PyObject *op)
{
	Py_XDECREF(op);
	return op != NULL ? 0 : -1;
}

static int around_compare(PyObject *a, PyObject *b)
{
	return drop(PyObject_RichCompare(a, b, Py_EQ));
}

/* A private list of own objects. */
static int around_sort(PyObject *a, PyObject *b)
{
	PyObject *list = Py_BuildValue("[OOOO]", a, b, a, b);

	return list == NULL || PyList_Sort(list) < 0 ? -1 : drop(list);
}

/* Own keys into a private dict. */
static int around_keys(PyObject *a, PyObject *b)
{
	PyObject *dict = PyDict_New();

	return PyDict_SetItem(dict, a, b) < 0 || PyDict_SetItem(dict, b, a) < 0 ? -1 : drop(dict);
}

/* The rest with containers that others use. */
#define AROUND(name, expression)                                                                   \
	static int around_##name(PyObject *a, PyObject *b)                                         \
	{                                                                                          \
		(void)b;                                                                           \
		return (expression) < 0 ? -1 : 0;                                                  \
	}

static int next_of(PyObject *dict)
{
	PyObject *k, *v;
	Py_ssize_t at = 0;

	return PyDict_Next(dict, &at, &k, &v);
}

AROUND(append, PyList_Append(a, Py_None))
AROUND(insert, PyList_Insert(a, 0, Py_None))
AROUND(as_tuple, drop(PyList_AsTuple(a)))
AROUND(slice, drop(PyList_GetSlice(a, 0, 3)))
AROUND(reverse, PyList_Reverse(a))
AROUND(set_item, PyDict_SetItem(a, b, Py_None))
AROUND(set_string, PyDict_SetItemString(a, "key", b))
AROUND(contains, PyDict_Contains(a, b))
AROUND(get_item, PyDict_GetItem(a, b) == b)
AROUND(get_with_error, PyDict_GetItemWithError(a, b) == b)
AROUND(get_string, PyDict_GetItemString(a, "key") == b)
AROUND(set_default, PyDict_SetDefault(a, b, Py_None) == NULL ? -1 : 0)
AROUND(copy, drop(PyDict_Copy(a)))
AROUND(all_keys, drop(PyDict_Keys(a)))
AROUND(values, drop(PyDict_Values(a)))
AROUND(items, drop(PyDict_Items(a)))
AROUND(next, next_of(a))
AROUND(set_add, PySet_Add(a, b))
AROUND(set_contains, PySet_Contains(a, b))

#define NAMED(name) {#name, around_##name}
static const struct {
	const char *name;
	int (*run)(PyObject *, PyObject *);
} all_around[] = {NAMED(compare), NAMED(sort), NAMED(keys), NAMED(append), NAMED(insert),
	NAMED(as_tuple), NAMED(slice), NAMED(reverse), NAMED(set_item), NAMED(set_string),
	NAMED(contains), NAMED(get_item), NAMED(get_with_error), NAMED(get_string),
	NAMED(set_default), NAMED(copy), NAMED(all_keys), NAMED(values), NAMED(items), NAMED(next),
	NAMED(set_add), NAMED(set_contains)};

/* What is read before such a call is written after it. */
static PyObject *around(PyObject *U(s), PyObject *args)
{
	PyObject *a, *b;
	const char *what;
	long was = counts[NOARGS];

	if (!PyArg_ParseTuple(args, "sOO", &what, &a, &b))
		return NULL;
	for (size_t i = 0; i < sizeof(all_around) / sizeof(all_around[0]); i++)
		if (strcmp(what, all_around[i].name) == 0 && all_around[i].run(a, b) < 0)
			return NULL;
	counts[NOARGS] = was + 1;
	Py_RETURN_NONE;
}

/* Borrowed references to what other threads drop: n rounds; returns how many were bad. */
static long bad_item(PyObject *op)
{
	/* What the mutators store is lists of one element. */
	PyObject *item;

	if (op == NULL || op == Py_None)
		return 0;
	for (int i = 0; i < 20; i++)
		if (!PyList_Check(op) || Py_SIZE(op) != 1)
			return 1;
	Py_INCREF(op);
	item = PyList_GetItem(op, 0);
	Py_DECREF(op);
	return item == NULL || !PyUnicode_CheckExact(item);
}

/* The i-th round with one idiom; idioms are told apart by a letter. */
static long borrow_once(char idiom, PyObject *container, PyObject *key, long i)
{
	PyObject *op, *k, *v;
	Py_ssize_t at = 0;
	long bad = 0;

	switch (idiom) {
	case 'i':
		if (PyList_Size(container) < 1)
			return 0;
		op = PyList_GetItem(container, 0);
		PyErr_Clear();
		return bad_item(op);
	case 'I':
		return PyList_GET_SIZE(container) < 1 ? 0 : bad_item(PyList_GET_ITEM(container, 0));
	case 'd':
		return bad_item(PyDict_GetItem(container, key));
	case 'e':
		return bad_item(PyDict_GetItemWithError(container, key));
	case 'S':
		return bad_item(PyDict_GetItemString(container, "k"));
	case 'D':
		return bad_item(PyDict_SetDefault(container, key, Py_None));
	case 'n':
		while (PyDict_Next(container, &at, &k, &v))
			bad += !PyUnicode_CheckExact(k) || bad_item(v);
		return bad;
	case 'f':
		op = PySequence_Fast(container, "list");
		for (Py_ssize_t j = 0; j < PySequence_Fast_GET_SIZE(op); j++)
			bad += bad_item(PySequence_Fast_ITEMS(op)[j]);
		Py_DECREF(op);
		return bad;
	case 'c':
		return bad_item(PyCell_GET(container));
	case 's':
		return bad_item(PySys_GetObject("racy_item"));
	case 'w':
		return bad_item(PyWeakref_GetObject(PyTuple_GET_ITEM(container, i)));
	}
	return -1;
}

static PyObject *borrow(PyObject *U(s), PyObject *args)
{
	PyObject *container, *key;
	const char *idiom;
	long n, bad = 0;

	if (!PyArg_ParseTuple(args, "sOOl", &idiom, &container, &key, &n))
		return NULL;
	for (long i = 0; i < n; i++)
		bad += borrow_once(idiom[0], container, key, i);
	return PyLong_FromLong(bad);
}

/* Native locks, told apart by a letter, and waited for without detaching, as old code does. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static PyThread_type_lock lock;
static sem_t semaphore;
static int taken; /* by 'c'; belongs to the mutex */
static const struct timespec never = {4102444800, 0};

/* How a lock is held, and how it is waited for. */
#define NATIVE_WAYS "mm mM cc cC wr wR rw rW ww ll tt ss sS jj bb"
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30)
#define NATIVE_WAYS_BY_CLOCK " mx ck wq rv sz"
#else
#define NATIVE_WAYS_BY_CLOCK ""
#endif

static int wait_until_given(char how)
{
	switch (how) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30)
	case 'k':
		return pthread_cond_clockwait(&given, &mutex, CLOCK_REALTIME, &never);
#endif
	case 'C':
		return pthread_cond_timedwait(&given, &mutex, &never);
	default:
		return pthread_cond_wait(&given, &mutex);
	}
}

/* Waits at its barrier once it has had the extension lock. */
static void *ensure_once(void *barrier)
{
	PyGILState_Release(PyGILState_Ensure());
	if (barrier != NULL)
		pthread_barrier_wait(barrier);
	return NULL;
}

/* No lock: a thread that needs the extension lock to end, or to come to a barrier. */
static int wait_for_thread(char how)
{
	pthread_barrier_t barrier;
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, ensure_once, how == 'b' ? &barrier : NULL);
	if (how == 'b')
		pthread_barrier_wait(&barrier);
	return pthread_join(thread, NULL);
}

/* 0, like what it calls. */
static int take_native(char how)
{
	int status = 0;

	switch (how) {
	case 'm':
		return pthread_mutex_lock(&mutex);
	case 'M':
		return pthread_mutex_timedlock(&mutex, &never);
	case 'c':
	case 'C':
	case 'k':
		pthread_mutex_lock(&mutex);
		while (taken && status == 0)
			status = wait_until_given(how);
		taken = 1;
		pthread_mutex_unlock(&mutex);
		return status;
	case 'r':
		return pthread_rwlock_rdlock(&rwlock);
	case 'R':
		return pthread_rwlock_timedrdlock(&rwlock, &never);
	case 'w':
		return pthread_rwlock_wrlock(&rwlock);
	case 'W':
		return pthread_rwlock_timedwrlock(&rwlock, &never);
	case 's':
		return sem_wait(&semaphore);
	case 'S':
		return sem_timedwait(&semaphore, &never);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 30)
	case 'x':
		return pthread_mutex_clocklock(&mutex, CLOCK_REALTIME, &never);
	case 'q':
		return pthread_rwlock_clockrdlock(&rwlock, CLOCK_REALTIME, &never);
	case 'v':
		return pthread_rwlock_clockwrlock(&rwlock, CLOCK_REALTIME, &never);
	case 'z':
		return sem_clockwait(&semaphore, CLOCK_REALTIME, &never);
#endif
	case 'l':
		return !PyThread_acquire_lock(lock, WAIT_LOCK);
	case 't':
		return PyThread_acquire_lock_timed(lock, -1, 0) != PY_LOCK_ACQUIRED;
	default:
		return wait_for_thread(how);
	}
}

static int give_native(char how)
{
	switch (how) {
	case 'c':
	case 'C':
	case 'k':
		pthread_mutex_lock(&mutex);
		taken = 0;
		pthread_cond_signal(&given);
		return pthread_mutex_unlock(&mutex);
	case 'm':
	case 'M':
	case 'x':
		return pthread_mutex_unlock(&mutex);
	case 'r':
	case 'R':
	case 'q':
	case 'w':
	case 'W':
	case 'v':
		return pthread_rwlock_unlock(&rwlock);
	case 's':
	case 'S':
	case 'z':
		return sem_post(&semaphore);
	case 'l':
	case 't':
		PyThread_release_lock(lock);
		return 0;
	default:
		return 0;
	}
}

static PyObject *native_ways(PyObject *U(s), PyObject *U(args))
{
	lock = PyThread_allocate_lock();
	sem_init(&semaphore, 0, 1);
	return PyUnicode_FromString(NATIVE_WAYS NATIVE_WAYS_BY_CLOCK);
}

/* with_native(how, callback): one step before and 20 after it. After native_ways(). */
static PyObject *with_native(PyObject *U(s), PyObject *args)
{
	PyObject *callback;
	const char *how;

	if (!PyArg_ParseTuple(args, "sO", &how, &callback))
		return NULL;
	step(NOARGS);
	if (take_native(how[0]) != 0)
		return PyErr_SetFromErrno(PyExc_OSError);
	call(callback);
	if (give_native(how[0]) != 0)
		return PyErr_SetFromErrno(PyExc_OSError);
	for (int i = 0; i < 20; i++)
		step(NOARGS);
	Py_RETURN_NONE;
}

/* Calls back from inside, n deep through other extensions if the callback does so. */
static PyObject *call_it(PyObject *U(s), PyObject *callback)
{
	PyObject *result;
	long was;

	step(O);
	result = PyObject_CallNoArgs(callback);
	was = counts[VARARGS];
	sched_yield();
	counts[VARARGS] = was + 1;
	return result;
}

static PyObject *take(PyObject *U(s), PyObject *U(a))
{
	PyObject *all = PyDict_New();

	for (int i = 0; i < WAYS; i++) {
		PyObject *n = PyLong_FromLong(counts[i]);

		PyDict_SetItemString(all, way_names[i], n);
		Py_DECREF(n);
		counts[i] = 0;
	}
	everywhere = 0;
	return all;
}

static PyObject *total(PyObject *U(s), PyObject *U(a))
{
	return PyLong_FromLong(everywhere);
}

/* A list that is being filled has items that are NULL. */
static PyObject *fill(PyObject *U(s), PyObject *op)
{
	PyObject *list = PyList_New(3);
	int good = PyList_GET_ITEM(list, 0) == NULL && PyList_GetItem(list, 1) == NULL &&
		   !PyErr_Occurred() && PyList_GetItem(list, 3) == NULL;

	PyErr_Clear();
	for (int i = 0; i < 3; i++) {
		Py_INCREF(op);
		good = good && PyList_SetItem(list, i, op) == 0;
	}
	good = good && PyList_GET_ITEM(list, 2) == op && PyList_GetItem(list, 0) == op;
	Py_DECREF(list);
	return PyBool_FromLong(good);
}

/* The first extension that calls this lends its total to the next ones. */
static PyObject *share(PyObject *U(s), PyObject *U(a))
{
	PyObject *lent = PySys_GetObject("racy_total");

	if (lent != NULL) {
		everywhere_at = PyCapsule_GetPointer(lent, "racy");
		Py_RETURN_NONE;
	}
	lent = PyCapsule_New((void *)&own_everywhere, "racy", NULL);
	PySys_SetObject("racy_total", lent);
	Py_DECREF(lent);
	Py_RETURN_NONE;
}

#define FN(f) (PyCFunction)(void (*)(void))(f)
static PyMethodDef methods[] = {
	{"noargs", f_noargs, METH_NOARGS, NULL},
	{"o", f_o, METH_O, NULL},
	{"varargs", f_varargs, METH_VARARGS, NULL},
	{"keywords", FN(f_keywords), METH_VARARGS | METH_KEYWORDS, NULL},
	{"fast", FN(f_fast), METH_FASTCALL, NULL},
	{"fastkeywords", FN(f_fastkeywords), METH_FASTCALL | METH_KEYWORDS, NULL},
	{"make_closure", make_closure, METH_O, NULL},
	{"make_descriptor", make_descriptor, METH_O, NULL},
	{"make_capsule", make_capsule, METH_NOARGS, NULL},
	{"add_pending", add_pending, METH_NOARGS, NULL},
	{"pending_done", pending_done, METH_NOARGS, NULL},
	{"set_trace", set_trace, METH_O, NULL},
	{"set_profile", set_profile, METH_O, NULL},
	{"threads", threads, METH_VARARGS, NULL},
	{"around", around, METH_VARARGS, NULL},
	{"borrow", borrow, METH_VARARGS, NULL},
	{"native_ways", native_ways, METH_NOARGS, NULL},
	{"with_native", with_native, METH_VARARGS, NULL},
	{"call_it", call_it, METH_O, NULL},
	{"take", take, METH_NOARGS, NULL},
	{"total", total, METH_NOARGS, NULL},
	{"share", share, METH_NOARGS, NULL},
	{"fill", fill, METH_O, NULL},
	{NULL, NULL, 0, NULL},
};

static int add_types(PyObject *module)
{
	PyObject *heap, *vector;

	as_number.nb_add = t_add;
	as_number.nb_inplace_add = t_inplace;
	as_number.nb_bool = t_bool;
	as_number.nb_int = t_int;
	as_number.nb_index = t_index;
	as_number.nb_power = t_power;
	if (PyType_Ready(&Static) < 0)
		return -1;
	Py_INCREF(&Static);
	heap = PyType_FromModuleAndSpec(module, &heap_spec, NULL);
	vector = PyType_FromModuleAndSpec(module, &vector_spec, NULL);
	if (heap == NULL || vector == NULL)
		return -1;
	if (PyModule_AddObject(module, "Heap", heap) < 0)
		return -1;
	if (PyModule_AddObject(module, "Vector", vector) < 0)
		return -1;
	return PyModule_AddObject(module, "Static", (PyObject *)&Static);
}

#ifdef SINGLE
static struct PyModuleDef def = {
	PyModuleDef_HEAD_INIT, QUOTE(NAME), NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC JOIN(PyInit_, NAME)(void)
{
	PyObject *module = PyModule_Create(&def);

	if (module != NULL && add_types(module) < 0)
		Py_CLEAR(module);
	return module;
}
#else
static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)add_types}, {0, NULL}};
static struct PyModuleDef def = {
	PyModuleDef_HEAD_INIT, QUOTE(NAME), NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC JOIN(PyInit_, NAME)(void)
{
	return PyModuleDef_Init(&def);
}
#endif
