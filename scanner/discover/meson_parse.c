/* A reader of meson.build, into the nodes that Python is read into. */
#include "discover/script.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 100

enum token { T_END, T_NEWLINE, T_NAME, T_NUMBER, T_STRING, T_OP };

struct parser {
	struct arena *a;
	const char *p;
	enum token token;
	const char *text;
	long long number;
	int op;
	bool format; /* f'...' */
	unsigned line, brackets, depth;
	bool failed;
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

static void space(struct parser *p)
{
	for (;;) {
		p->p += strspn(p->p, " \t\r");
		if (*p->p == '#')
			p->p += strcspn(p->p, "\n");
		if (p->p[0] == '\\' && p->p[1] == '\n')
			p->p++;
		else if (*p->p != '\n' || !p->brackets)
			return;
		p->p++;
		p->line++;
	}
}

static void string_token(struct parser *p)
{
	bool many = p->p[1] == '\'' && p->p[2] == '\'';
	struct buf out = BUF_INIT;

	p->p += many ? 3 : 1;
	while (*p->p && !(*p->p == '\'' && (!many || (p->p[1] == '\'' && p->p[2] == '\'')))) {
		if (*p->p == '\n' && !many)
			break;
		p->line += *p->p == '\n';
		if (*p->p == '\\' && !many && (p->p[1] == '\\' || p->p[1] == '\''))
			p->p++;
		buf_char(&out, *p->p++);
	}
	if (*p->p == '\'')
		p->p += many ? 3 : 1;
	else
		p->failed = true;
	p->token = T_STRING;
	p->text = arena_strdup(p->a, buf_text(&out));
	buf_release(&out);
}

static void op_token(struct parser *p)
{
	static const struct {
		char text[3];
		int op;
	} pairs[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE}, {"+=", 'A'}};

	p->token = T_OP;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strncmp(p->p, pairs[i].text, 2) == 0) {
			p->op = pairs[i].op;
			p->p += 2;
			return;
		}
	}
	p->op = (unsigned char)*p->p++;
	if (strchr("([{", p->op))
		p->brackets++;
	else if (strchr(")]}", p->op) && p->brackets)
		p->brackets--;
}

static void next(struct parser *p)
{
	const char *start;
	char *end;

	space(p);
	p->format = p->p[0] == 'f' && p->p[1] == '\'';
	p->op = 0;
	start = p->p;
	if (!*p->p) {
		p->token = T_END;
	} else if (*p->p == '\n') {
		p->token = T_NEWLINE;
		p->p++;
		p->line++;
	} else if (*p->p == '\'' || p->format) {
		p->p += p->format;
		string_token(p);
	} else if (isdigit((unsigned char)*p->p)) {
		p->token = T_NUMBER;
		p->number = strtoll(p->p, &end, 0);
		p->p = end;
	} else if (isalpha((unsigned char)*p->p) || *p->p == '_') {
		while (isalnum((unsigned char)*p->p) || *p->p == '_')
			p->p++;
		p->token = T_NAME;
		p->text = arena_strndup(p->a, start, (size_t)(p->p - start));
	} else {
		op_token(p);
	}
}

static bool take_op(struct parser *p, int op)
{
	if (p->token != T_OP || p->op != op)
		return false;
	next(p);
	return true;
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->token == T_NAME && strcmp(p->text, word) == 0;
}

static bool take_word(struct parser *p, const char *word)
{
	if (!is_word(p, word))
		return false;
	next(p);
	return true;
}

static void arguments(struct parser *p, struct node *call)
{
	while (!p->failed && !(p->token == T_OP && p->op == ')')) {
		struct node *arg = node(p, N_ARG);

		arg->a = expr(p);
		if (arg->a->kind == N_NAME && take_op(p, ':')) {
			arg->text = arg->a->text;
			arg->a = expr(p);
		}
		vec_push(p->a, &call->kids, arg);
		if (!take_op(p, ','))
			break;
	}
	if (!take_op(p, ')'))
		p->failed = true;
}

static struct node *list(struct parser *p, int close, enum node_kind kind)
{
	struct node *n = node(p, kind);

	while (!p->failed && !(p->token == T_OP && p->op == close)) {
		vec_push(p->a, &n->kids, expr(p));
		if (kind == N_DICT && take_op(p, ':'))
			vec_push(p->a, &n->kids, expr(p));
		if (!take_op(p, ','))
			break;
	}
	if (!take_op(p, close))
		p->failed = true;
	return n;
}

/* f'a @name@ b' */
static struct node *format_string(struct parser *p, const char *s)
{
	struct node *joined = node(p, N_JOINED);

	while (*s) {
		size_t n = strcspn(s, "@"), m = s[n] ? strcspn(s + n + 1, "@") : 0;
		struct node *piece = node(p, N_STRING);

		if (s[n] && !s[n + 1 + m])
			n = strlen(s);
		piece->text = arena_strndup(p->a, s, n);
		vec_push(p->a, &joined->kids, piece);
		s += n;
		if (!*s)
			break;
		piece = node(p, N_NAME);
		piece->text = arena_strndup(p->a, s + 1, m);
		vec_push(p->a, &joined->kids, piece);
		s += m + 2;
	}
	return joined;
}

static struct node *atom(struct parser *p)
{
	struct node *n;

	if (p->token == T_STRING) {
		n = p->format ? format_string(p, p->text) : node(p, N_STRING);
		if (!p->format)
			n->text = p->text;
	} else if (p->token == T_NUMBER) {
		n = node(p, N_NUMBER);
		n->number = p->number;
	} else if (p->token == T_NAME) {
		n = node(p, N_NAME);
		n->text = p->text;
	} else if (take_op(p, '[')) {
		return list(p, ']', N_LIST);
	} else if (take_op(p, '{')) {
		return list(p, '}', N_DICT);
	} else if (take_op(p, '(')) {
		n = expr(p);
		if (!take_op(p, ')'))
			p->failed = true;
		return n;
	} else {
		return fail(p);
	}
	next(p);
	return n;
}

static struct node *postfix(struct parser *p)
{
	struct node *n = atom(p), *outer;

	for (int links = 0; !p->failed && links < MAX_DEPTH; links++) {
		if (take_op(p, '.')) {
			outer = node(p, N_ATTR);
			outer->text = p->text;
			if (p->token != T_NAME)
				return fail(p);
			next(p);
		} else if (p->token == T_OP && p->op == '(') {
			outer = node(p, N_CALL);
			next(p);
			outer->a = n;
			arguments(p, outer);
		} else if (take_op(p, '[')) {
			outer = node(p, N_INDEX);
			outer->b = expr(p);
			if (!take_op(p, ']'))
				p->failed = true;
		} else {
			return n;
		}
		outer->a = n;
		n = outer;
	}
	return n;
}

static int precedence(const struct parser *p, int *op)
{
	static const struct {
		int op, level;
	} signs[] = {{OP_EQ, 4}, {OP_NE, 4}, {OP_LE, 4}, {OP_GE, 4}, {'<', 4}, {'>', 4}, {'+', 5},
		{'-', 5}, {'*', 6}, {'/', 6}, {'%', 6}};

	*op = is_word(p, "or") ? OP_OR : is_word(p, "and") ? OP_AND : is_word(p, "in") ? OP_IN : 0;
	if (is_word(p, "not"))
		*op = OP_NOT_IN;
	if (*op)
		return *op == OP_OR ? 1 : *op == OP_AND ? 2 : 4;
	for (size_t i = 0; p->token == T_OP && i < sizeof(signs) / sizeof(signs[0]); i++) {
		*op = p->op;
		if (p->op == signs[i].op)
			return signs[i].level;
	}
	return 0;
}

static struct node *binary(struct parser *p, int min)
{
	struct node *left, *n;
	int op, level, links = 0;

	if (p->depth > MAX_DEPTH)
		return fail(p);
	p->depth++;
	if (is_word(p, "not") || (p->token == T_OP && p->op == '-')) {
		left = node(p, N_UNARY);
		left->op = p->token == T_OP ? '-' : OP_NOT;
		next(p);
		left->a = binary(p, left->op == '-' ? 7 : 3);
	} else {
		left = postfix(p);
	}
	while (!p->failed && (level = precedence(p, &op)) >= min && level && links++ < 300) {
		n = node(p, N_BINARY);
		next(p);
		if (op == OP_NOT_IN && !take_word(p, "in"))
			p->failed = true;
		n->op = op;
		n->a = left;
		n->b = binary(p, level + 1);
		left = n;
	}
	p->depth--;
	return left;
}

static struct node *expr(struct parser *p)
{
	struct node *test = binary(p, 1), *n;

	if (p->failed || !take_op(p, '?'))
		return test;
	n = node(p, N_IFEXP);
	n->b = test;
	if (p->depth > MAX_DEPTH)
		return fail(p);
	p->depth++;
	n->a = expr(p);
	if (!take_op(p, ':'))
		p->failed = true;
	n->c = expr(p);
	p->depth--;
	return n;
}

static struct node *if_statement(struct parser *p)
{
	struct node *n = node(p, N_IF);

	n->a = expr(p);
	n->b = block(p);
	if (take_word(p, "elif")) {
		if (p->depth > MAX_DEPTH)
			return fail(p);
		p->depth++;
		n->c = if_statement(p);
		p->depth--;
		return n;
	}
	if (take_word(p, "else"))
		n->c = block(p);
	if (!take_word(p, "endif"))
		p->failed = true;
	return n;
}

static struct node *foreach_statement(struct parser *p)
{
	struct node *n = node(p, N_FOR), *pair = node(p, N_TUPLE);

	do {
		vec_push(p->a, &pair->kids, atom(p));
	} while (!p->failed && take_op(p, ','));
	if (!take_op(p, ':'))
		return fail(p);
	n->a = pair->kids.n == 1 ? pair->kids.v[0] : pair;
	n->b = expr(p);
	if (pair->kids.n > 1) {
		/* Over a dict: pairs. */
		struct node *items = node(p, N_ATTR), *call = node(p, N_CALL);

		items->a = n->b;
		items->text = "items";
		call->a = items;
		n->b = call;
	}
	n->c = block(p);
	if (!take_word(p, "endforeach"))
		p->failed = true;
	return n;
}

static struct node *simple(struct parser *p)
{
	struct node *left, *n;

	if (take_word(p, "break"))
		return node(p, N_BREAK);
	if (take_word(p, "continue"))
		return node(p, N_CONTINUE);
	left = expr(p);
	if (take_op(p, '=')) {
		n = node(p, N_ASSIGN);
		vec_push(p->a, &n->kids, left);
		n->a = expr(p);
	} else if (take_op(p, 'A')) {
		n = node(p, N_AUGMENT);
		n->op = '+';
		n->a = left;
		n->b = expr(p);
	} else {
		n = node(p, N_EXPR);
		n->a = left;
	}
	return n;
}

static void recover(struct parser *p)
{
	vec_push(p->a, &p->out->bad_lines, p->line);
	while (p->token != T_NEWLINE && p->token != T_END) {
		/* What is open on this line does not reach the next. */
		p->brackets = 0;
		next(p);
	}
	p->failed = false;
	p->brackets = 0;
}

static bool closes(const struct parser *p)
{
	return p->token == T_END || is_word(p, "endif") || is_word(p, "else") ||
	       is_word(p, "elif") || is_word(p, "endforeach");
}

static void statement(struct parser *p, struct node *into)
{
	struct node *n;

	if (take_word(p, "if"))
		n = if_statement(p);
	else if (take_word(p, "foreach"))
		n = foreach_statement(p);
	else
		n = simple(p);
	vec_push(p->a, &into->kids, n);
	if (p->failed || (p->token != T_NEWLINE && p->token != T_END))
		recover(p);
}

static struct node *block(struct parser *p)
{
	struct node *b = node(p, N_BLOCK);

	if (p->depth > MAX_DEPTH) {
		p->failed = true;
		return b;
	}
	p->depth++;
	while (!closes(p)) {
		if (p->token == T_NEWLINE)
			next(p);
		else
			statement(p, b);
	}
	p->depth--;
	return b;
}

void meson_parse(struct arena *a, const char *text, struct parse_result *out)
{
	struct parser p = {.a = a, .p = text, .line = 1, .out = out};

	out->block = arena_new(a, struct node);
	out->block->kind = N_BLOCK;
	next(&p);
	while (p.token != T_END) {
		struct node *part = block(&p);

		vec_push(a, &out->block->kids, part);
		/* A stray "endif". */
		if (p.token != T_END)
			next(&p);
	}
}
