# What scanner/discover builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/discover/build.h
