#ifndef GC_STUB_UFUNCOBJECT
#define GC_STUB_UFUNCOBJECT
#include "arrayobject.h"
#ifdef __cplusplus
extern "C" {
#endif
typedef void (*PyUFuncGenericFunction)(char **, npy_intp const *, npy_intp const *, void *);
typedef struct _tagPyUFuncObject PyUFuncObject;
extern PyTypeObject PyUFunc_Type;
enum { PyUFunc_None = -1, PyUFunc_Zero, PyUFunc_One };
int _import_umath(void);
PyObject *PyUFunc_FromFuncAndData(PyUFuncGenericFunction *, void **, char *, int, int, int, int,
	const char *, const char *, int);
PyObject *PyUFunc_FromFuncAndDataAndSignature(PyUFuncGenericFunction *, void **, char *, int, int,
	int, int, const char *, const char *, int, const char *);
int PyUFunc_RegisterLoopForType(PyUFuncObject *, int, PyUFuncGenericFunction, const int *, void *);
void PyUFunc_d_d(char **, npy_intp const *, npy_intp const *, void *);
void PyUFunc_dd_d(char **, npy_intp const *, npy_intp const *, void *);
#ifdef __cplusplus
}
#endif
#define import_umath1(result)				\
	do {						\
		if (_import_umath() < 0)		\
			return result;			\
	} while (0)
#define import_umath() import_umath1(NULL)
#define import_ufunc() import_umath1(NULL)
#endif
