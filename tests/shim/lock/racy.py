# SPDX-License-Identifier: 0BSD
"""racy.py DIR TEST [ARGUMENT]: one test of the extensions racy and racyb in DIR; exit status 0 or 1."""
import faulthandler
import functools
import gc
import importlib.machinery
import importlib.util
import itertools
import os
import random
import sys
import threading
import time
import types
import weakref

faulthandler.dump_traceback_later(280, exit=True)
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
        ("buffer release", buffer), ("classmethod", t.classmethod), ("staticmethod", t.staticmethod),
        ("new init finalize dealloc", make),
    ]


def traced(set_it):
    def f():
        pass

    def run():
        set_it(True)
        f()
        set_it(None)
    return run


def in_turn(*functions):
    """Gives the functions out to threads."""
    return functools.partial(next, itertools.cycle(functions))


class Way:
    """One way into an extension: each call of do(), or of what prepare() gives each thread,
    counts once under each of the names."""

    def __init__(self, names, do=None, prepare=None, module=racy, threads=THREADS):
        self.names, self.module, self.threads = names.split(), module, threads
        self.prepare = prepare or (lambda: do)

    def lost(self, n):
        """What is missing after n calls on each thread."""
        self.module.take()
        on_threads(*[repeat(n, self.prepare()) for _ in range(self.threads)])
        counts = self.module.take()
        want = self.threads * n
        return [(name, want - counts[name]) for name in self.names if counts[name] != want]


class OwnThread(Way):
    """PyGILState_Ensure and others, each on native threads."""

    def lost(self, n):
        racy.take()
        way = ("ensure", "restore", "acquire", "swapped").index(self.names[0])
        on_threads(*[call(racy.threads, way, n, None if way else (lambda: None))] * THREADS)
        missing = 3 * THREADS * n - racy.take()[self.names[0]]
        return [(self.names[0], missing)] if missing else []


class Pending(Way):
    """Pending calls, which the main thread makes, beside calls of another."""

    def lost(self, n):
        def add():
            while racy.add_pending() != 0:
                time.sleep(0)
        racy.take()
        on_threads(repeat(n, add), repeat(n, racy.noargs))
        deadline = time.monotonic() + 20
        while racy.pending_done() < n and time.monotonic() < deadline:
            time.sleep(0.001)
        missing = 2 * n - racy.total()
        return [("pending", missing)] if missing else []


class AllThreads(Way):
    """What sets the trace or profile function of threads that run already."""

    def lost(self, n):
        set_it = getattr(self.module, "set_" + self.names[0])
        gate = threading.Barrier(THREADS + 1)

        def watched():
            pass

        def run():
            gate.wait()
            gate.wait()
            repeat(n, watched)()
            gate.wait()

        def switch():
            gate.wait()
            set_it(True)
            gate.wait()
            gate.wait()
            set_it(None)
        self.module.take()
        on_threads(switch, *[run] * THREADS)
        missing = THREADS * n - self.module.take()[self.names[0]]
        return [(self.names[0], missing)] if missing else []


class Modules(Way):
    """Functions of a module, and m_clear and m_free of others, which the collector calls."""

    def lost(self, n):
        inside = [Counted(self.prepare()().inside) for _ in range(THREADS - 1)]
        self.module.take()
        with Busy(*inside):
            for _ in range(n):
                self.prepare()()
                gc.collect()
        freed = n if sys.version_info >= (3, 14) else 0  # 3.13 keeps them once there are threads
        want, counts = freed + sum(one.calls for one in inside), self.module.take()
        return [(name, want - counts[name]) for name in self.names if counts[name] != want]


def ways_of_racy():
    ways = [Way(name, getattr(racy, name)) for name in ("noargs", "varargs", "keywords", "fast", "fastkeywords")]
    ways += [Way("o", call(racy.o, 1)), Way("closure", racy.make_closure(1)),
             Way("descriptor", racy.make_descriptor(list).__get__([])),
             Way("capsule", racy.make_capsule), Way("vectorcall", racy.Vector()), Pending("pending"),
             Way("trace", traced(racy.set_trace)), Way("profile", traced(racy.set_profile)),
             Way("method", racy.Heap().method)]
    ways += [Way(*way) for way in ways_of_type(racy.Static) + ways_of_type(racy.Heap)]
    # Up to 3.11 PyThreadState_Swap does not attach.
    names = ("ensure", "restore", "acquire", "swapped")[:4 if sys.version_info >= (3, 12) else 3]
    return ways + [OwnThread(name) for name in names]


def ways_of_rest():
    """The rarer ones. The hooks stay for good: they come last."""
    import rest
    import restb
    spec = importlib.machinery.ModuleSpec("inside", None)
    hand, old = rest.Hand(), rest.Old()

    def way(names, do=None, **more):
        return Way(names, do, module=rest, **more)

    def made(name):
        made_ready = getattr(rest, name)
        made_ready.__doc__  # this is where CPython makes a static type ready that nobody did
        return made_ready()

    def setattribute():
        old.x = 1

    def assign():
        old[0] = 1

    def matrix():
        old @ old

    def define():
        def watched():
            pass

    def dict_of_own():
        watched = rest.watch({0: 0})
        return lambda: watched.__setitem__(0, object())
    ways = [way(name, getattr(rest, name)) for name in ("added", "newex", "cmethod")]
    ways += [way(name, call(repr, made(name))) for name in (
        "from_spec", "with_bases", "metaclass", "late", "late_ref", "late_add", "late_type")]
    ways += [
        way("class_descr", rest.class_descr.__get__(None, list)),
        way("getset_descr", lambda: rest.getset_descr.__get__([], list)),
        Modules("from_def module_clear", lambda: rest.make_module(spec), module=rest),
        way("hand", lambda: hand + hand), way("alloc free_object", rest.Memory), way("del", rest.Del),
        way("getattr", lambda: old.x), way("setattr", setattribute), way("matrix", matrix),
        way("item", lambda: old[0]), way("assign_item", assign), way("concat", lambda: old + old),
        way("set_destructor", rest.make_capsule),
        AllThreads("trace_all", module=rest), AllThreads("profile_all", module=rest),
    ]
    again = importlib.util.spec_from_file_location("rest", rest.__file__)
    ways.append(way("create", call(importlib.util.module_from_spec, again)))
    # The lock of restb is held in front of that of rest.
    ways.append(way("send", prepare=in_turn(call(restb.send, old), call(rest.send, old))))
    by_pointer = call(restb.call_pointer, rest.get_pointer())
    ways.append(way("pointer", prepare=in_turn(by_pointer, rest.call_own)))
    rest.set_hooks()

    def type_of_own():
        rest.watch_type(type("watched", (), {})).attribute = 0
    ways.append(way("type_watch", prepare=in_turn(type_of_own, rest.watch_type_own)))
    return ways + [
        way("audit", call(sys.audit, "rest.watched")), way("dict_watch", prepare=dict_of_own),
        way("function_watch", define),
        way("code_watch", call(compile, "def watched(): pass", "x", "exec")),
    ]


def all_ways(which):
    return {"racy": ways_of_racy, "rest": ways_of_rest}[which]()


def exactness(n, which="racy"):
    """Every way in, on four threads at once: nothing may get lost."""
    lost = [one for way in all_ways(which) for one in way.lost(n)]
    assert not lost, "lost updates: %s" % lost


def in_child(function):
    """Runs it in a child; returns the pid."""
    pid = os.fork()
    if pid == 0:
        function()
        os._exit(0)
    return pid


def ended(pid, deadline):
    """The status of a child; None if it had to be killed."""
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        if time.monotonic() > deadline:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            return None
        time.sleep(0.0005)


def goes_wrong(missing, n):
    """In a process of its own, for some seconds and more rounds each time: missing(rounds) returns
    something, or crashes. Being slow is not wrong. Nor is hanging, which broken memory may lead to:
    then another process tries."""
    def run():
        rounds, deadline = n, time.monotonic() + 12
        while time.monotonic() < deadline and not missing(rounds):
            rounds = min(2 * rounds, 5000)
        os._exit(time.monotonic() < deadline)
    return any(ended(in_child(run), time.monotonic() + 30) not in (0, None) for _ in range(3))


def inexactness(n, which="racy"):
    """The control of exactness: each single way loses something, sooner or later."""
    exact = [way.names for way in all_ways(which) if not goes_wrong(way.lost, n)]
    assert not exact, "nothing was lost by: %s" % exact


def mixed(n):
    """All at once: one static is changed by every way in."""
    t, h = racy.Static(), racy.Heap()
    racy.take()
    on_threads(repeat(n, racy.noargs), repeat(n, call(repr, t)), repeat(n, call(hash, h)),
               repeat(n, call(len, h)),
               call(racy.threads, 0, n, None), call(racy.threads, 1, n, lambda: None))
    assert racy.total() == 10 * n, "lost %d of %d" % (10 * n - racy.total(), 10 * n)


class Shared:
    """Containers, and what others do with them all the time."""

    def __init__(self):
        self.list, self.dict, self.set = [], {"key": 1}, set()

    def use_list(self):
        self.list.append(1)
        len(self.list) > 100 and self.list.clear()

    def use_dict(self):
        self.dict[random.random()] = 1
        len(self.dict) > 100 and self.dict.clear()
        self.dict["key"] = 1

    def use_set(self):
        self.set.add(random.random())
        len(self.set) > 100 and self.set.clear()


def calls_around():
    """(containers, [(name, arguments)]) of what one call did without a gap under the GIL."""
    shared, a, b = Shared(), racy.Heap(), racy.Heap()
    cases = [(name, a, b) for name in ("compare", "sort", "keys")]
    cases += [(name, shared.list, None) for name in ("append", "insert", "as_tuple", "slice", "reverse")]
    cases += [(name, shared.dict, key) for key in (a, "key") for name in (
        "set_item", "contains", "get_item", "get_with_error", "set_default")]
    cases += [(name, shared.dict, 1) for name in (
        "set_string", "get_string", "copy", "all_keys", "values", "items", "next")]
    cases += [(name, shared.set, key) for key in (a, "key") for name in ("set_add", "set_contains")]
    return shared, cases


def interrupted(shared, case, n):
    """How many calls were cut in two."""
    users = {list: shared.use_list, dict: shared.use_dict, set: shared.use_set}
    racy.take()
    with Busy(*[users[type(case[1])]] * 2 if type(case[1]) in users else []):
        on_threads(*[repeat(n, call(racy.around, *case))] * THREADS)
    return THREADS * n - racy.take()["noargs"]


def atomicity(n):
    shared, cases = calls_around()
    lost = {case[0]: gone for case in cases for gone in [interrupted(shared, case, n)] if gone}
    assert not lost, "calls that were cut in two: %s" % lost


def divisibility(n):
    """The control of atomicity: each is cut in two."""
    shared, cases = calls_around()
    whole = [case[0] for case in cases
             if not goes_wrong(functools.partial(interrupted, shared, case), n)]
    assert not whole, "never cut in two: %s" % whole


class Target(list):
    """A list that weak references can point to."""


def fresh():
    return ["x%d" % random.random()]


def borrowing(idiom):
    """The container that is borrowed from, and what another thread does with it."""
    items, table, cell = [fresh()], {"k": fresh()}, types.CellType(fresh())
    targets = [Target(fresh()) for _ in range(500)]
    references = tuple(map(weakref.ref, targets))
    sys.racy_item = fresh()

    def change_list():
        items[0:] = [fresh() for _ in range(random.choice((1, 40)))]
        items[0] = fresh()

    def change_dict():
        table["k"] = fresh()
        for i in range(20):
            table["a%d" % i] = fresh()
        for i in range(20):
            del table["a%d" % i]

    def change_cell():
        cell.cell_contents = fresh()

    def change_sys():
        sys.racy_item = fresh()

    def drop_target():
        if targets:
            del targets[0]
    if idiom in "deSDn":
        return table, change_dict
    return {"c": (cell, change_cell), "s": (None, change_sys), "w": (references, drop_target)}.get(
        idiom, (items, change_list))


IDIOMS = "iIdeSDnfcsw"


def bad_borrowed(n, idiom):
    """Borrowed references to what Python threads replace and resize: how many were bad."""
    bad = 0
    for _ in range(n if idiom == "w" else 1):
        container, change = borrowing(idiom)
        with Busy(change):
            for _ in range(1 if idiom == "w" else n):
                bad += racy.borrow(idiom, container, "k", 500)
    return bad


def keeper(n, idioms=IDIOMS):
    bad = {idiom: gone for idiom in idioms for gone in [bad_borrowed(n, idiom)] if gone}
    assert not bad, "bad references: %s" % bad


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


def waited_for(how):
    """One thread holds a native lock over a call that gives ours up; it needs ours again, to see that
    the others are inside. They can have left it to him only by waiting for the native lock."""
    held = threading.Event()

    def hold():
        held.set()
        while racy.total() < THREADS:
            time.sleep(0.001)

    def wait():
        held.wait()
        racy.with_native(how[1], None)
    racy.take()
    on_threads(call(racy.with_native, how[0], hold), *[wait] * (THREADS - 1))
    assert racy.take()["noargs"] == THREADS * 21


def native(n):
    for how in racy.native_ways().split():
        repeat(n, call(waited_for, how))()


def hangs(seconds):
    """The control of native: each waits for ever."""
    children = [(how, in_child(call(waited_for, how))) for how in racy.native_ways().split()]
    deadline = time.monotonic() + seconds
    went_on = [how for how, pid in children if ended(pid, deadline) is not None]
    assert not went_on, "no deadlock: %s" % went_on


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
            assert ended(pid, time.monotonic() + 30) is not None, "child %d hangs" % i
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


def at_exit():
    import rest
    assert rest.set_at_exit() == 0


def gil(expected):
    assert racy.fill([])
    assert sys._is_gil_enabled() == bool(expected), sys._is_gil_enabled()


if __name__ == "__main__":
    arguments = [int(a) if a.isdigit() else a for a in sys.argv[3:]]
    globals()[sys.argv[2]](*arguments)
    gc.collect()
