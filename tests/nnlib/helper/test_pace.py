"""The pace: the helper works where it pays, and only there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nnlib.helper.pace import Pace


class Machine:
    """A machine on which a batch of one sample takes so long; batches follow each other."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(clock=lambda: self.now)
        self.seconds = {True: 0.001, False: 0.0016}  # with the helper and without

    def work(self, seconds: float) -> float:
        """Work for so long; the share of batches that the helper had a part in."""
        end, helped, count = self.now + seconds, 0, 0
        while self.now < end:
            has_help = self.pace.wants_help()
            self.now += self.seconds[has_help]
            self.pace.note(self.seconds[has_help], has_help)
            helped += has_help
            count += 1
        return helped / count


def test_on_a_quiet_machine_the_helper_always_works():
    assert Machine().work(60) == 1


def test_beside_another_program_it_soon_works_no_more_and_later_again():
    machine = Machine()
    machine.work(5)
    machine.seconds = {True: 0.005, False: 0.0017}
    assert machine.work(2) < 0.1
    assert machine.work(60) < 0.01
    machine.seconds = {True: 0.001, False: 0.0016}
    machine.work(17)
    assert machine.work(60) == 1


def test_on_a_machine_that_is_slower_as_a_whole_it_goes_on():
    machine = Machine()
    machine.work(5)
    machine.seconds = {True: 0.003, False: 0.0048}
    assert machine.work(5) > 0.97
    assert machine.work(60) == 1


def test_a_helper_that_never_pays_is_not_kept_where_it_once_did():
    machine = Machine()
    machine.work(1)
    machine.seconds = {True: 0.0016, False: 0.001}
    machine.work(1)
    assert machine.work(100) < 0.01


@given(st.lists(st.tuples(st.floats(1e-5, 1), st.booleans()), max_size=300))
def test_figures_that_make_no_sense_leave_it_in_order(figures):
    machine = Machine()
    for seconds, was_helped in figures:
        machine.now += seconds
        machine.pace.note(seconds, was_helped)
        assert machine.pace.wants_help() in (True, False)
