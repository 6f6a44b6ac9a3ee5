"""Python's values as JSON: sensible, bounded, and nothing that raises."""

import collections
import dataclasses
import datetime
import decimal
import enum
import pathlib
import types
import unittest.mock
import uuid

import numpy
import pydantic
import pytest

import ticketlens


def as_json(value):
    return ticketlens.build({"value": value})["value"]


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Order:
    number: int
    colour: Colour
    lines: list = dataclasses.field(default_factory=list)


class Customer(pydantic.BaseModel):
    name: str
    password: pydantic.SecretStr
    note: str = pydantic.Field("hidden", exclude=True)


Point = collections.namedtuple("Point", "x y")


class Plain:
    secret = "not shown"


class Texted:
    def __str__(self):
        return "its text"


class Broken:
    def __str__(self):
        raise RuntimeError("Zephyrine")


@dataclasses.dataclass
class HalfBroken:
    good: int = 1

    @property
    def bad(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (-7, -7),
        (2**64 - 1, 2**64 - 1),
        (10**30, str(10**30)),
        (10**5000, "[int]"),
        (1.5, 1.5),
        (float("nan"), None),
        (float("inf"), None),
        ("é", "é"),
        ((1, "a"), [1, "a"]),
        ({1: "a", None: "b", True: "c"}, {"1": "c", "null": "b"}),
        ({Colour.RED: 1, uuid.UUID(int=1): 2}, {"red": 1, str(uuid.UUID(int=1)): 2}),
        ({"a"}, ["a"]),
        (frozenset([1]), [1]),
        (collections.deque([1, 2]), [1, 2]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        (range(3), [0, 1, 2]),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Order(7, Colour.RED, [Point(1, 2)]), {"number": 7, "colour": "red", "lines": [{"x": 1, "y": 2}]}),
        (Customer(name="n", password="p"), {"name": "n", "password": "**********"}),
        (datetime.datetime(2026, 11, 30, 9, tzinfo=datetime.timezone.utc), "2026-11-30T09:00:00+00:00"),
        (datetime.date(2026, 11, 30), "2026-11-30"),
        (datetime.timedelta(seconds=1.5), 1.5),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (decimal.Decimal("12.50"), "12.50"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (b"text", "text"),
        (bytearray(b"text"), "text"),
        (b"\xff\xd8\x00", "[3 bytes]"),
        (numpy.float32(1.5), 1.5),
        (numpy.int64(3), 3),
        (numpy.bool_(True), True),
        (numpy.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (numpy.zeros(1_000_000), "[large numpy.ndarray]"),
        (ValueError("bad"), {"type": "ValueError", "message": "bad"}),
        (Texted(), "its text"),
        (Plain(), "[test_values.Plain]"),
        (Plain, "[class test_values.Plain]"),
        (Broken(), "[unreadable test_values.Broken]"),
        (HalfBroken(), {"good": 1}),
        (unittest.mock.Mock(), "[unittest.mock.Mock]"),
        (print, "[builtin_function_or_method]"),
        ("\ud83d!", "\ufffd\ufffd\ufffd!"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_becomes_something_sensible(value, expected):
    assert as_json(value) == expected


def test_an_iterator_is_left_to_whom_it_belongs():
    numbers = (number for number in range(3))
    assert as_json(numbers) == "[generator]"
    assert as_json(iter([1])) == "[list_iterator]"
    assert list(numbers) == [0, 1, 2]


def test_cycles_end():
    loop = []
    loop.append({"again": loop})
    assert as_json(loop) == [{"again": "[cycle]"}]
    shared = [1]
    assert as_json([shared, shared]) == [[1], [1]]


def test_depth_items_and_text_are_bounded():
    deep = "bottom"
    for _ in range(100_000):
        deep = [deep]
    text = str(as_json(deep))
    assert "[too deep]" in text and len(text) < 200
    many = as_json(list(range(1_000_000)))
    assert len(many) < 140_000 and many[-1] == "[cut]"
    wide = as_json({str(number): number for number in range(1_000_000)})
    assert len(wide) < 140_000 and "[cut]" in wide
    long = as_json("é" * 10_000_000)
    assert len(long.encode()) < 1_100_000 and long.endswith("[cut]")
    # Sixteen values, each of the same large text.
    texts = as_json(["x" * 1_000_000] * 16)
    assert sum(map(len, texts)) < 4_300_000


def test_the_fields_of_a_log_are_read_before_what_is_too_large():
    line = ticketlens.build({"huge": ["x" * 1_000_000] * 8, "trace": {}, "ticket_id": "1", "status": "SUCCESS"})
    assert (line["ticket_id"], line["status"]) == ("1", "SUCCESS")


def test_a_dict_that_changes_while_it_is_read_is_read_as_it_was():
    class Growing:
        def __str__(self):
            growing[len(growing)] = "more"
            return "grown"

    growing = {0: Growing(), 1: "a"}
    assert as_json(growing) == {"0": "grown", "1": "a"}


def test_an_interrupt_is_raised_on():
    class Interrupted:
        def __str__(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        as_json(Interrupted())


def test_build_makes_a_ticket_log_of_a_state():
    state = {
        "messages": ["hi"],
        "output": "done",
        "status": "SUCCESS",
        "ticket_id": 7,
        "steps": [{"kind": "tool", "name": "x"}],
        "trace": {"planning": "first"},
        "channel": Colour.RED,
    }
    before = dict(state)
    line = ticketlens.build(state)
    assert state == before
    assert list(line) == ["ticket_id", "status", "channel", "trace"]
    assert line["trace"] == {
        "planning": "first",
        "steps": [{"kind": "tool", "name": "x"}],
        "messages": ["hi"],
        "output": "done",
    }
    assert ticketlens.build(line) == line
    assert ticketlens.build(Order(1, Colour.RED)) == {"number": 1, "colour": "red", "lines": []}


def test_what_has_no_fields_builds_nothing(said):
    assert ticketlens.build(7) == {}
    assert len(said()) == 1
