"""Edits of notebook cells: which change what a function computes, and how that is told."""

from __future__ import annotations

import pytest

from tests.unit.provenance.cells import Notebook, changes, notebook  # noqa: F401

F = "def f(x):\n    return x + K"
HELPERS = """
def clean(t): return strip(t)
def strip(t): return t.strip()
def f(t): return clean(t)
"""
DECORATED = """
import functools
def times(n):
    def around(fn):
        @functools.wraps(fn)
        def wrapper(*args): return fn(*args) * n
        return wrapper
    return around
@times(2)
def f(x): return x
"""
MODEL = """
class Model:
    rate = 2
    def __init__(self, bias=0): self.bias = bias
    def apply(self, x): return self.scale(x) + self.bias
    def scale(self, x): return x * self.rate
    @property
    def double(self): return self.rate * 2
    @classmethod
    def make(cls): return cls(1)
    @staticmethod
    def half(x): return x / 2
def f(x): return Model(1).apply(x)
"""
CALLABLE = MODEL.replace("def apply", "def __call__").replace(
    "def f(x): return Model(1).apply(x)", "f = Model(1)"
)
BOUND = MODEL.replace("def f(x): return Model(1).apply(x)", "f = Model(1).apply")
CLOSURE = "def make(k):\n    def f(x): return x * k\n    return f\nf = make({})"
DATA = """
import dataclasses
@dataclasses.dataclass
class P:
    x: int
    y: int = 1
    tags: list = dataclasses.field(default_factory=list)
def f(x): return P(x)
"""
DOC = '''
def f(x):
    """Add."""
    def g(y):
        """Inner."""
        return y
    class C:
        """Class."""
        n: int = 1
    return g(x)
'''

# what is edited: (first cell, cell that is run then)
SAME: dict[str, tuple[str, str]] = {
    "the identical cell again": (F, F),
    "a comment": (F, "def f(x):\n    # why\n    return x + K  # so"),
    "blank lines": (F, "\n\ndef f(x):\n\n\n    return x + K\n\n"),
    "formatting": (F, "def f( x ) :\n        return (x\n              +K)"),
    "quotes": ("def f(): return 'a' 'b'", 'def f(): return "ab"'),
    "a docstring": (F, "def f(x):\n    'Add K.'\n    return x + K"),
    "docstrings within": (DOC, DOC.replace("Inner.", "I.").replace("Class.", "C.")),
    "annotations": (F, "def f(x: int) -> int:\n    return x + K"),
    "an annotation within": (
        "def f(x):\n    y = x\n    return y",
        "def f(x):\n    z: int\n    y: int = x\n    return y",
    ),
    "an annotation of a nested class": (DOC, DOC.replace("n: int", "n: float")),
    "an annotation of a method": (MODEL, MODEL.replace("self, x)", "self, x: float)")),
    "the cell moved": (F, "import math\nA = 1\n\n\n" + F),
    "an unrelated global": (F, "OTHER = 5"),
    "an unrelated function in the cell": (F, "def g(): return 1\n" + F),
    "the same data bound again": (F, "K = 3"),
    "a class defined again": (MODEL, MODEL),
    "a docstring of a class": (MODEL, MODEL.replace("    rate", "    'Doc.'\n    rate")),
    "methods in another order": (
        "class A:\n    def a(self): return 1\n    def b(self): return 2\ndef f(): return A()",
        "class A:\n    def b(self): return 2\n    def a(self): return 1\ndef f(): return A()",
    ),
    "an annotation of a data class": (DATA, DATA.replace("x: int", "x: float")),
    "a data class defined again": (DATA, DATA),
    "a decorated function defined again": (DECORATED, DECORATED),
    "a lambda on another line": ("f = lambda x: x + 1", "\n\nf = (lambda x:\n   x + 1)"),
    "its neighbour on the line": (
        "f, g = (lambda x: x + 1), (lambda x: x + 2)",
        "f, g = (lambda x: x + 1), (lambda x: x + 3)",
    ),
    "size of a cache": (
        "import functools\n@functools.lru_cache(8)\ndef f(x): return x",
        "import functools\n@functools.lru_cache(9)\ndef f(x): return x",
    ),
    "what a package is called": (
        "import math\ndef f(x): return math.sqrt(x)",
        "import math as m, os\ndef f(x): return math.sqrt(x)",
    ),
    "a set in another order": (
        "NAMES = {'a', 'b', 'c'}\ndef f(x): return x in NAMES",
        "NAMES = {'c', 'b', 'a'}",
    ),
    "a lock made again": (
        "import threading\nLOCK = threading.Lock()\ndef f(x):\n    with LOCK: return x",
        "import threading\nLOCK = threading.Lock()",
    ),
    "drawing random numbers": (
        "import random\ndef f(x): return random.random() + x",
        "random.random()",
    ),
    "drawing from a generator of its own": (
        "import random\nrng = random.Random(1)\ndef f(x): return rng.random()",
        "rng.random()",
    ),
    "drawing with numpy": (
        "import numpy as np\nrng = np.random.default_rng(1)\ndef f(x): return rng.normal()",
        "rng.normal()",
    ),
    "calls that a wrapper counts": (
        "def count(fn):\n"
        "    def wrapper(*a):\n"
        "        wrapper.calls += 1\n"
        "        return fn(*a)\n"
        "    wrapper.calls = 0\n"
        "    return wrapper\n"
        "@count\n"
        "def f(x): return x",
        "f(1)",
    ),
    "results that a cache holds": (
        "import functools\n@functools.cache\ndef g(x): return x\ndef f(x): return g(x)",
        "f(1)",
    ),
    "what singledispatch remembers": (
        "import functools\n@functools.singledispatch\ndef f(x): return x",
        "f(1)",
    ),
}

# ... and what is said: all of it, most telling first
CHANGED: dict[str, tuple[str, str, list[str]]] = {
    "the body": (F, F.replace("+", "-"), ["code of f changed"]),
    "a constant in it": ("def f(): return 1", "def f(): return 2", ["code of f changed"]),
    "1 → True": ("def f(): return 1", "def f(): return True", ["code of f changed"]),
    "0.0 → -0.0": ("def f(): return 0.0", "def f(): return -0.0", ["code of f changed"]),
    "1 → 1.0": ("def f(): return 1", "def f(): return 1.0", ["code of f changed"]),
    "text → bytes": ("def f(): return 'a'", "def f(): return b'a'", ["code of f changed"]),
    "space in a string": ("def f(): return 'a b'", "def f(): return 'a  b'", ["code of f changed"]),
    "name of a parameter": ("def f(a): 0", "def f(b): 0", ["code of f changed"]),
    "keyword only": ("def f(a): 0", "def f(*, a): 0", ["code of f changed"]),
    "async": ("def f(a): return a", "async def f(a): return a", ["code of f changed"]),
    "generator": ("def f(a): return a", "def f(a): yield a", ["code of f changed"]),
    "a global": (F, "K = 4", ["K: 3 → 4"]),
    "a global 1 → True": ("K = 1\n" + F, "K = True", ["K: 1 → True"]),
    "a global 0.0 → -0.0": ("K = 0.0\n" + F, "K = -0.0", ["K: 0.0 → -0.0"]),
    "a global deleted": (F, "del K", ["K: 3 → undefined"]),
    "a global defined at last": ("def f(): return LATE", "LATE = 1", ["LATE: undefined → 1"]),
    "a list in place": ("K = [1]\n" + F, "K.append(2)", ["K: [1] → [1, 2]"]),
    "a dict in place": ("K = {'a': 1}\n" + F, "K['a'] = 2", ["K: {'a': 1} → {'a': 2}"]),
    "order of a dict": (
        "K = {'a': 1, 'b': 2}\n" + F,
        "K = {'b': 2, 'a': 1}",
        ["K: {'a': 1, 'b': 2} → {'b': 2, 'a': 1}"],
    ),
    "an array in place": (
        "import numpy as np\nK = np.zeros(3)\n" + F,
        "K[1] = 1",
        ["K: array([0., 0., 0.]) → array([0., 1., 0.])"],
    ),
    "far in a large array": (
        "import numpy as np\nK = np.zeros(10_000)\n" + F,
        "K[5_000] = 1",
        ["K changed"],
    ),
    "a frame in place": (
        "import pandas as pd\nK = pd.DataFrame({'a': range(9999)})\n" + F,
        "K.loc[5000, 'a'] = 0",
        ["K changed"],
    ),
    "a renamed column": (
        "import pandas as pd\nK = pd.DataFrame({'a': [1]})\n" + F,
        "K.columns = ['b']",
        ["K: a 0 1 → b 0 1"],
    ),
    "a pattern": (
        "import re\nK = re.compile('a')\n" + F,
        "K = re.compile('b')",
        ["K: re.compile('a') → re.compile('b')"],
    ),
    "a helper": (
        HELPERS,
        "def clean(t): return strip(t).lower()",
        ["code of clean changed"],
    ),
    "a helper of a helper": (
        HELPERS,
        "def strip(t): return t.lstrip()",
        ["code of strip changed"],
    ),
    "another helper": (
        HELPERS,
        "def f(t): return strip(t)",
        ["code of f changed", "clean is no longer used"],
    ),
    "helpers change places": (
        HELPERS + "def f(t): return clean(strip(t))",
        "clean, strip = strip, clean",
        ["code of clean changed", "code of strip changed"],
    ),
    "recursion": (
        "def f(n): return g(n)\ndef g(n): return f(n - 1)",
        "def g(n): return f(n - 2)",
        ["code of g changed"],
    ),
    "a helper only in a comprehension": (
        "def g(x): return x\ndef f(xs): return [g(x) for x in xs]",
        "def g(x): return -x",
        ["code of g changed"],
    ),
    "a global of a nested function": (
        "K = 1\ndef f(x):\n    def g(): return K\n    return g()",
        "K = 2",
        ["K: 1 → 2"],
    ),
    "a global of a nested class": (
        "K = 1\ndef f(x):\n    class A:\n        y = K\n    return A",
        "K = 2",
        ["K: 1 → 2"],
    ),
    "a default": ("def f(x=1): return x", "def f(x=2): return x", ["default x: 1 → 2"]),
    "a keyword default": (
        "def f(*, x=1): return x",
        "def f(*, x=True): return x",
        ["default x: 1 → True"],
    ),
    "a function as default": (
        "def g(): return 1\ndef f(x=g): return x()",
        "def g(): return 2\ndef f(x=g): return x()",
        ["code of default x changed"],
    ),
    "a default of a nested function": (
        "def f():\n    def g(x=1): return x\n    return g()",
        "def f():\n    def g(x=2): return x\n    return g()",
        ["code of f changed"],
    ),
    "a closure cell": (CLOSURE.format(2), CLOSURE.format(3), ["k: 2 → 3"]),
    "a lambda": ("f = lambda x: x + 1", "f = lambda x: x + 2", ["code of <lambda> changed"]),
    "one of two lambdas on a line": (
        "f, g = (lambda x: x + 1), (lambda x: x + 2)",
        "f, g = (lambda x: x + 9), (lambda x: x + 2)",
        ["code of <lambda> changed"],
    ),
    "a positional argument of a partial": (
        "import functools\ndef g(a, b): 0\nf = functools.partial(g, 1)",
        "f = functools.partial(g, 2)",
        ["argument 0 of partial: 1 → 2"],
    ),
    "a keyword argument of a partial": (
        "import functools\ndef g(a, b): 0\nf = functools.partial(g, b=1)",
        "f = functools.partial(g, b=2)",
        ["argument b of partial: 1 → 2"],
    ),
    "the function of a partial": (
        "import functools\ndef g(a): return a\nf = functools.partial(g, 1)",
        "def g(a): return -a\nf = functools.partial(g, 1)",
        ["code of g changed"],
    ),
    "a decorator's argument": (DECORATED, DECORATED.replace("(2)", "(3)"), ["n: 2 → 3"]),
    "a decorator": (DECORATED, DECORATED.replace("* n", "+ n"), ["code of f changed"]),
    "what is decorated": (
        DECORATED,
        DECORATED.replace("return x", "return -x"),
        ["code of fn changed"],
    ),
    "under a cache": (
        "import functools\n@functools.cache\ndef f(x): return x",
        "import functools\n@functools.cache\ndef f(x): return -x",
        ["code of f changed"],
    ),
    "under a package's decorator": (
        "import contextlib\n@contextlib.contextmanager\ndef f(x): yield x",
        "import contextlib\n@contextlib.contextmanager\ndef f(x): yield -x",
        ["code of f changed"],
    ),
    "one of several dispatched": (
        "import functools\n"
        "@functools.singledispatch\n"
        "def f(x): return x\n"
        "@f.register\n"
        "def g(x: int): return x",
        "@f.register\ndef g(x: int): return -x",
        ["code of g changed"],
    ),
    "under numpy.vectorize": (
        "import numpy as np\n@np.vectorize\ndef f(x): return x",
        "import numpy as np\n@np.vectorize\ndef f(x): return -x",
        ["code of f changed"],
    ),
    "a method": (MODEL, MODEL.replace("* self.rate", "+ 1"), ["code of Model.scale changed"]),
    "a class attribute": (MODEL, MODEL.replace("rate = 2", "rate = 3"), ["Model.rate: 2 → 3"]),
    "a property": (
        MODEL,
        MODEL.replace("rate * 2", "rate * 4"),
        ["code of Model.double changed"],
    ),
    "a class method": (MODEL, MODEL.replace("cls(1)", "cls(2)"), ["code of Model.make changed"]),
    "a static method": (MODEL, MODEL.replace("x / 2", "x / 3"), ["code of Model.half changed"]),
    "a default of __init__": (
        MODEL,
        MODEL.replace("bias=0", "bias=1"),
        ["default bias: 0 → 1"],
    ),
    "a base class": (
        "class A:\n    n = 1\nclass B(A): pass\ndef f(): return B.n",
        "class A:\n    n = 2\nclass B(A): pass",
        ["A.n: 1 → 2"],
    ),
    "another base": (
        "class A: pass\nclass B(A): pass\ndef f(): return B()",
        "class B: pass",
        ["code of B changed", "A is no longer used"],
    ),
    "a metaclass": (
        "class M(type):\n    n = 1\nclass A(metaclass=M): pass\ndef f(): return A.n",
        "class M(type):\n    n = 2\nclass A(metaclass=M): pass",
        ["M.n: 1 → 2"],
    ),
    "a new method": (
        MODEL,
        MODEL.replace("    rate = 2", "    rate = 2\n    def __len__(self): return 1"),
        ["Model.__len__ is used now"],
    ),
    "state of a callable object": (
        CALLABLE,
        "f.bias = 5",
        ["Model: Model(bias=1) → Model(bias=5)"],
    ),
    "class of a callable object": (
        CALLABLE,
        CALLABLE.replace("* self.rate", "+ 1"),
        ["code of Model.scale changed"],
    ),
    "state behind a bound method": (
        BOUND,
        "f.__self__.bias = 5",
        ["the object of apply: Model(bias=1) → Model(bias=5)"],
    ),
    "class behind a bound method": (
        BOUND,
        BOUND.replace("* self.rate", "+ 1"),
        ["code of Model.scale changed"],
    ),
    "the string behind a bound method": (
        "f = ', '.join",
        "f = '; '.join",
        ["the object of join: ', ' → '; '"],
    ),
    "class of captured data": (
        "class C:\n    def __init__(self): self.k = 1\n    def g(self): return 1\n"
        "K = C()\ndef f(): return K.g()",
        "class C:\n    def __init__(self): self.k = 1\n    def g(self): return 2\nK = C()",
        ["code of C.g changed"],
    ),
    "a function in a dict": (
        "def g(x): return x\nOPS = {'g': g}\ndef f(x): return OPS['g'](x)",
        "def g(x): return -x\nOPS = {'g': g}",
        ["code of g changed"],
    ),
    "data beside a lock": (
        "import threading\nK = {'lock': threading.Lock(), 'n': 1}\ndef f(x): return K['n']",
        "K['n'] = 2",
        ["K changed"],
    ),
    "an item getter": (
        "import operator\ng = operator.itemgetter(0)\ndef f(x): return g(x)",
        "g = operator.itemgetter(1)",
        ["g: operator.itemgetter(0) → operator.itemgetter(1)"],
    ),
    "a field of a data class": (DATA, DATA.replace("    x: int", "    x: int\n    z: int"), []),
    "a default of a data class": (DATA, DATA.replace("int = 1", "int = 2"), ["P.y: 1 → 2"]),
    "a factory of a data class": (DATA, DATA.replace("=list)", "=dict)"), []),
    "an enumeration": (
        "import enum\nclass E(enum.Enum):\n    A = 1\ndef f(): return E.A",
        "import enum\nclass E(enum.Enum):\n    A = 2",
        ["E.A: 1 → 2"],
    ),
    "a named tuple": (
        "from typing import NamedTuple\nclass T(NamedTuple):\n    a: int\n    b: int = 1\n"
        "def f(): return T(1)",
        "class T(NamedTuple):\n    a: int\n    b: int = 2",
        [],
    ),
    "a constraint of a pydantic model": (
        "import pydantic\nclass M(pydantic.BaseModel):\n    n: int\ndef f(): return M(n=1)",
        "class M(pydantic.BaseModel):\n    n: float",
        [],
    ),
    "a default of a pydantic model": (
        "import pydantic\nclass M(pydantic.BaseModel):\n    n: int = 1\ndef f(): return M()",
        "class M(pydantic.BaseModel):\n    n: int = 2",
        [],
    ),
    "a built-in function shadowed": (
        "def f(x): return len(x)",
        "def len(x): return 1",
        ["len is used now"],
    ),
    "an attribute of a helper that it reads": (
        "def g(x): return x\ng.limit = 1\ndef f(x): return g(x) + g.limit",
        "g.limit = 2",
        ["g.limit: 1 → 2"],
    ),
    "a function that is exec'd": (
        "exec('def g(x): return x')\ndef f(x): return g(x)",
        "exec('def g(x): return -x')",
        ["code of g changed"],
    ),
    "what an exec'd function catches": (
        "exec('def g(x):\\n  try: a()\\n  except E: pass\\n  b()')\ndef f(x): return g(x)",
        "exec('def g(x):\\n  try:\\n    a()\\n    b()\\n  except E: pass')",
        ["code of g changed"],
    ),
    "how a client was made": (
        "import threading\nclient = threading.Semaphore(1)\ndef f(x):\n    with client: return x",
        "client = threading.Semaphore(2)",
        ["client: client = threading.Semaphore(1) → client = threading.Semaphore(2)"],
    ),
    "what a client was made with": (
        "import threading\nN = 1\nclient = threading.Semaphore(N)\ndef f(x):\n    return client",
        "N = 2\nclient = threading.Semaphore(N)",
        ["N: 1 → 2"],
    ),
    "a generic alias": (
        "T = list[int]\ndef f(x): return T",
        "T = list[str]",
        ["T: list[int] → list[str]"],
    ),
}


@pytest.mark.parametrize("what", SAME)
def test_unchanged(notebook: Notebook, what: str) -> None:  # noqa: F811
    first, then = SAME[what]
    notebook.run("K = 3")
    notebook.run(first)
    before = notebook.fingerprint()
    notebook.run(then)
    after = notebook.fingerprint()
    assert changes(before, after) == []
    assert after.digest == before.digest


@pytest.mark.parametrize("what", CHANGED)
def test_changed_and_said_so(notebook: Notebook, what: str) -> None:  # noqa: F811
    first, then, said = CHANGED[what]
    notebook.run("K = 3")
    notebook.run(first)
    before = notebook.fingerprint()
    assert notebook.fingerprint() == before
    notebook.run(then)
    after = notebook.fingerprint()
    assert after.digest != before.digest
    texts = [change.text for change in changes(before, after)]
    assert texts == said or (not said and texts)
    notebook.run("K = 3")
