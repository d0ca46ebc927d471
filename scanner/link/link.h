/*
 * Inside of linking: what its steps hand to each other. In this order:
 *
 *	join	    units into one list of functions, variables and records
 *	pointers    which functions, variables and tables a pointer may be
 *	callgraph   who calls whom
 *	pymodules   init functions, what they declare, what belongs to them
 *	pytables    rows of method, getset, slot tables: types and thread roots
 *	roots	    functions handed to APIs, threads, code that we cannot see
 *	reach	    which roots and modules lead to a function, and its phases
 *	declare	    what modules say about the GIL
 */
#ifndef GC_LINK_LINK_H
#define GC_LINK_LINK_H

#include "link/extension.h"

/* Where a unit's own numbers lead. EXT_NONE: nowhere. */
struct ext_unit_map {
	uint32_t *functions; /* facts.symbols -> extension.functions */
	uint32_t *variables; /* facts.symbols -> extension.variables */
	uint32_t *records;   /* facts.records -> extension.records */
};

/*
 * An entity is what a pointer may point at: a function, a variable, a local variable that
 * is one of Python's tables, or a function that is not of the extension. They share one
 * numbering, in this order.
 */
typedef VEC(uint32_t) entity_set;

/* A local array or struct of a table type: `PyType_Slot slots[] = {...}` in a function. */
struct local_table {
	uint32_t function;
	uint32_t local;
};

struct values;

/* A slot table that an export hook returns. */
struct slot_table {
	uint32_t module;
	uint32_t entity;
};

/* What a module's slots say about the GIL. */
struct gil_slot {
	unsigned count;
	const struct db_constant *constant; /* the value's name, where it has one */
	bool has_value;
	int64_t value;
	struct ext_loc loc;
};

struct linker {
	struct extension *ext;
	const struct ext_options *options;
	struct arena scratch; /* dies with linking */

	/* join */
	const struct db_table **record_table; /* by extension.records; NULL: no table */

	/* values */
	struct values *values;
	VEC(struct local_table) local_tables;
	uint32_t **local_table_of; /* by function: NULL, or by local */
	VEC(const char *) foreign; /* names of functions of others that are mentioned */
	struct map foreign_of_name;

	/* modules; by module */
	uint64_t **pulled; /* what a linker would pull in from its init function on: entities */
	VEC(struct slot_table) slot_tables;

	/* tables: GIL slots found; by module */
	struct gil_slot *gil_slots;

	struct map root_keys; /* of all roots so far */
};

/* ---- bits ---- */

static inline uint64_t *bits_new(struct arena *a, size_t n)
{
	return arena_alloc(a, (n + 63) / 64 * sizeof(uint64_t));
}

static inline bool bit_get(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

/* True where it was not set before. */
static inline bool bit_set(uint64_t *bits, uint32_t i)
{
	uint64_t bit = UINT64_C(1) << (i % 64);
	bool was = (bits[i / 64] & bit) != 0;

	bits[i / 64] |= bit;
	return !was;
}

/* ---- join.c ---- */

void link_join(struct linker *l, struct facts *const *units, size_t n);
/* What follows the last "::" of a name. */
const char *last_part(const char *name);
/* The record that TYPE, a type of FACTS, is or is an array of; FACTS_NONE. */
uint32_t type_record(const struct facts *f, uint32_t type);
/* The table that variable V is one of or an array of, or NULL. */
const struct db_table *variable_table(const struct linker *l, uint32_t v);
const struct db_table *local_table(const struct linker *l, uint32_t function, uint32_t local);
/* The number that FIELD of a unit's RECORD has in the extension's record (they differ
 * where units see different versions of it). */
uint32_t record_field(const struct linker *l, uint32_t unit, uint32_t record, uint32_t field);

/* ---- pointers.c ---- */

void link_values(struct linker *l);

static inline bool entity_is_function(const struct linker *l, uint32_t e)
{
	return e < l->ext->functions.n;
}

static inline bool entity_is_variable(const struct linker *l, uint32_t e)
{
	return e >= l->ext->functions.n && e - l->ext->functions.n < l->ext->variables.n;
}

static inline bool entity_is_local_table(const struct linker *l, uint32_t e)
{
	size_t before = l->ext->functions.n + l->ext->variables.n;

	return e >= before && e - before < l->local_tables.n;
}

/* Something that holds values: not a function. */
static inline bool entity_is_object(const struct linker *l, uint32_t e)
{
	return entity_is_variable(l, e) || entity_is_local_table(l, e);
}

static inline bool entity_is_foreign(const struct linker *l, uint32_t e)
{
	return e >= l->ext->functions.n + l->ext->variables.n + l->local_tables.n;
}

static inline const char *entity_foreign_name(const struct linker *l, uint32_t e)
{
	return l->foreign.v[e - l->ext->functions.n - l->ext->variables.n - l->local_tables.n];
}

static inline uint32_t entity_variable(const struct linker *l, uint32_t e)
{
	return e - (uint32_t)l->ext->functions.n;
}

static inline uint32_t entity_local_table(const struct linker *l, uint32_t e)
{
	return e - (uint32_t)l->ext->functions.n - (uint32_t)l->ext->variables.n;
}

static inline uint32_t entity_of_variable(const struct linker *l, uint32_t v)
{
	return v + (uint32_t)l->ext->functions.n;
}

/* Others call FUNCTION with a function of theirs as parameter PARAM (`visit` of a traverse
 * function); it goes by the parameter's name. */
void values_seed(struct linker *l, uint32_t function, uint32_t param);
/* What OPERAND of a function may point at, appended to OUT (in the scratch arena), sorted.
 * False: too many to tell. */
bool values_of(
	struct linker *l, uint32_t function, const struct facts_operand *operand, entity_set *out);
/* What is stored in a variable, or in a field of a record anywhere. */
bool values_in_variable(struct linker *l, uint32_t variable, entity_set *out);
bool values_in_field(struct linker *l, uint32_t record, uint32_t field, entity_set *out);
/* Does the extension store anything in a field, by its name? If not, what stands there was
 * put there by others. */
bool field_is_written(const struct linker *l, uint32_t record, uint32_t field);
/* What a function may return. */
bool values_returned(struct linker *l, uint32_t function, entity_set *out);
/* OPERAND, or what casts made it from. */
const struct facts_operand *behind_casts(
	const struct facts_function *code, const struct facts_operand *operand);
/* The constant behind OPERAND, casts looked through. */
bool constant_of(
	const struct facts_function *code, const struct facts_operand *operand, int64_t *value);
const char *string_of(const struct facts_function *code, const struct facts_operand *operand);

/* ---- callgraph.c ---- */

void link_calls(struct linker *l);
/* Again, for calls that are still open. */
void link_open_calls(struct linker *l);
/* What a function becomes that is handed to API as argument ARG. */
enum db_entry_kind argument_entry(const struct db_api *api, uint32_t arg);

/* ---- pymodules.c ---- */

void link_modules(struct linker *l);
/* Does E (a function or variable) belong to MODULE as far as a linker would pull it in? */
bool module_pulls(const struct linker *l, uint32_t module, uint32_t e);

/* ---- declare.c ---- */

/* What modules say about the GIL; tables and phases are there by now. */
void link_declarations(struct linker *l);

/* ---- pytables.c ---- */

void link_tables(struct linker *l);

/* ---- roots.c ---- */

void link_roots(struct linker *l);
/* Adds a root; the same one twice is one. */
struct new_root {
	enum db_entry_kind kind;
	uint32_t function;
	uint32_t type;
	const char *name;
	const char *text;
	struct ext_loc loc;
	unsigned flags;
	int self_param;
	bool likely_only;
	const struct db_api *given_to;
};
void add_root(struct linker *l, const struct new_root *root);

/* ---- reach.c ---- */

void link_reach(struct linker *l);

#endif
