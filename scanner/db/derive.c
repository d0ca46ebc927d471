/*
 * gilcheck-derive: what CPython's own sources show about its API, for review.
 *
 *	gilcheck-derive SEEDS INCLUDE TREE
 *
 * Lowers the C files under TREE (Objects, Python), builds the call graph, and says for
 * every function of the database what it reaches, each with the shortest chain of calls:
 *
 *	PyList_Append: section: PyList_Append > PyCriticalSection_Begin
 *
 * and where that is not what the entry says. INCLUDE holds the installed headers of a
 * free-threaded build of the same version. SEEDS is a database file with the interpreter's
 * own primitives, at which the walk ends. A call through a pointer is "indirect": it may
 * be anything, most often a type's slot. "decref" is kept apart, as nearly everything
 * releases references. A callee that is nowhere is "unknown".
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/vec.h"
#include "db/db.h"
#include "discover/build.h"
#include "frontend/frontend.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum bit {
	BIT_INDIRECT,
	BIT_DECREF,
	BIT_PYTHON,
	BIT_DETACH,
	BIT_ATTACH,
	BIT_SECTION,
	BIT_BLOCK,
	BIT_STOP,
	BIT_UNKNOWN,
	BITS
};

static const char *const bit_names[BITS] = {"indirect", "decref", "runs-python", "detach", "attach",
	"section", "block", "stop-the-world", "unknown"};

struct node {
	const char *name;
	VEC(uint32_t) callers;
	unsigned direct, bits;
	uint32_t via[BITS]; /* the callee that the bit came from; its own number: here */
	bool defined;
	bool final; /* its bits are those of the database; its body is not looked at */
};

struct graph {
	struct arena arena;
	struct intern names;
	struct map by_key;
	struct map by_name; /* functions with a body */
	VEC(struct node) nodes;
	size_t units, unread, functions;
};

/* ---- what the database says of primitives ---- */

static bool role_is_final(const struct db_api *api)
{
	if (api->effects & DB_EFFECT_NORETURN)
		return true;
	switch (api->role) {
	case DB_ROLE_DECREF:
	case DB_ROLE_CLEAR:
	case DB_ROLE_SETREF:
	case DB_ROLE_INCREF:
	case DB_ROLE_TRY_INCREF:
	case DB_ROLE_NEWREF:
	case DB_ROLE_DETACH:
	case DB_ROLE_ATTACH:
	case DB_ROLE_SECTION_BEGIN:
	case DB_ROLE_SECTION2_BEGIN:
	case DB_ROLE_SECTION_END:
	case DB_ROLE_SECTION2_END:
	case DB_ROLE_LOCK:
	case DB_ROLE_UNLOCK:
	case DB_ROLE_ALLOC:
	case DB_ROLE_FREE:
	case DB_ROLE_CHECK:
	case DB_ROLE_ERROR_SET:
		return true;
	default:
		return false;
	}
}

static unsigned bits_of(const struct db_api *api)
{
	static const struct {
		unsigned effect;
		enum bit bit;
	} map[] = {
		{DB_EFFECT_DETACHES, BIT_DETACH},
		{DB_EFFECT_ATTACHES, BIT_ATTACH},
		{DB_EFFECT_TAKES_SECTION, BIT_SECTION},
		{DB_EFFECT_BLOCKS, BIT_BLOCK},
		{DB_EFFECT_STOPS_WORLD, BIT_STOP},
		{DB_EFFECT_RUNS_PYTHON, BIT_PYTHON},
	};
	unsigned bits = 0;

	/* What is said holds for calls that succeed. */
	if (api->role == DB_ROLE_ERROR_SET || api->effects & DB_EFFECT_NORETURN)
		return 0;
	if (api->role == DB_ROLE_DECREF || api->role == DB_ROLE_CLEAR ||
		api->role == DB_ROLE_SETREF)
		return 1u << BIT_DECREF;
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (api->effects & map[i].effect)
			bits |= 1u << map[i].bit;
	if (api->effects & DB_EFFECT_MAY_DETACH && !(api->effects & DB_EFFECT_RUNS_PYTHON))
		bits |= 1u << BIT_DETACH;
	return bits;
}

/* Seeds are told by their family, the name of their file. */
static bool is_seed(const struct db_api *api)
{
	return strncmp(api->family, "derive", 6) == 0;
}

/* ---- the graph ---- */

static uint32_t node_of(struct graph *g, const char *key, const char *name)
{
	bool added;
	uintptr_t *at = map_put(&g->by_key, intern(&g->names, key), &added);
	const struct db_api *api;
	struct node *n;

	if (!added)
		return (uint32_t)*at;
	*at = g->nodes.n;
	n = vec_add(&g->arena, &g->nodes);
	n->name = intern(&g->names, name);
	api = db_api_find(n->name);
	n->final = api && (is_seed(api) || role_is_final(api));
	if (n->final)
		n->direct = bits_of(api);
	return (uint32_t)*at;
}

static void add_caller(struct graph *g, uint32_t callee, uint32_t caller)
{
	struct node *n = &g->nodes.v[callee];

	if (!n->callers.n || n->callers.v[n->callers.n - 1] != caller)
		vec_push(&g->arena, &n->callers, caller);
}

static void add_call(
	struct graph *g, uint32_t caller, const struct facts *f, const struct facts_op *op)
{
	const struct facts_symbol *s;

	if (op->callee == FACTS_NONE) {
		g->nodes.v[caller].direct |= 1u << BIT_INDIRECT;
		return;
	}
	s = &f->symbols.v[op->callee];
	add_caller(g, node_of(g, s->key, s->name), caller);
}

static void add_function(struct graph *g, const struct facts *f, const struct facts_function *fn)
{
	const struct facts_symbol *s = &f->symbols.v[fn->symbol];
	uint32_t node = node_of(g, s->key, s->name);

	g->nodes.v[node].defined = true;
	*map_put(&g->by_name, g->nodes.v[node].name, NULL) = node;
	g->functions++;
	if (g->nodes.v[node].final)
		return;
	if (fn->flags & FUNCTION_DAMAGED)
		g->nodes.v[node].direct |= 1u << BIT_UNKNOWN;
	vec_foreach (const struct facts_op, op, &fn->ops)
		if (op->kind == OP_CALL)
			add_call(g, node, f, op);
}

static void add_unit(struct facts *f, void *data)
{
	struct graph *g = data;

	g->units++;
	g->unread += f->unread;
	vec_foreach (const struct facts_function, fn, &f->functions)
		add_function(g, f, fn);
	facts_release(f);
	free(f);
}

/* Called but nowhere defined: what the database says, or unknown. */
static void settle_outside(struct graph *g)
{
	vec_foreach (struct node, n, &g->nodes) {
		const struct db_api *api = n->defined || n->final ? NULL : db_api_find(n->name);

		if (n->defined || n->final)
			continue;
		if (!api || !(api->effects || api->effects_not))
			n->direct |= 1u << BIT_UNKNOWN;
		else
			n->direct |= bits_of(api);
	}
}

/* Breadth first from where the bit is, against the calls: chains are shortest. */
static void spread(struct graph *g, enum bit bit, uint32_t *queue)
{
	size_t head = 0, tail = 0;

	for (uint32_t i = 0; i < g->nodes.n; i++) {
		if (!(g->nodes.v[i].direct >> bit & 1))
			continue;
		g->nodes.v[i].bits |= 1u << bit;
		g->nodes.v[i].via[bit] = i;
		queue[tail++] = i;
	}
	for (; head < tail; head++) {
		uint32_t at = queue[head];

		for (size_t k = 0; k < g->nodes.v[at].callers.n; k++) {
			uint32_t up = g->nodes.v[at].callers.v[k];

			if (g->nodes.v[up].final || g->nodes.v[up].bits >> bit & 1)
				continue;
			g->nodes.v[up].bits |= 1u << bit;
			g->nodes.v[up].via[bit] = at;
			queue[tail++] = up;
		}
	}
}

static void spread_all(struct graph *g)
{
	uint32_t *queue = arena_alloc(&g->arena, (g->nodes.n + 1) * sizeof(*queue));

	settle_outside(g);
	for (int bit = 0; bit < BITS; bit++)
		spread(g, (enum bit)bit, queue);
}

/* ---- what it says ---- */

static void print_chain(const struct graph *g, uint32_t at, enum bit bit)
{
	printf("\t%s: %s", bit_names[bit], g->nodes.v[at].name);
	while (g->nodes.v[at].via[bit] != at) {
		at = g->nodes.v[at].via[bit];
		printf(" > %s", g->nodes.v[at].name);
	}
	putchar('\n');
}

/* Words of the entry that the graph contradicts or does not bear out. */
static void print_doubts(const struct db_api *api, unsigned bits)
{
	const unsigned python = 1u << BIT_INDIRECT | 1u << BIT_DECREF | 1u << BIT_PYTHON;
	const unsigned detach = 1u << BIT_DETACH | 1u << BIT_STOP;
	const unsigned unknown = 1u << BIT_UNKNOWN;

	if (api->effects_not & DB_EFFECT_RUNS_PYTHON && bits & python)
		puts("\t? entry: never runs-python");
	if (api->effects_not & DB_EFFECT_MAY_DETACH && bits & detach)
		puts("\t? entry: never may-detach");
	if (api->effects_not & DB_EFFECT_BLOCKS && bits & 1u << BIT_BLOCK)
		puts("\t? entry: never blocks");
	if (api->effects & DB_EFFECT_RUNS_PYTHON && !(bits & (python | unknown)))
		puts("\t? entry: runs-python, not seen");
	if (api->effects & DB_EFFECT_TAKES_SECTION && !(bits & (1u << BIT_SECTION | unknown)))
		puts("\t? entry: takes-section, not seen");
	if (!((api->effects | api->effects_not) & DB_EFFECT_RUNS_PYTHON) &&
		!(bits & (python | detach | unknown)))
		puts("\t+ could say: never runs-python, never may-detach");
}

static void print_all(const struct graph *g)
{
	size_t count, seen = 0;
	const struct db_api **all = db_apis(&count);

	for (size_t i = 0; i < count; i++) {
		const uintptr_t *at = map_get(&g->by_name, all[i]->name);
		const struct node *n = at ? &g->nodes.v[*at] : NULL;

		if (!n || !n->defined || n->final)
			continue;
		seen++;
		printf("%s:\n", all[i]->name);
		for (int bit = 0; bit < BITS; bit++)
			if (n->bits >> bit & 1)
				print_chain(g, (uint32_t)*at, (enum bit)bit);
		print_doubts(all[i], n->bits);
	}
	free(all);
	fprintf(stderr, "%zu units (%zu unread), %zu functions, %zu entries\n", g->units, g->unread,
		g->functions, seen);
}

/* ---- input ---- */

static int is_c(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 2 && strcmp(e->d_name + n - 2, ".c") == 0;
}

static bool add_units(struct build *b, const char *tree, const char *folder)
{
	char *dir = arena_printf(&b->arena, "%s/%s", tree, folder);
	struct dirent **list;
	int n = scandir(dir, &list, is_c, alphasort);

	if (n < 0) {
		diag_error("%s: cannot read", dir);
		return false;
	}
	for (int i = 0; i < n; i++) {
		struct build_unit *u = vec_add(&b->arena, &b->units);

		u->path = arena_printf(&b->arena, "%s/%s", folder, list[i]->d_name);
		u->open = arena_printf(&b->arena, "%s/%s", dir, list[i]->d_name);
		u->dir = dir;
		u->language = BUILD_C;
		u->variant = "";
		u->origin = "walk";
		vec_push(&b->arena, &u->flags, "-DPy_BUILD_CORE=1");
		vec_push(&b->arena, &u->flags, "-DNDEBUG");
		vec_push(&b->arena, &u->flags, "-I");
		vec_push(
			&b->arena, &u->flags, arena_printf(&b->arena, "%s/Include/internal", tree));
		vec_push(&b->arena, &u->flags, "-I");
		vec_push(&b->arena, &u->flags, arena_strdup(&b->arena, tree));
		free(list[i]);
	}
	free(list);
	return true;
}

int main(int argc, char **argv)
{
	struct frontend_options options = {0};
	struct graph g = {.arena = ARENA_INIT};
	struct build b = {.arena = ARENA_INIT};
	bool ok;

	if (argc != 4) {
		fputs("usage: gilcheck-derive SEEDS INCLUDE TREE\n", stderr);
		return 2;
	}
	intern_init(&g.names, &g.arena);
	map_init(&g.by_key, &g.arena);
	map_init(&g.by_name, &g.arena);
	options.python_include = argv[2];
	options.no_cache = true;
	b.root = argv[3];
	ok = db_add_file(argv[1]) && add_units(&b, argv[3], "Objects") &&
	     add_units(&b, argv[3], "Python") && frontend_run(&b, &options, add_unit, &g);
	if (ok) {
		spread_all(&g);
		print_all(&g);
	}
	arena_release(&g.arena);
	arena_release(&b.arena);
	return ok ? 0 : 2;
}
