/*
 * Knowledge about APIs, asked by name. The only place where the scanner gets such
 * facts: the tables are compiled in from compat-db at build time; --db adds a
 * project's own. Entries are constant and live as long as the process; a compiled-in one is
 * unpacked when it is first asked for, so this is for one thread.
 *
 * "Not stated" is a value of its own everywhere (…_UNSTATED): never read it as "no".
 */
#ifndef GC_DB_DB_H
#define GC_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A Python feature version as 0x030f for 3.15; 0: not stated. */
typedef uint16_t db_version;

enum db_ref { /* what a pointer result or out-parameter is */
#define DB_REF(id, name) DB_REF_##id,
#include "db/enums.def"
#undef DB_REF
};

enum db_owner { /* who keeps a borrowed result alive */
#define DB_OWNER(id, name) DB_OWNER_##id,
#include "db/enums.def"
#undef DB_OWNER
};

enum db_level { /* thread-safety levels of CPython's documentation */
#define DB_LEVEL(id, name) DB_LEVEL_##id,
#include "db/enums.def"
#undef DB_LEVEL
};

enum db_attach { /* what thread state a call needs */
#define DB_ATTACH(id, name) DB_ATTACH_##id,
#include "db/enums.def"
#undef DB_ATTACH
};

enum db_effect { /* bits: what a call may do */
#define DB_EFFECT(id, bit, name) DB_EFFECT_##id = 1u << (bit),
#include "db/enums.def"
#undef DB_EFFECT
};

enum db_role { /* what a call or macro is to the analysis, beyond its effects */
#define DB_ROLE(id, name) DB_ROLE_##id,
#include "db/enums.def"
#undef DB_ROLE
};

enum db_form { /* how a replacement is called */
#define DB_FORM(id, name) DB_FORM_##id,
#include "db/enums.def"
#undef DB_FORM
};

enum db_entry_kind { /* the thread root that a function becomes when it is registered */
#define DB_ENTRY(id, name, text) DB_ENTRY_##id,
#include "db/enums.def"
#undef DB_ENTRY
};

enum db_lang_kind {
	DB_FUNCTION = 1,
	DB_MACRO,
	DB_STATIC_INLINE,
	DB_REMOVED, /* in the headers of no version that can be selected */
};

struct db_claim { /* "field" -> "where it is read from" */
	const char *claim;
	const char *source;
};

struct db_param {
	const char *name;
	enum db_ref out; /* for an out-parameter: what is stored there */
	bool steals;
	bool steals_on_success;	  /* only when the call succeeds */
	enum db_entry_kind entry; /* function pointer: becomes this; DB_ENTRY_NONE else */
	int entry_data;		  /* index of the argument handed to it, -1: none stated */
};

struct db_replacement {
	const char *name;
	db_version since;
	enum db_form form;
	const char *why; /* what is better about it: "gives an own reference" */
};

struct db_hazard {
	const char *rule; /* "GIL201" */
	const char *when; /* condition, one sentence */
};

/* A function, function-like macro or C++ member function ("std::mutex::lock": template
 * arguments and inline namespaces dropped). `this` of a member function is argument 0. */
struct db_api {
	const char *name;
	const char *family; /* file of compat-db without .json: "dict" */
	enum db_lang_kind kind;
	const char *header;	   /* "cpython/listobject.h"; NULL: not stated */
	const char *condition;	   /* declared only there: "Windows"; NULL: everywhere */
	const char *signature;	   /* of the newest version that has it; macros: NAME(op, index) */
	const char *old_signature; /* before signature_since; NULL: the same */
	db_version signature_since;
	enum db_ref returns;
	enum db_owner owner;
	int borrowed_from; /* index of the argument that is the owner, -1: none */
	bool null_result;  /* may return NULL (unstated counts as yes) */
	enum db_level level;
	const char *level_reason; /* why; NULL where the level is the documentation's own */
	enum db_attach attach;
	unsigned effects;     /* enum db_effect bits known to hold */
	unsigned effects_not; /* bits known not to hold */
	enum db_role role;
	int role_arg;	  /* argument the role is about (the lock, the table ...), -1 */
	db_version added; /* 0: before 3.6, or not a part of Python */
	db_version deprecated, soft_deprecated;
	db_version removed;	/* first version whose headers lack it */
	db_version limited_api; /* in the limited API from here on; 0: not in it */
	bool gil_disabled_only; /* declared under Py_GIL_DISABLED only */
	bool shim;		/* gilshim.h has it, for versions that lack it or assignable */
	const char *note;	/* for --api: one sentence */
	const struct db_param *params;
	size_t nparams;
	const struct db_replacement *replacements;
	size_t nreplacements;
	const struct db_hazard *hazards;
	size_t nhazards;
	const struct db_claim *sources;
	size_t nsources;
};

/* A struct whose static tables the linker reads: PyMethodDef, PyType_Slot … One row a
 * field that matters. */
struct db_table_field {
	const char *field;	  /* "ml_meth" */
	enum db_entry_kind entry; /* a function here becomes this root */
	const char *what;	  /* "name", "function", "table", "slot-id", "slot-value", "flags",
				   * "doc", "size", "offset", "sub-table" (embedded), "closure",
				   * "object", "other" */
	const char *type; /* "table", "sub-table": the type of what it points to or embeds */
};

struct db_table {
	const char *type; /* "PyMethodDef" */
	const char *what; /* "methods", "getset", "members", "type", "type-slots", "type-spec",
			   * "module-def", "module-slots", "sub-slots", "buffer-procs", … */
	const struct db_table_field *fields;
	size_t nfields;
	bool terminated; /* array ends at an all-zero row */
	const struct db_claim *sources;
	size_t nsources;
};

/* A slot of a type or module, named as its macro: Py_tp_new, Py_mod_exec. */
struct db_slot {
	const char *name;
	const char *field;	  /* "tp_new" where a PyTypeObject has it too, else NULL */
	enum db_entry_kind entry; /* what a function put there becomes */
	const char *what;	  /* "function", "methods", "getset", "members", "base", "gil",
				   * "exec", "create", "interpreters", "name", "doc", "state-size",
				   * "abi", "slots", "other" */
	bool module;		  /* of a module, not of a type */
	int id;			  /* number up to 3.14, -1: has none */
	int id_315;		  /* number from 3.15 on, -1: has none */
	db_version added;
	const struct db_claim *sources;
	size_t nsources;
};

/* A value with a meaning: Py_MOD_GIL_NOT_USED -> "not-used". */
struct db_constant {
	const char *name;
	const char *group; /* "mod-gil", "method-flags", "interpreters" */
	const char *meaning;
	int64_t value;
	bool has_value;
	const struct db_claim *sources;
	size_t nsources;
};

/* How modules of a kind are told: a function name prefix, a macro. */
struct db_module_style {
	const char *name;   /* the macro, or the prefix */
	const char *style;  /* "export-hook", "pybind11" … (report.md); "init-function": what the
			     * function calls tells multi-phase from single-phase */
	const char *macro;  /* "PYBIND11_MODULE", or NULL */
	const char *prefix; /* "PyInit_", or NULL */
	/* What in the macro's arguments, in its body or on the compiler's command line declares
	 * "not used"; NULL: nothing does. */
	const char *declares;
	int name_arg;			/* argument of the macro that names the module, -1: none */
	const char *extension_lock_gap; /* why the lock does not reach it; NULL: it does */
	const struct db_claim *sources;
	size_t nsources;
};

struct db_rule {	  /* prose of a rule: compat-db/rules.json */
	const char *code; /* "GIL201" */
	const char *name; /* "borrowed-from-shared" */
	const char *title;
	const char *why;
	const char *remedy;
	const char *bad, *good; /* examples */
	const char *level;	/* default: "error", "warning", "note" */
	const char *const *sources;
	size_t nsources;
	const char *group;	    /* "default" or "isolation" */
	const char *extension_lock; /* "cured" or "not-cured" in a module built with the lock */
	const char *extension_lock_why;
};

struct db_package { /* a package whose C API others import */
	const char *name;
	db_version since_python;
	const char *first_version;  /* that supports free-threading, NULL: none yet */
	const char *const *headers; /* "numpy/arrayobject.h" */
	size_t nheaders;
	const char *const *capsules; /* "numpy.core._multiarray_umath._ARRAY_API" */
	size_t ncapsules;
	const char *const *macros; /* "import_array" */
	size_t nmacros;
	bool part_of_python; /* comes with Python, in Python's version */
	const char *advice;  /* one sentence, or NULL */
	const struct db_claim *sources;
	size_t nsources;
};

/* How a library lets threads use it. */
enum db_model {
#define DB_MODEL(id, name, text) DB_MODEL_##id,
#include "db/enums.def"
#undef DB_MODEL
};

struct db_handle {
	const char *type; /* as spelled without qualifiers: "sqlite3 *" */
	enum db_model model;
	const char *note; /* condition or remedy, one sentence; or NULL */
};

/* A third-party library that extensions wrap. */
struct db_library {
	const char *name;	     /* "sqlite" */
	const char *const *prefixes; /* of its functions: "sqlite3_" */
	size_t nprefixes;
	const char *const *headers; /* "sqlite3.h" */
	size_t nheaders;
	enum db_model model; /* where no handle says more */
	const char *note;
	const struct db_handle *handles;
	size_t nhandles;
	const struct db_claim *sources;
	size_t nsources;
};

/* A macro whose #define changes what a unit means. */
struct db_define {
	const char *name;
	const char *why;
	bool configuration; /* every unit is parsed with it, as 1 */
	const struct db_claim *sources;
	size_t nsources;
};

/* A field of the interpreter's own structures that extensions should not touch. */
struct db_member {
	const char *name; /* "PyListObject.ob_item" */
	const char *rule; /* "GIL203" */
	const char *when; /* condition, one sentence */
	bool written;	  /* only where it is written: to read it is fine */
	const struct db_replacement *replacements;
	size_t nreplacements;
	const struct db_claim *sources;
	size_t nsources;
};

/* The registry of rule codes, those without a rule yet included. */
struct db_code {
	const char *code;
	const char *name;
};

extern const char *const db_release; /* "2026.11": tool.database of the report */

const struct db_api *db_api_find(const char *name);
/* Is NAME marked so? */
bool db_in_shim(const char *name);
const struct db_table *db_table_find(const char *type);
const struct db_slot *db_slot_find(const char *name);
/* By the field of the type object: "tp_new". */
const struct db_slot *db_slot_of_field(const char *field);
/* By the number it has in VERSION's headers. Up to 3.14 slots of modules and of types are
 * numbered apart: MODULE tells which. */
const struct db_slot *db_slot_of_number(int64_t number, bool module, db_version version);
const struct db_constant *db_constant_find(const char *name);
/* The constant that says MEANING in its group: ("method-flags", "keywords"). */
const struct db_constant *db_constant_of(const char *group, const char *meaning);
const struct db_module_style *db_module_style_of_macro(const char *macro);
/* Why the extension lock does not reach modules of STYLE; NULL: it does. */
const char *db_extension_lock_gap(const char *style);
/* By the name of an init function; *MODULE_NAME is what follows the prefix. */
const struct db_module_style *db_module_style_of_function(
	const char *function, const char **module);
const struct db_rule *db_rule_find(const char *code);
/* The name that belongs to CODE whether or not the rule exists: "unguarded-field". */
const char *db_code_name(const char *code);
/* By an included header. */
const struct db_package *db_package_of_header(const char *header);
/* By a macro or function that imports its C API ("import_array"), or its capsule. */
const struct db_package *db_package_of_macro(const char *macro);
const struct db_package *db_package_of_capsule(const char *capsule);
/* By a function's name: the longest prefix wins; NULL where none fits. */
const struct db_library *db_library_of_function(const char *function);
/* What LIBRARY says of a handle of TYPE ("gzFile", "struct archive *"); DB_MODEL_UNSTATED: it
 * names no such handle. */
enum db_model db_handle_model(const struct db_library *library, const char *type);
const struct db_library *db_library_of_header(const char *header);
/* Entry I, NULL after the last. */
const struct db_define *db_define_nth(size_t i);
const struct db_constant *db_constant_nth(size_t i);

/* By record and field: NULL where there is nothing against it. */
const struct db_member *db_member_find(const char *record, const char *field);

/* The first API from number *I on that states a member, given by its offset; *I becomes the
 * number after it. NULL: there is no other. Those of added files are not asked whether they do. */
const struct db_api *db_api_stating(size_t member, size_t *i);
/* All of them, sorted by name, to be freed; for --api's near matches, generators and tests. */
const struct db_api **db_apis(size_t *count);
/* Entry I, NULL after the last. */
const struct db_rule *db_rule_nth(size_t i);
/* Does Python VERSION declare API? */
bool db_api_in(const struct db_api *api, db_version version);

/* How API can break the rule of that code; NULL: it is not known to. */
const struct db_hazard *db_hazard_of(const struct db_api *api, const char *code);

const char *db_entry_text(enum db_entry_kind kind); /* "method", "getter" … for messages */
/* Names as in the JSON files. */
const char *db_ref_name(enum db_ref ref);
const char *db_owner_name(enum db_owner owner);
const char *db_level_name(enum db_level level);
const char *db_effect_name(enum db_effect bit);
const char *db_attach_name(enum db_attach attach);
const char *db_role_name(enum db_role role);
const char *db_model_text(enum db_model model); /* a phrase for messages */

/* Adds a project's database (--db). All of it or, after one diag_error line that names
 * file, entry and problem, nothing of it. */
bool db_add_file(const char *path);

/* gilcheck --api NAME: appends the entry for people, or as one JSON object. False where
 * there is none: OUT then holds the names that are near (text) or {"near": [...]}. */
struct buf;
bool db_print_api(const char *name, struct buf *out);
bool db_print_api_json(const char *name, struct buf *out);

#endif
