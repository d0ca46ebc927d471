"""What the functions of borrowed.c do, as text; counts must come out even."""

import sys
import weakref

import borrowed


class Referent:
    pass


value, referent = object(), Referent()
before = sys.getrefcount(value)
borrowed.set("key", value)
for _ in range(50):
    for name in "get", "get_default", "by_macro", "alone", "or_none", "leaks", "nested":
        assert getattr(borrowed, name)("key") is value, name
    assert borrowed.first([value, 1]) is value
print("even", sys.getrefcount(value) - before)
print(borrowed.get_default("other"), borrowed.get_default([]))
print(borrowed.alone(None), borrowed.or_none("other"))
for name, argument in (("get", "other"), ("get", []), ("first", [])):
    try:
        getattr(borrowed, name)(argument)
    except Exception as e:
        print(type(e).__name__)
dead = weakref.ref(Referent())
print(borrowed.referent(weakref.ref(referent)) is referent, borrowed.referent(dead))
