#include "facts/facts.h"

void facts_init(struct facts *f)
{
	memset(f, 0, sizeof(*f));
	arena_init(&f->arena);
	intern_init(&f->strings, &f->arena);
}

void facts_release(struct facts *f)
{
	arena_release(&f->arena);
	memset(f, 0, sizeof(*f));
}

static const char *const op_names[] = {
#define OP(id, name) name,
#include "facts/ops.def"
#undef OP
};

static const char *const operator_texts[] = {
#define OPERATOR(id, text) text,
#include "facts/ops.def"
#undef OPERATOR
};

static const char *const unknown_names[] = {
#define UNKNOWN(id, name) name,
#include "facts/ops.def"
#undef UNKNOWN
};

#define NAME_OF(table, i) ((size_t)(i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : NULL)

const char *facts_op_name(enum facts_op_kind kind)
{
	return NAME_OF(op_names, kind);
}

const char *facts_operator_text(enum facts_operator op)
{
	return NAME_OF(operator_texts, op);
}

const char *facts_unknown_name(enum facts_unknown_kind kind)
{
	return NAME_OF(unknown_names, kind);
}

const char *facts_source_line(const struct facts *f, struct facts_loc loc)
{
	const struct facts_file *file;
	size_t low = 0, high;

	if (loc.file >= f->files.n)
		return NULL;
	file = &f->files.v[loc.file];
	high = file->lines.n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (file->lines.v[mid].line < loc.line)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == file->lines.n || file->lines.v[low].line != loc.line)
		return NULL;
	return file->lines.v[low].text;
}

/* ---- canonical order ---- */

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_loc(const struct facts_loc *a, const struct facts_loc *b)
{
	int by = compare_u32(a->file, b->file);

	if (!by)
		by = compare_u32(a->line, b->line);
	return by ? by : compare_u32(a->column, b->column);
}

static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_lines(const void *a, const void *b)
{
	const struct facts_line *x = a, *y = b;

	return compare_u32(x->line, y->line);
}

static int compare_comments(const void *a, const void *b)
{
	const struct facts_comment *x = a, *y = b;
	int by = compare_u32(x->line, y->line);

	return by ? by : compare_text(x->text, y->text);
}

static int compare_unknowns(const void *a, const void *b)
{
	const struct facts_unknown *x = a, *y = b;
	int by = compare_loc(&x->loc, &y->loc);

	if (!by)
		by = compare_u32(x->kind, y->kind);
	if (!by)
		by = compare_text(x->detail, y->detail);
	if (!by)
		by = compare_u32(x->function, y->function);
	return by ? by : compare_u32(x->symbol, y->symbol);
}

static int compare_defines(const void *a, const void *b)
{
	const struct facts_define *x = a, *y = b;
	int by = compare_text(x->name, y->name);

	if (!by)
		by = compare_loc(&x->loc, &y->loc);
	return by ? by : compare_text(x->value, y->value);
}

static int compare_includes(const void *a, const void *b)
{
	const struct facts_include *x = a, *y = b;
	int by = compare_loc(&x->loc, &y->loc);

	if (!by)
		by = compare_text(x->name, y->name);
	return by ? by : compare_text(x->path, y->path);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Drops elements of a sorted array that COMPARE finds equal to the one before. */
static size_t unique(void *v, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	char *items = v;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept && compare(items + (kept - 1) * size, items + i * size) == 0)
			continue;
		if (kept != i)
			memcpy(items + kept * size, items + i * size, size);
		kept++;
	}
	return kept;
}

#define SORT_UNIQUE(vec, compare)                                                                  \
	(vec_sort(vec, compare),                                                                   \
		(void)((vec)->n = unique((vec)->v, (vec)->n, sizeof(*(vec)->v), compare)))

void facts_finish(struct facts *f)
{
	vec_foreach (struct facts_file, file, &f->files) {
		SORT_UNIQUE(&file->lines, compare_lines);
		SORT_UNIQUE(&file->comments, compare_comments);
	}
	vec_foreach (struct facts_init, init, &f->inits) {
		if (!init->text)
			init->text = intern(&f->strings, "");
	}
	SORT_UNIQUE(&f->unknowns, compare_unknowns);
	SORT_UNIQUE(&f->defines, compare_defines);
	SORT_UNIQUE(&f->includes, compare_includes);
	SORT_UNIQUE(&f->modules, compare_names);
}
