#include "base/diag.h"

int main(void)
{
	diag_error("nothing to scan yet");
	return 2;
}
