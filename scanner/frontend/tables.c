/*
 * Tables of numbers. They hold no reference and no lock, their elements never become
 * facts, and in some files they are nearly all there is to parse: the parser gets them
 * with one element and as many as before, every byte else in its place.
 */
#include "frontend/tables.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Shorter lists are not worth a second copy of the text. */
#define WORTHWHILE 64

struct table {
	char *text;
	size_t size;
	size_t open, close; /* its braces */
	bool open_ended;    /* its length is that of the list */
	size_t elements;    /* of the outermost list */
	size_t numbers;
	bool rows; /* in braces of their own */
};

/* ---- what stands in front of the brace ---- */

static size_t before_spaces(const char *text, size_t at)
{
	while (at && isspace((unsigned char)text[at - 1]))
		at--;
	return at;
}

/* Values of what is constexpr can decide what else is compiled. The declaration starts
 * behind the last thing that ends one. */
static bool is_constexpr(const char *text, size_t end)
{
	static const char word[] = "const", rest[] = "expr";
	size_t start = end;

	while (start && !strchr(";{}#", text[start - 1]))
		start--;
	for (size_t i = start; i + sizeof(word) + sizeof(rest) - 2 <= end; i++)
		if (memcmp(text + i, word, sizeof(word) - 1) == 0 &&
			memcmp(text + i + sizeof(word) - 1, rest, sizeof(rest) - 1) == 0)
			return true;
	return false;
}

/* `name[...] = ` with a single pair of brackets. */
static bool starts_table(struct table *t, size_t brace)
{
	const char *text = t->text;
	size_t at = before_spaces(text, brace), close;

	if (!at || text[at - 1] != '=')
		return false;
	at = before_spaces(text, at - 1);
	if (!at || text[at - 1] != ']')
		return false;
	close = --at;
	while (at && text[at - 1] != '[' && text[at - 1] != ']' && text[at - 1] != ';')
		at--;
	if (!at || text[at - 1] != '[')
		return false;
	t->open_ended = before_spaces(text, close) == at;
	at = before_spaces(text, at - 1);
	if (!at || !(isalnum((unsigned char)text[at - 1]) || text[at - 1] == '_'))
		return false;
	t->open = brace;
	return !is_constexpr(text, at);
}

/* ---- what stands in the braces ---- */

static size_t skip_comment(const struct table *t, size_t at)
{
	const char *p = t->text + at, *end = t->text + t->size, *stop;

	if (end - p < 2 || (p[1] != '/' && p[1] != '*'))
		return 0;
	if (p[1] == '/') {
		stop = memchr(p, '\n', (size_t)(end - p));
		return stop ? (size_t)(stop - t->text) : t->size;
	}
	for (p += 2; (p = memchr(p, '*', (size_t)(end - p))); p++)
		if (p + 1 < end && p[1] == '/')
			return (size_t)(p + 2 - t->text);
	return 0;
}

static size_t skip_number(const struct table *t, size_t at)
{
	for (; at < t->size; at++) {
		char c = t->text[at];
		char last = t->text[at - 1];

		if (!isalnum((unsigned char)c) && c != '.' &&
			!((c == '+' || c == '-') && strchr("eEpP", last)))
			break;
	}
	return at;
}

/* Reads numbers, commas, braces and comments up to the closing brace; anything else is not
 * a table of numbers. */
static bool read_table(struct table *t)
{
	size_t at = t->open + 1, depth = 1;
	bool element = false;

	while (at < t->size) {
		char c = t->text[at];

		if (isspace((unsigned char)c) || c == '-' || c == '+') {
			at++;
		} else if (c == ',') {
			element &= depth > 1;
			at++;
		} else if (isdigit((unsigned char)c) || c == '{') {
			t->elements += depth == 1 && !element;
			element = true;
			t->rows |= c == '{';
			depth += c == '{';
			t->numbers += c != '{';
			at = c == '{' ? at + 1 : skip_number(t, at + 1);
		} else if (c == '}' && --depth == 0) {
			t->close = at;
			return true;
		} else if (c == '}') {
			at++;
		} else if (c != '/' || !(at = skip_comment(t, at))) {
			return false;
		}
	}
	return false;
}

/* A declaration goes on or ends behind it: this was no text that only looked like one. */
static bool ends_table(const struct table *t)
{
	size_t at = t->close + 1;

	while (at < t->size && isspace((unsigned char)t->text[at]))
		at++;
	return at < t->size && (t->text[at] == ';' || t->text[at] == ',');
}

/* Where WORD fits between line ends behind AT; 0: nowhere. */
static size_t room_for(const struct table *t, size_t at, const char *word)
{
	size_t n = strlen(word), free = 0;

	for (; at < t->close && free < n; at++)
		free = t->text[at] == '\n' || t->text[at] == '\r' ? 0 : free + 1;
	return free == n ? at - n : 0;
}

/* Line ends stay where they are, so a word may have to wait for a longer line. */
static bool blank(const struct table *t)
{
	char last[24];
	const char *words[] = {"[", last, "]", "=", t->rows ? "{0}" : "0"};
	size_t n = sizeof(words) / sizeof(*words), first = t->open_ended ? 0 : n - 1;
	size_t places[sizeof(words) / sizeof(*words)], at = t->open + 1;

	snprintf(last, sizeof(last), "%zu", t->elements - 1);
	for (size_t i = first; i < n; i++) {
		places[i] = room_for(t, at, words[i]);
		if (!places[i])
			return false;
		at = places[i] + strlen(words[i]);
	}
	for (size_t i = t->open + 1; i < t->close; i++)
		if (t->text[i] != '\n' && t->text[i] != '\r')
			t->text[i] = ' ';
	for (size_t i = first; i < n; i++)
		memcpy(t->text + places[i], words[i], strlen(words[i]));
	return true;
}

size_t text_blank_tables(char *text, size_t size, bool cxx)
{
	size_t found = 0;

	for (char *p = text; (p = memchr(p, '{', size - (size_t)(p - text))); p++) {
		struct table t = {.text = text, .size = size};

		if (!starts_table(&t, (size_t)(p - text)) || !read_table(&t) ||
			t.numbers < WORTHWHILE || (cxx && t.rows) || !ends_table(&t))
			continue;
		found += blank(&t);
		p = text + t.close;
	}
	return found;
}
