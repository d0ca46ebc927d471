// Virtual calls, threads with lambdas, std::call_once.
#include <Python.h>

#include <mutex>
#include <thread>

namespace
{

struct Shape {
	virtual ~Shape() {}
	virtual int area() const
	{
		return 0;
	}
};

struct Square : Shape {
	int area() const override
	{
		return 4;
	}
};

struct Other {
	virtual int area() const
	{
		return 9;
	}
};

std::once_flag flag;
int total;

void first()
{
	total = 1;
}

void work(int n)
{
	total += n;
}

PyObject *run(PyObject *, PyObject *)
{
	Square square;
	const Shape &shape = square;
	std::thread a([] { total++; });
	std::thread b(work, 1);

	std::call_once(flag, first);
	total += shape.area();
	a.join();
	b.join();
	return nullptr;
}

PyMethodDef methods[] = {{"run", run, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyModuleDef def = {PyModuleDef_HEAD_INIT, "v", nullptr, 0, methods};

} // namespace

PyMODINIT_FUNC PyInit_v(void)
{
	return PyModuleDef_Init(&def);
}
