/* SPDX-License-Identifier: 0BSD
 *
 * Thread states, and native locks.
 *
 * Attaching and detaching a state that entered by a thunk needs nothing: CPython suspends and
 * resumes our section. What needs help is a state that has none. PyGILState_Ensure takes the lock
 * as it took the GIL, and so does attaching a state that was made by hand. The exception is a state
 * that detached here without the lock (called by a pointer we do not see): it gets none back. */
#define _GNU_SOURCE /* the waits by a clock */
#include "runtime.h"

#include <errno.h>
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

/*
 * A wait for what can be had at once without: `attempt` is what trying it returned, EBUSY if that
 * means waiting. Everything else is the answer, an error as well.
 */
#define WAIT(name, parameters, arguments, attempt)                                                 \
	int gilshim_##name parameters                                                              \
	{                                                                                          \
		int status = gilshim_on ? (attempt) : EBUSY;                                       \
		PyThreadState *state;                                                              \
                                                                                                   \
		if (status != EBUSY)                                                               \
			return status;                                                             \
		state = detach_to_wait();                                                          \
		status = name arguments;                                                           \
		attach_again(state);                                                               \
		return status;                                                                     \
	}

static int try_semaphore(sem_t *semaphore)
{
	return sem_trywait(semaphore) == 0 ? 0 : EBUSY;
}

typedef const struct timespec *until;

WAIT(pthread_mutex_lock, (pthread_mutex_t * m), (m), pthread_mutex_trylock(m))
WAIT(pthread_mutex_timedlock, (pthread_mutex_t * m, until t), (m, t), pthread_mutex_trylock(m))
WAIT(pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m), (c, m), EBUSY)
WAIT(pthread_cond_timedwait, (pthread_cond_t * c, pthread_mutex_t *m, until t), (c, m, t), EBUSY)
WAIT(pthread_rwlock_rdlock, (pthread_rwlock_t * l), (l), pthread_rwlock_tryrdlock(l))
WAIT(pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l), pthread_rwlock_trywrlock(l))
WAIT(pthread_rwlock_timedrdlock, (pthread_rwlock_t * l, until t), (l, t),
	pthread_rwlock_tryrdlock(l))
WAIT(pthread_rwlock_timedwrlock, (pthread_rwlock_t * l, until t), (l, t),
	pthread_rwlock_trywrlock(l))
WAIT(pthread_join, (pthread_t t, void **result), (t, result), EBUSY)
WAIT(pthread_barrier_wait, (pthread_barrier_t * b), (b), EBUSY)
WAIT(sem_wait, (sem_t * s), (s), try_semaphore(s))
WAIT(sem_timedwait, (sem_t * s, until t), (s, t), try_semaphore(s))
#ifdef GILSHIM_HAVE_CLOCKS
WAIT(pthread_mutex_clocklock, (pthread_mutex_t * m, clockid_t k, until t), (m, k, t),
	pthread_mutex_trylock(m))
WAIT(pthread_cond_clockwait, (pthread_cond_t * c, pthread_mutex_t *m, clockid_t k, until t),
	(c, m, k, t), EBUSY)
WAIT(pthread_rwlock_clockrdlock, (pthread_rwlock_t * l, clockid_t k, until t), (l, k, t),
	pthread_rwlock_tryrdlock(l))
WAIT(pthread_rwlock_clockwrlock, (pthread_rwlock_t * l, clockid_t k, until t), (l, k, t),
	pthread_rwlock_trywrlock(l))
WAIT(sem_clockwait, (sem_t * s, clockid_t k, until t), (s, k, t), try_semaphore(s))
#endif

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
