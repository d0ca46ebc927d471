/* The canonical form of database files, and their JSON Schema. */
#ifndef GC_DB_FORMAT_H
#define GC_DB_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

/* Rewrites FILES (NULL-terminated) in their canonical form: sections and members in the
 * order of their shapes, entries sorted by name. With CHECK nothing is written: files
 * that would change are named. The files must have passed the loader. */
bool db_format_files(char **files, bool check);

void db_print_schema(FILE *out);

#endif
