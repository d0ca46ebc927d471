/* Stands in for nanobind where it is not installed; nothing here is ever run. */
#ifndef GC_STUB_NANOBIND
#define GC_STUB_NANOBIND
#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#define NB_VERSION_MAJOR 2
#define NB_VERSION_MINOR 2

namespace nanobind
{
class object;
class accessor;

class handle
{
      public:
	handle() = default;
	handle(const PyObject *);
	handle(const PyTypeObject *);
	PyObject *ptr() const;
	const handle &inc_ref() const;
	const handle &dec_ref() const;
	explicit operator bool() const;
	bool is_none() const;
	bool is(handle) const;
	bool is_valid() const;
	handle type() const;
	accessor attr(const char *) const;
	template <typename K> accessor operator[](K &&) const;
	template <typename... A> object operator()(A &&...) const;

      protected:
	PyObject *m_ptr = nullptr;
};
class object : public handle
{
      public:
	object() = default;
	object(const object &);
	object(object &&) noexcept;
	~object();
	object &operator=(const object &);
	object &operator=(object &&) noexcept;
	handle release();
	void reset();
};
class accessor : public object
{
      public:
	template <typename T> void operator=(T &&)
	{
	}
};
template <typename T = object> T borrow(handle);
template <typename T = object> T steal(handle);

#define GC_STUB_NB(name)                                                                           \
	class name : public object                                                                 \
	{                                                                                          \
	      public:                                                                              \
		using object::object;                                                              \
		name() = default;                                                                  \
		template <typename T> explicit name(T &&);                                         \
		size_t size() const;
GC_STUB_NB(str)
const char *c_str() const;
};
GC_STUB_NB(bytes)
bytes(const void *, size_t);
const char *c_str() const;
const void *data() const;
};
GC_STUB_NB(int_)
};
GC_STUB_NB(float_)
};
GC_STUB_NB(bool_)
};
GC_STUB_NB(tuple)
};
GC_STUB_NB(list)
template <typename T> void append(T &&);
};
GC_STUB_NB(dict)
};
GC_STUB_NB(set)
};
GC_STUB_NB(args)
};
GC_STUB_NB(kwargs)
};
GC_STUB_NB(callable)
};
GC_STUB_NB(capsule)
capsule(const void *, void (*)(void *) noexcept = nullptr);
void *data() const;
};

struct arg {
	arg(const char *);
	template <typename T> arg &operator=(T &&);
	arg &none(bool = true);
	arg &noconvert(bool = true);
	arg &lock(bool = true);
};
namespace literals
{
arg operator""_a(const char *, size_t);
}
enum class rv_policy {
	automatic,
	automatic_reference,
	take_ownership,
	copy,
	move,
	reference,
	reference_internal,
	none
};
template <typename... A> struct init_tag {
};
template <typename... A> init_tag<A...> init();
template <size_t N, size_t P> struct keep_alive {
};
template <typename... G> struct call_guard {
};
struct lock_self {
};
struct sig {
	sig(const char *);
};
struct is_operator {
};

class module_ : public object
{
      public:
	using object::object;
	template <typename F, typename... E> module_ &def(const char *, F &&, const E &...)
	{
		return *this;
	}
	module_ def_submodule(const char *, const char * = nullptr);
	static module_ import_(const char *);
};
template <typename T, typename... O> class class_ : public object
{
      public:
	template <typename... E> class_(handle, const char *, const E &...);
/* defined, because types without linkage are handed to them */
#define GC_STUB_NB_DEF(name)                                                                         \
	template <typename... A> class_ &name(A &&...)                                             \
	{                                                                                          \
		return *this;                                                                      \
	}
	GC_STUB_NB_DEF(def)
	GC_STUB_NB_DEF(def_static)
	GC_STUB_NB_DEF(def_prop_rw)
	GC_STUB_NB_DEF(def_prop_ro)
	GC_STUB_NB_DEF(def_prop_ro_static)
	GC_STUB_NB_DEF(def_rw)
	GC_STUB_NB_DEF(def_ro)
#undef GC_STUB_NB_DEF
};
template <typename T> class enum_ : public object
{
      public:
	template <typename... E> enum_(handle, const char *, const E &...);
	enum_ &value(const char *, T, const char * = nullptr);
	enum_ &export_values();
};

class gil_scoped_acquire
{
      public:
	gil_scoped_acquire();
	~gil_scoped_acquire();
};
class gil_scoped_release
{
      public:
	gil_scoped_release();
	~gil_scoped_release();
};
class ft_mutex
{
      public:
	void lock(), unlock();
};
class ft_lock_guard
{
      public:
	ft_lock_guard(ft_mutex &);
	~ft_lock_guard();
};
class ft_object_guard
{
      public:
	ft_object_guard(handle);
	~ft_object_guard();
};
class ft_object2_guard
{
      public:
	ft_object2_guard(handle, handle);
	~ft_object2_guard();
};

class python_error : public std::exception
{
      public:
	python_error();
	void restore() noexcept;
};
template <typename T> T cast(const handle &);
template <typename T> object cast(T &&, rv_policy = rv_policy::automatic);
template <typename T> bool isinstance(handle);
size_t len(handle);
template <typename... A> tuple make_tuple(A &&...);
template <typename... A> void print(A &&...);
}

#define NB_MODULE(name, variable)                                                                  \
	static void nanobind_init_##name(::nanobind::module_ &);                                   \
	extern "C" __attribute__((visibility("default"))) PyObject *PyInit_##name()               \
	{                                                                                          \
		::nanobind::module_ m;                                                             \
		nanobind_init_##name(m);                                                           \
		return m.ptr();                                                                    \
	}                                                                                          \
	void nanobind_init_##name(::nanobind::module_ &variable)
#define NB_MAKE_OPAQUE(...)
#endif
