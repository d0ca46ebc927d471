// C++: objects that end, methods, references, lambdas, exceptions.
namespace lib {
struct mutex {
	void lock();
	void unlock();
};
template <class M> class guard {
public:
	explicit guard(M &m) : m_(m) { m_.lock(); }
	~guard() { m_.unlock(); }

private:
	M &m_;
};
inline namespace v1 { int versioned(); }
} // namespace lib

struct Base {
	virtual ~Base();
	virtual int value() const { return base; }
	int base = 1;
};

class Derived : public Base {
public:
	Derived(int n) : Base(), n_(n) {}
	Derived() : Derived(7) {}
	int value() const override;
	Derived &operator+=(int n);
	int operator[](int i) const { return items[i]; }
	explicit operator bool() const { return n_ != 0; }
	static int count;

private:
	int n_;
	int items[4] = {1, 2};
	mutable int cached = 0;
	friend int peek(const Derived &);
};

int Derived::count = 3;
static lib::mutex mutex;
namespace { int hidden; }

int Derived::value() const
{
	lib::guard<lib::mutex> hold(mutex);

	cached++;
	if (cached > 3)
		return this->n_;
	for (int i = 0; i < 3; i++) {
		Derived inner(i);

		if (!inner)
			continue;
		if (inner[i] == 2)
			break;
	}
	return Base::value() + hidden;
}

int peek(const Derived &d) { return d.n_; }
int by_value(Derived d);
Derived make();

int use(Derived &d, Derived *p, Base *b)
{
	int &alias = d.base;
	const int &bound = 5;

	alias = 2;
	d += 3;
	p->value();
	b->value();
	by_value(d);
	peek(make());
	Derived::count = make().base;
	if (d)
		return static_cast<Derived *>(b)->value() + bound;
	if (int v = lib::versioned())
		alias = v;
	return 0;
}

int exceptions(int n)
{
	Derived outer(n);

	try {
		Derived inner(1);

		if (n)
			throw 3;
		peek(inner);
	} catch (int e) {
		return e;
	} catch (...) {
		throw;
	}
	goto out;
out:
	return 1;
}

int memory(int n)
{
	Derived *one = new Derived(1);
	int *many = new int[n];

	delete one;
	delete[] many;
	return nullptr == one;
}

template <class T> T twice(T v) { return v + v; }

int lambdas(int n, Derived *p)
{
	int total = 0;
	auto add = [&total, p](int x) {
		total += x + p->base;
		return total;
	};

	int numbers[] = {1, 2, 3};
	for (int i : numbers)
		add(i);
	return twice(add(n)) + twice(1L);
}

struct Row { const char *name; int (*call)(int); };
static Row rows[] = {{"lambda", [](int x) { return x + 1; }}, {"none", nullptr}};

int once()
{
	static Derived made(2);

	return made.value() + (rows[0].call ? rows[0].call(1) : 0);
}
