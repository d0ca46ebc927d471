/* Fields of the interpreter's own structures that extensions should leave alone. */
#ifndef GC_RULES_MEMBER_H
#define GC_RULES_MEMBER_H

#include "rules/container.h"

/* Reports, for the running rule, every use of a field that the database has against it,
 * where the object it belongs to is known to others. */
void member_uses(struct rule_context *ctx);

#endif
