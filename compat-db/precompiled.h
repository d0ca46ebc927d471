/*
 * What is precompiled for a unit with Python.h: that, and what takes the parser longest of that
 * which many extensions include after it. See precompiled_std.h for what it may not hold.
 */
#include <Python.h>

#include "precompiled_std.h"
