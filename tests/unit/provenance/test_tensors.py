"""torch tensors: what counts of them, and that they come back from the store as they were."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from daggr_nb import FnNode, Graph, digest
from daggr_nb._provenance.artifacts.codec import Parts, ValueRef, decode, encode
from daggr_nb._provenance.log.store import DiskStore

torch = pytest.importorskip("torch")

Make = Callable[[], Any]
TENSORS: dict[str, Make] = {
    "numbers": lambda: torch.arange(6),
    "bfloat16": lambda: torch.tensor([1.5, -0.0, float("inf")], dtype=torch.bfloat16),
    "float16": lambda: torch.ones(3).half(),
    "float8": lambda: torch.ones(4).to(torch.float8_e4m3fn),
    "complex64": lambda: torch.tensor([1 + 2j]),
    "a conjugate view": lambda: torch.tensor([1 + 2j]).conj(),
    "booleans": lambda: torch.tensor([True, False]),
    "unsigned": lambda: torch.tensor([2**16 - 1], dtype=torch.uint16),
    "a scalar": lambda: torch.tensor(3.5),
    "none": lambda: torch.zeros(0, 3),
    "turned": lambda: torch.arange(6).reshape(2, 3).T,
    "every other": lambda: torch.arange(6)[::2],
    "with a derivative": lambda: torch.ones(2, requires_grad=True),
    "worked out": lambda: torch.ones(2, requires_grad=True) * 3,
    "a parameter": lambda: torch.nn.Parameter(torch.ones(2)),
    "a frozen parameter": lambda: torch.nn.Parameter(torch.ones(2), requires_grad=False),
    "many": lambda: torch.arange(300_000, dtype=torch.float64),
}


def stored(value: Any, folder: pathlib.Path) -> tuple[ValueRef, bytes, Any]:
    """Put a value into a store; return its reference, its bytes, and it as read back."""
    parts: Parts = {}
    ref = encode(value, digest(value), parts)
    store = DiskStore(folder)
    for content, data in parts.items():
        store.set(f"a:{content}", data)
    data = store.get(f"a:{ref.digest}")
    assert data is not None
    found = decode(ref, lambda content: store.get(f"a:{content}") or b"")
    store.close()
    return ref, data, found


@pytest.mark.parametrize("what", TENSORS)
def test_a_tensor_comes_back_as_it_was_and_is_no_pickle(what: str, tmp_path: pathlib.Path) -> None:
    value = TENSORS[what]()
    ref, data, found = stored(value, tmp_path)
    assert ref.encoding == "safetensors"
    assert type(found) is type(value)
    assert (found.dtype, found.shape) == (value.dtype, value.shape)
    assert found.requires_grad == value.requires_grad
    assert digest(found) == digest(value)
    assert found.detach().to(torch.complex64).equal(value.detach().to(torch.complex64))
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])["tensor"]
    assert header["data_offsets"] == [0, len(data) - 8 - length]


def test_what_the_form_has_no_name_for_comes_back_all_the_same(tmp_path: pathlib.Path) -> None:
    for number, value in enumerate(
        [torch.eye(3).to_sparse(), torch.tensor([1 + 2j]).to(torch.complex128)]
    ):
        ref, _, found = stored(value, tmp_path / str(number))
        assert ref.encoding == "pickle"
        assert digest(found) == digest(value)


SAME: dict[str, tuple[Make, Make]] = {
    "the layout in memory": (
        lambda: torch.arange(6).reshape(3, 2).T.contiguous(),
        lambda: torch.arange(6).reshape(3, 2).T,
    ),
    "a conjugate view": (lambda: torch.tensor([1 - 2j]), lambda: torch.tensor([1 + 2j]).conj()),
    "a type": (lambda: torch.float32, lambda: torch.float),
}
OTHER: dict[str, tuple[Make, Make]] = {
    "a type": (lambda: torch.ones(2), lambda: torch.ones(2).double()),
    "bits read another way": (
        lambda: torch.tensor([1.0]),
        lambda: torch.tensor([1.0]).view(torch.int32),
    ),
    "a shape": (lambda: torch.ones(2, 3), lambda: torch.ones(3, 2)),
    "a derivative": (lambda: torch.ones(2), lambda: torch.ones(2, requires_grad=True)),
    "sparse": (lambda: torch.eye(2), lambda: torch.eye(2).to_sparse()),
    "a sparse place": (
        lambda: torch.tensor([[0, 1], [0, 0]]).to_sparse(),
        lambda: torch.tensor([[0, 0], [1, 0]]).to_sparse(),
    ),
    "the last element": (
        lambda: torch.zeros(100_000),
        lambda: torch.cat([torch.zeros(99_999), torch.ones(1)]),
    ),
    "which type": (lambda: torch.float32, lambda: torch.float64),
    "which device": (lambda: torch.device("cpu"), lambda: torch.device("cuda")),
}


@pytest.mark.parametrize("what", SAME)
def test_equal_tensors_have_one_digest(what: str) -> None:
    one, other = SAME[what]
    assert digest(one()) == digest(other())


@pytest.mark.parametrize("what", OTHER)
def test_other_tensors_have_other_digests(what: str) -> None:
    one, other = OTHER[what]
    assert digest(one()) != digest(other())


def test_a_tensor_flows_through_a_graph_and_survives_the_kernel(tmp_path: pathlib.Path) -> None:
    def build() -> Graph:
        make = FnNode(lambda: torch.arange(4).bfloat16(), "make", version="1")
        twice = FnNode(
            lambda x: {"twice": x * 2, "of": [x]}, "twice", inputs={"x": make.output}, version="1"
        )
        return Graph("Tensors", [twice], store=tmp_path)

    graph = build()
    graph.run()
    graph.close()
    graph = build()
    assert {status.freshness for status in graph.status().values()} == {"fresh"}
    found = graph["twice"].output.value
    assert found["twice"].equal(torch.tensor([0, 2, 4, 6], dtype=torch.bfloat16))
    assert found["of"][0].dtype == torch.bfloat16
    graph.close()
