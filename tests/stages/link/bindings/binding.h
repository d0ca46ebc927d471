// The outside of a binding library, as far as these tests need it.
#include <Python.h>

namespace pybind11
{

struct mod_gil_not_used {
	explicit mod_gil_not_used(bool flag = true);
};

struct module_ {
	static module_ create(const char *name, mod_gil_not_used gil);
	template <typename F> module_ &def(const char *name, F &&f);
	PyObject *ptr() const;
};

struct constructor {
};

template <typename... Args> constructor init();

template <typename T> struct class_ {
	class_(module_ &m, const char *name);
	class_ &def(constructor c);
	template <typename F> class_ &def(const char *name, F &&f);
};

} // namespace pybind11

#define PYBIND11_MODULE(name, variable, ...)                                                       \
	static void pybind11_init_##name(::pybind11::module_ &);                                   \
	PyMODINIT_FUNC PyInit_##name(void)                                                         \
	{                                                                                          \
		auto m = ::pybind11::module_::create(#name, ##__VA_ARGS__);                        \
		pybind11_init_##name(m);                                                           \
		return m.ptr();                                                                    \
	}                                                                                          \
	static void pybind11_init_##name(::pybind11::module_ &variable)
