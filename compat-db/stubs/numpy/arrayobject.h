#ifndef GC_STUB_ARRAYOBJECT
#define GC_STUB_ARRAYOBJECT
#include "ndarraytypes.h"

#ifdef __cplusplus
extern "C" {
#endif
extern PyTypeObject PyArray_Type, PyArrayDescr_Type, PyArrayIter_Type, PyGenericArrType_Type;
extern PyTypeObject PyBoolArrType_Type, PyDoubleArrType_Type, PyIntpArrType_Type;
int _import_array(void);

int PyArray_Check(const void *);
int PyArray_CheckExact(const void *);
int PyArray_CheckScalar(const void *);
int PyArray_IsScalarObject(const void *);
int PyArray_DescrCheck(const void *);
int PyArray_NDIM(const void *);
int PyArray_TYPE(const void *);
int PyArray_FLAGS(const void *);
int PyArray_CHKFLAGS(const void *, int);
int PyArray_IS_C_CONTIGUOUS(const void *);
int PyArray_IS_F_CONTIGUOUS(const void *);
int PyArray_ISCONTIGUOUS(const void *);
int PyArray_ISCARRAY(const void *);
int PyArray_ISWRITEABLE(const void *);
int PyArray_ISALIGNED(const void *);
int PyArray_ISBEHAVED(const void *);
int PyArray_ISFLOAT(const void *);
int PyArray_ISINTEGER(const void *);
int PyArray_ISCOMPLEX(const void *);
int PyArray_ISBYTESWAPPED(const void *);
void *PyArray_DATA(const void *);
char *PyArray_BYTES(const void *);
npy_intp *PyArray_DIMS(const void *);
npy_intp *PyArray_SHAPE(const void *);
npy_intp *PyArray_STRIDES(const void *);
npy_intp PyArray_DIM(const void *, int);
npy_intp PyArray_STRIDE(const void *, int);
npy_intp PyArray_SIZE(const void *);
npy_intp PyArray_Size(PyObject *);
npy_intp PyArray_NBYTES(const void *);
npy_intp PyArray_ITEMSIZE(const void *);
PyObject *PyArray_BASE(const void *);
PyArray_Descr *PyArray_DESCR(const void *);
PyArray_Descr *PyArray_DTYPE(const void *);
void *PyArray_GETPTR1(const void *, npy_intp);
void *PyArray_GETPTR2(const void *, npy_intp, npy_intp);
void *PyArray_GETPTR3(const void *, npy_intp, npy_intp, npy_intp);
void *PyArray_GETPTR4(const void *, npy_intp, npy_intp, npy_intp, npy_intp);
void *PyArray_GetPtr(PyArrayObject *, const npy_intp *);
PyObject *PyArray_GETITEM(const void *, const char *);
int PyArray_SETITEM(const void *, char *, PyObject *);
void PyArray_ENABLEFLAGS(PyArrayObject *, int);
void PyArray_CLEARFLAGS(PyArrayObject *, int);
int PyArray_SetBaseObject(PyArrayObject *, PyObject *);
int PyArray_SetWritebackIfCopyBase(PyArrayObject *, PyArrayObject *);
int PyArray_ResolveWritebackIfCopy(PyArrayObject *);
void PyArray_DiscardWritebackIfCopy(PyArrayObject *);

PyObject *PyArray_New(PyTypeObject *, int, const npy_intp *, int, const npy_intp *, void *, int,
	int, PyObject *);
PyObject *PyArray_NewFromDescr(PyTypeObject *, PyArray_Descr *, int, const npy_intp *,
	const npy_intp *, void *, int, PyObject *);
PyObject *PyArray_SimpleNew(int, const npy_intp *, int);
PyObject *PyArray_SimpleNewFromData(int, const npy_intp *, int, void *);
PyObject *PyArray_SimpleNewFromDescr(int, const npy_intp *, PyArray_Descr *);
PyObject *PyArray_Zeros(int, const npy_intp *, PyArray_Descr *, int);
PyObject *PyArray_ZEROS(int, const npy_intp *, int, int);
PyObject *PyArray_Empty(int, const npy_intp *, PyArray_Descr *, int);
PyObject *PyArray_EMPTY(int, const npy_intp *, int, int);
PyObject *PyArray_Arange(double, double, double, int);
PyObject *PyArray_FROM_O(PyObject *);
PyObject *PyArray_FROM_OF(PyObject *, int);
PyObject *PyArray_FROM_OT(PyObject *, int);
PyObject *PyArray_FROM_OTF(PyObject *, int, int);
PyObject *PyArray_FROMANY(PyObject *, int, int, int, int);
PyObject *PyArray_FromAny(PyObject *, PyArray_Descr *, int, int, int, PyObject *);
PyObject *PyArray_FromArray(PyArrayObject *, PyArray_Descr *, int);
PyObject *PyArray_ContiguousFromAny(PyObject *, int, int, int);
PyObject *PyArray_ContiguousFromObject(PyObject *, int, int, int);
PyObject *PyArray_FromObject(PyObject *, int, int, int);
PyObject *PyArray_FromString(char *, npy_intp, PyArray_Descr *, npy_intp, char *);
PyArrayObject *PyArray_GETCONTIGUOUS(PyArrayObject *);
PyObject *PyArray_NewCopy(PyArrayObject *, NPY_ORDER);
PyObject *PyArray_Copy(PyArrayObject *);
PyObject *PyArray_Cast(PyArrayObject *, int);
PyObject *PyArray_CastToType(PyArrayObject *, PyArray_Descr *, int);
int PyArray_CopyInto(PyArrayObject *, PyArrayObject *);
int PyArray_FILLWBYTE(PyArrayObject *, int);
PyObject *PyArray_Return(PyArrayObject *);
PyObject *PyArray_Reshape(PyArrayObject *, PyObject *);
PyObject *PyArray_Newshape(PyArrayObject *, PyArray_Dims *, NPY_ORDER);
PyObject *PyArray_Ravel(PyArrayObject *, NPY_ORDER);
PyObject *PyArray_Transpose(PyArrayObject *, PyArray_Dims *);
PyObject *PyArray_Squeeze(PyArrayObject *);
PyObject *PyArray_View(PyArrayObject *, PyArray_Descr *, PyTypeObject *);
PyObject *PyArray_Sum(PyArrayObject *, int, int, PyArrayObject *);
PyObject *PyArray_Scalar(void *, PyArray_Descr *, PyObject *);
PyObject *PyArray_ToScalar(void *, PyArrayObject *);
PyArray_Descr *PyArray_DescrFromType(int);
PyArray_Descr *PyArray_DescrFromScalar(PyObject *);
PyArray_Descr *PyArray_DescrNewFromType(int);
PyArray_Descr *PyArray_DescrNew(PyArray_Descr *);
int PyArray_DescrConverter(PyObject *, PyArray_Descr **);
int PyArray_DescrConverter2(PyObject *, PyArray_Descr **);
int PyArray_Converter(PyObject *, PyObject **);
int PyArray_OutputConverter(PyObject *, PyArrayObject **);
int PyArray_IntpConverter(PyObject *, PyArray_Dims *);
int PyArray_EquivTypes(PyArray_Descr *, PyArray_Descr *);
int PyArray_EquivTypenums(int, int);
int PyArray_CanCastSafely(int, int);
int PyArray_ObjectType(PyObject *, int);
npy_intp PyArray_MultiplyList(const npy_intp *, int);
npy_intp PyArray_PyIntAsIntp(PyObject *);
int PyArray_SAMESHAPE(const void *, const void *);
int PyArray_AsCArray(PyObject **, void *, npy_intp *, int, PyArray_Descr *);
int PyArray_Free(PyObject *, void *);
void *PyDataMem_NEW(size_t);
void *PyDataMem_RENEW(void *, size_t);
void PyDataMem_FREE(void *);
PyObject *PyArray_IterNew(PyObject *);
void PyArray_ITER_NEXT(void *);
void *PyArray_ITER_DATA(const void *);
int PyArray_ITER_NOTDONE(const void *);
void PyArray_ITER_RESET(void *);
PyObject *PyArray_MultiIterNew(int, ...);
void PyArray_MultiIter_NEXT(void *);
int PyArray_MultiIter_NOTDONE(const void *);
void *PyArray_MultiIter_DATA(const void *, int);
NpyIter *NpyIter_New(PyArrayObject *, npy_uint32, NPY_ORDER, NPY_CASTING, PyArray_Descr *);
int NpyIter_Deallocate(NpyIter *);
NpyIter_IterNextFunc *NpyIter_GetIterNext(NpyIter *, char **);
char **NpyIter_GetDataPtrArray(NpyIter *);
unsigned PyArray_GetNDArrayCVersion(void);
#ifdef __cplusplus
}
#endif

#define PyArray_IsScalar(object, kind) PyArray_IsScalarObject(object)
#define PyArray_SimpleNewFromDataAndStrides PyArray_New
#define import_array1(result)									\
	do {											\
		if (_import_array() < 0)							\
			return result;								\
	} while (0)
#define import_array()	    import_array1(NULL)
#define import_array2(message, result) import_array1(result)
#define NPY_BEGIN_THREADS_DEF PyThreadState *_save = NULL;
#define NPY_BEGIN_THREADS     (_save = PyEval_SaveThread())
#define NPY_END_THREADS								\
	do {									\
		if (_save)							\
			PyEval_RestoreThread(_save);				\
		_save = NULL;							\
	} while (0)
#define NPY_BEGIN_ALLOW_THREADS Py_BEGIN_ALLOW_THREADS
#define NPY_END_ALLOW_THREADS	Py_END_ALLOW_THREADS
#define NPY_ALLOW_C_API_DEF	PyGILState_STATE __save__;
#define NPY_ALLOW_C_API		(__save__ = PyGILState_Ensure())
#define NPY_DISABLE_C_API	PyGILState_Release(__save__)
#endif
