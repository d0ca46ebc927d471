/* SPDX-License-Identifier: 0BSD
 *
 * GILSHIM_REPORT=1 (or a file name) in the environment: at exit, which functions of the extension
 * had to wait for the lock, and in which ones another thread got in between, because CPython let
 * go of the lock there. Where the second matters, a lock of its own or a port is due. */
#define _GNU_SOURCE
#include "runtime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef GILSHIM_THUNKS
#define GILSHIM_THUNKS 4096
#endif

struct tally *gilshim_tallies;
unsigned long gilshim_waits;
static size_t n_labels;

static const char *own_name(void)
{
	Dl_info info;

	if (!dladdr((void *)gilshim_report_start, &info) || info.dli_fname == NULL)
		return "extension";
	return strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1 : info.dli_fname;
}

static void write_report(FILE *out)
{
	fprintf(out, "gilshim: %s: the lock was taken %llu times, %lu times after waiting\n",
		own_name(), (unsigned long long)gilshim_domain->entries,
		__atomic_load_n(&gilshim_waits, __ATOMIC_RELAXED));
	for (size_t i = 0; i < n_labels; i++) {
		struct tally *t = &gilshim_tallies[i];

		if (t->waited != 0)
			fprintf(out, "gilshim: %s: entered after waiting, up to %lu times\n",
				t->label, t->waited);
		if (t->interrupted != 0)
			fprintf(out, "gilshim: %s: another thread ran inside %lu calls\n", t->label,
				t->interrupted);
	}
}

static void report(void)
{
	const char *where = getenv("GILSHIM_REPORT");
	FILE *out = stderr;

	if (where != NULL && strcmp(where, "1") != 0)
		out = fopen(where, "a");
	if (out == NULL)
		return;
	write_report(out);
	if (out != stderr)
		fclose(out);
}

void gilshim_report_start(void)
{
	const char *where = getenv("GILSHIM_REPORT");

	if (where == NULL || *where == 0 || gilshim_tallies != NULL)
		return;
	gilshim_tallies = calloc(GILSHIM_THUNKS, sizeof(*gilshim_tallies));
	if (gilshim_tallies != NULL && atexit(report) == 0)
		gilshim_reporting = 1;
}

void gilshim_report_label(size_t n, const char *owner, const char *name)
{
	char label[200];

	if (!gilshim_reporting)
		return;
	snprintf(label, sizeof(label), "%s%s%s", owner != NULL ? owner : "",
		owner != NULL && name != NULL ? "." : "", name != NULL ? name : "");
	gilshim_tallies[n].label = strdup(label);
	if (gilshim_tallies[n].label == NULL)
		gilshim_fatal("out of memory");
	if (n >= n_labels)
		n_labels = n + 1;
}
