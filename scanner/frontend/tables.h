/* Sources with less in them: see tables.c. */
#ifndef GC_FRONTEND_TABLES_H
#define GC_FRONTEND_TABLES_H

#include <stdbool.h>
#include <stddef.h>

/* Takes what is in large tables of numbers out of TEXT, which keeps its size and lines.
 * Returns how many there were. */
size_t text_blank_tables(char *text, size_t size, bool cxx);

#endif
