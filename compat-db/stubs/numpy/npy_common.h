#ifndef GC_STUB_NPY_COMMON
#define GC_STUB_NPY_COMMON
#include <Python.h>

#define NPY_INLINE	    inline
#define NPY_NO_EXPORT	    __attribute__((visibility("hidden")))
#define NPY_1_7_API_VERSION 0x00000007
#define NPY_UNUSED(name)    name

typedef Py_ssize_t npy_intp;
typedef size_t npy_uintp;
typedef unsigned char npy_bool;
typedef signed char npy_byte;
typedef unsigned char npy_ubyte;
typedef short npy_short;
typedef unsigned short npy_ushort;
typedef int npy_int;
typedef unsigned npy_uint;
typedef long npy_long;
typedef unsigned long npy_ulong;
typedef long long npy_longlong;
typedef unsigned long long npy_ulonglong;
typedef int8_t npy_int8;
typedef uint8_t npy_uint8;
typedef int16_t npy_int16;
typedef uint16_t npy_uint16;
typedef int32_t npy_int32;
typedef uint32_t npy_uint32;
typedef int64_t npy_int64;
typedef uint64_t npy_uint64;
typedef uint16_t npy_half;
typedef uint16_t npy_float16;
typedef float npy_float;
typedef float npy_float32;
typedef double npy_double;
typedef double npy_float64;
typedef long double npy_longdouble;
typedef int64_t npy_datetime;
typedef int64_t npy_timedelta;
typedef npy_uint32 npy_ucs4;
typedef Py_hash_t npy_hash_t;
typedef struct {
	float real, imag;
} npy_cfloat;
typedef struct {
	double real, imag;
} npy_cdouble;
typedef npy_cfloat npy_complex64;
typedef npy_cdouble npy_complex128;

#define NPY_FALSE 0
#define NPY_TRUE  1
#define NPY_INTP_FMT "zd"
#endif
