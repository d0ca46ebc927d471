/* SPDX-License-Identifier: 0BSD
 *
 * The CPython that the runtime calls, declared without Python.h, so that one gilshim.o serves every
 * version. All of it is weak: on a regular or an older Python, where the object is linked in but
 * never called, a name that does not exist there must not keep the extension from loading.
 * The layouts declared here are checked against the real ones by gilshim_lock.h.
 */
#ifndef GILSHIM_CPYTHON_H
#define GILSHIM_CPYTHON_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct _object PyObject;
typedef struct _typeobject PyTypeObject;
typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;
typedef void (*anyfunc)(void);

typedef struct {
	const char *ml_name;
	anyfunc ml_meth;
	int ml_flags;
	const char *ml_doc;
} PyMethodDef;

typedef struct {
	const char *name;
	anyfunc get, set;
	const char *doc;
	void *closure;
} PyGetSetDef;

typedef struct {
	const char *name;
	int type;
	ssize_t offset;
	int flags;
	const char *doc;
} PyMemberDef;

typedef struct {
	int slot;
	void *value;
} PyModuleDef_Slot;

typedef PyModuleDef_Slot PyType_Slot;

typedef struct {
	const char *name;
	int basicsize, itemsize;
	unsigned int flags;
	PyType_Slot *slots;
} PyType_Spec;

/* PyCriticalSection: the tagged address of the one below, and what it locks, NULL for nothing. */
struct section {
	uintptr_t below;
	unsigned char *mutex;
};

#define METH_METHOD		   0x0200
#define Py_T_STRING		   5
#define Py_T_OBJECT		   6
#define Py_T_OBJECT_EX		   16
#define Py_RELATIVE_OFFSET	   8
#define Py_TPFLAGS_HAVE_VECTORCALL (1UL << 11)
#define Py_TPFLAGS_READY	   (1UL << 12)
#define Py_TPFLAGS_LIST_SUBCLASS   (1UL << 25)
#define Py_TPFLAGS_TYPE_SUBCLASS   (1UL << 31)

#pragma weak Py_Version
extern const unsigned long Py_Version;
#pragma weak PyBytes_Type
#pragma weak PyFloat_Type
#pragma weak PyLong_Type
#pragma weak PyUnicode_Type
#pragma weak PyExc_KeyError
#pragma weak _Py_NoneStruct
extern char PyBytes_Type[], PyFloat_Type[], PyLong_Type[], PyUnicode_Type[], _Py_NoneStruct[];
extern PyObject *PyExc_KeyError;

#define GILSHIM_CALLS(X)                                                                           \
	X(const char *, Py_GetVersion, (void))                                                     \
	X(int, Py_IsFinalizing, (void))                                                            \
	X(void, Py_IncRef, (PyObject *))                                                           \
	X(void, Py_DecRef, (PyObject *))                                                           \
	X(int, PyObject_GC_IsTracked, (PyObject *))                                                \
	X(void, PyObject_GC_Track, (void *))                                                       \
	X(void, PyObject_GC_UnTrack, (void *))                                                     \
	X(PyThreadState *, PyThreadState_GetUnchecked, (void))                                     \
	X(void, PyCriticalSection_Begin, (struct section *, PyObject *))                           \
	X(void, PyCriticalSection_End, (struct section *))                                         \
	X(PyThreadState *, PyEval_SaveThread, (void))                                              \
	X(void, PyEval_RestoreThread, (PyThreadState *))                                           \
	X(void, PyEval_AcquireThread, (PyThreadState *))                                           \
	X(void, PyEval_ReleaseThread, (PyThreadState *))                                           \
	X(PyThreadState *, PyThreadState_Swap, (PyThreadState *))                                  \
	X(void, PyThreadState_DeleteCurrent, (void))                                               \
	X(PyThreadState *, Py_NewInterpreter, (void))                                              \
	X(void, Py_EndInterpreter, (PyThreadState *))                                              \
	X(int, PyGILState_Ensure, (void))                                                          \
	X(void, PyGILState_Release, (int))                                                         \
	X(int, PyThread_acquire_lock, (void *, int))                                               \
	X(int, PyThread_acquire_lock_timed, (void *, int64_t, int))                                \
	X(PyObject *, PyModuleDef_Init, (void *))                                                  \
	X(PyObject *, PyModule_Create2, (void *, int))                                             \
	X(PyObject *, PyModule_FromDefAndSpec2, (void *, PyObject *, int))                         \
	X(int, PyModule_AddFunctions, (PyObject *, PyMethodDef *))                                 \
	X(int, PyModule_AddType, (PyObject *, PyTypeObject *))                                     \
	X(int, PyModule_AddObject, (PyObject *, const char *, PyObject *))                         \
	X(int, PyModule_AddObjectRef, (PyObject *, const char *, PyObject *))                      \
	X(int, PyModule_Add, (PyObject *, const char *, PyObject *))                               \
	X(int, PyUnstable_Module_SetGIL, (PyObject *, void *))                                     \
	X(int, PyType_Ready, (PyTypeObject *))                                                     \
	X(unsigned long, PyType_GetFlags, (PyTypeObject *))                                        \
	X(PyObject *, PyType_FromSpec, (PyType_Spec *))                                            \
	X(PyObject *, PyType_FromSpecWithBases, (PyType_Spec *, PyObject *))                       \
	X(PyObject *, PyType_FromModuleAndSpec, (PyObject *, PyType_Spec *, PyObject *))           \
	X(PyObject *, PyType_FromMetaclass,                                                        \
		(PyTypeObject *, PyObject *, PyType_Spec *, PyObject *))                           \
	X(PyObject *, PyVectorcall_Call, (PyObject *, PyObject *, PyObject *))                     \
	X(PyObject *, PyMember_GetOne, (const char *, PyMemberDef *))                              \
	X(int, PyMember_SetOne, (char *, PyMemberDef *, PyObject *))                               \
	X(PyObject *, PyCFunction_New, (PyMethodDef *, PyObject *))                                \
	X(PyObject *, PyCFunction_NewEx, (PyMethodDef *, PyObject *, PyObject *))                  \
	X(PyObject *, PyCMethod_New, (PyMethodDef *, PyObject *, PyObject *, PyTypeObject *))      \
	X(PyObject *, PyDescr_NewMethod, (PyTypeObject *, PyMethodDef *))                          \
	X(PyObject *, PyDescr_NewClassMethod, (PyTypeObject *, PyMethodDef *))                     \
	X(PyObject *, PyDescr_NewGetSet, (PyTypeObject *, PyGetSetDef *))                          \
	X(PyObject *, PyCapsule_New, (void *, const char *, anyfunc))                              \
	X(int, PyCapsule_SetDestructor, (PyObject *, anyfunc))                                     \
	X(void *, PyCapsule_GetPointer, (PyObject *, const char *))                                \
	X(int, Py_AddPendingCall, (anyfunc, void *))                                               \
	X(void, PyEval_SetTrace, (anyfunc, PyObject *))                                            \
	X(void, PyEval_SetProfile, (anyfunc, PyObject *))                                          \
	X(void, PyEval_SetTraceAllThreads, (anyfunc, PyObject *))                                  \
	X(void, PyEval_SetProfileAllThreads, (anyfunc, PyObject *))                                \
	X(int, PyUnstable_AtExit, (PyInterpreterState *, anyfunc, void *))                         \
	X(int, PySys_AddAuditHook, (anyfunc, void *))                                              \
	X(int, PyDict_AddWatcher, (anyfunc))                                                       \
	X(int, PyType_AddWatcher, (anyfunc))                                                       \
	X(int, PyCode_AddWatcher, (anyfunc))                                                       \
	X(int, PyFunction_AddWatcher, (anyfunc))                                                   \
	X(PyInterpreterState *, PyInterpreterState_Main, (void))                                   \
	X(PyObject *, PyInterpreterState_GetDict, (PyInterpreterState *))                          \
	X(PyObject *, PyUnicode_FromString, (const char *))                                        \
	X(void, PyErr_Clear, (void))                                                               \
	X(PyObject *, PyErr_Occurred, (void))                                                      \
	X(void, PyErr_SetObject, (PyObject *, PyObject *))                                         \
	X(int, PyList_Append, (PyObject *, PyObject *))                                            \
	X(int, PyList_Insert, (PyObject *, ssize_t, PyObject *))                                   \
	X(PyObject *, PyList_GetItem, (PyObject *, ssize_t))                                       \
	X(PyObject *, PyList_AsTuple, (PyObject *))                                                \
	X(PyObject *, PyList_GetSlice, (PyObject *, ssize_t, ssize_t))                             \
	X(int, PyList_Reverse, (PyObject *))                                                       \
	X(int, PyDict_SetItem, (PyObject *, PyObject *, PyObject *))                               \
	X(int, PyDict_SetItemString, (PyObject *, const char *, PyObject *))                       \
	X(int, PyDict_Contains, (PyObject *, PyObject *))                                          \
	X(PyObject *, PyDict_Copy, (PyObject *))                                                   \
	X(PyObject *, PyDict_Keys, (PyObject *))                                                   \
	X(PyObject *, PyDict_Values, (PyObject *))                                                 \
	X(PyObject *, PyDict_Items, (PyObject *))                                                  \
	X(int, PySet_Add, (PyObject *, PyObject *))                                                \
	X(int, PySet_Contains, (PyObject *, PyObject *))                                           \
	X(PyObject *, PyDict_GetItem, (PyObject *, PyObject *))                                    \
	X(PyObject *, PyDict_GetItemWithError, (PyObject *, PyObject *))                           \
	X(PyObject *, PyDict_GetItemString, (PyObject *, const char *))                            \
	X(int, PyDict_GetItemRef, (PyObject *, PyObject *, PyObject **))                           \
	X(int, PyDict_GetItemStringRef, (PyObject *, const char *, PyObject **))                   \
	X(PyObject *, PyDict_SetDefault, (PyObject *, PyObject *, PyObject *))                     \
	X(int, PyDict_SetDefaultRef, (PyObject *, PyObject *, PyObject *, PyObject **))            \
	X(int, PyDict_Next, (PyObject *, ssize_t *, PyObject **, PyObject **))                     \
	X(PyObject *, PySequence_Fast, (PyObject *, const char *))                                 \
	X(PyObject *, PyImport_AddModule, (const char *))                                          \
	X(PyObject *, PyImport_AddModuleRef, (const char *))                                       \
	X(PyObject *, PyImport_AddModuleObject, (PyObject *))                                      \
	X(PyObject *, PyImport_ImportModule, (const char *))                                       \
	X(PyObject *, PyObject_GetAttrString, (PyObject *, const char *))                          \
	X(PyObject *, PySys_GetObject, (const char *))                                             \
	X(PyObject *, PyEval_GetGlobals, (void))                                                   \
	X(PyObject *, PyEval_GetBuiltins, (void))                                                  \
	X(PyObject *, PyEval_GetLocals, (void))                                                    \
	X(PyObject *, PyEval_GetFrameGlobals, (void))                                              \
	X(PyObject *, PyEval_GetFrameBuiltins, (void))                                             \
	X(PyObject *, PyEval_GetFrameLocals, (void))                                               \
	X(PyObject *, PyWeakref_GetObject, (PyObject *))                                           \
	X(int, PyWeakref_GetRef, (PyObject *, PyObject **))                                        \
	X(PyObject *, PyCell_Get, (PyObject *))

#define GILSHIM_DECLARE(type, name, args) extern type name args __attribute__((weak));
GILSHIM_CALLS(GILSHIM_DECLARE)
#undef GILSHIM_DECLARE

#endif
