/* SPDX-License-Identifier: 0BSD
 *
 * The test extension of include/gilshim.h: plain C99 that is also C++11. Each test_* function
 * returns None or raises AssertionError with its line; api/drive.py calls them all.
 * apitest2.c is a second file of the same module, so that the header is met twice.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#define GILSHIM_LVALUES
#include <gilshim.h>
#include "apitest.h"

#define CHECK(e)                                                                                   \
	do {                                                                                       \
		if (!(e)) {                                                                        \
			if (PyErr_Occurred())                                                      \
				PyErr_WriteUnraisable(NULL);                                       \
			PyErr_Format(PyExc_AssertionError, "line %d: %s", __LINE__, #e);           \
			return NULL;                                                               \
		}                                                                                  \
	} while (0)

#define CHECK_RAISES(e, type)                                                                      \
	do {                                                                                       \
		CHECK(e);                                                                          \
		CHECK(PyErr_Occurred() && PyErr_ExceptionMatches(type));                           \
		PyErr_Clear();                                                                     \
	} while (0)

#define TEST(name)  static PyObject *name(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
#define TEST1(name) static PyObject *name(PyObject *Py_UNUSED(self), PyObject *arg)

static Py_ssize_t refs(PyObject *op)
{
	return (Py_ssize_t)Py_REFCNT(op);
}

/* An object with one reference, ours. */
static PyObject *fresh(void)
{
	return PyList_New(0);
}

TEST(test_newref)
{
	PyObject *op = fresh();
	PyObject *same = Py_NewRef(op);

	CHECK(same == op && refs(op) == 2);
	Py_DECREF(same);
	CHECK(Py_XNewRef((PyObject *)NULL) == NULL);
	CHECK(Py_XNewRef(op) == op && refs(op) == 2);
	Py_DECREF(op);
	CHECK(Py_Is(op, op) && Py_IsNone(Py_None) && Py_IsTrue(Py_True) && Py_IsFalse(Py_False));
	CHECK(!Py_IsNone(op));
	Py_DECREF(op);
	Py_RETURN_NONE;
}

TEST(test_dict)
{
	PyObject *dict = PyDict_New(), *value = fresh(), *key = PyUnicode_FromString("k");
	PyObject *got = Py_None, *bad_key = fresh();

	CHECK(PyDict_GetItemRef(dict, key, &got) == 0 && got == NULL);
	CHECK(PyDict_SetItem(dict, key, value) == 0 && refs(value) == 2);
	CHECK(PyDict_GetItemRef(dict, key, &got) == 1 && got == value && refs(value) == 3);
	Py_DECREF(got);
	CHECK_RAISES(PyDict_GetItemRef(dict, bad_key, &got) == -1 && got == NULL, PyExc_TypeError);
	CHECK_RAISES(PyDict_GetItemRef(Py_None, key, &got) == -1 && got == NULL, PyExc_SystemError);
	CHECK(PyDict_GetItemStringRef(dict, "k", &got) == 1 && got == value && refs(value) == 3);
	Py_DECREF(got);
	CHECK(PyDict_GetItemStringRef(dict, "none", &got) == 0 && got == NULL);
	CHECK(PyDict_ContainsString(dict, "k") == 1 && PyDict_ContainsString(dict, "n") == 0);
	CHECK(PyDict_SetDefaultRef(dict, key, Py_None, &got) == 1 && got == value);
	Py_DECREF(got);
	CHECK(PyDict_SetDefaultRef(dict, key, Py_None, NULL) == 1 && refs(value) == 2);
	CHECK(PyDict_Pop(dict, key, &got) == 1 && got == value && refs(value) == 2);
	Py_DECREF(got);
	CHECK(PyDict_Pop(dict, key, &got) == 0 && got == NULL);
	CHECK(PyDict_SetDefaultRef(dict, key, value, &got) == 0 && got == value);
	CHECK_RAISES(PyDict_Pop(dict, bad_key, NULL) == -1, PyExc_TypeError);
	CHECK(refs(value) == 3);
	Py_DECREF(got);
	CHECK(PyDict_PopString(dict, "k", NULL) == 1 && refs(value) == 1);
	CHECK(PyDict_PopString(dict, "k", &got) == 0 && got == NULL);
	Py_DECREF(bad_key);
	Py_DECREF(key);
	Py_DECREF(value);
	Py_DECREF(dict);
	Py_RETURN_NONE;
}

TEST(test_list)
{
	PyObject *list = PyList_New(0), *item = fresh(), *got, *more;

	CHECK(PyList_Append(list, item) == 0);
	got = PyList_GetItemRef(list, 0);
	CHECK(got == item && refs(item) == 3);
	Py_DECREF(got);
	CHECK_RAISES(PyList_GetItemRef(list, 1) == NULL, PyExc_IndexError);
	CHECK_RAISES(PyList_GetItemRef(list, -1) == NULL, PyExc_IndexError);
	CHECK_RAISES(PyList_GetItemRef(Py_None, 0) == NULL, PyExc_TypeError);
	more = Py_BuildValue("(OO)", item, item);
	CHECK(PyList_Extend(list, more) == 0 && PyList_Size(list) == 3);
	CHECK_RAISES(PyList_Extend(list, Py_None) == -1, PyExc_TypeError);
	CHECK_RAISES(PyList_Extend(more, list) == -1, PyExc_SystemError);
	Py_DECREF(more);
	CHECK(PyList_Clear(list) == 0 && PyList_Size(list) == 0 && refs(item) == 1);
	CHECK_RAISES(PyList_Clear(Py_None) == -1, PyExc_SystemError);
	Py_DECREF(list);
	Py_DECREF(item);
	Py_RETURN_NONE;
}

TEST(test_tuple)
{
	PyObject *item = fresh();
	PyObject *items[3] = {item, Py_None, item};
	PyObject *tuple = PyTuple_FromArray(items, 3);

	CHECK(tuple != NULL && PyTuple_Size(tuple) == 3 && refs(item) == 3);
	CHECK(PyTuple_GetItem(tuple, 1) == Py_None);
	Py_DECREF(tuple);
	CHECK(refs(item) == 1);
	tuple = PyTuple_FromArray(items, 0);
	CHECK(tuple != NULL && PyTuple_Size(tuple) == 0);
	Py_DECREF(tuple);
	Py_DECREF(item);
	Py_RETURN_NONE;
}

/* `cls` is a Python class: only its instances and sets take weak references here. */
TEST1(test_weakref)
{
	PyObject *op = PyObject_CallObject(arg, NULL), *got = Py_None;
	PyObject *ref = op ? PyWeakref_NewRef(op, NULL) : NULL;

	CHECK(ref != NULL);
	CHECK(PyWeakref_GetRef(ref, &got) == 1 && got == op && refs(op) == 2);
	Py_DECREF(got);
	CHECK(PyWeakref_IsDead(ref) == 0);
	Py_DECREF(op);
	CHECK(PyWeakref_GetRef(ref, &got) == 0 && got == NULL);
	CHECK(PyWeakref_IsDead(ref) == 1);
	CHECK_RAISES(PyWeakref_GetRef(Py_None, &got) == -1 && got == NULL, PyExc_TypeError);
	CHECK_RAISES(PyWeakref_IsDead(Py_None) == -1, PyExc_TypeError);
	Py_DECREF(ref);
	Py_RETURN_NONE;
}

/* `arg` has attributes x (a value) and boom (raises ValueError). */
TEST1(test_attributes)
{
	PyObject *got = Py_None, *x = PyUnicode_FromString("x"), *no = PyUnicode_FromString("no");

	CHECK(PyObject_GetOptionalAttr(arg, x, &got) == 1 && got != NULL);
	Py_DECREF(got);
	CHECK(PyObject_GetOptionalAttr(arg, no, &got) == 0 && got == NULL && !PyErr_Occurred());
	CHECK(PyObject_GetOptionalAttrString(arg, "x", &got) == 1);
	Py_DECREF(got);
	CHECK(PyObject_GetOptionalAttrString(arg, "no", &got) == 0 && got == NULL);
	CHECK_RAISES(PyObject_GetOptionalAttrString(arg, "boom", &got) == -1 && got == NULL,
		PyExc_ValueError);
	CHECK(PyObject_HasAttrWithError(arg, x) == 1 && PyObject_HasAttrWithError(arg, no) == 0);
	CHECK(PyObject_HasAttrStringWithError(arg, "x") == 1);
	CHECK_RAISES(PyObject_HasAttrStringWithError(arg, "boom") == -1, PyExc_ValueError);
	Py_DECREF(x);
	Py_DECREF(no);
	Py_RETURN_NONE;
}

/* `arg` is a mapping that is no dict and raises ValueError for the key "boom". */
TEST1(test_mapping)
{
	PyObject *got = Py_None, *k = PyUnicode_FromString("k"), *no = PyUnicode_FromString("no");
	PyObject *dict = PyDict_New();

	CHECK(PyMapping_GetOptionalItem(arg, k, &got) == 1 && got != NULL);
	CHECK(PyDict_SetItem(dict, k, got) == 0);
	Py_DECREF(got);
	CHECK(PyMapping_GetOptionalItem(dict, k, &got) == 1);
	Py_DECREF(got);
	CHECK(PyMapping_GetOptionalItem(arg, no, &got) == 0 && got == NULL && !PyErr_Occurred());
	CHECK(PyMapping_GetOptionalItem(dict, no, &got) == 0 && got == NULL);
	CHECK_RAISES(PyMapping_GetOptionalItemString(arg, "boom", &got) == -1 && got == NULL,
		PyExc_ValueError);
	CHECK(PyMapping_HasKeyWithError(arg, k) == 1 && PyMapping_HasKeyWithError(arg, no) == 0);
	CHECK(PyMapping_HasKeyStringWithError(arg, "k") == 1);
	CHECK_RAISES(PyMapping_HasKeyStringWithError(arg, "boom") == -1, PyExc_ValueError);
	Py_DECREF(dict);
	Py_DECREF(k);
	Py_DECREF(no);
	Py_RETURN_NONE;
}

TEST(test_import)
{
	PyObject *sys = PyImport_AddModuleRef("sys"), *path, *name, *attr;

	CHECK(sys != NULL && PyModule_Check(sys));
	Py_DECREF(sys);
	path = PyImport_ImportModuleAttrString("sys", "path");
	CHECK(path != NULL && PyList_Check(path));
	Py_DECREF(path);
	CHECK_RAISES(
		PyImport_ImportModuleAttrString("sys", "no_such") == NULL, PyExc_AttributeError);
	CHECK_RAISES(
		PyImport_ImportModuleAttrString("no_such_module", "x") == NULL, PyExc_ImportError);
	name = PyUnicode_FromString("sys");
	attr = PyUnicode_FromString("path");
	path = PyImport_ImportModuleAttr(name, attr);
	CHECK(path != NULL && PyList_Check(path));
	Py_DECREF(path);
	Py_DECREF(name);
	Py_DECREF(attr);
	Py_RETURN_NONE;
}

TEST(test_module)
{
	PyObject *module = PyModule_New("scratch"), *value = fresh();

	CHECK(PyModule_AddObjectRef(module, "a", value) == 0 && refs(value) == 2);
	CHECK(PyModule_Add(module, "b", Py_NewRef(value)) == 0 && refs(value) == 3);
	CHECK_RAISES(PyModule_Add(module, "c", NULL) == -1, PyExc_SystemError);
	CHECK_RAISES(PyModule_AddObjectRef(module, "c", NULL) == -1, PyExc_SystemError);
	CHECK(PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED) == 0);
	Py_DECREF(module);
	/* Modules of free-threaded builds go when the collector has looked at them. */
	PyGC_Collect();
	CHECK(refs(value) == 1);
	Py_DECREF(value);
	Py_RETURN_NONE;
}

TEST(test_sys)
{
	PyObject *got = Py_None, *name = PyUnicode_FromString("path");

	CHECK(PySys_GetOptionalAttr(name, &got) == 1 && PyList_Check(got));
	Py_DECREF(got);
	CHECK(PySys_GetOptionalAttrString("no_such", &got) == 0 && got == NULL);
	got = PySys_GetAttr(name);
	CHECK(got != NULL && PyList_Check(got));
	Py_DECREF(got);
	CHECK_RAISES(PySys_GetAttrString("no_such") == NULL, PyExc_RuntimeError);
	Py_DECREF(name);
	Py_RETURN_NONE;
}

TEST(test_iterator)
{
	PyObject *tuple = Py_BuildValue("(i)", 7), *iter = PyObject_GetIter(tuple), *got = NULL;

	CHECK(PyIter_NextItem(iter, &got) == 1 && PyLong_AsInt(got) == 7);
	Py_DECREF(got);
	CHECK(PyIter_NextItem(iter, &got) == 0 && got == NULL && !PyErr_Occurred());
	CHECK_RAISES(PyIter_NextItem(tuple, &got) == -1 && got == NULL, PyExc_TypeError);
	Py_DECREF(iter);
	Py_DECREF(tuple);
	Py_RETURN_NONE;
}

TEST(test_frames)
{
	PyObject *globals = PyEval_GetFrameGlobals(), *builtins = PyEval_GetFrameBuiltins();
	PyObject *locals = PyEval_GetFrameLocals();

	CHECK(globals && PyDict_Check(globals) && builtins && PyDict_Check(builtins) && locals);
	CHECK(PyDict_ContainsString(globals, "__name__") == 1);
	CHECK(PyDict_ContainsString(builtins, "len") == 1);
	CHECK(PyMapping_HasKeyStringWithError(locals, "a_local") == 1);
	Py_DECREF(globals);
	Py_DECREF(builtins);
	Py_DECREF(locals);
	Py_RETURN_NONE;
}

TEST(test_errors)
{
	PyObject *raised;

	CHECK(PyErr_GetRaisedException() == NULL);
	PyErr_SetString(PyExc_KeyError, "k");
	raised = PyErr_GetRaisedException();
	CHECK(raised != NULL && !PyErr_Occurred() && refs(raised) == 1);
	PyErr_SetRaisedException(raised);
	CHECK_RAISES(PyErr_Occurred() != NULL, PyExc_KeyError);
	Py_RETURN_NONE;
}

TEST(test_uniqueness)
{
	PyObject *op = fresh();

	CHECK(PyUnstable_Object_IsUniquelyReferenced(op) == 1);
	Py_INCREF(op);
	CHECK(PyUnstable_Object_IsUniquelyReferenced(op) == 0);
	Py_DECREF(op);
	CHECK(PyUnstable_Object_IsUniquelyReferenced(op) == 1);
	PyUnstable_EnableTryIncRef(op);
	CHECK(PyUnstable_TryIncRef(op) == 1 && refs(op) == 2);
	Py_DECREF(op);
	(void)PyUnstable_Object_EnableDeferredRefcount(op);
#if PY_VERSION_HEX >= 0x030C0000
	CHECK(PyUnstable_IsImmortal(Py_None) == 1);
#endif
	Py_DECREF(op);
	op = fresh();
	CHECK(PyUnstable_IsImmortal(op) == 0);
#if PY_VERSION_HEX < 0x030F0000
	CHECK(PyUnstable_SetImmortal(op) == 0);
#endif
	Py_DECREF(op);
	Py_RETURN_NONE;
}

/* The argument of f(make()) is a temporary, that of f(variable) is not. */
TEST1(is_temporary)
{
	return PyBool_FromLong(PyUnstable_Object_IsUniqueReferencedTemporary(arg));
}

TEST1(is_unique)
{
	return PyBool_FromLong(PyUnstable_Object_IsUniquelyReferenced(arg));
}

/* On another thread: the object of the caller, counted from here. */
TEST1(try_incref)
{
	int done = PyUnstable_TryIncRef(arg);

	if (done)
		Py_DECREF(arg);
	return PyBool_FromLong(done);
}

TEST1(enable_try_incref)
{
	PyUnstable_EnableTryIncRef(arg);
	Py_RETURN_NONE;
}

TEST(test_lvalues)
{
	PyVarObject raw;
	PyObject *op = fresh();
	PyTypeObject *was = Py_TYPE(op);

	memset(&raw, 0, sizeof(raw));
	Py_TYPE(&raw) = &PyTuple_Type;
	Py_SIZE(&raw) = 12;
	CHECK(raw.ob_size == 12 && Py_SIZE(&raw) == 12);
	CHECK(Py_IS_TYPE((PyObject *)&raw, &PyTuple_Type));
	CHECK(Py_TYPE(op) == was && PyList_CheckExact(op));
#ifndef Py_GIL_DISABLED
	Py_REFCNT(op) = 2;
	CHECK(refs(op) == 2);
	Py_DECREF(op);
#endif
	Py_DECREF(op);
	Py_RETURN_NONE;
}

TEST(test_atomics)
{
	int i = 1, want_i = 2;
	uint8_t u8 = 250, want8 = 4;
	uint32_t u32 = 0xffffffffu;
	uint64_t u64 = 1;
	uintptr_t word = 6;
	Py_ssize_t size = -1;
	PyObject *p = NULL, *want_p = Py_None;

	CHECK(gilshim_atomic_add_int(&i, 4) == 1 && gilshim_atomic_load_int(&i) == 5);
	CHECK(!gilshim_atomic_compare_exchange_int(&i, &want_i, 9) && want_i == 5 && i == 5);
	CHECK(gilshim_atomic_compare_exchange_int(&i, &want_i, 9) && i == 9);
	CHECK(gilshim_atomic_exchange_int(&i, -3) == 9 &&
		gilshim_atomic_load_acquire_int(&i) == -3);
	gilshim_atomic_store_int(&i, 1);
	gilshim_atomic_store_release_int(&i, 2);
	gilshim_atomic_store_relaxed_int(&i, 3);
	CHECK(gilshim_atomic_load_relaxed_int(&i) == 3);
	CHECK(gilshim_atomic_add_uint8(&u8, 10) == 250 && u8 == 4);
	CHECK(gilshim_atomic_compare_exchange_uint8(&u8, &want8, 0xf0) && u8 == 0xf0);
	CHECK(gilshim_atomic_and_uint8(&u8, 0x30) == 0xf0 && u8 == 0x30);
	CHECK(gilshim_atomic_or_uint8(&u8, 1) == 0x30 && gilshim_atomic_load_uint8(&u8) == 0x31);
	CHECK(gilshim_atomic_add_uint32(&u32, 2) == 0xffffffffu && u32 == 1);
	CHECK(gilshim_atomic_or_uint32(&u32, 6) == 1 && gilshim_atomic_and_uint32(&u32, 3) == 7);
	CHECK(gilshim_atomic_add_uint64(&u64, (uint64_t)1 << 40) == 1);
	CHECK(gilshim_atomic_load_uint64(&u64) == ((uint64_t)1 << 40) + 1);
	CHECK(gilshim_atomic_and_uint64(&u64, 1) && gilshim_atomic_or_uint64(&u64, 2) == 1);
	CHECK(gilshim_atomic_and_uintptr(&word, 3) == 6 &&
		gilshim_atomic_or_uintptr(&word, 8) == 2);
	CHECK(gilshim_atomic_exchange_uintptr(&word, 0) == 10);
	CHECK(gilshim_atomic_add_ssize(&size, -1) == -1 && gilshim_atomic_load_ssize(&size) == -2);
	CHECK(!gilshim_atomic_compare_exchange_ptr(&p, &want_p, Py_None) && want_p == NULL);
	CHECK(gilshim_atomic_compare_exchange_ptr(&p, &want_p, Py_None));
	CHECK(gilshim_atomic_load_ptr(&p) == (void *)Py_None);
	CHECK(gilshim_atomic_exchange_ptr(&p, Py_True) == (void *)Py_None);
	gilshim_atomic_store_ptr(&p, NULL);
	gilshim_atomic_store_release_ptr(&p, Py_False);
	CHECK(gilshim_atomic_load_acquire_ptr(&p) == (void *)Py_False);
	gilshim_atomic_store_relaxed_ptr(&p, NULL);
	CHECK(gilshim_atomic_load_relaxed_ptr(&p) == NULL);
	gilshim_atomic_fence();
	gilshim_atomic_fence_acquire();
	gilshim_atomic_fence_release();
	Py_RETURN_NONE;
}

TEST(test_mutex)
{
	static PyMutex still;
	PyMutex mutex;

	memset(&mutex, 0, sizeof(mutex));
	CHECK(!PyMutex_IsLocked(&mutex));
	PyMutex_Lock(&mutex);
	CHECK(PyMutex_IsLocked(&mutex));
	PyMutex_Unlock(&mutex);
	CHECK(!PyMutex_IsLocked(&mutex));
	Py_BEGIN_ALLOW_THREADS PyMutex_Lock(&still);
	PyMutex_Unlock(&still);
	Py_END_ALLOW_THREADS CHECK(!PyMutex_IsLocked(&still));
	Py_RETURN_NONE;
}

static PyMutex shared_mutex;
static gilshim_once_t shared_once;
static volatile long shared_count;

static void nap(long microseconds)
{
	struct timespec t = {0, 0};

	t.tv_nsec = microseconds * 1000;
	nanosleep(&t, NULL);
}

/* A read-modify-write that loses updates unless somebody guards it. */
static void fragile_step(void)
{
	long was = shared_count;

	sched_yield();
	shared_count = was + 1;
}

static void *native_steps(void *arg)
{
	long *todo = (long *)arg;

	for (long i = 0; i < todo[0]; i++) {
		if (todo[1])
			PyMutex_Lock(&shared_mutex);
		fragile_step();
		if (todo[1])
			PyMutex_Unlock(&shared_mutex);
	}
	return NULL;
}

/* mutex_race(steps, locked): two threads that Python knows nothing of and the caller; returns how
 * many of 3 * steps updates were lost. The caller detaches inside the lock now and then. */
static PyObject *mutex_race(PyObject *Py_UNUSED(self), PyObject *args)
{
	long todo[2];
	pthread_t threads[2];

	if (!PyArg_ParseTuple(args, "ll", &todo[0], &todo[1]))
		return NULL;
	shared_count = 0;
	for (int t = 0; t < 2; t++)
		pthread_create(&threads[t], NULL, native_steps, todo);
	for (long i = 0; i < todo[0]; i++) {
		if (todo[1])
			PyMutex_Lock(&shared_mutex);
		if (i % 64 == 0) {
			Py_BEGIN_ALLOW_THREADS fragile_step();
			Py_END_ALLOW_THREADS
		} else {
			fragile_step();
		}
		if (todo[1])
			PyMutex_Unlock(&shared_mutex);
	}
	Py_BEGIN_ALLOW_THREADS for (int t = 0; t < 2; t++) pthread_join(threads[t], NULL);
	Py_END_ALLOW_THREADS return PyLong_FromLong(3 * todo[0] - shared_count);
}

/* mutex_steps(n, callback): n steps from a Python thread, the callback called inside the lock. */
static PyObject *mutex_steps(PyObject *Py_UNUSED(self), PyObject *args)
{
	PyObject *callback, *done;
	long n;

	if (!PyArg_ParseTuple(args, "lO", &n, &callback))
		return NULL;
	for (long i = 0; i < n; i++) {
		PyMutex_Lock(&shared_mutex);
		done = PyObject_CallObject(callback, NULL);
		fragile_step();
		PyMutex_Unlock(&shared_mutex);
		if (done == NULL)
			return NULL;
		Py_DECREF(done);
	}
	Py_RETURN_NONE;
}

TEST(take_count)
{
	long n = shared_count;

	shared_count = 0;
	return PyLong_FromLong(n);
}

/* sections(op1, op2, n): n steps under each form of critical section. */
static PyObject *sections(PyObject *Py_UNUSED(self), PyObject *args)
{
	static PyMutex m1, m2;
	PyObject *op1, *op2;
	long n;

	if (!PyArg_ParseTuple(args, "OOl", &op1, &op2, &n))
		return NULL;
	for (long i = 0; i < n; i++) {
		Py_BEGIN_CRITICAL_SECTION_MUTEX(&m1);
		fragile_step();
		Py_END_CRITICAL_SECTION();
		Py_BEGIN_CRITICAL_SECTION2_MUTEX(&m2, &m1);
		fragile_step();
		Py_END_CRITICAL_SECTION2();
		Py_BEGIN_CRITICAL_SECTION2_MUTEX(&m1, &m1);
		fragile_step();
		Py_END_CRITICAL_SECTION2();
	}
	Py_BEGIN_CRITICAL_SECTION(op1);
	Py_BEGIN_CRITICAL_SECTION2(op1, op2);
	Py_END_CRITICAL_SECTION2();
	Py_END_CRITICAL_SECTION();
	{
		PyCriticalSection one;
		PyCriticalSection2 two;

		PyCriticalSection_Begin(&one, op1);
		PyCriticalSection_End(&one);
		PyCriticalSection_BeginMutex(&one, &m1);
		PyCriticalSection_End(&one);
		PyCriticalSection2_Begin(&two, op1, op2);
		PyCriticalSection2_End(&two);
		PyCriticalSection2_BeginMutex(&two, &m1, &m2);
		PyCriticalSection2_End(&two);
	}
	Py_RETURN_NONE;
}

static int count_and_nap(void *arg)
{
	shared_count = shared_count + 1;
	Py_BEGIN_ALLOW_THREADS nap(20000);
	Py_END_ALLOW_THREADS if (arg == NULL) return 0;
	PyErr_SetString(PyExc_ValueError, "not now");
	return -1;
}

/* once(fail): shared_count says how often the initialiser ran. */
TEST1(once)
{
	if (gilshim_once(&shared_once, count_and_nap, arg == Py_True ? arg : NULL) < 0)
		return NULL;
	Py_RETURN_NONE;
}

static gilshim_once_t looping_once;

static int once_again(void *arg)
{
	return gilshim_once(&looping_once, once_again, arg);
}

TEST(test_once_loop)
{
	CHECK_RAISES(gilshim_once(&looping_once, once_again, NULL) == -1, PyExc_RuntimeError);
	Py_RETURN_NONE;
}

TEST(test_thread_state)
{
	PyThreadState *mine = PyThreadState_Get();

	CHECK(PyThreadState_GetUnchecked() == mine);
	mine = NULL;
	Py_BEGIN_ALLOW_THREADS mine = PyThreadState_GetUnchecked();
	Py_END_ALLOW_THREADS CHECK(mine == NULL);
	CHECK(!Py_IsFinalizing());
	Py_RETURN_NONE;
}

/* A state seen from a thread that has none, while another one holds the GIL. */
static void *look_for_state(void *result)
{
	*(PyThreadState **)result = PyThreadState_GetUnchecked();
	return NULL;
}

TEST(test_foreign_state)
{
	PyThreadState *seen = PyThreadState_Get();
	pthread_t thread;

	pthread_create(&thread, NULL, look_for_state, &seen);
	pthread_join(thread, NULL);
	CHECK(seen == NULL);
	Py_RETURN_NONE;
}

TEST(test_removed)
{
	PyObject *text, *args = Py_BuildValue("(s)", "12");

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
	CHECK(PyEval_ThreadsInitialized());
	text = PyEval_CallObject((PyObject *)&PyLong_Type, args);
	CHECK(text && PyLong_AsLong(text) == 12);
	Py_DECREF(text);
	text = PyEval_CallFunction((PyObject *)&PyLong_Type, "(s)", "13");
	CHECK(text && PyLong_AsLong(text) == 13);
	CHECK_RAISES(
		PyEval_CallObjectWithKeywords(Py_None, Py_None, NULL) == NULL, PyExc_TypeError);
	Py_DECREF(args);
	args = PyEval_CallMethod(text, "bit_length", "()");
	CHECK(args && PyLong_AsLong(args) == 4);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
	Py_DECREF(args);
	Py_DECREF(text);
	Py_RETURN_NONE;
}

/* The pair as old code uses it around something that blocks. */
TEST(test_acquire_lock)
{
	PyThreadState *mine = PyThreadState_Get(), *inside;

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
#if PY_VERSION_HEX >= 0x030D0000
	PyEval_ReleaseLock();
	inside = PyThreadState_GetUnchecked();
	PyEval_AcquireLock();
	CHECK(inside == NULL);
#else
	inside = mine;
	(void)inside;
#endif
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
	CHECK(PyThreadState_Get() == mine);
	Py_RETURN_NONE;
}

struct job {
	PyInterpreterView *view;
	PyInterpreterGuard *guard;
	PyObject *callback;
	long nap;
	int rounds, called;
};

static void call_back(struct job *job)
{
	PyObject *done = PyObject_CallObject(job->callback, NULL);

	if (done == NULL)
		PyErr_WriteUnraisable(job->callback);
	else
		job->called++;
	Py_XDECREF(done);
}

static void *job_thread(void *arg)
{
	struct job *job = (struct job *)arg;

	for (int i = 0; i < job->rounds; i++) {
		PyThreadStateToken *token, *inner;

		nap(job->nap);
		token = job->guard ? PyThreadState_Ensure(job->guard)
				   : PyThreadState_EnsureFromView(job->view);
		if (token == NULL)
			break;
		inner = job->guard ? PyThreadState_Ensure(job->guard)
				   : PyThreadState_EnsureFromView(job->view);
		call_back(job);
		if (inner != NULL)
			PyThreadState_Release(inner);
		PyThreadState_Release(token);
	}
	return NULL;
}

/* ensure_job(callback, rounds, guarded): calls back from a foreign thread, waits for it. */
static PyObject *ensure_job(PyObject *Py_UNUSED(self), PyObject *args)
{
	struct job job = {NULL, NULL, NULL, 0, 0, 0};
	PyThreadState *mine = PyThreadState_Get();
	PyThreadStateToken *token;
	pthread_t thread;
	int guarded;

	if (!PyArg_ParseTuple(args, "Oii", &job.callback, &job.rounds, &guarded))
		return NULL;
	job.view = PyInterpreterView_FromMain();
	CHECK(job.view != NULL);
	PyInterpreterView_Close(job.view);
	job.view = PyInterpreterView_FromCurrent();
	CHECK(job.view != NULL);
	if (guarded) {
		job.guard = PyInterpreterGuard_FromView(job.view);
		CHECK(job.guard != NULL);
		token = PyThreadState_Ensure(job.guard);
		CHECK(token != NULL && PyThreadState_Get() == mine);
		PyThreadState_Release(token);
		CHECK(PyThreadState_Get() == mine);
	}
	Py_BEGIN_ALLOW_THREADS pthread_create(&thread, NULL, job_thread, &job);
	pthread_join(thread, NULL);
	/* Detached, but with a state of our own: that one is used and left detached again. */
	token = PyThreadState_EnsureFromView(job.view);
	if (token != NULL && PyThreadState_GetUnchecked() == mine)
		job.called++;
	if (token != NULL)
		PyThreadState_Release(token);
	if (PyThreadState_GetUnchecked() != NULL)
		job.called = -1;
	Py_END_ALLOW_THREADS if (job.guard != NULL) PyInterpreterGuard_Close(job.guard);
	PyInterpreterView_Close(job.view);
	return PyLong_FromLong(job.called - 1);
}

static struct job late;

/* Ends on its own after the main thread has begun to finalize, unless the guard holds it. */
static void *late_thread(void *unused)
{
	(void)unused;
	job_thread(&late);
	fputs(late.called == late.rounds ? "all calls made\n" : "calls lost\n", stderr);
	PyInterpreterGuard_Close(late.guard);
	return NULL;
}

/* guard_exit(callback): a thread outlives the script; the guard keeps the interpreter for it. */
TEST1(guard_exit)
{
	pthread_t thread;

	late.guard = PyInterpreterGuard_FromCurrent();
	if (late.guard == NULL)
		return NULL;
	late.callback = Py_NewRef(arg);
	late.nap = 50000;
	late.rounds = 5;
	pthread_create(&thread, NULL, late_thread, NULL);
	pthread_detach(thread);
	Py_RETURN_NONE;
}

static PyInterpreterView *kept_view;

TEST(keep_view)
{
	kept_view = PyInterpreterView_FromCurrent();
	CHECK(kept_view != NULL);
	Py_RETURN_NONE;
}

/* Called while the interpreter finalizes: no guard can be had any more. */
TEST(late_guard)
{
	PyInterpreterGuard *guard = PyInterpreterGuard_FromView(kept_view);

	fputs(guard == NULL ? "no guard\n" : "guard\n", stderr);
	if (guard != NULL)
		PyInterpreterGuard_Close(guard);
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
	{"test_newref", test_newref, METH_NOARGS, NULL},
	{"test_dict", test_dict, METH_NOARGS, NULL},
	{"test_list", test_list, METH_NOARGS, NULL},
	{"test_tuple", test_tuple, METH_NOARGS, NULL},
	{"test_import", test_import, METH_NOARGS, NULL},
	{"test_module", test_module, METH_NOARGS, NULL},
	{"test_sys", test_sys, METH_NOARGS, NULL},
	{"test_iterator", test_iterator, METH_NOARGS, NULL},
	{"test_errors", test_errors, METH_NOARGS, NULL},
	{"test_uniqueness", test_uniqueness, METH_NOARGS, NULL},
	{"test_lvalues", test_lvalues, METH_NOARGS, NULL},
	{"test_atomics", test_atomics, METH_NOARGS, NULL},
	{"test_mutex", test_mutex, METH_NOARGS, NULL},
	{"test_once_loop", test_once_loop, METH_NOARGS, NULL},
	{"test_thread_state", test_thread_state, METH_NOARGS, NULL},
	{"test_foreign_state", test_foreign_state, METH_NOARGS, NULL},
	{"test_removed", test_removed, METH_NOARGS, NULL},
	{"test_acquire_lock", test_acquire_lock, METH_NOARGS, NULL},
	{"test_second_file", test_second_file, METH_NOARGS, NULL},
	{"frames", test_frames, METH_NOARGS, NULL},
	{"weakref", test_weakref, METH_O, NULL},
	{"attributes", test_attributes, METH_O, NULL},
	{"mapping", test_mapping, METH_O, NULL},
	{"is_temporary", is_temporary, METH_O, NULL},
	{"is_unique", is_unique, METH_O, NULL},
	{"try_incref", try_incref, METH_O, NULL},
	{"enable_try_incref", enable_try_incref, METH_O, NULL},
	{"mutex_race", mutex_race, METH_VARARGS, NULL},
	{"mutex_steps", mutex_steps, METH_VARARGS, NULL},
	{"take_count", take_count, METH_NOARGS, NULL},
	{"sections", sections, METH_VARARGS, NULL},
	{"once", once, METH_O, NULL},
	{"ensure_job", ensure_job, METH_VARARGS, NULL},
	{"guard_exit", guard_exit, METH_O, NULL},
	{"keep_view", keep_view, METH_NOARGS, NULL},
	{"late_guard", late_guard, METH_NOARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static int fill(PyObject *module)
{
	return PyModule_AddIntConstant(module, "version", PY_VERSION_HEX);
}

static PyModuleDef_Slot slots[] = {
	{Py_mod_exec, (void *)(uintptr_t)fill},
	{Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
	{Py_mod_gil, Py_MOD_GIL_NOT_USED},
	{0, NULL},
};

static struct PyModuleDef def = {
	PyModuleDef_HEAD_INIT, "apitest", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_apitest(void)
{
	return PyModuleDef_Init(&def);
}
