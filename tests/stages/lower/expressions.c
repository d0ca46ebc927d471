/* Every expression form of C. */
#include <stdarg.h>
#include <stddef.h>

struct inner { int a, b; };
struct node {
	struct node *next;
	union { int i; double d; };
	struct inner in[2];
	unsigned bits : 3;
	int (*call)(struct node *, int);
};

int f(int);
extern int table[10];
static int counter;
_Thread_local int per_thread;

int values(struct node *p, int x, double d)
{
	int y = x ? f(1) : 2;

	y = x ?: f(3);
	y = (f(4), f(5));
	y = x && p->i || !y;
	y = -x + ~x * +x / 3 % 4 << 1 >> 2;
	y = (x < y) | (x > y) & (x <= y) ^ (x >= y) + (x == y) - (x != y);
	y = (int)d + 'c' + (int)sizeof(x++);
	y = d;
	counter++;
	--counter;
	counter += x;
	per_thread = counter;
	p->in[x].b = table[3] + *table;
	p->next->next = p;
	p->bits = 5;
	x[table] = 1;
	y = p->call(p, 1) + (*p->call)(p, 2) + (&f)(6) + (f)(7) + (*f)(8);
	return y;
}

void *addresses(struct node *p, int i)
{
	int local, array[4];
	void *v;

	v = &local;
	v = array;
	v = &array[i];
	v = &p->in[i].a;
	v = &*p;
	v = &counter;
	v = table;
	v = table + 2;
	v = (void *)f;
	v = &p->next[2];
	v = 0;
	v = (void *)0;
	v = "text\n\x41\101";
	return v;
}

struct inner aggregates(struct inner in)
{
	struct inner copy = in, zero = {0}, named = {.b = f(1)}, full = {f(2), f(3)};
	struct node n = {.in[1].a = 4, 5, .d = 1.5}, *p = &(struct node){.next = &n};
	int array[4] = {[2] = 1, 2}, flat[2][2] = {1, 2, 3}, whole[2] = {8, 9};
	char text[] = "abc";

	copy = p->in[0];
	p->in[1] = (struct inner){f(4)};
	return flat[0][1] ? copy : zero;
}

int gnu(int x, ...)
{
	va_list ap;
	int y = ({
		int z = f(x);
		z + 1;
	});

	va_start(ap, x);
	y += va_arg(ap, int);
	va_end(ap);
	y = _Generic(x, long: f(1), int: f(2), default: f(3));
	y = _Generic((char)x, long: f(1), int: f(2), default: f(3));
	y = __builtin_choose_expr(sizeof(int) == 4, f(4), f(5));
	if (__builtin_expect(!!(x > 1), 0))
		y = offsetof(struct node, next);
	__typeof__(f(6)) t = 7;
	__extension__ y = t;
	return sizeof(f(8)) + __alignof__(int);
}

int atomics(_Atomic int *a, int *p, volatile int *v)
{
	int expected = 1;

	*a = 2;
	(*a)++;
	*a += 3;
	*v = *a;
	__atomic_store_n(p, 4, __ATOMIC_RELEASE);
	__sync_fetch_and_add(p, 5);
	__c11_atomic_store(a, 6, __ATOMIC_SEQ_CST);
	return __atomic_compare_exchange_n(p, &expected, 7, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

int unevaluated(void)
{
	int n = implicit(1);

	{
		int n = f(n);
	}
	return __builtin_constant_p(f(9)) + n;
}
