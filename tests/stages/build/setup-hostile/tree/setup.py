import os
os.system("touch owned")
open("owned", "w").write("x")
x = "a" * 10**9
y = [0] * 10**9
l = []
l.append(l)
print(str(l), l == l)
while True:
    y.append(y)
def f(n):
    return f(n + 1) + f(n - 1)
f(0)
z = open("/etc/passwd").read()
class A(A): pass
class B(B): pass
((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1
def broken(:
    pass
from setuptools import Extension
Extension("still_found", ["a.c"], define_macros=[("Z", z), ("-evil", "1"), ("OK", "1")], include_dirs=["/dev/zero", "@x"], extra_compile_args=["@f", "-include", "/dev/zero"])
