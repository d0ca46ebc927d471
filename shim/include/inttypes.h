/* SPDX-License-Identifier: 0BSD
 *
 * Where a build system puts Python's own include directory before this one, its Python.h is found
 * first, and the Python.h beside this file never. But Python.h itself includes <inttypes.h>, after
 * pyconfig.h and before anything is declared, and that is found here: all of -I comes before the
 * system's directories. So from here Python.h is read once more, whole this time, then the
 * lock; what is left of the first reading has include guards everywhere.
 *
 * This file has no guard of its own: it may have been included before Python.h was.
 */
#if defined(__GNUC__)
#pragma GCC system_header
#endif
#include_next <inttypes.h>
#if defined(Py_PYTHON_H) && defined(Py_GIL_DISABLED) && !defined(GILSHIM_OFF) &&                   \
	!defined(GILSHIM_PYTHON_H)
#define GILSHIM_PYTHON_H
#undef Py_PYTHON_H
#include <Python.h>
#ifndef Py_PYTHON_H
/* It was not found by that name in the first place, and here the one beside this file is. */
#include_next <Python.h>
#endif
#include "gilshim_lock.h"
#endif
