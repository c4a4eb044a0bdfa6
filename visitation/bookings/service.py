"""The doors of this room for everybody else: one function for each thing that can be done to a booking."""

from visitation.bookings.arranging import Arrangement, NewPlace, arrange, arrange_all, rearrange, rearrange_all
from visitation.bookings.arranging import call_off as call_off_arranged
from visitation.bookings.changing import change_party, change_time
from visitation.bookings.confirming import Party, confirm, terms_shown
from visitation.bookings.deciding import approve, call_off, cancel, is_free, let_hold_go, refuse_request, sweep
from visitation.bookings.flags import clear_flags, dismiss, raise_flags
from visitation.bookings.importing import work as import_rows
from visitation.bookings.leaving import let_everything_go
from visitation.bookings.offering import sweep as end_offers
from visitation.bookings.outcomes import extend, leave_terminal, record_outcome, return_quota
from visitation.bookings.placing import Wanted, hold
from visitation.bookings.repacking import follow, overfull_now, repack, without_room
from visitation.bookings.reviewing import review
from visitation.bookings.waiting import sweep as serve_waiting

refuse = refuse_request

__all__ = [
    "Arrangement",
    "NewPlace",
    "Party",
    "Wanted",
    "approve",
    "arrange",
    "arrange_all",
    "call_off",
    "call_off_arranged",
    "cancel",
    "change_party",
    "change_time",
    "clear_flags",
    "confirm",
    "dismiss",
    "end_offers",
    "extend",
    "follow",
    "hold",
    "import_rows",
    "is_free",
    "leave_terminal",
    "let_everything_go",
    "let_hold_go",
    "overfull_now",
    "raise_flags",
    "rearrange",
    "rearrange_all",
    "record_outcome",
    "refuse",
    "refuse_request",
    "repack",
    "return_quota",
    "review",
    "serve_waiting",
    "sweep",
    "terms_shown",
    "without_room",
]
