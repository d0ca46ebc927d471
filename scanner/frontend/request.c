#include "frontend/request.h"

#include "config.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writer and reader are one walk, so that they cannot differ. Everything is a text that
 * ends with a NUL: '=' and the text itself, or '-' for NULL. */
struct wire {
	struct buf *out;      /* writing, or NULL */
	const char *at, *end; /* reading */
	struct arena *arena;
	bool failed;
};

static void put_text(struct buf *out, const char *text)
{
	buf_char(out, text ? '=' : '-');
	if (text)
		buf_str(out, text);
	buf_char(out, '\0');
}

static const char *get_text(struct wire *w)
{
	const char *start = w->at, *nul = memchr(start, '\0', (size_t)(w->end - start));

	if (!nul || (*start != '=' && *start != '-')) {
		w->failed = true;
		w->at = w->end;
		return NULL;
	}
	w->at = nul + 1;
	return *start == '=' ? arena_strdup(w->arena, start + 1) : NULL;
}

static void text(struct wire *w, const char **s)
{
	if (w->out)
		put_text(w->out, *s);
	else
		*s = get_text(w);
}

static void number(struct wire *w, uint64_t *n)
{
	char digits[24];
	const char *s = digits;

	snprintf(digits, sizeof(digits), "%" PRIu64, *n);
	text(w, &s);
	if (!w->out)
		*n = s ? strtoull(s, NULL, 10) : 0;
}

static void flag(struct wire *w, bool *b)
{
	uint64_t n = *b;

	number(w, &n);
	*b = n != 0;
}

static void small(struct wire *w, unsigned *v)
{
	uint64_t n = *v;

	number(w, &n);
	*v = (unsigned)n;
}

static void walk_version(struct wire *w)
{
	const char *version = PACKAGE_VERSION;

	text(w, &version);
	w->failed |= !version || strcmp(version, PACKAGE_VERSION) != 0;
}

static void walk_options(struct wire *w, struct frontend_options *o)
{
	text(w, &o->python);
	text(w, &o->python_include);
	text(w, &o->python_shown);
	text(w, &o->cache_dir);
	small(w, &o->jobs);
	small(w, &o->seconds);
	flag(w, &o->no_cache);
	flag(w, &o->verify);
}

static void walk_flags(struct wire *w, struct build_unit *u)
{
	uint64_t n = u->flags.n;

	number(w, &n);
	for (uint64_t i = 0; i < n && !w->failed; i++) {
		if (!w->out)
			vec_push(w->arena, &u->flags, NULL);
		text(w, &u->flags.v[i]);
	}
}

static void walk_unit(struct wire *w, struct build_unit *u)
{
	unsigned language = u->language;

	text(w, &u->path);
	text(w, &u->open);
	text(w, &u->dir);
	small(w, &language);
	u->language = language == BUILD_CXX ? BUILD_CXX : BUILD_C;
	text(w, &u->standard);
	text(w, &u->variant);
	text(w, &u->origin);
	flag(w, &u->vendored);
	walk_flags(w, u);
	w->failed |= !u->path || !u->open;
}

static void walk_words(struct wire *w, struct words *words)
{
	uint64_t n = words->names.n;

	number(w, &n);
	for (uint64_t i = 0; i < n && !w->failed; i++) {
		const char *name = w->out ? words->names.v[i] : NULL;
		unsigned bits = w->out ? words_get(words, name) : 0;

		text(w, &name);
		small(w, &bits);
		if (!name)
			w->failed = true;
		else if (!w->out)
			words_add(words, name, bits);
	}
}

static void walk(struct wire *w, struct request *r)
{
	uint64_t n = r->build.units.n;

	walk_version(w);
	walk_options(w, &r->options);
	walk_words(w, &r->words);
	number(w, &n);
	for (uint64_t i = 0; i < n && !w->failed; i++) {
		if (!w->out)
			vec_add(w->arena, &r->build.units);
		walk_unit(w, &r->build.units.v[i]);
	}
}

void request_write(struct buf *out, const struct build *b, size_t first,
	const struct frontend_options *options)
{
	struct request r = {*b, *options, *options->words};
	struct wire w = {.out = out};

	r.build.units.v += first;
	r.build.units.n -= first;
	walk(&w, &r);
}

bool request_read(struct request *r, const char *data, size_t size)
{
	struct wire w = {.at = data, .end = data + size, .arena = &r->build.arena};

	memset(r, 0, sizeof(*r));
	arena_init(&r->build.arena);
	words_init(&r->words, &r->build.arena);
	r->options.words = &r->words;
	walk(&w, r);
	return !w.failed && w.at == w.end;
}

void request_release(struct request *r)
{
	arena_release(&r->build.arena);
}
