"""What C source guards, read from its text alone: the ground truth that the scanner is held
against must not come from the scanner.

A guard is a critical section, a mutex or another lock taken by name, an atomic access, or a
macro of the same source that is made of these. A guarded region runs from the guard to its
end, through the functions of the same source that it calls.
"""

import dataclasses
import re

LOCKS = (
    r"(?:Py_BEGIN_CRITICAL_SECTION\w*|PyCriticalSection2?_Begin\w*|PyMutex_Lock\w*|FT_MUTEX_LOCK"
    r"|PyThread_acquire_lock\w*|pthread_mutex_lock|_PyOnceFlag_CallOnce|_PyRecursiveMutex_Lock|mtx_lock"
    r"|\w+(?:\.|->)lock)"
)
UNLOCKS = (
    r"(?:Py_END_CRITICAL_SECTION\w*|PyCriticalSection2?_End\w*|PyMutex_Unlock|FT_MUTEX_UNLOCK"
    r"|PyThread_release_lock|pthread_mutex_unlock|_PyRecursiveMutex_Unlock|mtx_unlock"
    r"|\w+(?:\.|->)unlock)"
)
GUARD_OBJECTS = r"(?:std::(?:lock_guard|unique_lock|scoped_lock)\b[^;({]*[({])"
ATOMICS = r"(?:FT_ATOMIC_\w+|_Py_atomic_\w+|__atomic_\w+|atomic_(?:load|store|fetch|exchange|compare)\w*)"
BLANK = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
FUNCTION = re.compile(r"^(?=[A-Za-z_])(?:[\w \t*<>:&,]+[\s*&])?([\w:~]+)\(([^;{}]*)\)[^;{}()]*\n?\{", re.M)
WRAPPER = 500  # characters of a function that is no more than a lock call
LOCK_TYPES = re.compile(r"\b(?:PyMutex|PyThread_type_lock|pthread_mutex_t|_PyOnceFlag|mtx_t|std::\w*mutex)\b")
# Tables that the interpreter reads, and locks: no state of the extension.
NOT_STATE = re.compile(LOCK_TYPES.pattern + r"|\bPy\w*(?:Def|Slot|Spec|Desc|Type|TypeObject|Methods|Procs)\s*$|\bstruct PyModuleDef\b")
NAME = re.compile(r"(->|\.)?\s*\b([A-Za-z_]\w*)")
PLACE = r"(?:\w+\s*(?:\[[^]]*\]\s*)?(?=->|\.))?(?:(?:->|\.)\w+(?=->|\.))*(->|\.)?([A-Za-z_]\w*)\b"
WRITES = [
    re.compile(r"(->|\.)?\b([A-Za-z_]\w*)(?:\s*\[[^]]*\])*\s*(?:(?:[-+|&*/^]|<<|>>)?=(?!=)|\+\+|--)"),
    re.compile(r"(?:\+\+|--)\s*" + PLACE),
    re.compile(r"(?:Py_(?:X?SETREF|CLEAR)|FT_ATOMIC_(?:STORE|ADD)\w*|_Py_atomic_(?:store|add|exchange)\w*)\s*\(\s*&?\s*" + PLACE),
    re.compile(r"(?<![&\w)])\s*&\s*" + PLACE + r"(?!\s*(?:->|\.))"),
]
# C++: what a call of a member's method does stands elsewhere, and may be a change.
METHOD_CALL = re.compile(r"(->|\.)\b([A-Za-z_]\w*)\s*\.\s*[A-Za-z_]\w*\s*\(")
CXX = (".cc", ".cpp", ".cxx", ".hpp")
SETS_UP = re.compile(r"_new(_impl)?$|_init(__)?(_impl)?$|__init__|_?dealloc|_clear$|_traverse$|_exec$|^PyInit_|_finalize$")


def without_text(source):
    """Comments and literals blanked, line numbers and offsets kept."""
    return BLANK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), source)


@dataclasses.dataclass
class Guard:
    """One place that takes a lock: the lines of the region, and what must go to remove it."""

    begin: int  # offsets into the source
    end: int  # of the statement that releases it
    close: int  # where that statement starts
    begin_end: int  # where the statement that takes it ends


@dataclasses.dataclass
class Function:
    name: str
    file: str
    start: int
    end: int
    body: str
    guards: list
    parameters: list


class Source:
    """The files of one extension in one version."""

    def __init__(self, files, headers=""):
        """HEADERS: text whose macros and structures the files may use."""
        self.files = {path: path.read_text(errors="replace") for path in files}
        self.clean = {path: without_text(text) for path, text in self.files.items()}
        everything = "\n".join(self.clean.values())
        self.writes = [*WRITES, METHOD_CALL] if any(p.suffix in CXX for p in files) else WRITES
        self.locks, self.unlocks = (self.macros(headers + everything, basic) for basic in (LOCKS, UNLOCKS))
        wrappers = self.wrappers(self.locks, self.unlocks), self.wrappers(self.unlocks, self.locks)
        self.locks, self.unlocks = (
            self.macros(headers + everything, with_names(basic, names))
            for basic, names in zip((LOCKS, UNLOCKS), wrappers)
        )
        self.functions = {}
        for path, text in self.clean.items():
            for function in self.functions_of(path, text):
                self.functions.setdefault(function.name, function)
        self.fields = {f for f, type_ in self.declared_fields(headers + everything) if not LOCK_TYPES.search(type_)}
        for suffix in set(re.findall(r"##(_\w+)", everything)):  # fields that a macro declares
            self.fields.update(re.findall(rf"(?:->|\.)(\w+{suffix})\b", everything))
        self.statics = self.declared_statics(everything)
        self.guard_wrappers()

    @staticmethod
    def macros(text, basic):
        """A pattern for BASIC and for the macros that are made of it, and of these."""
        names = set()
        flat = text.replace("\\\n", "  ")
        for _ in range(2):
            known = "|".join([basic, *(re.escape(n) for n in sorted(names))])
            for name, body in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?:\([^)\n]*\))?([^\n]*)", flat, re.M):
                if re.search(rf"\b(?:{known})\s*\(", body):
                    names.add(name)
        return re.compile(r"\b(?:" + "|".join([basic, *(re.escape(n) for n in sorted(names))]) + r")\s*\(")

    def wrappers(self, taken, given_back):
        """Short functions that take a lock and leave it taken, or the other way around."""
        for text in self.clean.values():
            for m in FUNCTION.finditer(text):
                close = re.search(r"^\}", text[m.end() :], re.M)
                body = text[m.end() : m.end() + close.start()] if close else ""
                if len(body) < WRAPPER and taken.search(body) and not given_back.search(body):
                    yield m.group(1)

    def functions_of(self, path, text):
        for m in FUNCTION.finditer(text):
            if m.group(1) in ("if", "for", "while", "switch", "return", "defined", "sizeof"):
                continue
            start = m.end()
            close = re.search(r"^\}", text[start:], re.M)
            end = start + close.start() if close else len(text)
            name = m.group(1).rsplit("::", 1)[-1]
            parameters = [re.sub(r".*\W(?=\w)", "", p.strip(), flags=re.S) for p in m.group(2).split(",")]
            regions = list(self.regions(text, start, end))
            yield Function(name, path, start, end, text[start:end], regions, parameters)

    def regions(self, text, start, end):
        for m in re.compile(self.locks.pattern + "|" + GUARD_OBJECTS).finditer(text, start, end):
            unlock = self.unlocks.search(text, m.end(), end)
            statement = text.find(";", m.end(), end) if not m.group().startswith("Py_BEGIN") else -1
            begin_end = statement + 1 if statement >= 0 else closing(text, m.end()) + 1
            if unlock and "std::" not in m.group():
                yield Guard(m.start(), closing(text, unlock.end()) + 1, unlock.start(), begin_end)
            else:
                yield Guard(m.start(), end, end, begin_end)

    def guard_wrappers(self):
        """Argument clinic puts the section into a wrapper: the implementation is guarded too."""
        self.guarded_by_wrapper = set()
        for function in self.functions.values():
            for guard in function.guards:
                for name in re.findall(r"\b(\w+_impl)\s*\(", text_of(self, function, guard)):
                    if name in self.functions:
                        self.guarded_by_wrapper.add(name)

    @staticmethod
    def declared_fields(text):
        for body in re.findall(r"\bstruct\b[^;{}()]*\{((?:[^{}]|\{[^{}]*\})*)\}", text):
            flat = re.sub(r"[{}]", ";", re.sub(r"^\s*#.*$", "", body, flags=re.M))
            for line in flat.split(";"):
                for m in re.finditer(r"(\w+)\s*(?:\[[^]]*\]|:\s*\d+)?\s*(?:,|$)", line.strip()):
                    yield m.group(1), line

    @staticmethod
    def declared_statics(text):
        pattern = re.compile(r"^static\s+((?!const\b|inline\b)[\w \t*]+?)\b(\w+)\s*(?:=[^;]*|\[[^;]*\])?;", re.M)
        return {n for type_, n in pattern.findall(text) if not NOT_STATE.search(type_)}

    def guarded(self):
        """{function name: guarded text}, with what is called from there."""
        found = {}
        for function in self.functions.values():
            text = "".join(text_of(self, function, g) for g in function.guards)
            if function.name in self.guarded_by_wrapper:
                text += function.body
            if text:
                found[function.name] = self.with_callees(text, {function.name}, 3)
        return found

    def covered(self, name):
        """The function, and what runs under its guards."""
        seen, function = {name}, self.functions[name]
        for guard in function.guards:
            self.with_callees(text_of(self, function, guard), seen, 3)
        if name in self.guarded_by_wrapper:
            self.with_callees(function.body, seen, 3)
        return seen

    def with_callees(self, text, seen, depth):
        parts = [text]
        for name in sorted(set(re.findall(r"\b(\w+)\s*\(", text))):
            if name in self.functions and name not in seen and depth:
                seen.add(name)
                parts.append(self.with_callees(self.functions[name].body, seen, depth - 1))
        return "\n".join(parts)

    def under_guard(self):
        """Functions that guard something, and those that are called from there."""
        seen = set(self.guarded())
        for function in self.functions.values():
            for guard in function.guards:
                self.with_callees(text_of(self, function, guard), seen, 3)
        return seen

    def atomics(self):
        """{state: functions} that is accessed atomically."""
        found = {}
        for function in self.functions.values():
            for m in re.finditer(r"\b" + ATOMICS + r"\s*\(", function.body):
                argument = function.body[m.end() : closing(function.body, m.end())].split(",")[0]
                for state in self.states_in(argument):
                    found.setdefault(state, set()).add(function.name)
        return found

    def states_in(self, text):
        return {name for member, name in NAME.findall(text) if self.is_state(member, name)}

    def is_state(self, member, name):
        return name in (self.fields if member else self.statics)

    def written_in(self, text):
        """The states that the text writes, or hands to others by address."""
        found = (m for pattern in self.writes for m in pattern.findall(text))
        return {name for member, name in found if self.is_state(member, name)}


def with_names(pattern, names):
    """PATTERN, a group of alternatives, with further NAMES in it."""
    return "(?:" + "|".join([pattern, *map(re.escape, sorted(names))]) + ")"


def text_of(source, function, guard):
    return source.clean[function.file][guard.begin_end : guard.close]


def closing(text, start):
    """The offset of the parenthesis that closes what is open at START."""
    depth = 1
    for i in range(start, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if not depth:
            return i
    return len(text)


def plain(name):
    """Argument clinic splits a function in two: one name for both."""
    return name.removesuffix("_impl")


@dataclasses.dataclass
class Repair:
    """What a newer version guards and an older one does not."""

    states: dict  # {name: functions whose guarded code writes it}
    words: dict  # {name: functions that access it atomically; no lock was added for it}
    functions: dict  # {name: functions that the guard covers}, without a state of their own being
    #  written: they work on others' containers
    uncommon: set  # states that only setting up or tearing down writes under the new guard


def repaired(old, new):
    repair = Repair({}, {}, {}, set())
    before = old.under_guard()
    changing = old.written_in("\n".join(f.body for n, f in old.functions.items() if not SETS_UP.search(n)))
    ever = old.written_in("\n".join(f.body for f in old.functions.values()))
    for name, text in new.guarded().items():
        if name in before or name not in old.functions:
            continue
        written = new.written_in(text) & ever
        for state in written:
            repair.states.setdefault(state, set()).add(plain(name))
        if not new.states_in(text) & changing and not SETS_UP.search(name):
            repair.functions[plain(name)] = set(map(plain, new.covered(name) & set(old.functions)))
    atomic_before = old.atomics().keys()
    for state, users in new.atomics().items():
        if state in ever and state not in atomic_before | repair.states.keys() and users & set(old.functions):
            repair.words[state] = set(map(plain, users & set(old.functions)))
    repair.uncommon = {s for s, f in repair.states.items() if all(SETS_UP.search(n) for n in f)}
    for state in repair.uncommon:
        del repair.states[state]
    return repair
