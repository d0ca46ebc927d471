// Names of its own that are also in headers which are precompiled and not included here.
#include <Python.h>

using namespace std;

struct queue {
	int value;
};
struct optional {
	queue first;
};
static int count;

int sum(optional o)
{
	queue b = o.first;

	count++;
	return b.value + count;
}
