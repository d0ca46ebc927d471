/*
 * What rules find and the verdict and reports read. One finding stands for one hazard:
 * for shared state one shared thing with every unguarded access as evidence; for a
 * reference or a call, the place. Findings live in the arena of struct findings.
 */
#ifndef GC_RULES_FINDING_H
#define GC_RULES_FINDING_H

#include "base/vec.h"
#include "link/extension.h"

enum finding_level { LEVEL_NOTE, LEVEL_WARNING, LEVEL_ERROR };
enum finding_confidence { CONFIDENCE_REVIEW, CONFIDENCE_LIKELY, CONFIDENCE_DEFINITE };

enum evidence_kind {
#define EVIDENCE(id, name) EVIDENCE_##id,
#include "rules/kinds.def"
#undef EVIDENCE
};

enum shared_kind {
#define SHARED(id, name) SHARED_##id,
#include "rules/kinds.def"
#undef SHARED
};

struct evidence {
	enum evidence_kind kind;
	struct ext_loc at;
	uint32_t function; /* extension.functions, EXT_NONE: none */
	const char *text;
	bool has_locks; /* then `locks` is known, empty meaning none held */
	VEC(const char *) locks;
};

struct finding_edit {
	uint32_t line, column, end_line, end_column;
	const char *text;
};

/* A change that the code around a finding allows for certain: what --fix does. */
struct finding_rewrite {
	enum db_form form;		/* unstated: the field `from` by the accessor `to` */
	const char *from, *to;		/* the call that goes, and the one that comes */
	const char *variable;		/* of type PyObject *, unless the form is the same */
	const char *own;		/* the call that takes the own reference, */
	struct ext_loc call_at, own_at; /* which goes too */
};

struct finding {
	const char *rule; /* "GIL301" */
	enum finding_level level;
	enum finding_confidence confidence;
	struct ext_loc at;
	uint32_t end_line;
	uint32_t function;	 /* EXT_NONE: none */
	VEC(uint32_t) modules;	 /* extension.modules, sorted */
	enum shared_kind shared; /* SHARED_NONE: no "shared" in the report */
	const char *shared_name;
	struct ext_loc shared_decl;
	const char *message;
	VEC(struct evidence) evidence;
	const char *fix;
	VEC(struct finding_edit) edits;
	const struct finding_rewrite *rewrite;
	const char *no_rewrite; /* where one would be, but is not certain: why */
	/* set by the verdict stage */
	bool vendored;
	bool suppressed;
	const char *suppress_reason;
	const char *fingerprint;
};

struct findings {
	struct arena arena;
	VEC(struct finding) v; /* sorted by file, line, column, rule when rules_run is done */
};

struct analysis; /* analysis/analysis.h: summaries, locksets, ownership */

/* What a rule gets: everything read-only but the findings. */
struct rule_context {
	const struct extension *ext;
	const struct analysis *analysis;
	struct findings *out;
	const struct db_rule *rule;	    /* prose, default level */
	const struct shared_things *shared; /* shared.c's own, NULL until it is asked */
};

/* A new finding of the running rule at AT, level from the database; the rule fills the
 * rest. Valid until the next call. */
struct finding *finding_add(struct rule_context *ctx, struct ext_loc at,
	enum finding_confidence confidence, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
struct evidence *finding_evidence(struct rule_context *ctx, struct finding *f,
	enum evidence_kind kind, struct ext_loc at, uint32_t function, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
void finding_fix(struct rule_context *ctx, struct finding *f, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* MODULE belongs to F's modules; kept sorted, each once. A rule that names none gets the
 * modules of the function, else of the unit. */
void finding_module(struct findings *out, struct finding *f, uint32_t module);

/* Sorts, merges what two units showed of one hazard, tags vendored code and computes the
 * fingerprints: after the rules, and again after the verdict stage added its own. */
void findings_finish(struct findings *out, const struct extension *ext);

/* For messages and reports: the path as reported, the source line (NULL: not kept), the
 * name of a function (NULL for EXT_NONE). */
const char *finding_path(const struct extension *ext, struct ext_loc at);
const char *finding_line(const struct extension *ext, struct ext_loc at);
const char *finding_function_name(const struct extension *ext, uint32_t function);

/* The version of Python that the units were read for; 0: not known. */
db_version finding_target(const struct extension *ext);

/* What the database says of how API breaks the running rule; NULL: it does not. */
const struct db_hazard *rule_hazard(const struct rule_context *ctx, const struct db_api *api);

/* Runs every rule of rules.def; order does not matter to the result. */
void rules_run(struct findings *out, const struct extension *ext, const struct analysis *analysis);
void findings_release(struct findings *f);

const char *evidence_kind_name(enum evidence_kind kind);
const char *shared_kind_name(enum shared_kind kind);
const char *finding_level_name(enum finding_level level);
const char *finding_confidence_name(enum finding_confidence confidence);

/* One function per rule: rules.def names them. */
#define RULE(code, name) void rule_##name(struct rule_context *ctx);
#include "rules/rules.def"
#undef RULE

#endif
