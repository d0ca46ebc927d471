# What scanner/rules builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/rules/borrowed.c \
	scanner/rules/borrowed.h \
	scanner/rules/borrowed_from_shared.c \
	scanner/rules/borrowed_weak_referent.c \
	scanner/rules/consequence.c \
	scanner/rules/container.c \
	scanner/rules/container.h \
	scanner/rules/container_check_then_act.c \
	scanner/rules/container_internals.c \
	scanner/rules/declaration.c \
	scanner/rules/declaration.h \
	scanner/rules/declaration_ineffective.c \
	scanner/rules/dependency_needs_gil.c \
	scanner/rules/finding.c \
	scanner/rules/finding.h \
	scanner/rules/freelist.c \
	scanner/rules/gil_slot_missing.c \
	scanner/rules/gil_used_declared.c \
	scanner/rules/inconsistent_guard.c \
	scanner/rules/kinds.def \
	scanner/rules/lazy_init.c \
	scanner/rules/limited_api_target.c \
	scanner/rules/refcount_field.c \
	scanner/rules/removed_thread_api.c \
	scanner/rules/rules.def \
	scanner/rules/shapes.c \
	scanner/rules/shared.c \
	scanner/rules/shared.h \
	scanner/rules/shared_locks.c \
	scanner/rules/single_phase_init.c \
	scanner/rules/static_scratch.c \
	scanner/rules/unguarded_field.c \
	scanner/rules/unguarded_global.c \
	scanner/rules/unguarded_swap.c \
	scanner/rules/unlocked_iteration.c
