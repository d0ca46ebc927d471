/* What the rules about allocation domains share (GIL604, GIL605). */
#ifndef GC_RULES_MEMORY_H
#define GC_RULES_MEMORY_H

#include "rules/finding.h"

enum memory_use {
	MEMORY_UNTOLD, /* nothing says what it is for */
	MEMORY_OBJECT, /* an object of Python */
	MEMORY_OTHER,
};

/* What the result of the call at operation OP is taken for, by the types of what it is cast
 * to and stored in, and by who makes an object of it. */
enum memory_use memory_use_of(const struct rule_context *ctx, uint32_t function, uint32_t op);

/* Does TYPE point to a struct that starts as every object of Python does? */
bool type_points_to_object(const struct facts *facts, uint32_t type);
/* The same for certain: not to another struct of the API, whose inside is not known here. */
bool type_points_to_head(const struct facts *facts, uint32_t type);

#endif
