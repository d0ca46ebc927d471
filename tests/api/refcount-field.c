/* Does not exist in a free-threaded build: must be an error, which becomes a finding. */
#include <Python.h>

long count(PyObject *o)
{
	return (long)o->ob_refcnt;
}
