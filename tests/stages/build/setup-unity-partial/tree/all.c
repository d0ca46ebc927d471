#include "a.c"
#include "b.c"
