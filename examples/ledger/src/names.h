#ifndef LEDGER_NAMES_H
#define LEDGER_NAMES_H

#include <Python.h>

/* The one string object for an account's name. New reference, NULL on error. */
PyObject *names_intern(PyObject *name);
/* How often names_intern found what it looked for. */
Py_ssize_t names_hits(void);
/* TEXT in upper case, in a buffer that the next call uses again. */
const char *names_upper(const char *text);

#endif
