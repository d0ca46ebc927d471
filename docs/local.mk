# What docs builds, tests and installs.
EXTRA_DIST += docs/report.schema.json docs/rules.py docs/rules
