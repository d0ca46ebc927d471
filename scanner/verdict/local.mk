# What scanner/verdict builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/verdict/verdict.h
