#ifndef GC_STUB_NPY_MATH
#define GC_STUB_NPY_MATH
#include "npy_common.h"
#define NPY_NAN	      __builtin_nan("")
#define NPY_NANF      __builtin_nanf("")
#define NPY_INFINITY  __builtin_inf()
#define NPY_INFINITYF __builtin_inff()
#define NPY_PI	      3.141592653589793
#define NPY_E	      2.718281828459045
#define npy_isnan(x)	__builtin_isnan(x)
#define npy_isinf(x)	__builtin_isinf(x)
#define npy_isfinite(x) __builtin_isfinite(x)
#define npy_signbit(x)	__builtin_signbit(x)
#define npy_sqrt	sqrt
#define npy_exp		exp
#define npy_log		log
#define npy_pow		pow
#define npy_fabs	fabs
#define npy_floor	floor
#define npy_ceil	ceil
#define npy_sin		sin
#define npy_cos		cos
#endif
