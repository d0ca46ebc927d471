/* Annotations of GitHub workflows: one line each, "::error file=…,line=…::message". */
#include "report/report.h"

#include "db/db.h"

/* What the runner would read as its own syntax; more of it inside a property. */
static void put_data(struct buf *out, const char *text, const char *special)
{
	struct buf clean = BUF_INIT;

	report_escape(&clean, text, false);
	for (size_t i = 0; i < clean.len; i++)
		if (strchr(special, clean.text[i]))
			buf_printf(out, "%%%02X", (unsigned char)clean.text[i]);
		else
			buf_char(out, clean.text[i]);
	buf_release(&clean);
}

static void put_property(struct buf *out, const char *text)
{
	put_data(out, text, "%:,");
}

static void put_message(struct buf *out, const char *text)
{
	put_data(out, text, "%");
}

static const char *command_of(enum finding_level level)
{
	return level == LEVEL_NOTE ? "notice" : finding_level_name(level);
}

static void put_finding(const struct report *r, struct buf *out, const struct finding *f)
{
	const struct db_rule *rule = db_rule_find(f->rule);

	buf_printf(out, "::%s file=", command_of(f->level));
	put_property(out, finding_path(r->ext, f->at));
	if (f->at.loc.line)
		buf_printf(out, ",line=%u,endLine=%u", f->at.loc.line, f->end_line);
	if (f->at.loc.column && f->end_line == f->at.loc.line)
		buf_printf(out, ",col=%u", f->at.loc.column);
	buf_str(out, ",title=");
	put_property(out, f->rule);
	if (rule) {
		buf_char(out, ' ');
		put_property(out, rule->name);
	}
	buf_str(out, "::");
	put_message(out, f->message);
	if (f->fix) {
		buf_str(out, "%0Afix: ");
		put_message(out, f->fix);
	}
	buf_char(out, '\n');
}

static void put_module(const struct report *r, struct buf *out, const struct module_verdict *v)
{
	const struct ext_module *m = &r->ext->modules.v[v->module];

	buf_str(out, "::notice ");
	if (m->init != EXT_NONE) {
		buf_str(out, "file=");
		put_property(out, finding_path(r->ext, m->loc));
		buf_printf(out, ",line=%u,", m->loc.loc.line);
	}
	buf_str(out, "title=module ");
	put_property(out, m->name);
	buf_printf(out, "::%s (declared: %s)%%0A", verdict_name(v->verdict),
		declared_name(m->declared));
	put_message(out, v->today);
	buf_str(out, "%0A");
	put_message(out, v->advice);
	buf_char(out, '\n');
}

void report_github(const struct report *r, struct buf *out)
{
	vec_foreach (const struct finding, f, &r->findings->v)
		if (report_shows(r, f))
			put_finding(r, out, f);
	vec_foreach (const struct module_verdict, v, &r->verdicts->v)
		put_module(r, out, v);
}
