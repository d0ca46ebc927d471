# SPDX-License-Identifier: 0BSD
"""Runs the tests of the extension apitest, which lies in the directory given as argument."""
import collections
import subprocess
import sys
import sysconfig
import threading

sys.path.insert(0, sys.argv[1])
import apitest  # noqa: E402


def on_threads(n, function):
    """Runs `function` on n threads at once; returns what they raised."""
    start = threading.Barrier(n)
    raised = []

    def run():
        start.wait()
        try:
            function()
        except BaseException as e:
            raised.append(e)
    threads = [threading.Thread(target=run) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return raised


class Attributes:
    x = []

    @property
    def boom(self):
        raise ValueError("boom")


class Mapping(collections.UserDict):
    def __getitem__(self, key):
        if key == "boom":
            raise ValueError(key)
        return super().__getitem__(key)


def subprocess_says(script, expected):
    p = subprocess.run([sys.executable, "-c", "import sys; sys.path.insert(0, %r); import apitest\n"
                        % sys.argv[1] + script], stderr=subprocess.PIPE, timeout=120)
    assert p.returncode == 0 and p.stderr.decode() == expected, (p.returncode, p.stderr)


def frames():
    a_local = 1
    apitest.frames()
    return a_local


def uniqueness():
    assert apitest.is_temporary([1])
    kept = [1]
    assert not apitest.is_temporary(kept)
    del kept
    kept = [2]
    seen = []
    apitest.enable_try_incref(kept)
    on_threads(1, lambda: seen.append(apitest.try_incref(kept)))
    assert seen == [True], seen


def mutex():
    assert apitest.mutex_race(4000, 0) > 0, "the control without a lock lost nothing"
    assert apitest.mutex_race(4000, 1) == 0
    apitest.take_count()
    hits = []
    assert not on_threads(4, lambda: apitest.mutex_steps(500, lambda: hits.append(len(hits))))
    assert apitest.take_count() == 2000


def critical_sections():
    a, b = [], {}
    apitest.take_count()
    assert not on_threads(4, lambda: apitest.sections(a, b, 500))
    assert apitest.take_count() == 6000


def once():
    apitest.take_count()
    raised = on_threads(3, lambda: apitest.once(True))
    assert [type(e) for e in raised] == [ValueError] * 3 and apitest.take_count() == 3
    assert on_threads(6, lambda: apitest.once(False)) == []
    assert apitest.take_count() == 1, "the initialiser ran again"


def ensure():
    calls = []
    for guarded in (0, 1):
        assert apitest.ensure_job(lambda: calls.append(threading.get_ident()), 50, guarded) == 50
    assert len(calls) == 100 and threading.get_ident() not in calls
    subprocess_says("apitest.guard_exit(lambda: None)", "all calls made\n")
    subprocess_says("""apitest.keep_view()
class Late:
    def __del__(self, late_guard=apitest.late_guard):
        late_guard()
sys.late = Late()""", "no guard\n")


def no_gil_came_back():
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled(), "the module turned the GIL on"


def main():
    assert apitest.version == sys.hexversion, "built for another interpreter"
    no_gil_came_back()
    for name in sorted(dir(apitest)):
        if name.startswith("test_"):
            getattr(apitest, name)()
    apitest.weakref(type("Weak", (), {}))
    apitest.attributes(Attributes())
    apitest.mapping(Mapping(k=[]))
    for check in (frames, uniqueness, critical_sections, once, mutex, ensure):
        check()


main()
