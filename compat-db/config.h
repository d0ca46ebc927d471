/* What pyconfig.h settles before any system header is read, in terms of the compiler
 * at hand. The rest of pyconfig.h comes from compat-db/raw. */
#ifndef GC_API_CONFIG_H
#define GC_API_CONFIG_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#ifndef Py_GIL_DISABLED
#define Py_GIL_DISABLED 1
#endif

#define SIZEOF_SHORT	     __SIZEOF_SHORT__
#define SIZEOF_INT	     __SIZEOF_INT__
#define SIZEOF_LONG	     __SIZEOF_LONG__
#define SIZEOF_LONG_LONG     __SIZEOF_LONG_LONG__
#define SIZEOF_FLOAT	     __SIZEOF_FLOAT__
#define SIZEOF_DOUBLE	     __SIZEOF_DOUBLE__
#define SIZEOF_LONG_DOUBLE   __SIZEOF_LONG_DOUBLE__
#define SIZEOF_SIZE_T	     __SIZEOF_SIZE_T__
#define SIZEOF_VOID_P	     __SIZEOF_POINTER__
#define SIZEOF_UINTPTR_T     __SIZEOF_POINTER__
#define SIZEOF_PTHREAD_T     __SIZEOF_LONG__
#define SIZEOF_PTHREAD_KEY_T __SIZEOF_INT__
#define SIZEOF_PID_T	     __SIZEOF_INT__
#define SIZEOF_OFF_T	     8
#define SIZEOF_TIME_T	     8
#define SIZEOF_FPOS_T	     16
#define SIZEOF__BOOL	     1
#define SIZEOF_WCHAR_T	     __SIZEOF_WCHAR_T__
#define ALIGNOF_LONG	     __SIZEOF_LONG__
#define ALIGNOF_SIZE_T	     __SIZEOF_SIZE_T__
#define ALIGNOF_MAX_ALIGN_T  16
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define WORDS_BIGENDIAN 1
#endif

/* feature macros of other systems, and those that would change what is declared */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 202405L
#endif
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 800
#endif
#ifndef _XOPEN_SOURCE_EXTENDED
#define _XOPEN_SOURCE_EXTENDED 1
#endif
#ifndef _LARGEFILE_SOURCE
#define _LARGEFILE_SOURCE 1
#endif

#endif
