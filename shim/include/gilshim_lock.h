/* SPDX-License-Identifier: 0BSD
 *
 * The extension lock: sends what an extension tells CPython (functions, types, callbacks) and some
 * of what it asks CPython (borrowed references, calls on containers, thread states, native locks)
 * through gilshim.o. Included by the Python.h beside it on free-threaded builds; not for direct use.
 *
 *   -DGILSHIM_OFF            the whole file is compiled as if the shim were not there
 *   -DGILSHIM_DOMAIN=name    extensions with the same name share one lock
 *   -DGILSHIM_NO_GET_ITEM    leaves PyList_GET_ITEM alone (files that assign to it)
 *   GILSHIM_CALLBACK(fn)     fn, to be run under the lock, for pointers nobody else can see
 *
 * Names are replaced by object-like macros, so that taking an address works too.
 */
#ifndef GILSHIM_LOCK_H
#define GILSHIM_LOCK_H
#pragma GCC system_header

#include <stddef.h>
#include <stdint.h>

#include "gilshim_waits.h"

#ifdef Py_LIMITED_API
#error "the extension lock needs the full C API; free-threaded CPython 3.13 and 3.14 have no other"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

/*
 * What the runtime must know of this CPython. gilshim.o is compiled once, without Python.h; the
 * layout comes from here, by the headers the extension is compiled with, one copy an extension.
 */
#define GILSHIM_ABI (0x10000u + (unsigned)sizeof(struct gilshim_build))

/* A function slot of a type: its number for PyType_FromSpec and where static types have it. */
struct gilshim_slot {
	short id;
	short group; /* 0: in the type itself, else 1 + index in gilshim_build.suites */
	short offset;
	short flags;
	const char *name;
};

#define GILSHIM_SLOT_CALL    1 /* tp_call */
#define GILSHIM_SLOT_DEALLOC 2 /* tp_dealloc */
#define GILSHIM_SLOT_HASH    4 /* tp_hash */

struct gilshim_build {
	unsigned abi, python;
	short ob_type, ob_mutex, ob_tid, ob_ref_local, ob_ref_shared, critical_section;
	short list_size, list_items;
	short def_methods, def_slots, def_clear, def_free;
	short tp_name, tp_flags, tp_methods, tp_members, tp_getset, tp_vectorcall_offset;
	short suites[5];
	short id_methods, id_members, id_getset, id_exec, id_create, id_gil;
	const char *domain;
	const struct gilshim_slot *slots; /* ends with a name of NULL */
};

#ifdef GILSHIM_DOMAIN
#define GILSHIM_QUOTE_(x) #x
#define GILSHIM_QUOTE(x)  GILSHIM_QUOTE_(x)
#define GILSHIM_DOMAIN_	  GILSHIM_QUOTE(GILSHIM_DOMAIN)
#else
#define GILSHIM_DOMAIN_ NULL
#endif

#define GILSHIM_T(f)	{Py_##f, 0, offsetof(PyTypeObject, f), 0, #f}
#define GILSHIM_A(f)	{Py_##f, 1, offsetof(PyAsyncMethods, f), 0, #f}
#define GILSHIM_N(f)	{Py_##f, 2, offsetof(PyNumberMethods, f), 0, #f}
#define GILSHIM_S(f)	{Py_##f, 3, offsetof(PySequenceMethods, f), 0, #f}
#define GILSHIM_M(f)	{Py_##f, 4, offsetof(PyMappingMethods, f), 0, #f}
#define GILSHIM_B(f)	{Py_##f, 5, offsetof(PyBufferProcs, f), 0, #f}
#if PY_VERSION_HEX >= 0x030E0000
#define GILSHIM_TP_VECTORCALL Py_tp_vectorcall
#else
#define GILSHIM_TP_VECTORCALL (-1)
#endif

/* A constant of C++ has internal linkage unless its definition says extern. */
#ifdef __cplusplus
#define GILSHIM_ONE_ extern __attribute__((weak)) const
#else
#define GILSHIM_ONE_ __attribute__((weak)) const
#endif

/* Not here: tp_traverse and tp_is_gc, which run while the world is stopped and may not wait. */
GILSHIM_ONE_ struct gilshim_slot gilshim_slots[] = {
	{Py_tp_dealloc, 0, offsetof(PyTypeObject, tp_dealloc), GILSHIM_SLOT_DEALLOC, "tp_dealloc"},
	GILSHIM_T(tp_getattr), GILSHIM_T(tp_setattr), GILSHIM_T(tp_repr),
	{Py_tp_hash, 0, offsetof(PyTypeObject, tp_hash), GILSHIM_SLOT_HASH, "tp_hash"},
	 {Py_tp_call, 0, offsetof(PyTypeObject, tp_call), GILSHIM_SLOT_CALL, "tp_call"},
	GILSHIM_T(tp_str), GILSHIM_T(tp_getattro), GILSHIM_T(tp_setattro), GILSHIM_T(tp_clear),
	GILSHIM_T(tp_richcompare), GILSHIM_T(tp_iter), GILSHIM_T(tp_iternext),
	GILSHIM_T(tp_descr_get), GILSHIM_T(tp_descr_set), GILSHIM_T(tp_init), GILSHIM_T(tp_alloc),
	GILSHIM_T(tp_new), GILSHIM_T(tp_free), GILSHIM_T(tp_del), GILSHIM_T(tp_finalize),
	{GILSHIM_TP_VECTORCALL, 0, offsetof(PyTypeObject, tp_vectorcall), 0, "tp_vectorcall"},
	GILSHIM_A(am_await), GILSHIM_A(am_aiter), GILSHIM_A(am_anext), GILSHIM_A(am_send),
	GILSHIM_N(nb_add), GILSHIM_N(nb_subtract), GILSHIM_N(nb_multiply), GILSHIM_N(nb_remainder),
	GILSHIM_N(nb_divmod), GILSHIM_N(nb_power), GILSHIM_N(nb_negative), GILSHIM_N(nb_positive),
	GILSHIM_N(nb_absolute), GILSHIM_N(nb_bool), GILSHIM_N(nb_invert), GILSHIM_N(nb_lshift),
	GILSHIM_N(nb_rshift), GILSHIM_N(nb_and), GILSHIM_N(nb_xor), GILSHIM_N(nb_or),
	GILSHIM_N(nb_int), GILSHIM_N(nb_float), GILSHIM_N(nb_inplace_add),
	GILSHIM_N(nb_inplace_subtract), GILSHIM_N(nb_inplace_multiply),
	GILSHIM_N(nb_inplace_remainder), GILSHIM_N(nb_inplace_power), GILSHIM_N(nb_inplace_lshift),
	GILSHIM_N(nb_inplace_rshift), GILSHIM_N(nb_inplace_and), GILSHIM_N(nb_inplace_xor),
	GILSHIM_N(nb_inplace_or), GILSHIM_N(nb_floor_divide), GILSHIM_N(nb_true_divide),
	GILSHIM_N(nb_inplace_floor_divide), GILSHIM_N(nb_inplace_true_divide), GILSHIM_N(nb_index),
	GILSHIM_N(nb_matrix_multiply), GILSHIM_N(nb_inplace_matrix_multiply),
	GILSHIM_S(sq_length), GILSHIM_S(sq_concat), GILSHIM_S(sq_repeat), GILSHIM_S(sq_item),
	GILSHIM_S(sq_ass_item), GILSHIM_S(sq_contains), GILSHIM_S(sq_inplace_concat),
	GILSHIM_S(sq_inplace_repeat), GILSHIM_M(mp_length), GILSHIM_M(mp_subscript),
	GILSHIM_M(mp_ass_subscript), GILSHIM_B(bf_getbuffer), GILSHIM_B(bf_releasebuffer),
	{0, 0, 0, 0, NULL}};

GILSHIM_ONE_ struct gilshim_build gilshim_build = {GILSHIM_ABI, PY_VERSION_HEX,
	offsetof(PyObject, ob_type), offsetof(PyObject, ob_mutex), offsetof(PyObject, ob_tid),
	offsetof(PyObject, ob_ref_local), offsetof(PyObject, ob_ref_shared),
	offsetof(PyThreadState, critical_section), offsetof(PyVarObject, ob_size),
	offsetof(PyListObject, ob_item), offsetof(PyModuleDef, m_methods),
	offsetof(PyModuleDef, m_slots), offsetof(PyModuleDef, m_clear), offsetof(PyModuleDef, m_free),
	offsetof(PyTypeObject, tp_name), offsetof(PyTypeObject, tp_flags),
	offsetof(PyTypeObject, tp_methods), offsetof(PyTypeObject, tp_members),
	offsetof(PyTypeObject, tp_getset), offsetof(PyTypeObject, tp_vectorcall_offset),
	{offsetof(PyTypeObject, tp_as_async), offsetof(PyTypeObject, tp_as_number),
		offsetof(PyTypeObject, tp_as_sequence), offsetof(PyTypeObject, tp_as_mapping),
		offsetof(PyTypeObject, tp_as_buffer)},
	Py_tp_methods, Py_tp_members, Py_tp_getset, Py_mod_exec, Py_mod_create, Py_mod_gil,
	GILSHIM_DOMAIN_, gilshim_slots};

/* What the runtime declares by itself must be the same here. */
#ifdef __cplusplus
#define GILSHIM_SAME(e) static_assert(e, "gilshim.o has another layout in mind")
#else
#define GILSHIM_SAME(e) _Static_assert(e, "gilshim.o has another layout in mind")
#endif
GILSHIM_SAME(sizeof(PyMethodDef) == 4 * sizeof(void *) && offsetof(PyMethodDef, ml_flags) == 16);
GILSHIM_SAME(sizeof(PyGetSetDef) == 5 * sizeof(void *) && offsetof(PyGetSetDef, closure) == 32);
GILSHIM_SAME(sizeof(PyMemberDef) == 5 * sizeof(void *) && offsetof(PyMemberDef, offset) == 16);
GILSHIM_SAME(offsetof(PyMemberDef, flags) == 24 && offsetof(PyMemberDef, doc) == 32);
GILSHIM_SAME(sizeof(PyModuleDef_Slot) == 2 * sizeof(void *));
GILSHIM_SAME(sizeof(PyType_Slot) == 2 * sizeof(void *) && offsetof(PyType_Slot, pfunc) == 8);
GILSHIM_SAME(sizeof(PyType_Spec) == 32 && offsetof(PyType_Spec, flags) == 16);
GILSHIM_SAME(offsetof(PyType_Spec, slots) == 24 && sizeof(PyCriticalSection) == 16);
GILSHIM_SAME(offsetof(PyCriticalSection, _cs_mutex) == 8 && sizeof(PyMutex) == 1);
GILSHIM_SAME(sizeof(PyObject) <= 64 && sizeof(((PyObject *)0)->ob_ref_local) == 4);

/* The same signature as CPython's, under another name. */
#ifdef __cplusplus
#define GILSHIM_LIKE(f) extern decltype(f) gilshim_##f
#else
#define GILSHIM_LIKE(f) extern __typeof__(f) gilshim_##f
#endif

GILSHIM_LIKE(PyModuleDef_Init);
GILSHIM_LIKE(PyModule_Create2);
GILSHIM_LIKE(PyModule_FromDefAndSpec2);
GILSHIM_LIKE(PyModule_AddFunctions);
GILSHIM_LIKE(PyModule_AddType);
GILSHIM_LIKE(PyModule_AddObject);
GILSHIM_LIKE(PyModule_AddObjectRef);
GILSHIM_LIKE(PyModule_Add);
#define PyModuleDef_Init	 gilshim_PyModuleDef_Init
#define PyModule_Create2	 gilshim_PyModule_Create2
#define PyModule_FromDefAndSpec2 gilshim_PyModule_FromDefAndSpec2
#define PyModule_AddFunctions	 gilshim_PyModule_AddFunctions
#define PyModule_AddType	 gilshim_PyModule_AddType
#define PyModule_AddObject	 gilshim_PyModule_AddObject
#define PyModule_AddObjectRef	 gilshim_PyModule_AddObjectRef
#define PyModule_Add		 gilshim_PyModule_Add

GILSHIM_LIKE(PyType_Ready);
GILSHIM_LIKE(PyType_FromSpec);
GILSHIM_LIKE(PyType_FromSpecWithBases);
GILSHIM_LIKE(PyType_FromModuleAndSpec);
GILSHIM_LIKE(PyType_FromMetaclass);
#define PyType_Ready		 gilshim_PyType_Ready
#define PyType_FromSpec		 gilshim_PyType_FromSpec
#define PyType_FromSpecWithBases gilshim_PyType_FromSpecWithBases
#define PyType_FromModuleAndSpec gilshim_PyType_FromModuleAndSpec
#define PyType_FromMetaclass	 gilshim_PyType_FromMetaclass

#undef PyCFunction_New
#undef PyCFunction_NewEx
GILSHIM_LIKE(PyCFunction_New);
GILSHIM_LIKE(PyCFunction_NewEx);
GILSHIM_LIKE(PyCMethod_New);
GILSHIM_LIKE(PyDescr_NewMethod);
GILSHIM_LIKE(PyDescr_NewClassMethod);
GILSHIM_LIKE(PyDescr_NewGetSet);
#define PyCFunction_New	       gilshim_PyCFunction_New
#define PyCFunction_NewEx      gilshim_PyCFunction_NewEx
#define PyCMethod_New	       gilshim_PyCMethod_New
#define PyDescr_NewMethod      gilshim_PyDescr_NewMethod
#define PyDescr_NewClassMethod gilshim_PyDescr_NewClassMethod
#define PyDescr_NewGetSet      gilshim_PyDescr_NewGetSet

GILSHIM_LIKE(PyCapsule_New);
GILSHIM_LIKE(PyCapsule_SetDestructor);
GILSHIM_LIKE(Py_AddPendingCall);
GILSHIM_LIKE(PyEval_SetTrace);
GILSHIM_LIKE(PyEval_SetProfile);
GILSHIM_LIKE(PyEval_SetTraceAllThreads);
GILSHIM_LIKE(PyEval_SetProfileAllThreads);
GILSHIM_LIKE(PyUnstable_AtExit);
GILSHIM_LIKE(PySys_AddAuditHook);
GILSHIM_LIKE(PyDict_AddWatcher);
GILSHIM_LIKE(PyType_AddWatcher);
GILSHIM_LIKE(PyCode_AddWatcher);
GILSHIM_LIKE(PyFunction_AddWatcher);
#define PyCapsule_New		    gilshim_PyCapsule_New
#define PyCapsule_SetDestructor	    gilshim_PyCapsule_SetDestructor
#define Py_AddPendingCall	    gilshim_Py_AddPendingCall
#define PyEval_SetTrace		    gilshim_PyEval_SetTrace
#define PyEval_SetProfile	    gilshim_PyEval_SetProfile
#define PyEval_SetTraceAllThreads   gilshim_PyEval_SetTraceAllThreads
#define PyEval_SetProfileAllThreads gilshim_PyEval_SetProfileAllThreads
#define PyUnstable_AtExit	    gilshim_PyUnstable_AtExit
#define PySys_AddAuditHook	    gilshim_PySys_AddAuditHook
#define PyDict_AddWatcher	    gilshim_PyDict_AddWatcher
#define PyType_AddWatcher	    gilshim_PyType_AddWatcher
#define PyCode_AddWatcher	    gilshim_PyCode_AddWatcher
#define PyFunction_AddWatcher	    gilshim_PyFunction_AddWatcher

GILSHIM_LIKE(PyGILState_Ensure);
GILSHIM_LIKE(PyGILState_Release);
GILSHIM_LIKE(PyEval_SaveThread);
GILSHIM_LIKE(PyEval_RestoreThread);
GILSHIM_LIKE(PyEval_AcquireThread);
GILSHIM_LIKE(PyEval_ReleaseThread);
GILSHIM_LIKE(PyThreadState_Swap);
GILSHIM_LIKE(PyThreadState_DeleteCurrent);
GILSHIM_LIKE(Py_NewInterpreter);
GILSHIM_LIKE(Py_EndInterpreter);
#define PyGILState_Ensure	    gilshim_PyGILState_Ensure
#define PyGILState_Release	    gilshim_PyGILState_Release
#define PyEval_SaveThread	    gilshim_PyEval_SaveThread
#define PyEval_RestoreThread	    gilshim_PyEval_RestoreThread
#define PyEval_AcquireThread	    gilshim_PyEval_AcquireThread
#define PyEval_ReleaseThread	    gilshim_PyEval_ReleaseThread
#define PyThreadState_Swap	    gilshim_PyThreadState_Swap
#define PyThreadState_DeleteCurrent gilshim_PyThreadState_DeleteCurrent
#define Py_NewInterpreter	    gilshim_Py_NewInterpreter
#define Py_EndInterpreter	    gilshim_Py_EndInterpreter

GILSHIM_LIKE(PyThread_acquire_lock);
GILSHIM_LIKE(PyThread_acquire_lock_timed);
#define PyThread_acquire_lock	    gilshim_PyThread_acquire_lock
#define PyThread_acquire_lock_timed gilshim_PyThread_acquire_lock_timed
#define pthread_mutex_lock	    gilshim_pthread_mutex_lock
#define pthread_mutex_timedlock	    gilshim_pthread_mutex_timedlock
#define pthread_cond_wait	    gilshim_pthread_cond_wait
#define pthread_cond_timedwait	    gilshim_pthread_cond_timedwait
#define pthread_rwlock_rdlock	    gilshim_pthread_rwlock_rdlock
#define pthread_rwlock_wrlock	    gilshim_pthread_rwlock_wrlock
#define pthread_rwlock_timedrdlock  gilshim_pthread_rwlock_timedrdlock
#define pthread_rwlock_timedwrlock  gilshim_pthread_rwlock_timedwrlock
#define pthread_join		    gilshim_pthread_join
#define pthread_barrier_wait	    gilshim_pthread_barrier_wait
#define sem_wait		    gilshim_sem_wait
#define sem_timedwait		    gilshim_sem_timedwait
#ifdef GILSHIM_HAVE_CLOCKS
#define pthread_mutex_clocklock	    gilshim_pthread_mutex_clocklock
#define pthread_cond_clockwait	    gilshim_pthread_cond_clockwait
#define pthread_rwlock_clockrdlock  gilshim_pthread_rwlock_clockrdlock
#define pthread_rwlock_clockwrlock  gilshim_pthread_rwlock_clockwrlock
#define sem_clockwait		    gilshim_sem_clockwait
#endif

/* Calls that run no foreign code: the lock is not given up while they wait for a container. */
GILSHIM_LIKE(PyList_Append);
GILSHIM_LIKE(PyList_Insert);
GILSHIM_LIKE(PyList_AsTuple);
GILSHIM_LIKE(PyList_GetSlice);
GILSHIM_LIKE(PyList_Reverse);
GILSHIM_LIKE(PyDict_SetItem);
GILSHIM_LIKE(PyDict_SetItemString);
GILSHIM_LIKE(PyDict_Contains);
GILSHIM_LIKE(PyDict_Copy);
GILSHIM_LIKE(PyDict_Keys);
GILSHIM_LIKE(PyDict_Values);
GILSHIM_LIKE(PyDict_Items);
GILSHIM_LIKE(PySet_Add);
GILSHIM_LIKE(PySet_Contains);
#define PyList_Append	     gilshim_PyList_Append
#define PyList_Insert	     gilshim_PyList_Insert
#define PyList_AsTuple	     gilshim_PyList_AsTuple
#define PyList_GetSlice	     gilshim_PyList_GetSlice
#define PyList_Reverse	     gilshim_PyList_Reverse
#define PyDict_SetItem	     gilshim_PyDict_SetItem
#define PyDict_SetItemString gilshim_PyDict_SetItemString
#define PyDict_Contains	     gilshim_PyDict_Contains
#define PyDict_Copy	     gilshim_PyDict_Copy
#define PyDict_Keys	     gilshim_PyDict_Keys
#define PyDict_Values	     gilshim_PyDict_Values
#define PyDict_Items	     gilshim_PyDict_Items
#define PySet_Add	     gilshim_PySet_Add
#define PySet_Contains	     gilshim_PySet_Contains

/* Borrowed references that other threads may drop: kept until the extension returns. */
GILSHIM_LIKE(PyList_GetItem);
GILSHIM_LIKE(PyDict_GetItem);
GILSHIM_LIKE(PyDict_GetItemWithError);
GILSHIM_LIKE(PyDict_GetItemString);
GILSHIM_LIKE(PyDict_SetDefault);
GILSHIM_LIKE(PyDict_Next);
GILSHIM_LIKE(PySequence_Fast);
GILSHIM_LIKE(PyImport_AddModule);
GILSHIM_LIKE(PyImport_AddModuleObject);
GILSHIM_LIKE(PySys_GetObject);
GILSHIM_LIKE(PyEval_GetGlobals);
GILSHIM_LIKE(PyEval_GetBuiltins);
GILSHIM_LIKE(PyEval_GetLocals);
PyObject *gilshim_PyWeakref_GetObject(PyObject *);
PyObject *gilshim_PyDict_GetItem_KnownHash(PyObject *, PyObject *, Py_hash_t);
PyObject *gilshim_PyList_GET_ITEM(PyObject *, Py_ssize_t);
PyObject *gilshim_PyCell_GET(PyObject *);
Py_ssize_t gilshim_Py_REFCNT(PyObject *);
#define PyList_GetItem		  gilshim_PyList_GetItem
#define PyDict_GetItem		  gilshim_PyDict_GetItem
#define PyDict_GetItemWithError	  gilshim_PyDict_GetItemWithError
#define PyDict_GetItemString	  gilshim_PyDict_GetItemString
#define PyDict_SetDefault	  gilshim_PyDict_SetDefault
#define PyDict_Next		  gilshim_PyDict_Next
#define PySequence_Fast		  gilshim_PySequence_Fast
#define PyImport_AddModule	  gilshim_PyImport_AddModule
#define PyImport_AddModuleObject  gilshim_PyImport_AddModuleObject
#define PySys_GetObject		  gilshim_PySys_GetObject
#define PyEval_GetGlobals	  gilshim_PyEval_GetGlobals
#define PyEval_GetBuiltins	  gilshim_PyEval_GetBuiltins
#define PyEval_GetLocals	  gilshim_PyEval_GetLocals
#define PyWeakref_GetObject	  gilshim_PyWeakref_GetObject
#define _PyDict_GetItem_KnownHash gilshim_PyDict_GetItem_KnownHash
#undef PyWeakref_GET_OBJECT
#define PyWeakref_GET_OBJECT(ref) gilshim_PyWeakref_GetObject((PyObject *)(ref))
#ifndef GILSHIM_NO_GET_ITEM
#undef PyList_GET_ITEM
#define PyList_GET_ITEM(list, i) gilshim_PyList_GET_ITEM((PyObject *)(list), (i))
#endif
#undef PyCell_GET
#define PyCell_GET(cell) gilshim_PyCell_GET((PyObject *)(cell))

/* "Is it 1?" asks whether an object may be changed in place: 1 only where no other thread can
 * have a reference, else at least 2. */
#undef Py_REFCNT
#define Py_REFCNT(op) gilshim_Py_REFCNT((PyObject *)(op))

void *gilshim_callback(void *function);
#ifdef __cplusplus
#define GILSHIM_CALLBACK(fn) ((decltype(&*(fn)))gilshim_callback((void *)(fn)))
#else
#define GILSHIM_CALLBACK(fn) ((__typeof__(&*(fn)))gilshim_callback((void *)(fn)))
#endif

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
