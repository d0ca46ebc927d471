# What scanner/report builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/report/github.c \
	scanner/report/json.c \
	scanner/report/report.c \
	scanner/report/report.h \
	scanner/report/text.c
