from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import pytest

from rollback_gov.model.record import Record


class Point(Record):
    """A place in the plane."""

    x: int
    y: int = field(default=0, metadata={"prose": True})
    name: str = ""

    @cached_property
    def doubled(self) -> int:
        return 2 * self.x


class Named(Point):
    """A place with a colour."""

    colour: str = "red"


class Span(Record, kw_only=False, order=True):
    """From one number to another."""

    start: int
    end: int = 9
    notes: list[str] = field(default_factory=list, compare=False)


def test_fields_are_given_by_name_and_have_their_defaults() -> None:
    point = Point(x=1, name="here")
    assert (point.x, point.y, point.name) == (1, 0, "here")
    assert Named(x=1, colour="blue") == Named(x=1, y=0, name="", colour="blue")


def test_it_is_a_dataclass_to_whoever_asks() -> None:
    point = Point(x=1)
    assert is_dataclass(point)
    assert [item.name for item in fields(point)] == ["x", "y", "name"]
    assert fields(point)[1].metadata == {"prose": True}
    assert asdict(point) == {"x": 1, "y": 0, "name": ""}
    moved: Any = replace(point, y=2)
    assert moved == Point(x=1, y=2)


def test_what_has_no_default_must_be_given() -> None:
    missing: dict[str, Any] = {"y": 1}
    with pytest.raises(TypeError, match=r"^Point needs 'x'$"):
        Point(**missing)


def test_what_it_does_not_have_cannot_be_given() -> None:
    unknown: dict[str, Any] = {"z": 1, "w": 2}
    with pytest.raises(TypeError, match=r"^Point has no 'z', 'w'$"):
        Point(x=1, **unknown)


def test_where_the_class_says_so_fields_are_given_by_their_place() -> None:
    assert Span(1, 2) == Span(1, end=2) == Span(start=1, end=2)
    assert Span(1).end == 9


def test_where_the_class_says_so_there_is_an_order() -> None:
    assert sorted([Span(2, 1), Span(1, 9), Span(1, 2)]) == [Span(1, 2), Span(1, 9), Span(2, 1)]
    assert Span(1) <= Span(1) < Span(2) >= Span(1)
    assert not Span(1) > Span(1)
    one, other = Point(x=1), Point(x=2)
    with pytest.raises(TypeError, match="not supported"):
        one < other  # type: ignore[operator]  # noqa: B015
    with pytest.raises(TypeError, match="not supported"):
        Span(1) < other  # type: ignore[operator]  # noqa: B015


def test_nothing_is_given_by_its_place_otherwise() -> None:
    point: Any = Point
    with pytest.raises(TypeError, match=r"^Point takes 0 values by their place$"):
        point(1)


def test_too_many_values_and_a_value_given_twice_are_refused() -> None:
    places: Any = (1, 2, [], 4)
    with pytest.raises(TypeError, match=r"^Span takes 3 values by their place$"):
        Span(*places)
    again: dict[str, Any] = {"start": 2, "end": 3}
    with pytest.raises(TypeError, match=r"^Span was given 'end', 'start' twice$"):
        Span(1, 2, **again)


def test_every_record_has_a_default_of_its_own() -> None:
    one, other = Span(1), Span(1)
    one.notes.append("mine")
    assert other.notes == []


def test_it_never_changes() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError, match=r"a Point never changes; use dataclasses\.replace"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="a Point never changes"):
        del point.x
    with pytest.raises(AttributeError):
        point.z = 2
    assert issubclass(FrozenInstanceError, AttributeError)  # whoever expects a frozen dataclass catches the same
    assert point == Point(x=1)


def test_equal_values_make_equal_records_of_one_class() -> None:
    assert Point(x=1) == Point(x=1, y=0)
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != Named(x=1)
    assert Point(x=1) != "Point(x=1)"


def test_what_is_not_to_be_compared_makes_no_difference() -> None:
    assert Span(1, notes=["one"]) == Span(1, notes=["other"])
    assert len({Span(1, notes=["one"]), Span(1)}) == 1


def test_what_a_record_has_worked_out_makes_no_difference() -> None:
    one = Point(x=1)
    assert one.doubled == 2
    assert one == Point(x=1)


def test_equal_records_have_equal_hashes() -> None:
    assert {Point(x=1), Point(x=1, y=0), Named(x=1)} == {Point(x=1), Named(x=1)}


def test_its_text_names_what_was_given() -> None:
    assert repr(Point(x=0)) == "Point(x=0)"
    assert repr(Named(x=1, y=2, colour="blue")) == "Named(x=1, y=2, colour='blue')"


def test_a_default_that_can_change_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Shaky\.names: a default that can change"):

        class Shaky(Record):
            names: list[str] = []  # noqa: RUF012


def test_its_fields_are_those_of_a_dataclass() -> None:
    class Base(Record):
        KIND: ClassVar[str] = "base"
        one: int
        two: list[int] = field(default_factory=list)

    class More(Base):
        three: str = field(default="x", metadata={"prose": True})

    more: Any = More

    assert [(item.name, item.type) for item in fields(more)] == [("one", "int"), ("two", "list[int]"), ("three", "str")]
    assert is_dataclass(More)
    assert asdict(replace(more(one=1), three="y")) == {"one": 1, "two": [], "three": "y"}
    assert (more.three, hasattr(Base, "two"), fields(more)[2].metadata["prose"]) == ("x", False, True)


def test_a_class_can_be_a_default() -> None:
    class Maker(Record):
        make: Callable[[], dict[str, int]] = dict

    assert Maker().make() == {}


class Count(Record, kw_only=False, frozen=False):
    """A record that may change."""

    number: int = 0
    seen: list[int] = field(default_factory=list, repr=False)


class Deeper(Count, kw_only=False, frozen=False):
    """One more field."""

    depth: int = 1


def test_where_the_class_says_so_it_changes() -> None:
    count = Deeper(1)
    count.number += 1
    count.depth = 3
    count.seen.append(5)
    assert count == Deeper(2, [5], 3)
    assert count != Deeper(2, [5], 4)
    del count.depth
    assert "depth" not in vars(count)


def test_what_changes_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Count())


def test_a_field_may_be_left_out_of_the_text() -> None:
    assert repr(Count(2, [5])) == "Count(number=2)"


def test_the_base_of_records_is_none() -> None:
    assert not is_dataclass(Record)


def test_a_field_that_is_written_anew_is_what_the_last_class_says() -> None:
    class Base(Record):
        one: list[int] = field(default_factory=list)

    class Other(Base):
        one: int = 3  # type: ignore[assignment]

    assert Other().one == 3
    assert fields(Other)[0].type == "int"
