#include "y.c"
