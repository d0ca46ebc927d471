#include "db/db.h"
#include "frontend/words.h"

#include <string.h>

static bool has_form(const struct db_api *api)
{
	for (size_t i = 0; i < api->nreplacements; i++)
		if (api->replacements[i].form)
			return true;
	return false;
}

void words_of_database(struct words *w)
{
	const struct db_define *define;
	const struct db_constant *constant;
	const struct db_api *api;
	size_t at = 0;

	for (size_t i = 0; (define = db_define_nth(i)) != NULL; i++)
		words_add(w, define->name,
			WORD_DEFINE | (define->configuration ? WORD_CONFIGURATION : 0));
	for (size_t i = 0; (constant = db_constant_nth(i)) != NULL; i++)
		if (strcmp(constant->group, "refcount-field") == 0)
			words_add(w, constant->name, WORD_COUNT_FIELD);
	while ((api = db_api_stating(offsetof(struct db_api, replacements), &at)) != NULL)
		if (has_form(api))
			words_add(w, api->name, WORD_REWRITTEN);
}
