# What scanner/facts builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/facts/facts.h \
	scanner/facts/ops.def
