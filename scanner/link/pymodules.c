/* Modules: their init functions, how they are made, what belongs to them. */
#include "link/link.h"

#include "discover/build.h"

/* The last part of a dotted name, which init functions are named by. "pkg.__init__" is the
 * module of the package itself. */
static const char *module_name(struct extension *ext, const char *full)
{
	static const char package[] = ".__init__";
	size_t n = strlen(full), tail = sizeof(package) - 1;
	const char *dot;

	if (n > tail && strcmp(full + n - tail, package) == 0)
		full = intern_n(&ext->strings, full, n - tail);
	dot = strrchr(full, '.');
	return intern(&ext->strings, dot ? dot + 1 : full);
}

/* ---- finding ---- */

/* Styles that are there for telling the maker of a unit, not for init functions. */
static bool style_is_init(const struct db_module_style *style)
{
	return style->prefix && (strcmp(style->style, "init-function") == 0 ||
					strcmp(style->style, "export-hook") == 0);
}

/* Export hooks exist from 3.15 on, and go before init functions there. */
static bool style_counts(const struct linker *l, const struct db_module_style *style)
{
	return style_is_init(style) &&
	       (strcmp(style->style, "export-hook") != 0 || l->options->python >= 0x030f);
}

static struct ext_module *module_of(struct extension *ext, const char *name, uint32_t unit)
{
	vec_foreach (struct ext_module, module, &ext->modules) {
		if (module->loc.unit == unit && strcmp(module->name, name) == 0)
			return module;
	}
	return NULL;
}

static void add_module(
	struct linker *l, uint32_t function, const char *name, const struct db_module_style *style)
{
	struct extension *ext = l->ext;
	const struct ext_function *fn = &ext->functions.v[function];
	struct ext_module *module = module_of(ext, name, fn->unit);
	bool hook = strcmp(style->style, "export-hook") == 0;

	if (module && !hook)
		return;
	if (!module)
		module = vec_add(&ext->arena, &ext->modules);
	module->name = module->full_name = intern(&ext->strings, name);
	module->style = hook ? "export-hook" : "unknown";
	module->declared_at.unit = EXT_NONE;
	module->init = function;
	module->init_name = fn->name;
	module->loc = (struct ext_loc){fn->unit, fn->symbol->loc};
	module->def = EXT_NONE;
	module->kind = "c";
}

/* A module macro whose header is missing parses as a function of the macro's name; its
 * arguments are in the source line. */
static const char *name_in_macro(
	struct linker *l, const struct ext_function *fn, const struct db_module_style *style)
{
	const char *at = facts_source_line(fn->facts, fn->symbol->loc);
	int arg = style->name_arg;
	size_t n;

	at = at ? strstr(at, style->macro) : NULL;
	at = at ? strchr(at, '(') : NULL;
	for (; at && arg > 0; arg--)
		at = strchr(at + 1, ',');
	if (!at || arg < 0)
		return NULL;
	at++;
	at += strspn(at, " \t");
	n = strcspn(at, " \t,)");
	return n ? intern_n(&l->ext->strings, at, n) : NULL;
}

static void find_init_functions(struct linker *l)
{
	struct extension *ext = l->ext;

	for (uint32_t i = 0; i < ext->functions.n; i++) {
		const struct ext_function *fn = &ext->functions.v[i];
		const struct db_module_style *style;
		const char *name = NULL;

		if (fn->symbol->linkage != LINKAGE_EXTERNAL || fn->symbol->record != FACTS_NONE)
			continue;
		style = db_module_style_of_function(fn->name, &name);
		if (style && name && *name && style_counts(l, style)) {
			add_module(l, i, name, style);
			continue;
		}
		style = db_module_style_of_macro(fn->name);
		name = style ? name_in_macro(l, fn, style) : NULL;
		if (name)
			add_module(l, i, name, style);
	}
}

/* What generated a unit: macros of its init function, or functions named by a generator. */
static const struct db_module_style *generator_of(const struct linker *l, uint32_t init)
{
	const struct extension *ext = l->ext;
	const struct ext_function *fn = &ext->functions.v[init];

	if (db_module_style_of_macro(fn->name))
		return db_module_style_of_macro(fn->name);
	for (size_t i = 0; i < fn->code->ops.n; i++) {
		const char *macro = fn->code->ops.v[i].macro;
		const struct db_module_style *style =
			macro ? db_module_style_of_macro(macro) : NULL;

		if (style)
			return style;
	}
	for (size_t i = 0; i < fn->facts->symbols.n; i++) {
		const struct facts_symbol *symbol = &fn->facts->symbols.v[i];
		const char *rest = NULL;
		const struct db_module_style *style;

		if (symbol->kind != SYMBOL_FUNCTION || !(symbol->flags & SYMBOL_DEFINED))
			continue;
		style = db_module_style_of_function(symbol->name, &rest);
		if (style && !style_is_init(style))
			return style;
	}
	return NULL;
}

/* ---- how a module is made ---- */

struct making {
	enum db_role role;
	uint32_t function;
	const struct ext_call *call;
};

static bool role_makes_module(enum db_role role)
{
	return role == DB_ROLE_MODULE_INIT || role == DB_ROLE_MODULE_CREATE ||
	       role == DB_ROLE_MODULE_FROM_SLOTS;
}

/* The nearest call, through wrappers, that makes the module or hands its definition on. */
static bool find_making(struct linker *l, uint32_t init, struct making *out)
{
	const struct extension *ext = l->ext;
	struct arena scratch = ARENA_INIT;
	uint64_t *seen = bits_new(&scratch, ext->functions.n);
	VEC(uint32_t) queue = {NULL, 0, 0};
	bool found = false;

	bit_set(seen, init);
	vec_push(&scratch, &queue, init);
	for (size_t at = 0; at < queue.n && !found; at++) {
		const struct ext_function *fn = &ext->functions.v[queue.v[at]];

		vec_foreach (const struct ext_call, call, &fn->calls) {
			if (call->kind == TARGET_FUNCTION && bit_set(seen, call->id))
				vec_push(&scratch, &queue, call->id);
			if (call->kind != TARGET_API || !role_makes_module(call->api->role))
				continue;
			/* `#if`s by version leave both now and then: the definition decides */
			if (found && call->api->role != DB_ROLE_MODULE_INIT)
				continue;
			*out = (struct making){call->api->role, queue.v[at], call};
			found = true;
		}
	}
	arena_release(&scratch);
	return found;
}

static bool table_is(const struct db_table *table, const char *what)
{
	return table && strcmp(table->what, what) == 0;
}

static uint32_t definition_of(struct linker *l, const struct making *making)
{
	const struct facts_function *code = l->ext->functions.v[making->function].code;
	const struct facts_op *op = &code->ops.v[making->call->op];
	int arg = making->call->api->role_arg < 0 ? 0 : making->call->api->role_arg;
	entity_set set = {NULL, 0, 0};

	if ((uint32_t)arg >= op->nargs)
		return EXT_NONE;
	values_of(l, making->function, &code->args.v[op->first_arg + (uint32_t)arg], &set);
	for (size_t i = 0; i < set.n; i++) {
		if (entity_is_variable(l, set.v[i]) &&
			table_is(variable_table(l, entity_variable(l, set.v[i])), "module-def"))
			return entity_variable(l, set.v[i]);
	}
	return EXT_NONE;
}

static void find_slot_tables(struct linker *l, uint32_t module)
{
	entity_set set = {NULL, 0, 0};

	values_returned(l, l->ext->modules.v[module].init, &set);
	for (size_t i = 0; i < set.n; i++) {
		if (!entity_is_function(l, set.v[i]))
			vec_push(&l->scratch, &l->slot_tables,
				((struct slot_table){module, set.v[i]}));
	}
}

static void describe_module(struct linker *l, uint32_t index)
{
	struct ext_module *module = &l->ext->modules.v[index];
	const struct db_module_style *generator = generator_of(l, module->init);
	struct making making;

	if (strcmp(module->style, "export-hook") == 0) {
		find_slot_tables(l, index);
		return;
	}
	if (find_making(l, module->init, &making)) {
		module->def = definition_of(l, &making);
		module->style =
			making.role == DB_ROLE_MODULE_CREATE ? "single-phase" : "multi-phase";
	}
	if (generator) {
		module->style = generator->style;
		module->declares = generator->declares;
		module->bound = generator->macro && generator->name_arg >= 0;
	}
}

/* ---- what belongs to it ---- */

/* For each entity, those that it names: what a linker would have to bring along. */
struct mentions {
	uint32_t *first; /* by entity; one more than there are */
	VEC(uint32_t) of;
};

static void mention(struct linker *l, struct mentions *m, uint32_t unit, uint32_t symbol)
{
	const struct ext_unit_map *map = &l->ext->maps[unit];

	if (map->functions[symbol] != EXT_NONE)
		vec_push(&l->scratch, &m->of, map->functions[symbol]);
	else if (map->variables[symbol] != EXT_NONE)
		vec_push(&l->scratch, &m->of, entity_of_variable(l, map->variables[symbol]));
}

static void mention_function(struct linker *l, struct mentions *m, const struct ext_function *fn)
{
	vec_foreach (const struct ext_call, call, &fn->calls) {
		if (call->kind == TARGET_FUNCTION)
			vec_push(&l->scratch, &m->of, call->id);
		for (size_t i = 0; i < call->candidates.n; i++)
			vec_push(&l->scratch, &m->of, call->candidates.v[i]);
	}
	vec_foreach (const struct facts_operand, operand, &fn->code->args) {
		if (operand->kind == OPERAND_SYMBOL)
			mention(l, m, fn->unit, operand->id);
	}
	vec_foreach (const struct facts_place, place, &fn->code->places) {
		if (place->kind == PLACE_GLOBAL)
			mention(l, m, fn->unit, place->id);
		else if (place->kind == PLACE_MEM && place->base.kind == OPERAND_SYMBOL)
			mention(l, m, fn->unit, place->base.id);
	}
}

static void mention_init(struct linker *l, struct mentions *m, uint32_t unit, uint32_t init)
{
	const struct facts_init *i = &l->ext->units.v[unit]->inits.v[init];

	if (i->kind == INIT_SYMBOL)
		mention(l, m, unit, i->symbol);
	for (uint32_t c = 0; i->kind == INIT_LIST && c < i->count; c++)
		mention_init(l, m, unit, i->first + c);
}

static void find_mentions(struct linker *l, struct mentions *m)
{
	const struct extension *ext = l->ext;
	size_t n = ext->functions.n + ext->variables.n;

	m->first = arena_alloc(&l->scratch, (n + 1) * sizeof(uint32_t));
	for (size_t i = 0; i < ext->functions.n; i++) {
		m->first[i] = (uint32_t)m->of.n;
		mention_function(l, m, &ext->functions.v[i]);
	}
	for (size_t i = 0; i < ext->variables.n; i++) {
		const struct ext_variable *v = &ext->variables.v[i];

		m->first[ext->functions.n + i] = (uint32_t)m->of.n;
		if (v->sym->init != FACTS_NONE)
			mention_init(l, m, v->unit, v->sym->init);
	}
	m->first[n] = (uint32_t)m->of.n;
}

static uint64_t *pull(struct linker *l, const struct mentions *m, uint32_t init)
{
	size_t n = l->ext->functions.n + l->ext->variables.n;
	uint64_t *pulled = bits_new(&l->scratch, n);
	VEC(uint32_t) queue = {NULL, 0, 0};
	struct arena scratch = ARENA_INIT;

	bit_set(pulled, init);
	vec_push(&scratch, &queue, init);
	for (size_t at = 0; at < queue.n; at++) {
		for (uint32_t i = m->first[queue.v[at]]; i < m->first[queue.v[at] + 1]; i++) {
			if (bit_set(pulled, m->of.v[i]))
				vec_push(&scratch, &queue, m->of.v[i]);
		}
	}
	arena_release(&scratch);
	return pulled;
}

bool module_pulls(const struct linker *l, uint32_t module, uint32_t e)
{
	return l->pulled[module] && bit_get(l->pulled[module], e);
}

static bool unit_names(const struct facts *f, const struct ext_module *module)
{
	for (size_t i = 0; i < f->modules.n; i++) {
		if (strcmp(f->modules.v[i], module->full_name) == 0)
			return true;
	}
	return false;
}

/* The units of a module as a description has them, else those whose code it pulls in. */
static void find_units(struct linker *l, uint32_t index)
{
	struct extension *ext = l->ext;
	struct ext_module *module = &ext->modules.v[index];
	uint64_t *in = bits_new(&l->scratch, ext->units.n);
	bool only = ext->modules.n == 1;

	for (uint32_t i = 0; i < ext->functions.n; i++) {
		if (module_pulls(l, index, i))
			bit_set(in, ext->functions.v[i].unit);
	}
	for (uint32_t i = 0; i < ext->units.n; i++) {
		const struct facts *f = ext->units.v[i];
		bool described = f->modules.n > 0;

		if (described ? unit_names(f, module) : only || bit_get(in, i))
			vec_push(&ext->arena, &module->units, i);
	}
}

/* ---- modules that only descriptions know ---- */

static void take_full_name(struct extension *ext, struct ext_module *module)
{
	const struct facts *f = ext->units.v[module->loc.unit];

	for (size_t i = 0; i < f->modules.n; i++) {
		if (strcmp(module_name(ext, f->modules.v[i]), module->name) == 0)
			module->full_name = intern(&ext->strings, f->modules.v[i]);
	}
}

/* Is FULL_NAME one of the modules already? A description that could not tell the units of
 * its module still names the one that was found. */
static bool module_known(struct extension *ext, const char *full_name)
{
	const char *name = module_name(ext, full_name);
	struct ext_module *same = NULL;

	vec_foreach (struct ext_module, module, &ext->modules) {
		if (strcmp(module->full_name, full_name) == 0)
			return true;
		if (module->init != EXT_NONE && module->full_name == module->name &&
			strcmp(module->name, name) == 0)
			same = module;
	}
	if (same)
		same->full_name = intern(&ext->strings, full_name);
	return same != NULL;
}

static void add_described(
	struct extension *ext, const char *full_name, const char *kind, uint32_t unit)
{
	struct ext_module *module;

	if (module_known(ext, full_name))
		return;
	module = vec_add(&ext->arena, &ext->modules);
	module->full_name = intern(&ext->strings, full_name);
	module->name = module_name(ext, module->full_name);
	module->kind = intern(&ext->strings, kind);
	module->style = strcmp(kind, "cython") == 0 || strcmp(kind, "cffi") == 0 ||
					strcmp(kind, "swig") == 0
				? module->kind
				: "unknown";
	module->declared = DECLARED_UNKNOWN;
	module->declared_at.unit = EXT_NONE;
	module->init = module->def = EXT_NONE;
	module->loc = (struct ext_loc){unit, {FACTS_NONE, 0, 0}};
}

static void add_described_modules(struct linker *l)
{
	struct extension *ext = l->ext;

	vec_foreach (struct ext_module, module, &ext->modules)
		take_full_name(ext, module);
	for (uint32_t i = 0; i < ext->units.n; i++) {
		for (size_t j = 0; j < ext->units.v[i]->modules.n; j++)
			add_described(ext, ext->units.v[i]->modules.v[j], "c", i);
	}
	for (uint32_t i = 0; i < ext->units.n; i++)
		vec_foreach (const struct facts_foreign_module, module,
			&ext->units.v[i]->foreign_modules)
			add_described(ext, module->name, module->kind, EXT_NONE);
	if (!l->options->build)
		return;
	vec_foreach (const struct build_module, module, &l->options->build->modules)
		add_described(ext, module->name, module->kind ? module->kind : "c", EXT_NONE);
}

static int compare_modules(const void *a, const void *b)
{
	const struct ext_module *x = a, *y = b;
	int by = strcmp(x->name, y->name);

	if (!by)
		by = strcmp(x->full_name, y->full_name);
	if (!by)
		by = (x->loc.unit > y->loc.unit) - (x->loc.unit < y->loc.unit);
	return by ? by : (x->init > y->init) - (x->init < y->init);
}

void link_modules(struct linker *l)
{
	struct extension *ext = l->ext;
	struct mentions mentions = {0};

	find_init_functions(l);
	add_described_modules(l);
	vec_sort(&ext->modules, compare_modules);
	l->pulled = arena_alloc(&l->scratch, ext->modules.n * sizeof(uint64_t *));
	l->gil_slots = arena_alloc(&l->scratch, ext->modules.n * sizeof(*l->gil_slots));
	find_mentions(l, &mentions);
	for (uint32_t i = 0; i < ext->modules.n; i++) {
		if (ext->modules.v[i].init != EXT_NONE) {
			describe_module(l, i);
			l->pulled[i] = pull(l, &mentions, ext->modules.v[i].init);
		}
		find_units(l, i);
	}
}
