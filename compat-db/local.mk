# What compat-db builds, tests and installs.

# The database: one file a family. Compiled into tables by scanner/db/local.mk.
GC_DB_FILES = \
	compat-db/args.json \
	compat-db/buffer.json \
	compat-db/builtins.json \
	compat-db/bytearray.json \
	compat-db/bytes.json \
	compat-db/c11.json \
	compat-db/call.json \
	compat-db/capsule.json \
	compat-db/code.json \
	compat-db/codec.json \
	compat-db/constants.json \
	compat-db/critical-section.json \
	compat-db/cxx.json \
	compat-db/datetime.json \
	compat-db/defines.json \
	compat-db/dict.json \
	compat-db/err.json \
	compat-db/eval.json \
	compat-db/float.json \
	compat-db/frame.json \
	compat-db/function.json \
	compat-db/gc.json \
	compat-db/generator.json \
	compat-db/import.json \
	compat-db/init.json \
	compat-db/iter.json \
	compat-db/libc.json \
	compat-db/libraries.json \
	compat-db/list.json \
	compat-db/long.json \
	compat-db/macros.json \
	compat-db/mapping.json \
	compat-db/memory.json \
	compat-db/module.json \
	compat-db/modules.json \
	compat-db/monitoring.json \
	compat-db/mutex.json \
	compat-db/number.json \
	compat-db/object.json \
	compat-db/os.json \
	compat-db/packages.json \
	compat-db/pthread.json \
	compat-db/refcount.json \
	compat-db/release.json \
	compat-db/rules.json \
	compat-db/sequence.json \
	compat-db/set.json \
	compat-db/slots.json \
	compat-db/sys.json \
	compat-db/tables.json \
	compat-db/thread.json \
	compat-db/tuple.json \
	compat-db/type.json \
	compat-db/unicode.json \
	compat-db/weakref.json

EXTRA_DIST += $(GC_DB_FILES)
