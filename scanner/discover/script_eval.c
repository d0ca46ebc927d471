#include "discover/script.h"

#include "base/buf.h"

#include <limits.h>
#include <string.h>

#define MAX_CALLS  30
#define MAX_MEMORY ((size_t)128 << 20)
/* Steps that one statement of a module can take, so that the others get their turn. */
#define SLICE	 50000UL
#define MAX_LOOP 2000
#define MAX_NEST 1000 /* expressions, statements and calls inside each other */

enum flow { NEXT, BREAK, CONTINUE, RETURN, RAISE };

static enum flow exec(struct script *s, const struct node *n);

static bool spent(struct script *s)
{
	if (s->steps == 0 || s->arena->allocated > MAX_MEMORY)
		return true;
	s->steps--;
	return false;
}

static struct value *lookup(struct script *s, const char *name)
{
	for (const struct scope *scope = s->scope; scope; scope = scope->parent) {
		struct value *v = scope_get(scope, name);

		if (v)
			return v;
	}
	if (strcmp(name, "True") == 0 || strcmp(name, "true") == 0)
		return s->yes;
	if (strcmp(name, "False") == 0 || strcmp(name, "false") == 0)
		return s->no;
	if (strcmp(name, "None") == 0)
		return s->none;
	if (s->host->constant) {
		struct value *v = s->host->constant(s, name);

		if (v)
			return v;
	}
	return value_path(s, name);
}

static void bind(struct script *s, const char *name, struct value *v)
{
	if (s->unsure)
		v = value_join(s, scope_get(s->scope, name), v);
	scope_set(s, s->scope, name, v);
}

static struct value *bound_method(struct script *s, struct value *f, struct value *self)
{
	struct value *m;

	if (f->kind != V_FUNC || self->kind != V_OBJECT)
		return f;
	m = value_copy(s, f);
	m->self = self;
	return m;
}

static struct value *attribute(struct script *s, struct value *base, const char *name)
{
	struct value *v;

	if (base->kind == V_PATH) {
		const char *path = arena_printf(s->arena, "%s.%s", base->text, name);

		v = s->host->constant ? s->host->constant(s, path) : NULL;
		return v ? v : value_path(s, path);
	}
	v = attr_get(base, name);
	if (v && scope_get(base->scope, name) != v)
		return bound_method(s, v, base);
	if (!v && s->host->method)
		v = s->host->method(s, base, name, NULL);
	return v ? v : s->unknown;
}

static long long clamp_index(long long i, size_t n)
{
	if (i < 0)
		i += (long long)n;
	return i<0 ? 0 : i>(long long) n ? (long long)n : i;
}

static struct value *index_value(struct script *s, struct value *base, const struct value *key)
{
	struct value *v;
	size_t n;
	long long i;

	if (base->kind == V_DICT) {
		v = dict_find(base, key);
		return v ? v : s->unknown;
	}
	if (key->kind != V_INT || (base->kind != V_LIST && base->kind != V_STR))
		return s->unknown;
	n = base->kind == V_LIST ? base->items.n : strlen(base->text);
	i = key->number < 0 ? key->number + (long long)n : key->number;
	if (i < 0 || i >= (long long)n || base->partial)
		return s->unknown;
	return base->kind == V_LIST ? base->items.v[i] : value_strn(s, base->text + i, 1);
}

static bool bound_of(
	struct script *s, const struct node *n, size_t len, long long none, size_t *out)
{
	const struct value *v = n ? script_eval(s, n) : NULL;

	if (!v || v->kind == V_NONE) {
		*out = (size_t)none;
		return true;
	}
	if (v->kind != V_INT)
		return false;
	*out = (size_t)clamp_index(v->number, len);
	return true;
}

static struct value *slice(struct script *s, const struct node *n)
{
	struct value *base = script_eval(s, n->a), *out;
	size_t len, from, to;

	if (base->kind != V_LIST && base->kind != V_STR)
		return s->unknown;
	len = base->kind == V_LIST ? base->items.n : strlen(base->text);
	if (!bound_of(s, n->b, len, 0, &from) || !bound_of(s, n->c, len, (long long)len, &to))
		return s->unknown;
	if (to < from)
		to = from;
	if (base->kind == V_STR)
		return value_strn(s, base->text + from, to - from);
	out = value_list(s);
	out->tuple = base->tuple;
	out->partial = base->partial;
	for (size_t i = from; i < to; i++)
		list_add(s, out, base->items.v[i]);
	return out;
}

/* --- operators --- */

static struct value *concat(struct script *s, const struct value *a, struct value *b)
{
	struct value *out = value_copy(s, a);

	if (b->kind == V_LIST) {
		out->partial = a->partial || b->partial;
		for (size_t i = 0, n = b->items.n; i < n; i++)
			list_add(s, out, b->items.v[i]);
	} else {
		/* Meson adds an element; in Python this is something not known. */
		out->partial = a->partial || b->kind == V_UNKNOWN;
		if (b->kind != V_UNKNOWN)
			list_add(s, out, b);
	}
	return out;
}

static struct value *add(struct script *s, struct value *a, struct value *b)
{
	long long sum;

	if (a->kind == V_LIST)
		return concat(s, a, b);
	if (b->kind == V_LIST && a->kind == V_UNKNOWN) {
		struct value *out = value_copy(s, b);

		out->partial = true;
		return out;
	}
	if (a->kind == V_STR && b->kind == V_STR)
		return value_str(s, arena_printf(s->arena, "%s%s", a->text, b->text));
	if (a->kind == V_INT && b->kind == V_INT &&
		!__builtin_add_overflow(a->number, b->number, &sum))
		return value_int(s, sum);
	return s->unknown;
}

static struct value *repeat(struct script *s, const struct value *a, const struct value *b)
{
	const struct value *list = a->kind == V_LIST || a->kind == V_STR ? a : b;
	const struct value *times = list == a ? b : a;
	struct value *out;

	if (times->kind != V_INT && times->kind != V_BOOL)
		return s->unknown;
	if (list->kind == V_STR) {
		struct buf text = BUF_INIT;
		size_t n = strlen(list->text);

		for (long long i = 0; i < times->number && text.len + n < 100000; i++)
			buf_str(&text, list->text);
		out = value_str(s, buf_text(&text));
		buf_release(&text);
		return out;
	}
	if (list->kind != V_LIST)
		return s->unknown;
	out = value_list(s);
	out->tuple = list->tuple;
	for (long long i = 0; i < times->number && out->items.n < 10000 && list->items.n; i++) {
		for (size_t j = 0; j < list->items.n; j++)
			list_add(s, out, list->items.v[j]);
	}
	return out;
}

static int compare_values(const struct value *a, const struct value *b, int *order)
{
	if ((a->kind == V_INT || a->kind == V_BOOL) && (b->kind == V_INT || b->kind == V_BOOL)) {
		*order = a->number < b->number ? -1 : a->number > b->number;
		return 1;
	}
	if (a->kind == V_STR && b->kind == V_STR) {
		*order = strcmp(a->text, b->text);
		return 1;
	}
	if (a->kind != V_LIST || b->kind != V_LIST || a->partial || b->partial)
		return 0;
	for (size_t i = 0; i < a->items.n && i < b->items.n; i++) {
		if (value_equal(a->items.v[i], b->items.v[i]) == 1)
			continue;
		if (a->items.v[i]->kind == V_LIST)
			return 0;
		return compare_values(a->items.v[i], b->items.v[i], order);
	}
	*order = a->items.n < b->items.n ? -1 : a->items.n > b->items.n;
	return 1;
}

static struct value *tri(struct script *s, int truth)
{
	return truth < 0 ? s->unknown : value_bool(s, truth);
}

static struct value *ordering(struct script *s, int op, struct value *a, struct value *b)
{
	int order;

	if (!compare_values(a, b, &order))
		return s->unknown;
	return value_bool(s, op == '<'	   ? order < 0
			     : op == '>'   ? order > 0
			     : op == OP_LE ? order <= 0
					   : order >= 0);
}

static int contains(struct script *s, const struct value *list, const struct value *item)
{
	values items = {0};
	bool all;

	if (list->kind == V_STR && item->kind == V_STR)
		return strstr(list->text, item->text) != NULL;
	if (list->kind == V_STR)
		return -1;
	all = value_iterate(s, list, &items);
	for (size_t i = 0; i < items.n; i++) {
		int same = value_equal(items.v[i], item);

		if (same == 1)
			return 1;
		all = all && same == 0;
	}
	return all ? 0 : -1;
}

static struct value *arithmetic(struct script *s, int op, long long a, long long b)
{
	long long out;

	if (op == '-' && !__builtin_sub_overflow(a, b, &out))
		return value_int(s, out);
	if (op == '*' && !__builtin_mul_overflow(a, b, &out))
		return value_int(s, out);
	if (op == OP_SHL && b >= 0 && b < 40 && a >= 0 && a < 1 << 20)
		return value_int(s, a << b);
	if (op == OP_SHR && b >= 0 && b < 63)
		return value_int(s, a >> b);
	if (op == OP_POWER && a >= 0 && a <= 16 && b >= 0 && b <= 15) {
		for (out = 1; b > 0; b--)
			out *= a;
		return value_int(s, out);
	}
	if (op == OP_FLOORDIV && a >= 0 && b > 0)
		return value_int(s, a / b);
	if (op == '%' && a >= 0 && b > 0)
		return value_int(s, a % b);
	return op == '&' ? value_int(s, a & b) : op == '|' ? value_int(s, a | b) : s->unknown;
}

static struct value *operate(struct script *s, int op, struct value *a, struct value *b)
{
	bool numbers =
		(a->kind == V_INT || a->kind == V_BOOL) && (b->kind == V_INT || b->kind == V_BOOL);
	int truth;

	switch (op) {
	case '+':
		return add(s, a, b);
	case OP_EQ:
		return tri(s, value_equal(a, b));
	case OP_NE:
		truth = value_equal(a, b);
		return tri(s, truth < 0 ? -1 : !truth);
	case OP_IS:
	case OP_IS_NOT:
		truth = value_equal(a, b);
		return tri(s, truth < 0 ? -1 : (op == OP_IS) == truth);
	case OP_IN:
	case OP_NOT_IN:
		truth = contains(s, b, a);
		return tri(s, truth < 0 ? -1 : (op == OP_IN) == truth);
	case '<':
	case '>':
	case OP_LE:
	case OP_GE:
		return ordering(s, op, a, b);
	}
	if (op == '%' && a->kind == V_STR)
		return value_percent(s, a->text, b);
	if (op == '|' && a->kind == V_DICT && b->kind == V_DICT)
		return value_join(s, b, a);
	if (op == '/' && (a->kind == V_STR || a->kind == V_OBJECT) && s->host->method) {
		struct call c = {0};
		struct value *v;

		vec_push(s->arena, &c.args, b);
		v = s->host->method(s, a, "/", &c);
		return v ? v : s->unknown;
	}
	if (numbers)
		return arithmetic(s, op, a->number, b->number);
	return op == '*' ? repeat(s, a, b) : s->unknown;
}

static struct value *binary(struct script *s, const struct node *n)
{
	struct value *a = script_eval(s, n->a);
	int truth;

	if (n->op != OP_OR && n->op != OP_AND)
		return operate(s, n->op, a, script_eval(s, n->b));
	truth = value_truth(a);
	if (truth == (n->op == OP_OR))
		return a;
	if (truth >= 0)
		return script_eval(s, n->b);
	/* What decides whatever the unknown is: "x or True", "x and False". */
	s->unsure++;
	a = script_eval(s, n->b);
	s->unsure--;
	if (n->op == OP_OR && a->kind != V_BOOL)
		return a;
	return value_truth(a) == (n->op == OP_OR) ? a : s->unknown;
}

static struct value *unary(struct script *s, const struct node *n)
{
	struct value *v = script_eval(s, n->a);
	int truth;

	if (n->op == OP_NOT) {
		truth = value_truth(v);
		return tri(s, truth < 0 ? -1 : !truth);
	}
	if (n->op == '-' && v->kind == V_INT && v->number != LLONG_MIN)
		return value_int(s, -v->number);
	return n->op == '+' ? v : s->unknown;
}

static void undecided(struct script *s, unsigned line)
{
	for (size_t i = 0; i < s->undecided.n; i++) {
		if (s->undecided.v[i] == line)
			return;
	}
	vec_push(s->arena, &s->undecided, line);
}

static struct value *if_expression(struct script *s, const struct node *n)
{
	int truth = value_truth(script_eval(s, n->b));
	struct value *a, *b;

	if (truth >= 0)
		return script_eval(s, truth ? n->a : n->c);
	undecided(s, n->line);
	a = script_eval(s, n->a);
	b = script_eval(s, n->c);
	return value_join(s, a, b);
}

/* --- assignment --- */

static void assign(struct script *s, const struct node *target, struct value *v);

static void assign_index(struct script *s, const struct node *target, struct value *v)
{
	struct value *base = script_eval(s, target->a), *key = script_eval(s, target->b);

	if (base->kind == V_DICT) {
		if (s->unsure)
			v = value_join(s, dict_find(base, key), v);
		dict_set(s, base, key, v);
	} else if (base->kind == V_LIST && key->kind == V_INT && key->number >= 0 &&
		   key->number < (long long)base->items.n) {
		base->items.v[key->number] = v;
	}
}

static void assign_attr(struct script *s, const struct node *target, struct value *v)
{
	struct value *base = script_eval(s, target->a);

	if (base->kind != V_OBJECT && base->kind != V_CLASS)
		return;
	if (s->unsure)
		v = value_join(s, attr_get(base, target->text), v);
	scope_set(s, base->scope, target->text, v);
}

static void assign_many(struct script *s, const struct node *target, struct value *v)
{
	values items = {0};
	bool known = value_iterate(s, v, &items) && items.n >= target->kids.n;

	for (size_t i = 0; i < target->kids.n; i++)
		assign(s, target->kids.v[i], known ? items.v[i] : s->unknown);
}

static void assign(struct script *s, const struct node *target, struct value *v)
{
	switch (target->kind) {
	case N_NAME:
		bind(s, target->text, v);
		break;
	case N_ATTR:
		assign_attr(s, target, v);
		break;
	case N_INDEX:
		assign_index(s, target, v);
		break;
	case N_TUPLE:
	case N_LIST:
		assign_many(s, target, v);
		break;
	case N_STAR:
		assign(s, target->a, s->unknown);
		break;
	default:
		break;
	}
}

/* In place for lists: other names of the list see it. */
static void augment(struct script *s, const struct node *n)
{
	struct value *old = script_eval(s, n->a), *more = script_eval(s, n->b);

	if (n->op == '+' && old->kind == V_LIST && !old->tuple) {
		values items = {0};

		if (!value_iterate(s, more, &items) && !items.n && !s->host->adds_elements)
			old->partial = true;
		if (more->kind == V_STR && s->host->adds_elements) {
			list_add(s, old, more);
			return;
		}
		for (size_t i = 0; i < items.n; i++)
			list_add(s, old, items.v[i]);
		return;
	}
	assign(s, n->a, operate(s, n->op, old, more));
}

/* --- collections --- */

static struct value *list_of(struct script *s, const struct node *n)
{
	struct value *list = value_list(s);

	list->tuple = n->kind == N_TUPLE;
	for (size_t i = 0; i < n->kids.n; i++) {
		values items = {0};

		if (n->kids.v[i]->kind != N_STAR) {
			list_add(s, list, script_eval(s, n->kids.v[i]));
			continue;
		}
		if (!value_iterate(s, script_eval(s, n->kids.v[i]->a), &items))
			list->partial = true;
		for (size_t j = 0; j < items.n; j++)
			list_add(s, list, items.v[j]);
	}
	return list;
}

static void merge_dict(struct script *s, struct value *into, const struct value *from)
{
	if (from->kind != V_DICT || from->partial)
		into->partial = true;
	for (size_t i = 0; from->kind == V_DICT && i + 1 < from->items.n; i += 2)
		dict_set(s, into, from->items.v[i], from->items.v[i + 1]);
}

static struct value *dict_of(struct script *s, const struct node *n)
{
	struct value *dict = value_new(s, V_DICT);

	for (size_t i = 0; i + 1 < n->kids.n; i += 2) {
		struct value *v = script_eval(s, n->kids.v[i + 1]);

		if (n->kids.v[i])
			dict_set(s, dict, script_eval(s, n->kids.v[i]), v);
		else
			merge_dict(s, dict, v);
	}
	return dict;
}

static void comp_clause(struct script *s, const struct node *n, size_t clause, struct value *out);

static void comp_element(struct script *s, const struct node *n, struct value *out)
{
	if (n->op == ':')
		dict_set(s, out, script_eval(s, n->a), script_eval(s, n->b));
	else
		list_add(s, out, script_eval(s, n->a));
}

static void comp_one(struct script *s, const struct node *n, size_t clause, struct value *item,
	struct value *out)
{
	const struct node *c = n->kids.v[clause];
	unsigned saved = s->unsure;

	/* The target is the clause's own: joining it with an older value would mix items. */
	s->unsure = 0;
	assign(s, c->a, item);
	s->unsure = saved;
	for (size_t i = 0; i < c->kids.n; i++) {
		if (value_truth(script_eval(s, c->kids.v[i])) == 0)
			return;
	}
	if (clause + 1 < n->kids.n)
		comp_clause(s, n, clause + 1, out);
	else
		comp_element(s, n, out);
}

static void comp_clause(struct script *s, const struct node *n, size_t clause, struct value *out)
{
	values items = {0};

	if (!value_iterate(s, script_eval(s, n->kids.v[clause]->b), &items))
		out->partial = true;
	for (size_t i = 0; i < items.n && !spent(s); i++)
		comp_one(s, n, clause, items.v[i], out);
}

static struct value *comprehension(struct script *s, const struct node *n)
{
	struct value *out = value_new(s, n->op == ':' ? V_DICT : V_LIST);
	struct scope *saved = s->scope;

	if (!n->kids.n)
		return s->unknown;
	s->scope = scope_new(s, saved);
	comp_clause(s, n, 0, out);
	s->scope = saved;
	return out;
}

static struct value *joined(struct script *s, const struct node *n)
{
	struct buf text = BUF_INIT;
	struct value *v = NULL;

	for (size_t i = 0; i < n->kids.n && !v; i++) {
		const char *piece = value_text(s, script_eval(s, n->kids.v[i]), false);

		if (!piece)
			v = s->unknown;
		else
			buf_str(&text, piece);
	}
	if (!v)
		v = value_str(s, buf_text(&text));
	buf_release(&text);
	return v;
}

/* --- calls --- */

static void unpack_named(struct script *s, struct call *c, const struct value *dict)
{
	if (dict->kind != V_DICT || dict->partial)
		c->partial = true;
	for (size_t i = 0; dict->kind == V_DICT && i + 1 < dict->items.n; i += 2) {
		if (dict->items.v[i]->kind != V_STR)
			continue;
		vec_push(s->arena, &c->names, dict->items.v[i]->text);
		vec_push(s->arena, &c->named, dict->items.v[i + 1]);
	}
}

static void eval_arguments(struct script *s, const struct node *n, struct call *c)
{
	c->line = n->line;
	for (size_t i = 0; i < n->kids.n; i++) {
		const struct node *arg = n->kids.v[i];
		struct value *v = script_eval(s, arg->a);

		if (arg->op == 2) {
			unpack_named(s, c, v);
		} else if (arg->op == 1) {
			c->partial |= !value_iterate(s, v, &c->args);
		} else if (arg->text) {
			vec_push(s->arena, &c->names, arg->text);
			vec_push(s->arena, &c->named, v);
		} else {
			vec_push(s->arena, &c->args, v);
		}
	}
}

static struct value *rest_dict(struct script *s, const struct node *def, const struct call *c)
{
	struct value *dict = value_new(s, V_DICT);

	dict->partial = c->partial;
	for (size_t i = 0; i < c->names.n; i++) {
		bool taken = false;

		for (size_t j = 0; j < def->kids.n; j++)
			taken = taken || (!def->kids.v[j]->op &&
						 strcmp(def->kids.v[j]->text, c->names.v[i]) == 0);
		if (!taken)
			dict_set(s, dict, value_str(s, c->names.v[i]), c->named.v[i]);
	}
	return dict;
}

static struct value *default_of(struct script *s, const struct value *f, const struct node *n)
{
	struct scope *saved = s->scope;
	struct value *v;

	s->scope = f->scope;
	v = script_eval(s, n);
	s->scope = saved;
	return v;
}

static void bind_parameters(
	struct script *s, struct scope *scope, const struct value *f, const struct call *c)
{
	const struct node *def = f->node;
	size_t next = 0, first = 0;

	if (f->self && def->kids.n) {
		scope_set(s, scope, def->kids.v[0]->text, f->self);
		first = 1;
	}
	for (size_t i = first; i < def->kids.n; i++) {
		const struct node *p = def->kids.v[i];
		struct value *v;

		if (p->op == 1) {
			v = value_list(s);
			v->tuple = true;
			for (; next < c->args.n; next++)
				list_add(s, v, c->args.v[next]);
		} else if (p->op == 2) {
			v = rest_dict(s, def, c);
		} else {
			v = call_arg(c, next, p->text);
			next++;
			if (!v)
				v = p->a && !c->partial ? default_of(s, f, p->a) : s->unknown;
		}
		scope_set(s, scope, p->text, v);
	}
}

static struct value *call_function(struct script *s, const struct value *f, const struct call *c)
{
	struct scope *saved = s->scope, *scope = scope_new(s, f->scope);
	struct value *saved_result = s->result, *result;
	unsigned saved_unsure = s->unsure;

	if (s->depth >= MAX_CALLS)
		return s->unknown;
	s->depth++;
	bind_parameters(s, scope, f, c);
	s->scope = scope;
	s->result = NULL;
	/* Inside, names are new: only what leads out of the function is unsure. */
	s->unsure = 0;
	if (f->node->kind == N_LAMBDA)
		s->result = script_eval(s, f->node->a);
	else
		s->raised |= exec(s, f->node->a) == RAISE;
	if (saved_unsure)
		s->raised = false;
	s->unsure = saved_unsure;
	result = s->result ? s->result : s->none;
	s->result = saved_result;
	s->scope = saved;
	s->depth--;
	return result;
}

static const char *base_below(const struct value *cls, const char *tail, int nest)
{
	if (cls->kind == V_PATH) {
		size_t n = strlen(cls->text), m = strlen(tail);

		return n >= m && strcmp(cls->text + n - m, tail) == 0 ? cls->text : NULL;
	}
	for (size_t i = 0; cls->kind == V_CLASS && i < cls->items.n && nest < 20; i++) {
		const char *path = base_below(cls->items.v[i], tail, nest + 1);

		if (path)
			return path;
	}
	return NULL;
}

const char *class_base(const struct value *cls, const char *tail)
{
	return base_below(cls, tail, 0);
}

bool script_call_method(struct script *s, struct value *object, const char *name, struct call *c)
{
	struct value *f = attr_get(object, name);

	if (!f || f->kind != V_FUNC)
		return false;
	f = value_copy(s, f);
	f->self = object;
	script_call(s, f, c);
	return true;
}

static struct value *instantiate(struct script *s, struct value *cls, struct call *c)
{
	const char *base = class_base(cls, "");
	struct value *object = NULL;

	if (base && s->host->make)
		object = s->host->make(s, base, cls);
	if (!object) {
		object = value_new(s, V_OBJECT);
		object->scope = scope_new(s, NULL);
		object->text = "";
	}
	object->self = cls;
	object->line = c->line;
	if (!script_call_method(s, object, "__init__", c) && base && s->host->call) {
		struct call init = *c;

		memset(&init.args, 0, sizeof(init.args));
		vec_push(s->arena, &init.args, object);
		for (size_t i = 0; i < c->args.n; i++)
			vec_push(s->arena, &init.args, c->args.v[i]);
		s->host->call(s, arena_printf(s->arena, "%s.__init__", base), &init);
	}
	return object;
}

struct value *script_call(struct script *s, struct value *f, struct call *c)
{
	struct value *v = NULL;

	if (spent(s))
		return s->unknown;
	if (f->kind == V_FUNC)
		return call_function(s, f, c);
	if (f->kind == V_CLASS)
		return instantiate(s, f, c);
	if (f->kind == V_PATH && s->host->call)
		v = s->host->call(s, f->text, c);
	return v ? v : s->unknown;
}

static bool is_super(const struct node *n)
{
	return n->kind == N_CALL && n->a->kind == N_NAME && strcmp(n->a->text, "super") == 0;
}

/* super().method(...): the next class up that has it, else the host's. */
static struct value *call_super(struct script *s, const char *name, struct call *c)
{
	struct value *self = lookup(s, "self"), *f = NULL;
	const char *base;

	if (self->kind != V_OBJECT || !self->self)
		return s->unknown;
	for (size_t i = 0; self->self->kind == V_CLASS && !f && i < self->self->items.n; i++)
		f = attr_get(self->self->items.v[i], name);
	if (f && f->kind == V_FUNC) {
		f = value_copy(s, f);
		f->self = self;
		return script_call(s, f, c);
	}
	base = class_base(self->self, "");
	if (base && s->host->call) {
		struct call up = *c;
		struct value *v;

		memset(&up.args, 0, sizeof(up.args));
		vec_push(s->arena, &up.args, self);
		for (size_t i = 0; i < c->args.n; i++)
			vec_push(s->arena, &up.args, c->args.v[i]);
		v = s->host->call(s, arena_printf(s->arena, "%s.%s", base, name), &up);
		return v ? v : s->unknown;
	}
	return s->unknown;
}

static struct value *call_attr(struct script *s, const struct node *n)
{
	const char *name = n->a->text;
	struct call c = {0};
	struct value *base, *v = NULL;

	if (is_super(n->a->a)) {
		eval_arguments(s, n, &c);
		return call_super(s, name, &c);
	}
	base = script_eval(s, n->a->a);
	eval_arguments(s, n, &c);
	if (base->kind == V_PATH || base->kind == V_CLASS || attr_get(base, name))
		return script_call(s, attribute(s, base, name), &c);
	if (s->host->method)
		v = s->host->method(s, base, name, &c);
	return v ? v : value_method(s, base, name, &c);
}

static struct value *call(struct script *s, const struct node *n)
{
	struct call c = {0};
	struct value *f;

	if (n->a->kind == N_ATTR)
		return call_attr(s, n);
	f = script_eval(s, n->a);
	eval_arguments(s, n, &c);
	return script_call(s, f, &c);
}

static struct value *function(struct script *s, const struct node *n)
{
	struct value *f = value_new(s, V_FUNC);

	f->text = n->text;
	f->node = n;
	/* Methods do not see their class's names. */
	f->scope = s->scope->is_class ? s->scope->parent : s->scope;
	return f;
}

static struct value *assign_expression(struct script *s, const struct node *n)
{
	struct value *v = script_eval(s, n->a);

	bind(s, n->text, v);
	return v;
}

static struct value *eval_node(struct script *s, const struct node *n)
{
	switch (n->kind) {
	case N_NUMBER:
		return value_int(s, n->number);
	case N_STRING:
		return value_str(s, n->text);
	case N_JOINED:
		return joined(s, n);
	case N_NAME:
		return lookup(s, n->text);
	case N_ATTR:
		return attribute(s, script_eval(s, n->a), n->text);
	case N_INDEX:
		return index_value(s, script_eval(s, n->a), script_eval(s, n->b));
	case N_SLICE:
		return slice(s, n);
	case N_CALL:
		return call(s, n);
	case N_BINARY:
		return binary(s, n);
	case N_UNARY:
		return unary(s, n);
	case N_IFEXP:
		return if_expression(s, n);
	case N_LIST:
	case N_TUPLE:
	case N_SET:
		return list_of(s, n);
	case N_DICT:
		return dict_of(s, n);
	case N_COMP:
		return comprehension(s, n);
	case N_LAMBDA:
		return function(s, n);
	case N_ASSIGNEXPR:
		return assign_expression(s, n);
	default:
		return s->unknown;
	}
}

struct value *script_eval(struct script *s, const struct node *n)
{
	struct value *v;

	if (!n || s->nest > MAX_NEST || spent(s))
		return s->unknown;
	s->nest++;
	v = eval_node(s, n);
	s->nest--;
	return v;
}

/* --- statements --- */

static enum flow exec_block(struct script *s, const struct node *b)
{
	for (size_t i = 0; i < b->kids.n; i++) {
		enum flow flow = exec(s, b->kids.v[i]);

		if (flow != NEXT)
			return flow;
	}
	return NEXT;
}

/* A branch that may not be taken: what it binds is joined, how it ends does not count. */
static void exec_unsure(struct script *s, const struct node *b)
{
	if (!b)
		return;
	s->unsure++;
	exec(s, b);
	s->raised = false;
	s->unsure--;
}

static enum flow exec_if(struct script *s, const struct node *n)
{
	int truth = value_truth(script_eval(s, n->a));

	if (truth == 1)
		return exec(s, n->b);
	if (truth == 0)
		return n->c ? exec(s, n->c) : NEXT;
	undecided(s, n->line);
	exec_unsure(s, n->b);
	exec_unsure(s, n->c);
	return NEXT;
}

static enum flow exec_for(struct script *s, const struct node *n)
{
	values items = {0};
	bool known = value_iterate(s, script_eval(s, n->b), &items);
	unsigned saved = s->unsure;

	for (size_t i = 0; i < items.n && i < MAX_LOOP && s->steps; i++) {
		enum flow flow;

		s->unsure = 0;
		assign(s, n->a, items.v[i]);
		s->unsure = saved;
		flow = exec(s, n->c);
		if (flow == BREAK)
			return NEXT;
		if (flow == RETURN || flow == RAISE)
			return flow;
	}
	if (!known) {
		s->unsure++;
		assign(s, n->a, s->unknown);
		exec(s, n->c);
		s->raised = false;
		s->unsure--;
	}
	return n->kids.n ? exec(s, n->kids.v[0]) : NEXT;
}

static enum flow exec_while(struct script *s, const struct node *n)
{
	for (int i = 0; i < MAX_LOOP && s->steps; i++) {
		int truth = value_truth(script_eval(s, n->a));
		enum flow flow;

		if (truth == 0)
			break;
		if (truth < 0) {
			exec_unsure(s, n->b);
			break;
		}
		flow = exec(s, n->b);
		if (flow == BREAK)
			break;
		if (flow == RETURN || flow == RAISE)
			return flow;
	}
	return NEXT;
}

static enum flow exec_try(struct script *s, const struct node *n)
{
	enum flow flow = exec(s, n->a);

	if (flow == RAISE && n->kids.n)
		flow = exec(s, n->kids.v[0]);
	else if (flow == NEXT && n->b)
		flow = exec(s, n->b);
	if (n->c && exec(s, n->c) == RAISE)
		flow = RAISE;
	return flow;
}

static enum flow exec_with(struct script *s, const struct node *n)
{
	for (size_t i = 0; i < n->kids.n; i++)
		exec(s, n->kids.v[i]);
	return exec(s, n->a);
}

static void exec_class(struct script *s, const struct node *n)
{
	struct value *cls = value_new(s, V_CLASS);
	struct scope *saved = s->scope;
	struct call bases = {0};
	unsigned unsure = s->unsure;

	eval_arguments(s, n, &bases);
	cls->text = n->text;
	cls->items = bases.args;
	cls->scope = scope_new(s, saved);
	cls->scope->is_class = true;
	cls->line = n->line;
	s->scope = cls->scope;
	s->unsure = 0;
	exec(s, n->a);
	s->scope = saved;
	s->unsure = unsure;
	bind(s, n->text, cls);
	if (s->host->class_made)
		s->host->class_made(s, cls);
}

static void import_one(struct script *s, const struct node *n, const struct node *name)
{
	const char *module = n->op ? n->text : name->text;
	struct value *m = s->host->import ? s->host->import(s, module) : NULL;
	const char *as = name->a ? name->a->text : name->text;
	struct value *v;

	if (n->op) {
		v = m ? attr_get(m, name->text) : NULL;
		if (!v) {
			const char *path = arena_printf(s->arena, "%s.%s", n->text, name->text);

			v = s->host->constant ? s->host->constant(s, path) : NULL;
			v = v ? v : value_path(s, path);
		}
	} else if (m) {
		v = m;
	} else if (name->a) {
		v = value_path(s, module);
	} else {
		as = arena_strndup(s->arena, module, strcspn(module, "."));
		v = value_path(s, as);
	}
	scope_set(s, s->scope, as, v);
}

static void exec_import(struct script *s, const struct node *n)
{
	for (size_t i = 0; i < n->kids.n; i++)
		import_one(s, n, n->kids.v[i]);
	if (n->op && n->number && s->host->import) {
		struct value *m = s->host->import(s, n->text);

		for (size_t i = 0; m && i < m->scope->names.cap; i++) {
			const struct map_slot *slot = &m->scope->names.slots[i];

			if (slot->key && slot->key[0] != '_')
				scope_set(s, s->scope, slot->key, (struct value *)slot->value);
		}
	}
}

static enum flow exec_return(struct script *s, const struct node *n)
{
	struct value *v = n->a ? script_eval(s, n->a) : s->none;

	s->result = s->result ? value_join(s, s->result, v) : v;
	return s->unsure ? NEXT : RETURN;
}

static void exec_assign(struct script *s, const struct node *n)
{
	struct value *v = script_eval(s, n->a);

	for (size_t i = 0; i < n->kids.n; i++)
		assign(s, n->kids.v[i], v);
}

static void exec_def(struct script *s, const struct node *n)
{
	bind(s, n->text, function(s, n));
}

static enum flow exec_simple(struct script *s, const struct node *n)
{
	switch (n->kind) {
	case N_EXPR:
		script_eval(s, n->a);
		break;
	case N_ASSIGN:
		exec_assign(s, n);
		break;
	case N_AUGMENT:
		augment(s, n);
		break;
	case N_DEF:
		exec_def(s, n);
		break;
	case N_CLASS:
		exec_class(s, n);
		break;
	case N_IMPORT:
		exec_import(s, n);
		break;
	default:
		break;
	}
	if (!s->raised)
		return NEXT;
	s->raised = false;
	return s->unsure ? NEXT : RAISE;
}

static enum flow exec_node(struct script *s, const struct node *n)
{
	switch (n->kind) {
	case N_BLOCK:
		return exec_block(s, n);
	case N_IF:
		return exec_if(s, n);
	case N_FOR:
		return exec_for(s, n);
	case N_WHILE:
		return exec_while(s, n);
	case N_TRY:
		return exec_try(s, n);
	case N_WITH:
		return exec_with(s, n);
	case N_RETURN:
		return exec_return(s, n);
	case N_BREAK:
		return s->unsure ? NEXT : BREAK;
	case N_CONTINUE:
		return s->unsure ? NEXT : CONTINUE;
	case N_RAISE:
		return s->unsure ? NEXT : RAISE;
	default:
		return exec_simple(s, n);
	}
}

static enum flow exec(struct script *s, const struct node *n)
{
	enum flow flow;

	if (s->nest > MAX_NEST || spent(s))
		return RAISE;
	s->nest++;
	flow = exec_node(s, n);
	s->nest--;
	return flow;
}

void script_run(struct script *s, const struct node *block)
{
	/* A module goes on after what would end it: later statements still tell something. */
	for (size_t i = 0; i < block->kids.n; i++) {
		unsigned long left = s->steps, most = left > SLICE ? SLICE : left;

		s->steps = most;
		exec(s, block->kids.v[i]);
		s->cut |= s->steps == 0;
		s->steps += left - most;
	}
}

struct value *script_module(struct script *s, const struct node *block)
{
	struct value *m = value_new(s, V_OBJECT);
	struct scope *saved = s->scope;
	unsigned unsure = s->unsure;

	m->text = "module";
	m->scope = scope_new(s, NULL);
	s->scope = m->scope;
	s->unsure = 0;
	script_run(s, block);
	s->scope = saved;
	s->unsure = unsure;
	return m;
}
