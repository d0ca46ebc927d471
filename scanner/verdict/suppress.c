#include "verdict/suppress.h"

#include "db/db.h"

#include <ctype.h>

#define MARK "gilcheck:"

/* ---- reading one comment ---- */

static const char *skip_space(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

static const char *word_end(const char *p)
{
	while (isalnum((unsigned char)*p))
		p++;
	return p;
}

/* "(…)": up to the last closing parenthesis, so that a reason may hold some itself. */
static bool parse_reason(struct suppression *s, struct arena *arena, const char *p)
{
	const char *end = strrchr(p, ')');

	if (!end || *skip_space(end + 1) != '\0')
		return false;
	p = skip_space(p + 1);
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	if (end > p)
		s->reason = arena_strndup(arena, p, (size_t)(end - p));
	return true;
}

/* "ok CODE[, CODE…] (reason)". False where it is not of that form. */
static bool parse(struct suppression *s, struct arena *arena, const char *p)
{
	const char *end;

	p = skip_space(p);
	end = word_end(p);
	if (end - p != 2 || memcmp(p, "ok", 2) != 0)
		return false;
	for (p = skip_space(end); isalnum((unsigned char)*p); p = skip_space(p)) {
		struct suppress_code *c = vec_add(arena, &s->codes);

		end = word_end(p);
		c->code = arena_strndup(arena, p, (size_t)(end - p));
		p = skip_space(end);
		if (*p == ',')
			p++;
	}
	if (s->codes.n == 0)
		return false;
	return *p == '\0' || (*p == '(' && parse_reason(s, arena, p));
}

/* ---- collecting ---- */

/* An own-line comment is about the next line; stacked ones are about the line after the
 * last of them. */
static uint32_t target_line(const struct facts_file *file, const struct facts_comment *comment)
{
	uint32_t line = comment->line;

	if (!comment->own_line)
		return line;
	line++;
	vec_foreach (const struct facts_comment, c, &file->comments)
		if (c->own_line && c->line == line)
			line++;
	return line;
}

static void collect_file(struct suppressions *s, const struct extension *ext, uint32_t unit,
	uint32_t index, struct map *known)
{
	const struct facts_file *file = &ext->units.v[unit]->files.v[index];

	vec_foreach (const struct facts_comment, c, &file->comments) {
		struct suppression *sup;
		bool added;

		if (strncmp(c->text, MARK, strlen(MARK)) != 0)
			continue;
		map_put(known, arena_printf(s->arena, "%s:%u:%s", file->path, c->line, c->text),
			&added);
		if (!added)
			continue;
		sup = vec_add(s->arena, &s->v);
		sup->at = (struct ext_loc){unit, {index, c->line, 1}};
		sup->path = file->path;
		sup->line = target_line(file, c);
		sup->malformed = !parse(sup, s->arena, c->text + strlen(MARK));
	}
}

void suppress_collect(struct suppressions *s, struct arena *arena, const struct extension *ext)
{
	struct map known;

	memset(s, 0, sizeof(*s));
	s->arena = arena;
	map_init(&known, arena);
	for (uint32_t u = 0; u < ext->units.n; u++)
		for (uint32_t i = 0; i < ext->units.v[u]->files.n; i++)
			if (ext->units.v[u]->files.v[i].origin == FACTS_PROJECT)
				collect_file(s, ext, u, i, &known);
	map_init(&s->by_place, arena);
	for (size_t i = s->v.n; i-- > 0;) {
		const struct suppression *sup = &s->v.v[i];

		*map_put(&s->by_place, arena_printf(arena, "%s:%u", sup->path, sup->line), NULL) =
			i + 1;
	}
}

/* ---- applying ---- */

static bool answers(struct suppression *sup, const struct finding *f)
{
	if (sup->malformed || !sup->reason)
		return false;
	vec_foreach (struct suppress_code, c, &sup->codes)
		if (strcmp(c->code, f->rule) == 0)
			return c->used = true;
	return false;
}

/* Every suppression that stands at the place counts as used, so that a finding with a
 * comment at its declaration and another at its line leaves neither "unused". */
static void try_place(struct suppressions *s, struct finding *f, const char *path, uint32_t line)
{
	char *key = arena_printf(s->arena, "%s:%u", path, line);
	const uintptr_t *first = map_get(&s->by_place, key);

	for (size_t i = first ? *first - 1 : s->v.n; i < s->v.n; i++) {
		struct suppression *sup = &s->v.v[i];

		if (sup->line != line || strcmp(sup->path, path) != 0 || !answers(sup, f))
			continue;
		if (!f->suppressed)
			f->suppress_reason = sup->reason;
		f->suppressed = true;
	}
}

void suppress_apply(struct suppressions *s, struct findings *findings, size_t first,
	const struct extension *ext)
{
	if (s->v.n == 0)
		return;
	for (size_t i = first; i < findings->v.n; i++) {
		struct finding *f = &findings->v.v[i];

		for (uint32_t line = f->at.loc.line; line <= f->end_line; line++)
			try_place(s, f, finding_path(ext, f->at), line);
		if (f->shared_decl.unit != EXT_NONE && f->shared_decl.loc.line)
			try_place(s, f, finding_path(ext, f->shared_decl), f->shared_decl.loc.line);
	}
}

/* ---- reporting ---- */

static void report_unreasoned(struct rule_context *ctx, const struct suppression *sup)
{
	struct finding *f;

	if (sup->malformed)
		f = finding_add(ctx, sup->at, CONFIDENCE_DEFINITE,
			"suppression is not understood and suppresses nothing");
	else
		f = finding_add(ctx, sup->at, CONFIDENCE_DEFINITE,
			"suppression of %s gives no reason and suppresses nothing",
			sup->codes.v[0].code);
	finding_fix(ctx, f, "write gilcheck: ok %s (reason)",
		sup->codes.n ? sup->codes.v[0].code : "CODE");
}

/* Findings that could not be made because code was not read cannot be missed here. */
static bool beside_unread_code(const struct extension *ext, const struct suppression *sup)
{
	vec_foreach (const struct ext_function, fn, &ext->functions) {
		struct ext_loc begin = {fn->unit, fn->code->begin};

		if ((fn->code->flags & FUNCTION_DAMAGED) && sup->line >= fn->code->begin.line &&
			sup->line <= fn->code->end.line &&
			strcmp(finding_path(ext, begin), sup->path) == 0)
			return true;
	}
	return false;
}

static void report_unused(struct rule_context *ctx, const struct suppression *sup)
{
	vec_foreach (const struct suppress_code, c, &sup->codes) {
		struct finding *f;

		if (c->used)
			continue;
		if (!db_rule_find(c->code))
			f = finding_add(ctx, sup->at, CONFIDENCE_DEFINITE,
				"suppression names '%s', which is not a rule", c->code);
		else if (!beside_unread_code(ctx->ext, sup))
			f = finding_add(ctx, sup->at, CONFIDENCE_DEFINITE,
				"suppression of %s answers no finding", c->code);
		else
			continue;
		finding_fix(ctx, f, "remove the code or the comment");
	}
}

void suppress_report(struct suppressions *s, struct findings *findings, const struct extension *ext)
{
	struct rule_context unreasoned = {
		.ext = ext, .out = findings, .rule = db_rule_find("GIL901")};
	struct rule_context unused = {.ext = ext, .out = findings, .rule = db_rule_find("GIL902")};

	vec_foreach (const struct suppression, sup, &s->v) {
		if (sup->malformed || !sup->reason)
			report_unreasoned(&unreasoned, sup);
		else
			report_unused(&unused, sup);
	}
}
