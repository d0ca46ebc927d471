# What bench builds, tests and installs.
EXTRA_DIST += bench/run bench/compare.py bench/startup.py bench/shim.c bench/shim.py

.PHONY: bench
bench: all
	$(top_srcdir)/bench/run .
