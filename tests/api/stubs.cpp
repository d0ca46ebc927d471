// The stub headers of pybind11, nanobind and NumPy.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <numpy/arrayobject.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

namespace py = pybind11;
namespace nb = nanobind;
using namespace pybind11::literals;

struct Counter {
	int n = 0;
	int add(int k)
	{
		return n += k;
	}
};

static py::object cache;

static py::list squares(py::array_t<double> values, int limit)
{
	py::list out;
	auto view = values.unchecked<1>();
	py::gil_scoped_release release;

	for (py::ssize_t i = 0; i < view.shape(0) && i < limit; i++) {
		py::gil_scoped_acquire acquire;
		out.append(view(i) * view(i));
	}
	return out;
}

PYBIND11_MODULE(first, m)
{
	m.doc() = "squares";
	m.def("squares", &squares, "values"_a, "limit"_a = 3, py::call_guard<py::gil_scoped_release>());
	m.def("get", [](py::dict d) { return d["key"].cast<std::string>(); });
	m.attr("version") = py::str("1");
	py::class_<Counter, std::shared_ptr<Counter>>(m, "Counter")
		.def(py::init<>())
		.def("add", &Counter::add, py::arg("k") = 1)
		.def_readwrite("n", &Counter::n);
	py::enum_<NPY_ORDER>(m, "Order").value("C", NPY_CORDER).export_values();
	cache = py::module_::import("math").attr("pi");
	if (!cache || py::isinstance<py::str>(cache))
		throw py::error_already_set();
}

PYBIND11_MODULE(second, m, py::mod_gil_not_used())
{
	m.def_submodule("inner").def("id", [](py::handle h) { return py::reinterpret_borrow<py::object>(h); });
}

NB_MODULE(third, m)
{
	m.def("add", [](int a, nb::object b) { return a + nb::cast<int>(b); });
	nb::class_<Counter>(m, "Counter").def(nb::init<>()).def_rw("n", &Counter::n);
}
