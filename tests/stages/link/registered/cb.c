/* Functions that become entry points by being handed to somebody. */
#include <Python.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

void foreign_register(int (*callback)(int), void *data);
struct foreign;
void foreign_methods(const void *table);

static int compare(const void *a, const void *b)
{
	return a < b;
}

static void *worker(void *arg)
{
	return arg;
}

static int pending(void *arg)
{
	return arg != NULL;
}

static void destroy(PyObject *capsule)
{
	(void)capsule;
}

static int hook(int n)
{
	return n + 1;
}

static int exported(int n)
{
	return n + 2;
}

static void *api[] = {(void *)exported};

static int convert(PyObject *o, void *out)
{
	*(int *)out = 1;
	return o != NULL;
}

static void once(void)
{
}

static void on_signal(int n)
{
	(void)n;
}

static PyObject *late(PyObject *self, PyObject *args)
{
	return args ? self : NULL;
}

static PyMethodDef late_def[] = {{"late", late, METH_VARARGS, NULL}, {NULL}};

static PyObject *go(PyObject *self, PyObject *args)
{
	static pthread_once_t flag = PTHREAD_ONCE_INIT;
	pthread_t t;
	int items[2] = {2, 1}, n;
	struct sigaction action = {.sa_handler = on_signal};

	if (!PyArg_ParseTuple(args, "O&", convert, &n))
		return NULL;
	qsort(items, 2, sizeof(int), compare);
	pthread_once(&flag, once);
	pthread_create(&t, NULL, worker, NULL);
	Py_AddPendingCall(pending, NULL);
	foreign_register(hook, NULL);
	sigaction(SIGINT, &action, NULL);
	PyCFunction_New(late_def, self);
	return PyCapsule_New(api, "cb.api", destroy);
}

static PyMethodDef methods[] = {{"go", go, METH_VARARGS, NULL}, {NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "cb", NULL, 0, methods};

PyMODINIT_FUNC PyInit_cb(void)
{
	return PyModuleDef_Init(&def);
}
