# What scanner/link builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/link/access.c \
	scanner/link/analysis.c \
	scanner/link/analysis.h \
	scanner/link/calls.c \
	scanner/link/context.c \
	scanner/link/defs.c \
	scanner/link/escape.c \
	scanner/link/extension.h \
	scanner/link/flow.c \
	scanner/link/locks.c \
	scanner/link/paths.c \
	scanner/link/state.h \
	scanner/link/summary.c \
	scanner/link/text.c \
	scanner/link/values.c
