"""Reading referrals and their links."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from consult.directory import places
from consult.directory.queries import Found, nearest
from consult.matters import institutions_for
from consult.referrals import rules
from consult.referrals.models import Referral, ReferralInstitution, ReferralLink
from consult.referrals.rules import LinkFacts
from visitation.kernel.ids import digest


@dataclass(frozen=True)
class Offer:
    """The nearest institutions of a kind."""

    kind: str
    found: list[Found]


def offers(session: Session, matter: str, place_code: str) -> list[Offer]:
    """What fits a matter near a place, the most fitting kind first; kinds without any institution are left out."""
    here = places.place(place_code)
    if here is None:
        return []
    found = [Offer(kind, nearest(session, here, [kind], rules.NEAREST)) for kind in institutions_for(matter)]
    return [one for one in found if one.found]


def of_request(session: Session, request_id: int) -> list[Referral]:
    """The referrals of a request, the latest first."""
    query = select(Referral).where(Referral.request_id == request_id)
    whole = query.options(selectinload(Referral.institutions).joinedload(ReferralInstitution.institution), selectinload(Referral.links))
    return list(session.scalars(whole.order_by(Referral.id.desc())))


def by_ref(session: Session, ref: str) -> Referral | None:
    return session.scalar(select(Referral).where(Referral.ref == ref.upper()))


def link_of(session: Session, token: str) -> ReferralLink | None:
    """The link of a token as it stands in an address."""
    query = select(ReferralLink).where(ReferralLink.token_digest == digest(token))
    return session.scalar(query.options(joinedload(ReferralLink.referral), selectinload(ReferralLink.openings)))


def facts_of(link: ReferralLink | None) -> LinkFacts | None:
    if link is None:
        return None
    openings = tuple((one.browser_digest, one.at) for one in link.openings)
    return LinkFacts(link.expires_at, link.referral.withdrawn_at is not None, link.opened_at, openings)


def institutions_of(session: Session, referral_id: int) -> list[ReferralInstitution]:
    query = select(ReferralInstitution).where(ReferralInstitution.referral_id == referral_id)
    return list(session.scalars(query.options(joinedload(ReferralInstitution.institution)).order_by(ReferralInstitution.number)))
