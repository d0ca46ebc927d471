#include "npy_common.h"
