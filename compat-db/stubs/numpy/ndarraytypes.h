/* Stands in for NumPy's headers where they are not installed: the commonest types and
 * calls. Every accessor is a call here, whatever it is in NumPy. */
#ifndef GC_STUB_NDARRAYTYPES
#define GC_STUB_NDARRAYTYPES
#include "npy_common.h"

#define NPY_MAXDIMS	       32
#define NPY_ABI_VERSION	       0x01000009
#define NPY_API_VERSION	       0x00000010
#define NPY_FEATURE_VERSION    NPY_API_VERSION

enum NPY_TYPES {
	NPY_BOOL, NPY_BYTE, NPY_UBYTE, NPY_SHORT, NPY_USHORT, NPY_INT, NPY_UINT, NPY_LONG,
	NPY_ULONG, NPY_LONGLONG, NPY_ULONGLONG, NPY_FLOAT, NPY_DOUBLE, NPY_LONGDOUBLE, NPY_CFLOAT,
	NPY_CDOUBLE, NPY_CLONGDOUBLE, NPY_OBJECT, NPY_STRING, NPY_UNICODE, NPY_VOID, NPY_DATETIME,
	NPY_TIMEDELTA, NPY_HALF, NPY_NTYPES, NPY_NOTYPE, NPY_USERDEF = 256
};
#define NPY_INT8	NPY_BYTE
#define NPY_UINT8	NPY_UBYTE
#define NPY_INT16	NPY_SHORT
#define NPY_UINT16	NPY_USHORT
#define NPY_INT32	NPY_INT
#define NPY_UINT32	NPY_UINT
#define NPY_INT64	NPY_LONG
#define NPY_UINT64	NPY_ULONG
#define NPY_FLOAT16	NPY_HALF
#define NPY_FLOAT32	NPY_FLOAT
#define NPY_FLOAT64	NPY_DOUBLE
#define NPY_COMPLEX64	NPY_CFLOAT
#define NPY_COMPLEX128	NPY_CDOUBLE
#define NPY_INTP	NPY_LONG
#define NPY_UINTP	NPY_ULONG
typedef enum { NPY_ANYORDER = -1, NPY_CORDER, NPY_FORTRANORDER, NPY_KEEPORDER } NPY_ORDER;
typedef enum {
	NPY_NO_CASTING, NPY_EQUIV_CASTING, NPY_SAFE_CASTING, NPY_SAME_KIND_CASTING,
	NPY_UNSAFE_CASTING
} NPY_CASTING;
typedef enum { NPY_CLIP, NPY_WRAP, NPY_RAISE } NPY_CLIPMODE;
typedef enum { NPY_QUICKSORT, NPY_HEAPSORT, NPY_MERGESORT } NPY_SORTKIND;

#define NPY_ARRAY_C_CONTIGUOUS	  0x0001
#define NPY_ARRAY_F_CONTIGUOUS	  0x0002
#define NPY_ARRAY_OWNDATA	  0x0004
#define NPY_ARRAY_FORCECAST	  0x0010
#define NPY_ARRAY_ENSURECOPY	  0x0020
#define NPY_ARRAY_ENSUREARRAY	  0x0040
#define NPY_ARRAY_ALIGNED	  0x0100
#define NPY_ARRAY_NOTSWAPPED	  0x0200
#define NPY_ARRAY_WRITEABLE	  0x0400
#define NPY_ARRAY_BEHAVED	  (NPY_ARRAY_ALIGNED | NPY_ARRAY_WRITEABLE)
#define NPY_ARRAY_CARRAY	  (NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_BEHAVED)
#define NPY_ARRAY_CARRAY_RO	  (NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED)
#define NPY_ARRAY_FARRAY	  (NPY_ARRAY_F_CONTIGUOUS | NPY_ARRAY_BEHAVED)
#define NPY_ARRAY_DEFAULT	  NPY_ARRAY_CARRAY
#define NPY_ARRAY_IN_ARRAY	  NPY_ARRAY_CARRAY_RO
#define NPY_ARRAY_OUT_ARRAY	  NPY_ARRAY_CARRAY
#define NPY_ARRAY_INOUT_ARRAY	  NPY_ARRAY_CARRAY
#define NPY_ARRAY_WRITEBACKIFCOPY 0x2000

typedef struct _PyArray_Descr {
	PyObject_HEAD
	PyTypeObject *typeobj;
	char kind, type, byteorder;
	int type_num, elsize, alignment;
	PyObject *fields, *names;
} PyArray_Descr;

typedef struct tagPyArrayObject_fields {
	PyObject_HEAD
	char *data;
	int nd;
	npy_intp *dimensions, *strides;
	PyObject *base;
	PyArray_Descr *descr;
	int flags;
	PyObject *weakreflist;
} PyArrayObject_fields;
typedef PyArrayObject_fields PyArrayObject;

typedef struct {
	PyObject_HEAD
	int nd_m1;
	npy_intp index, size;
	char *dataptr;
} PyArrayIterObject;
typedef struct {
	PyObject_HEAD
	int numiter;
	npy_intp size, index;
	int nd;
} PyArrayMultiIterObject;
typedef struct NpyIter_InternalOnly NpyIter;
typedef int (*NpyIter_IterNextFunc)(NpyIter *);
typedef struct {
	npy_intp *ptr;
	int len;
} PyArray_Dims;
#endif
