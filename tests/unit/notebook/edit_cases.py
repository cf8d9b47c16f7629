"""Edits of notebooks by what is edited; see :mod:`edits` for how they are judged."""

from __future__ import annotations

from tests.unit.notebook.edit_cases_real import BOUND, LOOKS, REACH, WRITES
from tests.unit.notebook.edits import Edit, changed, same
from tests.unit.provenance.test_fingerprint_edits import CHANGED, SAME

# ---------------------------------------------------------------- those of the fingerprints

_RENAMED = (  # there the function is looked at by itself, here it is named by a node's function
    ("of partial", "of f"),
    ("code of <lambda>", "code of f"),
    ("object of apply", "object of f"),
    ("object of join", "object of f"),
    ("Model: Model(", "f: Model("),
)


def _as_named(text: str) -> str:
    for alone, named in _RENAMED:
        text = text.replace(alone, named)
    return text


NAMED = {
    **{what: same(first, then, called=False) for what, (first, then) in SAME.items()},
    **{
        what: changed(first, then, tuple(map(_as_named, said)), called=False, any_reason=not said)
        for what, (first, then, said) in CHANGED.items()
    },
}

# ---------------------------------------------------------------- the graph

F = "def f(x): return x + K"
CHAIN = """
def strip(t): return t
def clean(t): return strip(t)
def tidy(t): return clean(t)
def f(x): return tidy(x)
"""
SHARED = """
def helper(x): return x + 1
def aside(x): return helper(x)
def f(x): return helper(x)
"""

GRAPH = {
    "a helper of a helper of a helper": changed(
        CHAIN, "def strip(t): return -t", "code of strip changed"
    ),
    "a helper of two nodes": Edit(
        SHARED,
        ("def helper(x): return x + 2",),
        {
            "edited": ("code of helper changed",),
            "below": ("waits for edited",),
            "aside": ("code of helper changed",),
        },
    ),
    "the root": Edit(
        F,
        ("def source(): return 4",),
        {
            "source": ("code of source changed",),
            "edited": ("waits for source",),
            "below": ("waits for edited",),
            "aside": ("waits for source",),
        },
    ),
    "the leaf": Edit(F, ("def below(x): return repr(x)",), {"below": ("code of below changed",)}),
    "the root and a helper": Edit(
        CHAIN,
        ("def source(): return 4\ndef strip(t): return -t",),
        {
            "source": ("code of source changed",),
            "edited": ("code of strip changed", "waits for source"),
            "below": ("waits for edited",),
            "aside": ("waits for source",),
        },
    ),
    "an edit taken back": same(F, F.replace("+", "-"), F),
    "a constant taken back": same(F, "K = 4", "K = 3"),
    "a helper taken back": same(CHAIN, "def strip(t): return -t", "def strip(t): return t"),
    "in-place change taken back": same(
        "D = [1]\ndef f(x): return D + [x]", "D.append(2)", "D.pop()"
    ),
    "an edit, run, taken back": changed(
        F, F.replace("+", "-"), "graph.run()", F, "code of f changed"
    ),
    "an edit, run": same(F, F.replace("+", "-"), "graph.run()"),
    "an edit, run, taken back, run": same(F, F.replace("+", "-"), "graph.run()", F, "graph.run()"),
    "another result, run": same(F, "K = 10", "graph.run()"),
    "two edits, one taken back": changed(F, F.replace("+", "-") + "\nK = 4", F, "K: 3 → 4"),
    "a cell that raises half-way": changed(F, "try:\n    K = 4\n    1 / 0\nexcept: 0", "K: 3 → 4"),
    "the graph's cell again": same(
        F,
        'start = FnNode(source)\nedited = FnNode(f, "edited", inputs={"x": start.output})',
    ),
    "under a cell magic": changed(
        "%%time\ndef f(x): return x", "%%time\ndef f(x): return -x", "code of f changed"
    ),
    "under a cell magic, again": same("%%time\ndef f(x): return x", "%%time\ndef f(x): return x"),
}

# ---------------------------------------------------------------- code

DECORATED = """
def times(n, *, plus=0):
    def around(fn):
        @functools.wraps(fn)
        def wrapper(*args, **more): return fn(*args, **more) * n + plus
        return wrapper
    return around
def noted(fn):
    fn.note = 1
    return fn
@noted
@times(2, plus=1)
def f(x): return x
"""
REGISTER = """
HOOKS = []
def hook(fn):
    HOOKS.append(fn)
    return fn
@hook
def plus(x): return x + 1
def f(x): return [h(x) for h in HOOKS]
"""
CLASSES = """
class Base:
    rate = 2
    def scale(self, x): return x * self.rate
class Model(Base):
    def __init__(self, bias=0): self.bias = bias
    def __call__(self, x): return super().scale(x) + self.bias
    @functools.cached_property
    def slow(self): return self.bias
def f(x): return Model(1)(x)
"""
FIELDS = """
import dataclasses, enum
class Tone(enum.Enum):
    DRY = 1
    WARM = 2
    def loud(self): return self.name
@dataclasses.dataclass(frozen=True)
class Job:
    n: int = 1
    tone: Tone = Tone.DRY
    def text(self): return f"{self.n} {self.tone.loud()}"
JOB = Job()
def f(x): return JOB.text()
"""
CLOSURES = """
def outer(k, table):
    def middle(x):
        def inner(y): return y * k + table["a"]
        return inner(x)
    return middle
f = outer(2, {"a": 1})
"""
TWO = "f, g = (lambda x: x + 1), (lambda x: x + 2)"
MATCHED = """
def f(x):
    match x:
        case 3: return "three"
        case _: return "other"
"""

CODE = {
    "a keyword of a decorator": changed(
        DECORATED, DECORATED.replace("plus=1)", "plus=2)"), "plus: 1 → 2"
    ),
    "the inner decorator gone": changed(
        DECORATED,
        DECORATED.replace("@times(2, plus=1)\n", ""),
        "code of f changed",
        any_reason=True,
    ),
    "what an outer decorator sets": same(
        DECORATED, DECORATED.replace("fn.note = 1", "fn.note = 2")
    ),
    "a decorator that registers": changed(
        REGISTER, REGISTER.replace("x + 1", "x + 2"), "code of plus changed"
    ),
    "a decorated helper again": same(DECORATED, DECORATED),
    "registered again": same(REGISTER, REGISTER),
    "a method of a base": changed(
        CLASSES, CLASSES.replace("x * self", "x + self"), "code of Base.scale changed"
    ),
    "an attribute of a base": changed(
        CLASSES, CLASSES.replace("rate = 2", "rate = 3"), "Base.rate: 2 → 3"
    ),
    "a cached property": changed(
        CLASSES,
        CLASSES.replace("return self.bias\n", "return -self.bias\n"),
        "code of Model.slow changed",
    ),
    "classes again": same(CLASSES, CLASSES),
    "a method put in place": changed(
        CLASSES, "Model.__call__ = lambda self, x: x", "code of Model.__call__ changed"
    ),
    "an attribute put in place": changed(CLASSES, "Base.rate = 5", "Base.rate: 2 → 5"),
    "a class's attribute in place": changed(
        CLASSES.replace("rate = 2", "rate = 2; memo = []"),
        "Base.memo.append(1)",
        "Base.memo: [] → [1]",
    ),
    "a method of an enum": changed(
        FIELDS, FIELDS.replace("self.name\n", "self.name.lower()\n"), "code of Tone.loud changed"
    ),
    "a member of an enum": changed(
        FIELDS, FIELDS.replace("DRY = 1", "DRY = 3"), "Tone.DRY: 1 → 3", any_reason=True
    ),
    "a method of a data class": changed(
        FIELDS, FIELDS.replace("{self.n} ", "{self.n}"), "code of Job.text changed"
    ),
    "a default of a field": changed(
        FIELDS, FIELDS.replace("n: int = 1", "n: int = 2"), "Job.n: 1 → 2", any_reason=True
    ),
    "a data object": changed(
        FIELDS, "JOB = Job(2)", "JOB: Job(n=1, tone=<Tone.DRY: 1>) → Job(n=2, tone=<Tone.DRY: 1>)"
    ),
    "data classes again": same(FIELDS, FIELDS),
    "an equal data object": same(FIELDS, "JOB = Job(1, tone=Tone.DRY)"),
    "a closure's number": changed(CLOSURES, CLOSURES.replace("outer(2", "outer(3"), "k: 2 → 3"),
    "a closure's dict": changed(
        CLOSURES, CLOSURES.replace('{"a": 1}', '{"a": 2}'), "table: {'a': 1} → {'a': 2}"
    ),
    "a closure's dict in place": changed(
        CLOSURES, "f.__closure__[1].cell_contents['a'] = 2", "table: {'a': 1} → {'a': 2}"
    ),
    "a function in a closure": changed(
        CLOSURES, CLOSURES.replace("y * k", "y - k"), "code of f changed", any_reason=True
    ),
    "a closure again": same(CLOSURES, CLOSURES),
    "a partial of a partial": changed(
        "P = functools.partial(functools.partial(pow, 2), mod=7)\ndef f(x): return P(x)",
        "P = functools.partial(functools.partial(pow, 3), mod=7)",
        "argument 0 of P: 2 → 3",
    ),
    "a keyword of a partial": changed(
        "P = functools.partial(pow, 2, mod=7)\ndef f(x): return P(x)",
        "P = functools.partial(pow, 2, mod=5)",
        "argument mod of P: 7 → 5",
    ),
    "a partial again": same(
        "P = functools.partial(pow, 2)\ndef f(x): return P(x)", "P = functools.partial(pow, 2)"
    ),
    "the other of two lambdas": same(TWO, TWO.replace("x + 2", "x + 9")),
    "one of two lambdas": changed(
        TWO, TWO.replace("x + 1", "x + 9"), "code of f changed", any_reason=True
    ),
    "lambdas change places": changed(
        TWO, "f, g = (lambda x: x + 2), (lambda x: x + 1)", "code of f changed", any_reason=True
    ),
    "a lambda's default": changed(
        "H = lambda x, k=2: x * k\ndef f(x): return H(x)",
        "H = lambda x, k=3: x * k",
        "default k: 2 → 3",
    ),
    "lambdas in a dict": changed(
        "OPS = {'a': lambda x: x + 1, 'b': lambda x: x + 2}\ndef f(x): return OPS['a'](x)",
        "OPS = {'a': lambda x: x + 1, 'b': lambda x: x + 3}",
        "code of <lambda> changed",
    ),
    "a case": changed(MATCHED, MATCHED.replace('"other"', '"else"'), "code of f changed"),
    "an f-string": changed(
        "def f(x): return f'{x:>5}'", "def f(x): return f'{x:>6}'", "code of f changed"
    ),
    "a generator": changed(
        "def gen(x):\n    yield x\ndef f(x): return list(gen(x))",
        "def gen(x):\n    yield x\n    yield x",
        "code of gen changed",
    ),
    "an async helper": changed(
        "async def g(x): return x\nasync def f(x): return await g(x)",
        "async def g(x): return -x",
        "code of g changed",
    ),
    "a helper defined under a condition": changed(
        "if K == 3:\n    def g(x): return x\nelse:\n    def g(x): return -x\ndef f(x): return g(x)",
        "if K != 3:\n    def g(x): return x\nelse:\n    def g(x): return -x",
        "code of g changed",
    ),
    "an attribute of a function": changed(
        "def g(x): return x\ng.limit = 1\ndef f(x): return g(x) + g.limit",
        "g.limit = 2",
        "g.limit: 1 → 2",
    ),
    "a name for a helper": changed(
        "def a(x): return x\ndef b(x): return -x\ng = a\ndef f(x): return g(x)",
        "g = b",
        ("code of b changed",),
        any_reason=True,
    ),
    "a helper hides a built-in": changed(
        "def f(x): return abs(x)", "def abs(x): return x", "abs is used now"
    ),
    "a helper deleted": changed(CHAIN, "del strip", ("strip: … → undefined",), any_reason=True),
    "a comment in a helper": same(CHAIN, "def strip(t):\n    # so\n    return t"),
    "a decorated class": changed(
        "def mark(c):\n    c.n = 1\n    return c\n@mark\nclass C: pass\ndef f(x): return C.n",
        "def mark(c):\n    c.n = 2\n    return c\n@mark\nclass C: pass",
        "C.n: 1 → 2",
    ),
    "a nested function's annotation": same(
        "def f(x):\n    def g(y: int): return y\n    return g(x)",
        "def f(x):\n    def g(y: float): return y\n    return g(x)",
    ),
}

# ---------------------------------------------------------------- data

NUMPY = "import numpy as np\nD = np.arange(6)\ndef f(x): return int(D.sum()) + x"
FRAME = """
import pandas as pd
D = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
def f(x): return len(D) + x
"""
PICTURE = """
from PIL import Image
D = Image.new("RGB", (4, 4))
def f(x): return D.size
"""
TORCH = "import torch\nD = torch.arange(6)\ndef f(x): return int(D.sum()) + x"


def data(before: str, after: str, *, said: str | None = None, setup: str = "") -> Edit:
    first = f"{setup}\nD = {before}\ndef f(x): return repr(D)"
    return changed(first, f"D = {after}", said or f"D: {before} → {after}", any_reason=said == "")


DATA = {
    "a tuple for a list": data("[1]", "(1,)"),
    "a frozen set": data("frozenset({1})", "frozenset({2})"),
    "a byte string": data("b'a'", "b'b'"),
    "a complex number": data("1j", "2j"),
    "a range": data("range(0, 3)", "range(0, 4)"),
    "deep inside": data("{'a': [{'b': (1, 2)}]}", "{'a': [{'b': (1, 3)}]}"),
    "a reordered dict": data("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}"),
    "a reordered inner dict": data("[{'a': 1, 'b': 2}]", "[{'b': 2, 'a': 1}]"),
    "a date": data(
        "datetime.date(2024, 1, 1)", "datetime.date(2024, 1, 2)", setup="import datetime"
    ),
    "a decimal": data(
        "decimal.Decimal('1.0')", "decimal.Decimal('1.00')", setup="import decimal", said=""
    ),
    "a name space": data(
        "types.SimpleNamespace(a=1)", "types.SimpleNamespace(a=2)", setup="import types", said=""
    ),
    "a counter": data(
        "Counter({'a': 1})", "Counter({'a': 2})", setup="from collections import Counter"
    ),
    "a default dict's factory": data(
        "defaultdict(int)",
        "defaultdict(list)",
        setup="from collections import defaultdict",
        said="",
    ),
    "a reordered set": same("D = {'a', 'b', 'c'}\ndef f(x): return len(D)", "D = {'c', 'a', 'b'}"),
    "the same list": same("D = [1, 2]\ndef f(x): return D", "D = list(range(1, 3))"),
    "the same dict": same("D = {'a': 1, 'b': 2}\ndef f(x): return D", "D = dict(a=1, b=2)"),
    "an array again": same(NUMPY, "D = np.array([0, 1, 2, 3, 4, 5])"),
    "an array of another layout": same(
        NUMPY.replace("arange(6)", "arange(6).reshape(2, 3)"),
        "D = np.asfortranarray(np.arange(6).reshape(2, 3))",
    ),
    "an array of another type": changed(
        NUMPY, "D = D.astype('int32')", "D changed", any_reason=True
    ),
    "an array reshaped": changed(NUMPY, "D = D.reshape(2, 3)", "D changed", any_reason=True),
    "an array in place": changed(NUMPY, "D[3] = 9", "D changed", any_reason=True),
    "an array through a view": changed(NUMPY, "D[2:4][0] = 9", "D changed", any_reason=True),
    "an array changed and back": same(NUMPY, "D += 1", "D -= 1"),
    "a frame again": same(FRAME, 'D = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})'),
    "a frame in place": changed(FRAME, "D.loc[0, 'b'] = 'z'", "D changed", any_reason=True),
    "a frame's index": changed(FRAME, "D.index = [5, 6]", "D changed", any_reason=True),
    "a frame's columns": changed(FRAME, "D.columns = ['a', 'c']", "D changed", any_reason=True),
    "order of a frame's columns": changed(FRAME, "D = D[['b', 'a']]", "D changed", any_reason=True),
    "a frame sorted": changed(
        FRAME, "D = D.sort_values('a', ascending=False)", "D changed", any_reason=True
    ),
    "a series' name": changed(
        FRAME + "S = D.a\ndef f(x): return S.sum() + x",
        "S = S.rename('z')",
        "S changed",
        any_reason=True,
    ),
    "a category": changed(
        FRAME + "S = D.b.astype('category')\ndef f(x): return len(S)",
        "S = S.cat.add_categories(['z'])",
        "S changed",
        any_reason=True,
    ),
    "a picture again": same(PICTURE, 'D = Image.new("RGB", (4, 4))'),
    "a pixel": changed(PICTURE, "D.putpixel((1, 1), (1, 0, 0))", "D changed", any_reason=True),
    "a picture's mode": changed(PICTURE, "D = D.convert('RGBA')", "D changed", any_reason=True),
    "a picture's size": changed(PICTURE, "D = D.resize((2, 8))", "D changed", any_reason=True),
    "a tensor in place": changed(TORCH, "D[3] = 9", "D changed", any_reason=True, needs="torch"),
    "a tensor again": same(TORCH, "D = torch.arange(6)", needs="torch"),
    "a tensor of another type": changed(
        TORCH, "D = D.float()", "D changed", any_reason=True, needs="torch"
    ),
}

# ---------------------------------------------------------------- data that code changes itself

LIST = "D = []\ndef f(x):\n    D.append(x)\n    return x"
CACHE = "D = {}\ndef f(x):\n    return D.setdefault(x, x * 2)"
COUNT = "D = 0\ndef f(x):\n    global D\n    D += 1\n    return x"
OBJECT = """
class Box:
    def __init__(self): self.n = 0
    def add(self, x):
        self.n += x
        return x
D = Box()
def f(x): return D.add(x)
"""
ARRAY = "import numpy as np\nD = np.zeros(3)\ndef f(x):\n    D[0] += x\n    return x"

ITSELF = {
    "a list that the function fills": same(LIST, "1"),
    "a list that it fills again": same(LIST, 'graph.run("edited", force=True)', "1"),
    "a list that others fill too": same(LIST, "D.append(5)"),  # it only writes to it
    "a list that it reads, that others fill too": changed(
        LIST.replace("return x", "return x + len(D)"),
        "D.append(5)",
        "D: [] → [3, 5]",
        any_reason=True,
    ),
    "a list that others empty": same(LIST, "D.clear()"),
    "a cache": same(CACHE, "1"),
    "a cache that others change": changed(CACHE, "D[3] = 0", "D changed", any_reason=True),
    "a counter": same(COUNT, "1"),
    "a counter that counts again": same(COUNT, 'graph.run("edited", force=True)', "1"),
    "a counter that others set": same(COUNT, "D = 5"),  # nothing reads it
    "a counter that is read": same(COUNT.replace("return x", "return x + D * 0"), "1"),
    "a counter that is read, that others set": changed(
        COUNT.replace("return x", "return x + D * 0"), "D = 5", "D: 0 → 5", any_reason=True
    ),
    "an object that its method changes": same(OBJECT, "1"),
    "an object that others change": changed(OBJECT, "D.n = 50", "D changed", any_reason=True),
    "an array that it changes": same(ARRAY, "1"),
    "an array that others change": changed(ARRAY, "D[1] = 5", "D changed", any_reason=True),
    "a helper's memory": same(
        "@functools.lru_cache\ndef g(x): return x\ndef f(x): return g(x)", "g(5)"
    ),
    "a memory that a default holds": same(
        "def f(x, seen=[]):\n    seen.append(x)\n    return x", "1"
    ),
    "a closure's counter": same(
        "def make():\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n"
        "        return x\n    return f\nf = make()",
        "1",
    ),
}

# ---------------------------------------------------------------- files

PATH = """
write("data.txt", "one")
D = pathlib.Path("data.txt")
def f(x): return D.read_text()
"""
GIVEN = """
write("data.txt", "one")
more["path"] = pathlib.Path("data.txt")
def f(x, path): return path.read_text()
"""
FOLDER = """
from daggr_nb import Folder
pathlib.Path("box").mkdir()
write("box/a.txt", "one")
more["path"] = Folder("box")
def f(x, path): return len(list(path.iterdir()))
"""
PLAIN_FOLDER = FOLDER.replace('Folder("box")', 'pathlib.Path("box")')
CONST = "LIMITS = [1, 2]\nmore['limits'] = LIMITS\ndef f(x, limits): return sum(limits)"
GIVEN_ARRAY = """
import numpy as np
A = np.zeros(3)
more["a"] = A
def f(x, a): return float(a.sum())
"""

FILES = {
    "a captured file": changed(PATH, 'write("data.txt", "two")', "D changed", any_reason=True),
    "a captured file, rewritten as it was": same(PATH, 'write("data.txt", "one")'),
    "a captured file, there and back": same(
        PATH, 'write("data.txt", "two")', 'write("data.txt", "one")'
    ),
    "a captured file, deleted": changed(PATH, "D.unlink()", "D changed", any_reason=True),
    "a captured path, another file": changed(
        PATH, 'write("b.txt", "two")\nD = pathlib.Path("b.txt")', "D changed", any_reason=True
    ),
    "a captured path, an equal file": changed(
        PATH, 'write("b.txt", "one")\nD = pathlib.Path("b.txt")', "D changed", any_reason=True
    ),
    "a given file": changed(GIVEN, 'write("data.txt", "two")', "path changed"),
    "a given file, rewritten as it was": same(GIVEN, 'write("data.txt", "one")'),
    "a given file, there and back": same(
        GIVEN, 'write("data.txt", "two")', 'write("data.txt", "one")'
    ),
    "a given file, deleted": changed(
        GIVEN, 'os.unlink("data.txt")', "path changed", any_reason=True
    ),
    "a given file, replaced with its old times": changed(
        GIVEN,
        's = os.stat("data.txt")\nwrite("b.txt", "two")\nos.replace("b.txt", "data.txt")\n'
        'os.utime("data.txt", (s.st_atime, s.st_mtime))',
        "path changed",
    ),
    "a given file, run": same(GIVEN, 'write("data.txt", "two")', "graph.run()"),
    "a given folder by path": same(PLAIN_FOLDER, 'write("box/b.txt", "new")'),
    "a file in a given folder by path": same(PLAIN_FOLDER, 'write("box/a.txt", "two")'),
    "a given folder": changed(FOLDER, 'write("box/b.txt", "new")', "path changed"),
    "a file in a given folder": changed(FOLDER, 'write("box/a.txt", "two")', "path changed"),
    "a given folder, as it was": same(FOLDER, 'write("box/a.txt", "one")'),
    "a given list in place": changed(CONST, "LIMITS.append(3)", "limits: [1,2] → [1,2,3]"),
    "a given list, there and back": same(CONST, "LIMITS.append(3)", "LIMITS.pop()"),
    "a given array in place": changed(GIVEN_ARRAY, "A[0] = 5", "a changed"),
}

# ---------------------------------------------------------------- modules of one's own

MODULE = """
LIMIT = 2
def strip(t): return t
def clean(t): return strip(t) * LIMIT
def unused(t): return t
"""
WRITTEN = f"write('own_mod.py', {MODULE!r})\n"
IMPORTED = WRITTEN + "import own_mod\ndef f(x): return own_mod.clean(x)"
TAKEN = WRITTEN + "from own_mod import clean\ndef f(x): return clean(x)"
WITHIN = WRITTEN + "def f(x):\n    from own_mod import clean\n    return clean(x)"
PACKAGE = (
    "os.makedirs('own_pack', exist_ok=True)\nwrite('own_pack/__init__.py', '')\n"
    f"write('own_pack/part.py', {MODULE!r})\n"
    "import own_pack.part\ndef f(x): return own_pack.part.clean(x)"
)
SCRIPT = "write('own_run.py', 'def f(x): return x')\n%run own_run.py"
AUTO = "%load_ext autoreload\n%autoreload 2\n"
RELOAD = "importlib.reload(own_mod)"


def rewritten(old: str, new: str, name: str = "own_mod.py") -> str:
    return f"write({name!r}, {MODULE.replace(old, new)!r})"


STRIP = rewritten("strip(t): return t", "strip(t): return -t")
LIMIT = rewritten("LIMIT = 2", "LIMIT = 5")
UNUSED = rewritten("unused(t): return t", "unused(t): return -t")
COMMENT = rewritten("def clean", "# so\ndef clean")

MODULES = {
    "a module on disk, not loaded again": same(IMPORTED, STRIP, "1"),
    "a module loaded again": changed(IMPORTED, STRIP, RELOAD, "code of strip changed"),
    "a module's constant, loaded again": changed(IMPORTED, LIMIT, RELOAD, "LIMIT: 2 → 5"),
    "what is not used of a module": same(IMPORTED, UNUSED, RELOAD),
    "a comment in a module": same(IMPORTED, COMMENT, RELOAD),
    "a module as it was, loaded again": same(IMPORTED, STRIP, RELOAD, WRITTEN, RELOAD),
    "a name taken before a module was loaded again": same(
        TAKEN + "\nimport own_mod", UNUSED, RELOAD
    ),
    "a module imported within": changed(
        WITHIN, STRIP, "import own_mod; " + RELOAD, "code of strip changed"
    ),
    "a module of a package": changed(
        PACKAGE,
        rewritten("strip(t): return t", "strip(t): return -t", "own_pack/part.py"),
        "importlib.reload(own_pack.part)",
        "code of strip changed",
    ),
    "a module with autoreload": changed(AUTO + IMPORTED, STRIP, "1", "code of strip changed"),
    "a constant with autoreload": changed(AUTO + IMPORTED, LIMIT, "1", "LIMIT: 2 → 5"),
    "a name taken, with autoreload": changed(AUTO + TAKEN, STRIP, "1", "code of strip changed"),
    "not used, with autoreload": same(AUTO + IMPORTED, UNUSED, "1"),
    "a comment, with autoreload": same(AUTO + IMPORTED, COMMENT, "1"),
    "there and back, with autoreload": same(AUTO + IMPORTED, STRIP, "1", WRITTEN, "1"),
    "a script run again": changed(
        SCRIPT, "write('own_run.py', 'def f(x): return -x')\n%run own_run.py", "code of f changed"
    ),
    "a script as it was, run again": same(SCRIPT, "%run own_run.py"),
    "a script on disk, not run again": same(SCRIPT, "write('own_run.py', 'def f(x): return -x')"),
    "a constant of a script, run again": changed(
        "write('own_run.py', 'L = 2\\ndef f(x): return x * L')\n%run own_run.py",
        "write('own_run.py', 'L = 3\\ndef f(x): return x * L')\n%run own_run.py",
        "L: 2 → 3",
    ),
    "a setting of a module in place": changed(IMPORTED, "own_mod.LIMIT = 7", "LIMIT: 2 → 7"),
}

# ---------------------------------------------------------------- what nobody can decide

UNDECIDABLE = {
    "a helper looked up in globals()": changed(
        "def g(x): return x\ndef f(x): return globals()['g'](x)", "def g(x): return -x", "?"
    ),
    "a name in eval": changed("def f(x): return eval(chr(75))", "K = 4", "?"),
    "an attribute of a module by a computed name": changed(
        WRITTEN
        + "import own_mod\ndef f(x): return importlib.import_module('own' + '_mod').clean(x)",
        "own_mod.LIMIT = 7",
        "?",
    ),
    "a file that the function opens by name": changed(
        "write('data.txt', 'one')\ndef f(x):\n    with open('data.txt') as d: return d.read()",
        "write('data.txt', 'two')",
        "?",
    ),
    "a variable of the environment by a computed name": changed(
        "os.environ['OWN'] = '1'\ndef f(x, n='OW'): return os.environ[n + 'N']",
        "os.environ['OWN'] = '2'",
        "?",
    ),
    "a function of a package put in place": changed(
        "import colorsys\ndef f(x): return colorsys.rgb_to_yiq(x, 0, 0)",
        "colorsys.rgb_to_yiq = lambda r, g, b: 0  # nothing else uses it",
        "?",
    ),
}

# ---------------------------------------------------------------- objects without content

_VAR = "import contextvars\n"
_NEW = "contextvars.ContextVar('v', default={})"


def _held(code: str, said: str) -> dict[str, Edit]:
    """Edits of an object that is known by its definition only; ``%`` is what makes it."""
    first, other = (code.replace("%", _NEW.format(number)) for number in (1, 2))
    name = said.removesuffix(" changed")
    return {
        f"{name}, made otherwise": changed(_VAR + first, other, said),
        f"{name}, made again": same(_VAR + first, first),
        f"{name}, with a comment": same(_VAR + first, "# why\n" + first),
    }


LOOSE = {
    **_held("def f(x, var=%): return x + var.get()", "default var changed"),
    **_held("def h(held=%): return held.get()\ndef f(x): return x + h()", "default held changed"),
    **_held(
        "def make(inner):\n    def f(x): return x + inner.get()\n    return f\nf = make(%)",
        "inner changed",
    ),
    **_held("class C:\n    V = %\ndef f(x): return x + C.V.get()", "C.V changed"),
    **_held(
        "def h(x, v): return x + v.get()\ng = functools.partial(h, v=%)\ndef f(x): return g(x)",
        "argument v of g changed",
    ),
    "a docstring beside a default without content": same(
        _VAR + "def f(x, var=contextvars.ContextVar('v')): return x",
        "def f(x: int, var=contextvars.ContextVar('v')):\n    'Says so.'\n    return x",
    ),
    "an argument of a partial method": changed(
        "class C:\n    def m(self, k): return k\n    n = functools.partialmethod(m, 2)\n"
        "def f(x): return x + C().n()",
        "class C:\n    def m(self, k): return k\n    n = functools.partialmethod(m, 3)",
        "argument 0 of C.n: 2 → 3",
    ),
    "an argument of a method caller": changed(
        "import operator\nA = operator.methodcaller('upper')\ndef f(x): return A('a') * x",
        "A = operator.methodcaller('lower')",
        "A: operator.methodcaller('upper') → operator.methodcaller('lower')",
    ),
}

EDITS: dict[str, Edit] = {
    f"{group}: {what}": edit
    for group, edits in (
        ("named", NAMED),
        ("graph", GRAPH),
        ("code", CODE),
        ("data", DATA),
        ("itself", ITSELF),
        ("files", FILES),
        ("modules", MODULES),
        ("loose", LOOSE),
        ("reach", REACH),
        ("bound", BOUND),
        ("looks", LOOKS),
        ("writes", WRITES),
    )
    for what, edit in edits.items()
}
