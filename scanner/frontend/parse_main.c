/* The parser: run by gilcheck, with what is to be parsed on its standard input. */
#include "frontend/frontend.h"

#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1 || isatty(STDIN_FILENO)) {
		fprintf(stderr, "gilcheck-parse: run by gilcheck, not by hand\n");
		return FRONTEND_REFUSED;
	}
	/* not exit(): what the parser's libraries would take down dies with the process */
	_exit(frontend_serve(STDIN_FILENO, STDOUT_FILENO) ? 0 : FRONTEND_REFUSED);
}
