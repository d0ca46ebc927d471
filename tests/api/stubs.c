/* The stub headers of NumPy's C API. */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/npy_math.h>
#include <numpy/ufuncobject.h>

static PyObject *total(PyObject *self, PyObject *arg)
{
	PyArrayObject *a = (PyArrayObject *)PyArray_FROM_OTF(arg, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
	npy_intp dims[1] = {3};
	double sum = NPY_PI;

	(void)self;
	if (!a || !PyArray_Check(a) || PyArray_NDIM(a) != 1 || PyArray_TYPE(a) != NPY_FLOAT64)
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	for (npy_intp i = 0; i < PyArray_DIM(a, 0); i++)
		sum += *(double *)PyArray_GETPTR1(a, i) + ((double *)PyArray_DATA(a))[i];
	Py_END_ALLOW_THREADS
	Py_DECREF(a);
	return npy_isnan(sum) ? PyArray_SimpleNew(1, dims, NPY_INT32) : PyFloat_FromDouble(sum);
}

static PyMethodDef methods[] = {{"total", total, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "m", NULL, 0, methods, NULL, NULL, NULL,
	NULL};

PyMODINIT_FUNC PyInit_m(void)
{
	import_array();
	import_umath();
	return PyModule_Create(&def);
}
