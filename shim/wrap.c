/* SPDX-License-Identifier: 0BSD
 *
 * What the extension tells CPython: every function pointer of its own is replaced by a thunk, which
 * calls it under the lock. Tables may be constant and are copied, once each and for good; type
 * structs are changed in place before PyType_Ready, as PyType_Ready itself does. */
#define _GNU_SOURCE
#include "runtime.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Thunks. All functions that CPython calls take at most five arguments of integer class and return
 * at most one such word, so one shape serves all. It is not what the C standard allows, but what
 * the calling conventions of x86-64 and AArch64 make of it; CFI-sanitised builds refuse it.
 */
#ifndef GILSHIM_THUNKS
#define GILSHIM_THUNKS 4096
#endif
#if GILSHIM_THUNKS != 4096 && GILSHIM_THUNKS != 16384
#error "GILSHIM_THUNKS is 4096 or 16384"
#endif

typedef uintptr_t word;
typedef word (*target)(word, word, word, word, word);

static struct {
	target function;
	int is_dealloc;
} targets[GILSHIM_THUNKS];
static size_t n_targets;

static inline void enter(struct frame *f, PyThreadState *state, size_t n, word first)
{
	if (__builtin_expect(targets[n].is_dealloc, 0))
		gilshim_enter_dealloc(f, state, (PyObject *)first);
	else
		gilshim_enter(f, state);
}

static word dispatch_reporting(
	word a, word b, word c, word d, word e, size_t n, PyThreadState *state);

static word dispatch(word a, word b, word c, word d, word e, size_t n)
{
	PyThreadState *state = PyThreadState_GetUnchecked();
	struct thread *me = &gilshim_thread;
	struct frame f;
	word result;

	if (state == NULL)
		return targets[n].function(a, b, c, d, e);
	if (__builtin_expect(gilshim_reporting, 0))
		return dispatch_reporting(a, b, c, d, e, n, state);
	me->depth++;
	enter(&f, state, n, a);
	result = targets[n].function(a, b, c, d, e);
	gilshim_leave(&f, state);
	gilshim_return(me);
	return result;
}

static word dispatch_reporting(
	word a, word b, word c, word d, word e, size_t n, PyThreadState *state)
{
	struct thread *me = &gilshim_thread;
	unsigned long waits = __atomic_load_n(&gilshim_waits, __ATOMIC_RELAXED);
	struct tally *tally = &gilshim_tallies[n];
	uint64_t entries;
	struct frame f;
	word result;

	me->depth++;
	enter(&f, state, n, a);
	if (f.how == HELD && __atomic_load_n(&gilshim_waits, __ATOMIC_RELAXED) != waits)
		__atomic_fetch_add(&tally->waited, 1, __ATOMIC_RELAXED);
	entries = gilshim_domain->entries;
	result = targets[n].function(a, b, c, d, e);
	if (f.how != BARE && gilshim_domain->entries != entries)
		__atomic_fetch_add(&tally->interrupted, 1, __ATOMIC_RELAXED);
	gilshim_leave(&f, state);
	gilshim_return(me);
	return result;
}

/* The thunks lie in a section of their own, so that a pointer tells whether it is one. */
#define THUNK(n)                                                                                   \
	__attribute__((section(".text.gilshim_thunks"))) static word thunk_##n(                    \
		word a, word b, word c, word d, word e)                                            \
	{                                                                                          \
		return dispatch(a, b, c, d, e, 0x##n);                                             \
	}
#define HEX(X, p)                                                                                  \
	X(p##0)                                                                                    \
	X(p##1)                                                                                    \
	X(p##2) X(p##3) X(p##4) X(p##5) X(p##6) X(p##7) X(p##8) X(p##9) X(p##a) X(p##b) X(p##c)    \
		X(p##d) X(p##e) X(p##f)
#define HEX2(X, p)                                                                                 \
	HEX(X, p##0)                                                                               \
	HEX(X, p##1)                                                                               \
	HEX(X, p##2) HEX(X, p##3) HEX(X, p##4) HEX(X, p##5) HEX(X, p##6) HEX(X, p##7) HEX(X, p##8) \
		HEX(X, p##9) HEX(X, p##a) HEX(X, p##b) HEX(X, p##c) HEX(X, p##d) HEX(X, p##e)      \
			HEX(X, p##f)
#define HEX3(X, p)                                                                                 \
	HEX2(X, p##0)                                                                              \
	HEX2(X, p##1)                                                                              \
	HEX2(X, p##2) HEX2(X, p##3) HEX2(X, p##4) HEX2(X, p##5) HEX2(X, p##6) HEX2(X, p##7)        \
		HEX2(X, p##8) HEX2(X, p##9) HEX2(X, p##a) HEX2(X, p##b) HEX2(X, p##c)              \
			HEX2(X, p##d) HEX2(X, p##e) HEX2(X, p##f)
#if GILSHIM_THUNKS == 4096
#define ALL_THUNKS(X) HEX3(X, 0)
#else
#define ALL_THUNKS(X) HEX3(X, 0) HEX3(X, 1) HEX3(X, 2) HEX3(X, 3)
#endif
ALL_THUNKS(THUNK)

#define THUNK_ADDRESS(n) thunk_##n,
static const target thunks[GILSHIM_THUNKS] = {ALL_THUNKS(THUNK_ADDRESS)};

/* Where the code of this shared object lies. */
static struct {
	uintptr_t from, to;
} code[8];
static int n_code;

static int note_code(struct dl_phdr_info *info, size_t size, void *unused)
{
	uintptr_t self = (uintptr_t)dispatch;
	int found = 0;

	(void)size;
	(void)unused;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + p->p_vaddr;

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || n_code == 8)
			continue;
		code[n_code].from = from;
		code[n_code++].to = from + p->p_memsz;
		found |= self - from < p->p_memsz;
	}
	if (!found)
		n_code = 0;
	return found;
}

void gilshim_find_code(void)
{
	dl_iterate_phdr(note_code, NULL);
}

int gilshim_is_ours(const void *function)
{
	for (int i = 0; i < n_code; i++)
		if ((uintptr_t)function >= code[i].from && (uintptr_t)function < code[i].to)
			return 1;
	return 0;
}

static int is_thunk(const void *function)
{
	static uintptr_t low, high;

	if (high == 0) {
		uintptr_t least = UINTPTR_MAX, most = 0;

		for (size_t i = 0; i < GILSHIM_THUNKS; i++) {
			uintptr_t at = (uintptr_t)thunks[i];

			least = at < least ? at : least;
			most = at > most ? at : most;
		}
		low = least;
		__atomic_store_n(&high, most, __ATOMIC_RELEASE);
	}
	return (uintptr_t)function >= low && (uintptr_t)function <= high;
}

/* Guards everything below; held for moments, and never over a call of CPython. */
static char tables_busy;

static void lock_tables(void)
{
	while (__atomic_test_and_set(&tables_busy, __ATOMIC_ACQUIRE))
		;
}

static void unlock_tables(void)
{
	__atomic_clear(&tables_busy, __ATOMIC_RELEASE);
}

static void *must(void *memory)
{
	if (memory == NULL)
		gilshim_fatal("out of memory");
	return memory;
}

/* Target to thunk, one to one: CPython compares slots of a type and its base by address. */
static unsigned short by_target[4 * GILSHIM_THUNKS]; /* index + 1 */

static size_t hash_address(const void *p, size_t size)
{
	return (size_t)(((uintptr_t)p >> 2) * UINT64_C(0x9E3779B97F4A7C15) >> 20) % size;
}

static size_t thunk_of(void *function, int *is_new)
{
	const size_t size = sizeof(by_target) / sizeof(by_target[0]);
	size_t at = hash_address(function, size);

	while (by_target[at] != 0 && (void *)targets[by_target[at] - 1].function != function)
		at = (at + 1) % size;
	*is_new = by_target[at] == 0;
	if (*is_new) {
		if (n_targets == GILSHIM_THUNKS)
			gilshim_fatal(
				"the extension has more functions than gilshim.o has room for; "
				"compile shim/wrap.c with -DGILSHIM_THUNKS=16384");
		targets[n_targets].function = (target)function;
		by_target[at] = (unsigned short)++n_targets;
	}
	return by_target[at] - 1u;
}

void *gilshim_wrap(void *function, const char *owner, const char *name)
{
	int is_new;
	size_t n;

	if (!gilshim_start() || !gilshim_is_ours(function) || is_thunk(function))
		return function;
	lock_tables();
	n = thunk_of(function, &is_new);
	unlock_tables();
	if (is_new)
		gilshim_report_label(n, owner, name);
	return (void *)thunks[n];
}

static anyfunc wrap_fn(anyfunc function, const char *owner, const char *name)
{
	return (anyfunc)gilshim_wrap((void *)function, owner, name);
}

void *gilshim_callback(void *function)
{
	return gilshim_wrap(function, "callback", NULL);
}

/*
 * Copies of tables, found again by the address of the original: an extension may show the same one
 * many times (a PyMethodDef for each closure it makes). When the original has changed since, it is
 * copied anew. Copies are never freed, as CPython may keep them.
 */
struct copy {
	const void *original;
	size_t size;
	void *seen, *made; /* the original's bytes then; the copy */
	struct copy *next;
};

static struct copy *copies[1024];

static void *find_copy(const void *original, size_t size)
{
	struct copy *c = copies[hash_address(original, 1024)];

	while (c != NULL && !(c->original == original && c->size == size &&
				    memcmp(c->seen, original, size) == 0))
		c = c->next;
	return c != NULL ? c->made : NULL;
}

static void add_copy(const void *original, size_t size, void *made)
{
	struct copy **at = &copies[hash_address(original, 1024)];
	struct copy *c = must(malloc(sizeof(*c)));

	c->original = original;
	c->size = size;
	c->seen = must(malloc(size));
	memcpy(c->seen, original, size);
	c->made = made;
	c->next = *at;
	*at = c;
}

static void wrap_method(PyMethodDef *m, const char *owner)
{
	m->ml_meth = wrap_fn(m->ml_meth, owner, m->ml_name);
}

/* n entries, of which the last may be the terminator. */
static PyMethodDef *copy_methods(const PyMethodDef *methods, size_t n, const char *owner)
{
	size_t size = n * sizeof(*methods);
	PyMethodDef *made;

	lock_tables();
	made = find_copy(methods, size);
	unlock_tables();
	if (made != NULL)
		return made;
	made = must(malloc(size));
	memcpy(made, methods, size);
	for (size_t i = 0; i < n; i++)
		wrap_method(&made[i], owner);
	lock_tables();
	add_copy(methods, size, made);
	unlock_tables();
	return made;
}

static PyMethodDef *copy_method_table(PyMethodDef *methods, const char *owner)
{
	size_t n = 0;

	if (methods == NULL)
		return NULL;
	while (methods[n].ml_name != NULL)
		n++;
	return copy_methods(methods, n + 1, owner);
}

static void wrap_getset(PyGetSetDef *g, const char *owner)
{
	g->get = wrap_fn(g->get, owner, g->name);
	g->set = wrap_fn(g->set, owner, g->name);
}

static size_t count_getsets(const PyGetSetDef *getset)
{
	size_t n = 0;

	while (getset != NULL && getset[n].name != NULL)
		n++;
	return n;
}

/*
 * Object and string members are read by CPython outside of the lock, while the extension may be
 * replacing them under it. They become getters and setters that do the same under the lock.
 */
static int is_pointer_member(const PyMemberDef *m)
{
	return (m->type == Py_T_OBJECT || m->type == Py_T_OBJECT_EX || m->type == Py_T_STRING) &&
	       !(m->flags & Py_RELATIVE_OFFSET);
}

static PyObject *get_member(PyObject *self, void *member)
{
	return PyMember_GetOne((const char *)self, member);
}

static int set_member(PyObject *self, PyObject *value, void *member)
{
	return PyMember_SetOne((char *)self, member, value);
}

static PyGetSetDef member_as_getset(const PyMemberDef *m, const char *owner)
{
	PyMemberDef *kept = must(malloc(sizeof(*kept)));
	PyGetSetDef g = {m->name, wrap_fn((anyfunc)get_member, owner, "member"),
		wrap_fn((anyfunc)set_member, owner, "member"), m->doc, kept};

	*kept = *m;
	return g;
}

/* Makes new tables out of what a type has; members that stay are moved to a table of their own. */
static void copy_attributes(PyGetSetDef **getset, PyMemberDef **members, const char *owner)
{
	size_t n = count_getsets(*getset), all = 0, stay = 0;
	PyGetSetDef *g;
	PyMemberDef *m;

	while (*members != NULL && (*members)[all].name != NULL)
		all++;
	if (n + all == 0)
		return;
	g = must(calloc(n + all + 1, sizeof(*g)));
	m = must(calloc(all + 1, sizeof(*m)));
	for (size_t i = 0; i < n; i++) {
		g[i] = (*getset)[i];
		wrap_getset(&g[i], owner);
	}
	for (size_t i = 0; i < all; i++)
		if (is_pointer_member(&(*members)[i]))
			g[n++] = member_as_getset(&(*members)[i], owner);
		else
			m[stay++] = (*members)[i];
	*getset = g;
	if (all != 0)
		*members = m;
}

/* Modules */

static void wrap_def_functions(void *def)
{
	PyMethodDef **methods = AT(def, PyMethodDef *, gilshim_build.def_methods);
	void **clear = AT(def, void *, gilshim_build.def_clear);
	void **free_fn = AT(def, void *, gilshim_build.def_free);

	*methods = copy_method_table(*methods, NULL);
	*clear = gilshim_wrap(*clear, "module", "m_clear");
	*free_fn = gilshim_wrap(*free_fn, "module", "m_free");
}

/* As gilshim_wrap, for a slot of a type. */
static void *wrap_slot(void *function, const char *owner, const struct gilshim_slot *slot)
{
	void *thunk = gilshim_wrap(function, owner, slot->name);
	int is_new;

	if (thunk != function && (slot->flags & GILSHIM_SLOT_DEALLOC)) {
		lock_tables();
		targets[thunk_of(function, &is_new)].is_dealloc = 1;
		unlock_tables();
	}
	return thunk;
}

static void *const gil_not_used = (void *)1; /* Py_MOD_GIL_NOT_USED */

static PyModuleDef_Slot *copy_slots(const PyModuleDef_Slot *slots)
{
	PyModuleDef_Slot *made;
	size_t n = 0, declared;

	while (slots[n].slot != 0)
		n++;
	made = must(calloc(n + 2, sizeof(*made)));
	declared = n;
	for (size_t i = 0; i < n; i++) {
		made[i] = slots[i];
		if (slots[i].slot == gilshim_build.id_exec)
			made[i].value = gilshim_wrap(slots[i].value, "module", "Py_mod_exec");
		else if (slots[i].slot == gilshim_build.id_create)
			made[i].value = gilshim_wrap(slots[i].value, "module", "Py_mod_create");
		else if (slots[i].slot == gilshim_build.id_gil)
			declared = i;
	}
	made[declared].slot = gilshim_build.id_gil;
	made[declared].value = gil_not_used;
	return made;
}

/* A definition is changed once, however often a module is made of it. */
static int first_time(void *def)
{
	int first;

	lock_tables();
	first = find_copy(def, 1) == NULL;
	if (first)
		add_copy(def, 1, def);
	unlock_tables();
	return first;
}

PyObject *gilshim_PyModuleDef_Init(void *def)
{
	PyModuleDef_Slot **slots = AT(def, PyModuleDef_Slot *, gilshim_build.def_slots);
	static PyModuleDef_Slot none[1];

	if (gilshim_start() && first_time(def)) {
		wrap_def_functions(def);
		*slots = copy_slots(*slots != NULL ? *slots : none);
	}
	return PyModuleDef_Init(def);
}

PyObject *gilshim_PyModule_Create2(void *def, int api)
{
	PyObject *module;

	if (!gilshim_start())
		return PyModule_Create2(def, api);
	if (first_time(def))
		wrap_def_functions(def);
	module = PyModule_Create2(def, api);
	if (module != NULL && PyUnstable_Module_SetGIL(module, gil_not_used) < 0) {
		Py_DecRef(module);
		return NULL;
	}
	return module;
}

PyObject *gilshim_PyModule_FromDefAndSpec2(void *def, PyObject *spec, int api)
{
	if (gilshim_start() && first_time(def))
		wrap_def_functions(def);
	return PyModule_FromDefAndSpec2(def, spec, api);
}

int gilshim_PyModule_AddFunctions(PyObject *module, PyMethodDef *methods)
{
	return PyModule_AddFunctions(
		module, gilshim_start() ? copy_method_table(methods, NULL) : methods);
}

/* Types */

static void wrap_suites(PyTypeObject *type, const char *name)
{
	for (const struct gilshim_slot *s = gilshim_build.slots; s->name != NULL; s++) {
		void *base = type;
		void **at;

		if (s->group > 0)
			base = *AT(type, void *, gilshim_build.suites[s->group - 1]);
		if (base == NULL)
			continue;
		at = AT(base, void *, s->offset);
		*at = wrap_slot(*at, name, s);
	}
}

static PyObject *call_vectorcall(PyObject *callable, PyObject *args, PyObject *kwargs)
{
	return PyVectorcall_Call(callable, args, kwargs);
}

/* The per-instance pointer of vectorcall cannot be seen; calls go by tp_call, which is locked. */
static void *locked_call(void *tp_call, unsigned long *flags, const char *name)
{
	if (!(*flags & Py_TPFLAGS_HAVE_VECTORCALL))
		return tp_call;
	*flags &= ~Py_TPFLAGS_HAVE_VECTORCALL;
	if (tp_call == NULL || tp_call == (void *)PyVectorcall_Call)
		return gilshim_wrap((void *)call_vectorcall, name, "vectorcall");
	return tp_call;
}

static void wrap_type(PyTypeObject *type)
{
	const char *name = *AT(type, const char *, gilshim_build.tp_name);
	unsigned long *flags = AT(type, unsigned long, gilshim_build.tp_flags);
	PyMethodDef **methods = AT(type, PyMethodDef *, gilshim_build.tp_methods);

	if (!gilshim_on || (*flags & Py_TPFLAGS_READY))
		return;
	for (const struct gilshim_slot *s = gilshim_build.slots; s->name != NULL; s++)
		if (s->flags & GILSHIM_SLOT_CALL)
			*AT(type, void *, s->offset) =
				locked_call(*AT(type, void *, s->offset), flags, name);
	wrap_suites(type, name);
	*methods = copy_method_table(*methods, name);
	copy_attributes(AT(type, PyGetSetDef *, gilshim_build.tp_getset),
		AT(type, PyMemberDef *, gilshim_build.tp_members), name);
}

int gilshim_PyType_Ready(PyTypeObject *type)
{
	gilshim_start();
	wrap_type(type);
	return PyType_Ready(type);
}

/* Static types that the extension never made ready itself. */
static void wrap_added(PyObject *value)
{
	if (value != NULL && (PyType_GetFlags(TYPE_OF(value)) & Py_TPFLAGS_TYPE_SUBCLASS))
		wrap_type((PyTypeObject *)value);
}

int gilshim_PyModule_AddType(PyObject *module, PyTypeObject *type)
{
	wrap_type(type);
	return PyModule_AddType(module, type);
}

int gilshim_PyModule_AddObject(PyObject *module, const char *name, PyObject *value)
{
	if (gilshim_on)
		wrap_added(value);
	return PyModule_AddObject(module, name, value);
}

int gilshim_PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value)
{
	if (gilshim_on)
		wrap_added(value);
	return PyModule_AddObjectRef(module, name, value);
}

int gilshim_PyModule_Add(PyObject *module, const char *name, PyObject *value)
{
	if (gilshim_on)
		wrap_added(value);
	return PyModule_Add(module, name, value);
}

static const struct gilshim_slot *slot_of_id(int id)
{
	for (const struct gilshim_slot *s = gilshim_build.slots; s->name != NULL; s++)
		if (s->id == id)
			return s;
	return NULL;
}

static void copy_spec_attributes(PyType_Slot *slots, size_t n, const char *name)
{
	PyGetSetDef *getset = NULL;
	PyMemberDef *members = NULL;
	PyType_Slot *at_getset = NULL, *at_members = NULL;

	for (size_t i = 0; i < n; i++) {
		if (slots[i].slot == gilshim_build.id_getset)
			at_getset = &slots[i];
		else if (slots[i].slot == gilshim_build.id_members)
			at_members = &slots[i];
	}
	getset = at_getset != NULL ? at_getset->value : NULL;
	members = at_members != NULL ? at_members->value : NULL;
	copy_attributes(&getset, &members, name);
	if (at_members != NULL)
		at_members->value = members;
	if (at_getset == NULL && getset != NULL) {
		at_getset = &slots[n];
		at_getset->slot = gilshim_build.id_getset;
	}
	if (at_getset != NULL)
		at_getset->value = getset;
}

/* The spec is read once; what lasts are the tables it points to. */
static PyType_Slot *wrap_spec(PyType_Spec *spec)
{
	unsigned long flags = spec->flags;
	PyType_Slot *slots;
	size_t n = 0, call;

	while (spec->slots[n].slot != 0)
		n++;
	slots = must(calloc(n + 3, sizeof(*slots)));
	memcpy(slots, spec->slots, n * sizeof(*slots));
	call = n;
	for (size_t i = 0; i < n; i++) {
		const struct gilshim_slot *s = slot_of_id(slots[i].slot);

		if (s != NULL && (s->flags & GILSHIM_SLOT_CALL)) {
			call = i;
			slots[i].value = locked_call(slots[i].value, &flags, spec->name);
		}
		if (s != NULL)
			slots[i].value = wrap_slot(slots[i].value, spec->name, s);
		else if (slots[i].slot == gilshim_build.id_methods)
			slots[i].value = copy_method_table(slots[i].value, spec->name);
	}
	if (call == n && (flags & Py_TPFLAGS_HAVE_VECTORCALL))
		for (const struct gilshim_slot *s = gilshim_build.slots; s->name != NULL; s++)
			if (s->flags & GILSHIM_SLOT_CALL) {
				slots[n].slot = s->id;
				slots[n++].value = locked_call(NULL, &flags, spec->name);
				break;
			}
	copy_spec_attributes(slots, n, spec->name);
	spec->flags = (unsigned int)flags;
	spec->slots = slots;
	return slots;
}

PyObject *gilshim_PyType_FromMetaclass(
	PyTypeObject *meta, PyObject *module, PyType_Spec *spec, PyObject *bases)
{
	PyType_Spec mine = *spec;
	PyType_Slot *slots;
	PyObject *type;

	if (!gilshim_start())
		return PyType_FromMetaclass(meta, module, spec, bases);
	slots = wrap_spec(&mine);
	type = PyType_FromMetaclass(meta, module, &mine, bases);
	free(slots);
	return type;
}

PyObject *gilshim_PyType_FromModuleAndSpec(PyObject *module, PyType_Spec *spec, PyObject *bases)
{
	PyType_Spec mine = *spec;
	PyType_Slot *slots;
	PyObject *type;

	if (!gilshim_start())
		return PyType_FromModuleAndSpec(module, spec, bases);
	slots = wrap_spec(&mine);
	type = PyType_FromModuleAndSpec(module, &mine, bases);
	free(slots);
	return type;
}

PyObject *gilshim_PyType_FromSpecWithBases(PyType_Spec *spec, PyObject *bases)
{
	return gilshim_PyType_FromModuleAndSpec(NULL, spec, bases);
}

PyObject *gilshim_PyType_FromSpec(PyType_Spec *spec)
{
	return gilshim_PyType_FromModuleAndSpec(NULL, spec, NULL);
}

/* Callables and descriptors made one by one */

static PyMethodDef *copy_method(PyMethodDef *method)
{
	if (!gilshim_start() || method == NULL || !gilshim_is_ours((void *)method->ml_meth))
		return method;
	return copy_methods(method, 1, NULL);
}

PyObject *gilshim_PyCFunction_New(PyMethodDef *method, PyObject *self)
{
	return PyCFunction_New(copy_method(method), self);
}

PyObject *gilshim_PyCFunction_NewEx(PyMethodDef *method, PyObject *self, PyObject *module)
{
	return PyCFunction_NewEx(copy_method(method), self, module);
}

PyObject *gilshim_PyCMethod_New(
	PyMethodDef *method, PyObject *self, PyObject *module, PyTypeObject *type)
{
	return PyCMethod_New(copy_method(method), self, module, type);
}

PyObject *gilshim_PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *method)
{
	return PyDescr_NewMethod(type, copy_method(method));
}

PyObject *gilshim_PyDescr_NewClassMethod(PyTypeObject *type, PyMethodDef *method)
{
	return PyDescr_NewClassMethod(type, copy_method(method));
}

PyObject *gilshim_PyDescr_NewGetSet(PyTypeObject *type, PyGetSetDef *getset)
{
	PyGetSetDef *made;

	if (!gilshim_start() || getset == NULL)
		return PyDescr_NewGetSet(type, getset);
	lock_tables();
	made = find_copy(getset, sizeof(*getset));
	unlock_tables();
	if (made == NULL) {
		made = must(malloc(sizeof(*made)));
		*made = *getset;
		wrap_getset(made, NULL);
		lock_tables();
		add_copy(getset, sizeof(*getset), made);
		unlock_tables();
	}
	return PyDescr_NewGetSet(type, made);
}

/* Callbacks */

PyObject *gilshim_PyCapsule_New(void *pointer, const char *name, anyfunc destructor)
{
	return PyCapsule_New(pointer, name, wrap_fn(destructor, "capsule", "destructor"));
}

int gilshim_PyCapsule_SetDestructor(PyObject *capsule, anyfunc destructor)
{
	return PyCapsule_SetDestructor(capsule, wrap_fn(destructor, "capsule", "destructor"));
}

int gilshim_Py_AddPendingCall(anyfunc function, void *arg)
{
	return Py_AddPendingCall(wrap_fn(function, "pending call", NULL), arg);
}

void gilshim_PyEval_SetTrace(anyfunc function, PyObject *arg)
{
	PyEval_SetTrace(wrap_fn(function, "trace function", NULL), arg);
}

void gilshim_PyEval_SetProfile(anyfunc function, PyObject *arg)
{
	PyEval_SetProfile(wrap_fn(function, "profile function", NULL), arg);
}

void gilshim_PyEval_SetTraceAllThreads(anyfunc function, PyObject *arg)
{
	PyEval_SetTraceAllThreads(wrap_fn(function, "trace function", NULL), arg);
}

void gilshim_PyEval_SetProfileAllThreads(anyfunc function, PyObject *arg)
{
	PyEval_SetProfileAllThreads(wrap_fn(function, "profile function", NULL), arg);
}

int gilshim_PyUnstable_AtExit(PyInterpreterState *interp, anyfunc function, void *arg)
{
	return PyUnstable_AtExit(interp, wrap_fn(function, "atexit function", NULL), arg);
}

int gilshim_PySys_AddAuditHook(anyfunc function, void *arg)
{
	return PySys_AddAuditHook(wrap_fn(function, "audit hook", NULL), arg);
}

int gilshim_PyDict_AddWatcher(anyfunc function)
{
	return PyDict_AddWatcher(wrap_fn(function, "dict watcher", NULL));
}

int gilshim_PyType_AddWatcher(anyfunc function)
{
	return PyType_AddWatcher(wrap_fn(function, "type watcher", NULL));
}

int gilshim_PyCode_AddWatcher(anyfunc function)
{
	return PyCode_AddWatcher(wrap_fn(function, "code watcher", NULL));
}

int gilshim_PyFunction_AddWatcher(anyfunc function)
{
	return PyFunction_AddWatcher(wrap_fn(function, "function watcher", NULL));
}
