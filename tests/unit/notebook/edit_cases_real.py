"""Edits as notebooks have them: functions in whatever form, objects that are bound in odd ways."""

from __future__ import annotations

import re

from tests.unit.notebook.edits import Edit, changed, same

# ---------------------------------------------------------------- how the notebook reaches a node

F = "def f(x): return x + 1"
CLASS = """
class Step:
    plus = 1
    def __call__(self, x): return x + 1
    def run(self, x): return x + 1
    @classmethod
    def made(cls, x): return x + cls.plus
    @staticmethod
    def plain(x): return x + 1
step = Step()
"""
TIMED = """
def timed(fn):
    def around(*args, **more): return fn(*args, **more)
    return around
"""


def later(text: str) -> str:
    """The same definition with another result."""
    return text.replace("+ 1", "+ 100").replace("plus = 1", "plus = 100")


_FORMS: dict[str, tuple[str, str] | tuple[str, str, str]] = {
    "a lambda": ("f = lambda x: x + 1", "f"),
    "an async function": ("async def f(x): return x + 1", "f"),
    "a generator": ("def f(x): yield x + 1", "f"),
    "a cached function": (f"@functools.cache\n{F}", "f"),
    "a bounded cache": (f"@functools.lru_cache(maxsize=8)\n{F}", "f"),
    "a wrapper without wraps": (f"{TIMED}@timed\n{F}", "f"),
    "two wrappers": (f"{TIMED}@timed\n@functools.cache\n{F}", "f"),
    "a function, cached now": (F, "f", later(f"@functools.cache\n{F}")),
    "a cache taken away": (f"@functools.cache\n{F}", "f", later(F)),
    "a single dispatch": (f"@functools.singledispatch\n{F}", "f"),
    "a partial": (
        "def add(x, n): return x + n\nf = functools.partial(add, n=1)",
        "f",
        "f = functools.partial(add, n=100)",
    ),
    "the function of a partial": (F, "functools.partial(f)"),
    "an object that can be called": (CLASS, "step"),
    "a method of an object": (CLASS, "step.run"),
    "a method of a class": (CLASS, "Step.made"),
    "a static method": (CLASS, "Step.plain"),
    "a static method of an object": (CLASS, "step.plain"),
    "a function in a name space": (
        f"import types\n{F}\nbox = types.SimpleNamespace(go=f)",
        "box.go",
    ),
    "a closure": (
        "def make(plus):\n    def inner(x): return x + plus\n    return inner\nf = make(1)",
        "f",
        "f = make(100)",
    ),
    "another name": (
        "def g(x): return x + 1\nf = g\ndel g",
        "f",
        "def g(x): return x + 100\nf = g",
    ),
    "with a default": ("def f(x, n=1): return x + n", "f", "def f(x, n=100): return x + n"),
    "with a keyword": ("def f(*, x): return x + 1", "f"),
    "positional": ("def f(x, /): return x + 1", "f"),
    "of any inputs": ("def f(**given): return given['x'] + 1", "f"),
}
REACH: dict[str, Edit] = {
    **{
        f"{what}, edited": changed(
            form[0],
            form[2] if len(form) > 2 else later(form[0]),
            "?",
            call=form[1],
            any_reason=True,
        )
        for what, form in _FORMS.items()
    },
    **{f"{what}, again": same(form[0], form[0], call=form[1]) for what, form in _FORMS.items()},
}

# ---------------------------------------------------------------- what binds an object

_SETUP = "import contextvars, types\n"
_FIRST = "contextvars.ContextVar('v', default=1)"
_OTHER = "contextvars.ContextVar('v', default=2)"
_WAYS = {
    "a statement": ("D = %", "D"),
    "an annotated one": ("D: object = %", "D"),
    "several targets": ("D = E = %", "D"),
    "a tuple": ("D, E = %, 1", "D"),
    "within a condition": ("if True:\n    D = %", "D"),
    "within a try": ("try:\n    D = %\nfinally: pass", "D"),
    "a loop": ("for D in [%]: pass", "D"),
    "a walrus": ("[D := %]", "D"),
    "a cell magic": ("%%time\nD = %", "D"),
    "a cell magic that captures": ("%%capture\nD = %", "D"),
    "a line magic": ("%time D = %", "D"),
    "a function with global": (
        "def bind(make):\n    global D\n    D = make()\nbind(lambda: %)",
        "D",
    ),
    "an item": ("D = {}\nD['a'] = %", "D['a']"),
    "an item of an item": ("D = {'a': {}}\nD['a']['b'] = %", "D['a']['b']"),
    "an attribute": ("D = types.SimpleNamespace()\nD.a = %", "D.a"),
    "setattr": ("D = types.SimpleNamespace()\nsetattr(D, 'a', %)", "D.a"),
    "an update": ("D = {}\nD.update(a=%)", "D['a']"),
    "an append": ("D = []\nD.append(%)", "D[0]"),
    "a list": ("D = [%]", "D[0]"),
    "a dict": ("D = {'a': %}", "D['a']"),
    "a call": ("def make(v): return types.SimpleNamespace(v=v)\nD = make(%)", "D.v"),
    "a script": ("write('own_bind.py', 'import contextvars\\nD = %')\n%run own_bind.py", "D"),
    "a class": ("class D:\n    a = %", "D.a"),
}


def _bound(way: str, made: str) -> str:
    """The cell that binds; ``%`` alone stands for what is made."""
    return re.sub(r"(?<!%)%(?![%a-z])", lambda _: made.replace("'", '"'), _WAYS[way][0])


def _using(way: str) -> str:
    return f"def f(x): return x + {_WAYS[way][1]}.get()"


BOUND: dict[str, Edit] = {}
for _way in _WAYS:
    _cells = (_bound(_way, _FIRST), _bound(_way, _OTHER))
    if _cells[0].startswith("%%"):  # a magic stands first in its cell
        _first = _cells[0].replace("\n", f"\n{_SETUP}", 1) + f"\n{_using(_way)}"
    else:
        _first = f"{_SETUP}{_cells[0]}\n{_using(_way)}"
    BOUND[f"by {_way}, made otherwise"] = changed(_first, _cells[1], "?", any_reason=True)
    BOUND[f"by {_way}, made again"] = same(_first, _cells[0])


def _held(default: int) -> str:
    text = f"import contextvars\nD = contextvars.ContextVar('v', default={default})\n"
    return f"write('own_held.py', {text!r})"


BOUND |= {
    "an item beside it": changed(
        f"{_SETUP}D = {{}}\nD['a'] = {_FIRST}\nD['b'] = {_FIRST}\n"
        "def f(x): return x + D['a'].get()",
        f"D['a'] = {_OTHER}",
        f"D['b'] = {_FIRST}",
        "?",
        any_reason=True,
    ),
    "items in another order": same(
        f"{_SETUP}D = {{}}\nD['a'] = {_FIRST}\nD['b'] = {_OTHER}\n"
        "def f(x): return x + D['a'].get()",
        f"D['b'] = {_OTHER}",
        f"D['a'] = {_FIRST}",
    ),
    "a generator of numbers, seeded otherwise": changed(
        "import random\nD = random.Random(1)\ndef f(x): return x + D.random()",
        "D = random.Random(2)",
        "D: random.Random (random==python3.11) → D",
        any_reason=True,
    ),
    "a generator of numbers that has drawn": same(
        "import random\nD = random.Random(1)\ndef f(x): return x + D.random()",
        "D.random()",
    ),
    "in a module": changed(
        _held(1) + "\nimport own_held\ndef f(x): return x + own_held.D.get()",
        _held(20) + "\nimportlib.reload(own_held)",
        "?",
        any_reason=True,
    ),
    "in a module, loaded again": same(
        _held(1) + "\nimport own_held\ndef f(x): return x + own_held.D.get()",
        "importlib.reload(own_held)",
    ),
}

# ---------------------------------------------------------------- what code reads of code

_TOOL = "def tool(city: str):\n    'Says the weather.'\n    return city\n"
_MODEL = "class Answer:\n    'One word.'\n    text: str = ''\n    def say(self): 'Aloud.'\n"
_DOC = ("Says the weather.", "Tells the weather.")
_HINT = ("city: str", "city: int")
_CLASS_DOC = ("One word.", "Two words.")
_CLASS_HINT = ("text: str", "text: bytes")
_METHOD_DOC = ("Aloud.", "Quietly.")
# what the function does; what it counts of the tool, and what not
_LOOKERS: dict[str, tuple[str, str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]] = {
    "its docstring": (_TOOL, "return tool.__doc__", (_DOC,), ()),
    "its own docstring": ("", "'Says the weather.'\n    return f.__doc__", (_DOC,), ()),
    "its annotations": (_TOOL, "return str(tool.__annotations__)", (_HINT,), ()),
    "its signature": (
        "import inspect\n" + _TOOL,
        "return str(inspect.signature(tool))",
        (_HINT,),
        (),
    ),
    "inspect.getdoc": ("import inspect\n" + _TOOL, "return inspect.getdoc(tool)", (_DOC,), ()),
    "type hints": (
        "import typing\n" + _TOOL,
        "return str(typing.get_type_hints(tool))",
        (_HINT,),
        (),
    ),
    "a class's docstring": (_MODEL, "return Answer.__doc__", (_CLASS_DOC,), ()),
    "a class's annotations": (
        "import typing\n" + _MODEL,
        "return str(typing.get_type_hints(Answer))",
        (_CLASS_HINT,),
        (),
    ),
    "a list of tools": (
        "import json\n" + _TOOL,
        "return json.dumps([tool], default=lambda t: t.__doc__)",
        (_DOC, _HINT),
        (),
    ),
    "tools that are captured": (
        "import json\n" + _TOOL + "TOOLS = [tool]\n",
        "return json.dumps(TOOLS, default=repr)[:2]",
        (),
        (),
    ),
    "a lambda's": (
        "import inspect\n" + _TOOL,
        "return (lambda: inspect.getdoc(tool))()",
        (_DOC,),
        (),
    ),
    "a helper that looks": (
        _TOOL + "def describe(fn): return fn.__doc__\n",
        "return describe(tool)",
        (_DOC,),
        (),
    ),
    "nothing: a call": (_TOOL, "return tool('Oslo')", (), (_DOC, _HINT)),
    "nothing: a class": (_MODEL, "return Answer().text", (), (_CLASS_DOC, _METHOD_DOC)),
    "nothing: a map": (_TOOL, "return list(map(tool, 'ab'))", (), (_DOC, _HINT)),
    "nothing: a helper that calls": (
        _TOOL + "def use(fn): return fn('a')\n",
        "return use(tool)",
        (),
        (_DOC, _HINT),
    ),
    "nothing: isinstance": (_MODEL, "return isinstance(x, Answer)", (), (_CLASS_DOC,)),
    "nothing: a key to sort by": (_TOOL, "return sorted('ab', key=tool)", (), (_DOC, _HINT)),
}
LOOKS: dict[str, Edit] = {}
for _what, (_defined, _body, _counts, _silent) in _LOOKERS.items():
    _first = f"{_defined}def f(x):\n    {_body}"
    for _old, _new in _counts:
        LOOKS[f"{_what}: {_old}"] = changed(
            _first, _first.replace(_old, _new), "?", any_reason=True
        )
    for _old, _new in _silent:
        LOOKS[f"{_what}: {_old}"] = same(_first, _first.replace(_old, _new))
    LOOKS[f"{_what}, again"] = same(_first, _first)
FRAME = "import pandas as pd\nLIMIT = 2\nD = pd.DataFrame({'a': [1, 2, 3]})\n"
LOOKS |= {
    "a name in a query": changed(
        FRAME + "def f(x): return D.query('a > @LIMIT').a.tolist()", "LIMIT = 1", "LIMIT: 2 → 1"
    ),
    "a name in a query, in a helper": changed(
        FRAME + "def g(d): return d.query(f'a > @LIMIT and a < 9')\n"
        "def f(x): return g(D).a.tolist()",
        "LIMIT = 1",
        "LIMIT: 2 → 1",
    ),
    "a name in a frame's eval": changed(
        FRAME + "def f(x): return D.eval('a + @LIMIT').tolist()", "LIMIT = 1", "LIMIT: 2 → 1"
    ),
    "a name like a column": same(FRAME + "def f(x): return D.query('a > 1').a.tolist()", "a = 5"),
    "a name in eval": changed("def f(x): return eval('x + K')", "K = 4", "K: 3 → 4"),
    "a name in exec": changed("def f(x):\n    exec('K + 1')\n    return x", "K = 4", "K: 3 → 4"),
    "a variable of the environment": changed(
        "os.environ['OWN'] = '1'\ndef f(x): return os.environ['OWN']",
        "os.environ['OWN'] = '2'",
        "OWN changed",
    ),
    "a variable asked for": changed(
        "os.environ['OWN'] = '1'\ndef f(x): return os.environ.get('OWN', 'none')",
        "del os.environ['OWN']",
        "OWN changed",
    ),
    "a variable by getenv": changed(
        "os.environ.pop('OWN', '')\ndef f(x): return os.getenv('OWN')",
        "os.environ['OWN'] = '2'",
        "OWN changed",
    ),
    "another variable": same(
        "os.environ['OWN'] = '1'\ndef f(x): return os.environ['OWN']", "os.environ['OTHER'] = '2'"
    ),
    "a variable there and back": same(
        "os.environ['OWN'] = '1'\ndef f(x): return os.environ['OWN']",
        "os.environ['OWN'] = '2'",
        "os.environ['OWN'] = '1'",
    ),
}

# ---------------------------------------------------------------- what is only written to

_WRITTEN = {
    "a list": ("D = []", "D.append(x)", "D.append(9)"),
    "a list, extended": ("D = []", "D.extend([x, x])", "D.clear()"),
    "a list, added to": ("D = []", "global D; D += [x]", "D = [5]"),
    "the first of a list": ("D = [0]", "D[0] = x", "D[0] = 7"),
    "a set": ("D = set()", "D.add(x)", "D.add('z')"),
    "a dict": ("D = {}", "D[x] = 1", "D['z'] = 1"),
    "a dict, updated": ("D = {}", "D.update({x: 1})", "D.update(z=1)"),
    "a dict of lists": ("D = {'a': []}", "D['a'].append(x)", "D['a'].append(5)"),
    "counts by key": (
        "import collections\nD = collections.Counter()",
        "D[x] += 1",
        "D['z'] += 1",
    ),
    "a queue": ("import collections\nD = collections.deque()", "D.append(x)", "D.append(1)"),
    "a counter": ("D = 0", "global D; D += 1", "D = 5"),
    "an attribute": ("class S: last = ''\nD = S()", "D.last = x", "D.last = 'z'"),
    "a name space": ("import types\nD = types.SimpleNamespace(n=0)", "D.n += 1", "D.n = 50"),
    "in a loop": ("D = []", "for i in range(3): D.append(i)", "D.append(1)"),
    "within": ("D = []", "def note(): D.append(x)\n    note()", "D.append(1)"),
    "in a helper": ("D = []\ndef note(x): D.append(x)", "note(x)", "D.append(1)"),
}
_READ = {
    "its length": ("D = []", "D.append(x)\n    x = len(D)", "D.append(9)"),
    "its last": ("D = [0]", "D.append(x)\n    x = D[-1]", "D.append(9)"),
    "a memo": ("D = {}", "x = D.setdefault(x, x)", "D['z'] = 1"),
    "a memo that is asked": ("D = {}", "if x not in D: D[x] = x\n    x = D[x]", "D['z'] = 1"),
    "a counter": ("D = 0", "global D; D += 1\n    x = x + D * 0", "D = 5"),
    "an attribute": ("class S: n = 0\nD = S()", "D.n += 1\n    x = D.n * 0", "D.n = 50"),
}


def _filling(table: dict[str, tuple[str, str, str]], what: str) -> str:
    state, body, _ = table[what]
    return f"{state}\ndef f(x):\n    {body}\n    return x"


WRITES: dict[str, Edit] = {
    **{f"{w}, by its runs": same(_filling(_WRITTEN, w), "1") for w in _WRITTEN},
    **{f"{w}, by hand": same(_filling(_WRITTEN, w), edit) for w, (_, _, edit) in _WRITTEN.items()},
    **{f"{w}, read, by its runs": same(_filling(_READ, w), "1") for w in _READ},
    **{
        f"{w}, read, by hand": changed(_filling(_READ, w), edit, "?", any_reason=True)
        for w, (_, _, edit) in _READ.items()
    },
}
