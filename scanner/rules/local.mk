# What scanner/rules builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/rules/finding.c \
	scanner/rules/finding.h \
	scanner/rules/kinds.def \
	scanner/rules/rules.def
