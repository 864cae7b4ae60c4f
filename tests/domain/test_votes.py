"""What comes out of a vote follows from what was counted."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.meetings.votes import VoteKind, VoteResult, result_of

COUNTS = st.lists(st.integers(0, 40), min_size=2, max_size=20)


@pytest.mark.parametrize(
    ("kind", "votes", "result"),
    [
        (VoteKind.YES_NO, None, (VoteResult.UNDECIDED, None)),
        (VoteKind.YES_NO, (3, 2), (VoteResult.CARRIED, 1)),
        (VoteKind.YES_NO, (2, 3), (VoteResult.LOST, 2)),
        (VoteKind.YES_NO, (2, 2), (VoteResult.TIED, None)),
        (VoteKind.YES_NO, (0, 0), (VoteResult.TIED, None)),
        (VoteKind.CHOICE, None, (VoteResult.UNDECIDED, None)),
        (VoteKind.CHOICE, (1, 4, 2), (VoteResult.CHOSEN, 2)),
        (VoteKind.CHOICE, (4, 1, 4), (VoteResult.TIED, None)),
        (VoteKind.CHOICE, (0, 0, 1), (VoteResult.CHOSEN, 3)),
    ],
)
def test_the_most_votes_decide_and_equal_ones_do_not(
    kind: VoteKind, votes: tuple[int, ...] | None, result: tuple[VoteResult, int | None]
) -> None:
    assert result_of(kind, votes) == result


@given(COUNTS)
def test_whoever_wins_has_more_votes_than_any_other(votes: list[int]) -> None:
    result, winner = result_of(VoteKind.CHOICE, votes)
    if winner is None:
        assert (result, Counter(votes)[max(votes)] > 1) == (VoteResult.TIED, True)
    else:
        others = [count for number, count in enumerate(votes, 1) if number != winner]
        assert (result, votes[winner - 1] > max(others)) == (VoteResult.CHOSEN, True)


@given(st.integers(0, 40), st.integers(0, 40))
def test_to_turn_a_question_round_turns_its_result(in_favour: int, against: int) -> None:
    turned = {
        VoteResult.CARRIED: VoteResult.LOST,
        VoteResult.LOST: VoteResult.CARRIED,
        VoteResult.TIED: VoteResult.TIED,
    }
    one, _ = result_of(VoteKind.YES_NO, (in_favour, against))
    other, _ = result_of(VoteKind.YES_NO, (against, in_favour))
    assert turned[one] is other
