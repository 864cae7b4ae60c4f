"""What can be done in a meeting, and beside it: the roll, votes, contributions, fines, counts."""

import strawberry

from graph.attendances import roll_call_record
from graph.cancelling import meeting_cancel
from graph.dues import contribution_waiver_decide, contribution_waiver_request
from graph.fines import fine_levy, fine_pay, fine_waive, roll_call_fine
from graph.meetings import meeting_close, meeting_confirm, meeting_open, meeting_plan, meeting_reopen, meeting_revise
from graph.savings import contributions_record
from graph.votes import ballots_record, vote_open, vote_record

__all__ = ["MeetingMutations"]


@strawberry.type(description="A part of the root of mutations.")
class MeetingMutations:
    """What is done in meetings."""

    meeting_plan = meeting_plan
    meeting_revise = meeting_revise
    meeting_open = meeting_open
    contributions_record = contributions_record
    contribution_waiver_request = contribution_waiver_request
    contribution_waiver_decide = contribution_waiver_decide
    fine_levy = fine_levy
    fine_pay = fine_pay
    fine_waive = fine_waive
    roll_call_record = roll_call_record
    vote_open = vote_open
    vote_record = vote_record
    ballots_record = ballots_record
    roll_call_fine = roll_call_fine
    meeting_confirm = meeting_confirm
    meeting_reopen = meeting_reopen
    meeting_cancel = meeting_cancel
    meeting_close = meeting_close
