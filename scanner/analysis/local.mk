# What scanner/analysis builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/analysis/access.c \
	scanner/analysis/analysis.c \
	scanner/analysis/analysis.h \
	scanner/analysis/branch.c \
	scanner/analysis/calls.c \
	scanner/analysis/context.c \
	scanner/analysis/contract.c \
	scanner/analysis/deep.c \
	scanner/analysis/defs.c \
	scanner/analysis/escape.c \
	scanner/analysis/flow.c \
	scanner/analysis/locks.c \
	scanner/analysis/paths.c \
	scanner/analysis/spin.c \
	scanner/analysis/state.h \
	scanner/analysis/summary.c \
	scanner/analysis/text.c \
	scanner/analysis/values.c
gilcheckincludedir = $(includedir)/gilcheck
gilcheckinclude_HEADERS = include/gilcheck/annotations.h
