/* Calls through pointers: fields, tables, parameters, results, what others fill in. */
#include <Python.h>

typedef int (*step)(int);

struct ops {
	step first;
	step second;
};

struct outside {
	step other;
};

static int one(int n)
{
	return n;
}

static int two(int n)
{
	return n;
}

static int three(int n)
{
	return n;
}

static int four(int n)
{
	return n;
}

static const struct ops ops = {one, .second = two};
static const step table[] = {two, three};
static step current;

static int apply(step f, int n)
{
	return f(n);
}

static step choose(int n)
{
	return n ? four : one;
}

static int through(const struct ops *o, const step *list, struct outside *foreign)
{
	return o->second(1) + list[1](2) + foreign->other(3);
}

static void set(step *where)
{
	*where = three;
}

static PyObject *run(PyObject *self, PyObject *arg)
{
	PyObject *(*get)(PyObject *) = PyNumber_Long;

	current = four;
	set(&current);
	apply(one, 1);
	choose(1)(2);
	through(&ops, table, PyCapsule_Import("outside.api", 0));
	current(3);
	((step)PyLong_AsVoidPtr(arg))(4);
	return get(self);
}

static int traverse(PyObject *self, visitproc visit, void *arg)
{
	return visit(self, arg);
}

static PyMethodDef methods[] = {{"run", run, METH_O, NULL}, {NULL}};
static struct PyModuleDef def = {
	PyModuleDef_HEAD_INIT, "p", NULL, 0, methods, NULL, traverse, NULL, NULL};

PyMODINIT_FUNC PyInit_p(void)
{
	return PyModuleDef_Init(&def);
}
