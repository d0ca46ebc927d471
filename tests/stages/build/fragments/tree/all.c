#include "x.c"
#include "sub/y.c"
