#include "facts/facts_io.h"

#include "base/buf.h"

static const char magic[8] = {'g', 'i', 'l', 'f', 'a', 'c', 't', '\n'};

#define RECENT 4096

struct numbered {
	const char *s;
	uint32_t number;
};

/*
 * Reader and writer are one walk over the facts, so that they cannot differ: each io_
 * function moves one value between the facts and the file, in the direction of the
 * struct io. A failed reader yields zeros from then on.
 */
struct io {
	bool reading;
	struct facts *facts;

	/* writing */
	struct buf *body;
	struct arena arena;
	struct map numbers;	 /* string -> its number */
	struct numbered *recent; /* RECENT; interned strings are found by their place */
	VEC(const char *) strings;

	/* reading; `strings` is the table of the file */
	const unsigned char *start, *at, *end;
	const unsigned char *failed_at; /* NULL: all well */
};

static void fail(struct io *io)
{
	if (!io->failed_at)
		io->failed_at = io->at;
	io->at = io->end;
}

/* ---- numbers and strings ---- */

#define VARINT_MAX 10 /* bytes */

static void put_varint(struct buf *out, uint64_t v)
{
	char *p = buf_room(out, VARINT_MAX);

	for (; v >= 0x80; v >>= 7)
		*p++ = (char)(v | 0x80);
	*p++ = (char)v;
	*p = '\0';
	out->len = (size_t)(p - out->text);
}

static uint64_t get_varint(struct io *io)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (io->at == io->end)
			break;
		byte = *io->at++;
		if (shift == 63 && byte > 1)
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	fail(io);
	return 0;
}

static inline void io_u64(struct io *io, uint64_t *v)
{
	struct buf *out = io->body;

	/* nearly all of them take one byte; what is written here is no text, and ends
	 * without a NUL */
	if (io->reading && io->at != io->end && *io->at < 0x80)
		*v = *io->at++;
	else if (io->reading)
		*v = get_varint(io);
	else if (*v < 0x80 && out->cap > out->len + 1)
		out->text[out->len++] = (char)*v;
	else
		put_varint(out, *v);
}

static void io_i64(struct io *io, int64_t *v)
{
	uint64_t folded = ((uint64_t)*v << 1) ^ (*v < 0 ? UINT64_MAX : 0);

	io_u64(io, &folded);
	if (io->reading)
		*v = (int64_t)((folded >> 1) ^ (folded & 1 ? UINT64_MAX : 0));
}

static inline void io_u32(struct io *io, uint32_t *v)
{
	uint64_t wide = *v;

	io_u64(io, &wide);
	if (wide > UINT32_MAX) {
		fail(io);
		wide = 0;
	}
	*v = (uint32_t)wide;
}

/* An index: none is the commonest value of most of them. */
static inline void io_index(struct io *io, uint32_t *v)
{
	uint32_t shifted = *v + 1;

	io_u32(io, &shifted);
	*v = shifted - 1;
}

static void io_u16(struct io *io, uint16_t *v)
{
	uint32_t wide = *v;

	io_u32(io, &wide);
	if (wide > UINT16_MAX)
		fail(io);
	*v = (uint16_t)wide;
}

static void io_bool(struct io *io, bool *v)
{
	uint32_t wide = *v;

	io_u32(io, &wide);
	if (wide > 1)
		fail(io);
	*v = wide == 1;
}

/* Values outside of the enumeration are found by facts_verify. */
#define IO_ENUM(io, v)                                                                             \
	do {                                                                                       \
		uint32_t wide_ = (uint32_t)*(v);                                                   \
                                                                                                   \
		io_u32((io), &wide_);                                                              \
		*(v) = wide_;                                                                      \
	} while (0)

static uint32_t number_of(struct io *io, const char *s)
{
	struct numbered *recent = &io->recent[((uintptr_t)s >> 4 ^ (uintptr_t)s >> 14) % RECENT];
	uintptr_t *number;
	bool added;

	if (recent->s == s)
		return recent->number;
	number = map_put(&io->numbers, s, &added);
	if (added) {
		*number = io->strings.n;
		vec_push(&io->arena, &io->strings, s);
	}
	*recent = (struct numbered){s, (uint32_t)*number};
	return recent->number;
}

static void io_str(struct io *io, const char **s)
{
	uint32_t number = FACTS_NONE;

	if (!io->reading && *s)
		number = number_of(io, *s);
	io_index(io, &number);
	if (!io->reading)
		return;
	*s = NULL;
	if (number == FACTS_NONE)
		return;
	if (number >= io->strings.n)
		fail(io);
	else
		*s = io->strings.v[number];
}

/* The count of an array whose elements take at least SMALLEST bytes each: a count that
 * the rest of the file cannot hold allocates nothing. */
static size_t io_count(struct io *io, size_t n, size_t smallest)
{
	uint32_t count = (uint32_t)n;

	io_u32(io, &count);
	if (io->reading && count > (size_t)(io->end - io->at) / smallest) {
		fail(io);
		count = 0;
	}
	return count;
}

#define IO_VEC(io, vec, smallest, each)                                                            \
	do {                                                                                       \
		size_t count_ = io_count((io), (vec)->n, (smallest));                              \
                                                                                                   \
		if ((io)->reading)                                                                 \
			vec_exact(&(io)->facts->arena, (vec), count_);                             \
		for (size_t i_ = 0; i_ < count_; i_++)                                             \
			each((io), &(vec)->v[i_]);                                                 \
	} while (0)

/* ---- entries ---- */

static void io_loc(struct io *io, struct facts_loc *loc)
{
	io_index(io, &loc->file);
	io_u32(io, &loc->line);
	io_u32(io, &loc->column);
}

static void io_line(struct io *io, struct facts_line *line)
{
	io_u32(io, &line->line);
	io_str(io, &line->text);
}

static void io_comment(struct io *io, struct facts_comment *comment)
{
	io_u32(io, &comment->line);
	io_bool(io, &comment->own_line);
	io_str(io, &comment->text);
}

static void io_file(struct io *io, struct facts_file *file)
{
	io_str(io, &file->path);
	IO_ENUM(io, &file->origin);
	io_bool(io, &file->vendored);
	IO_VEC(io, &file->lines, 2, io_line);
	IO_VEC(io, &file->comments, 3, io_comment);
}

static void io_type(struct io *io, struct facts_type *type)
{
	IO_ENUM(io, &type->kind);
	io_u32(io, &type->flags);
	io_str(io, &type->name);
	io_index(io, &type->target);
	io_index(io, &type->record);
	io_u64(io, &type->count);
	io_u32(io, &type->size);
}

static void io_field(struct io *io, struct facts_field *field)
{
	io_str(io, &field->name);
	io_index(io, &field->type);
	io_u32(io, &field->flags);
	io_loc(io, &field->loc);
	io_index(io, &field->annotations);
}

static void io_record(struct io *io, struct facts_record *record)
{
	io_str(io, &record->name);
	io_str(io, &record->key);
	IO_ENUM(io, &record->kind);
	IO_ENUM(io, &record->origin);
	io_bool(io, &record->complete);
	io_loc(io, &record->loc);
	IO_VEC(io, &record->fields, 7, io_field);
	IO_VEC(io, &record->bases, 1, io_index);
}

static void io_symbol(struct io *io, struct facts_symbol *symbol)
{
	IO_ENUM(io, &symbol->kind);
	io_str(io, &symbol->name);
	io_str(io, &symbol->key);
	IO_ENUM(io, &symbol->linkage);
	IO_ENUM(io, &symbol->origin);
	io_u32(io, &symbol->flags);
	io_index(io, &symbol->type);
	io_loc(io, &symbol->loc);
	io_index(io, &symbol->function);
	io_index(io, &symbol->init);
	io_index(io, &symbol->record);
	io_index(io, &symbol->annotations);
	io_i64(io, &symbol->value);
}

static void io_annotation(struct io *io, struct facts_annotation *annotation)
{
	io_str(io, &annotation->text);
	io_index(io, &annotation->next);
	io_loc(io, &annotation->loc);
}

static void io_init(struct io *io, struct facts_init *init)
{
	IO_ENUM(io, &init->kind);
	io_str(io, &init->field);
	io_u64(io, &init->index);
	io_index(io, &init->type);
	io_i64(io, &init->value);
	io_str(io, &init->string);
	io_index(io, &init->symbol);
	io_str(io, &init->text);
	io_loc(io, &init->loc);
	io_index(io, &init->first);
	io_u32(io, &init->count);
}

static void io_operand(struct io *io, struct facts_operand *operand)
{
	IO_ENUM(io, &operand->kind);
	switch (operand->kind) {
	case OPERAND_TEMP:
	case OPERAND_SYMBOL:
		io_index(io, &operand->id);
		break;
	case OPERAND_INT:
		io_i64(io, &operand->value);
		break;
	case OPERAND_STRING:
		io_str(io, &operand->text);
		break;
	default:
		break;
	}
}

static void io_step(struct io *io, struct facts_step *step)
{
	IO_ENUM(io, &step->kind);
	if (step->kind == STEP_INDEX) {
		io_operand(io, &step->index);
		return;
	}
	io_index(io, &step->record);
	io_u32(io, &step->field);
}

static void io_place(struct io *io, struct facts_place *place)
{
	IO_ENUM(io, &place->kind);
	if (place->kind == PLACE_MEM)
		io_operand(io, &place->base);
	else
		io_index(io, &place->id);
	io_u32(io, &place->first_step);
	io_u32(io, &place->nsteps);
}

static void io_op(struct io *io, struct facts_op *op)
{
	IO_ENUM(io, &op->kind);
	io_u16(io, &op->sub);
	io_u16(io, &op->flags);
	io_index(io, &op->type);
	io_loc(io, &op->loc);
	io_index(io, &op->place);
	io_index(io, &op->callee);
	io_u32(io, &op->first_arg);
	io_u32(io, &op->nargs);
	io_str(io, &op->macro);
}

static void io_block(struct io *io, struct facts_block *block)
{
	io_u32(io, &block->first_op);
	io_u32(io, &block->nops);
	io_u32(io, &block->first_succ);
	io_u32(io, &block->nsuccs);
}

static void io_local(struct io *io, struct facts_local *local)
{
	io_str(io, &local->name);
	io_index(io, &local->type);
	io_u32(io, &local->flags);
	io_loc(io, &local->loc);
	io_index(io, &local->annotations);
}

static void io_function(struct io *io, struct facts_function *fn)
{
	io_index(io, &fn->symbol);
	io_u32(io, &fn->flags);
	io_u32(io, &fn->nparams);
	io_loc(io, &fn->begin);
	io_loc(io, &fn->end);
	IO_VEC(io, &fn->locals, 7, io_local);
	IO_VEC(io, &fn->blocks, 4, io_block);
	IO_VEC(io, &fn->succs, 1, io_u32);
	IO_VEC(io, &fn->cases, 1, io_i64);
	IO_VEC(io, &fn->ops, 12, io_op);
	IO_VEC(io, &fn->args, 1, io_operand);
	IO_VEC(io, &fn->places, 4, io_place);
	IO_VEC(io, &fn->steps, 2, io_step);
}

static void io_unknown(struct io *io, struct facts_unknown *unknown)
{
	IO_ENUM(io, &unknown->kind);
	io_loc(io, &unknown->loc);
	io_str(io, &unknown->detail);
	io_index(io, &unknown->function);
	io_index(io, &unknown->symbol);
}

static void io_define(struct io *io, struct facts_define *define)
{
	io_str(io, &define->name);
	io_str(io, &define->value);
	io_loc(io, &define->loc);
}

static void io_include(struct io *io, struct facts_include *include)
{
	io_str(io, &include->name);
	io_str(io, &include->path);
	io_loc(io, &include->loc);
}

static void io_foreign_module(struct io *io, struct facts_foreign_module *module)
{
	io_str(io, &module->name);
	io_str(io, &module->kind);
}

static void io_facts(struct io *io, struct facts *f)
{
	io_str(io, &f->unit);
	io_str(io, &f->path);
	io_str(io, &f->language);
	io_str(io, &f->python);
	io_str(io, &f->headers);
	io_str(io, &f->origin);
	io_bool(io, &f->vendored);
	io_bool(io, &f->unread);
	IO_VEC(io, &f->flags, 1, io_str);
	IO_VEC(io, &f->modules, 1, io_str);
	IO_VEC(io, &f->foreign_modules, 2, io_foreign_module);
	IO_VEC(io, &f->notes, 1, io_str);
	IO_VEC(io, &f->requirements, 1, io_str);
	IO_VEC(io, &f->files, 5, io_file);
	IO_VEC(io, &f->types, 7, io_type);
	IO_VEC(io, &f->records, 10, io_record);
	IO_VEC(io, &f->symbols, 15, io_symbol);
	IO_VEC(io, &f->annotations, 5, io_annotation);
	IO_VEC(io, &f->inits, 13, io_init);
	IO_VEC(io, &f->functions, 17, io_function);
	IO_VEC(io, &f->unknowns, 7, io_unknown);
	IO_VEC(io, &f->defines, 5, io_define);
	IO_VEC(io, &f->includes, 5, io_include);
	io_u32(io, &f->functions_seen);
}

/* ---- files ---- */

static void set_fixed(char *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (char)(v >> (8 * i));
}

static void put_fixed(struct buf *out, uint64_t v, unsigned bytes)
{
	set_fixed(buf_room(out, bytes), v, bytes);
	out->len += bytes;
}

static uint64_t get_fixed(const unsigned char *p, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

/* Written out, compilers make one load of it. */
static uint64_t get_word(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

/* FNV-1a over words, with the upper half brought down: each step can be undone, so that no
 * change of one word is missed. */
static uint64_t checksum_add(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * UINT64_C(0x100000001b3);
	return sum ^ sum >> 32;
}

static uint64_t checksum(const unsigned char *p, size_t size)
{
	uint64_t sum = checksum_add(HASH_SEED, size);
	unsigned char last[8] = {0};

	for (; size >= sizeof(last); p += sizeof(last), size -= sizeof(last))
		sum = checksum_add(sum, get_word(p));
	memcpy(last, p, size);
	return checksum_add(sum, get_word(last));
}

void facts_seal(char *file, size_t size)
{
	const char *payload = file + FACTS_HEADER_SIZE;

	size -= FACTS_HEADER_SIZE;
	set_fixed(file + 12, size, 8);
	set_fixed(file + 20, checksum((const unsigned char *)payload, size), 8);
}

static void put_strings(const struct io *io, struct buf *out)
{
	size_t size = 0;

	vec_foreach (const char *const, s, &io->strings)
		size += strlen(*s) + 1;
	put_varint(out, io->strings.n);
	put_varint(out, size);
	vec_foreach (const char *const, s, &io->strings)
		buf_add(out, *s, strlen(*s) + 1);
}

void facts_write(const struct facts *f, struct buf *out)
{
	struct buf body = BUF_INIT, strings = BUF_INIT;
	struct io io = {.body = &body};
	struct facts copy = *f; /* the walk needs one that could be written to */
	size_t start;

	arena_init(&io.arena);
	map_init(&io.numbers, &io.arena);
	io.recent = arena_alloc(&io.arena, RECENT * sizeof(*io.recent));
	io_facts(&io, &copy);
	put_strings(&io, &strings);

	start = out->len;
	buf_add(out, magic, sizeof(magic));
	put_fixed(out, FACTS_VERSION, 4);
	put_fixed(out, strings.len + body.len, 8);
	put_fixed(out, 0, 8);
	buf_add(out, strings.text, strings.len);
	buf_add(out, body.text, body.len);
	facts_seal(out->text + start, out->len - start);
	buf_release(&strings);
	buf_release(&body);
	arena_release(&io.arena);
}

/* One copy of all of them, and a pointer to each. */
static void read_strings(struct io *io)
{
	size_t n = io_count(io, 0, 1), size = io_count(io, 0, 1);
	char *text = arena_alloc(&io->facts->arena, size + 1), *end = text + size;

	memcpy(text, io->at, size);
	io->at += size;
	vec_exact(&io->facts->arena, &io->strings, n);
	for (size_t i = 0; i < n && text < end; i++) {
		io->strings.v[i] = text;
		text += strlen(text) + 1;
	}
	if (text != end || (n && !io->strings.v[n - 1]))
		fail(io);
}

static const char *check_header(struct facts *f, const unsigned char *data, size_t size)
{
	uint64_t payload;
	uint32_t version;

	if (size < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0)
		return "not a facts file";
	if (size < FACTS_HEADER_SIZE)
		return "truncated facts file";
	version = (uint32_t)get_fixed(data + 8, 4);
	if (version != FACTS_VERSION)
		return arena_printf(&f->arena, "facts version %lu, this program reads %d",
			(unsigned long)version, FACTS_VERSION);
	payload = get_fixed(data + 12, 8);
	if (size - FACTS_HEADER_SIZE < payload)
		return "truncated facts file";
	if (size - FACTS_HEADER_SIZE > payload)
		return arena_printf(&f->arena, "damaged at byte %llu: data after the end",
			(unsigned long long)(payload + FACTS_HEADER_SIZE));
	if (checksum(data + FACTS_HEADER_SIZE, payload) != get_fixed(data + 20, 8))
		return "damaged facts file: its checksum is wrong";
	return NULL;
}

size_t facts_span(const void *data, size_t size)
{
	uint64_t payload;

	if (size < FACTS_HEADER_SIZE || memcmp(data, magic, sizeof(magic)) != 0)
		return size;
	payload = get_fixed((const unsigned char *)data + 12, 8);
	return payload < size - FACTS_HEADER_SIZE ? FACTS_HEADER_SIZE + (size_t)payload : size;
}

const char *facts_read(struct facts *f, const void *data, size_t size)
{
	struct io io = {.reading = true, .facts = f};
	const char *problem;

	facts_init(f);
	problem = check_header(f, data, size);
	if (problem)
		return problem;
	io.start = data;
	io.at = io.start + FACTS_HEADER_SIZE;
	io.end = io.start + size;
	read_strings(&io);
	io_facts(&io, f);
	if (!io.failed_at && io.at != io.end)
		fail(&io);
	if (io.failed_at)
		return arena_printf(
			&f->arena, "damaged at byte %zu", (size_t)(io.failed_at - io.start));
	problem = facts_verify(f);
	return problem ? arena_printf(&f->arena, "damaged: %s", problem) : NULL;
}
