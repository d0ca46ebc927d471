# What docs builds, tests and installs.
EXTRA_DIST += docs/rules.py docs/rules
dist_man_MANS += docs/gilcheck.1
dist_doc_DATA += docs/accuracy.md docs/annotations.md docs/report.schema.json docs/shim.md
