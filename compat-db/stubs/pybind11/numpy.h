#ifndef GC_STUB_PYBIND11_NUMPY
#define GC_STUB_PYBIND11_NUMPY
#include "pybind11.h"

namespace pybind11
{
GC_STUB_OBJECT(dtype)
template <typename T> static dtype of();
dtype(const char *);
ssize_t itemsize() const;
char kind() const;
};
class array : public buffer
{
      public:
	enum { c_style = 1, f_style = 2, forcecast = 16 };
	using buffer::buffer;
	template <typename... A> array(A &&...);
	ssize_t size() const, ndim() const, nbytes() const, itemsize() const;
	const ssize_t *shape() const, *strides() const;
	template <typename... A> ssize_t shape(A...) const;
	template <typename... A> const void *data(A...) const;
	template <typename... A> void *mutable_data(A...);
	pybind11::dtype dtype() const;
	object base() const;
	bool writeable() const;
};
template <typename T, ssize_t N> struct unchecked_reference {
	template <typename... A> const T &operator()(A...) const;
	ssize_t shape(ssize_t) const, size() const;
};
template <typename T, ssize_t N> struct unchecked_mutable_reference {
	template <typename... A> T &operator()(A...);
	ssize_t shape(ssize_t) const, size() const;
};
template <typename T, int F = array::forcecast> class array_t : public array
{
      public:
	using array::array;
	template <typename... A> const T *data(A...) const;
	template <typename... A> T *mutable_data(A...);
	template <typename... A> const T &at(A...) const;
	template <typename... A> T &mutable_at(A...);
	template <ssize_t N = -1> unchecked_reference<T, N> unchecked() const;
	template <ssize_t N = -1> unchecked_mutable_reference<T, N> mutable_unchecked();
	static array_t ensure(handle);
};
template <typename F> F vectorize(F f)
{
	return f;
}
}
#define PYBIND11_NUMPY_DTYPE(...)
#endif
