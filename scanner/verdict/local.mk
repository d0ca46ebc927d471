# What scanner/verdict builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/verdict/suppress.c \
	scanner/verdict/suppress.h \
	scanner/verdict/verdict.c \
	scanner/verdict/verdict.h
