# What scanner/db builds, tests and installs.
scanner_libgilcheck_a_SOURCES += \
	scanner/db/db.h \
	scanner/db/enums.def
