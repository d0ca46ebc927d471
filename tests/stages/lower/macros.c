/* Macros around statements: what they were written with is kept. */
#define FOR_EACH(i, n) for (int i = 0; i < (n); i++)
#define SWAP(a, b) do { int t_ = a; a = b; b = t_; } while (0)
#define CHECK(x) if (!(x)) goto error
#define TWICE(x) ((x) + (x))
#define OUTER(x) TWICE(x)
#define LOOP(init, cond, step) for (init; cond; step)

int f(int);

int use(int n)
{
	int a = 1, b = 2;

	FOR_EACH(i, n)
		a += f(i);
	SWAP(a, b);
	CHECK(f(a));
	LOOP(a = 1, a < 3, a++)
		f(a);
	LOOP(, a < 3, )
		a = f(2);
	return OUTER(f(b));
error:
	return -1;
}
