#include <Python.h>
#include <pthread.h>

typedef struct {
	PyObject_HEAD
	int pos;
	int (*cb)(int);
} SpamObject;

static int twice(int x) { return 2 * x; }
static int thrice(int x) { return 3 * x; }
static int (*const table[])(int) = {twice, thrice};
static int counter;

static PyObject *feed(SpamObject *self, PyObject *args)
{
	self->pos += self->cb(1) + table[self->pos & 1](2);
	return Py_NewRef(Py_None);
}
static void *worker(void *arg) { counter++; return NULL; }
static PyObject *start(PyObject *self, PyObject *args)
{
	pthread_t t;
	pthread_create(&t, NULL, worker, NULL);
	return NULL;
}
static PyObject *get_pos(SpamObject *self, void *c) { return PyLong_FromLong(self->pos); }
static int set_pos(SpamObject *self, PyObject *v, void *c) { self->pos = 1; return 0; }
static PyObject *spam_new(PyTypeObject *type, PyObject *a, PyObject *k)
{
	SpamObject *self = (SpamObject *)type->tp_alloc(type, 0);
	self->cb = twice;
	return (PyObject *)self;
}
static void spam_dealloc(SpamObject *self) { Py_TYPE(self)->tp_free(self); }
static PyObject *spam_repr(SpamObject *self) { return NULL; }
static PyMethodDef methods[] = {
	{"feed", (PyCFunction)feed, METH_VARARGS, "doc"},
	{"make", (PyCFunction)start, METH_NOARGS | METH_STATIC, NULL},
	{NULL}
};
static PyGetSetDef getset[] = {{"pos", (getter)get_pos, (setter)set_pos, NULL, NULL}, {0}};
static Py_ssize_t spam_len(PyObject *o) { return 0; }
static PySequenceMethods seq = {.sq_length = spam_len};
static PyTypeObject Spam_Type = {
	PyVarObject_HEAD_INIT(NULL, 0)
	.tp_name = "spam.Spam",
	.tp_basicsize = sizeof(SpamObject),
	.tp_dealloc = (destructor)spam_dealloc,
	.tp_as_sequence = &seq,
	.tp_methods = methods,
	.tp_getset = getset,
};
static PyObject *egg_call(PyObject *self, PyObject *a, PyObject *k) { return NULL; }
static int egg_init(PyObject *self, PyObject *a, PyObject *k) { return 0; }
static PyType_Slot egg_slots[] = {{Py_tp_call, egg_call}, {Py_tp_init, (void *)egg_init}, {0, NULL}};
static PyType_Spec egg_spec = {"spam.Egg", sizeof(SpamObject), 0, 0, egg_slots};

static PyObject *load(PyObject *m, PyObject *a) { counter = 2; return NULL; }
static PyMethodDef functions[] = {{"load", load, METH_VARARGS, NULL}, {NULL}};

static void setup(void) { counter = 1; }
static int add_type(PyObject *m, PyTypeObject *t) { return PyType_Ready(t); }
static int exec(PyObject *m)
{
	Spam_Type.tp_new = spam_new;
	Spam_Type.tp_repr = (reprfunc)spam_repr;
	setup();
	add_type(m, &Spam_Type);
	PyType_FromSpec(&egg_spec);
	PyType_Slot local[] = {{Py_tp_repr, spam_repr}, {0, NULL}};
	PyType_Spec lspec = {.name = "spam.Loc", .basicsize = sizeof(SpamObject), .slots = local};
	PyType_FromSpec(&lspec);
	return 0;
}
static PyModuleDef_Slot slots[] = {
	{Py_mod_exec, exec},
#ifdef Py_mod_gil
	{Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
	{0, NULL}};
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "spam", .m_methods = functions, .m_slots = slots};
PyMODINIT_FUNC PyInit_spam(void) { return PyModuleDef_Init(&def); }
