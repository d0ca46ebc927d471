"""What the functions of count.c do, as text."""

import count

value = object()
print(count.counts(value)[0] >= 1, count.counts(value)[1])
