# What scanner/fix builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/fix/declare.c \
	scanner/fix/edit.c \
	scanner/fix/edit.h \
	scanner/fix/fix.h \
	scanner/fix/rewrite.c \
	scanner/fix/text.c \
	scanner/fix/text.h
