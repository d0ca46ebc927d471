# What scanner/link builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/link/analysis.h \
	scanner/link/extension.h
