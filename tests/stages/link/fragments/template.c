/* Included by two units: each has its own copy. */
static int cache;

static PyObject *get(PyObject *self, PyObject *args)
{
	return PyLong_FromLong(cache++);
}

static PyMethodDef methods[] = {{"get", get, METH_NOARGS, NULL}, {NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "fragment", NULL, -1, methods};

static PyObject *make(void)
{
	return PyModule_Create(&def);
}
