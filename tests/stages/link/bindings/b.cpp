// Entry points that a binding library registers at import.
#include "binding.h"

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
