/* SPDX-License-Identifier: 0BSD
 *
 * The inside of gilshim.o.
 *
 *   lock.c     the lock: domain, gate, self-test, fork, the slow ways in and out
 *   wrap.c     thunks, and everything CPython is told: tables, types, callables, callbacks
 *   threads.c  thread states and native locks
 *   keep.c     calls on containers: pinned, and borrowed references kept
 *   report.c   what the lock did, at exit
 *
 * The lock is the mutex of an object that nobody sees, taken by a critical section. That gives what
 * the GIL gave: the interpreter lets go of it whenever the thread detaches, and takes it back
 * first thing when it attaches. Three things make up for what a critical section lacks:
 *
 * transfer: CPython resumes only the innermost section. When an outer section of this thread holds
 *     the lock already and others (a list's, a dict's) lie between, a new section takes the lock
 *     over from the outer one, and gives it back at the end.
 * pin:      a section is also given up while waiting for a container's lock. During calls that
 *     run no foreign code the lock is taken out of its section, so that it stays locked. Who waits
 *     for our lock has let go of his containers, so this cannot deadlock.
 * keeper:   a borrowed reference becomes a strong one that is dropped when the extension returns.
 */
#ifndef GILSHIM_RUNTIME_H
#define GILSHIM_RUNTIME_H

#include "cpython.h"
#include "include/gilshim_waits.h"

#pragma GCC visibility push(hidden)

/* As in include/gilshim_lock.h; the extension brings it. Another header's is not taken. */
#define GILSHIM_ABI (0x10000u + (unsigned)sizeof(struct gilshim_build))

struct gilshim_slot {
	short id, group, offset, flags;
	const char *name;
};

#define GILSHIM_SLOT_CALL    1
#define GILSHIM_SLOT_DEALLOC 2
#define GILSHIM_SLOT_HASH    4

struct gilshim_build {
	unsigned abi, python;
	short ob_type, ob_mutex, ob_tid, ob_ref_local, ob_ref_shared, critical_section;
	short list_size, list_items;
	short def_methods, def_slots, def_clear, def_free;
	short tp_name, tp_flags, tp_methods, tp_members, tp_getset, tp_vectorcall_offset;
	short suites[5];
	short id_methods, id_members, id_getset, id_exec, id_create, id_gil;
	const char *domain;
	const struct gilshim_slot *slots;
};

extern const struct gilshim_build gilshim_build __attribute__((weak));

#define AT(base, type, offset) ((type *)((char *)(base) + (offset)))
#define TYPE_OF(op)	       (*AT(op, PyTypeObject *, gilshim_build.ob_type))

/* One lock: of this extension alone, or of all with the same -DGILSHIM_DOMAIN. */
struct domain {
	_Alignas(16) unsigned char object[64]; /* the hidden object, ob_mutex somewhere inside */
	unsigned char *mutex;
	PyThreadState *pinner; /* holds the lock outside of any section; only compared to oneself */
	uint64_t entries;      /* times the lock was taken; counted under it while reporting */
};

extern struct domain *gilshim_domain;

/* 0 until the gate has been passed, and for good if it was not: everything passes through. */
extern int gilshim_on;
extern int gilshim_reporting;

enum how {
	BARE,	/* not locked: no thread state, or finalizing */
	NESTED, /* an enclosing section of this thread has it, in force */
	HELD,	/* taken by this frame */
	MOVED,	/* transferred from `lower` */
};

/* One entry into the extension; on the C stack, or for thread states on the heap. */
struct frame {
	struct section section;
	struct section *lower;
	enum how how;
};

/* A frame that no C function spans: PyGILState_Ensure, or attaching a fresh thread state. */
struct attachment {
	struct frame frame;
	PyThreadState *state;
	struct attachment *outer;
};

struct thread {
	long depth;		   /* entries that have not returned */
	size_t kept, room, oldest; /* of keep; once full, `oldest` goes first */
	PyObject **keep;
	struct attachment *ensured;  /* by PyGILState_Ensure, innermost first */
	struct attachment *attached; /* by PyEval_RestoreThread and the like */
	PyThreadState *bare[8];	     /* states saved while they did not hold the lock */
	int bares;
};

extern __thread struct thread gilshim_thread;

#define INACTIVE    ((uintptr_t)1)
#define TWO_MUTEXES ((uintptr_t)2)
#define TAGS	    ((uintptr_t)3)

static inline uintptr_t *gilshim_stack(PyThreadState *state)
{
	return AT(state, uintptr_t, gilshim_build.critical_section);
}

static inline struct section *gilshim_untag(uintptr_t tagged)
{
	return (struct section *)(tagged & ~TAGS);
}

static inline int gilshim_is_active(uintptr_t tagged)
{
	return tagged != 0 && !(tagged & INACTIVE);
}

static inline PyThreadState *gilshim_pinner(void)
{
	return __atomic_load_n(&gilshim_domain->pinner, __ATOMIC_RELAXED);
}

static inline int gilshim_try(unsigned char *mutex, unsigned char from, unsigned char to)
{
	return __atomic_compare_exchange_n(mutex, &from, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static inline void gilshim_push(PyThreadState *state, struct frame *f)
{
	uintptr_t *stack = gilshim_stack(state);

	f->section.below = *stack;
	f->section.mutex = gilshim_domain->mutex;
	*stack = (uintptr_t)&f->section;
}

void gilshim_enter_slow(struct frame *f, PyThreadState *state);
/* As gilshim_enter, for tp_dealloc of `dying`. */
void gilshim_enter_dealloc(struct frame *f, PyThreadState *state, PyObject *dying);
void gilshim_leave_slow(struct frame *f, PyThreadState *state);

static inline void gilshim_enter(struct frame *f, PyThreadState *state)
{
	uintptr_t top = *gilshim_stack(state);

	if (top == 0 && gilshim_try(gilshim_domain->mutex, 0, 1)) {
		gilshim_push(state, f);
		f->how = HELD;
		if (__builtin_expect(gilshim_reporting, 0))
			gilshim_domain->entries++;
	} else if (gilshim_is_active(top) && gilshim_untag(top)->mutex == gilshim_domain->mutex) {
		f->how = NESTED;
	} else {
		gilshim_enter_slow(f, state);
	}
}

static inline void gilshim_leave(struct frame *f, PyThreadState *state)
{
	if (f->how == HELD && f->section.below == 0 && gilshim_try(gilshim_domain->mutex, 1, 0))
		*gilshim_stack(state) = 0;
	else if (f->how >= HELD)
		gilshim_leave_slow(f, state);
}

/* 1 when the lock is in force for the calling code, which may then count on nobody else. */
int gilshim_holds(PyThreadState *state);
/* 1 when some section of the thread has the lock, in force or suspended. */
int gilshim_has(PyThreadState *state);
/* The gate, once in a process: 1 when the extension may do without the GIL. */
int gilshim_start(void);
void gilshim_fatal(const char *what) __attribute__((noreturn));

/* `keep` is freed when the thread ends. */
void gilshim_free_at_exit(void *keep);
void gilshim_flush(struct thread *me);

static inline void gilshim_return(struct thread *me)
{
	if (--me->depth == 0 && me->kept != 0)
		gilshim_flush(me);
}

/* What the extension calls in place of CPython, with the same signature. */
#define GILSHIM_DECLARE(type, name, args) extern type gilshim_##name args;
GILSHIM_CALLS(GILSHIM_DECLARE)
#undef GILSHIM_DECLARE
PyObject *gilshim_PyDict_GetItem_KnownHash(PyObject *dict, PyObject *key, ssize_t hash);
PyObject *gilshim_PyList_GET_ITEM(PyObject *list, ssize_t i);
PyObject *gilshim_PyCell_GET(PyObject *cell);
ssize_t gilshim_Py_REFCNT(PyObject *op);

/* wrap.c */
void *gilshim_callback(void *function);
int gilshim_is_ours(const void *function);
void gilshim_find_code(void);
void *gilshim_wrap(void *function, const char *owner, const char *name);

/* report.c: of the n-th thunk */
struct tally {
	char *label;
	unsigned long waited, interrupted;
};

extern struct tally *gilshim_tallies;
extern unsigned long gilshim_waits;
void gilshim_report_start(void);
void gilshim_report_label(size_t n, const char *owner, const char *name);

#pragma GCC visibility pop

#endif
