/* What the parser cannot understand is counted, and what is whole stays whole. */
#include "no_such_header.h"

struct known { int a; };
static void *good(void *p) { return p; }

int damaged(unknown_type *x)
{
	int y = undeclared_name;

	if (y->nothing)
		y = good(x);
	for (unknown_type i = 0; i < 3; i++)
		good(0);
	return y;
}

struct row { const char *name; void *(*call)(void *); };
struct row rows[] = {
	{"good", good},
	{"lost", not_declared}, /* takes the whole list away */
	{"cast", (void *(*)(void *))good},
	{0, 0},
};

int whole(struct known *k)
{
	return k->a;
}
