#include "z.c"
