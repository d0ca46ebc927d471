#include "discover/build.h"

#include "base/buf.h"

/* Names may hold any bytes: the dump stays one line per thing. */
static void put_text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f || c == '\\')
			buf_printf(out, "\\x%02x", c);
		else
			buf_char(out, (char)c);
	}
}

static void put_line(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%s ", key);
	put_text(out, value);
	buf_char(out, '\n');
}

static void put_unit(struct buf *out, const struct build_unit *u)
{
	buf_str(out, "unit ");
	put_text(out, u->path);
	if (*u->variant)
		buf_printf(out, " %s", u->variant);
	buf_printf(out, " (%s%s%s)", u->language == BUILD_CXX ? "c++" : "c",
		u->standard ? ", " : "", u->standard ? u->standard : "");
	buf_printf(out, "%s from ", u->vendored ? " vendored" : "");
	put_text(out, u->origin);
	buf_char(out, '\n');
	for (size_t i = 0; i + 1 < u->flags.n; i += 2) {
		buf_printf(out, "  %s ", u->flags.v[i]);
		put_text(out, u->flags.v[i + 1]);
		buf_char(out, '\n');
	}
}

static void put_module(struct buf *out, const struct build *b, const struct build_module *m)
{
	buf_str(out, "module ");
	put_text(out, m->name);
	buf_printf(out, " (%s) from ", m->kind);
	put_text(out, m->origin);
	buf_char(out, '\n');
	vec_foreach (const uint32_t, i, &m->units) {
		const struct build_unit *u = &b->units.v[*i];

		buf_str(out, "  unit ");
		put_text(out, u->path);
		buf_printf(out, "%s%s\n", *u->variant ? " " : "", u->variant);
	}
}

void build_dump(const struct build *b, struct buf *out)
{
	vec_foreach (const struct build_unit, u, &b->units)
		put_unit(out, u);
	vec_foreach (const struct build_module, m, &b->modules)
		put_module(out, b, m);
	vec_foreach (const struct build_skip, s, &b->skipped) {
		buf_str(out, "skipped ");
		put_text(out, s->path);
		put_line(out, ":", s->reason);
	}
	vec_foreach (const char *, s, &b->requires)
		put_line(out, "requires", *s);
	vec_foreach (const char *, s, &b->requirements)
		put_line(out, "requirement", *s);
	vec_foreach (const char *, s, &b->notes)
		put_line(out, "note", *s);
}
