#include <pybind11/pybind11.h>

PYBIND11_MODULE(by_pybind11, m)
{
	m.def("twice", [](int n) { return 2 * n; });
}
