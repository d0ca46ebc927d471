#include "link/link.h"

void ext_link(struct extension *ext, struct facts *const *units, size_t n,
	const struct ext_options *options)
{
	struct linker l = {.ext = ext, .options = options};

	memset(ext, 0, sizeof(*ext));
	arena_init(&ext->arena);
	arena_init(&l.scratch);
	intern_init(&ext->strings, &ext->arena);
	map_init(&ext->function_of_key, &ext->arena);
	map_init(&ext->variable_of_key, &ext->arena);
	map_init(&ext->record_of_key, &ext->arena);
	map_init(&l.root_keys, &l.scratch);

	link_join(&l, units, n);
	link_values(&l);
	link_calls(&l);
	link_modules(&l);
	link_tables(&l);
	link_roots(&l);
	link_reach(&l);
	link_declarations(&l);
	arena_release(&l.scratch);
}

void ext_release(struct extension *ext)
{
	for (size_t i = 0; i < ext->units.n; i++) {
		facts_release(ext->units.v[i]);
		free(ext->units.v[i]);
	}
	arena_release(&ext->arena);
	memset(ext, 0, sizeof(*ext));
}

uint32_t ext_function_of_symbol(const struct extension *ext, uint32_t unit, uint32_t symbol)
{
	return ext->maps[unit].functions[symbol];
}

uint32_t ext_variable_of_symbol(const struct extension *ext, uint32_t unit, uint32_t symbol)
{
	return ext->maps[unit].variables[symbol];
}

uint32_t ext_record_of(const struct extension *ext, uint32_t unit, uint32_t record)
{
	return ext->maps[unit].records[record];
}

const struct ext_call *ext_call_at(const struct ext_function *fn, uint32_t op)
{
	size_t low = 0, high = fn->calls.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (fn->calls.v[mid].op < op)
			low = mid + 1;
		else
			high = mid;
	}
	return low < fn->calls.n && fn->calls.v[low].op == op ? &fn->calls.v[low] : NULL;
}
