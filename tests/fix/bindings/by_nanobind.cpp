#include <nanobind/nanobind.h>

NB_MODULE(by_nanobind, m)
{
	m.def("twice", [](int n) { return 2 * n; });
}
