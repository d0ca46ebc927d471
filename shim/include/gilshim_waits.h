/* SPDX-License-Identifier: 0BSD
 *
 * The native waits that gilshim.o replaces, each with the signature of the one it is named after.
 * Included by gilshim_lock.h, and by the object's own sources, without Python.h. */
#ifndef GILSHIM_WAITS_H
#define GILSHIM_WAITS_H

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(hidden)

int gilshim_pthread_mutex_lock(pthread_mutex_t *);
int gilshim_pthread_mutex_timedlock(pthread_mutex_t *, const struct timespec *);
int gilshim_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int gilshim_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int gilshim_pthread_rwlock_rdlock(pthread_rwlock_t *);
int gilshim_pthread_rwlock_wrlock(pthread_rwlock_t *);
int gilshim_pthread_rwlock_timedrdlock(pthread_rwlock_t *, const struct timespec *);
int gilshim_pthread_rwlock_timedwrlock(pthread_rwlock_t *, const struct timespec *);
int gilshim_pthread_join(pthread_t, void **);
int gilshim_pthread_barrier_wait(pthread_barrier_t *);
int gilshim_sem_wait(sem_t *);
int gilshim_sem_timedwait(sem_t *, const struct timespec *);

/* The ones that name their clock came with glibc 2.30. */
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 30)
#define GILSHIM_HAVE_CLOCKS
int gilshim_pthread_mutex_clocklock(pthread_mutex_t *, clockid_t, const struct timespec *);
int gilshim_pthread_cond_clockwait(
	pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
int gilshim_pthread_rwlock_clockrdlock(pthread_rwlock_t *, clockid_t, const struct timespec *);
int gilshim_pthread_rwlock_clockwrlock(pthread_rwlock_t *, clockid_t, const struct timespec *);
int gilshim_sem_clockwait(sem_t *, clockid_t, const struct timespec *);
#endif
#endif

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
