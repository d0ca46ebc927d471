/* Stands in for pybind11 where it is not installed: what an analysis needs to see
 * modules, functions handed to them and references. Nothing here is ever run. */
#ifndef GC_STUB_PYBIND11
#define GC_STUB_PYBIND11
#include <Python.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#define PYBIND11_VERSION_MAJOR 2
#define PYBIND11_VERSION_MINOR 13
#define PYBIND11_VERSION_PATCH 0
#define PYBIND11_VERSION_HEX   0x020D0000
#define PYBIND11_NAMESPACE     pybind11
#define PYBIND11_EXPORT	       __attribute__((visibility("default")))
#define PYBIND11_NOINLINE      __attribute__((noinline))

namespace pybind11
{
using ssize_t = Py_ssize_t;
class object;
class str;
class accessor;
class args;
class kwargs;
class iterator;

class handle
{
      public:
	handle() = default;
	handle(PyObject *p);
	PyObject *ptr() const;
	PyObject *&ptr();
	const handle &inc_ref() const &;
	const handle &dec_ref() const &;
	explicit operator bool() const;
	bool is_none() const;
	bool is(const handle &) const;
	int ref_count() const;
	accessor attr(const char *) const;
	accessor attr(handle) const;
	template <typename K> accessor operator[](K &&) const;
	template <typename... A> object operator()(A &&...) const;
	template <typename K> bool contains(K &&) const;
	template <typename T> T cast() const;
	iterator begin() const;
	iterator end() const;
	handle get_type() const;
	bool equal(handle) const;
	bool operator==(const handle &) const;
	bool operator!=(const handle &) const;

      protected:
	PyObject *m_ptr = nullptr;
};

class object : public handle
{
      public:
	struct borrowed_t {
	};
	struct stolen_t {
	};
	object() = default;
	object(handle, bool);
	object(handle, borrowed_t);
	object(handle, stolen_t);
	object(const object &);
	object(object &&) noexcept;
	~object();
	object &operator=(const object &);
	object &operator=(object &&) noexcept;
	handle release();
	template <typename T> T cast() const;
};

class accessor : public object
{
      public:
	template <typename T> void operator=(T &&)
	{
	}
	accessor(const accessor &);
	template <typename T> operator T() const;
};

class iterator : public object
{
      public:
	iterator &operator++();
	handle operator*() const;
	bool operator!=(const iterator &) const;
};

template <typename T> T reinterpret_borrow(handle);
template <typename T> T reinterpret_steal(handle);

#define GC_STUB_OBJECT(name)                                                                       \
	class name : public object                                                                 \
	{                                                                                          \
	      public:                                                                              \
		using object::object;                                                              \
		name();                                                                            \
		name(const object &);                                                              \
		static bool check_(handle);                                                        \
		size_t size() const;                                                               \
		bool empty() const;
GC_STUB_OBJECT(none)
};
GC_STUB_OBJECT(ellipsis)
};
GC_STUB_OBJECT(iterable)
};
GC_STUB_OBJECT(sequence)
};
GC_STUB_OBJECT(anyset)
};
GC_STUB_OBJECT(weakref)
};
GC_STUB_OBJECT(type)
template <typename T> static handle of();
static handle of(handle);
};
GC_STUB_OBJECT(str)
str(const char *);
str(const std::string &);
template <typename... A> str format(A &&...) const;
operator std::string() const;
};
GC_STUB_OBJECT(bytes)
bytes(const char *);
bytes(const char *, size_t);
bytes(const std::string &);
operator std::string() const;
};
GC_STUB_OBJECT(bytearray)
};
GC_STUB_OBJECT(bool_)
bool_(bool);
operator bool() const;
};
GC_STUB_OBJECT(int_)
int_(long long);
template <typename T> operator T() const;
};
GC_STUB_OBJECT(float_)
float_(double);
operator double() const;
};
GC_STUB_OBJECT(slice)
slice(handle, handle, handle);
bool compute(size_t, size_t *, size_t *, size_t *, size_t *) const;
};
GC_STUB_OBJECT(tuple)
tuple(size_t);
};
GC_STUB_OBJECT(list)
list(size_t);
template <typename T> void append(T &&);
template <typename T> void insert(size_t, T &&);
void clear();
};
GC_STUB_OBJECT(dict)
template <typename... A> explicit dict(A &&...);
void clear();
};
GC_STUB_OBJECT(set)
template <typename T> bool add(T &&);
};
GC_STUB_OBJECT(function)
};
GC_STUB_OBJECT(cpp_function)
template <typename F, typename... E> cpp_function(F &&, const E &...)
{
}
};
GC_STUB_OBJECT(capsule)
capsule(const void *, const char *);
capsule(const void *, void (*)(void *));
capsule(const void *, const char *, void (*)(PyObject *));
template <typename T> operator T *() const;
};
GC_STUB_OBJECT(memoryview)
};
class args : public tuple
{
      public:
	using tuple::tuple;
};
class kwargs : public dict
{
      public:
	using dict::dict;
};

struct buffer_info {
	void *ptr = nullptr;
	ssize_t itemsize = 0, size = 0;
	std::string format;
	ssize_t ndim = 0;
	std::vector<ssize_t> shape, strides;
	bool readonly = false;
	template <typename... A> buffer_info(A &&...);
};
GC_STUB_OBJECT(buffer)
buffer_info request(bool = false) const;
};

struct arg {
	arg(const char *);
	template <typename T> arg &operator=(T &&);
	arg &noconvert(bool = true);
	arg &none(bool = true);
};
inline namespace literals
{
arg operator""_a(const char *, size_t);
str operator""_s(const char *, size_t);
}
enum class return_value_policy : uint8_t {
	automatic,
	automatic_reference,
	take_ownership,
	copy,
	move,
	reference,
	reference_internal
};
template <typename... A> struct init_tag {
};
template <typename... A> init_tag<A...> init();
template <typename F> init_tag<F> init(F &&)
{
	return {};
}
template <typename G, typename S> init_tag<G, S> pickle(G &&, S &&)
{
	return {};
}
template <size_t N, size_t P> struct keep_alive {
};
template <typename... G> struct call_guard {
};
struct doc {
	doc(const char *);
};
struct module_local {
	module_local(bool = true);
};
struct dynamic_attr {
};
struct buffer_protocol {
};
struct is_operator {
};
struct kw_only {
};
struct pos_only {
};
struct multiple_interpreters {
	static multiple_interpreters not_supported(), shared_gil(), per_interpreter_gil();
};
struct mod_gil_not_used {
	explicit mod_gil_not_used(bool = true);
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
	static module_ import(const char *);
	void reload();
	void add_object(const char *, handle, bool = false);
	accessor doc() const;
};
using module = module_;

template <typename T, typename... O> class class_ : public object
{
      public:
	template <typename... E> class_(handle, const char *, const E &...);
/* defined, because types without linkage are handed to them */
#define GC_STUB_DEF(name)                                                                         \
	template <typename... A> class_ &name(A &&...)                                             \
	{                                                                                          \
		return *this;                                                                      \
	}
	GC_STUB_DEF(def)
	GC_STUB_DEF(def_static)
	GC_STUB_DEF(def_cast)
	GC_STUB_DEF(def_buffer)
	GC_STUB_DEF(def_property)
	GC_STUB_DEF(def_property_readonly)
	GC_STUB_DEF(def_property_readonly_static)
	GC_STUB_DEF(def_property_static)
	GC_STUB_DEF(def_readonly)
	GC_STUB_DEF(def_readonly_static)
	GC_STUB_DEF(def_readwrite)
	GC_STUB_DEF(def_readwrite_static)
#undef GC_STUB_DEF
};
template <typename T> class enum_ : public class_<T>
{
      public:
	using class_<T>::class_;
	enum_ &value(const char *, T, const char * = nullptr);
	enum_ &export_values();
};
template <typename T> class exception : public object
{
      public:
	exception(handle, const char *, handle = PyExc_Exception);
};
template <typename T, typename... A> exception<T> &register_exception(A &&...);
template <typename F> void register_exception_translator(F &&)
{
}

class gil_scoped_acquire
{
      public:
	gil_scoped_acquire();
	~gil_scoped_acquire();
	void disarm();
};
class gil_scoped_release
{
      public:
	explicit gil_scoped_release(bool = false);
	~gil_scoped_release();
	void disarm();
};
template <typename T> class gil_safe_call_once_and_store
{
      public:
	template <typename F> gil_safe_call_once_and_store &call_once_and_store_result(F &&f)
	{
		f();
		return *this;
	}
	T &get_stored();
};

class error_already_set : public std::exception
{
      public:
	error_already_set();
	const char *what() const noexcept override;
	void restore();
	bool matches(handle) const;
	void discard_as_unraisable(const char *);
	const object &type() const, &value() const, &trace() const;
};
#define GC_STUB_ERROR(name)                                                                        \
	class name : public std::runtime_error                                                     \
	{                                                                                          \
	      public:                                                                              \
		using std::runtime_error::runtime_error;                                           \
		name();                                                                            \
	};
GC_STUB_ERROR(cast_error)
GC_STUB_ERROR(stop_iteration)
GC_STUB_ERROR(index_error)
GC_STUB_ERROR(key_error)
GC_STUB_ERROR(value_error)
GC_STUB_ERROR(type_error)
GC_STUB_ERROR(buffer_error)
GC_STUB_ERROR(import_error)
GC_STUB_ERROR(attribute_error)

template <typename T> T cast(const handle &);
template <typename T> object cast(T &&, return_value_policy = return_value_policy::automatic,
	handle = handle());
template <typename T> bool isinstance(handle);
bool isinstance(handle, handle);
bool hasattr(handle, const char *);
object getattr(handle, const char *);
template <typename D> object getattr(handle, const char *, D &&);
template <typename V> void setattr(handle, const char *, V &&);
size_t len(handle);
str repr(handle);
iterator iter(handle);
dict globals();
template <typename... A> void print(A &&...);
template <typename... A> tuple make_tuple(A &&...);
template <typename... A> iterator make_iterator(A &&...);
[[noreturn]] void pybind11_fail(const char *);
template <typename... A> struct overload_cast_impl {
	template <typename R> constexpr auto operator()(R (*f)(A...)) const -> decltype(f);
	template <typename R, typename C> constexpr auto operator()(R (C::*f)(A...)) const
		-> decltype(f);
	template <typename R, typename C> constexpr auto operator()(R (C::*f)(A...) const) const
		-> decltype(f);
};
template <typename... A> constexpr overload_cast_impl<A...> overload_cast = {};
template <typename R, typename... A> using function_of = R (*)(A...);
}

#define PYBIND11_MODULE(name, variable, ...)                                                       \
	static void pybind11_init_##name(::pybind11::module_ &);                                   \
	extern "C" PYBIND11_EXPORT PyObject *PyInit_##name()                                       \
	{                                                                                          \
		::pybind11::module_ m;                                                             \
		pybind11_init_##name(m);                                                           \
		return m.ptr();                                                                    \
	}                                                                                          \
	void pybind11_init_##name(::pybind11::module_ &variable)
#define PYBIND11_EMBEDDED_MODULE(name, variable, ...) PYBIND11_MODULE(name, variable)
#define PYBIND11_MAKE_OPAQUE(...)
#define PYBIND11_DECLARE_HOLDER_TYPE(...)
#define PYBIND11_OVERRIDE(result, base, name, ...)	return base::name(__VA_ARGS__)
#define PYBIND11_OVERRIDE_PURE(result, base, name, ...) return result()
#define PYBIND11_OVERLOAD	PYBIND11_OVERRIDE
#define PYBIND11_OVERLOAD_PURE	PYBIND11_OVERRIDE_PURE
#endif
