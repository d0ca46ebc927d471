#include "util/h.h"
#include <proj/api.h>
