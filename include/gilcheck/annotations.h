/* SPDX-License-Identifier: 0BSD
 *
 * Contracts about shared state, for gilcheck: what a declaration promises, it checks.
 *
 * Copy this one file into your tree or include the installed one; a scan finds it in any case. C
 * and C++, every compiler: where there is nothing to tell, the macros are empty.
 *
 *	struct spam {
 *		PyObject_HEAD
 *		PyMutex lock;
 *		Py_ssize_t used GILCHECK_GUARDED_BY(lock);
 *		PyObject *name GILCHECK_INIT_ONLY;
 *	};
 *
 *	GILCHECK_REQUIRES(self)
 *	static int spam_grow(struct spam *self);
 *
 * docs/annotations.md says what each one means and how it is checked.
 */
#ifndef GILCHECK_ANNOTATIONS_H
#define GILCHECK_ANNOTATIONS_H

#if defined(__clang__)
#define GILCHECK_CONTRACT_(text) __attribute__((annotate("gilcheck:" text)))
#else
#define GILCHECK_CONTRACT_(text)
#endif

/* Field or variable: used only while LOCK is held. */
#define GILCHECK_GUARDED_BY(lock) GILCHECK_CONTRACT_("guarded_by(" #lock ")")
/* Function: whoever calls it holds LOCK, a parameter's critical section or a mutex. */
#define GILCHECK_REQUIRES(lock) GILCHECK_CONTRACT_("requires(" #lock ")")
/* Field or variable: written only while the object, or the module, is made. */
#define GILCHECK_INIT_ONLY GILCHECK_CONTRACT_("init_only")
/* Field or variable: used by one thread only. */
#define GILCHECK_THREAD_CONFINED GILCHECK_CONTRACT_("thread_confined")
/* Field: whoever shares the object between threads locks it; the documentation says so. */
#define GILCHECK_EXTERNALLY_SYNCHRONIZED GILCHECK_CONTRACT_("externally_synchronized")

#endif
