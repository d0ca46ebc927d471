#include "npy_math.h"
