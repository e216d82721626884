"""How much counters grew."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.sources.exposition import Series
from rollback_gov.sources.increase import LONGEST_BLINDNESS, History, Scrape, increase

A: Series = ("a", ())
B: Series = ("b", ())


def test_counters_add_up() -> None:
    assert increase([{A: Decimal(1), B: Decimal(10)}, {A: Decimal(4), B: Decimal(10)}]) == 3


def test_a_counter_that_fell_was_reset_and_has_grown_by_what_it_shows() -> None:
    assert increase([{A: Decimal(100)}, {A: Decimal(103)}, {A: Decimal(2)}, {A: Decimal(5)}]) == 3 + 2 + 3


def test_a_counter_that_was_born_in_between_has_grown_by_all_of_it() -> None:
    assert increase([{}, {A: Decimal(1)}]) == 1


def test_a_counter_that_went_away_takes_nothing_back() -> None:
    assert increase([{A: Decimal(5)}, {}, {A: Decimal(5)}]) == 5


@given(st.lists(st.lists(st.integers(0, 50), max_size=6), max_size=4))
def test_no_event_is_lost_when_a_process_restarts(lives: list[list[int]]) -> None:
    """Each life of a process counts from zero; each of its counts is scraped."""
    scrapes = [{A: Decimal(count)} for life in lives for count in accumulate(life, initial=0)]
    assert increase(scrapes) == sum(events for life in lives for events in life)


def history(over: float, *scrapes: tuple[float, int]) -> History:
    kept = History(over)
    for at, count in scrapes:
        kept.add(Scrape(at, {A: Decimal(count)}))
    return kept


def test_one_scrape_is_no_increase() -> None:
    assert history(60, (0, 5)).increase() is None


def test_the_window_begins_at_the_newest_scrape_that_is_old_enough() -> None:
    assert history(60, (0, 0), (30, 1), (60, 3), (90, 7)).increase() == 6


def test_a_young_history_begins_at_its_oldest_scrape() -> None:
    assert history(60, (0, 0), (10, 2), (20, 5)).increase() == 5


def test_without_a_window_it_is_the_growth_since_the_last_scrape() -> None:
    assert history(0, (0, 0), (10, 2), (20, 5)).increase() == 3


def test_a_scrape_from_before_a_long_blindness_is_no_beginning() -> None:
    assert history(60, (0, 0), (60 + LONGEST_BLINDNESS + 1, 900)).increase() is None


def test_only_what_the_window_needs_is_kept() -> None:
    assert len(history(60, *((at * 10.0, at) for at in range(100))).scrapes) == 7


def test_the_same_moment_counts_once_and_a_clock_that_was_set_back_starts_anew() -> None:
    assert history(60, (0, 0), (10, 2), (10, 3)).increase() == 3
    assert history(60, (100, 50), (10, 2)).increase() is None
