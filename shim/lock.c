/* SPDX-License-Identifier: 0BSD
 *
 * The lock itself: who gets it how, the gate that decides whether there is one, fork. */
#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct domain own_domain;
struct domain *gilshim_domain = &own_domain;
int gilshim_on, gilshim_reporting;
__thread struct thread gilshim_thread;

void gilshim_fatal(const char *what)
{
	fprintf(stderr, "gilshim: %s\n", what);
	abort();
}

static int locks(const struct section *s, uintptr_t tagged)
{
	/* A two-mutex section continues with its second mutex; ours is never in one. */
	return s->mutex == gilshim_domain->mutex && !(tagged & TWO_MUTEXES);
}

/* The section in force, however deep, that has the lock; NULL when there is none. Sections are
 * suspended from the top down, so the first suspended one ends the search. */
static struct section *find_active(uintptr_t tagged)
{
	for (; gilshim_is_active(tagged); tagged = gilshim_untag(tagged)->below)
		if (locks(gilshim_untag(tagged), tagged))
			return gilshim_untag(tagged);
	return NULL;
}

int gilshim_has(PyThreadState *state)
{
	uintptr_t tagged = *gilshim_stack(state);

	if (gilshim_pinner() == state)
		return 1;
	for (; tagged != 0; tagged = gilshim_untag(tagged)->below)
		if (locks(gilshim_untag(tagged), tagged))
			return 1;
	return 0;
}

int gilshim_holds(PyThreadState *state)
{
	return gilshim_pinner() == state || find_active(*gilshim_stack(state)) != NULL;
}

/* 0: waiting is for ever, as the holder may be a thread that never attaches again. */
static int may_wait(void)
{
	return !Py_IsFinalizing();
}

static void wait_for_lock(struct frame *f, PyThreadState *state)
{
	if (gilshim_try(gilshim_domain->mutex, 0, 1)) {
		gilshim_push(state, f);
	} else {
		if (gilshim_reporting)
			__atomic_fetch_add(&gilshim_waits, 1, __ATOMIC_RELAXED);
		PyCriticalSection_Begin(&f->section, (PyObject *)gilshim_domain->object);
	}
	/* From 3.14 on Begin does nothing while the world is stopped. */
	f->how = f->section.mutex != NULL ? HELD : BARE;
	if (gilshim_reporting && f->how == HELD)
		gilshim_domain->entries++;
}

void gilshim_enter_slow(struct frame *f, PyThreadState *state)
{
	struct section *lower;

	if (gilshim_pinner() == state) {
		f->how = NESTED;
		return;
	}
	lower = find_active(*gilshim_stack(state));
	if (lower != NULL) {
		lower->mutex = NULL;
		gilshim_push(state, f);
		f->lower = lower;
		f->how = MOVED;
	} else if (may_wait()) {
		wait_for_lock(f, state);
	} else {
		f->how = BARE;
	}
}

/*
 * An object whose deallocation waits has no references left, but the collector still knows it. A
 * collection by another thread would find it unreachable and deallocate it again. So it is
 * hidden from the collector while it waits.
 */
void gilshim_enter_dealloc(struct frame *f, PyThreadState *state, PyObject *dying)
{
	int hidden;

	if (gilshim_holds(state)) {
		gilshim_enter(f, state);
	} else if (gilshim_try(gilshim_domain->mutex, 0, 1)) {
		gilshim_push(state, f);
		f->how = HELD;
		gilshim_domain->entries += (unsigned)gilshim_reporting;
	} else {
		hidden = PyObject_GC_IsTracked(dying);
		if (hidden)
			PyObject_GC_UnTrack(dying);
		gilshim_enter(f, state);
		if (hidden)
			PyObject_GC_Track(dying);
	}
}

void gilshim_leave_slow(struct frame *f, PyThreadState *state)
{
	if (f->how == MOVED) {
		f->lower->mutex = gilshim_domain->mutex;
		/* When the outer section was not suspended, nothing below us was. */
		if (find_active(f->section.below) == f->lower) {
			*gilshim_stack(state) = f->section.below;
			return;
		}
	}
	PyCriticalSection_End(&f->section);
}

/* Fork. The lock may have been handed to a thread that the child does not have. */
static void after_fork_in_child(void)
{
	PyThreadState *state = PyThreadState_GetUnchecked();
	int mine = state != NULL && gilshim_holds(state);

	if (gilshim_pinner() != state)
		gilshim_domain->pinner = NULL;
	*gilshim_domain->mutex = mine ? 1 : 0;
}

/*
 * The gate. The offsets come from the headers of the extension's build; whether they describe the
 * interpreter that runs is tried out before anything depends on it.
 */
static int known_version(void)
{
	unsigned built = gilshim_build.python >> 16, running;

	if (&Py_Version == NULL || Py_GetVersion == NULL || PyCriticalSection_Begin == NULL)
		return 0;
	running = (unsigned)(Py_Version >> 16);
	return gilshim_build.abi == GILSHIM_ABI && built == running && running >= 0x030d &&
	       running <= 0x030f && strstr(Py_GetVersion(), "free-threading") != NULL;
}

static int check_nesting(PyThreadState *state, struct frame *outer)
{
	struct frame inner;
	int good;

	gilshim_enter(&inner, state);
	good = inner.how == NESTED && *gilshim_stack(state) == (uintptr_t)&outer->section;
	gilshim_leave(&inner, state);
	return good && *gilshim_domain->mutex == 1;
}

/* As when a slot is called from within a container: with and without being suspended there. */
static int check_transfer(PyThreadState *state, struct frame *outer, int suspend)
{
	static _Alignas(16) unsigned char container[64];
	struct section between;
	struct frame inner;
	int good;

	PyCriticalSection_Begin(&between, (PyObject *)container);
	gilshim_enter(&inner, state);
	good = inner.how == MOVED && inner.lower == &outer->section && *gilshim_domain->mutex == 1;
	if (suspend)
		PyEval_RestoreThread(PyEval_SaveThread());
	good = good && *gilshim_stack(state) == (uintptr_t)&inner.section;
	gilshim_leave(&inner, state);
	PyCriticalSection_End(&between);
	return good && *gilshim_stack(state) == (uintptr_t)&outer->section &&
	       outer->section.mutex == gilshim_domain->mutex && (*gilshim_domain->mutex & 1);
}

/* Detaching must let go of the lock, attaching must take it back. */
static int check_suspension(PyThreadState *state, struct frame *outer)
{
	PyThreadState *saved = PyEval_SaveThread();
	int good =
		saved == state && *gilshim_stack(state) == ((uintptr_t)&outer->section | INACTIVE);

	PyEval_RestoreThread(saved);
	return good && *gilshim_stack(state) == (uintptr_t)&outer->section &&
	       outer->section.mutex == gilshim_domain->mutex && (*gilshim_domain->mutex & 1);
}

static int self_test(void)
{
	const char *forced = getenv("GILSHIM_SELFTEST");
	PyThreadState *state = PyThreadState_GetUnchecked();
	uintptr_t before;
	struct frame f;
	int good;

	if (state == NULL || (forced != NULL && strcmp(forced, "fail") == 0))
		return 0;
	before = *gilshim_stack(state);
	if (gilshim_is_active(before) && gilshim_holds(state))
		return 1; /* a domain whose first member tested it and is calling us */
	gilshim_enter(&f, state);
	good = f.how == HELD && *gilshim_stack(state) == (uintptr_t)&f.section &&
	       f.section.below == before && f.section.mutex == gilshim_domain->mutex;
	if (!good)
		return 0;
	good = check_nesting(state, &f) && check_transfer(state, &f, 0) &&
	       check_transfer(state, &f, 1) && check_suspension(state, &f);
	gilshim_leave(&f, state);
	return good && *gilshim_stack(state) == before;
}

/* A named domain is the one that the first extension with this name has put into the main
 * interpreter's dict; extensions are never unloaded. */
static struct domain *join_domain(const char *name)
{
	PyObject *dict = PyInterpreterState_GetDict(PyInterpreterState_Main());
	char key[200];
	PyObject *capsule, *text, *kept = NULL;
	struct domain *found = NULL;

	if (dict == NULL ||
		(size_t)snprintf(key, sizeof(key), "gilshim.domain.1.%s", name) >= sizeof(key))
		return NULL;
	capsule = PyCapsule_New(&own_domain, "gilshim.domain.1", NULL);
	text = PyUnicode_FromString(key);
	if (capsule != NULL && text != NULL &&
		PyDict_SetDefaultRef(dict, text, capsule, &kept) >= 0)
		found = PyCapsule_GetPointer(kept, "gilshim.domain.1");
	if (found == NULL)
		PyErr_Clear();
	if (kept != NULL)
		Py_DecRef(kept);
	if (capsule != NULL)
		Py_DecRef(capsule);
	if (text != NULL)
		Py_DecRef(text);
	return found;
}

static int start(void)
{
	struct domain *joined;

	if (&gilshim_build == NULL || !known_version())
		return 0;
	own_domain.mutex = own_domain.object + gilshim_build.ob_mutex;
	if (gilshim_build.domain != NULL) {
		joined = join_domain(gilshim_build.domain);
		if (joined == NULL)
			return 0;
		gilshim_domain = joined;
	}
	gilshim_find_code();
	gilshim_report_start();
	return self_test() && pthread_atfork(NULL, NULL, after_fork_in_child) == 0;
}

int gilshim_start(void)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	static int tried;

	if (!__atomic_load_n(&tried, __ATOMIC_ACQUIRE) &&
		(PyThreadState_GetUnchecked == NULL || PyThreadState_GetUnchecked() == NULL))
		return 0; /* nothing to try it with, yet */
	/* Initialisers run under a GIL that CPython turns on for them, but the self-test detaches. */
	if (!__atomic_load_n(&tried, __ATOMIC_ACQUIRE)) {
		while (pthread_mutex_trylock(&once) != 0)
			PyEval_RestoreThread(PyEval_SaveThread());
		if (!tried) {
			gilshim_on = start();
			__atomic_store_n(&tried, 1, __ATOMIC_RELEASE);
		}
		pthread_mutex_unlock(&once);
	}
	return gilshim_on;
}
