/* SPDX-License-Identifier: 0BSD
 *
 * gilshim.h - write against the CPython 3.15 C API, compile for 3.9 to 3.15.
 *
 * Copy this one file into your tree, or `pkg-config --cflags gilshim`, and include it after
 * Python.h (it includes Python.h itself when you have not). C99 to C23 and C++11 to C++20, regular
 * and free-threaded builds. Where the interpreter has a call, this header says nothing about it and
 * costs nothing; where it has not, a static inline function stands behind the same name.
 *
 * Every block starts with the CPython version it mirrors. "Differs:" lists what an older version
 * cannot do; no "Differs:" means the results are the same. Not for Py_LIMITED_API builds.
 * Do not include another header that defines the same names (such as pythoncapi_compat.h) after
 * this one in one file; before it is fine.
 *
 * Names that CPython does not have start with gilshim_ or GILSHIM_; those that end in an underscore
 * are private to this header.
 *
 *   #define GILSHIM_LVALUES     before the include: Py_TYPE(o) = t, Py_SIZE(o) = n and, on
 *                               regular builds, Py_REFCNT(o) = n compile again
 */
#ifndef GILSHIM_H
#define GILSHIM_H

#include <Python.h>

#if defined(Py_LIMITED_API)
#error "gilshim.h needs the full C API: Py_LIMITED_API hides thread states and PyMutex"
#endif
#if PY_VERSION_HEX < 0x03090000
#error "gilshim.h needs CPython 3.9 or newer"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define GILSHIM_VERSION 0x000100

#ifdef __cplusplus
extern "C" {
#endif

/* One copy in each extension, however many of its files include this header. */
#if defined(__GNUC__)
#define GILSHIM_ONE_COPY_ __attribute__((weak, visibility("hidden")))
#define GILSHIM_THREAD_	  __thread
#elif defined(_MSC_VER)
#define GILSHIM_ONE_COPY_ __declspec(selectany)
#define GILSHIM_THREAD_	  __declspec(thread)
#endif

/*
 * Atomics. CPython keeps its own private (_Py_atomic_*), so these have names of their own:
 *
 *   gilshim_atomic_load_T(p)  _load_acquire_T  _load_relaxed_T
 *   gilshim_atomic_store_T(p, v)  _store_release_T  _store_relaxed_T
 *   gilshim_atomic_exchange_T(p, v)                 the old value
 *   gilshim_atomic_compare_exchange_T(p, &want, v)  1, or 0 with the value found in `want`
 *   gilshim_atomic_add_T(p, v)                      the old value
 *   gilshim_atomic_and_T, _or_T                     the old value; unsigned types only
 *
 * T is int, uint8, uint32, uint64, ssize or uintptr; pointers have load, store, exchange and
 * compare_exchange under T = ptr, taking the address of the pointer. No suffix means sequentially
 * consistent. Plain variables serve; there is no atomic type to declare.
 * Differs: with MSVC every operation is sequentially consistent (not tested there).
 */
#if defined(__GNUC__)
#define GILSHIM_ATOMIC_LOADS_(N, T)                                                                \
	static inline T gilshim_atomic_load_##N(const T *p)                                        \
	{                                                                                          \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                       \
	}                                                                                          \
	static inline T gilshim_atomic_load_acquire_##N(const T *p)                                \
	{                                                                                          \
		return __atomic_load_n(p, __ATOMIC_ACQUIRE);                                       \
	}                                                                                          \
	static inline T gilshim_atomic_load_relaxed_##N(const T *p)                                \
	{                                                                                          \
		return __atomic_load_n(p, __ATOMIC_RELAXED);                                       \
	}
#define GILSHIM_ATOMIC_STORES_(N, T)                                                               \
	static inline void gilshim_atomic_store_##N(T *p, T v)                                     \
	{                                                                                          \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                          \
	}                                                                                          \
	static inline void gilshim_atomic_store_release_##N(T *p, T v)                             \
	{                                                                                          \
		__atomic_store_n(p, v, __ATOMIC_RELEASE);                                          \
	}                                                                                          \
	static inline void gilshim_atomic_store_relaxed_##N(T *p, T v)                             \
	{                                                                                          \
		__atomic_store_n(p, v, __ATOMIC_RELAXED);                                          \
	}
#define GILSHIM_ATOMIC_CHANGES_(N, T)                                                              \
	static inline T gilshim_atomic_exchange_##N(T *p, T v)                                     \
	{                                                                                          \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);                                \
	}                                                                                          \
	static inline int gilshim_atomic_compare_exchange_##N(T *p, T *want, T v)                  \
	{                                                                                          \
		return __atomic_compare_exchange_n(                                                \
			p, want, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                        \
	}
#define GILSHIM_ATOMIC_ADD_(N, T)                                                                  \
	static inline T gilshim_atomic_add_##N(T *p, T v)                                          \
	{                                                                                          \
		return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);                                 \
	}
#define GILSHIM_ATOMIC_BITS_(N, T)                                                                 \
	static inline T gilshim_atomic_and_##N(T *p, T v)                                          \
	{                                                                                          \
		return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);                                 \
	}                                                                                          \
	static inline T gilshim_atomic_or_##N(T *p, T v)                                           \
	{                                                                                          \
		return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);                                  \
	}

static inline void gilshim_atomic_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void gilshim_atomic_fence_acquire(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void gilshim_atomic_fence_release(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}
#elif defined(_MSC_VER)
#include <intrin.h>
/* Compare-and-swap of 1, 4 or 8 bytes is what everything else is made of. */
static inline int gilshim_cas_(volatile void *p, void *want, uint64_t v, size_t size)
{
	uint64_t seen = 0, had = 0;

	memcpy(&had, want, size);
	if (size == 1)
		seen = (uint8_t)_InterlockedCompareExchange8(
			(volatile char *)p, (char)v, (char)had);
	else if (size == 4)
		seen = (uint32_t)_InterlockedCompareExchange(
			(volatile long *)p, (long)v, (long)had);
	else
		seen = (uint64_t)_InterlockedCompareExchange64(
			(volatile __int64 *)p, (__int64)v, (__int64)had);
	memcpy(want, &seen, size);
	return seen == had;
}
#define GILSHIM_CHANGE_(N, T, NAME, EXPR)                                                          \
	static inline T gilshim_atomic_##NAME##_##N(T *p, T v)                                     \
	{                                                                                          \
		T old = *(volatile T *)p;                                                          \
		while (!gilshim_cas_(p, &old, (uint64_t)(EXPR), sizeof(T)))                        \
			;                                                                          \
		return old;                                                                        \
	}
#define GILSHIM_LOAD_AS_(N, T, NAME)                                                               \
	static inline T gilshim_atomic_##NAME##_##N(const T *p)                                    \
	{                                                                                          \
		T seen = (T)0;                                                                     \
		gilshim_cas_((volatile void *)(uintptr_t)p, &seen, (uint64_t)seen, sizeof(T));     \
		return seen;                                                                       \
	}
#define GILSHIM_STORE_AS_(N, T, NAME)                                                              \
	static inline void gilshim_atomic_##NAME##_##N(T *p, T v)                                  \
	{                                                                                          \
		(void)gilshim_atomic_exchange_##N(p, v);                                           \
	}
#define GILSHIM_ATOMIC_LOADS_(N, T)                                                                \
	GILSHIM_LOAD_AS_(N, T, load)                                                               \
	GILSHIM_LOAD_AS_(N, T, load_acquire)                                                       \
	GILSHIM_LOAD_AS_(N, T, load_relaxed)
#define GILSHIM_ATOMIC_CHANGES_(N, T)                                                              \
	GILSHIM_CHANGE_(N, T, exchange, v)                                                         \
	static inline int gilshim_atomic_compare_exchange_##N(T *p, T *want, T v)                  \
	{                                                                                          \
		return gilshim_cas_(p, want, (uint64_t)v, sizeof(T));                              \
	}                                                                                          \
	GILSHIM_STORE_AS_(N, T, store)                                                             \
	GILSHIM_STORE_AS_(N, T, store_release)                                                     \
	GILSHIM_STORE_AS_(N, T, store_relaxed)
#define GILSHIM_ATOMIC_STORES_(N, T)
#define GILSHIM_ATOMIC_ADD_(N, T) GILSHIM_CHANGE_(N, T, add, old + v)
#define GILSHIM_ATOMIC_BITS_(N, T)                                                                 \
	GILSHIM_CHANGE_(N, T, and, old &v) GILSHIM_CHANGE_(N, T, or, old | v)

static inline void gilshim_atomic_fence(void)
{
	volatile long word = 0;

	(void)_InterlockedExchange(&word, 1);
}
#define gilshim_atomic_fence_acquire gilshim_atomic_fence
#define gilshim_atomic_fence_release gilshim_atomic_fence
#else
#error "gilshim.h knows the atomics of gcc, clang and MSVC only"
#endif

#define GILSHIM_ATOMIC_TYPE_(N, T)                                                                 \
	GILSHIM_ATOMIC_LOADS_(N, T)                                                                \
	GILSHIM_ATOMIC_STORES_(N, T)                                                               \
	GILSHIM_ATOMIC_CHANGES_(N, T)                                                              \
	GILSHIM_ATOMIC_ADD_(N, T)

GILSHIM_ATOMIC_TYPE_(int, int)
GILSHIM_ATOMIC_TYPE_(uint8, uint8_t)
GILSHIM_ATOMIC_TYPE_(uint32, uint32_t)
GILSHIM_ATOMIC_TYPE_(uint64, uint64_t)
GILSHIM_ATOMIC_TYPE_(ssize, Py_ssize_t)
GILSHIM_ATOMIC_TYPE_(uintptr, uintptr_t)
GILSHIM_ATOMIC_BITS_(uint8, uint8_t)
GILSHIM_ATOMIC_BITS_(uint32, uint32_t)
GILSHIM_ATOMIC_BITS_(uint64, uint64_t)
GILSHIM_ATOMIC_BITS_(uintptr, uintptr_t)

/* Pointers of any type, seen as uintptr_t, which is what all supported platforms make of them. */
#if defined(__GNUC__)
typedef uintptr_t __attribute__((may_alias)) gilshim_word_;
#else
typedef uintptr_t gilshim_word_;
#endif

static inline void *gilshim_atomic_load_ptr(const void *where)
{
	return (void *)gilshim_atomic_load_uintptr((const gilshim_word_ *)where);
}

static inline void *gilshim_atomic_load_acquire_ptr(const void *where)
{
	return (void *)gilshim_atomic_load_acquire_uintptr((const gilshim_word_ *)where);
}

static inline void *gilshim_atomic_load_relaxed_ptr(const void *where)
{
	return (void *)gilshim_atomic_load_relaxed_uintptr((const gilshim_word_ *)where);
}

static inline void gilshim_atomic_store_ptr(void *where, const void *v)
{
	gilshim_atomic_store_uintptr((gilshim_word_ *)where, (uintptr_t)v);
}

static inline void gilshim_atomic_store_release_ptr(void *where, const void *v)
{
	gilshim_atomic_store_release_uintptr((gilshim_word_ *)where, (uintptr_t)v);
}

static inline void gilshim_atomic_store_relaxed_ptr(void *where, const void *v)
{
	gilshim_atomic_store_relaxed_uintptr((gilshim_word_ *)where, (uintptr_t)v);
}

static inline void *gilshim_atomic_exchange_ptr(void *where, const void *v)
{
	return (void *)gilshim_atomic_exchange_uintptr((gilshim_word_ *)where, (uintptr_t)v);
}

/* `want` is the address of the expected pointer. */
static inline int gilshim_atomic_compare_exchange_ptr(void *where, void *want, const void *v)
{
	return gilshim_atomic_compare_exchange_uintptr(
		(gilshim_word_ *)where, (gilshim_word_ *)want, (uintptr_t)v);
}

/* 3.10: Py_NewRef, Py_XNewRef, Py_Is, Py_IsNone, Py_IsTrue, Py_IsFalse, PyModule_AddObjectRef */
#if PY_VERSION_HEX < 0x030A00A3
static inline PyObject *gilshim_Py_NewRef(PyObject *op)
{
	Py_INCREF(op);
	return op;
}
#define Py_NewRef(op) gilshim_Py_NewRef((PyObject *)(op))

static inline PyObject *gilshim_Py_XNewRef(PyObject *op)
{
	Py_XINCREF(op);
	return op;
}
#define Py_XNewRef(op) gilshim_Py_XNewRef((PyObject *)(op))
#endif

#ifndef Py_Is
#define Py_Is(x, y) ((x) == (y))
#endif
#ifndef Py_IsNone
#define Py_IsNone(x) Py_Is((const void *)(x), (const void *)Py_None)
#endif
#ifndef Py_IsTrue
#define Py_IsTrue(x) Py_Is((const void *)(x), (const void *)Py_True)
#endif
#ifndef Py_IsFalse
#define Py_IsFalse(x) Py_Is((const void *)(x), (const void *)Py_False)
#endif

#if PY_VERSION_HEX < 0x030A00A3
static inline int gilshim_PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value)
{
	if (value == NULL) {
		if (!PyErr_Occurred())
			PyErr_SetString(PyExc_SystemError,
				"PyModule_AddObjectRef() called with NULL and no exception set");
		return -1;
	}
	Py_INCREF(value);
	if (PyModule_AddObject(module, name, value) < 0) {
		Py_DECREF(value);
		return -1;
	}
	return 0;
}
#define PyModule_AddObjectRef gilshim_PyModule_AddObjectRef
#endif

/* 3.12: PyType_GetDict, PyErr_GetRaisedException, PyErr_SetRaisedException */
#if PY_VERSION_HEX < 0x030C0000
static inline PyObject *gilshim_PyType_GetDict(PyTypeObject *type)
{
	return Py_XNewRef(type->tp_dict);
}
#define PyType_GetDict gilshim_PyType_GetDict

static inline PyObject *gilshim_PyErr_GetRaisedException(void)
{
	PyObject *type, *value, *trace;

	PyErr_Fetch(&type, &value, &trace);
	if (type == NULL)
		return NULL;
	PyErr_NormalizeException(&type, &value, &trace);
	if (trace != NULL)
		PyException_SetTraceback(value, trace);
	Py_XDECREF(trace);
	Py_DECREF(type);
	return value;
}
#define PyErr_GetRaisedException gilshim_PyErr_GetRaisedException

/* Takes over the reference to `value`, as 3.12 does. */
static inline void gilshim_PyErr_SetRaisedException(PyObject *value)
{
	PyObject *type = value ? Py_NewRef(Py_TYPE(value)) : NULL;

	PyErr_Restore(type, value, value ? PyException_GetTraceback(value) : NULL);
}
#define PyErr_SetRaisedException gilshim_PyErr_SetRaisedException
#endif

/*
 * 3.13: PyThreadState_GetUnchecked, the calling thread's attached state or NULL. Up to 3.11 CPython
 * only knows who holds the GIL, so the answer is the holder's state when that belongs to us.
 * Differs: up to 3.11 a state that another thread made by PyThreadState_New and that is not the
 * first one of this thread is not recognised, and NULL is returned.
 */
#if PY_VERSION_HEX < 0x030C0000
static inline PyThreadState *gilshim_PyThreadState_GetUnchecked(void)
{
	PyThreadState *holder = _PyThreadState_UncheckedGet();

	if (holder == NULL || holder == PyGILState_GetThisThreadState())
		return holder;
	/* A second state of this thread (subinterpreters). When the holder is another thread its
	 * state may go away while we look; then the word read cannot be our own identity. */
	return holder->thread_id == PyThread_get_thread_ident() ? holder : NULL;
}
#define PyThreadState_GetUnchecked gilshim_PyThreadState_GetUnchecked
#elif PY_VERSION_HEX < 0x030D0000
#define PyThreadState_GetUnchecked _PyThreadState_UncheckedGet
#endif

/* 3.13: Py_IsFinalizing */
#if PY_VERSION_HEX < 0x030D00A1
#define Py_IsFinalizing _Py_IsFinalizing
#endif

/*
 * 3.13: PyMutex, PyMutex_Lock, PyMutex_Unlock; 3.14: PyMutex_IsLocked
 *
 * Up to 3.12 a mutex is one word instead of one byte, still all zero when unlocked, of any storage
 * and never to be destroyed. It is needed there in spite of the GIL, as the GIL changes hands
 * in any call that may run Python code or detach. A waiting thread that is attached detaches.
 * Differs: no hand-over to threads that waited for more than a millisecond.
 *
 * Inside: bit 0 locked, bit 1 the queue of waiters is being changed, the rest points to the first
 * waiter. Waiters live on the stacks of their threads; the first one knows the last one. While
 * bit 1 is set, or there are waiters, only the holder of bit 1 clears bit 0.
 */
#if PY_VERSION_HEX < 0x030D0000
typedef struct PyMutex {
	uintptr_t word_;
} PyMutex;

struct gilshim_waiter_ {
	struct gilshim_waiter_ *next, *last;
	PyThread_type_lock wake;
};

#define GILSHIM_LOCKED_	 ((uintptr_t)1)
#define GILSHIM_QUEUING_ ((uintptr_t)2)
#define GILSHIM_WAITERS_ (~(uintptr_t)3)

/* Puts us at the end of the queue. 0: the mutex changed, look again. */
static inline int gilshim_mutex_queue_(PyMutex *m, uintptr_t seen, struct gilshim_waiter_ *me)
{
	struct gilshim_waiter_ *first = (struct gilshim_waiter_ *)(seen & GILSHIM_WAITERS_);

	if (!gilshim_atomic_compare_exchange_uintptr(&m->word_, &seen, seen | GILSHIM_QUEUING_))
		return 0;
	me->next = NULL;
	me->last = me;
	if (first != NULL) {
		first->last->next = me;
		first->last = me;
	} else {
		first = me;
	}
	gilshim_atomic_store_uintptr(&m->word_, (uintptr_t)first | GILSHIM_LOCKED_);
	return 1;
}

static inline void gilshim_mutex_wait_(PyMutex *m, struct gilshim_waiter_ *me)
{
	for (;;) {
		uintptr_t seen = gilshim_atomic_load_uintptr(&m->word_);

		if (!(seen & GILSHIM_LOCKED_)) {
			if (gilshim_atomic_compare_exchange_uintptr(
				    &m->word_, &seen, seen | GILSHIM_LOCKED_))
				return;
		} else if (!(seen & GILSHIM_QUEUING_) && gilshim_mutex_queue_(m, seen, me)) {
			PyThread_acquire_lock(me->wake, WAIT_LOCK);
		}
	}
}

static inline void gilshim_mutex_lock_slow_(PyMutex *m)
{
	PyThreadState *mine = PyThreadState_GetUnchecked();
	struct gilshim_waiter_ me;

	me.wake = PyThread_allocate_lock();
	if (me.wake == NULL)
		Py_FatalError("PyMutex_Lock: out of memory");
	PyThread_acquire_lock(me.wake, WAIT_LOCK);
	if (mine != NULL)
		(void)PyEval_SaveThread();
	gilshim_mutex_wait_(m, &me);
	PyThread_release_lock(me.wake);
	PyThread_free_lock(me.wake);
	if (mine != NULL)
		PyEval_RestoreThread(mine);
}

static inline void gilshim_PyMutex_Lock(PyMutex *m)
{
	uintptr_t free_word = 0;

	if (!gilshim_atomic_compare_exchange_uintptr(&m->word_, &free_word, GILSHIM_LOCKED_))
		gilshim_mutex_lock_slow_(m);
}
#define PyMutex_Lock gilshim_PyMutex_Lock

static inline void gilshim_PyMutex_Unlock(PyMutex *m)
{
	for (;;) {
		uintptr_t seen = GILSHIM_LOCKED_;
		struct gilshim_waiter_ *first;

		if (gilshim_atomic_compare_exchange_uintptr(&m->word_, &seen, 0))
			return;
		if (!(seen & GILSHIM_LOCKED_))
			Py_FatalError("PyMutex_Unlock: the mutex is not locked");
		if (seen & GILSHIM_QUEUING_)
			continue;
		if (!gilshim_atomic_compare_exchange_uintptr(
			    &m->word_, &seen, seen | GILSHIM_QUEUING_))
			continue;
		first = (struct gilshim_waiter_ *)(seen & GILSHIM_WAITERS_);
		if (first->next != NULL)
			first->next->last = first->last;
		gilshim_atomic_store_uintptr(&m->word_, (uintptr_t)first->next);
		/* The waiter's stack frame is gone once it is awake. */
		PyThread_release_lock(first->wake);
		return;
	}
}
#define PyMutex_Unlock gilshim_PyMutex_Unlock

static inline int gilshim_PyMutex_IsLocked(PyMutex *m)
{
	return (int)(gilshim_atomic_load_uintptr(&m->word_) & GILSHIM_LOCKED_);
}
#define PyMutex_IsLocked gilshim_PyMutex_IsLocked
#elif PY_VERSION_HEX < 0x030E0000
static inline int gilshim_PyMutex_IsLocked(PyMutex *m)
{
	return gilshim_atomic_load_uint8(&m->_bits) & 1;
}
#define PyMutex_IsLocked gilshim_PyMutex_IsLocked
#endif

/*
 * 3.13: Py_BEGIN_CRITICAL_SECTION, ..SECTION2, PyCriticalSection_Begin and friends;
 * 3.14: the _MUTEX forms. On regular builds all of them are nothing, in every version, and a
 * variable of type PyCriticalSection may be declared (in CPython: from 3.15 on).
 * Differs: on 3.13t a section on the mutex that the innermost section already holds suspends that
 * one instead of being skipped, as all sections of 3.13t do.
 */
#if PY_VERSION_HEX < 0x030D0000
typedef struct PyCriticalSection PyCriticalSection;
typedef struct PyCriticalSection2 PyCriticalSection2;
#endif
#if PY_VERSION_HEX < 0x030F0000 && !defined(Py_GIL_DISABLED)
struct PyCriticalSection {
	uintptr_t _cs_prev;
	PyMutex *_cs_mutex;
};

struct PyCriticalSection2 {
	PyCriticalSection _cs_base;
	PyMutex *_cs_mutex2;
};
#endif

#if PY_VERSION_HEX < 0x030D0000
static inline void gilshim_PyCriticalSection_Begin(PyCriticalSection *c, PyObject *op)
{
	(void)c;
	(void)op;
}
#define PyCriticalSection_Begin gilshim_PyCriticalSection_Begin

static inline void gilshim_PyCriticalSection_End(PyCriticalSection *c)
{
	(void)c;
}
#define PyCriticalSection_End gilshim_PyCriticalSection_End

static inline void gilshim_PyCriticalSection2_Begin(PyCriticalSection2 *c, PyObject *a, PyObject *b)
{
	(void)c;
	(void)a;
	(void)b;
}
#define PyCriticalSection2_Begin gilshim_PyCriticalSection2_Begin

static inline void gilshim_PyCriticalSection2_End(PyCriticalSection2 *c)
{
	(void)c;
}
#define PyCriticalSection2_End gilshim_PyCriticalSection2_End

#define Py_BEGIN_CRITICAL_SECTION(op)	 {
#define Py_END_CRITICAL_SECTION()	 }
#define Py_BEGIN_CRITICAL_SECTION2(a, b) {
#define Py_END_CRITICAL_SECTION2()	 }
#endif

#if PY_VERSION_HEX < 0x030E0000 && !defined(Py_GIL_DISABLED)
static inline void gilshim_PyCriticalSection_BeginMutex(PyCriticalSection *c, PyMutex *m)
{
	(void)c;
	(void)m;
}
#define PyCriticalSection_BeginMutex gilshim_PyCriticalSection_BeginMutex

static inline void gilshim_PyCriticalSection2_BeginMutex(
	PyCriticalSection2 *c, PyMutex *m1, PyMutex *m2)
{
	(void)c;
	(void)m1;
	(void)m2;
}
#define PyCriticalSection2_BeginMutex	       gilshim_PyCriticalSection2_BeginMutex
#define Py_BEGIN_CRITICAL_SECTION_MUTEX(m)     {
#define Py_BEGIN_CRITICAL_SECTION2_MUTEX(a, b) {
#elif PY_VERSION_HEX < 0x030E0000
/* 3.13t. The section goes on the thread's stack of sections before the wait, because waiting
 * suspends all of them; it holds no mutex until it has one. */
static inline void gilshim_PyCriticalSection_BeginMutex(PyCriticalSection *c, PyMutex *m)
{
	PyThreadState *mine = PyThreadState_GetUnchecked();

	c->_cs_mutex = NULL;
	c->_cs_prev = mine->critical_section;
	mine->critical_section = (uintptr_t)c;
	PyMutex_Lock(m);
	c->_cs_mutex = m;
}
#define PyCriticalSection_BeginMutex  gilshim_PyCriticalSection_BeginMutex

static inline void gilshim_PyCriticalSection2_BeginMutex(
	PyCriticalSection2 *c, PyMutex *m1, PyMutex *m2)
{
	const uintptr_t two_mutexes = 2;
	PyThreadState *mine = PyThreadState_GetUnchecked();

	c->_cs_mutex2 = NULL;
	if (m1 == m2) {
		gilshim_PyCriticalSection_BeginMutex(&c->_cs_base, m1);
		return;
	}
	if ((uintptr_t)m2 < (uintptr_t)m1) {
		PyMutex *upper = m1;

		m1 = m2;
		m2 = upper;
	}
	c->_cs_base._cs_mutex = NULL;
	c->_cs_base._cs_prev = mine->critical_section;
	mine->critical_section = (uintptr_t)c | two_mutexes;
	PyMutex_Lock(m1);
	PyMutex_Lock(m2);
	c->_cs_base._cs_mutex = m1;
	c->_cs_mutex2 = m2;
}
#define PyCriticalSection2_BeginMutex gilshim_PyCriticalSection2_BeginMutex

#define Py_BEGIN_CRITICAL_SECTION_MUTEX(m)                                                         \
	{                                                                                          \
		PyCriticalSection _py_cs;                                                          \
		PyCriticalSection_BeginMutex(&_py_cs, m)
#define Py_BEGIN_CRITICAL_SECTION2_MUTEX(m1, m2)                                                   \
	{                                                                                          \
		PyCriticalSection2 _py_cs2;                                                        \
		PyCriticalSection2_BeginMutex(&_py_cs2, m1, m2)
#endif

/*
 * 3.12: Py_mod_multiple_interpreters; 3.13: Py_mod_gil, Py_MOD_GIL_NOT_USED and the rest, and
 * PyUnstable_Module_SetGIL. Where the slot is unknown its row becomes an exec function that does
 * nothing, so that the row needs no #if; SetGIL does nothing where there is no GIL to switch.
 * Differs: before 3.13 the row needs a module whose Py_mod_create, if any, returns a real module.
 */
static inline int gilshim_exec_nothing_(PyObject *module)
{
	(void)module;
	return 0;
}
#define GILSHIM_NOTHING_ ((void *)(uintptr_t)gilshim_exec_nothing_)

#ifndef Py_mod_multiple_interpreters
#define Py_mod_multiple_interpreters		   Py_mod_exec
#define Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED GILSHIM_NOTHING_
#define Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED	   GILSHIM_NOTHING_
#define Py_MOD_PER_INTERPRETER_GIL_SUPPORTED	   GILSHIM_NOTHING_
#endif
#ifndef Py_mod_gil
#define Py_mod_gil	    Py_mod_exec
#define Py_MOD_GIL_USED	    GILSHIM_NOTHING_
#define Py_MOD_GIL_NOT_USED GILSHIM_NOTHING_
#endif
#ifndef Py_GIL_DISABLED
static inline int gilshim_PyUnstable_Module_SetGIL(PyObject *module, void *gil)
{
	(void)module;
	(void)gil;
	return 0;
}
#define PyUnstable_Module_SetGIL gilshim_PyUnstable_Module_SetGIL
#endif

/*
 * 3.13: PyDict_GetItemRef, PyDict_GetItemStringRef, PyDict_SetDefaultRef, PyDict_Pop,
 * PyDict_PopString, PyDict_ContainsString
 * Differs: PyDict_Pop and PyDict_SetDefaultRef hash the key twice, and keys that run Python code
 * may let another thread in between.
 */
#if PY_VERSION_HEX < 0x030D00A4
static inline int gilshim_PyDict_GetItemRef(PyObject *dict, PyObject *key, PyObject **result)
{
	PyObject *found = PyDict_GetItemWithError(dict, key);

	if (found != NULL) {
		*result = Py_NewRef(found);
		return 1;
	}
	*result = NULL;
	return PyErr_Occurred() ? -1 : 0;
}
#define PyDict_GetItemRef gilshim_PyDict_GetItemRef

static inline int gilshim_PyDict_GetItemStringRef(
	PyObject *dict, const char *name, PyObject **result)
{
	PyObject *key = PyUnicode_FromString(name);
	int found;

	*result = NULL;
	if (key == NULL)
		return -1;
	found = gilshim_PyDict_GetItemRef(dict, key, result);
	Py_DECREF(key);
	return found;
}
#define PyDict_GetItemStringRef gilshim_PyDict_GetItemStringRef

static inline int gilshim_PyDict_SetDefaultRef(
	PyObject *dict, PyObject *key, PyObject *value, PyObject **result)
{
	PyObject *now;
	int found = gilshim_PyDict_GetItemRef(dict, key, &now);

	if (found == 0) {
		now = Py_XNewRef(PyDict_SetDefault(dict, key, value));
		found = now == NULL ? -1 : now != value;
	}
	if (result != NULL)
		*result = now;
	else
		Py_XDECREF(now);
	return found;
}
#define PyDict_SetDefaultRef gilshim_PyDict_SetDefaultRef

static inline int gilshim_PyDict_Pop(PyObject *dict, PyObject *key, PyObject **result)
{
	PyObject *was;
	int found = gilshim_PyDict_GetItemRef(dict, key, &was);

	if (found == 1 && PyDict_DelItem(dict, key) < 0) {
		Py_CLEAR(was);
		found = -1;
		if (PyErr_ExceptionMatches(PyExc_KeyError)) {
			PyErr_Clear();
			found = 0;
		}
	}
	if (result != NULL)
		*result = was;
	else
		Py_XDECREF(was);
	return found;
}
#define PyDict_Pop gilshim_PyDict_Pop

static inline int gilshim_PyDict_PopString(PyObject *dict, const char *name, PyObject **result)
{
	PyObject *key = PyUnicode_FromString(name);
	int found;

	if (result != NULL)
		*result = NULL;
	if (key == NULL)
		return -1;
	found = gilshim_PyDict_Pop(dict, key, result);
	Py_DECREF(key);
	return found;
}
#define PyDict_PopString gilshim_PyDict_PopString

static inline int gilshim_PyDict_ContainsString(PyObject *dict, const char *name)
{
	PyObject *key = PyUnicode_FromString(name);
	int found;

	if (key == NULL)
		return -1;
	found = PyDict_Contains(dict, key);
	Py_DECREF(key);
	return found;
}
#define PyDict_ContainsString gilshim_PyDict_ContainsString

/* 3.13: PyList_GetItemRef, PyList_Extend, PyList_Clear */
static inline PyObject *gilshim_PyList_GetItemRef(PyObject *list, Py_ssize_t i)
{
	if (!PyList_Check(list)) {
		PyErr_SetString(PyExc_TypeError, "expected a list");
		return NULL;
	}
	return Py_XNewRef(PyList_GetItem(list, i));
}
#define PyList_GetItemRef gilshim_PyList_GetItemRef

static inline int gilshim_PyList_Extend(PyObject *list, PyObject *iterable)
{
	return PyList_SetSlice(list, PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, iterable);
}
#define PyList_Extend gilshim_PyList_Extend

static inline int gilshim_PyList_Clear(PyObject *list)
{
	return PyList_SetSlice(list, 0, PY_SSIZE_T_MAX, NULL);
}
#define PyList_Clear gilshim_PyList_Clear

/* 3.13: PyWeakref_GetRef */
static inline int gilshim_PyWeakref_GetRef(PyObject *ref, PyObject **result)
{
	PyObject *target;

	*result = NULL;
	if (ref == NULL || !PyWeakref_Check(ref)) {
		PyErr_SetString(PyExc_TypeError, "expected a weakref");
		return -1;
	}
	target = PyWeakref_GetObject(ref);
	if (target == NULL)
		return -1;
	if (target == Py_None)
		return 0;
	*result = Py_NewRef(target);
	return 1;
}
#define PyWeakref_GetRef gilshim_PyWeakref_GetRef

/* 3.13: PyImport_AddModuleRef, PyModule_Add */
static inline PyObject *gilshim_PyImport_AddModuleRef(const char *name)
{
	return Py_XNewRef(PyImport_AddModule(name));
}
#define PyImport_AddModuleRef gilshim_PyImport_AddModuleRef

/* Takes over the reference to `value`, even on failure. */
static inline int gilshim_PyModule_Add(PyObject *module, const char *name, PyObject *value)
{
	int status = PyModule_AddObjectRef(module, name, value);

	Py_XDECREF(value);
	return status;
}
#define PyModule_Add gilshim_PyModule_Add

/* 3.13: PyObject_GetOptionalAttr, PyObject_HasAttrWithError and their String forms */
#define PyObject_GetOptionalAttr _PyObject_LookupAttr

static inline int gilshim_PyObject_GetOptionalAttrString(
	PyObject *op, const char *name, PyObject **result)
{
	PyObject *key = PyUnicode_FromString(name);
	int found;

	*result = NULL;
	if (key == NULL)
		return -1;
	found = PyObject_GetOptionalAttr(op, key, result);
	Py_DECREF(key);
	return found;
}
#define PyObject_GetOptionalAttrString gilshim_PyObject_GetOptionalAttrString

static inline int gilshim_PyObject_HasAttrWithError(PyObject *op, PyObject *name)
{
	PyObject *value;
	int found = PyObject_GetOptionalAttr(op, name, &value);

	Py_XDECREF(value);
	return found;
}
#define PyObject_HasAttrWithError gilshim_PyObject_HasAttrWithError

static inline int gilshim_PyObject_HasAttrStringWithError(PyObject *op, const char *name)
{
	PyObject *value;
	int found = gilshim_PyObject_GetOptionalAttrString(op, name, &value);

	Py_XDECREF(value);
	return found;
}
#define PyObject_HasAttrStringWithError gilshim_PyObject_HasAttrStringWithError

/* 3.13: PyMapping_GetOptionalItem, PyMapping_HasKeyWithError and their String forms */
static inline int gilshim_PyMapping_GetOptionalItem(PyObject *op, PyObject *key, PyObject **result)
{
	if (PyDict_CheckExact(op))
		return gilshim_PyDict_GetItemRef(op, key, result);
	*result = PyObject_GetItem(op, key);
	if (*result != NULL)
		return 1;
	if (!PyErr_ExceptionMatches(PyExc_KeyError))
		return -1;
	PyErr_Clear();
	return 0;
}
#define PyMapping_GetOptionalItem gilshim_PyMapping_GetOptionalItem

static inline int gilshim_PyMapping_GetOptionalItemString(
	PyObject *op, const char *name, PyObject **result)
{
	PyObject *key = PyUnicode_FromString(name);
	int found;

	*result = NULL;
	if (key == NULL)
		return -1;
	found = gilshim_PyMapping_GetOptionalItem(op, key, result);
	Py_DECREF(key);
	return found;
}
#define PyMapping_GetOptionalItemString gilshim_PyMapping_GetOptionalItemString

static inline int gilshim_PyMapping_HasKeyWithError(PyObject *op, PyObject *key)
{
	PyObject *value;
	int found = gilshim_PyMapping_GetOptionalItem(op, key, &value);

	Py_XDECREF(value);
	return found;
}
#define PyMapping_HasKeyWithError gilshim_PyMapping_HasKeyWithError

static inline int gilshim_PyMapping_HasKeyStringWithError(PyObject *op, const char *name)
{
	PyObject *value;
	int found = gilshim_PyMapping_GetOptionalItemString(op, name, &value);

	Py_XDECREF(value);
	return found;
}
#define PyMapping_HasKeyStringWithError gilshim_PyMapping_HasKeyStringWithError

/*
 * 3.13: PyEval_GetFrameLocals, PyEval_GetFrameGlobals, PyEval_GetFrameBuiltins
 * Differs: inside a function the locals are the frame's own snapshot dict, not a fresh one.
 */
static inline PyObject *gilshim_PyEval_GetFrameLocals(void)
{
	return Py_XNewRef(PyEval_GetLocals());
}
#define PyEval_GetFrameLocals gilshim_PyEval_GetFrameLocals

static inline PyObject *gilshim_PyEval_GetFrameGlobals(void)
{
	return Py_XNewRef(PyEval_GetGlobals());
}
#define PyEval_GetFrameGlobals gilshim_PyEval_GetFrameGlobals

static inline PyObject *gilshim_PyEval_GetFrameBuiltins(void)
{
	return Py_XNewRef(PyEval_GetBuiltins());
}
#define PyEval_GetFrameBuiltins gilshim_PyEval_GetFrameBuiltins

/* 3.13: PyLong_AsInt */
#define PyLong_AsInt _PyLong_AsInt
#endif

/* 3.14: PyWeakref_IsDead, PyIter_NextItem, PyImport_ImportModuleAttr and its String form */
#if PY_VERSION_HEX < 0x030E0000
static inline int gilshim_PyWeakref_IsDead(PyObject *ref)
{
	PyObject *target;
	int alive = PyWeakref_GetRef(ref, &target);

	Py_XDECREF(target);
	return alive < 0 ? -1 : !alive;
}
#define PyWeakref_IsDead gilshim_PyWeakref_IsDead

static inline int gilshim_PyIter_NextItem(PyObject *iter, PyObject **item)
{
	iternextfunc next = Py_TYPE(iter)->tp_iternext;

	*item = NULL;
	if (next == NULL) {
		PyErr_Format(PyExc_TypeError, "expected an iterator, got '%.200s'",
			Py_TYPE(iter)->tp_name);
		return -1;
	}
	*item = next(iter);
	if (*item != NULL)
		return 1;
	if (!PyErr_Occurred())
		return 0;
	if (!PyErr_ExceptionMatches(PyExc_StopIteration))
		return -1;
	PyErr_Clear();
	return 0;
}
#define PyIter_NextItem gilshim_PyIter_NextItem

static inline PyObject *gilshim_PyImport_ImportModuleAttr(PyObject *module, PyObject *name)
{
	PyObject *imported = PyImport_Import(module);
	PyObject *value;

	if (imported == NULL)
		return NULL;
	value = PyObject_GetAttr(imported, name);
	Py_DECREF(imported);
	return value;
}
#define PyImport_ImportModuleAttr gilshim_PyImport_ImportModuleAttr

static inline PyObject *gilshim_PyImport_ImportModuleAttrString(
	const char *module, const char *name)
{
	PyObject *imported = PyImport_ImportModule(module);
	PyObject *value;

	if (imported == NULL)
		return NULL;
	value = PyObject_GetAttrString(imported, name);
	Py_DECREF(imported);
	return value;
}
#define PyImport_ImportModuleAttrString gilshim_PyImport_ImportModuleAttrString

/*
 * 3.14: PyUnstable_Object_IsUniquelyReferenced, PyUnstable_Object_IsUniqueReferencedTemporary.
 * Before 3.14 the interpreter owns every reference it passes on, so one reference means temporary.
 */
static inline int gilshim_PyUnstable_Object_IsUniquelyReferenced(PyObject *op)
{
#ifdef Py_GIL_DISABLED
	return gilshim_atomic_load_relaxed_uintptr(&op->ob_tid) == _Py_ThreadId() &&
	       gilshim_atomic_load_relaxed_uint32(&op->ob_ref_local) == 1 &&
	       gilshim_atomic_load_relaxed_ssize(&op->ob_ref_shared) == 0;
#else
	return Py_REFCNT(op) == 1;
#endif
}
#define PyUnstable_Object_IsUniquelyReferenced	      gilshim_PyUnstable_Object_IsUniquelyReferenced
#define PyUnstable_Object_IsUniqueReferencedTemporary gilshim_PyUnstable_Object_IsUniquelyReferenced

/* 3.14: PyUnstable_EnableTryIncRef, PyUnstable_TryIncRef */
#ifdef Py_GIL_DISABLED
static inline void gilshim_PyUnstable_EnableTryIncRef(PyObject *op)
{
	Py_ssize_t seen = gilshim_atomic_load_relaxed_ssize(&op->ob_ref_shared);

	if (gilshim_atomic_load_relaxed_uint32(&op->ob_ref_local) == _Py_IMMORTAL_REFCNT_LOCAL)
		return;
	while ((seen & _Py_REF_SHARED_FLAG_MASK) == 0 &&
		!gilshim_atomic_compare_exchange_ssize(
			&op->ob_ref_shared, &seen, seen | _Py_REF_MAYBE_WEAKREF))
		;
}

static inline int gilshim_PyUnstable_TryIncRef(PyObject *op)
{
	uint32_t local = gilshim_atomic_load_relaxed_uint32(&op->ob_ref_local);
	Py_ssize_t seen;

	if (local == _Py_IMMORTAL_REFCNT_LOCAL)
		return 1;
	if (gilshim_atomic_load_relaxed_uintptr(&op->ob_tid) == _Py_ThreadId()) {
		gilshim_atomic_store_relaxed_uint32(&op->ob_ref_local, local + 1);
		return 1;
	}
	seen = gilshim_atomic_load_relaxed_ssize(&op->ob_ref_shared);
	while (seen != 0 && seen != _Py_REF_MERGED)
		if (gilshim_atomic_compare_exchange_ssize(&op->ob_ref_shared, &seen,
			    seen + ((Py_ssize_t)1 << _Py_REF_SHARED_SHIFT)))
			return 1;
	return 0;
}
#else
static inline void gilshim_PyUnstable_EnableTryIncRef(PyObject *op)
{
	(void)op;
}

static inline int gilshim_PyUnstable_TryIncRef(PyObject *op)
{
	if (Py_REFCNT(op) <= 0)
		return 0;
	Py_INCREF(op);
	return 1;
}
#endif
#define PyUnstable_EnableTryIncRef gilshim_PyUnstable_EnableTryIncRef
#define PyUnstable_TryIncRef	   gilshim_PyUnstable_TryIncRef

/*
 * 3.14: PyUnstable_IsImmortal, PyUnstable_Object_EnableDeferredRefcount
 * Differs: deferring is refused (0), which callers must expect anyway.
 */
static inline int gilshim_PyUnstable_IsImmortal(PyObject *op)
{
#if PY_VERSION_HEX < 0x030C0000
	(void)op;
	return 0;
#else
	return _Py_IsImmortal(op);
#endif
}
#define PyUnstable_IsImmortal gilshim_PyUnstable_IsImmortal

static inline int gilshim_PyUnstable_Object_EnableDeferredRefcount(PyObject *op)
{
	(void)op;
	return 0;
}
#define PyUnstable_Object_EnableDeferredRefcount gilshim_PyUnstable_Object_EnableDeferredRefcount
#endif

/* 3.15: PyTuple_FromArray */
#if PY_VERSION_HEX < 0x030F0000
static inline PyObject *gilshim_PyTuple_FromArray(PyObject *const *items, Py_ssize_t n)
{
	PyObject *tuple = PyTuple_New(n);

	for (Py_ssize_t i = 0; tuple != NULL && i < n; i++)
		PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
	return tuple;
}
#define PyTuple_FromArray gilshim_PyTuple_FromArray

/* 3.15: PyUnstable_SetImmortal. Differs: refused (0), which callers must expect anyway. */
static inline int gilshim_PyUnstable_SetImmortal(PyObject *op)
{
	(void)op;
	return 0;
}
#define PyUnstable_SetImmortal gilshim_PyUnstable_SetImmortal

/*
 * 3.15: PySys_GetAttr, PySys_GetOptionalAttr and their String forms
 * Differs: free-threaded 3.13 and 3.14 look in the module that sys.modules has under "sys".
 */
static inline int gilshim_PySys_GetOptionalAttr(PyObject *name, PyObject **result)
{
#ifdef Py_GIL_DISABLED
	PyObject *sys = PyImport_ImportModule("sys");
	int found;

	*result = NULL;
	if (sys == NULL)
		return -1;
	found = PyObject_GetOptionalAttr(sys, name, result);
	Py_DECREF(sys);
	return found;
#else
	const char *utf8 = PyUnicode_AsUTF8(name);

	*result = NULL;
	if (utf8 == NULL)
		return -1;
	*result = Py_XNewRef(PySys_GetObject(utf8));
	return *result != NULL;
#endif
}
#define PySys_GetOptionalAttr gilshim_PySys_GetOptionalAttr

static inline PyObject *gilshim_PySys_GetAttr(PyObject *name)
{
	PyObject *value;

	if (gilshim_PySys_GetOptionalAttr(name, &value) == 0)
		PyErr_Format(PyExc_RuntimeError, "lost sys.%U", name);
	return value;
}
#define PySys_GetAttr gilshim_PySys_GetAttr

static inline int gilshim_PySys_GetOptionalAttrString(const char *name, PyObject **result)
{
	PyObject *key = PyUnicode_FromString(name);
	int found;

	*result = NULL;
	if (key == NULL)
		return -1;
	found = gilshim_PySys_GetOptionalAttr(key, result);
	Py_DECREF(key);
	return found;
}
#define PySys_GetOptionalAttrString gilshim_PySys_GetOptionalAttrString

static inline PyObject *gilshim_PySys_GetAttrString(const char *name)
{
	PyObject *key = PyUnicode_FromString(name);
	PyObject *value;

	if (key == NULL)
		return NULL;
	value = gilshim_PySys_GetAttr(key);
	Py_DECREF(key);
	return value;
}
#define PySys_GetAttrString gilshim_PySys_GetAttrString

/*
 * 3.15 (PEP 788): interpreter guards and views, PyThreadState_Ensure, ..EnsureFromView, ..Release
 *
 * A guard keeps its interpreter from finalizing. Before 3.15 that is done by an atexit function,
 * registered with the first guard or view of an interpreter: it waits, detached, until all guards
 * are closed, and from then on none are given out.
 * Differs, before 3.15:
 * - atexit functions registered earlier run after that wait and can no longer get a guard;
 *   os._exit() and a process that never finalizes do not wait (nor do they in 3.15);
 * - PyInterpreterView_FromMain needs an attached state of the main interpreter, unless this
 *   extension has made a guard or a view of the main interpreter before; else it returns NULL.
 */
struct gilshim_interp_ {
	PyThread_type_lock mutex;   /* short, never held over a Python call */
	PyThread_type_lock drained; /* held; released when the last guard goes while `waiting` */
	PyInterpreterState *interp;
	Py_ssize_t refs; /* views, guards, the interpreter's own capsule, gilshim_main_interp_ */
	Py_ssize_t guards;
	int closed, waiting;
};

typedef struct PyInterpreterGuard {
	struct gilshim_interp_ *home;
} PyInterpreterGuard;

typedef struct PyInterpreterView {
	struct gilshim_interp_ *home;
} PyInterpreterView;

typedef void PyThreadStateToken;

struct gilshim_token_ {
	PyThreadState *before;	   /* to attach again, or NULL */
	PyThreadState *mine;	   /* attached for this token, or NULL when one was in place */
	PyInterpreterGuard *guard; /* of EnsureFromView */
	int made;		   /* `mine` was created for this token */
};

GILSHIM_ONE_COPY_ struct gilshim_interp_ *gilshim_main_interp_ = NULL;

static inline void gilshim_interp_drop_(struct gilshim_interp_ *home)
{
	Py_ssize_t left;

	PyThread_acquire_lock(home->mutex, WAIT_LOCK);
	left = --home->refs;
	PyThread_release_lock(home->mutex);
	if (left > 0)
		return;
	PyThread_release_lock(home->drained);
	PyThread_free_lock(home->drained);
	PyThread_free_lock(home->mutex);
	PyMem_RawFree(home);
}

static inline struct gilshim_interp_ *gilshim_interp_new_(void)
{
	struct gilshim_interp_ *home;

	home = (struct gilshim_interp_ *)PyMem_RawCalloc(1, sizeof(*home));
	if (home != NULL) {
		home->mutex = PyThread_allocate_lock();
		home->drained = PyThread_allocate_lock();
	}
	if (home == NULL || home->mutex == NULL || home->drained == NULL) {
		PyErr_NoMemory();
		return NULL;
	}
	PyThread_acquire_lock(home->drained, WAIT_LOCK);
	home->interp = PyInterpreterState_Get();
	home->refs = 1;
	return home;
}

#define GILSHIM_INTERP_KEY_ "gilshim.interpreter.1"

static inline void gilshim_interp_free_(PyObject *capsule)
{
	gilshim_interp_drop_(
		(struct gilshim_interp_ *)PyCapsule_GetPointer(capsule, GILSHIM_INTERP_KEY_));
}

static inline PyObject *gilshim_interp_atexit_(PyObject *capsule, PyObject *unused)
{
	struct gilshim_interp_ *home;

	(void)unused;
	home = (struct gilshim_interp_ *)PyCapsule_GetPointer(capsule, GILSHIM_INTERP_KEY_);
	PyThread_acquire_lock(home->mutex, WAIT_LOCK);
	home->closed = 1;
	home->waiting = home->guards > 0;
	if (home->waiting) {
		PyThread_release_lock(home->mutex);
		Py_BEGIN_ALLOW_THREADS PyThread_acquire_lock(home->drained, WAIT_LOCK);
		Py_END_ALLOW_THREADS PyThread_acquire_lock(home->mutex, WAIT_LOCK);
	}
	PyThread_release_lock(home->mutex);
	Py_RETURN_NONE;
}

static inline int gilshim_interp_register_(PyObject *capsule)
{
	static PyMethodDef def = {
		"gilshim_wait_for_guards", gilshim_interp_atexit_, METH_NOARGS, NULL};
	PyObject *hook = PyCFunction_New(&def, capsule);
	PyObject *atexit = PyImport_ImportModule("atexit");
	PyObject *done = NULL;

	if (hook != NULL && atexit != NULL)
		done = PyObject_CallMethod(atexit, "register", "O", hook);
	Py_XDECREF(hook);
	Py_XDECREF(atexit);
	Py_XDECREF(done);
	return done != NULL ? 0 : -1;
}

/* The first caller in an interpreter makes the record that all later ones find in its dict. */
static inline PyObject *gilshim_interp_capsule_(PyObject *dict)
{
	struct gilshim_interp_ *home;
	PyObject *key, *capsule, *kept = NULL;
	int found = PyDict_GetItemStringRef(dict, GILSHIM_INTERP_KEY_, &kept);

	if (found != 0)
		return kept;
	home = gilshim_interp_new_();
	if (home == NULL)
		return NULL;
	capsule = PyCapsule_New(home, GILSHIM_INTERP_KEY_, gilshim_interp_free_);
	if (capsule == NULL) {
		gilshim_interp_drop_(home);
		return NULL;
	}
	key = PyUnicode_FromString(GILSHIM_INTERP_KEY_);
	if (key != NULL)
		found = PyDict_SetDefaultRef(dict, key, capsule, &kept);
	if (kept == capsule && found == 0 && gilshim_interp_register_(capsule) < 0) {
		(void)PyDict_DelItem(dict, key);
		Py_CLEAR(kept);
	}
	Py_XDECREF(key);
	Py_DECREF(capsule);
	return kept;
}

/* A new reference to the current interpreter's record; NULL with an exception. */
static inline struct gilshim_interp_ *gilshim_interp_current_(void)
{
	PyObject *dict = PyInterpreterState_GetDict(PyInterpreterState_Get());
	struct gilshim_interp_ *home, *before;
	PyObject *capsule;

	if (dict == NULL) {
		PyErr_SetString(PyExc_RuntimeError, "the interpreter has no dict");
		return NULL;
	}
	capsule = gilshim_interp_capsule_(dict);
	if (capsule == NULL)
		return NULL;
	home = (struct gilshim_interp_ *)PyCapsule_GetPointer(capsule, GILSHIM_INTERP_KEY_);
	Py_DECREF(capsule);
	if (home == NULL)
		return NULL;
	PyThread_acquire_lock(home->mutex, WAIT_LOCK);
	home->refs++;
	PyThread_release_lock(home->mutex);
	if (home->interp != PyInterpreterState_Main() ||
		gilshim_atomic_load_ptr(&gilshim_main_interp_) == (void *)home)
		return home;
	PyThread_acquire_lock(home->mutex, WAIT_LOCK);
	home->refs++;
	PyThread_release_lock(home->mutex);
	before = (struct gilshim_interp_ *)gilshim_atomic_exchange_ptr(&gilshim_main_interp_, home);
	if (before != NULL)
		gilshim_interp_drop_(before);
	return home;
}

/* Uses up the caller's reference to `home`. No exception is set: there may be no thread state. */
static inline PyInterpreterGuard *gilshim_guard_new_(struct gilshim_interp_ *home)
{
	PyInterpreterGuard *guard = (PyInterpreterGuard *)PyMem_RawMalloc(sizeof(*guard));

	if (guard != NULL) {
		PyThread_acquire_lock(home->mutex, WAIT_LOCK);
		guard->home = home->closed ? NULL : home;
		home->guards += !home->closed;
		PyThread_release_lock(home->mutex);
		if (guard->home != NULL)
			return guard;
		PyMem_RawFree(guard);
	}
	gilshim_interp_drop_(home);
	return NULL;
}

static inline PyInterpreterGuard *gilshim_PyInterpreterGuard_FromCurrent(void)
{
	struct gilshim_interp_ *home = gilshim_interp_current_();
	PyInterpreterGuard *guard;

	if (home == NULL)
		return NULL;
	guard = gilshim_guard_new_(home);
	if (guard == NULL)
#if PY_VERSION_HEX >= 0x030D0000
		PyErr_SetString(PyExc_PythonFinalizationError, "the interpreter is finalizing");
#else
		PyErr_SetString(PyExc_RuntimeError, "the interpreter is finalizing");
#endif
	return guard;
}
#define PyInterpreterGuard_FromCurrent gilshim_PyInterpreterGuard_FromCurrent

static inline PyInterpreterGuard *gilshim_PyInterpreterGuard_FromView(PyInterpreterView *view)
{
	PyThread_acquire_lock(view->home->mutex, WAIT_LOCK);
	view->home->refs++;
	PyThread_release_lock(view->home->mutex);
	return gilshim_guard_new_(view->home);
}
#define PyInterpreterGuard_FromView gilshim_PyInterpreterGuard_FromView

static inline void gilshim_PyInterpreterGuard_Close(PyInterpreterGuard *guard)
{
	struct gilshim_interp_ *home = guard->home;

	PyThread_acquire_lock(home->mutex, WAIT_LOCK);
	if (--home->guards == 0 && home->waiting) {
		home->waiting = 0;
		PyThread_release_lock(home->drained);
	}
	PyThread_release_lock(home->mutex);
	PyMem_RawFree(guard);
	gilshim_interp_drop_(home);
}
#define PyInterpreterGuard_Close gilshim_PyInterpreterGuard_Close

static inline PyInterpreterView *gilshim_view_new_(struct gilshim_interp_ *home)
{
	PyInterpreterView *view = (PyInterpreterView *)PyMem_RawMalloc(sizeof(*view));

	if (view != NULL)
		view->home = home;
	else
		gilshim_interp_drop_(home);
	return view;
}

static inline PyInterpreterView *gilshim_PyInterpreterView_FromCurrent(void)
{
	struct gilshim_interp_ *home = gilshim_interp_current_();
	PyInterpreterView *view = home ? gilshim_view_new_(home) : NULL;

	if (home != NULL && view == NULL)
		PyErr_NoMemory();
	return view;
}
#define PyInterpreterView_FromCurrent gilshim_PyInterpreterView_FromCurrent

/* NULL without an exception. */
static inline PyInterpreterView *gilshim_PyInterpreterView_FromMain(void)
{
	PyThreadState *mine = PyThreadState_GetUnchecked();
	PyInterpreterView *view;
	struct gilshim_interp_ *home;

	if (mine != NULL && mine->interp == PyInterpreterState_Main()) {
		view = gilshim_PyInterpreterView_FromCurrent();
		if (view == NULL)
			PyErr_Clear();
		return view;
	}
	home = (struct gilshim_interp_ *)gilshim_atomic_load_ptr(&gilshim_main_interp_);
	if (home == NULL)
		return NULL;
	PyThread_acquire_lock(home->mutex, WAIT_LOCK);
	home->refs++;
	PyThread_release_lock(home->mutex);
	return gilshim_view_new_(home);
}
#define PyInterpreterView_FromMain gilshim_PyInterpreterView_FromMain

static inline void gilshim_PyInterpreterView_Close(PyInterpreterView *view)
{
	gilshim_interp_drop_(view->home);
	PyMem_RawFree(view);
}
#define PyInterpreterView_Close gilshim_PyInterpreterView_Close

/* Attaches a state of `interp`: the thread's own one when it fits, else a new one. */
static inline int gilshim_attach_(struct gilshim_token_ *token, PyInterpreterState *interp)
{
	PyThreadState *own = PyGILState_GetThisThreadState();

	token->before = PyThreadState_GetUnchecked();
	if (token->before != NULL && token->before->interp == interp)
		return 0;
	if (own == NULL || own->interp != interp) {
		own = PyThreadState_New(interp);
		if (own == NULL)
			return -1;
		token->made = 1;
	}
	if (token->before != NULL)
		(void)PyEval_SaveThread();
	PyEval_RestoreThread(own);
	token->mine = own;
	return 0;
}

static inline PyThreadStateToken *gilshim_PyThreadState_Ensure(PyInterpreterGuard *guard)
{
	struct gilshim_token_ *token;

	token = (struct gilshim_token_ *)PyMem_RawCalloc(1, sizeof(*token));
	if (token != NULL && gilshim_attach_(token, guard->home->interp) < 0) {
		PyMem_RawFree(token);
		return NULL;
	}
	return token;
}
#define PyThreadState_Ensure gilshim_PyThreadState_Ensure

static inline PyThreadStateToken *gilshim_PyThreadState_EnsureFromView(PyInterpreterView *view)
{
	PyInterpreterGuard *guard = gilshim_PyInterpreterGuard_FromView(view);
	struct gilshim_token_ *token;

	if (guard == NULL)
		return NULL;
	token = (struct gilshim_token_ *)gilshim_PyThreadState_Ensure(guard);
	if (token == NULL)
		gilshim_PyInterpreterGuard_Close(guard);
	else
		token->guard = guard;
	return token;
}
#define PyThreadState_EnsureFromView gilshim_PyThreadState_EnsureFromView

static inline void gilshim_PyThreadState_Release(PyThreadStateToken *opaque)
{
	struct gilshim_token_ *token = (struct gilshim_token_ *)opaque;

	if (token->made) {
		PyThreadState_Clear(token->mine);
		PyThreadState_DeleteCurrent();
	} else if (token->mine != NULL) {
		(void)PyEval_SaveThread();
	}
	if (token->mine != NULL && token->before != NULL)
		PyEval_RestoreThread(token->before);
	if (token->guard != NULL)
		gilshim_PyInterpreterGuard_Close(token->guard);
	PyMem_RawFree(token);
}
#define PyThreadState_Release gilshim_PyThreadState_Release
#endif

/*
 * gilshim_once: runs `init` once in the life of the process (CPython has no public call for it).
 *
 *   static gilshim_once_t once;
 *   if (gilshim_once(&once, make_tables, NULL) < 0)
 *           return NULL;
 *
 * 0 when `init` has succeeded, here or earlier; -1 with its exception when it failed now, and the
 * next caller tries again. Others wait detached. `init` may run Python code; if that calls
 * gilshim_once on the same variable again, it gets -1 and a RuntimeError. Needs an attached state.
 */
typedef struct gilshim_once_t {
	PyMutex mutex_;
	uint8_t done_;
	uintptr_t owner_; /* thread that runs init */
} gilshim_once_t;

static inline int gilshim_once_slow_(gilshim_once_t *once, int (*init)(void *), void *arg)
{
	uintptr_t me = (uintptr_t)PyThread_get_thread_ident();
	int status = 0;

	if (gilshim_atomic_load_relaxed_uintptr(&once->owner_) == me) {
		PyErr_SetString(PyExc_RuntimeError, "gilshim_once: the initialiser calls itself");
		return -1;
	}
	PyMutex_Lock(&once->mutex_);
	if (!once->done_) {
		gilshim_atomic_store_relaxed_uintptr(&once->owner_, me);
		status = init(arg);
		gilshim_atomic_store_relaxed_uintptr(&once->owner_, 0);
		if (status == 0)
			gilshim_atomic_store_release_uint8(&once->done_, 1);
	}
	PyMutex_Unlock(&once->mutex_);
	return status == 0 ? 0 : -1;
}

static inline int gilshim_once(gilshim_once_t *once, int (*init)(void *), void *arg)
{
	if (gilshim_atomic_load_acquire_uint8(&once->done_))
		return 0;
	return gilshim_once_slow_(once, init, arg);
}

/*
 * Removed in 3.13: PyEval_ThreadsInitialized, PyEval_AcquireLock, PyEval_ReleaseLock
 * Differs: ReleaseLock detaches the thread's current state and AcquireLock attaches it again; with
 * no state in place both do nothing, as PyThreadState_Swap attaches and detaches since 3.12.
 */
#if PY_VERSION_HEX >= 0x030D0000
#define PyEval_ThreadsInitialized() (1)

GILSHIM_ONE_COPY_ GILSHIM_THREAD_ PyThreadState *gilshim_released_ = NULL;

static inline void gilshim_PyEval_ReleaseLock(void)
{
	if (PyThreadState_GetUnchecked() != NULL)
		gilshim_released_ = PyEval_SaveThread();
}
#define PyEval_ReleaseLock gilshim_PyEval_ReleaseLock

static inline void gilshim_PyEval_AcquireLock(void)
{
	PyThreadState *back = gilshim_released_;

	gilshim_released_ = NULL;
	if (back != NULL)
		PyEval_RestoreThread(back);
}
#define PyEval_AcquireLock gilshim_PyEval_AcquireLock

/* Removed in 3.13: PyEval_CallObjectWithKeywords, PyEval_CallObject, PyEval_CallFunction,
 * PyEval_CallMethod, PyCFunction_Call */
static inline PyObject *gilshim_PyEval_CallObjectWithKeywords(
	PyObject *callable, PyObject *args, PyObject *kwargs)
{
	PyObject *result, *none = NULL;

	if (args != NULL && !PyTuple_Check(args)) {
		PyErr_SetString(PyExc_TypeError, "argument list must be a tuple");
		return NULL;
	}
	if (args == NULL && (args = none = PyTuple_New(0)) == NULL)
		return NULL;
	result = PyObject_Call(callable, args, kwargs);
	Py_XDECREF(none);
	return result;
}
#define PyEval_CallObjectWithKeywords gilshim_PyEval_CallObjectWithKeywords
#define PyEval_CallObject(callable, args)                                                          \
	gilshim_PyEval_CallObjectWithKeywords((callable), (args), (PyObject *)NULL)
#define PyCFunction_Call PyObject_Call

static inline PyObject *gilshim_call_va_(PyObject *callable, const char *format, va_list va)
{
	PyObject *args = Py_VaBuildValue(format, va);
	PyObject *result = NULL;

	if (args != NULL)
		result = gilshim_PyEval_CallObjectWithKeywords(callable, args, NULL);
	Py_XDECREF(args);
	return result;
}

static inline PyObject *gilshim_PyEval_CallFunction(PyObject *callable, const char *format, ...)
{
	PyObject *result;
	va_list va;

	va_start(va, format);
	result = gilshim_call_va_(callable, format, va);
	va_end(va);
	return result;
}
#define PyEval_CallFunction gilshim_PyEval_CallFunction

static inline PyObject *gilshim_PyEval_CallMethod(
	PyObject *op, const char *name, const char *format, ...)
{
	PyObject *method = PyObject_GetAttrString(op, name);
	PyObject *result = NULL;
	va_list va;

	if (method == NULL)
		return NULL;
	va_start(va, format);
	result = gilshim_call_va_(method, format, va);
	va_end(va);
	Py_DECREF(method);
	return result;
}
#define PyEval_CallMethod gilshim_PyEval_CallMethod
#endif

/*
 * Removed in 3.10 (Py_TYPE, Py_SIZE, Py_REFCNT as something to assign to), on request only.
 * New code uses Py_SET_TYPE, Py_SET_SIZE and Py_SET_REFCNT, which every version here has.
 * Differs: on free-threaded builds a count is two fields, so assigning to Py_REFCNT stays an error.
 */
#ifdef GILSHIM_LVALUES
static inline PyTypeObject **gilshim_type_of_(PyObject *op)
{
	return &op->ob_type;
}
#undef Py_TYPE
#define Py_TYPE(op) (*gilshim_type_of_((PyObject *)(op)))

static inline Py_ssize_t *gilshim_size_of_(PyVarObject *op)
{
	return &op->ob_size;
}
#undef Py_SIZE
#define Py_SIZE(op) (*gilshim_size_of_((PyVarObject *)(op)))

#ifndef Py_GIL_DISABLED
#undef Py_REFCNT
#define Py_REFCNT(op) (((PyObject *)(op))->ob_refcnt)
#endif
#endif

#ifdef __cplusplus
}
#endif

#endif
