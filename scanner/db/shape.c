#include "db/shape.h"

#include <string.h>

#define N(array)    (sizeof(array) / sizeof((array)[0]))
#define WORDS(name) static const struct shape_words name##_words = {name##_list, N(name##_list)}

#define WORD(prefix, id, text) {text, prefix##_##id},

static const struct shape_word ref_list[] = {
#define DB_REF(id, name) WORD(DB_REF, id, name)
#include "db/enums.def"
#undef DB_REF
};
WORDS(ref);

static const struct shape_word owner_list[] = {
#define DB_OWNER(id, name) WORD(DB_OWNER, id, name)
#include "db/enums.def"
#undef DB_OWNER
};
WORDS(owner);

static const struct shape_word level_list[] = {
#define DB_LEVEL(id, name) WORD(DB_LEVEL, id, name)
#include "db/enums.def"
#undef DB_LEVEL
};
WORDS(level);

static const struct shape_word attach_list[] = {
#define DB_ATTACH(id, name) WORD(DB_ATTACH, id, name)
#include "db/enums.def"
#undef DB_ATTACH
};
WORDS(attach);

static const struct shape_word effect_list[] = {
#define DB_EFFECT(id, bit, name) WORD(DB_EFFECT, id, name)
#include "db/enums.def"
#undef DB_EFFECT
};
WORDS(effect);

static const struct shape_word role_list[] = {
#define DB_ROLE(id, name) WORD(DB_ROLE, id, name)
#include "db/enums.def"
#undef DB_ROLE
};
WORDS(role);

static const struct shape_word form_list[] = {
#define DB_FORM(id, name) WORD(DB_FORM, id, name)
#include "db/enums.def"
#undef DB_FORM
};
WORDS(form);

static const struct shape_word entry_list[] = {
#define DB_ENTRY(id, name, text) WORD(DB_ENTRY, id, name)
#include "db/enums.def"
#undef DB_ENTRY
};
WORDS(entry);

static const struct shape_word model_list[] = {
#define DB_MODEL(id, name, text) WORD(DB_MODEL, id, name)
#include "db/enums.def"
#undef DB_MODEL
};
WORDS(model);

static const struct shape_word kind_list[] = {
	{"function", DB_FUNCTION},
	{"macro", DB_MACRO},
	{"static-inline", DB_STATIC_INLINE},
	{"removed", DB_REMOVED},
};
WORDS(kind);

static const struct shape_word table_what_list[] = {
	{"methods", 1},
	{"getset", 1},
	{"members", 1},
	{"type", 1},
	{"type-slots", 1},
	{"type-spec", 1},
	{"module-def", 1},
	{"module-slots", 1},
	{"slots", 1},
	{"sub-slots", 1},
	{"buffer-procs", 1},
	{"inittab", 1},
	{"struct-sequence", 1},
	{"other", 1},
};
WORDS(table_what);

static const struct shape_word field_what_list[] = {
	{"name", 1},
	{"function", 1},
	{"table", 1},
	{"slot-id", 1},
	{"slot-value", 1},
	{"flags", 1},
	{"doc", 1},
	{"size", 1},
	{"offset", 1},
	{"sub-table", 1},
	{"closure", 1},
	{"object", 1},
	{"other", 1},
};
WORDS(field_what);

static const struct shape_word slot_what_list[] = {
	{"function", 1},
	{"methods", 1},
	{"getset", 1},
	{"members", 1},
	{"base", 1},
	{"gil", 1},
	{"exec", 1},
	{"create", 1},
	{"interpreters", 1},
	{"name", 1},
	{"doc", 1},
	{"state-size", 1},
	{"abi", 1},
	{"slots", 1},
	{"other", 1},
};
WORDS(slot_what);

static const struct shape_word style_list[] = {
	{"init-function", 1},
	{"multi-phase", 1},
	{"single-phase", 1},
	{"export-hook", 1},
	{"pybind11", 1},
	{"nanobind", 1},
	{"cython", 1},
	{"cffi", 1},
	{"swig", 1},
	{"boost-python", 1},
};
WORDS(style);

static const struct shape_word report_level_list[] = {{"error", 1}, {"warning", 1}, {"note", 1}};
WORDS(report_level);

static const struct shape_word group_list[] = {{"default", 1}, {"isolation", 1}};
static const struct shape_word cure_list[] = {{"cured", 1}, {"not-cured", 1}};
WORDS(group);
WORDS(cure);

#define FIELD(type, s, m, flags, words, sub, about)                                                \
	{#m, type, flags, offsetof(struct s, m), 0, words, sub, about}
#define COUNTED(type, s, m, flags, sub, about)                                                     \
	{#m, type, flags, offsetof(struct s, m), offsetof(struct s, n##m), NULL, sub, about}
#define STR(s, m, flags, about)		  FIELD(SHAPE_STRING, s, m, flags, NULL, NULL, about)
#define TEXT(s, m, flags, about)	  FIELD(SHAPE_TEXT, s, m, flags, NULL, NULL, about)
#define CHOICE(s, m, words, flags, about) FIELD(SHAPE_CHOICE, s, m, flags, &words, NULL, about)
#define WORDF(s, m, words, flags, about)  FIELD(SHAPE_WORD, s, m, flags, &words, NULL, about)
#define BITS(s, m, words, flags, about)	  FIELD(SHAPE_BITS, s, m, flags, &words, NULL, about)
#define BOOL(s, m, flags, about)	  FIELD(SHAPE_BOOL, s, m, flags, NULL, NULL, about)
#define INT(s, m, flags, about)		  FIELD(SHAPE_INT, s, m, flags, NULL, NULL, about)
#define VERSION(s, m, flags, about)	  FIELD(SHAPE_VERSION, s, m, flags, NULL, NULL, about)
#define STRS(s, m, flags, about)	  COUNTED(SHAPE_STRINGS, s, m, flags, NULL, about)
#define LIST(s, m, sub, flags, about)	  COUNTED(SHAPE_LIST, s, m, flags, &sub, about)
#define SOURCES(s)                                                                                 \
	COUNTED(SHAPE_CLAIMS, s, sources, SHAPE_REQUIRED, NULL,                                    \
		"claim (a member's name, or \"all\") -> documentation page or source file and "    \
		"version")
/* The compiled-in tables have a bit for each field of an entry. */
#define SHAPE(s, section, about)                                                                   \
	_Static_assert(N(s##_fields) <= 32, "a mask of 32 bits is too narrow");                    \
	static const struct shape s##_shape = {                                                    \
		#s, section, about, sizeof(struct s), s##_fields, N(s##_fields)}

static const struct shape_field db_param_fields[] = {
	STR(db_param, name, 0, "as in the header"),
	WORDF(db_param, out, ref_words, 0, "what the call stores through this out-parameter"),
	BOOL(db_param, steals, 0, "takes over the caller's reference"),
	BOOL(db_param, steals_on_success, 0, "takes it over only when the call succeeds"),
	WORDF(db_param, entry, entry_words, 0, "what the function passed here becomes"),
	INT(db_param, entry_data, 0, "index of the argument that is handed to that function"),
};
SHAPE(db_param, NULL, "one parameter, by position");

static const struct shape_field db_replacement_fields[] = {
	STR(db_replacement, name, SHAPE_REQUIRED, "an entry of the database"),
	VERSION(db_replacement, since, 0, "first version that has it"),
	WORDF(db_replacement, form, form_words, 0, "how its call differs from the old one"),
	STR(db_replacement, why, 0, "what is better about it"),
};
SHAPE(db_replacement, NULL, "what to use instead");

static const struct shape_field db_hazard_fields[] = {
	STR(db_hazard, rule, SHAPE_REQUIRED, "a rule code"),
	STR(db_hazard, when, SHAPE_REQUIRED, "the condition under which it holds"),
};
SHAPE(db_hazard, NULL, "a rule that this API can break");

static const struct shape_field db_api_fields[] = {
	STR(db_api, name, SHAPE_REQUIRED, "as written in C or C++"),
	STR(db_api, family, SHAPE_BUILT, "the file it stands in"),
	WORDF(db_api, kind, kind_words, SHAPE_REQUIRED, "what the headers declare"),
	STR(db_api, header, 0, "below the include directory"),
	STR(db_api, condition, 0, "declared only there"),
	STR(db_api, signature, SHAPE_CLAIM, "C declaration in the newest version that has it"),
	STR(db_api, old_signature, SHAPE_CLAIM, "the declaration before signature_since"),
	VERSION(db_api, signature_since, 0, "first version with the newer declaration"),
	WORDF(db_api, returns, ref_words, SHAPE_CLAIM, "the reference that the result carries"),
	WORDF(db_api, owner, owner_words, SHAPE_CLAIM, "who keeps a borrowed result alive"),
	INT(db_api, borrowed_from, 0, "index of the argument that is that owner"),
	BOOL(db_api, null_result, SHAPE_CLAIM | SHAPE_TRUE, "may return NULL"),
	WORDF(db_api, level, level_words, SHAPE_CLAIM, "thread-safety level"),
	STR(db_api, level_reason, 0, "why, where the level is not the documentation's"),
	WORDF(db_api, attach, attach_words, SHAPE_CLAIM, "thread state that the call needs"),
	BITS(db_api, effects, effect_words, SHAPE_CLAIM, "what the call may do"),
	BITS(db_api, effects_not, effect_words, SHAPE_CLAIM, "what it never does"),
	WORDF(db_api, role, role_words, SHAPE_CLAIM, "what the call is to the analysis"),
	INT(db_api, role_arg, 0, "index of the argument the role is about"),
	VERSION(db_api, added, SHAPE_CLAIM, "first version that declares it"),
	VERSION(db_api, deprecated, SHAPE_CLAIM, "deprecated from here on"),
	VERSION(db_api, soft_deprecated, SHAPE_CLAIM, "soft-deprecated from here on"),
	VERSION(db_api, removed, SHAPE_CLAIM, "first version that lacks it"),
	VERSION(db_api, limited_api, SHAPE_CLAIM, "in the limited API from here on"),
	BOOL(db_api, gil_disabled_only, SHAPE_CLAIM, "declared under Py_GIL_DISABLED only"),
	BOOL(db_api, shim, 0,
		"gilshim.h has it for versions that lack it, or in an assignable form"),
	STR(db_api, note, 0, "one sentence for people"),
	LIST(db_api, params, db_param_shape, SHAPE_CLAIM,
		"parameters by position, as far as needed"),
	LIST(db_api, replacements, db_replacement_shape, SHAPE_CLAIM, "best first"),
	LIST(db_api, hazards, db_hazard_shape, SHAPE_CLAIM, "rules it can break, and when"),
	SOURCES(db_api),
};
SHAPE(db_api, "apis", "a function, function-like macro or C++ member function");

static const struct shape_field db_table_field_fields[] = {
	STR(db_table_field, field, SHAPE_REQUIRED, "member of the struct"),
	CHOICE(db_table_field, what, field_what_words, SHAPE_REQUIRED, "what stands there"),
	WORDF(db_table_field, entry, entry_words, 0, "what a function there becomes"),
	STR(db_table_field, type, 0, "type of the table it points to or embeds"),
};
SHAPE(db_table_field, NULL, "a member that matters");

static const struct shape_field db_table_fields[] = {
	STR(db_table, type, SHAPE_REQUIRED, "name of the struct"),
	CHOICE(db_table, what, table_what_words, SHAPE_REQUIRED, "what its rows are"),
	BOOL(db_table, terminated, 0, "arrays of it end at an all-zero row"),
	LIST(db_table, fields, db_table_field_shape, SHAPE_REQUIRED, "members that matter"),
	SOURCES(db_table),
};
SHAPE(db_table, "tables", "a struct whose static tables are read");

static const struct shape_field db_slot_fields[] = {
	STR(db_slot, name, SHAPE_REQUIRED, "the macro"),
	STR(db_slot, field, 0, "member of PyTypeObject or of a struct in it"),
	CHOICE(db_slot, what, slot_what_words, SHAPE_REQUIRED, "what its value is"),
	WORDF(db_slot, entry, entry_words, 0, "what a function there becomes"),
	BOOL(db_slot, module, 0, "of a module, not of a type"),
	INT(db_slot, id, 0, "number up to 3.14"),
	INT(db_slot, id_315, 0, "number from 3.15 on"),
	VERSION(db_slot, added, SHAPE_CLAIM, "first version that has it"),
	SOURCES(db_slot),
};
SHAPE(db_slot, "slots", "a slot of a type or module");

static const struct shape_field db_constant_fields[] = {
	STR(db_constant, name, SHAPE_REQUIRED, "the macro or enumerator"),
	STR(db_constant, group, SHAPE_REQUIRED, "values that exclude or complete each other"),
	STR(db_constant, meaning, SHAPE_REQUIRED, "what it says"),
	{"value", SHAPE_INT64, 0, offsetof(struct db_constant, value),
		offsetof(struct db_constant, has_value), NULL, NULL,
		"the number, where it is fixed"},
	SOURCES(db_constant),
};
SHAPE(db_constant, "constants", "a value with a meaning");

static const struct shape_field db_module_style_fields[] = {
	STR(db_module_style, name, SHAPE_REQUIRED, "the macro or the prefix"),
	CHOICE(db_module_style, style, style_words, SHAPE_REQUIRED, "how the module is made"),
	STR(db_module_style, macro, 0, "macro that defines a module"),
	STR(db_module_style, prefix, 0, "prefix of the init function's name"),
	STR(db_module_style, declares, 0, "what declares that the GIL is not used"),
	INT(db_module_style, name_arg, 0, "argument that names the module"),
	STR(db_module_style, extension_lock_gap, 0, "why the extension lock does not reach it"),
	SOURCES(db_module_style),
};
SHAPE(db_module_style, "modules", "how modules of a kind are told");

static const struct shape_field db_rule_fields[] = {
	STR(db_rule, code, SHAPE_REQUIRED, "GIL and three digits"),
	STR(db_rule, name, SHAPE_REQUIRED, "stable name"),
	STR(db_rule, title, SHAPE_REQUIRED, "one line"),
	CHOICE(db_rule, level, report_level_words, SHAPE_REQUIRED, "default level"),
	CHOICE(db_rule, group, group_words, SHAPE_REQUIRED, "rules of one group go on together"),
	TEXT(db_rule, why, SHAPE_REQUIRED, "what goes wrong"),
	TEXT(db_rule, remedy, SHAPE_REQUIRED, "what to do"),
	TEXT(db_rule, bad, SHAPE_REQUIRED, "example that is reported"),
	TEXT(db_rule, good, SHAPE_REQUIRED, "the same, put right"),
	CHOICE(db_rule, extension_lock, cure_words, SHAPE_REQUIRED,
		"whether building with the extension lock removes the hazard"),
	STR(db_rule, extension_lock_why, SHAPE_REQUIRED, "a clause that says why"),
	COUNTED(SHAPE_STRINGS, db_rule, sources, SHAPE_REQUIRED, NULL, "where it is read from"),
};
SHAPE(db_rule, "rules", "prose of a rule");

static const struct shape_field db_package_fields[] = {
	STR(db_package, name, SHAPE_REQUIRED, "name of the distribution"),
	VERSION(db_package, since_python, SHAPE_CLAIM, "first Python it supports free-threaded"),
	STR(db_package, first_version, SHAPE_CLAIM, "first version that supports free-threading"),
	STRS(db_package, headers, 0, "headers that show its use"),
	STRS(db_package, capsules, 0, "capsules of its C API"),
	STRS(db_package, macros, 0, "macros and functions that import its C API"),
	BOOL(db_package, part_of_python, 0, "comes with Python, in Python's version"),
	STR(db_package, advice, 0, "one sentence"),
	SOURCES(db_package),
};
SHAPE(db_package, "packages", "a package whose C API others import");

static const struct shape_field db_handle_fields[] = {
	STR(db_handle, type, SHAPE_REQUIRED, "without qualifiers"),
	WORDF(db_handle, model, model_words, SHAPE_REQUIRED, "how threads may use it"),
	STR(db_handle, note, 0, "condition or remedy"),
};
SHAPE(db_handle, NULL, "a handle of a library");

static const struct shape_field db_library_fields[] = {
	STR(db_library, name, SHAPE_REQUIRED, "short name"),
	STRS(db_library, prefixes, SHAPE_REQUIRED, "of its functions"),
	STRS(db_library, headers, 0, "that show its use"),
	WORDF(db_library, model, model_words, SHAPE_REQUIRED | SHAPE_CLAIM,
		"where no handle says more"),
	STR(db_library, note, 0, "condition or remedy"),
	LIST(db_library, handles, db_handle_shape, SHAPE_CLAIM, "its handle types"),
	SOURCES(db_library),
};
SHAPE(db_library, "libraries", "a third-party library");

static const struct shape_field db_define_fields[] = {
	STR(db_define, name, SHAPE_REQUIRED, "the macro"),
	STR(db_define, why, SHAPE_REQUIRED, "what it changes"),
	BOOL(db_define, configuration, 0, "every unit is parsed with it, as 1"),
	SOURCES(db_define),
};
SHAPE(db_define, "defines", "a macro whose #define changes what a unit means");

static const struct shape_field db_member_fields[] = {
	STR(db_member, name, SHAPE_REQUIRED, "struct and field, with a dot between them"),
	STR(db_member, rule, SHAPE_REQUIRED, "a rule code"),
	STR(db_member, when, SHAPE_REQUIRED, "the condition under which it holds"),
	BOOL(db_member, written, 0, "only where it is written"),
	LIST(db_member, replacements, db_replacement_shape, SHAPE_CLAIM, "best first"),
	SOURCES(db_member),
};
SHAPE(db_member, "members", "a field of the interpreter's own structures that is not to be used");

static const struct shape_field db_code_fields[] = {
	STR(db_code, code, SHAPE_REQUIRED, "GIL and three digits, never reused"),
	STR(db_code, name, SHAPE_REQUIRED, "stable name"),
};
SHAPE(db_code, "codes", "registry of rule codes");

const struct shape *const db_shapes[DB_SECTIONS] = {
	[DB_APIS] = &db_api_shape,
	[DB_TABLES] = &db_table_shape,
	[DB_SLOTS] = &db_slot_shape,
	[DB_CONSTANTS] = &db_constant_shape,
	[DB_MODULES] = &db_module_style_shape,
	[DB_RULES] = &db_rule_shape,
	[DB_PACKAGES] = &db_package_shape,
	[DB_LIBRARIES] = &db_library_shape,
	[DB_DEFINES] = &db_define_shape,
	[DB_MEMBERS] = &db_member_shape,
	[DB_CODES] = &db_code_shape,
};

const char *shape_entry_name(const struct shape *shape, const void *entry)
{
	return *(const char *const *)shape_read(entry, shape->fields[0].offset);
}

const char *shape_word_of(const struct shape_words *words, unsigned value)
{
	for (size_t i = 0; i < words->n; i++)
		if (words->v[i].value == value)
			return words->v[i].word;
	return NULL;
}

bool shape_states(const struct shape_field *field, const void *entry)
{
	const void *member = shape_read(entry, field->offset);

	switch (field->type) {
	case SHAPE_STRING:
	case SHAPE_TEXT:
	case SHAPE_CHOICE:
		return *(const char *const *)member != NULL;
	case SHAPE_BOOL:
		return *(const bool *)member != ((field->flags & SHAPE_TRUE) != 0);
	case SHAPE_INT:
		return *(const int *)member != -1;
	case SHAPE_INT64:
		return *(const bool *)shape_read(entry, field->aux);
	case SHAPE_VERSION:
		return *(const db_version *)member != 0;
	case SHAPE_WORD:
	case SHAPE_BITS:
		return *(const unsigned *)member != 0;
	case SHAPE_STRINGS:
	case SHAPE_LIST:
	case SHAPE_CLAIMS:
		return *(const size_t *)shape_read(entry, field->aux) != 0;
	}
	return false;
}
