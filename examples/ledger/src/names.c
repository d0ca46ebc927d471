/* Names of accounts, each kept once. */
#include "names.h"

#include <ctype.h>
#include <string.h>

static PyObject *known; /* name -> name */
static Py_ssize_t hits;

PyObject *names_intern(PyObject *name)
{
	PyObject *found;

	if (known == NULL) {
		known = PyDict_New();
		if (known == NULL)
			return NULL;
	}
	found = PyDict_GetItemWithError(known, name);
	if (found != NULL) {
		hits++;
		Py_INCREF(found);
		return found;
	}
	if (PyErr_Occurred() || PyDict_SetItem(known, name, name) < 0)
		return NULL;
	Py_INCREF(name);
	return name;
}

Py_ssize_t names_hits(void)
{
	return hits;
}

const char *names_upper(const char *text)
{
	static char buffer[64];
	size_t i;

	for (i = 0; text[i] && i < sizeof(buffer) - 1; i++)
		buffer[i] = (char)toupper((unsigned char)text[i]);
	buffer[i] = '\0';
	return buffer;
}
