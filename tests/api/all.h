/* Every header that extensions include by name. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <datetime.h>
#include <frameobject.h>
#include <marshal.h>
#include <errcode.h>
#include <osdefs.h>
#include <opcode.h>
#include <pydtrace.h>
#include <dynamic_annotations.h>
#include <pystats.h>
#ifndef GC_REAL_HEADERS /* which accept these only from within */
#include "cpython/code.h"
#include "cpython/unicodeobject.h"
#endif
#include "patchlevel.h"
#include "pyconfig.h"
#if __has_include(<expat.h>)
#include <expat.h>
#include <pyexpat.h>
#endif
