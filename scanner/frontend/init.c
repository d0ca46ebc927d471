/* Initialiser lists: which leaf initialises what, and static tables as trees. */
#include "frontend/unit.h"

#include <string.h>

#define WRITTEN_LIMIT 200

/* ---- the walk: elided braces and designators resolved ---- */

static bool is_aggregate(CXType t)
{
	return type_is_array(t) || type_is_record(t);
}

/* A designated element is an expression without a type. */
static bool is_designated(CXCursor c)
{
	return c.kind == CXCursor_UnexposedExpr && clang_getCursorType(c).kind == CXType_Void;
}

/* Does one expression initialise all of an aggregate? */
static bool initialises_whole(struct unit *u, CXType type, CXCursor c)
{
	CXCursor s = strip(u, c);

	if (type_is_array(type))
		return s.kind == CXCursor_StringLiteral;
	return s.kind == CXCursor_CallExpr
		       ? type_is_record(clang_getCursorType(s))
		       : type_is_record(clang_getCursorType(c)) &&
				 clang_equalCursors(clang_getCanonicalCursor(type_decl(type)),
					 clang_getCanonicalCursor(
						 type_decl(clang_getCursorType(c))));
}

static void walk_aggregate(struct init_sink *sink, CXType type, struct kids k, unsigned *pos,
	uint64_t start, bool braced);

static void leaf(struct init_sink *sink, CXType type, CXCursor value)
{
	sink->leaves++;
	sink->leaf(sink, sink->steps, sink->n, type, value);
}

static void walk_list(struct init_sink *sink, CXType type, CXCursor list)
{
	struct kids k = kids_get(sink->u, list);
	unsigned pos = 0;

	if (sink->list && is_aggregate(type))
		sink->list(sink, sink->steps, sink->n, list);
	if (is_aggregate(type) &&
		!(k.n == 1 && type_is_array(type) &&
			strip(sink->u, kid(sink->u, k, 0)).kind == CXCursor_StringLiteral))
		walk_aggregate(sink, type, k, &pos, 0, true);
	else if (k.n)
		leaf(sink, type, kid(sink->u, k, 0));
	kids_drop(sink->u, k);
}

static void walk_value(struct init_sink *sink, CXType type, struct kids k, unsigned *pos)
{
	CXCursor c = kid(sink->u, k, *pos);
	CXCursor bare = c.kind == CXCursor_UnexposedExpr ? strip(sink->u, c) : c;

	if (bare.kind == CXCursor_InitListExpr) {
		(*pos)++;
		walk_list(sink, type, bare);
	} else if (is_aggregate(type) && !initialises_whole(sink->u, type, c)) {
		unsigned before = *pos;

		walk_aggregate(sink, type, k, pos, 0, false);
		if (*pos == before)
			(*pos)++;
	} else {
		(*pos)++;
		leaf(sink, type, c);
	}
}

static bool push_field(struct init_sink *sink, uint32_t record, uint32_t number)
{
	struct init_step *s;

	if (sink->n == sizeof(sink->steps) / sizeof(*sink->steps))
		return false;
	s = &sink->steps[sink->n++];
	*s = (struct init_step){.is_field = true,
		.record = record,
		.field = number,
		.index = number,
		.type = sink->u->facts->records.v[record].fields.v[number].type};
	return true;
}

static bool push_index(struct init_sink *sink, uint64_t index, CXType element)
{
	if (sink->n == sizeof(sink->steps) / sizeof(*sink->steps))
		return false;
	sink->steps[sink->n++] = (struct init_step){
		.index = index, .record = FACTS_NONE, .type = unit_type(sink->u, element)};
	return true;
}

static CXType element_type(CXType array)
{
	return clang_getArrayElementType(clang_getCanonicalType(array));
}

/* The steps to a designated field, through anonymous members; its place in TYPE. */
static bool push_designated_field(struct init_sink *sink, CXType type, CXCursor field, uint64_t *at)
{
	struct unit *u = sink->u;
	uint32_t record = unit_record(u, type_decl(type)), owner, number, step;
	bool first = true;

	if (record == FACTS_NONE || !unit_field(u, field, &owner, &number))
		return false;
	while (record != owner && unit_anonymous_member(u, record, owner, &step)) {
		if (!push_field(sink, record, step))
			return false;
		if (first)
			*at = step;
		first = false;
		record = u->facts->types.v[u->facts->records.v[record].fields.v[step].type].record;
	}
	if (first)
		*at = number;
	return record == owner && push_field(sink, owner, number);
}

/* D holds designators from I on and the value last. Returns the position after it. */
static uint64_t walk_designated(struct init_sink *sink, CXType type, struct kids d, unsigned i,
	struct kids k, unsigned *pos)
{
	struct unit *u = sink->u;
	CXCursor c = kid(u, d, i);
	unsigned depth = sink->n;
	int64_t index;
	uint64_t at = 0;
	bool ok;
	CXType sub;

	if (i + 1 >= d.n) {
		walk_value(sink, type, d, &i);
		return 0;
	}
	if (c.kind == CXCursor_MemberRef) {
		CXCursor field = clang_getCursorReferenced(c);

		ok = type_is_record(type) && push_designated_field(sink, type, field, &at);
		sub = clang_getCursorType(field);
	} else {
		ok = type_is_array(type) && constant_value(c, &index) && index >= 0;
		sub = element_type(type);
		if (ok && i + 2 < d.n && text_between(u, c, kid(u, d, i + 1), "..."))
			i++;
		ok = ok && push_index(sink, at = (uint64_t)index, sub);
	}
	if (ok) {
		uint64_t next = walk_designated(sink, sub, d, i + 1, k, pos);

		if (i + 2 < d.n && is_aggregate(sub) && *pos < k.n &&
			!is_designated(kid(u, k, *pos)))
			walk_aggregate(sink, sub, k, pos, next, false);
	}
	sink->n = depth;
	return at + 1;
}

static uint64_t aggregate_count(struct unit *u, CXType type)
{
	uint32_t record;
	const struct field_list *fields;
	long long n;

	if (type_is_array(type)) {
		n = clang_getArraySize(clang_getCanonicalType(type));
		return n < 0 ? UINT64_MAX : (uint64_t)n;
	}
	fields = unit_fields(u, type, &record);
	if (!fields)
		return 0;
	if (u->facts->records.v[record].kind == RECORD_UNION && fields->v.n > 1)
		return 1;
	return fields->v.n;
}

/* One positional member; unnamed bit fields take none. */
static void walk_member(
	struct init_sink *sink, CXType type, uint64_t i, struct kids k, unsigned *pos)
{
	struct unit *u = sink->u;
	unsigned depth = sink->n;
	uint32_t record;
	const struct field_list *fields;
	CXCursor field;

	if (type_is_array(type)) {
		if (push_index(sink, i, element_type(type)))
			walk_value(sink, element_type(type), k, pos);
		else
			(*pos)++;
		sink->n = depth;
		return;
	}
	fields = unit_fields(u, type, &record);
	field = fields->v.v[i];
	if (u->facts->records.v[record].fields.v[i].flags & FIELD_BITS &&
		!*u->facts->records.v[record].fields.v[i].name)
		return;
	if (push_field(sink, record, (uint32_t)i))
		walk_value(sink, clang_getCursorType(field), k, pos);
	else
		(*pos)++;
	sink->n = depth;
}

static void walk_aggregate(struct init_sink *sink, CXType type, struct kids k, unsigned *pos,
	uint64_t start, bool braced)
{
	struct unit *u = sink->u;
	uint64_t n = aggregate_count(u, type), at = start;

	while (*pos < k.n) {
		CXCursor c = kid(u, k, *pos);

		if (is_designated(c)) {
			struct kids d;

			if (!braced)
				return;
			(*pos)++;
			d = kids_get(u, c);
			if (d.n)
				at = walk_designated(sink, type, d, 0, k, pos);
			kids_drop(u, d);
			continue;
		}
		if (at >= n) {
			if (!braced)
				return;
			(*pos)++; /* excess: the parser has warned */
			continue;
		}
		walk_member(sink, type, at++, k, pos);
	}
}

void init_walk(struct init_sink *sink, CXType type, CXCursor list)
{
	walk_list(sink, type, list);
}

/* Elided braces count as leaving something out: to be sure costs one more operation. */
static bool member_is_partial(struct unit *u, CXType member, CXCursor c)
{
	CXCursor bare = strip(u, c);

	if (bare.kind == CXCursor_InitListExpr)
		return init_is_partial(u, member, bare);
	return is_aggregate(member) && !initialises_whole(u, member, c);
}

static CXType member_type(struct unit *u, CXType type, unsigned i)
{
	const struct field_list *fields;
	uint32_t record;

	if (type_is_array(type))
		return element_type(type);
	fields = unit_fields(u, type, &record);
	return clang_getCursorType(fields->v.v[i]);
}

bool init_is_partial(struct unit *u, CXType type, CXCursor list)
{
	struct kids k = kids_get(u, list);
	bool partial = is_aggregate(type) && k.n < aggregate_count(u, type);

	for (unsigned i = 0; is_aggregate(type) && i < k.n && !partial; i++)
		partial = is_designated(kid(u, k, i)) || i >= aggregate_count(u, type) ||
			  member_is_partial(u, member_type(u, type, i), kid(u, k, i));
	kids_drop(u, k);
	return partial;
}

/* ---- static trees ---- */

struct node {
	struct facts_init init;
	struct node *first, *last, *next;
	uint32_t n;
};

struct tree {
	struct init_sink sink;
	struct node *root;
};

static struct node *child_at(struct unit *u, struct node *parent, const struct init_step *step)
{
	struct node *c = parent->last;

	if (!c || c->init.index != step->index)
		for (c = parent->first; c && c->init.index != step->index;)
			c = c->init.index < step->index && parent->last->init.index < step->index
				    ? NULL
				    : c->next;
	if (c)
		return c;
	c = arena_new(&u->scratch, struct node);
	c->init.kind = INIT_LIST;
	c->init.index = step->index;
	c->init.type = step->type;
	c->init.symbol = FACTS_NONE;
	c->init.first = FACTS_NONE;
	c->init.loc = parent->init.loc;
	c->init.text = "";
	if (step->is_field)
		c->init.field = u->facts->records.v[step->record].fields.v[step->field].name;
	if (parent->last)
		parent->last->next = c;
	else
		parent->first = c;
	parent->last = c;
	parent->n++;
	return c;
}

/* The variable or function whose address S is, through members and elements. */
static CXCursor addressed(struct unit *u, CXCursor s)
{
	for (;;) {
		s = strip_casts(u, s);
		if (s.kind == CXCursor_UnaryOperator &&
			clang_getCursorUnaryOperatorKind(s) == CXUnaryOperator_AddrOf)
			s = first_expression(u, s);
		else if (s.kind == CXCursor_MemberRefExpr &&
			 clang_getCursorReferenced(s).kind == CXCursor_FieldDecl)
			s = first_expression(u, s);
		else if (s.kind == CXCursor_ArraySubscriptExpr) {
			struct kids k = kids_get(u, s);

			s = kid(u, k, 0);
			kids_drop(u, k);
		} else
			return s;
		if (is_null(s))
			return s;
	}
}

static bool set_symbol(struct unit *u, struct facts_init *i, CXCursor s)
{
	CXCursor decl;

	s = addressed(u, s);
	if (s.kind != CXCursor_DeclRefExpr && s.kind != CXCursor_MemberRefExpr)
		return false;
	decl = clang_getCursorReferenced(s);
	if (decl.kind == CXCursor_EnumConstantDecl) {
		i->kind = INIT_INT;
		i->value = clang_getEnumConstantDeclValue(decl);
		return true;
	}
	if (decl.kind != CXCursor_FunctionDecl && decl.kind != CXCursor_VarDecl &&
		decl.kind != CXCursor_CXXMethod)
		return false;
	i->kind = INIT_SYMBOL;
	i->symbol = unit_symbol(u, decl);
	unit_want_instance(u, decl);
	return true;
}

static bool set_lambda(struct unit *u, struct facts_init *i, CXCursor value)
{
	CXCursor lambda = find_lambda(u, value);

	if (is_null(lambda))
		return false;
	i->kind = INIT_SYMBOL;
	i->symbol = unit_lambda(u, lambda, NULL);
	return true;
}

static void set_node(struct unit *u, struct node *node, CXType type, CXCursor value);

static void set_leaf(struct unit *u, struct node *node, CXType type, CXCursor value)
{
	struct facts_init *i = &node->init;
	CXCursor s = strip_casts(u, value);

	i->kind = INIT_UNKNOWN;
	switch (s.kind) {
	case CXCursor_IntegerLiteral:
	case CXCursor_CharacterLiteral:
	case CXCursor_CXXBoolLiteralExpr:
		if (constant_value(s, &i->value))
			i->kind = type_is_pointer(type) && i->value == 0 ? INIT_NULL : INIT_INT;
		return;
	case CXCursor_CXXNullPtrLiteralExpr:
	case CXCursor_GNUNullExpr:
		i->kind = INIT_NULL;
		return;
	case CXCursor_StringLiteral:
		i->kind = INIT_STRING;
		i->string = string_value(u, s);
		return;
	case CXCursor_FloatingLiteral:
		return;
	default:
		break;
	}
	if (set_symbol(u, i, s))
		return;
	if (u->cxx && set_lambda(u, i, value))
		return;
	s = addressed(u, s);
	if (s.kind == CXCursor_CompoundLiteralExpr)
		set_node(u, node, clang_getCursorType(s), first_expression(u, s));
	else if (constant_value(value, &i->value))
		i->kind = type_is_pointer(type) && i->value == 0 ? INIT_NULL : INIT_INT;
}

/* As written. Where a macro writes a static type, that is the macro's call, but the size says
 * which structure the type's objects are. */
static const char *leaf_text(struct unit *u, CXCursor value)
{
	const char *text = unit_written(u, clang_getCursorExtent(value), WRITTEN_LIMIT);
	CXCursor bare = strip(u, value);
	struct kids k;

	if (bare.kind != CXCursor_UnaryExpr || strstr(text, "sizeof"))
		return text;
	k = kids_get(u, bare);
	if (k.n == 1 && kid(u, k, 0).kind == CXCursor_TypeRef) {
		CXString name = clang_getTypeSpelling(clang_getCursorType(kid(u, k, 0)));

		text = intern(&u->facts->strings,
			arena_printf(&u->scratch, "sizeof(%s)", clang_getCString(name)));
		clang_disposeString(name);
	}
	kids_drop(u, k);
	return text;
}

static void add_leaf(struct init_sink *sink, const struct init_step *steps, unsigned n, CXType type,
	CXCursor value)
{
	struct tree *t = (struct tree *)sink;
	struct unit *u = sink->u;
	struct node *node = t->root;

	for (unsigned i = 0; i < n; i++) {
		node = child_at(u, node, &steps[i]);
		if (node->init.kind != INIT_LIST)
			return; /* initialised as a whole before: the parser has complained */
	}
	node->init.loc = unit_loc(u, clang_getCursorLocation(value));
	node->init.text = leaf_text(u, value);
	set_leaf(u, node, type, value);
}

/* A row in braces, which may be empty. */
static void add_list(
	struct init_sink *sink, const struct init_step *steps, unsigned n, CXCursor list)
{
	struct tree *t = (struct tree *)sink;
	struct node *node = t->root;

	for (unsigned i = 0; i < n && node->init.kind == INIT_LIST; i++)
		node = child_at(sink->u, node, &steps[i]);
	node->init.loc = unit_loc(sink->u, clang_getCursorLocation(list));
}

/* Tables of plain numbers say nothing about references or threads, and can be huge. */
static bool holds_pointers(struct unit *u, CXType t, unsigned depth)
{
	const struct field_list *fields;
	uint32_t record;

	if (type_is_array(t))
		return holds_pointers(u, element_type(t), depth);
	if (!type_is_record(t))
		return type_is_pointer(t);
	fields = unit_fields(u, t, &record);
	for (size_t i = 0; fields && i < fields->v.n; i++)
		if (depth > 8 || holds_pointers(u, clang_getCursorType(fields->v.v[i]), depth + 1))
			return true;
	return false;
}

static void set_node(struct unit *u, struct node *node, CXType type, CXCursor value)
{
	CXCursor bare = strip(u, value);
	struct tree t = {.sink = {.list = add_list, .leaf = add_leaf, .u = u}, .root = node};

	node->init.loc = unit_loc(u, clang_getCursorLocation(value));
	if (bare.kind != CXCursor_InitListExpr) {
		node->init.text = unit_written(u, clang_getCursorExtent(value), WRITTEN_LIMIT);
		set_leaf(u, node, type, value);
		return;
	}
	node->init.kind = INIT_LIST;
	node->init.text = "";
	if (!is_aggregate(type)) {
		CXCursor only = first_expression(u, bare);

		if (!is_null(only))
			set_node(u, node, type, only);
	} else if (holds_pointers(u, type, 0)) {
		init_walk(&t.sink, type, bare);
	}
}

static int by_index(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;

	return (x->init.index > y->init.index) - (x->init.index < y->init.index);
}

/* Children of one list stand one after the other, so each level is laid down whole
 * before the next. */
static void flatten(struct unit *u, struct node *node, uint32_t at)
{
	struct node **v;
	uint32_t first = (uint32_t)u->facts->inits.n, n = 0;

	u->facts->inits.v[at] = node->init;
	if (node->init.kind != INIT_LIST || !node->n)
		return;
	v = arena_alloc(&u->scratch, node->n * sizeof(struct node *));
	for (struct node *c = node->first; c; c = c->next)
		v[n++] = c;
	qsort(v, n, sizeof(struct node *), by_index);
	u->facts->inits.v[at].first = first;
	u->facts->inits.v[at].count = n;
	for (uint32_t i = 0; i < n; i++)
		(void)vec_add(&u->facts->arena, &u->facts->inits);
	for (uint32_t i = 0; i < n; i++)
		flatten(u, v[i], first + i);
}

uint32_t unit_init(struct unit *u, CXType type, CXCursor value)
{
	struct node root = {.init = {.field = NULL,
				    .type = unit_type(u, type),
				    .symbol = FACTS_NONE,
				    .first = FACTS_NONE,
				    .text = ""}};
	uint32_t at;

	set_node(u, &root, type, value);
	at = (uint32_t)u->facts->inits.n;
	(void)vec_add(&u->facts->arena, &u->facts->inits);
	flatten(u, &root, at);
	return at;
}

CXCursor var_initializer(struct unit *u, CXCursor var)
{
	CXCursor init = clang_Cursor_getVarDeclInitializer(var);

	(void)u;
	return init;
}
