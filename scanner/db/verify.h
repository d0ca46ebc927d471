/* Compares the database with what headers declare (compat-db/raw or a fresh import). */
#ifndef GC_DB_VERIFY_H
#define GC_DB_VERIFY_H

#include "db/load.h"

/* For every version from FROM to TO: each public function and macro with parameters of
 * the raw files in DIR has an entry, each entry that claims to exist is in them, and
 * signatures agree but for the names of parameters. Prints one line a difference on
 * stdout. False where there is one, or (after a diag_error) where DIR cannot be read. */
bool db_verify(const struct db_set *set, const char *dir, db_version from, db_version to);

#endif
