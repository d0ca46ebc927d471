/* SPDX-License-Identifier: 0BSD
 *
 * Stands in front of CPython's Python.h where this directory comes first on the include path; where
 * it does not, see inttypes.h. Whatever the source defines before its include (PY_SSIZE_T_CLEAN,
 * Py_LIMITED_API) keeps its meaning. Only free-threaded builds of CPython get more than the header
 * itself.
 */
#ifndef GILSHIM_PYTHON_H
#define GILSHIM_PYTHON_H
#if defined(__GNUC__)
#pragma GCC system_header
#endif
#include_next <Python.h>
#if defined(Py_GIL_DISABLED) && !defined(GILSHIM_OFF)
#include "gilshim_lock.h"
#endif
#endif
