/* SPDX-License-Identifier: 0BSD
 *
 * Thread states, and native locks.
 *
 * Attaching and detaching a state that entered by a thunk needs nothing: CPython suspends and
 * resumes our section. What needs help is a state that has none. PyGILState_Ensure takes the lock
 * as it took the GIL, and so does attaching a state that was made by hand. The exception is a state
 * that detached here without the lock (called by a pointer we do not see): it gets none back. */
#include "runtime.h"

#include <stdlib.h>

static pthread_key_t at_exit;
static pthread_once_t at_exit_once = PTHREAD_ONCE_INIT;

static struct attachment *attach(struct attachment **list, PyThreadState *state)
{
	struct attachment *a = malloc(sizeof(*a));

	if (a == NULL)
		gilshim_fatal("out of memory");
	a->state = state;
	a->outer = *list;
	*list = a;
	gilshim_thread.depth++;
	gilshim_enter(&a->frame, state);
	return a;
}

static void detach(struct attachment **list)
{
	struct attachment *a = *list;

	*list = a->outer;
	gilshim_leave(&a->frame, a->state);
	gilshim_return(&gilshim_thread);
	free(a);
}

int gilshim_PyGILState_Ensure(void)
{
	int was = PyGILState_Ensure();

	if (gilshim_on)
		attach(&gilshim_thread.ensured, PyThreadState_GetUnchecked());
	return was;
}

void gilshim_PyGILState_Release(int was)
{
	if (gilshim_thread.ensured != NULL)
		detach(&gilshim_thread.ensured);
	PyGILState_Release(was);
}

/* Before `state`, which is attached, is detached. */
static void before_detach(PyThreadState *state)
{
	struct thread *me = &gilshim_thread;
	const int room = (int)(sizeof(me->bare) / sizeof(me->bare[0]));

	if (!gilshim_on || state == NULL)
		return;
	if (me->attached != NULL && me->attached->state == state) {
		uintptr_t top = *gilshim_stack(state);

		/* Only when nothing was entered since. */
		if (me->attached->frame.how != HELD ||
			gilshim_untag(top) == &me->attached->frame.section)
			detach(&me->attached);
	} else if (!gilshim_has(state) && me->bares < room) {
		me->bare[me->bares++] = state;
	}
}

/* After `state` has been attached. */
static void after_attach(PyThreadState *state)
{
	struct thread *me = &gilshim_thread;

	if (!gilshim_on || state == NULL)
		return;
	if (me->bares > 0 && me->bare[me->bares - 1] == state)
		me->bares--;
	else if (!gilshim_has(state))
		attach(&me->attached, state);
}

PyThreadState *gilshim_PyEval_SaveThread(void)
{
	before_detach(PyThreadState_GetUnchecked());
	return PyEval_SaveThread();
}

void gilshim_PyEval_RestoreThread(PyThreadState *state)
{
	PyEval_RestoreThread(state);
	after_attach(state);
}

void gilshim_PyEval_AcquireThread(PyThreadState *state)
{
	PyEval_AcquireThread(state);
	after_attach(state);
}

void gilshim_PyEval_ReleaseThread(PyThreadState *state)
{
	before_detach(state);
	PyEval_ReleaseThread(state);
}

PyThreadState *gilshim_PyThreadState_Swap(PyThreadState *state)
{
	PyThreadState *was = PyThreadState_GetUnchecked();

	if (was == state)
		return was;
	before_detach(was);
	was = PyThreadState_Swap(state);
	after_attach(state);
	return was;
}

void gilshim_PyThreadState_DeleteCurrent(void)
{
	struct thread *me = &gilshim_thread;

	if (me->attached != NULL && me->attached->state == PyThreadState_GetUnchecked())
		detach(&me->attached);
	PyThreadState_DeleteCurrent();
}

PyThreadState *gilshim_Py_NewInterpreter(void)
{
	PyThreadState *made;

	before_detach(PyThreadState_GetUnchecked());
	made = Py_NewInterpreter();
	after_attach(made != NULL ? made : PyThreadState_GetUnchecked());
	return made;
}

void gilshim_Py_EndInterpreter(PyThreadState *state)
{
	before_detach(state);
	Py_EndInterpreter(state);
}

/*
 * Native locks. Whoever waits for one while attached still has our lock only until he next blocks in
 * CPython; the holder of the native lock may be waiting for ours. So waiting is done detached.
 * Real functions are reached by their own names here: the macros are not in force.
 */
static PyThreadState *detach_to_wait(void)
{
	return gilshim_on && PyThreadState_GetUnchecked() != NULL ? PyEval_SaveThread() : NULL;
}

static void attach_again(PyThreadState *state)
{
	if (state != NULL)
		PyEval_RestoreThread(state);
}

int gilshim_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	int status = gilshim_on ? pthread_mutex_trylock(mutex) : 1;
	PyThreadState *state;

	if (status == 0)
		return 0;
	state = detach_to_wait();
	status = pthread_mutex_lock(mutex);
	attach_again(state);
	return status;
}

int gilshim_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	PyThreadState *state = detach_to_wait();
	int status = pthread_cond_wait(cond, mutex);

	attach_again(state);
	return status;
}

int gilshim_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	int status = gilshim_on ? pthread_rwlock_tryrdlock(lock) : 1;
	PyThreadState *state;

	if (status == 0)
		return 0;
	state = detach_to_wait();
	status = pthread_rwlock_rdlock(lock);
	attach_again(state);
	return status;
}

int gilshim_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	int status = gilshim_on ? pthread_rwlock_trywrlock(lock) : 1;
	PyThreadState *state;

	if (status == 0)
		return 0;
	state = detach_to_wait();
	status = pthread_rwlock_wrlock(lock);
	attach_again(state);
	return status;
}

int gilshim_pthread_join(pthread_t thread, void **result)
{
	PyThreadState *state = detach_to_wait();
	int status = pthread_join(thread, result);

	attach_again(state);
	return status;
}

int gilshim_PyThread_acquire_lock(void *lock, int wait)
{
	PyThreadState *state;
	int got = gilshim_on ? PyThread_acquire_lock(lock, 0) : 0;

	if (got || (!wait && gilshim_on))
		return got;
	state = detach_to_wait();
	got = PyThread_acquire_lock(lock, wait);
	attach_again(state);
	return got;
}

int gilshim_PyThread_acquire_lock_timed(void *lock, int64_t microseconds, int interruptible)
{
	PyThreadState *state;
	int got = gilshim_on ? PyThread_acquire_lock_timed(lock, 0, 0) : 0;

	if (got == 1 || (microseconds == 0 && gilshim_on))
		return got;
	state = detach_to_wait();
	got = PyThread_acquire_lock_timed(lock, microseconds, interruptible);
	attach_again(state);
	return got;
}

/* What a thread of its own accord never gives back. */
static void forget_thread(void *keep)
{
	free(keep);
}

static void make_at_exit(void)
{
	if (pthread_key_create(&at_exit, forget_thread) != 0)
		gilshim_fatal("no key for thread-specific data");
}

void gilshim_free_at_exit(void *keep)
{
	pthread_once(&at_exit_once, make_at_exit);
	pthread_setspecific(at_exit, keep);
}
