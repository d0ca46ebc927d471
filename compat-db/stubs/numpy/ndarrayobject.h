#include "arrayobject.h"
