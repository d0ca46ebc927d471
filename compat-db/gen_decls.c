#include "gen.h"

#include <string.h>

static bool is_current(
	struct gen *g, const struct gen_item *item, enum gen_kind kind, const char *header)
{
	return item->kind == kind && !item->removed && strcmp(item->header, header) == 0 &&
	       !map_get(g->by_hand, item->name);
}

static void put_list(struct buf *out, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		buf_printf(out, "%s%s", i ? ", " : "", json_string_value(one));
}

/* "PyObject *" and "f(...)" with one blank or none between; a function that returns
 * a pointer to a function is not among Python's and would need its declarator split. */
static void put_declarator(struct buf *out, const char *type, const char *name)
{
	size_t n = strlen(type);

	while (n && type[n - 1] == ' ')
		n--;
	buf_printf(out, "%.*s%s%s", (int)n, type, n && type[n - 1] == '*' ? "" : " ", name);
}

void gen_variables(struct gen *g, struct buf *out, const char *header)
{
	vec_foreach (const struct gen_item, item, &g->items)
		if (is_current(g, item, GEN_VARIABLE, header))
			buf_printf(out, "extern %s;\n", gen_text(item->view, "decl"));
}

static void put_function(struct buf *out, const char *name, const json_t *view)
{
	const json_t *params = json_object_get(view, "params");
	bool variadic = gen_flag(view, "variadic");

	if (gen_flag(view, "noreturn"))
		buf_str(out, "GC_NORETURN ");
	put_declarator(out, gen_text(view, "returns"), name);
	buf_char(out, '(');
	put_list(out, params);
	buf_str(out, variadic ? ", ...);\n" : json_array_size(params) ? ");\n" : "void);\n");
}

/* Other names of functions: declared as the function that they stand for. The macro
 * stays visible to #ifdef. */
static void put_alias(struct gen *g, struct buf *out, const struct gen_item *item)
{
	const char *of = gen_text(item->view, "of");
	const struct gen_item *target = gen_find(g, GEN_FUNCTION, of);
	const struct gen_item *own = gen_find(g, GEN_FUNCTION, item->name);

	if (strcmp(of, item->name) == 0)
		return;
	if (!target || target->removed) {
		buf_printf(out, "#define %s %s\n", item->name, of);
		return;
	}
	if (!own || own->removed)
		put_function(out, item->name, target->view);
	buf_printf(out, "#define %s %s\n", item->name, item->name);
}

void gen_functions(struct gen *g, struct buf *out, const char *header)
{
	vec_foreach (const struct gen_item, item, &g->items)
		if (is_current(g, item, GEN_FUNCTION, header))
			put_function(out, item->name, item->view);
	vec_foreach (const struct gen_item, item, &g->items)
		if (is_current(g, item, GEN_MACRO, header) && gen_is_shape(item, "alias") &&
			!gen_flag(item->view, "generic") &&
			json_array_size(json_object_get(item->view, "params")) == 0)
			put_alias(g, out, item);
}

static void put_constant(struct buf *out, const struct gen_item *item)
{
	const char *string = gen_text(item->view, "string"), *real = gen_text(item->view, "real");
	const char *type = gen_text(item->view, "type");
	const json_t *value = json_object_get(item->view, "value");
	const char *suffix = !type			     ? ""
			     : strstr(type, "unsigned long") ? "UL"
			     : strstr(type, "unsigned int")  ? "U"
			     : strstr(type, "long")	     ? "L"
							     : "";

	buf_printf(out, "#define %s ", item->name);
	if (string || real)
		buf_printf(out, "%s\n", string ? string : real);
	else if (json_is_string(value))
		buf_printf(out, "%sUL\n", json_string_value(value));
	else if (json_integer_value(value) == INT64_MIN)
		buf_printf(out, "(-%lldL - 1)\n", INT64_MAX + 0LL);
	else if (json_integer_value(value) < 0)
		buf_printf(out, "(%lld%s)\n", (long long)json_integer_value(value), suffix);
	else
		buf_printf(out, "%lld%s\n", (long long)json_integer_value(value), suffix);
}

void gen_constants(struct gen *g, struct buf *out, const char *header)
{
	vec_foreach (const struct gen_item, item, &g->items) {
		if (is_current(g, item, GEN_CONSTANT, header) &&
			!map_get(&g->enumerators, item->name))
			put_constant(out, item);
		if (is_current(g, item, GEN_MACRO, header) && gen_is_shape(item, "empty") &&
			json_array_size(json_object_get(item->view, "params")) == 0)
			buf_printf(out, "#ifndef %s\n#define %s\n#endif\n", item->name, item->name);
	}
}

/* The result of a removed function: its type where that is still there, else any
 * pointer or number. */
static const char *removed_result(struct gen *g, const json_t *view)
{
	const char *type = gen_text(view, "returns");

	type = type ? arena_printf(&g->arena, "%s ", type) : "int ";
	if (gen_types_known(g, type))
		return type;
	return strchr(type, '*') ? "void *" : "int ";
}

static void put_removed_values(struct gen *g, struct buf *out, const struct gen_item *item)
{
	const json_t *values = json_object_get(item->view, "values"), *value;
	size_t i;

	json_array_foreach(values, i, value)
	{
		const char *name = json_string_value(json_array_get(value, 0));
		long long number = json_integer_value(json_array_get(value, 1));

		if (gen_is_python_name(name) && !gen_has(g, name))
			buf_printf(out, "enum { %s = %lld };\n", name, number);
	}
}

static bool fits_int(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= INT32_MIN &&
	       json_integer_value(value) <= INT32_MAX;
}

/* Removed names stay usable without standing in the way of a replacement that the
 * scanned code brings along: functions can be overloaded, constants are enumerators,
 * which no #ifdef sees. */
bool gen_removed(struct gen *g, struct buf *out, const char *header)
{
	size_t before = out->len;
	struct map done;
	bool added;

	map_init(&done, &g->arena);
	vec_foreach (const struct gen_item, item, &g->items) {
		const json_t *value;

		if (!item->removed || item->kind == GEN_HEADER || strcmp(item->header, header) != 0)
			continue;
		if (item->kind == GEN_TYPE)
			put_removed_values(g, out, item);
		if (!gen_is_python_name(item->name) || gen_has(g, item->name))
			continue;
		map_put(&done, item->name, &added);
		if (!added)
			continue;
		value = json_object_get(item->view, "value");
		if (item->kind == GEN_FUNCTION ||
			(item->kind == GEN_MACRO && gen_is_shape(item, "value")))
			buf_printf(out, "GC_REMOVED(%s, %s)\n", removed_result(g, item->view),
				item->name);
		else if (item->kind == GEN_CONSTANT && fits_int(value))
			buf_printf(out, "enum { %s = %lld };\n", item->name,
				(long long)json_integer_value(value));
		else if (item->kind == GEN_VARIABLE &&
			 gen_types_known(g, gen_text(item->view, "decl")))
			buf_printf(out, "extern %s;\n", gen_text(item->view, "decl"));
	}
	return out->len > before;
}

static bool is_marker(struct gen *g, const struct gen_item *item, const char *header)
{
	return is_current(g, item, GEN_MACRO, header) && gen_is_shape(item, "value") &&
	       !gen_flag(item->view, "generic");
}

/* The function of the same name never returning, neither does the marker. */
static bool is_noreturn(struct gen *g, const char *name)
{
	const struct gen_item *item = gen_find(g, GEN_FUNCTION, name);

	return item && gen_flag(item->view, "noreturn");
}

/* What only casts stays a cast: its argument may be a function's name. */
static bool is_cast(const struct gen_item *item)
{
	size_t n = strlen(item->name);

	return n > 5 && strcmp(item->name + n - 5, "_CAST") == 0 &&
	       json_array_size(json_object_get(item->view, "args")) == 1;
}

static void put_marker(struct gen *g, struct buf *out, const struct gen_item *item)
{
	const json_t *args = json_object_get(item->view, "args"), *arg;
	const char *returns = gen_text(item->view, "returns");
	bool lvalue = gen_flag(item->view, "lvalue");
	size_t i;

	if (is_cast(item)) {
		buf_printf(out, "#undef %s\n#define %s(a0) ((%s)(a0))\n", item->name, item->name,
			returns);
		return;
	}
	buf_printf(out, "%s", is_noreturn(g, item->name) ? "GC_NORETURN " : "");
	put_declarator(
		out, returns, arena_printf(&g->arena, "%sgc_%s(", lvalue ? "*" : "", item->name));
	put_list(out, args);
	buf_printf(out, "%s);\n#undef %s\n#define %s(", json_array_size(args) ? "" : "void",
		item->name, item->name);
	for (i = 0; i < json_array_size(args); i++)
		buf_printf(out, "%sa%zu", i ? ", " : "", i);
	buf_printf(out, ") %sgc_%s(", lvalue ? "(*" : "", item->name);
	json_array_foreach(args, i, arg)
	{
		const char *type = json_string_value(arg);

		buf_str(out, i ? ", " : "");
		if (strchr(type, '*'))
			buf_printf(out, "(%s)(a%zu)", type, i);
		else
			buf_printf(out, "(a%zu)", i);
	}
	buf_printf(out, ")%s\n", lvalue ? ")" : "");
}

bool gen_markers(struct gen *g, struct buf *out, const char *header)
{
	bool any = false;

	vec_foreach (const struct gen_item, item, &g->items) {
		if (!is_marker(g, item, header))
			continue;
		put_marker(g, out, item);
		any = true;
	}
	return any;
}
