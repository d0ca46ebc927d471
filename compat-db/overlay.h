/*
 * The overlay: macros that the analysis must see under their own name become marker
 * calls, gc_NAME(...), which survive any nesting and look alike in every version.
 * Plain macros are generated (overlay_Python.h); here are those with a structure of
 * their own. Read at the end of Python.h, ours or a real one; overlay_undef.h has
 * undefined all names first.
 *
 * A marker that is a place, (*gc_NAME(...)), can be assigned to.
 */
#ifdef __cplusplus
extern "C" {
#endif

/* attributes and small words */
#define PyAPI_FUNC(result) __attribute__((visibility("default"))) result
#define PyAPI_DATA(type)   extern __attribute__((visibility("default"))) type
#define Py_EXPORTED_SYMBOL __attribute__((visibility("default")))
#define Py_IMPORTED_SYMBOL __attribute__((visibility("default")))
#define Py_LOCAL_SYMBOL	   __attribute__((visibility("hidden")))
#ifdef __cplusplus
#define PyMODINIT_FUNC extern "C" Py_EXPORTED_SYMBOL PyObject *
#else
#define PyMODINIT_FUNC Py_EXPORTED_SYMBOL PyObject *
#endif
#if PY_VERSION_HEX >= 0x030F0000
#ifdef __cplusplus
#define PyMODEXPORT_FUNC extern "C" Py_EXPORTED_SYMBOL PySlot *
#else
#define PyMODEXPORT_FUNC Py_EXPORTED_SYMBOL PySlot *
#endif
#endif
#define Py_DEPRECATED(version)	  __attribute__((deprecated))
#define Py_GCC_ATTRIBUTE(list)	  __attribute__(list)
#define Py_ALIGNED(n)		  __attribute__((aligned(n)))
#define Py_ALWAYS_INLINE	  __attribute__((always_inline))
#define Py_NO_INLINE		  __attribute__((noinline))
#define _Py_NO_RETURN		  __attribute__((noreturn))
#define Py_LOCAL(type)		  static type
#define Py_LOCAL_INLINE(type)	  static inline type
#define Py_UNUSED(name)		  _unused_##name __attribute__((unused))
#define _Py_FALLTHROUGH		  __attribute__((fallthrough))
#define _Py__has_attribute(name)  __has_attribute(name)
#define _Py__has_builtin(name)	  __has_builtin(name)
#define _Py_HOT_FUNCTION	  __attribute__((hot))
#define _Py_TYPEOF(expression)	  __typeof__(expression)
#define _Py_thread_local	  __thread
#define Py_LL(number)		  number##LL
#define Py_ULL(number)		  number##ULL
#define PY_CXX_CONST		  /* nothing, or const in C++ of long ago */

/* casts stay casts */
#define _Py_CAST(type, value)	     ((type)(value))
#define _Py_STATIC_CAST(type, value) ((type)(value))
#define _Py_FUNC_CAST(type, function) ((type)(void (*)(void))(function))
#define _Py_NULL		     NULL
#define _Py_RVALUE(value)	     ((void)0, (value))
#define Py_SAFE_DOWNCAST(value, wide, narrow) ((narrow)(value))
#define Py_CHARMASK(c)		     ((unsigned char)((c) & 0xff))

/* arithmetic on any type */
#define Py_MIN(x, y) (((x) > (y)) ? (y) : (x))
#define Py_MAX(x, y) (((x) > (y)) ? (x) : (y))
#define Py_ABS(x)    ((x) < 0 ? -(x) : (x))
#define _Py_ABS_CAST(type, x) ((x) >= 0 ? ((type)(x)) : ((type) - ((type)((x) + 1))) + 1)
#define Py_ARITHMETIC_RIGHT_SHIFT(type, value, bits) ((value) >> (bits))
#define Py_FORCE_EXPANSION(text) text
#define _Py_XSTRINGIFY(text)	 #text
#define Py_STRINGIFY(text)	 _Py_XSTRINGIFY(text)
#define Py_MEMBER_SIZE(type, member) sizeof(((type *)0)->member)
#define Py_ARRAY_LENGTH(array)	     (sizeof(array) / sizeof((array)[0]))
#define Py_BUILD_ASSERT_EXPR(condition) (sizeof(char[1 - 2 * !(condition)]) - 1)
#define Py_BUILD_ASSERT(condition)			\
	do {						\
		(void)Py_BUILD_ASSERT_EXPR(condition);	\
	} while (0)
#define _Py_CONTAINER_OF(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))
#define _Py_SIZE_ROUND_DOWN(n, a) ((size_t)(n) & ~(size_t)((a) - 1))
#define _Py_SIZE_ROUND_UP(n, a)	  (((size_t)(n) + (size_t)((a) - 1)) & ~(size_t)((a) - 1))
#define _Py_ALIGN_DOWN(p, a)	  ((void *)((uintptr_t)(p) & ~(uintptr_t)((a) - 1)))
#define _Py_ALIGN_UP(p, a) \
	((void *)(((uintptr_t)(p) + (uintptr_t)((a) - 1)) & ~(uintptr_t)((a) - 1)))
#define _Py_IS_ALIGNED(p, a)	 (!((uintptr_t)(p) & (uintptr_t)((a) - 1)))
#define _Py_IS_TYPE_SIGNED(type) ((type)(-1) <= 0)
#define _Py_InIntegralTypeRange(type, value) 1
#define Py_IS_NAN(x)		 __builtin_isnan(x)
#define Py_IS_INFINITY(x)	 __builtin_isinf(x)
#define Py_IS_FINITE(x)		 __builtin_isfinite(x)
#define Py_HUGE_VAL		 __builtin_huge_val()
#define Py_INFINITY		 ((double)__builtin_inf())
#define Py_NAN			 ((double)__builtin_nan(""))
#define Py_FORCE_DOUBLE(x)	 (x)
#define Py_OVERFLOWED(x)	 ((x) != 0.0 && (errno == ERANGE || __builtin_isinf(x)))
#define Py_VA_COPY		 va_copy
#define Py_MEMCPY		 memcpy
#define NATIVE_TSS_KEY_T	 pthread_key_t
#define Py_tss_NEEDS_INIT	 {0}
#define Py_UNREACHABLE()	 __builtin_unreachable()

/* objects that are always there */
#define Py_None		  (&_Py_NoneStruct)
#define Py_NotImplemented (&_Py_NotImplementedStruct)
#define Py_Ellipsis	  (&_Py_EllipsisObject)
#define Py_True		  ((PyObject *)&_Py_TrueStruct)
#define Py_False	  ((PyObject *)&_Py_FalseStruct)
#define Py_RETURN_NONE		 return Py_None
#define Py_RETURN_TRUE		 return Py_True
#define Py_RETURN_FALSE		 return Py_False
#define Py_RETURN_NOTIMPLEMENTED return Py_NotImplemented
#define Py_RETURN_NAN		 return PyFloat_FromDouble(Py_NAN)
#define Py_RETURN_INF(sign)	 return PyFloat_FromDouble((sign) < 0 ? -Py_INFINITY : Py_INFINITY)
#define Py_RETURN_RICHCOMPARE(a, b, op)						\
	do {									\
		switch (op) {							\
		case Py_EQ: if ((a) == (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;	\
		case Py_NE: if ((a) != (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;	\
		case Py_LT: if ((a) < (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;	\
		case Py_GT: if ((a) > (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;	\
		case Py_LE: if ((a) <= (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;	\
		case Py_GE: if ((a) >= (b)) Py_RETURN_TRUE; Py_RETURN_FALSE;	\
		default: Py_UNREACHABLE();					\
		}								\
	} while (0)

/* object headers */
#define PyObject_HEAD	  PyObject ob_base;
#define PyObject_VAR_HEAD PyVarObject ob_base;
#define PyException_HEAD                                                                  \
	PyObject_HEAD PyObject *dict;                                                     \
	PyObject *args, *notes, *traceback, *context, *cause;                             \
	char suppress_context;
#define PyDescr_COMMON PyDescrObject d_common
#define _PyObject_EXTRA_INIT
#define PyObject_HEAD_INIT(type)	 {0, 0, {0}, 0, 0, 0, (type)},
#define PyVarObject_HEAD_INIT(type, size) {PyObject_HEAD_INIT(type)(size)},
#define PyModuleDef_HEAD_INIT		 {PyObject_HEAD_INIT(NULL) NULL, 0, NULL, }
#define PyDoc_VAR(name)			 static const char name[]
#define PyDoc_STR(text)			 text
#define PyDoc_STRVAR(name, text)	 PyDoc_VAR(name) = PyDoc_STR(text)

/* fields that were places once; Py_SET_TYPE and the like are plain */
PyTypeObject **gc_Py_TYPE(PyObject *);
Py_ssize_t *gc_Py_SIZE(PyObject *);
Py_ssize_t *gc_Py_REFCNT(PyObject *);
#define Py_TYPE(op)   (*gc_Py_TYPE((PyObject *)(op)))
#define Py_SIZE(op)   (*gc_Py_SIZE((PyObject *)(op)))
#define Py_REFCNT(op) (*gc_Py_REFCNT((PyObject *)(op)))

/* references: the place is handed over by its address */
void gc_Py_CLEAR(void *);
void gc_Py_SETREF(void *, PyObject *);
void gc_Py_XSETREF(void *, PyObject *);
int gc_Py_VISIT(PyObject *, visitproc, void *);
#define Py_CLEAR(op)	     gc_Py_CLEAR((void *)&(op))
#define Py_SETREF(dst, src)  gc_Py_SETREF((void *)&(dst), (PyObject *)(src))
#define Py_XSETREF(dst, src) gc_Py_XSETREF((void *)&(dst), (PyObject *)(src))
#define Py_VISIT(op)								\
	do {									\
		int gc_visited = gc_Py_VISIT((PyObject *)(op), (visit), (arg));	\
		if (gc_visited)							\
			return gc_visited;					\
	} while (0)

/* attached and detached */
#define Py_BEGIN_ALLOW_THREADS	\
	{			\
		PyThreadState *_save; \
		_save = PyEval_SaveThread();
#define Py_END_ALLOW_THREADS		\
		PyEval_RestoreThread(_save); \
	}
#define Py_BLOCK_THREADS   PyEval_RestoreThread(_save);
#define Py_UNBLOCK_THREADS _save = PyEval_SaveThread();

/* critical sections */
#define Py_BEGIN_CRITICAL_SECTION(op)	\
	{				\
		PyCriticalSection _py_cs; \
		PyCriticalSection_Begin(&_py_cs, (PyObject *)(op))
#define Py_END_CRITICAL_SECTION()	\
		PyCriticalSection_End(&_py_cs); \
	}
#define Py_BEGIN_CRITICAL_SECTION2(a, b)	\
	{					\
		PyCriticalSection2 _py_cs2;	\
		PyCriticalSection2_Begin(&_py_cs2, (PyObject *)(a), (PyObject *)(b))
#define Py_END_CRITICAL_SECTION2()	\
		PyCriticalSection2_End(&_py_cs2); \
	}
#if PY_VERSION_HEX >= 0x030E0000
#define Py_BEGIN_CRITICAL_SECTION_MUTEX(mutex)	\
	{					\
		PyCriticalSection _py_cs;	\
		PyCriticalSection_BeginMutex(&_py_cs, mutex)
#define Py_BEGIN_CRITICAL_SECTION2_MUTEX(m1, m2) \
	{					\
		PyCriticalSection2 _py_cs2;	\
		PyCriticalSection2_BeginMutex(&_py_cs2, m1, m2)
#endif

/* The trash can: what is between runs, now or later. */
void gc_Py_TRASHCAN_BEGIN(PyObject *, destructor);
#define Py_TRASHCAN_BEGIN(op, dealloc)	\
	do {				\
		gc_Py_TRASHCAN_BEGIN((PyObject *)(op), (destructor)(dealloc));
#define Py_TRASHCAN_END \
	}		\
	while (0)	\
		;
#define Py_TRASHCAN_BEGIN_CONDITION(op, condition) Py_TRASHCAN_BEGIN(op, 0)
#define Py_TRASHCAN_SAFE_BEGIN(op) Py_TRASHCAN_BEGIN(op, 0)
#define Py_TRASHCAN_SAFE_END(op)   Py_TRASHCAN_END

/* allocation by type */
void *gc_PyObject_New(PyTypeObject *);
void *gc_PyObject_NewVar(PyTypeObject *, Py_ssize_t);
void *gc_PyObject_GC_New(PyTypeObject *);
void *gc_PyObject_GC_NewVar(PyTypeObject *, Py_ssize_t);
void *gc_PyObject_GC_Resize(PyVarObject *, Py_ssize_t);
void *gc_PyMem_New(size_t, size_t);
void *gc_PyMem_Resize(void *, size_t, size_t);
#define PyObject_New(type, typeobj)	((type *)gc_PyObject_New((PyTypeObject *)(typeobj)))
#define PyObject_NewVar(type, typeobj, n) \
	((type *)gc_PyObject_NewVar((PyTypeObject *)(typeobj), (n)))
#define PyObject_GC_New(type, typeobj)	((type *)gc_PyObject_GC_New((PyTypeObject *)(typeobj)))
#define PyObject_GC_NewVar(type, typeobj, n) \
	((type *)gc_PyObject_GC_NewVar((PyTypeObject *)(typeobj), (n)))
#define PyObject_GC_Resize(type, op, n) \
	((type *)gc_PyObject_GC_Resize((PyVarObject *)(op), (n)))
#define PyObject_NEW(type, typeobj)	   PyObject_New(type, typeobj)
#define PyObject_NEW_VAR(type, typeobj, n) PyObject_NewVar(type, typeobj, n)
#define PyMem_New(type, n)		   ((type *)gc_PyMem_New((n), sizeof(type)))
#define PyMem_Resize(p, type, n) ((p) = (type *)gc_PyMem_Resize((p), (n), sizeof(type)))
#define PyMem_NEW(type, n)	 PyMem_New(type, n)
#define PyMem_RESIZE(p, type, n) PyMem_Resize(p, type, n)

/* modules */
int gc_PyModule_AddIntMacro(PyObject *, const char *, long);
int gc_PyModule_AddStringMacro(PyObject *, const char *, const char *);
#define PyModule_AddIntMacro(m, name)	 gc_PyModule_AddIntMacro((m), #name, (name))
#define PyModule_AddStringMacro(m, name) gc_PyModule_AddStringMacro((m), #name, (name))
#define Py_MOD_GIL_USED			 ((void *)0)
#define Py_MOD_GIL_NOT_USED		 ((void *)1)
#define Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED ((void *)0)
#define Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED	   ((void *)1)
#define Py_MOD_PER_INTERPRETER_GIL_SUPPORTED	   ((void *)2)

#if PY_VERSION_HEX >= 0x030F0000
#define PySlot_DATA(id, value) {.sl_id = (id), .sl_flags = PySlot_INTPTR, .sl_ptr = (void *)(value)}
#define PySlot_FUNC(id, value) {.sl_id = (id), .sl_func = (_Py_funcptr_t)(value)}
#define PySlot_SIZE(id, value)	 {.sl_id = (id), .sl_size = (Py_ssize_t)(value)}
#define PySlot_INT64(id, value)	 {.sl_id = (id), .sl_int64 = (int64_t)(value)}
#define PySlot_UINT64(id, value) {.sl_id = (id), .sl_uint64 = (uint64_t)(value)}
#define PySlot_STATIC_DATA(id, value) \
	{.sl_id = (id), .sl_flags = PySlot_STATIC, .sl_ptr = (void *)(value)}
#define PySlot_END {0}
#define PySlot_PTR(id, value) {(id), PySlot_INTPTR, {0}, {(void *)(value)}}
#define PySlot_PTR_STATIC(id, value) \
	{(id), PySlot_INTPTR | PySlot_STATIC, {0}, {(void *)(value)}}
#define Py_TP_USE_SPEC NULL
#define _PyABIInfo_DEFAULT \
	{1, 0, PyABIInfo_DEFAULT_FLAGS, PY_VERSION_HEX, PyABIInfo_DEFAULT_ABI_VERSION}
#define PyABIInfo_VAR(name) static PyABIInfo name = _PyABIInfo_DEFAULT;
#endif

/* private, but used */
#define _Py_static_string_init(text)  {.string = (text), .index = -1}
#define _Py_static_string(name, text) static _Py_Identifier name = _Py_static_string_init(text)
#define _Py_IDENTIFIER(name)	      _Py_static_string(PyId_##name, #name)
#define _PyCompilerFlags_INIT	      {0, PY_MINOR_VERSION}
#define _PyObject_ASSERT_FROM(op, condition, message, file, line, function) ((void)0)
#define _PyObject_ASSERT(op, condition)			  ((void)0)
#define _PyObject_ASSERT_WITH_MSG(op, condition, message) ((void)0)
#define _PyObject_ASSERT_FAILED_MSG(op, message)	  ((void)0)
#define _PyUnicodeWriter_Prepare(writer, length, maxchar) \
	_PyUnicodeWriter_PrepareInternal((writer), (length), (maxchar))
#define _PyUnicodeWriter_PrepareKind(writer, kind) \
	_PyUnicodeWriter_PrepareKindInternal((writer), (kind))

/* With one argument as in C23, or with two; pyconfig.h said which until 3.11. */
#ifndef HAVE_STDARG_PROTOTYPES
#define HAVE_STDARG_PROTOTYPES 1
#endif
#define GC_VA_START(list, last, ...) __builtin_va_start(list, last)
#undef va_start
#define va_start(...) GC_VA_START(__VA_ARGS__, 0, 0)

/* had an argument less before 3.13; generated code of that time is everywhere */
int gc__PyLong_AsByteArray(PyLongObject *, unsigned char *, size_t, int, int, int);
#define _PyLong_AsByteArray(v, bytes, n, little, is_signed, ...) \
	gc__PyLong_AsByteArray(v, bytes, n, little, is_signed, 0)

/* gone, but their shape is needed */
typedef struct _PyCFrame _PyCFrame;
#define Py_ALLOW_RECURSION     {
#define Py_END_ALLOW_RECURSION }
#define PyFPE_START_PROTECT(text, leave)
#define PyFPE_END_PROTECT(value)
#define Py_ADJUST_ERANGE1(x)	      ((void)(x))
#define Py_ADJUST_ERANGE2(x, y)	      ((void)(x), (void)(y))
#define Py_SET_ERRNO_ON_MATH_ERROR(x) ((void)(x))
#define Py_SET_ERANGE_IF_OVERFLOW(x)  ((void)(x))
#define Py_UNICODE_FILL(target, value, length)					\
	do {									\
		for (Py_ssize_t gc_i = 0; gc_i < (length); gc_i++)		\
			(target)[gc_i] = (value);				\
	} while (0)

#ifdef __cplusplus
}
#endif
