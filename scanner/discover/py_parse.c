/* A reader of Python text: tolerant, because a statement that cannot be read is only
 * one statement less. */
#include "discover/script.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH  120
#define MAX_INDENT 100

enum token { T_END, T_NEWLINE, T_INDENT, T_DEDENT, T_NAME, T_NUMBER, T_STRING, T_OP };

struct parser {
	struct arena *a;
	const char *p; /* what follows the current token */
	enum token token;
	const char *text; /* of the token; decoded where it is a string */
	long long number;
	int op;
	bool fstring, bytes;
	unsigned line;
	unsigned brackets;
	int indents[MAX_INDENT];
	int nindents;
	int pending; /* dedents still to give */
	bool line_start;
	bool failed;
	unsigned depth;
	struct parse_result *out;
};

static struct node *expr(struct parser *p);
static struct node *block(struct parser *p);

static struct node *node(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_new(p->a, struct node);

	n->kind = kind;
	n->line = p->line;
	return n;
}

static struct node *fail(struct parser *p)
{
	p->failed = true;
	return node(p, N_UNKNOWN);
}

/* --- tokens --- */

static bool skip_space(struct parser *p)
{
	for (;;) {
		if (*p->p == ' ' || *p->p == '\t' || *p->p == '\f' || *p->p == '\r') {
			p->p++;
		} else if (p->p[0] == '\\' && (p->p[1] == '\n' || p->p[1] == '\r')) {
			p->p += p->p[1] == '\r' && p->p[2] == '\n' ? 3 : 2;
			p->line++;
		} else if (*p->p == '#') {
			p->p += strcspn(p->p, "\n");
		} else if (*p->p == '\n' && p->brackets) {
			p->p++;
			p->line++;
		} else {
			return true;
		}
	}
}

static int measure_indent(struct parser *p)
{
	for (;;) {
		int n = 0;

		for (; *p->p == ' ' || *p->p == '\t' || *p->p == '\f'; p->p++)
			n = *p->p == '\t' ? (n / 8 + 1) * 8 : n + 1;
		if (*p->p == '#')
			p->p += strcspn(p->p, "\n");
		if (*p->p == '\r' && p->p[1] == '\n')
			p->p++;
		if (*p->p != '\n')
			return *p->p ? n : 0;
		p->p++;
		p->line++;
	}
}

static bool take_indent(struct parser *p)
{
	int n = measure_indent(p);

	p->line_start = false;
	if (n > p->indents[p->nindents - 1]) {
		if (p->nindents < MAX_INDENT)
			p->indents[p->nindents++] = n;
		p->token = T_INDENT;
		return true;
	}
	while (p->nindents > 1 && n < p->indents[p->nindents - 1]) {
		p->nindents--;
		p->pending++;
	}
	return false;
}

static const char *put_escape(struct parser *p, struct buf *out, const char *s)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	const char *known = *s ? strchr(from, *s) : NULL;
	char digits[5] = "";

	if (known) {
		buf_char(out, to[known - from]);
	} else if (*s == '\n') {
		p->line++;
	} else if ((*s == 'x' || *s == 'u') && isxdigit((unsigned char)s[1])) {
		size_t want = *s == 'x' ? 2 : 4, n = 0;

		while (n < want && isxdigit((unsigned char)s[1 + n])) {
			digits[n] = s[1 + n];
			n++;
		}
		buf_utf8(out, strtoul(digits, NULL, 16));
		return s + 1 + n;
	} else if (*s >= '0' && *s <= '7') {
		size_t n = 0;

		while (n < 3 && s[n] >= '0' && s[n] <= '7') {
			digits[n] = s[n];
			n++;
		}
		buf_utf8(out, strtoul(digits, NULL, 8));
		return s + n;
	} else {
		buf_char(out, '\\');
		return s;
	}
	return *s ? s + 1 : s;
}

/* At the quote; RAW keeps backslashes. False where the text ends first. */
static bool take_string(struct parser *p, struct buf *out, bool raw)
{
	char quote = *p->p;
	bool triple = p->p[1] == quote && p->p[2] == quote;
	const char *s = p->p + (triple ? 3 : 1);

	for (;;) {
		if (!*s || (*s == '\n' && !triple)) {
			p->p = s;
			return false;
		}
		if (*s == quote && (!triple || (s[1] == quote && s[2] == quote)))
			break;
		if (*s == '\\' && raw && s[1]) {
			buf_char(out, *s++);
			p->line += *s == '\n';
			buf_char(out, *s++);
		} else if (*s == '\\') {
			s = put_escape(p, out, s + 1);
		} else {
			p->line += *s == '\n';
			buf_char(out, *s++);
		}
	}
	p->p = s + (triple ? 3 : 1);
	return true;
}

/* The length of a string's prefix if one starts here, or -1. */
static int string_prefix(const char *s)
{
	int n = 0;

	while (n < 3 && s[n] && strchr("rRbBuUfF", s[n]))
		n++;
	return s[n] == '"' || s[n] == '\'' ? n : -1;
}

static void string_token(struct parser *p, int prefix)
{
	struct buf out = BUF_INIT;
	bool raw = false;

	p->fstring = false;
	for (int i = 0; i < prefix; i++) {
		char c = (char)tolower((unsigned char)p->p[i]);

		raw = raw || c == 'r';
		p->fstring = p->fstring || c == 'f';
	}
	p->p += prefix;
	p->token = T_STRING;
	if (!take_string(p, &out, raw))
		p->failed = true;
	/* A NUL cannot be in a file's name or a macro. */
	p->text = arena_strdup(p->a, buf_text(&out));
	buf_release(&out);
}

static void number_token(struct parser *p)
{
	char *end;

	p->number = strtoll(p->p, &end, 0);
	p->token = T_NUMBER;
	p->text = "";
	while (isalnum((unsigned char)*end) || *end == '_' || *end == '.') {
		p->text = "?"; /* float, complex, 1_000: not needed, so unknown */
		end++;
	}
	p->p = end;
}

static void name_token(struct parser *p)
{
	const char *start = p->p;

	while (isalnum((unsigned char)*p->p) || *p->p == '_' || (unsigned char)*p->p & 0x80)
		p->p++;
	p->token = T_NAME;
	p->text = arena_strndup(p->a, start, (size_t)(p->p - start));
}

static const struct operator
{
	const char *text;
	int op;
}
operators[] = {
	{"**=", OP_POWER | 4096},
	{"//=", OP_FLOORDIV | 4096},
	{">>=", OP_SHR | 4096},
	{"<<=", OP_SHL | 4096},
	{"...", 'E'},
	{"->", 'R'},
	{":=", 'W'},
	{"**", OP_POWER},
	{"//", OP_FLOORDIV},
	{">>", OP_SHR},
	{"<<", OP_SHL},
	{"==", OP_EQ},
	{"!=", OP_NE},
	{"<=", OP_LE},
	{">=", OP_GE},
	{"+=", '+' | 4096},
	{"-=", '-' | 4096},
	{"*=", '*' | 4096},
	{"/=", '/' | 4096},
	{"%=", '%' | 4096},
	{"&=", '&' | 4096},
	{"|=", '|' | 4096},
	{"^=", '^' | 4096},
	{"@=", '@' | 4096},
};
#define AUGMENTED 4096

static void op_token(struct parser *p)
{
	p->token = T_OP;
	p->text = "";
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		size_t n = strlen(operators[i].text);

		if (strncmp(p->p, operators[i].text, n) == 0) {
			p->op = operators[i].op;
			p->p += n;
			return;
		}
	}
	p->op = (unsigned char)*p->p++;
	if (p->op == '(' || p->op == '[' || p->op == '{')
		p->brackets++;
	else if ((p->op == ')' || p->op == ']' || p->op == '}') && p->brackets)
		p->brackets--;
}

static void next(struct parser *p)
{
	int prefix;

	p->op = 0;
	if (p->pending) {
		p->pending--;
		p->token = T_DEDENT;
		return;
	}
	if (p->line_start && !p->brackets) {
		if (take_indent(p))
			return;
		if (p->pending) {
			p->pending--;
			p->token = T_DEDENT;
			return;
		}
	}
	skip_space(p);
	if (!*p->p) {
		p->token = T_END;
	} else if (*p->p == '\n') {
		p->p++;
		p->token = T_NEWLINE;
		p->line++;
		p->line_start = true;
	} else if ((prefix = string_prefix(p->p)) >= 0) {
		string_token(p, prefix);
	} else if (isdigit((unsigned char)*p->p) ||
		   (*p->p == '.' && isdigit((unsigned char)p->p[1]))) {
		number_token(p);
	} else if (isalpha((unsigned char)*p->p) || *p->p == '_' || (unsigned char)*p->p & 0x80) {
		name_token(p);
	} else {
		op_token(p);
	}
}

static bool is_op(const struct parser *p, int op)
{
	return p->token == T_OP && p->op == op;
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->token == T_NAME && strcmp(p->text, word) == 0;
}

static bool take_op(struct parser *p, int op)
{
	if (!is_op(p, op))
		return false;
	next(p);
	return true;
}

static bool take_word(struct parser *p, const char *word)
{
	if (!is_word(p, word))
		return false;
	next(p);
	return true;
}

static void want_op(struct parser *p, int op)
{
	if (!take_op(p, op))
		p->failed = true;
}

/* --- expressions --- */

static bool is_keyword(const char *s)
{
	static const char *const words[] = {"and", "as", "assert", "break", "class", "continue",
		"def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
		"import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
		"try", "while", "with", "yield"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], s) == 0)
			return true;
	}
	return false;
}

/* An expression inside "{}" of an f-string, read by a parser of its own. */
static struct node *joined_part(struct parser *p, const char *text, size_t n)
{
	struct parser inner = {
		.a = p->a, .line = p->line, .brackets = 1, .depth = p->depth + 1, .nindents = 1};
	struct node *e;

	if (p->depth > MAX_DEPTH)
		return node(p, N_UNKNOWN);
	inner.p = arena_strndup(p->a, text, n);
	next(&inner);
	e = expr(&inner);
	/* "!r" and ":>10" would change the text: not followed. */
	if (inner.failed || inner.token != T_END)
		return node(p, N_UNKNOWN);
	return e;
}

static void push_text(struct parser *p, struct node *joined, struct buf *text)
{
	struct node *piece;

	if (!text->len)
		return;
	piece = node(p, N_STRING);
	piece->text = arena_strdup(p->a, text->text);
	vec_push(p->a, &joined->kids, piece);
	buf_clear(text);
}

static size_t part_length(const char *s)
{
	size_t n = 0;
	int nest = 0;

	for (; s[n] && (nest || s[n] != '}'); n++)
		nest += (s[n] == '{' || s[n] == '(' || s[n] == '[') -
			(s[n] == '}' || s[n] == ')' || s[n] == ']');
	return n;
}

static void joined_string(struct parser *p, struct node *joined, const char *s)
{
	struct buf text = BUF_INIT;

	while (*s) {
		size_t n;

		if ((*s == '{' || *s == '}') && s[1] == *s) {
			buf_char(&text, *s);
			s += 2;
			continue;
		}
		if (*s != '{') {
			buf_char(&text, *s++);
			continue;
		}
		push_text(p, joined, &text);
		n = part_length(s + 1);
		vec_push(p->a, &joined->kids, joined_part(p, s + 1, n));
		s += n + 1;
		s += *s == '}';
	}
	push_text(p, joined, &text);
	buf_release(&text);
}

/* Strings beside each other are one. */
static struct node *string(struct parser *p)
{
	struct node *joined = node(p, N_JOINED);

	while (p->token == T_STRING && !p->failed) {
		if (p->fstring) {
			joined_string(p, joined, p->text);
		} else {
			struct node *piece = node(p, N_STRING);

			piece->text = p->text;
			vec_push(p->a, &joined->kids, piece);
		}
		next(p);
	}
	return joined->kids.n == 1 && joined->kids.v[0]->kind == N_STRING ? joined->kids.v[0]
									  : joined;
}

static struct node *target_list(struct parser *p);
static struct node *binary(struct parser *p, int min);

static void comp_clauses(struct parser *p, struct node *comp)
{
	while (!p->failed && (is_word(p, "for") || is_word(p, "async"))) {
		struct node *clause = node(p, N_COMPFOR);

		take_word(p, "async");
		take_word(p, "for");
		clause->a = target_list(p);
		if (!take_word(p, "in"))
			p->failed = true;
		clause->b = binary(p, 1);
		while (!p->failed && take_word(p, "if"))
			vec_push(p->a, &clause->kids, binary(p, 1));
		vec_push(p->a, &comp->kids, clause);
	}
}

static struct node *star_expr(struct parser *p)
{
	if (is_op(p, '*')) {
		struct node *star = node(p, N_STAR);

		next(p);
		star->a = binary(p, 5);
		return star;
	}
	return expr(p);
}

/* After the opening bracket; a tuple, a list, a parenthesis or a comprehension. */
static struct node *sequence(struct parser *p, int close)
{
	struct node *list = node(p, close == ']' ? N_LIST : N_TUPLE);
	bool comma = false;

	while (!p->failed && !is_op(p, close)) {
		struct node *e = star_expr(p);

		if (!list->kids.n && (is_word(p, "for") || is_word(p, "async"))) {
			struct node *comp = node(p, N_COMP);

			comp->op = close == ']' ? '[' : '(';
			comp->a = e;
			comp_clauses(p, comp);
			want_op(p, close);
			return comp;
		}
		vec_push(p->a, &list->kids, e);
		if (!is_op(p, ','))
			break;
		comma = true;
		next(p);
	}
	want_op(p, close);
	return close == ')' && list->kids.n == 1 && !comma ? list->kids.v[0] : list;
}

static struct node *braces(struct parser *p)
{
	struct node *dict = node(p, N_DICT), *set = node(p, N_SET);

	while (!p->failed && !is_op(p, '}')) {
		struct node *key = NULL, *value;

		if (take_op(p, OP_POWER)) {
			value = expr(p);
		} else {
			key = star_expr(p);
			value = take_op(p, ':') ? expr(p) : NULL;
		}
		if (is_word(p, "for") || is_word(p, "async")) {
			struct node *comp = node(p, N_COMP);

			comp->op = value ? ':' : '{';
			comp->a = key;
			comp->b = value;
			comp_clauses(p, comp);
			want_op(p, '}');
			return comp;
		}
		if (value) {
			vec_push(p->a, &dict->kids, key);
			vec_push(p->a, &dict->kids, value);
		} else {
			vec_push(p->a, &set->kids, key);
		}
		if (!take_op(p, ','))
			break;
	}
	want_op(p, '}');
	return set->kids.n ? set : dict;
}

static struct node *atom(struct parser *p)
{
	struct node *n;

	if (p->token == T_STRING)
		return string(p);
	if (p->token == T_NUMBER) {
		n = node(p, *p->text ? N_UNKNOWN : N_NUMBER);
		n->number = p->number;
		next(p);
		return n;
	}
	if (p->token == T_NAME && !is_keyword(p->text)) {
		n = node(p, N_NAME);
		n->text = p->text;
		next(p);
		return n;
	}
	if (take_op(p, '('))
		return sequence(p, ')');
	if (take_op(p, '['))
		return sequence(p, ']');
	if (take_op(p, '{'))
		return braces(p);
	if (take_op(p, 'E'))
		return node(p, N_UNKNOWN);
	return fail(p);
}

static struct node *argument(struct parser *p)
{
	struct node *arg = node(p, N_ARG);

	if (take_op(p, '*'))
		arg->op = 1;
	else if (take_op(p, OP_POWER))
		arg->op = 2;
	arg->a = expr(p);
	if (!arg->op && is_op(p, '=') && arg->a->kind == N_NAME) {
		next(p);
		arg->text = arg->a->text;
		arg->a = expr(p);
	} else if (is_word(p, "for") || is_word(p, "async")) {
		struct node *comp = node(p, N_COMP);

		comp->op = '(';
		comp->a = arg->a;
		comp_clauses(p, comp);
		arg->a = comp;
	}
	return arg;
}

static void arguments(struct parser *p, struct node *call)
{
	while (!p->failed && !is_op(p, ')')) {
		vec_push(p->a, &call->kids, argument(p));
		if (!take_op(p, ','))
			break;
	}
	want_op(p, ')');
}

static struct node *subscript(struct parser *p, struct node *base)
{
	struct node *n = node(p, N_INDEX);

	n->a = base;
	if (!is_op(p, ':'))
		n->b = star_expr(p);
	if (is_op(p, ':')) {
		next(p);
		n->kind = N_SLICE;
		if (!is_op(p, ']') && !is_op(p, ':'))
			n->c = expr(p);
		if (take_op(p, ':') && !is_op(p, ']')) {
			expr(p);
			n->kind = N_UNKNOWN;
		}
	}
	while (!p->failed && take_op(p, ',')) {
		n->kind = N_UNKNOWN;
		if (!is_op(p, ']'))
			expr(p);
	}
	want_op(p, ']');
	return n;
}

static struct node *postfix(struct parser *p)
{
	struct node *n;

	take_word(p, "await");
	n = atom(p);
	/* Long chains are flat here, but deep where they are evaluated. */
	for (unsigned links = 0; !p->failed; links++) {
		struct node *outer;

		if (links > MAX_DEPTH)
			return fail(p);
		if (take_op(p, '.')) {
			outer = node(p, N_ATTR);
			outer->a = n;
			outer->text = p->text;
			if (p->token != T_NAME)
				return fail(p);
			next(p);
		} else if (is_op(p, '(')) {
			outer = node(p, N_CALL);
			next(p);
			outer->a = n;
			arguments(p, outer);
		} else if (take_op(p, '[')) {
			outer = subscript(p, n);
		} else {
			break;
		}
		n = outer;
	}
	return n;
}

static struct node *unary(struct parser *p)
{
	struct node *n;

	if (p->depth > MAX_DEPTH)
		return fail(p);
	if (is_op(p, '-') || is_op(p, '+') || is_op(p, '~')) {
		n = node(p, N_UNARY);
		n->op = p->op;
		next(p);
		p->depth++;
		n->a = unary(p);
		p->depth--;
		return n;
	}
	n = postfix(p);
	if (is_op(p, OP_POWER)) {
		struct node *power = node(p, N_BINARY);

		next(p);
		power->op = OP_POWER;
		power->a = n;
		p->depth++;
		power->b = unary(p);
		p->depth--;
		return power;
	}
	return n;
}

/* The binary operator at hand and how tightly it binds; 0: none. */
static int precedence(const struct parser *p, int *op)
{
	static const struct {
		const char *word;
		int op, level;
	} words[] = {{"or", OP_OR, 1}, {"and", OP_AND, 2}, {"in", OP_IN, 4}, {"is", OP_IS, 4},
		{"not", OP_NOT_IN, 4}};
	static const struct {
		int op, level;
	} signs[] = {{'<', 4}, {'>', 4}, {OP_EQ, 4}, {OP_NE, 4}, {OP_LE, 4}, {OP_GE, 4}, {'|', 5},
		{'^', 6}, {'&', 7}, {OP_SHL, 8}, {OP_SHR, 8}, {'+', 9}, {'-', 9}, {'*', 10},
		{'/', 10}, {OP_FLOORDIV, 10}, {'%', 10}, {'@', 10}};

	for (size_t i = 0; p->token == T_NAME && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(p->text, words[i].word) == 0) {
			*op = words[i].op;
			return words[i].level;
		}
	}
	for (size_t i = 0; p->token == T_OP && i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (p->op == signs[i].op) {
			*op = p->op;
			return signs[i].level;
		}
	}
	return 0;
}

/* "a < b < c" is "a < b and b < c". */
static struct node *chained(struct parser *p, struct node *left, struct node *test)
{
	struct node *both;

	if (left->kind != N_BINARY || left->op < OP_EQ || left->op > OP_IS_NOT)
		return test;
	both = node(p, N_BINARY);
	both->op = OP_AND;
	both->a = left;
	test->a = left->b;
	both->b = test;
	return both;
}

static struct node *binary(struct parser *p, int min)
{
	struct node *left;
	unsigned links = 0;
	int op = 0, level;

	if (++p->depth > MAX_DEPTH) {
		p->depth--;
		return fail(p);
	}
	if (min <= 3 && is_word(p, "not")) {
		left = node(p, N_UNARY);
		left->op = OP_NOT;
		next(p);
		left->a = binary(p, 3);
	} else {
		left = unary(p);
	}
	while (!p->failed && (level = precedence(p, &op)) >= min && level) {
		struct node *n = node(p, N_BINARY);

		if (++links > 300) {
			fail(p);
			break;
		}
		next(p);
		if (op == OP_NOT_IN && !take_word(p, "in"))
			p->failed = true;
		if (op == OP_IS && take_word(p, "not"))
			op = OP_IS_NOT;
		n->op = op;
		n->a = left;
		n->b = binary(p, level + 1);
		left = level == 4 && left->kind == N_BINARY ? chained(p, left, n) : n;
	}
	p->depth--;
	return left;
}

static void parameters(struct parser *p, struct node *def, int close)
{
	while (!p->failed && !is_op(p, close)) {
		struct node *param = node(p, N_PARAM);

		if (take_op(p, '*'))
			param->op = 1;
		else if (take_op(p, OP_POWER))
			param->op = 2;
		if (p->token == T_NAME) {
			param->text = p->text;
			next(p);
			if (close == ')' && take_op(p, ':'))
				expr(p);
			if (take_op(p, '='))
				param->a = expr(p);
			vec_push(p->a, &def->kids, param);
		} else if (!param->op && !take_op(p, '/')) {
			p->failed = true;
		}
		if (!take_op(p, ','))
			break;
	}
	want_op(p, close);
}

static struct node *lambda(struct parser *p)
{
	struct node *n = node(p, N_LAMBDA);

	n->text = "<lambda>";
	parameters(p, n, ':');
	n->a = expr(p);
	return n;
}

static struct node *expr_nested(struct parser *p)
{
	struct node *n, *test;

	if (take_word(p, "lambda"))
		return lambda(p);
	if (take_word(p, "yield")) {
		take_word(p, "from");
		n = node(p, N_UNKNOWN);
		if (p->token != T_NEWLINE && !is_op(p, ')'))
			expr(p);
		return n;
	}
	n = binary(p, 1);
	if (n->kind == N_NAME && is_op(p, 'W')) {
		test = node(p, N_ASSIGNEXPR);
		next(p);
		test->text = n->text;
		test->a = expr(p);
		return test;
	}
	if (!is_word(p, "if") || p->failed)
		return n;
	test = node(p, N_IFEXP);
	next(p);
	test->a = n;
	test->b = binary(p, 1);
	if (!take_word(p, "else"))
		return fail(p);
	p->depth++;
	test->c = p->depth > MAX_DEPTH ? fail(p) : expr(p);
	p->depth--;
	return test;
}

static struct node *expr(struct parser *p)
{
	struct node *n;

	if (p->depth > MAX_DEPTH)
		return fail(p);
	p->depth++;
	n = expr_nested(p);
	p->depth--;
	return n;
}

/* "a, b" without parentheses. */
static struct node *expr_list(struct parser *p)
{
	struct node *first = star_expr(p), *tuple;

	if (!is_op(p, ','))
		return first;
	tuple = node(p, N_TUPLE);
	vec_push(p->a, &tuple->kids, first);
	while (!p->failed && take_op(p, ',')) {
		if (p->token == T_NEWLINE || p->token == T_END || is_op(p, '=') || is_op(p, ')'))
			break;
		vec_push(p->a, &tuple->kids, star_expr(p));
	}
	return tuple;
}

static struct node *target_list(struct parser *p)
{
	struct node *first, *tuple;

	first = is_op(p, '*') ? star_expr(p) : postfix(p);
	if (!is_op(p, ','))
		return first;
	tuple = node(p, N_TUPLE);
	vec_push(p->a, &tuple->kids, first);
	while (!p->failed && take_op(p, ',') && !is_word(p, "in"))
		vec_push(p->a, &tuple->kids, is_op(p, '*') ? star_expr(p) : postfix(p));
	return tuple;
}

/* --- statements --- */

static struct node *suite(struct parser *p)
{
	struct node *b;

	want_op(p, ':');
	if (p->failed)
		return node(p, N_BLOCK);
	if (++p->depth > MAX_DEPTH) {
		p->depth--;
		p->failed = true;
		return node(p, N_BLOCK);
	}
	b = block(p);
	p->depth--;
	return b;
}

static struct node *if_statement(struct parser *p)
{
	struct node *n = node(p, N_IF);

	n->a = expr(p);
	n->b = suite(p);
	if (is_word(p, "elif")) {
		next(p);
		p->depth++;
		n->c = p->depth > MAX_DEPTH ? fail(p) : if_statement(p);
		p->depth--;
	} else if (take_word(p, "else")) {
		n->c = suite(p);
	}
	return n;
}

static struct node *for_statement(struct parser *p)
{
	struct node *n = node(p, N_FOR);

	n->a = target_list(p);
	if (!take_word(p, "in"))
		return fail(p);
	n->b = expr_list(p);
	n->c = suite(p);
	if (take_word(p, "else"))
		vec_push(p->a, &n->kids, suite(p));
	return n;
}

static struct node *while_statement(struct parser *p)
{
	struct node *n = node(p, N_WHILE);

	n->a = expr(p);
	n->b = suite(p);
	if (take_word(p, "else"))
		suite(p);
	return n;
}

static struct node *def_statement(struct parser *p)
{
	struct node *n = node(p, N_DEF);

	n->text = p->text;
	next(p);
	want_op(p, '(');
	parameters(p, n, ')');
	if (take_op(p, 'R'))
		expr(p);
	n->a = suite(p);
	return n;
}

static struct node *class_statement(struct parser *p)
{
	struct node *n = node(p, N_CLASS);

	n->text = p->text;
	next(p);
	if (take_op(p, '('))
		arguments(p, n);
	n->a = suite(p);
	return n;
}

static struct node *try_statement(struct parser *p)
{
	struct node *n = node(p, N_TRY);

	n->a = suite(p);
	while (!p->failed && take_word(p, "except")) {
		take_op(p, '*');
		if (!is_op(p, ':'))
			expr_list(p);
		if (take_word(p, "as"))
			next(p);
		vec_push(p->a, &n->kids, suite(p));
	}
	if (take_word(p, "else"))
		n->b = suite(p);
	if (take_word(p, "finally"))
		n->c = suite(p);
	return n;
}

static struct node *with_statement(struct parser *p)
{
	struct node *n = node(p, N_WITH);

	do {
		struct node *item = node(p, N_EXPR), *e = expr(p);

		item->a = e;
		if (take_word(p, "as")) {
			item->kind = N_ASSIGN;
			vec_push(p->a, &item->kids, postfix(p));
		}
		vec_push(p->a, &n->kids, item);
	} while (!p->failed && take_op(p, ','));
	n->a = suite(p);
	return n;
}

static const char *dotted(struct parser *p)
{
	struct buf text = BUF_INIT;
	const char *name;

	while (is_op(p, '.') || is_op(p, 'E'))
		next(p);
	while (p->token == T_NAME && !is_keyword(p->text)) {
		buf_str(&text, p->text);
		next(p);
		if (!is_op(p, '.'))
			break;
		buf_char(&text, '.');
		next(p);
	}
	name = arena_strdup(p->a, buf_text(&text));
	buf_release(&text);
	return name;
}

static void import_name(struct parser *p, struct node *import)
{
	struct node *name = node(p, N_NAME);

	name->text = import->op ? p->text : dotted(p);
	if (import->op)
		next(p);
	if (take_word(p, "as")) {
		name->a = node(p, N_NAME);
		name->a->text = p->text;
		next(p);
	}
	vec_push(p->a, &import->kids, name);
}

static struct node *import_statement(struct parser *p, bool from)
{
	struct node *n = node(p, N_IMPORT);
	bool paren;

	n->op = from;
	if (from) {
		n->text = dotted(p);
		if (!take_word(p, "import"))
			return fail(p);
		if (take_op(p, '*')) {
			n->number = 1;
			return n;
		}
	}
	paren = take_op(p, '(');
	do {
		if (p->token != T_NAME)
			break;
		import_name(p, n);
	} while (!p->failed && take_op(p, ','));
	if (paren)
		want_op(p, ')');
	return n;
}

static struct node *expr_statement(struct parser *p)
{
	struct node *first = expr_list(p), *n;

	if (p->token == T_OP && p->op & AUGMENTED) {
		n = node(p, N_AUGMENT);
		n->op = p->op & ~AUGMENTED;
		next(p);
		n->a = first;
		n->b = expr_list(p);
		return n;
	}
	if (take_op(p, ':')) {
		expr(p); /* an annotation */
		if (!is_op(p, '='))
			return node(p, N_PASS);
	}
	n = node(p, is_op(p, '=') ? N_ASSIGN : N_EXPR);
	n->a = first;
	while (!p->failed && take_op(p, '=')) {
		vec_push(p->a, &n->kids, n->a);
		n->a = expr_list(p);
	}
	return n;
}

static struct node *skip_words(struct parser *p, enum node_kind kind)
{
	struct node *n = node(p, kind);

	while (p->token != T_NEWLINE && p->token != T_END && !is_op(p, ';'))
		next(p);
	return n;
}

static struct node *return_statement(struct parser *p)
{
	struct node *n = node(p, N_RETURN);

	if (p->token != T_NEWLINE && p->token != T_END && !is_op(p, ';'))
		n->a = expr_list(p);
	return n;
}

static struct node *simple(struct parser *p)
{
	if (take_word(p, "import"))
		return import_statement(p, false);
	if (take_word(p, "from"))
		return import_statement(p, true);
	if (take_word(p, "return"))
		return return_statement(p);
	if (take_word(p, "pass"))
		return node(p, N_PASS);
	if (take_word(p, "break"))
		return node(p, N_BREAK);
	if (take_word(p, "continue"))
		return node(p, N_CONTINUE);
	if (is_word(p, "raise"))
		return skip_words(p, N_RAISE);
	if (is_word(p, "assert") || is_word(p, "del") || is_word(p, "global") ||
		is_word(p, "nonlocal"))
		return skip_words(p, N_PASS);
	return expr_statement(p);
}

static struct node *compound(struct parser *p)
{
	take_word(p, "async");
	if (take_word(p, "if"))
		return if_statement(p);
	if (take_word(p, "for"))
		return for_statement(p);
	if (take_word(p, "while"))
		return while_statement(p);
	if (take_word(p, "def"))
		return def_statement(p);
	if (take_word(p, "class"))
		return class_statement(p);
	if (take_word(p, "try"))
		return try_statement(p);
	if (take_word(p, "with"))
		return with_statement(p);
	return NULL;
}

/* Goes on after a statement that could not be read: with the next line. */
static void recover(struct parser *p)
{
	if (!p->out->bad_lines.n || p->out->bad_lines.v[p->out->bad_lines.n - 1] != p->line)
		vec_push(p->a, &p->out->bad_lines, p->line);
	while (p->token != T_NEWLINE && p->token != T_END && p->token != T_DEDENT) {
		/* What is open on this line does not reach the next. */
		p->brackets = 0;
		next(p);
	}
	p->failed = false;
	p->brackets = 0;
}

static void statement(struct parser *p, struct node *into)
{
	struct node *n;

	if (take_op(p, '@')) { /* a decorator */
		expr(p);
		if (p->failed)
			recover(p);
		if (p->token == T_NEWLINE)
			next(p);
		return;
	}
	n = compound(p);
	if (n) {
		vec_push(p->a, &into->kids, n);
		if (p->failed)
			recover(p);
		return;
	}
	do {
		if (p->token == T_NEWLINE || p->token == T_END)
			break;
		vec_push(p->a, &into->kids, simple(p));
	} while (!p->failed && take_op(p, ';'));
	if (p->failed || (p->token != T_NEWLINE && p->token != T_END && p->token != T_DEDENT))
		recover(p);
	if (p->token == T_NEWLINE)
		next(p);
}

static struct node *block(struct parser *p)
{
	struct node *b = node(p, N_BLOCK);
	unsigned extra = 0;

	if (p->token != T_NEWLINE) {
		statement(p, b);
		return b;
	}
	next(p);
	if (p->token != T_INDENT) {
		p->failed = true;
		return b;
	}
	next(p);
	/* An indent of a statement that was not understood is closed by its own dedent. */
	while (p->token != T_END && (p->token != T_DEDENT || extra)) {
		if (p->token == T_INDENT)
			extra++;
		else if (p->token == T_DEDENT)
			extra--;
		if (p->token == T_INDENT || p->token == T_NEWLINE || p->token == T_DEDENT)
			next(p);
		else
			statement(p, b);
	}
	if (p->token == T_DEDENT)
		next(p);
	return b;
}

void python_parse(struct arena *a, const char *text, struct parse_result *out)
{
	struct parser p = {.a = a, .p = text, .line = 1, .nindents = 1, .line_start = true};

	p.out = out;
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		p.p += 3;
	out->block = arena_new(a, struct node);
	out->block->kind = N_BLOCK;
	next(&p);
	while (p.token != T_END) {
		if (p.token == T_NEWLINE || p.token == T_INDENT || p.token == T_DEDENT)
			next(&p);
		else
			statement(&p, out->block);
	}
}
