/* SPDX-License-Identifier: 0BSD
 *
 * Calls on containers that other threads use too: pinned where they run no foreign code, and with
 * the borrowed references they return kept alive until the extension returns. */
#include "runtime.h"

#include <stdlib.h>

/* Kept references of one entry; then the oldest goes with each new one. */
#define KEEP_MOST 4096

static size_t more_room(struct thread *me)
{
	size_t room = me->room != 0 ? 2 * me->room : 64;
	PyObject **keep;

	if (me->room == KEEP_MOST)
		return me->room;
	keep = realloc(me->keep, room * sizeof(*keep));
	if (keep == NULL)
		return me->room;
	me->keep = keep;
	me->room = room;
	gilshim_free_at_exit(keep);
	return room;
}

/* Takes over a strong reference and returns it as a borrowed one. */
static PyObject *keep(PyObject *op)
{
	struct thread *me = &gilshim_thread;
	PyObject *oldest;

	if (op == NULL)
		return NULL;
	if (me->kept < me->room || me->kept < more_room(me)) {
		me->keep[me->kept++] = op;
		return op;
	}
	if (me->room == 0)
		gilshim_fatal("out of memory");
	me->oldest %= me->room;
	oldest = me->keep[me->oldest];
	me->keep[me->oldest++] = op;
	Py_DecRef(oldest);
	return op;
}

/* The lock is not held any more: what goes now may run anything, and come back here. */
void gilshim_flush(struct thread *me)
{
	while (me->depth == 0 && me->kept != 0)
		Py_DecRef(me->keep[--me->kept]);
	me->oldest = 0;
}

/* Nothing to keep for: not inside the extension, as in its initialiser. */
static int outside(void)
{
	return gilshim_thread.depth == 0;
}

/* Pinning: the innermost section has the lock; it is made to look as if it had none. */
struct pin {
	struct section *section;
};

static struct pin pin(void)
{
	struct pin p = {NULL};
	PyThreadState *state;
	uintptr_t top;

	if (outside())
		return p;
	state = PyThreadState_GetUnchecked();
	top = state != NULL ? *gilshim_stack(state) : 0;
	if (gilshim_is_active(top) && !(top & TWO_MUTEXES) &&
		gilshim_untag(top)->mutex == gilshim_domain->mutex) {
		p.section = gilshim_untag(top);
		p.section->mutex = NULL;
		__atomic_store_n(&gilshim_domain->pinner, state, __ATOMIC_RELAXED);
	}
	return p;
}

static void unpin(struct pin p)
{
	if (p.section != NULL) {
		__atomic_store_n(&gilshim_domain->pinner, NULL, __ATOMIC_RELAXED);
		p.section->mutex = gilshim_domain->mutex;
	}
}

static struct pin no_pin(void)
{
	struct pin p = {NULL};

	return p;
}

/* Hashing and comparing such keys runs no code of others. For a type of the extension itself it runs
 * the extension's, which is at home under the lock. */
static int is_plain_key(PyObject *key)
{
	char *type = (char *)TYPE_OF(key);

	if (type == PyUnicode_Type || type == PyLong_Type || type == PyBytes_Type ||
		type == PyFloat_Type)
		return 1;
	for (const struct gilshim_slot *s = gilshim_build.slots; s->name != NULL; s++)
		if (s->flags & GILSHIM_SLOT_HASH)
			return gilshim_is_ours(*AT(type, void *, s->offset));
	return 0;
}

static struct pin pin_for(PyObject *key)
{
	return outside() || !is_plain_key(key) ? no_pin() : pin();
}

static int is_list(PyObject *op)
{
	return (PyType_GetFlags(TYPE_OF(op)) & Py_TPFLAGS_LIST_SUBCLASS) != 0;
}

#define PINNED(type, name, params, args)                                                           \
	type gilshim_##name params                                                                 \
	{                                                                                          \
		struct pin p = pin();                                                              \
		type result = name args;                                                           \
                                                                                                   \
		unpin(p);                                                                          \
		return result;                                                                     \
	}

PINNED(int, PyList_Append, (PyObject * list, PyObject *op), (list, op))
PINNED(int, PyList_Insert, (PyObject * list, ssize_t i, PyObject *op), (list, i, op))
PINNED(PyObject *, PyList_AsTuple, (PyObject * list), (list))
PINNED(PyObject *, PyList_GetSlice, (PyObject * list, ssize_t i, ssize_t j), (list, i, j))
PINNED(int, PyList_Reverse, (PyObject * list), (list))
PINNED(PyObject *, PyDict_Copy, (PyObject * dict), (dict))
PINNED(PyObject *, PyDict_Keys, (PyObject * dict), (dict))
PINNED(PyObject *, PyDict_Values, (PyObject * dict), (dict))
PINNED(PyObject *, PyDict_Items, (PyObject * dict), (dict))

/* What is replaced may have a destructor; it must not run inside. */
int gilshim_PyDict_SetItem(PyObject *dict, PyObject *key, PyObject *op)
{
	PyObject *was = NULL;
	struct pin p = pin_for(key);
	int status;

	if (p.section != NULL && PyDict_GetItemRef(dict, key, &was) < 0) {
		unpin(p);
		return -1;
	}
	status = PyDict_SetItem(dict, key, op);
	unpin(p);
	if (was != NULL)
		Py_DecRef(was);
	return status;
}

int gilshim_PyDict_SetItemString(PyObject *dict, const char *name, PyObject *op)
{
	PyObject *key = PyUnicode_FromString(name);
	int status;

	if (key == NULL)
		return -1;
	status = gilshim_PyDict_SetItem(dict, key, op);
	Py_DecRef(key);
	return status;
}

int gilshim_PyDict_Contains(PyObject *dict, PyObject *key)
{
	struct pin p = pin_for(key);
	int found = PyDict_Contains(dict, key);

	unpin(p);
	return found;
}

int gilshim_PySet_Add(PyObject *set, PyObject *key)
{
	struct pin p = pin_for(key);
	int status = PySet_Add(set, key);

	unpin(p);
	return status;
}

int gilshim_PySet_Contains(PyObject *set, PyObject *key)
{
	struct pin p = pin_for(key);
	int found = PySet_Contains(set, key);

	unpin(p);
	return found;
}

/* Borrowed references */

/* A strong reference to an item, by the fields of the list: lists that are still being filled have
 * items that are NULL, which no function of CPython expects. 0: there is no such index. */
static int list_item(PyObject *list, ssize_t i, PyObject **op)
{
	struct pin p = pin();
	struct section s;
	int inside;

	PyCriticalSection_Begin(&s, list);
	inside = i >= 0 && i < *AT(list, ssize_t, gilshim_build.list_size);
	if (inside) {
		*op = (*AT(list, PyObject **, gilshim_build.list_items))[i];
		if (*op != NULL)
			Py_IncRef(*op);
	}
	PyCriticalSection_End(&s);
	unpin(p);
	return inside;
}

PyObject *gilshim_PyList_GetItem(PyObject *list, ssize_t i)
{
	PyObject *op;

	if (outside() || !is_list(list) || !list_item(list, i, &op))
		return PyList_GetItem(list, i);
	return keep(op);
}

/* Never fails. When another thread has shortened the list meanwhile, None is what there is. */
PyObject *gilshim_PyList_GET_ITEM(PyObject *list, ssize_t i)
{
	PyObject *op;

	if (outside())
		return (*AT(list, PyObject **, gilshim_build.list_items))[i];
	return list_item(list, i, &op) ? keep(op) : (PyObject *)_Py_NoneStruct;
}

PyObject *gilshim_PyDict_GetItemWithError(PyObject *dict, PyObject *key)
{
	PyObject *op = NULL;
	struct pin p;

	if (outside())
		return PyDict_GetItemWithError(dict, key);
	p = pin_for(key);
	PyDict_GetItemRef(dict, key, &op);
	unpin(p);
	return keep(op);
}

/* A lookup that fails leaves no exception; the caller's own is not touched by a plain key. */
PyObject *gilshim_PyDict_GetItem(PyObject *dict, PyObject *key)
{
	if (outside() || !is_plain_key(key) || PyErr_Occurred() != NULL) {
		PyObject *op = PyDict_GetItem(dict, key);

		if (op != NULL && !outside()) {
			Py_IncRef(op);
			keep(op);
		}
		return op;
	}
	{
		PyObject *op = gilshim_PyDict_GetItemWithError(dict, key);

		if (op == NULL)
			PyErr_Clear();
		return op;
	}
}

PyObject *gilshim_PyDict_GetItem_KnownHash(PyObject *dict, PyObject *key, ssize_t hash)
{
	PyObject *op = NULL;

	(void)hash;
	if (!outside())
		return gilshim_PyDict_GetItemWithError(dict, key);
	/* As a borrowed reference, as the caller expects. */
	PyDict_GetItemRef(dict, key, &op);
	if (op != NULL)
		Py_DecRef(op);
	return op;
}

PyObject *gilshim_PyDict_GetItemString(PyObject *dict, const char *name)
{
	PyObject *key, *op;

	if (outside() || PyErr_Occurred() != NULL)
		return PyDict_GetItemString(dict, name);
	key = PyUnicode_FromString(name);
	op = key != NULL ? gilshim_PyDict_GetItemWithError(dict, key) : NULL;
	if (key != NULL)
		Py_DecRef(key);
	if (op == NULL)
		PyErr_Clear();
	return op;
}

PyObject *gilshim_PyDict_SetDefault(PyObject *dict, PyObject *key, PyObject *value)
{
	PyObject *op = NULL;
	struct pin p;

	if (outside())
		return PyDict_SetDefault(dict, key, value);
	p = pin_for(key);
	PyDict_SetDefaultRef(dict, key, value, &op);
	unpin(p);
	return keep(op);
}

int gilshim_PyDict_Next(PyObject *dict, ssize_t *at, PyObject **key, PyObject **value)
{
	PyObject *k = NULL, *v = NULL;
	struct section s;
	struct pin p;
	int more;

	if (outside())
		return PyDict_Next(dict, at, key, value);
	p = pin();
	PyCriticalSection_Begin(&s, dict);
	more = PyDict_Next(dict, at, &k, &v);
	if (more) {
		Py_IncRef(k);
		Py_IncRef(v);
	}
	PyCriticalSection_End(&s);
	unpin(p);
	if (more) {
		keep(k);
		keep(v);
		if (key != NULL)
			*key = k;
		if (value != NULL)
			*value = v;
	}
	return more;
}

/* A list that others may change is replaced by a snapshot; the macros take a tuple as well. */
PyObject *gilshim_PySequence_Fast(PyObject *op, const char *message)
{
	if (gilshim_on && is_list(op))
		return gilshim_PyList_AsTuple(op);
	return PySequence_Fast(op, message);
}

PyObject *gilshim_PyImport_AddModule(const char *name)
{
	return outside() ? PyImport_AddModule(name) : keep(PyImport_AddModuleRef(name));
}

static PyObject *keep_borrowed(PyObject *op)
{
	if (op != NULL && !outside()) {
		Py_IncRef(op);
		keep(op);
	}
	return op;
}

PyObject *gilshim_PyImport_AddModuleObject(PyObject *name)
{
	return keep_borrowed(PyImport_AddModuleObject(name));
}

PyObject *gilshim_PySys_GetObject(const char *name)
{
	PyObject *sys, *op = NULL;

	if (outside() || PyErr_Occurred() != NULL)
		return keep_borrowed(PySys_GetObject(name));
	sys = PyImport_ImportModule("sys");
	if (sys != NULL) {
		op = PyObject_GetAttrString(sys, name);
		Py_DecRef(sys);
	}
	if (op == NULL)
		PyErr_Clear();
	return keep(op);
}

PyObject *gilshim_PyEval_GetGlobals(void)
{
	return outside() ? PyEval_GetGlobals() : keep(PyEval_GetFrameGlobals());
}

PyObject *gilshim_PyEval_GetBuiltins(void)
{
	return outside() ? PyEval_GetBuiltins() : keep(PyEval_GetFrameBuiltins());
}

/* The locals of a function are a snapshot that the frame owns; it lasts as long as the frame. */
PyObject *gilshim_PyEval_GetLocals(void)
{
	return keep_borrowed(PyEval_GetLocals());
}

PyObject *gilshim_PyWeakref_GetObject(PyObject *ref)
{
	PyObject *op = NULL;
	int alive = PyWeakref_GetRef(ref, &op);

	if (alive < 0)
		return NULL;
	if (!alive)
		return (PyObject *)_Py_NoneStruct;
	if (outside()) {
		Py_DecRef(op);
		return op;
	}
	return keep(op);
}

PyObject *gilshim_PyCell_GET(PyObject *cell)
{
	PyObject *op = PyCell_Get(cell);

	if (op == NULL || !outside())
		return keep(op);
	Py_DecRef(op);
	return op;
}

ssize_t gilshim_Py_REFCNT(PyObject *op)
{
	const uint32_t immortal = UINT32_MAX;
	uint32_t local =
		__atomic_load_n(AT(op, uint32_t, gilshim_build.ob_ref_local), __ATOMIC_RELAXED);
	ssize_t shared =
		__atomic_load_n(AT(op, ssize_t, gilshim_build.ob_ref_shared), __ATOMIC_RELAXED);
	uintptr_t owner =
		__atomic_load_n(AT(op, uintptr_t, gilshim_build.ob_tid), __ATOMIC_RELAXED);
	ssize_t count = (ssize_t)local + (shared >> 2);

	if (local == immortal)
		return (ssize_t)3 << 30;
	if (count == 1 && !(shared == 0 && owner == (uintptr_t)__builtin_thread_pointer()))
		return 2;
	return count;
}
