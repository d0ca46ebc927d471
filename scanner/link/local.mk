# What scanner/link builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/link/extension.h
