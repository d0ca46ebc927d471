// pybind11 without its headers at hand: its module macro is known all the same.
#include <pybind11/no_such_header.h>

namespace py = pybind11;

static int counter;

int add(int a, int b)
{
	return a + b + counter++;
}

struct Pet {
	int age = 0;
	void grow()
	{
		age++;
	}
};

void bind_pet(py::module_ &m)
{
	py::class_<Pet>(m, "Pet").def(py::init<>()).def("grow", &Pet::grow);
}

PYBIND11_MODULE(b, m, py::mod_gil_not_used())
{
	counter = 1;
	m.def("add", &add);
	m.def("reset", [] { counter = 0; });
	bind_pet(m);
}
