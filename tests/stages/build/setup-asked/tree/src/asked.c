#include <spam.h>
int asked;
