"""The certificate of a recording on paper: A4, both scripts, every hash in full."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from visitation.kernel.interval import LOCAL
from visitation.supervision.certificate import Certificate, Checked, Leg
from visitation.supervision.words_recordings import VERDICT_WORDS, gap_word, leg_word
from visitation.web.paper import Paper


def moment(value: datetime) -> str:
    return value.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Grant:
    """An approved export: who asked, who approved, why and for whom."""

    ref: str
    reason: str
    recipient: str
    asked_by: str
    asked_at: datetime
    approved_by: str
    approved_at: datetime


def draw(certificate: Certificate, grant: Grant | None = None, given: Mapping[int, str] | None = None) -> bytes:
    """The PDF. `grant`: the export that it belongs to; `given`: SHA-256 of each decrypted file in the package, by segment. Raises Refused (FONT_MISSING)."""
    paper = Paper(gettext("Certificate of a recording"), f"{certificate.visit.ref} / {certificate.visit.sid}", certificate.made_at)
    _visit(paper, certificate)
    if grant is not None:
        _grant(paper, grant)
    for leg in certificate.legs:
        _leg(paper, leg, given or {})
    paper.rule()
    paper.say(_verdict(certificate), 11, 2)
    paper.say(
        gettext(
            "Each file was encrypted on the video server before it reached a disk, and hashed as it was stored. "
            "The hashes above were computed again from the stored bytes when this certificate was made."
        ),
        9,
    )
    return bytes(paper.output())


def _verdict(certificate: Certificate) -> str:
    if certificate.is_whole:
        return str(gettext("Every stored file agrees with what was recorded."))
    return str(gettext("Not every file agrees with what was recorded; see the entries above."))


def _visit(paper: Paper, certificate: Certificate) -> None:
    visit = certificate.visit
    paper.fact(gettext("Visit"), f"{visit.ref} · {moment(visit.starts_at)}")
    paper.fact(gettext("Inmate"), visit.inmate)
    paper.fact(gettext("Terminal"), visit.terminal)
    paper.fact(gettext("Session"), visit.sid)
    paper.fact(gettext("Live from – to"), f"{moment(visit.live_at) if visit.live_at else '–'} – {moment(visit.ended_at) if visit.ended_at else '–'}")
    paper.fact(gettext("Certificate made"), moment(certificate.made_at))


def _grant(paper: Paper, grant: Grant) -> None:
    paper.rule()
    paper.fact(gettext("Export"), grant.ref)
    paper.fact(gettext("Recipient"), grant.recipient)
    paper.fact(gettext("Reason"), grant.reason)
    paper.fact(gettext("Requested by"), f"{grant.asked_by} · {moment(grant.asked_at)}")
    paper.fact(gettext("Approved by"), f"{grant.approved_by} · {moment(grant.approved_at)}")


def _leg(paper: Paper, leg: Leg, given: Mapping[int, str]) -> None:
    paper.rule()
    paper.say(f"{leg_word(leg.name)} · {gettext('%(seconds)s s recorded', seconds=round(leg.seconds))}", 13, 1)
    for one in leg.segments:
        _segment(paper, one, given.get(one.segment.id, ""))
    paper.say(gettext("Gaps"), 11)
    for gap in leg.gaps:
        paper.say(f"{moment(gap.starts_at)} – {moment(gap.ends_at)} ({gap.seconds:.1f} s): {gap_word(gap.reason)}", 9)
    if not leg.gaps:
        paper.say(gettext("None."), 9)


def _segment(paper: Paper, one: Checked, given: str) -> None:
    row = one.segment
    cut = "" if row.final else f" · {gettext('cut off')}"
    paper.say(f"{row.file} · {moment(row.starts_at)} · {row.seconds:.1f} s · {row.bytes} B{cut}", 10)
    paper.say(f"SHA-256 {row.sha256}", 8)
    if given:
        paper.say(gettext("In this package, decrypted: SHA-256 %(hash)s", hash=given), 8)
    paper.say(str(VERDICT_WORDS[one.verdict]), 9, 1.5)
