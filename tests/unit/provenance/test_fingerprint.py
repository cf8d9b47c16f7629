"""Fingerprints beyond single edits: modules on disk, options, secrets, what is only watched."""

from __future__ import annotations

import asyncio
import functools
import importlib
import itertools
import logging
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from daggr_nb._model.evaluation import Code
from daggr_nb._provenance.code.fingerprint import Fingerprint, Memo, compare, fingerprint
from daggr_nb._provenance.redaction import redacted_repr, secret, without_secrets
from tests.unit.provenance.cells import Notebook, changes, notebook  # noqa: F401


def of(fn: Any, **options: Any) -> Fingerprint:
    return fingerprint(Code("function", {"fn": fn}, **options))


def texts(before: Fingerprint, after: Fingerprint) -> list[str]:
    return [change.text for change in compare(before.dependencies, after.dependencies)]


# ---------------------------------------------------------------- modules on disk


class Package:
    """A package of the person's own, on ``sys.path``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mine"
        self.folder.mkdir()
        self._age = itertools.count(1)

    def write(self, name: str, text: str) -> None:
        file = self.folder / f"{name}.py"
        file.write_text(text)
        past = time.time() - 1000 + next(self._age)
        __import__("os").utime(file, (past, past))  # byte code is compared by time and size

    def load(self, name: str) -> ModuleType:
        full = "mine" if name == "__init__" else f"mine.{name}"
        importlib.invalidate_caches()
        module = sys.modules.get(full)
        return importlib.reload(module) if module else importlib.import_module(full)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    monkeypatch.syspath_prepend(str(tmp_path))
    found = Package(tmp_path)
    found.write("__init__", "")
    yield found
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]


TOOLS = "LIMIT = 1\nOTHER = 1\ndef clean(x): return x + LIMIT\ndef unused(x): return x\n"


def test_only_the_attributes_used_of_a_module_count(package: Package) -> None:
    package.write("tools", TOOLS)
    tools = package.load("tools")
    assert tools.LIMIT == 1

    def f(x: int) -> int:
        return tools.clean(x)  # type: ignore[no-any-return]

    before = of(f)
    tools.OTHER = 5
    assert of(f).digest == before.digest
    tools.LIMIT = 2
    assert texts(before, of(f)) == ["LIMIT: 1 → 2"]


def test_a_module_changed_on_disk_counts_when_it_is_loaded_again(package: Package) -> None:
    package.write("tools", TOOLS)
    clean = package.load("tools").clean
    text = of(clean).dependencies["fn"].source
    before = of(clean)
    package.write("tools", "# moved\n\n\n\n" + TOOLS.replace("x + LIMIT", "x - LIMIT"))
    assert of(clean).digest == before.digest
    assert of(clean).dependencies["fn"].source == text
    after = of(package.load("tools").clean)
    assert texts(before, after) == ["code of clean changed"]


def test_code_that_was_loaded_before_its_text_changed_is_not_taken_for_the_text(
    package: Package,
) -> None:
    package.write("tools", TOOLS)
    clean = package.load("tools").clean
    package.write("tools", TOOLS.replace("x + LIMIT", "x - LIMIT"))
    seen_late = of(clean)
    assert "x - LIMIT" not in seen_late.dependencies["fn"].source
    assert of(package.load("tools").clean).digest != seen_late.digest


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    from mine import tools\n    return tools.clean(x)",
        "def f(x):\n    from mine.tools import clean as c\n    return c(x)",
        "def f(x):\n    import mine.tools\n    return mine.tools.clean(x)",
        "def f(x):\n    import mine.tools as t\n    return [t.clean(y) for y in x]",
        "from mine import tools\ndef f(x): return tools.clean(x)",
        "import mine.tools\ndef f(x): return mine.tools.clean(x)",
        "from mine.tools import clean\ndef f(x): return clean(x)",
        "from mine.tools import *\ndef f(x): return clean(x)",
        "import mine.tools as t\ndef f(x): return getattr(t, 'clean')(x)",
        "def make():\n    from mine import tools\n    def f(x): return tools.clean(x)\n"
        "    return f\nf = make()",
    ],
)
def test_every_way_to_import_a_helper_is_followed(package: Package, source: str) -> None:
    package.write("tools", TOOLS)
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(source, space)
    before = of(space["f"])
    if "import clean" not in source and "import *" not in source:
        package.load("tools").clean = lambda x: x
        assert of(space["f"]).digest != before.digest
    else:
        package.load("tools").LIMIT = 7
        assert "LIMIT: 1 → 7" in texts(before, of(space["f"])) or "clean as" in source


def test_the_import_of_a_package_within_a_function_counts_by_version() -> None:
    def f() -> Any:
        import colorsys

        import networkx as nx

        return nx.Graph(), colorsys

    found = of(f).dependencies
    assert found["fn.import networkx"].source.startswith("networkx==3")
    assert found["fn.import colorsys"].source.startswith("colorsys==python3")


def test_packages_count_by_version_only() -> None:
    def f(x: Any) -> Any:
        return np.linalg.norm(x)

    found = of(f)
    assert found.dependencies["fn.np"].source == f"numpy=={np.__version__}"
    assert len(found.dependencies) == 2


def test_a_missing_module_is_no_error() -> None:
    def f() -> Any:
        import no_such_module_of_mine

        return no_such_module_of_mine

    assert any(d.source == "cannot be imported" for d in of(f).dependencies.values())


# ---------------------------------------------------------------- what can be a function


class Tool:
    def __init__(self) -> None:
        self.lock = threading.Lock()

    def use(self, x: int) -> int:
        return x


client = Tool()
stream = (n for n in range(3))


def with_client(x: int) -> int:
    return client.use(x) + next(stream)


async def later(x: int) -> int:
    await asyncio.sleep(0)
    return x


def stepwise(x: int) -> Iterator[int]:
    yield x


FUNCTIONS: dict[str, Any] = {
    "drawn": random.random,
    "drawn by method": random.randint,
    "drawn by partial": functools.partial(random.randint, 1, 6),
    "numpy generator": np.random.default_rng(0).integers,
    "C function": len,
    "bound C function": [].append,
    "method of a C type": str.upper,
    "slot of a C type": int.__add__,
    "type": int,
    "ufunc": np.add,
    "ufunc's method": np.add.reduce,
    "async": later,
    "generator function": stepwise,
    "class": Tool,
    "bound method": client.use,
    "captures what has no content": with_client,
    "vectorised": np.vectorize(with_client),
    "counter": itertools.count().__next__,
    "method of a class": Tool.use,
    "lambda": lambda: client,
}


@pytest.mark.parametrize("what", FUNCTIONS)
def test_anything_that_can_be_called_has_a_fingerprint_that_drawing_does_not_change(
    what: str,
) -> None:
    fn = FUNCTIONS[what]
    before = of(fn)
    random.random()
    np.random.default_rng(0).random()
    assert of(fn) == before
    assert of(fn).digest == before.digest


def test_what_has_no_content_is_watched_and_named() -> None:
    assert of(with_client).opaque == ("client", "stream")
    assert of(stepwise).opaque == ()


def test_a_change_of_the_class_behind_a_watched_object_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = of(with_client)
    monkeypatch.setattr(Tool, "use", lambda self, x: -x)
    assert of(with_client).digest != before.digest


def test_what_pickling_notes_on_a_class_is_no_edit() -> None:
    class Raft:
        pass

    def swim() -> Any:
        return Raft()

    before = of(swim)
    swim().__reduce_ex__(2)  # what pickle asks
    assert "__slotnames__" in vars(Raft)
    assert of(swim).digest == before.digest


def test_a_cycle_of_functions_and_classes_ends() -> None:
    class Tree:
        def grow(self) -> Any:
            return Tree(), f

    def f() -> Any:
        return Tree().grow(), g

    def g() -> Any:
        return f(), Tree

    assert {d.name for d in of(f).dependencies.values()} >= {"f", "g", "Tree"}


def test_data_that_contains_itself_is_judged_by_content() -> None:
    loop: list[Any] = [1]
    loop.append(loop)

    def f() -> Any:
        return loop

    before = of(f)
    assert before.opaque == ()
    loop.append(2)
    assert of(f).digest != before.digest


def test_a_chain_of_5000_helpers_is_followed_to_its_end() -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    lines = [f"def h{n}(x): return h{n + 1}(x)" for n in range(5000)]
    exec("\n".join([*lines, "def h5000(x): return x"]), space)
    before = of(space["h0"])
    exec("def h5000(x): return -x", space)
    assert texts(before, of(space["h0"])) == ["code of h5000 changed"]


def test_paths_and_digest_do_not_depend_on_what_ran_before(notebook: Notebook) -> None:  # noqa: F811
    cell = (
        "class A:\n    def a(self): return B\nclass B(A): pass\n"
        "def g(): return A, B, h\ndef h(): return g, K\nK = {'x': {3, 1, 2}}\n"
        "def f(): return [g(), h(), A, B]"
    )
    notebook.run(cell)
    first = notebook.fingerprint()
    notebook.run(cell)
    second = notebook.fingerprint()
    assert list(first.dependencies) == list(second.dependencies)
    assert first == second


def test_one_memo_serves_several_nodes_of_one_function() -> None:
    memo = Memo()
    code = Code("function", {"fn": with_client})
    first = fingerprint(code, memo)
    assert fingerprint(code, memo) == first == fingerprint(code)
    assert (
        fingerprint(Code("function", {"fn": with_client}, ignore=frozenset({"client"})), memo)
        != first
    )


# ---------------------------------------------------------------- options

LIMIT = 1


def helper(x: int) -> int:
    return x + LIMIT


def uses(x: int) -> int:
    return helper(x)


def test_a_version_stands_for_all_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(uses, version="1")
    monkeypatch.setitem(globals(), "LIMIT", 2)
    assert of(uses, version="1") == before
    assert of(uses, version="2").digest != before.digest
    assert of(stepwise, version="1").digest == before.digest


@pytest.mark.parametrize("name", ["LIMIT", "helper"])
def test_ignored_names_do_not_count(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    options = {"ignore": frozenset({name})}
    before, plain = of(uses, **options), of(uses)
    monkeypatch.setitem(globals(), "LIMIT", 2)
    assert of(uses, **options).digest == before.digest
    assert of(uses).digest != plain.digest


def test_what_code_depends_on_besides_counts_too(tmp_path: Path) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text("one")
    depends = (file, helper, 3)
    before = of(stepwise, depends=depends)
    assert of(stepwise, depends=depends).digest == before.digest
    assert of(stepwise).digest != before.digest
    assert of(stepwise, depends=(file, helper, 4)).digest != before.digest
    file.write_text("two")
    after = of(stepwise, depends=depends)
    assert texts(before, after) == ["depends[0] changed"]


def test_volatile_is_told_and_changes_nothing_else() -> None:
    assert of(uses, volatile=True).volatile
    assert of(uses, volatile=True).digest == of(uses).digest


def test_configuration_and_roles_count() -> None:
    def code(**more: Any) -> str:
        return fingerprint(Code("function", **{"functions": {"fn": uses}, **more})).digest

    found = {
        code(),
        code(config={"outputs": ["a"]}),
        code(config={"outputs": ["b"]}),
        code(functions={"fn": uses, "postprocess": helper}),
        code(functions={"fn": uses, "preprocess": helper}),
        code(functions={"fn": helper, "postprocess": uses}),
    }
    assert len(found) == 6


# ---------------------------------------------------------------- large data


def test_large_captured_data_is_named(caplog: pytest.LogCaptureFixture) -> None:
    heavy = np.zeros(3_000_000)
    light = np.zeros(3)

    def f() -> Any:
        return heavy, light

    with caplog.at_level(logging.WARNING, "daggr_nb"):
        assert of(f).large == ("heavy",)
        assert of(f).large == ("heavy",)
    assert caplog.messages == [
        "'heavy' holds more than 16 MB, which are looked through before every run: pass it as an "
        "input instead."
    ]


def test_showing_long_data_takes_no_time() -> None:
    long = list(range(3_000_000))
    begun = time.perf_counter()
    repr(long)
    whole = time.perf_counter() - begun
    begun = time.perf_counter()
    text = redacted_repr("long", long)
    assert time.perf_counter() - begun < whole / 4
    assert len(text) < 1000


# ---------------------------------------------------------------- secrets

HF = "hf_" + "abcdefghijklmnopqrstuvwxyz"

SOURCES: list[tuple[str, str]] = [
    ("K", "api_key = 'hush'\ndef f(): return api_key"),
    ("default", "def f(x, token='hush'): return x"),
    ("keyword default", "def f(*, password='hush'): return 1"),
    ("assignment", "def f():\n    api_key = 'hush'\n    return api_key"),
    ("argument", "def f(): return call(1, api_key='hush')"),
    ("dict", "def f(): return {'Authorization-Token': 'hush', 'secret': 'hush'}"),
    ("nested data", "CONFIG = {'n': 1, 'inner': [{'api_key': 'hush'}]}\ndef f(): return CONFIG"),
    ("attribute", "def f(c):\n    c.password = 'hush'\n    c['token'] = 'hush'"),
    (
        "several lines",
        "def f():\n    token = (\n        'hu'\n        'sh' 'hush'\n    )\n    return 'é', token",
    ),
    ("object", "class C:\n    def __init__(self): self.token = 'hush'\nc = C()\ndef f(): return c"),
    ("class", "class C:\n    token = 'hush'\ndef f(): return C"),
    ("partial", "import functools\ndef g(token): 0\nf = functools.partial(g, token='hush')"),
    ("by looks", f"def f(): return call('{HF}')  # {HF}"),
    ("by looks, in data", f"x = ['{HF}']\ndef f(): return x"),
    ("lambda", "f = lambda: call(api_key='hush')"),
    (
        "client",
        "import threading\nclient = (threading.Lock(), dict(token='hush'))[0]\n"
        "def f(): return client",
    ),
]


@pytest.mark.parametrize(("where", "cell"), SOURCES, ids=[where for where, _ in SOURCES])
def test_a_secret_counts_but_is_never_kept(notebook: Notebook, where: str, cell: str) -> None:  # noqa: F811
    notebook.run(cell)
    before = notebook.fingerprint()
    kept = "\n".join(d.source for d in before.dependencies.values())
    assert "hush" not in kept
    assert HF not in kept
    assert "(secret)" in kept
    notebook.run(cell.replace("hush", "other").replace("hf_abc", "hf_xyz"))
    after = notebook.fingerprint()
    assert after.digest != before.digest
    told = "".join(f"{c.text} {c.diff}" for c in changes(before, after))
    assert "hush" not in told
    assert "other" not in told


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("api_key", True),
        ("API_KEY", True),
        ("OPENAI_API_KEY", True),
        ("openaiKey", True),
        ("token", True),
        ("HF_TOKEN", True),
        ("password", True),
        ("db_passwd", True),
        ("client_secret", True),
        ("key", True),
        ("max_tokens", False),
        ("token_count", False),
        ("monkey", False),
        ("keyboard", False),
        ("turkey", False),
        ("author", False),
    ],
)
def test_names_of_secrets(name: str, expected: bool) -> None:
    assert secret(name) is expected


def test_hiding_keeps_the_rest_of_the_source() -> None:
    source = "def f(é, token='a', n=1):\n    x = {'api_key': b'b', 'ß': 2}  # note\n    return x"
    hidden = source.replace("'a'", "'(secret)'").replace("b'b'", "'(secret)'")
    assert without_secrets(source) == hidden


def test_a_broken_repr_is_no_error() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert redacted_repr("x", Broken())
    assert redacted_repr("x", [Broken()])
