/*
 * Tables whose initialiser the parser gave up on: one name it does not know, and the
 * whole list is gone from the tree. The tokens are still there. What they show is kept
 * as INIT_UNKNOWN leaves with their text, names that are known as symbols: enough to
 * find the functions that a method table registers.
 */
#include "frontend/unit.h"

#include <ctype.h>
#include <string.h>

struct recovery {
	struct unit *u;
	const char *text;
	unsigned at, end;
	struct facts_loc loc;
};

struct item {
	bool list;
	unsigned begin, end; /* of a leaf */
	struct item *first, *last, *next;
	uint32_t n;
};

static void skip_blank(struct recovery *r)
{
	for (;;) {
		while (r->at < r->end && isspace((unsigned char)r->text[r->at]))
			r->at++;
		if (r->at + 1 < r->end && r->text[r->at] == '/' && r->text[r->at + 1] == '*') {
			r->at += 2;
			while (r->at + 1 < r->end &&
				!(r->text[r->at] == '*' && r->text[r->at + 1] == '/'))
				r->at++;
			r->at += 2;
		} else if (r->at + 1 < r->end && r->text[r->at] == '/' &&
			   r->text[r->at + 1] == '/') {
			while (r->at < r->end && r->text[r->at] != '\n')
				r->at++;
		} else {
			return;
		}
	}
}

static void skip_literal(struct recovery *r)
{
	char quote = r->text[r->at++];

	while (r->at < r->end && r->text[r->at] != quote) {
		if (r->text[r->at] == '\\')
			r->at++;
		r->at++;
	}
	r->at++;
}

static void add_item(struct item *list, struct item *i)
{
	if (list->last)
		list->last->next = i;
	else
		list->first = i;
	list->last = i;
	list->n++;
}

/* One element that is no list: up to a comma or brace of its own level. */
static struct item *read_leaf(struct recovery *r)
{
	struct item *i = arena_new(&r->u->scratch, struct item);
	int depth = 0;

	i->begin = r->at;
	while (r->at < r->end) {
		char c = r->text[r->at];

		if (c == '"' || c == '\'') {
			skip_literal(r);
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}'))
			break;
		depth += c == '(' || c == '[' || c == '{';
		depth -= c == ')' || c == ']' || c == '}';
		r->at++;
	}
	if (r->at > r->end)
		r->at = r->end;
	i->end = r->at;
	while (i->end > i->begin && isspace((unsigned char)r->text[i->end - 1]))
		i->end--;
	return i;
}

static struct item *read_list(struct recovery *r, int depth)
{
	struct item *list = arena_new(&r->u->scratch, struct item);

	list->list = true;
	list->begin = r->at++;
	while (skip_blank(r), r->at < r->end && r->text[r->at] != '}') {
		struct item *i = r->text[r->at] == '{' && depth < 32 ? read_list(r, depth + 1)
								     : read_leaf(r);

		add_item(list, i);
		skip_blank(r);
		if (r->at < r->end && r->text[r->at] == ',')
			r->at++;
		else if (r->at < r->end && r->text[r->at] != '}')
			r->at++;
	}
	r->at += r->at < r->end;
	return list;
}

static CXCursor find_declaration(struct unit *u, const char *name)
{
	CXCursor tu = clang_getTranslationUnitCursor(u->tu), found = clang_getNullCursor();
	struct kids k = kids_get(u, tu);

	for (unsigned i = 0; i < k.n; i++) {
		CXCursor c = kid(u, k, i);
		CXString s;

		if (c.kind != CXCursor_FunctionDecl && c.kind != CXCursor_VarDecl)
			continue;
		s = clang_getCursorSpelling(c);
		if (strcmp(clang_getCString(s), name) == 0)
			found = c;
		clang_disposeString(s);
	}
	kids_drop(u, k);
	return found;
}

static struct facts_loc loc_at(struct recovery *r, unsigned offset)
{
	struct facts_loc loc = r->loc;
	CXSourceLocation at =
		clang_getLocationForOffset(r->u->tu, r->u->sources.v[r->loc.file].file, offset);

	return offset ? unit_loc(r->u, at) : loc;
}

/* The last word of a leaf, behind casts and designators: `(PyCFunction)f`, `.x = f`. */
static const char *last_word(struct recovery *r, const struct item *i)
{
	unsigned end = i->end, begin;

	while (end > i->begin && strchr(") \t\n&", r->text[end - 1]))
		end--;
	begin = end;
	while (begin > i->begin &&
		(isalnum((unsigned char)r->text[begin - 1]) || r->text[begin - 1] == '_'))
		begin--;
	return intern_n(&r->u->facts->strings, r->text + begin, end - begin);
}

static void fill_leaf(struct recovery *r, const struct item *i, struct facts_init *out)
{
	struct facts *f = r->u->facts;
	size_t n = i->end - i->begin;
	const char *word;
	CXCursor decl;

	out->kind = INIT_UNKNOWN;
	out->text = intern_n(&f->strings, r->text + i->begin, n > 200 ? 200 : n);
	if (n > 1 && r->text[i->begin] == '"' && r->text[i->end - 1] == '"') {
		out->kind = INIT_STRING;
		out->string = intern_n(&f->strings, r->text + i->begin + 1, n - 2);
		return;
	}
	word = last_word(r, i);
	if (n == 1 && isdigit((unsigned char)*word)) {
		out->kind = INIT_INT;
		out->value = *word - '0';
	}
	if (!*word || isdigit((unsigned char)*word))
		return;
	decl = find_declaration(r->u, word);
	if (!is_null(decl)) {
		out->kind = INIT_SYMBOL;
		out->symbol = unit_symbol(r->u, decl);
	}
}

/* The type of a member of TYPE, as far as it is positional. */
static uint32_t member_type(struct unit *u, uint32_t type, uint32_t number, const char **field)
{
	const struct facts_type *t = type == FACTS_NONE ? NULL : &u->facts->types.v[type];

	*field = NULL;
	if (!t || t->kind == TYPE_ARRAY)
		return t ? t->target : FACTS_NONE;
	if (t->record == FACTS_NONE)
		return FACTS_NONE;
	unit_read_fields(u, t->record);
	if (number >= u->facts->records.v[t->record].fields.n)
		return FACTS_NONE;
	*field = u->facts->records.v[t->record].fields.v[number].name;
	return u->facts->records.v[t->record].fields.v[number].type;
}

static void lay_down(struct recovery *r, const struct item *i, uint32_t at, uint32_t type)
{
	struct facts *f = r->u->facts;
	struct facts_init init = f->inits.v[at];
	uint32_t first = (uint32_t)f->inits.n, n = 0;

	init.loc = loc_at(r, i->begin);
	init.type = type;
	init.symbol = init.first = FACTS_NONE;
	init.text = "";
	if (!i->list) {
		fill_leaf(r, i, &init);
		f->inits.v[at] = init;
		return;
	}
	init.kind = INIT_LIST;
	init.count = i->n;
	if (i->n)
		init.first = first;
	f->inits.v[at] = init;
	for (uint32_t k = 0; k < i->n; k++)
		vec_add(&f->arena, &f->inits)->index = k;
	for (const struct item *c = i->first; c; c = c->next, n++) {
		const char *field;
		uint32_t sub = member_type(r->u, type, n, &field);

		f->inits.v[first + n].field = field;
		lay_down(r, c, first + n, sub);
	}
}

/* The offset of the semicolon that ends the declaration whose extent ends at AT. */
size_t unit_declaration_end(struct unit *u, uint32_t file, unsigned at)
{
	struct recovery r = {.u = u, .at = at};
	int depth = 0;
	size_t size;

	r.text = unit_text(u, file, &size);
	r.end = (unsigned)size;
	for (skip_blank(&r); r.at < r.end; skip_blank(&r)) {
		char c = r.text[r.at];

		if (c == '"' || c == '\'') {
			skip_literal(&r);
			continue;
		}
		if ((c == ';' && depth == 0) || depth < 0)
			break;
		depth += c == '(' || c == '[' || c == '{';
		depth -= c == ')' || c == ']' || c == '}';
		r.at++;
	}
	return r.at < r.end ? r.at : r.end;
}

void unit_init_recover(struct unit *u, uint32_t symbol, CXCursor var)
{
	struct recovery r = {.u = u};
	struct item *list;
	uint32_t file, at;
	unsigned begin;
	size_t size;

	if (!unit_extent(u, clang_getCursorExtent(var), &file, &begin, &r.end))
		return;
	r.text = unit_text(u, file, &size);
	r.loc = unit_loc(u, clang_getCursorLocation(var));
	for (r.at = begin; r.at < size && r.text[r.at] != ';' && r.text[r.at] != '{'; r.at++)
		;
	if (r.at >= size || r.text[r.at] != '{')
		return;
	r.end = (unsigned)size; /* the extent of the broken declaration can end early */
	list = read_list(&r, 0);
	at = (uint32_t)u->facts->inits.n;
	(void)vec_add(&u->facts->arena, &u->facts->inits);
	lay_down(&r, list, at, unit_type(u, clang_getCursorType(var)));
	u->facts->symbols.v[symbol].init = at;
}
