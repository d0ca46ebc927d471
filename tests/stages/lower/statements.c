/* Every statement form of C: what matters is the shape of the graph. */
int next(int);
void use(int);
_Noreturn void leave(void);

int loops(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++) {
		if (i == 3)
			continue;
		if (i == 7)
			break;
		sum += i;
	}
	for (;;) {
		if (next(n))
			break;
	}
	for (; n > 0;)
		n--;
	for (;; n++)
		if (n > 10)
			return sum;
	while (n)
		n = next(n);
	do {
		use(n);
	} while (0);
	return sum;
}

int choices(int n)
{
	switch (n) {
		int unreachable_declaration;
	case 0:
		use(0);
	case 1 ... 3:
		use(1);
		break;
	default:
		for (;;) {
			if (n--)
				continue;
			break;
		}
	case 9:
		return 9;
	}
	switch (n)
	case 4:
		use(4);
	return n;
}

/* Duff's device: cases inside of a loop. */
void duff(int count)
{
	int n = (count + 3) / 4;

	switch (count % 4) {
	case 0:
		do {
			use(0);
		case 3:
			use(3);
		case 2:
			use(2);
		case 1:
			use(1);
		} while (--n > 0);
	}
}

int jumps(int n)
{
	static void *const targets[] = {&&one, &&two};

	if (n > 5)
		goto fail;
	goto *targets[n];
one:
	use(1);
two:
	use(2);
	return 0;
	use(3); /* unreachable */
fail:
	leave();
	return -1;
}

int assembly(int x)
{
	int y;

	__asm__ volatile("mov %1, %0" : "=r"(y) : "r"(x) : "memory");
	return y;
}
