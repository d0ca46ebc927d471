/* SPDX-License-Identifier: 0BSD
 *
 * What the test extensions count with: increments without a lock, as slow as the scheduler allows. */
#ifndef STEP_H
#define STEP_H

#include <sched.h>

#define QUOTE_(x)   #x
#define QUOTE(x)    QUOTE_(x)
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

static volatile long counts[64];

static inline void step_slowly(volatile long *count)
{
	long was = *count;

	sched_yield();
	*count = was + 1;
}

#endif
