/* Precompiles Python.h of each version, and C++'s library, under DATA/api: run by make and by make
 * install. */
#include "frontend/frontend.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: gilcheck-pch DATA VERSION...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		if (!frontend_make_pch(argv[1], argv[i]))
			return 1;
	return 0;
}
