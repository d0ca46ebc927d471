/* Which roots and modules lead to each function, and when it runs. */
#include "link/link.h"

static unsigned phase_of(enum db_entry_kind kind)
{
	switch (kind) {
	case DB_ENTRY_MODULE_INIT:
	case DB_ENTRY_MODULE_CREATE:
	case DB_ENTRY_INIT_TAB:
		return PHASE_CREATE;
	case DB_ENTRY_MODULE_EXEC:
		return PHASE_EXEC;
	case DB_ENTRY_NEW:
	case DB_ENTRY_ALLOC:
		return PHASE_CONSTRUCT;
	case DB_ENTRY_DEALLOC:
	case DB_ENTRY_FREE:
	case DB_ENTRY_CAPSULE_DESTRUCTOR:
		return PHASE_DEALLOC;
	case DB_ENTRY_TRAVERSE:
	case DB_ENTRY_MODULE_TRAVERSE:
		return PHASE_TRAVERSE;
	case DB_ENTRY_MODULE_CLEAR:
	case DB_ENTRY_MODULE_FREE:
	case DB_ENTRY_ATEXIT:
		return PHASE_UNLOAD;
	default:
		return PHASE_RUN;
	}
}

/* ---- edges ---- */

struct edges {
	uint32_t *first; /* by function; one more than there are */
	VEC(uint32_t) to;
};

static void find_edges(struct linker *l, struct edges *e)
{
	struct extension *ext = l->ext;
	uint32_t *last = arena_alloc(&l->scratch, ext->functions.n * sizeof(uint32_t));

	e->first = arena_alloc(&l->scratch, (ext->functions.n + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < ext->functions.n; i++) {
		const struct ext_function *fn = &ext->functions.v[i];

		e->first[i] = (uint32_t)e->to.n;
		vec_foreach (const struct ext_call, call, &fn->calls) {
			if (call->kind == TARGET_FUNCTION && last[call->id] != i + 1) {
				last[call->id] = i + 1;
				vec_push(&l->scratch, &e->to, call->id);
			}
			for (size_t j = 0; j < call->candidates.n; j++) {
				uint32_t to = call->candidates.v[j];

				if (last[to] == i + 1)
					continue;
				last[to] = i + 1;
				vec_push(&l->scratch, &e->to, to);
			}
		}
		for (size_t j = e->first[i]; j < e->to.n; j++)
			vec_push(&ext->arena, &ext->functions.v[e->to.v[j]].callers, i);
	}
	e->first[ext->functions.n] = (uint32_t)e->to.n;
}

/* ---- phases ---- */

static void find_phases(struct linker *l, const struct edges *e)
{
	struct extension *ext = l->ext;
	VEC(uint32_t) queue = {NULL, 0, 0};

	vec_foreach (const struct ext_root, root, &ext->roots) {
		ext->functions.v[root->function].phases |= phase_of(root->kind);
		vec_push(&l->scratch, &queue, root->function);
	}
	/* each function comes up again only when a bit was new */
	for (size_t at = 0; at < queue.n; at++) {
		uint32_t from = queue.v[at];
		unsigned phases = ext->functions.v[from].phases;

		for (uint32_t i = e->first[from]; i < e->first[from + 1]; i++) {
			struct ext_function *to = &ext->functions.v[e->to.v[i]];

			if ((to->phases | phases) == to->phases)
				continue;
			to->phases |= phases;
			vec_push(&l->scratch, &queue, e->to.v[i]);
		}
	}
	vec_foreach (struct ext_function, fn, &ext->functions)
		fn->unreached = !fn->phases;
}

/* ---- roots ---- */

static int compare_number(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_roots(const void *a, const void *b)
{
	const struct ext_root *x = a, *y = b;
	int by = compare_number(x->loc.unit, y->loc.unit);

	if (!by)
		by = compare_number(x->loc.loc.file, y->loc.loc.file);
	if (!by)
		by = compare_number(x->loc.loc.line, y->loc.loc.line);
	if (!by)
		by = compare_number(x->loc.loc.column, y->loc.loc.column);
	if (!by)
		by = compare_number(x->function, y->function);
	if (!by)
		by = compare_number(x->kind, y->kind);
	if (!by)
		by = compare_number(x->type, y->type);
	return by ? by : strcmp(x->name, y->name);
}

/* Strongly connected components, Tarjan's way with a stack of its own; numbered so that
 * callees have smaller numbers than their callers. */
struct components {
	uint32_t *of; /* by function */
	uint32_t n;
};

struct frame {
	uint32_t function;
	uint32_t next;
};

static void find_components(struct linker *l, const struct edges *e, struct components *c)
{
	size_t n = l->ext->functions.n;
	struct arena *a = &l->scratch;
	uint32_t *number = arena_alloc(a, n * sizeof(uint32_t));
	uint32_t *low = arena_alloc(a, n * sizeof(uint32_t));
	uint32_t *open = arena_alloc(a, n * sizeof(uint32_t));
	struct frame *stack = arena_alloc(a, n * sizeof(*stack));
	uint32_t counter = 0, nopen = 0;

	c->of = arena_alloc(a, n * sizeof(uint32_t));
	c->n = 0;
	memset(c->of, 0xff, n * sizeof(uint32_t));
	for (uint32_t root = 0; root < n; root++) {
		size_t depth = 0;

		if (number[root])
			continue;
		stack[depth++] = (struct frame){root, e->first[root]};
		number[root] = low[root] = ++counter;
		open[nopen++] = root;
		while (depth) {
			struct frame *top = &stack[depth - 1];
			uint32_t at = top->function, to;

			if (top->next < e->first[at + 1]) {
				to = e->to.v[top->next++];
				if (!number[to]) {
					number[to] = low[to] = ++counter;
					open[nopen++] = to;
					stack[depth++] = (struct frame){to, e->first[to]};
				} else if (c->of[to] == EXT_NONE && number[to] < low[at]) {
					low[at] = number[to];
				}
				continue;
			}
			depth--;
			if (depth && low[at] < low[stack[depth - 1].function])
				low[stack[depth - 1].function] = low[at];
			if (low[at] != number[at])
				continue;
			do {
				to = open[--nopen];
				c->of[to] = c->n;
			} while (to != at);
			c->n++;
		}
	}
}

struct root_set {
	uint64_t *bits;
	uint32_t from; /* a component whose set was the first to come in */
	uint32_t *v;   /* as a list, once made */
	size_t n;
};

static void list_set(struct extension *ext, struct root_set *set, size_t words)
{
	size_t n = 0;

	for (size_t w = 0; w < words; w++)
		n += (size_t)__builtin_popcountll(set->bits[w]);
	set->v = arena_alloc(&ext->arena, n * sizeof(uint32_t));
	for (size_t w = 0; w < words; w++) {
		for (uint64_t rest = set->bits[w]; rest; rest &= rest - 1)
			set->v[set->n++] = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(rest);
	}
}

/* Sets go from callers to callees, a component at a time; equal ones share their list. */
static void find_function_roots(struct linker *l, const struct edges *e)
{
	struct extension *ext = l->ext;
	size_t words = (ext->roots.n + 63) / 64;
	struct components c;
	struct root_set *sets;
	uint32_t *first, *order;

	find_components(l, e, &c);
	sets = arena_alloc(&l->scratch, c.n * sizeof(*sets));
	for (uint32_t i = 0; i < c.n; i++) {
		sets[i].bits = bits_new(&l->scratch, ext->roots.n);
		sets[i].from = EXT_NONE;
	}
	for (uint32_t i = 0; i < ext->roots.n; i++)
		bit_set(sets[c.of[ext->roots.v[i].function]].bits, i);

	/* functions by component */
	first = arena_alloc(&l->scratch, (c.n + 1) * sizeof(uint32_t));
	order = arena_alloc(&l->scratch, ext->functions.n * sizeof(uint32_t));
	for (size_t i = 0; i < ext->functions.n; i++)
		first[c.of[i]]++;
	for (uint32_t i = 0, sum = 0; i <= c.n; i++) {
		uint32_t here = i < c.n ? first[i] : 0;

		first[i] = sum += here;
	}
	for (uint32_t i = (uint32_t)ext->functions.n; i-- > 0;)
		order[--first[c.of[i]]] = i;

	for (uint32_t s = c.n; s-- > 0;) {
		struct root_set *set = &sets[s];
		uint32_t end = s + 1 < c.n ? first[s + 1] : (uint32_t)ext->functions.n;

		if (set->from != EXT_NONE &&
			memcmp(set->bits, sets[set->from].bits, words * sizeof(uint64_t)) == 0) {
			set->v = sets[set->from].v;
			set->n = sets[set->from].n;
		} else {
			list_set(ext, set, words);
		}
		for (uint32_t i = first[s]; i < end; i++) {
			struct ext_function *fn = &ext->functions.v[order[i]];

			fn->roots.v = set->v;
			fn->roots.n = fn->roots.cap = set->n;
			for (uint32_t j = e->first[order[i]]; j < e->first[order[i] + 1]; j++) {
				struct root_set *to = &sets[c.of[e->to.v[j]]];

				if (to == set)
					continue;
				if (to->from == EXT_NONE)
					to->from = s;
				for (size_t w = 0; w < words; w++)
					to->bits[w] |= set->bits[w];
			}
		}
	}
}

/* ---- modules ---- */

static bool unit_in(const struct ext_module *module, uint32_t unit)
{
	for (size_t i = 0; i < module->units.n; i++) {
		if (module->units.v[i] == unit)
			return true;
	}
	return false;
}

/* The modules that something in UNIT belongs to: of those whose description has the unit
 * (all, where no description says) the ones that pull it in; else all that have the unit. */
static void find_modules(
	const struct linker *l, uint32_t unit, uint32_t entity, struct arena *a, entity_set *out)
{
	const struct extension *ext = l->ext;
	bool described = ext->units.v[unit]->modules.n > 0;

	for (uint32_t i = 0; i < ext->modules.n; i++) {
		if (module_pulls(l, i, entity) && (!described || unit_in(&ext->modules.v[i], unit)))
			vec_push(a, out, i);
	}
	if (out->n)
		return;
	for (uint32_t i = 0; i < ext->modules.n; i++) {
		if (unit_in(&ext->modules.v[i], unit))
			vec_push(a, out, i);
	}
}

#define TAKE(vec, set) ((vec)->v = (set).v, (vec)->n = (set).n, (vec)->cap = (set).cap)

static void find_memberships(struct linker *l)
{
	struct extension *ext = l->ext;

	for (uint32_t i = 0; i < ext->functions.n; i++) {
		struct ext_function *fn = &ext->functions.v[i];
		entity_set set = {NULL, 0, 0};

		find_modules(l, fn->unit, i, &ext->arena, &set);
		TAKE(&fn->modules, set);
		for (size_t m = 0; m < set.n; m++)
			vec_push(&ext->arena, &ext->modules.v[set.v[m]].functions, i);
	}
	for (uint32_t i = 0; i < ext->variables.n; i++) {
		struct ext_variable *v = &ext->variables.v[i];
		entity_set set = {NULL, 0, 0};

		find_modules(l, v->unit, entity_of_variable(l, i), &ext->arena, &set);
		TAKE(&v->modules, set);
	}
	for (uint32_t i = 0; i < ext->roots.n; i++) {
		struct ext_root *root = &ext->roots.v[i];
		const struct ext_function *fn = &ext->functions.v[root->function];

		TAKE(&root->modules, fn->modules);
		for (size_t m = 0; m < fn->modules.n; m++)
			vec_push(&ext->arena, &ext->modules.v[fn->modules.v[m]].roots, i);
		if (root->type != EXT_NONE)
			vec_push(&ext->arena, &ext->types.v[root->type].roots, i);
	}
}

static void count_unresolved(struct extension *ext)
{
	vec_foreach (const struct ext_function, fn, &ext->functions) {
		if (!(fn->phases & PHASES_AFTER_IMPORT))
			continue;
		vec_foreach (const struct ext_call, call, &fn->calls)
			ext->unresolved_calls +=
				call->kind == TARGET_INDIRECT && !call->candidates.n;
	}
}

void link_reach(struct linker *l)
{
	struct edges edges = {0};

	vec_sort(&l->ext->roots, compare_roots);
	find_edges(l, &edges);
	find_phases(l, &edges);
	find_function_roots(l, &edges);
	find_memberships(l);
	count_unresolved(l->ext);
}
