# SPDX-License-Identifier: 0BSD
"""racy.py DIR TEST [ARGUMENT]: one test of the extensions racy and racyb in DIR; exit status 0 or 1."""
import faulthandler
import gc
import os
import random
import sys
import threading
import time

faulthandler.dump_traceback_later(100, exit=True)
sys.path.insert(0, sys.argv[1])
sys.setswitchinterval(1e-4)
import racy  # noqa: E402

THREADS = 4


def on_threads(*functions):
    """Runs the functions at once; raises what the first of them raised."""
    start = threading.Barrier(len(functions))
    raised = []

    def run(function):
        start.wait()
        try:
            function()
        except BaseException as e:
            raised.append(e)
    threads = [threading.Thread(target=run, args=(f,)) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        while t.is_alive():
            t.join(0.01)  # pending calls are made by the main thread
    if raised:
        raise raised[0]


def repeat(n, function):
    def run():
        for _ in range(n):
            function()
    return run


def call(function, *args, **kwargs):
    return lambda: function(*args, **kwargs)


def ways_of_type(make):
    """Every slot of a type: name of the counter, what to do once."""
    t, other = make(), make()

    class Owner:
        pass
    Owner.descriptor = t

    def inplace():
        x = t
        x += 1

    def contains():
        1 in t

    def assign():
        t[1] = 2

    def attribute():
        t.attribute = 1

    def way():
        t.way = 1

    def buffer():
        memoryview(t).release()
    return [
        ("repr", call(repr, t)), ("str", call(str, t)), ("hash", call(hash, t)), ("call", call(t)),
        ("iter", call(t.__iter__)), ("next", call(next, t, None)),
        ("compare", lambda: t == other), ("getattro", lambda: t.way), ("setattro", way),
        ("get", lambda: t.attribute), ("set", attribute), ("add", lambda: t + t),
        ("inplace", inplace), ("bool", call(bool, t)), ("int", call(int, t)),
        ("index", lambda: "abc"[t]), ("power", call(pow, t, 2)), ("length", call(len, t)),
        ("contains", contains), ("subscript", lambda: t["x"]), ("assign", assign),
        ("descrget", lambda: t.__get__(1, 2)), ("descrset", lambda: t.__set__(1, 2)),
        ("await", call(t.__await__)), ("aiter", call(t.__aiter__)), ("anext", call(t.__anext__)),
        ("buffer", buffer), ("classmethod", t.classmethod), ("staticmethod", t.staticmethod),
        ("swap", t.swap), ("value", lambda: t.value[0] + 1),
        ("new init finalize dealloc", make),
    ]


def pending():
    while racy.add_pending() != 0:
        time.sleep(0)


def traced(set_it):
    def f():
        pass

    def run():
        set_it(True)
        f()
        set_it(None)
    return run


def exactness(n):
    """Every way in, on four threads at once: nothing may get lost."""
    ways = [(name, call(getattr(racy, name))) for name in ("noargs", "varargs", "keywords", "fast",
                                                           "fastkeywords")]
    ways += [("o", call(racy.o, 1)), ("closure", racy.make_closure(1)),
             ("descriptor", racy.make_descriptor(list).__get__([])),
             ("capsule", racy.make_capsule), ("vectorcall", racy.Vector()),
             ("pending", pending), ("trace", traced(racy.set_trace)),
             ("profile", traced(racy.set_profile))]
    ways += ways_of_type(racy.Static) + ways_of_type(racy.Heap)
    ways += [("method", racy.Heap().method)]
    lost = []
    for name, do in ways:
        racy.take()
        on_threads(*[repeat(n, do)] * THREADS)
        if name == "pending":
            deadline = time.monotonic() + 20
            while racy.total() < THREADS * n and time.monotonic() < deadline:
                time.sleep(0.001)
        counts = racy.take()
        for one in name.split():
            if one in counts and counts[one] != THREADS * n:
                lost.append((one, THREADS * n - counts[one]))
    for i, name in enumerate(("ensure", "restore", "acquire")):
        racy.take()
        on_threads(*[call(racy.threads, i, n, None if i else (lambda: None))] * THREADS)
        counts = racy.take()
        if counts[name] != 3 * THREADS * n:
            lost.append((name, 3 * THREADS * n - counts[name]))
    assert not lost, "lost updates: %s" % lost


def mixed(n):
    """All at once: one static is changed by every way in."""
    t, h = racy.Static(), racy.Heap()
    racy.take()
    on_threads(repeat(n, racy.noargs), repeat(n, call(repr, t)), repeat(n, call(hash, h)),
               repeat(n, call(len, h)),
               call(racy.threads, 0, n, None), call(racy.threads, 1, n, lambda: None))
    assert racy.total() == 10 * n, "lost %d of %d" % (10 * n - racy.total(), 10 * n)


class Counted:
    """A function that says how often it was called; one for each thread."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self):
        self.function()
        self.calls += 1


class Busy:
    """Python threads that keep using a container while the test runs."""

    def __init__(self, *functions):
        self.stop = False
        self.threads = [threading.Thread(target=self.run, args=(f,)) for f in functions]

    def run(self, function):
        while not self.stop:
            function()

    def __enter__(self):
        for t in self.threads:
            t.start()

    def __exit__(self, *unused):
        self.stop = True
        for t in self.threads:
            t.join()


def atomicity(n):
    """What one call did without a gap under the GIL."""
    shared_list, shared_dict = [], {}
    a, b = racy.Heap(), racy.Heap()

    def use_list():
        shared_list.append(1)
        len(shared_list) > 500 and shared_list.clear()

    def use_dict():
        shared_dict[random.random()] = 1
        len(shared_dict) > 500 and shared_dict.clear()
    cases = [("compare", a, b), ("sort", a, b), ("keys", a, b), ("list", shared_list, None),
             ("dict", shared_dict, a), ("name", shared_dict, 1)]
    lost = []
    with Busy(use_list, use_dict):
        for what, x, y in cases:
            racy.take()
            on_threads(*[repeat(n, call(racy.around, what, x, y))] * THREADS)
            gone = THREADS * n - racy.take()["noargs"]
            if gone:
                lost.append((what, gone))
    assert not lost, "calls that were cut in two: %s" % lost


def keeper(n, what):
    """Borrowed references to what Python threads replace and resize."""
    shared_list, shared_dict = [["x"]], {"k": ["x"]}

    def change_list():
        shared_list[0:] = [["y%d" % random.random()] for _ in range(random.choice((1, 40)))]
        shared_list[0] = ["x%d" % random.random()]

    def change_dict():
        shared_dict["k"] = ["x%d" % random.random()]
        for i in range(20):
            shared_dict["a%d" % i] = ["x%d" % random.random()]
        for i in range(20):
            del shared_dict["a%d" % i]
    container = shared_dict if what in "dn" else shared_list
    bad = []
    change = change_dict if what in "dn" else change_list
    with Busy(change):
        for _ in range(n):
            bad.append(racy.borrow(what, container, "k", 500))
    assert not any(bad), "%d bad references" % sum(bad)


def keepers(n):
    for what in "iIdnf":
        keeper(n, what)


def domain(n):
    """Both extensions change the same data, under the lock that they share."""
    import racyb
    racy.share()
    racyb.share()
    racy.take()
    on_threads(*[repeat(n, racy.noargs), repeat(n, racyb.noargs)] * 2)
    assert racy.total() == 4 * n, "lost %d of %d" % (4 * n - racy.total(), 4 * n)


def member(n):
    """A member read by Python while the extension replaces it."""
    t = racy.Heap()
    on_threads(repeat(n, t.swap), repeat(n, t.swap), repeat(20 * n, lambda: t.value[0]),
               repeat(20 * n, lambda: t.value))
    assert t.value == [123456] and t.text == "text"


def deadlocks(n):
    """Nothing here may wait for ever; the watchdog is faulthandler's."""
    import racyb
    lock = threading.Lock()

    def locked():
        with lock:
            racy.noargs()
    event = threading.Event()
    # A callback waits for something that another caller of the same extension provides.
    on_threads(call(racy.call_it, event.wait), lambda: (time.sleep(0.01), racy.call_it(event.set)))
    # Each extension calls into the other one.
    on_threads(*[repeat(n, call(racy.call_it, call(racyb.call_it, racy.noargs))),
                 repeat(n, call(racyb.call_it, call(racy.call_it, racyb.noargs)))] * 2)
    on_threads(*[repeat(n, call(racy.call_it, locked)), repeat(n, locked)] * 2)
    # Collections inside and outside.
    on_threads(*[repeat(5, call(racy.call_it, gc.collect)), repeat(5, gc.collect),
                 repeat(n, racy.Heap), repeat(n, racy.noargs)])

    # Deep recursion with an exception at the end.
    def deep(level):
        if level == 0:
            raise KeyError
        racy.call_it(lambda: deep(level - 1))
    for _ in range(3):
        try:
            deep(60)
        except KeyError:
            continue
        raise AssertionError("no exception")
    racy.take()
    on_threads(*[repeat(20 * n, racy.noargs)] * THREADS)
    assert racy.take()["noargs"] == 20 * THREADS * n


def native(n):
    """A native lock, held over calls that may give ours up."""
    shared = [racy.Heap() for _ in range(20)]
    racy.take()
    with Busy(lambda: shared.reverse()):
        on_threads(*[repeat(n, call(racy.with_native, shared))] * THREADS)
    assert racy.take()["noargs"] == THREADS * n * 20


def forks(n):
    """Children of a process whose other threads are in the extension, and count exactly."""
    busy = [Counted(f) for f in (racy.noargs, racy.noargs, lambda: racy.call_it(racy.noargs))]
    racy.take()
    with Busy(*busy):
        for i in range(n):
            pid = racy.call_it(os.fork) if i % 2 else os.fork()
            if pid == 0:
                for _ in range(20):
                    racy.noargs()
                racy.call_it(racy.noargs)
                os._exit(0)
            deadline = time.monotonic() + 30
            while os.waitpid(pid, os.WNOHANG) == (0, 0):
                if time.monotonic() > deadline:
                    os.kill(pid, 9)
                    os.waitpid(pid, 0)
                    raise AssertionError("child %d hangs" % i)
                time.sleep(0.0005)
    assert racy.take()["noargs"] == sum(f.calls for f in busy)


def exits(unused):
    """The interpreter ends while daemon threads are in the extension; until then, what others
    count beside them is exact."""
    def run(f):
        while True:
            f()
    kept = [racy.Heap() for _ in range(10)]
    sys.kept = kept
    for f in (racy.noargs, lambda: racy.call_it(racy.noargs), racy.Heap, lambda: repr(kept[0])):
        threading.Thread(target=run, args=(f,), daemon=True).start()
    on_threads(*[repeat(200, racy.keywords)] * THREADS)
    assert racy.take()["keywords"] == THREADS * 200
    faulthandler.cancel_dump_traceback_later()


def subinterpreters(n):
    """Legacy subinterpreters, which the free-threaded build lets import multi-phase modules."""
    try:
        import _interpreters as interpreters
    except ImportError:
        import _testcapi  # noqa: F401
        return
    script = "import sys; sys.path.insert(0, %r)\nimport racy\nfor _ in range(%d): racy.noargs()\n" % (
        sys.argv[1], n)

    def run():
        sub = interpreters.create("legacy")
        try:
            failed = interpreters.exec(sub, script)
            if failed:
                raise AssertionError(failed.formatted)
        finally:
            interpreters.destroy(sub)
    racy.take()
    on_threads(run, run, repeat(n, racy.noargs))
    assert racy.total() == 3 * n, (racy.total(), 3 * n)


def gil(expected):
    assert racy.fill([])
    assert sys._is_gil_enabled() == bool(expected), sys._is_gil_enabled()


if __name__ == "__main__":
    arguments = [int(a) if a.isdigit() else a for a in sys.argv[3:]]
    globals()[sys.argv[2]](*arguments)
    gc.collect()
