# What scanner/rules builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/rules/declaration.c \
	scanner/rules/declaration.h \
	scanner/rules/declaration_ineffective.c \
	scanner/rules/finding.c \
	scanner/rules/finding.h \
	scanner/rules/gil_slot_missing.c \
	scanner/rules/gil_used_declared.c \
	scanner/rules/kinds.def \
	scanner/rules/limited_api_target.c \
	scanner/rules/refcount_field.c \
	scanner/rules/removed_thread_api.c \
	scanner/rules/rules.def \
	scanner/rules/single_phase_init.c
