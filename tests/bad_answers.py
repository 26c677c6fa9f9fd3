"""More than 200 answers that no exercise may take for right, and the means to throw them at one."""

import collections
import decimal
import fractions
import functools
import itertools
import math
import operator
import threading
import time
import unittest.mock

import numpy as np
import pandas as pd
import pytest
import torch


class AlwaysEqual:
    """Says that it is equal to, near to and larger than everything."""

    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None

    def __bool__(self):
        return True


class Agreeable(AlwaysEqual):
    """Returns itself from every operation and every call."""

    def _self(self, *arguments, **keywords):
        return self

    __call__ = __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = _self
    __rmul__ = __truediv__ = __pow__ = __neg__ = __abs__ = __getattr__ = _self


class Failing:
    """Fails whatever it is asked."""

    def _fail(self, *arguments, **keywords):
        raise RuntimeError("no")

    __eq__ = __repr__ = __str__ = __bool__ = __float__ = __len__ = __iter__ = _fail
    __call__ = __getattr__ = __array__ = __getitem__ = __hash__ = __format__ = _fail


class FailingError(Exception):
    """An exception that can't even be printed."""

    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


class EqualFloat(float):
    """A float that is equal to everything."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __float__(self):
        raise RuntimeError("no")


class EqualArray(np.ndarray):
    """An array that is equal to everything."""

    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    __hash__ = None


class FakeArray:
    """Turns into an array of whatever shape by failing late."""

    shape = (3,)
    dtype = np.float64

    def __array__(self, *arguments, **keywords):
        raise MemoryError


class Liar:
    """Says that it is a float."""

    __class__ = float


class ListWithoutEnd(list):
    """A list whose iteration never ends."""

    def __iter__(self):
        return itertools.count()


def raiser(error):
    def answer(*arguments, **keywords):
        raise error

    return answer


def returner(value):
    return lambda *arguments, **keywords: value


def forever(*arguments, **keywords):
    while True:
        pass


def deaf(*arguments, **keywords):
    end = time.monotonic() + 2  # for the sake of the tests that follow
    while time.monotonic() < end:
        try:
            while time.monotonic() < end:
                pass
        except BaseException:
            pass


def sleeper(*arguments, **keywords):
    time.sleep(1000)


def bottomless(*arguments, **keywords):
    return bottomless(*arguments, **keywords)


def talkative(*arguments, **keywords):
    while True:
        print("word " * 100)


def greedy(*arguments, **keywords):
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            argument[...] = 0
        elif isinstance(argument, list):
            argument.clear()
    return 0.0


async def coroutine(*arguments, **keywords):
    return 0.0


def generator(*arguments, **keywords):
    while True:
        yield 0.0


def self_containing():
    value = []
    value.append(value)
    return value


def values():
    """Return names and values that are no sensible answer, and none that a function should return."""
    plain = {
        "none": None,
        "ellipsis": ...,
        "not implemented": NotImplemented,
        "true": True,
        "false": False,
        "odd constant": 123456.789,
        "negative constant": -98765,
        "tiny": 5e-324,
        "nan": math.nan,
        "infinity": math.inf,
        "minus infinity": -math.inf,
        "huge int": 10**400,
        "complex": 1 + 2j,
        "empty text": "",
        "text": "the answer",
        "number as text": "0.5",
        "bytes": b"0.5",
        "bytearray": bytearray(b"12"),
        "empty list": [],
        "empty tuple": (),
        "empty dict": {},
        "empty set": set(),
        "frozenset": frozenset({1, 2}),
        "list of none": [None, None],
        "list of texts": ["a", "b"],
        "ragged list": [[1.0], [2.0, 3.0]],
        "list of nan": [math.nan, math.nan],
        "list of lists of lists": [[[[1.0]]]],
        "list that holds itself": self_containing(),
        "list without end": ListWithoutEnd([1.0]),
        "long list": [0.125] * 10_000,
        "tuple of bools": (True, False),
        "dict of numbers": {"a": 1.0},
        "range": range(3),
        "slice": slice(None),
        "generator without end": itertools.count(),
        "cycle": itertools.cycle([1.0]),
        "iterator": iter([1.0, 2.0]),
        "decimal": decimal.Decimal("0.5"),
        "fraction": fractions.Fraction(1, 3),
        "deque": collections.deque([1.0]),
        "counter": collections.Counter("aab"),
        "lock": threading.Lock(),
        "module": math,
        "exception": ValueError("x"),
        "object": object(),
        "always equal": AlwaysEqual(),
        "agreeable": Agreeable(),
        "failing": Failing(),
        "equal float": EqualFloat(3.25),
        "fake array": FakeArray(),
        "liar": Liar(),
        "mock": unittest.mock.Mock(),
        "magic mock": unittest.mock.MagicMock(),
        "mock of a float": unittest.mock.MagicMock(spec=float),
        "mock of an array": unittest.mock.MagicMock(spec=np.ndarray),
        "sentinel": unittest.mock.ANY,
    }
    numpy_values = {
        "empty array": np.array([]),
        "array of nan": np.full(3, np.nan),
        "array of infinity": np.full((2, 2), np.inf),
        "array of truth": np.array([True, False]),
        "array of complex": np.array([1j, 2.0]),
        "array of texts": np.array(["a", "b"]),
        "array of objects": np.array([object(), None]),
        "array of dates": np.array(["2026-01-01"], dtype="datetime64[D]"),
        "array with five axes": np.zeros((1, 2, 1, 2, 1)),
        "array of length 17": np.linspace(0, 1, 17),
        "array of odd shape": np.full((7, 11), 0.125),
        "huge array without memory": np.broadcast_to(0.125, (10**6, 10**6)),
        "masked array": np.ma.masked_all(3),
        "equal array": np.zeros(19).view(EqualArray),
        "structured array": np.zeros(2, dtype=[("a", float)]),
        "numpy truth": np.bool_(True),
        "numpy complex": np.complex128(1j),
        "numpy text": np.str_("a"),
        "numpy date": np.datetime64("2026-01-01"),
        "numpy duration": np.timedelta64(1, "s"),
        "numpy void": np.void(b"abc"),
        "numpy nan": np.float32("nan"),
        "numpy half infinity": np.float16("inf"),
        "series of texts": pd.Series(["a", "b"]),
        "empty frame": pd.DataFrame(),
        "frame of objects": pd.DataFrame({"a": [object()]}),
        "missing value": pd.NA,
        "no time": pd.NaT,
        "timestamp": pd.Timestamp("2026-01-01"),
        "tensor of nan": torch.full((3,), torch.nan),
        "tensor of truth": torch.tensor([True]),
        "tensor of complex": torch.tensor([1j]),
        "empty tensor": torch.empty(0),
        "tensor on no device": torch.empty(3, device="meta"),
        "sparse tensor": torch.eye(3).to_sparse(),
        "tensor of odd shape": torch.full((7, 11), 0.125),
        "module without weights": torch.nn.Identity(),
        "dtype": torch.float32,
    }
    return plain | numpy_values


def functions():
    """Return names and functions that are no sensible answer."""
    errors = [
        ValueError("x"),
        TypeError(),
        ZeroDivisionError("division by zero"),
        KeyError("key"),
        IndexError(),
        AttributeError("no such attribute"),
        NameError("name 'x' is not defined"),
        NotImplementedError(),
        AssertionError("claims to be checked"),
        StopIteration(),
        GeneratorExit(),
        KeyboardInterrupt(),
        SystemExit(0),
        MemoryError(),
        RecursionError(),
        OSError(2, "no file"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        ExceptionGroup("several", [ValueError("x")]),
        BaseException("base"),
        FailingError(),
        ValueError("long " * 10_000),
        ValueError("<script>alert(1)</script>"),
        Warning("a warning"),
    ]
    named = {
        "no parameters": lambda: 0.0,
        "one keyword": lambda *, x: x,
        "twelve parameters": lambda a, b, c, d, e, f, g, h, i, j, k, m: 0.0,
        "returns its arguments": lambda *arguments: arguments,
        "returns itself": functools.partial(Agreeable),
        "builtin print": print,
        "builtin open": open,
        "builtin exit": raiser(SystemExit("bye")),
        "class int": int,
        "class object": object,
        "class dict": dict,
        "type": type,
        "operator": operator.attrgetter("real"),
        "partial": functools.partial(print, "x"),
        "unbound method": str.upper,
        "coroutine function": coroutine,
        "generator function": generator,
        "changes its arguments": greedy,
        "class whose making fails": type("Broken", (), {"__init__": raiser(ValueError("x"))}),
        "metaclass": type("Meta", (type,), {}),
        "numpy function": np.linalg.svd,
        "torch function": torch.nn.functional.relu_,
        "mock of a function": unittest.mock.create_autospec(lambda x: x),
        "mock that returns a mock": unittest.mock.MagicMock(return_value=unittest.mock.MagicMock()),
        "endless recursion": bottomless,
        "returns a function": lambda *arguments: lambda *more: 0.0,
    }
    return named | {f"raises {type(e).__name__} {i}": raiser(e) for i, e in enumerate(errors)}


ENDLESS = {
    "never returns": forever,
    "sleeps for ever": sleeper,
    "prints for ever": talkative,
    "catches everything for ever": deaf,
}


@pytest.fixture(scope="session")
def bad_answers():
    """Name → answer, without those that never return."""
    returned = {
        f"function returning {name}": returner(value)
        for name, value in values().items()
        if not isinstance(value, collections.abc.Iterator)
    }
    return values() | functions() | returned


@pytest.fixture(scope="session")
def endless_answers():
    """Name → answer that never returns."""
    return ENDLESS


@pytest.fixture(autouse=True)
def _nobody_grades(monkeypatch):
    """`make test` runs the notebooks as nbgrader does; a check by itself answers and raises nothing."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
