/* Made and given back in one statement. */
#include "common.h"

static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "single", NULL, -1, methods};

PyMODINIT_FUNC PyInit_single(void)
{
    return PyModule_Create(&def); /* no state */
}
