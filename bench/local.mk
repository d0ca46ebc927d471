# What bench builds, tests and installs.
EXTRA_DIST += bench/run bench/compare.py

.PHONY: bench
bench: all
	$(top_srcdir)/bench/run .
