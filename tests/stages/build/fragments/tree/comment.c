/* #include "x.c" */ // #include "b.c"
 int z;
