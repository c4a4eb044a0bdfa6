"""A family's visits: choose a time, say who comes, see what became of it, cancel, put it into the calendar."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask import session as browser_session
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale, gettext
from werkzeug.exceptions import NotFound as PageNotFound

from visitation.accounts.models import Account
from visitation.bookings import queries, rebooking, rules, service, words
from visitation.bookings.facts import Case
from visitation.bookings.forms import CancelForm, ConfirmForm, HoldForm
from visitation.bookings.models import Booking
from visitation.bookings.months import MonthPage, month_page
from visitation.bookings.reaching import last_open_move, open_offer_of
from visitation.bookings.sentences import SENTENCES
from visitation.bookings.terms import fingerprint
from visitation.bookings.views_changes_family import party_refusals, time_refusals
from visitation.calendars.service import first_origin, invitation
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day, month_start, next_month
from visitation.people.models import Kinship
from visitation.store.transaction import perform, reader
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("bookings", __name__)
blueprint.add_app_template_filter(words.show_month, "month")
blueprint.add_app_template_global(lambda code: SENTENCES.get(code, ""), "sentence_of_code")
TYPED = "party_typed"
KINDS = ("family_visit", "family_call")
LEADS_FROM = 18
"""Who is younger is not offered as the one who books for; whether an adult takes part is judged by the policy at confirm."""
FARTHEST = timedelta(days=400)
"""Farther ahead nothing can be booked under any policy, and no month is shown."""


def by_ref(session: Any, ref: str) -> Booking | None:
    return queries.booking_by_ref(session, ref)


@blueprint.get("/visits")
@door(Role.FAMILY)
def mine(who: Identity) -> str:
    """All visits: those to come first, then what was."""
    rows = queries.mine(reader(), who)
    coming = [row for row in rows if row.ends_at > now() and rules.is_coming(row.state, row.hold_expires_at, now())]
    past = [row for row in rows if row not in coming and row.state != "held"]
    return render_template("family/bookings/mine.html", coming=coming[::-1], past=past, states=words.STATES, outcomes=words.OUTCOMES)


@blueprint.get("/visits/new")
@door(Role.FAMILY)
def months(who: Identity) -> ResponseReturnValue:
    """Free days of a month, and the times of one day."""
    people = queries.people_of(reader(), who)
    kinships = [row for row in queries.bookable(reader(), people) if rules.age_on(row.visitor.birth_date, local_day(now())) >= LEADS_FROM]
    one_inmate = len({row.inmate_id for row in kinships}) == 1 and "choose" not in request.args
    chosen = next((row for row in kinships if row.ref == request.args.get("with")), kinships[0] if one_inmate else None)
    if chosen is None:
        return render_template("family/bookings/choose.html", kinships=kinships, me=who.visitor_id)
    kind = request.args.get("kind") if request.args.get("kind") in KINDS else KINDS[0]
    day = _date(request.args.get("day", ""))
    month = _date(f"{request.args.get('month', '')}-01") or day
    if month is not None and month - local_day(now()) > FARTHEST:
        month = day = None
    return _times(who, chosen, str(kind), month, day, HoldForm(formdata=None))


def _times(who: Identity, kinship: Kinship, kind: str, month: date | None, day: date | None, form: HoldForm, status: int = 200) -> ResponseReturnValue:
    """The month page. Without a wish it opens at the first month that has something free."""
    today = local_day(now())
    start = max(month_start(month), month_start(today)) if month else month_start(today)
    case, page = _month(who, kinship, kind, start, day)
    if month is None and page.first is None and page.later is not None:
        later_case, later = _month(who, kinship, kind, page.later, day)
        case, page = (later_case, later) if later.first is not None else (case, page)
    see("inmate", kinship.inmate_id)
    has_calls = any(row.kind == "family_call" for row in case.grid.weekly)
    allowance = case.limits.allowance[page.month]
    shown = {"kinship": kinship, "kind": kind, "has_calls": has_calls, "allowance": allowance, "kinds": words.KINDS, "me": who.visitor_id}
    return render_template("family/bookings/months.html", page=page, form=form, **shown), status


def _month(who: Identity, kinship: Kinship, kind: str, month: date, day: date | None) -> tuple[Case, MonthPage]:
    first = max(month, local_day(now()))
    case = queries.case_of(reader(), who, kinship, kind, first, next_month(month) - timedelta(days=1), now())
    if case is None:
        raise PageNotFound
    return case, month_page(case, month, day, now())


@blueprint.post("/visits/hold")
@door(Role.FAMILY)
def hold(who: Identity) -> ResponseReturnValue:
    """Keep the chosen time while the form is filled in."""
    form = HoldForm()
    start = form.moment if form.validate_on_submit() else None
    if start is None:
        return redirect(url_for("bookings.months"))
    wanted = service.Wanted(form.kinship.data, form.kind.data, start)
    try:
        booking = perform(lambda session: service.hold(session, who, wanted, form.request_key.data, now()))
    except Refused as refused:
        form.refuse(refused)
        kinship = next((row for row in queries.bookable(reader(), queries.people_of(reader(), who)) if row.ref == wanted.kinship_ref), None)
        if kinship is None:
            raise PageNotFound from None
        return _times(who, kinship, wanted.kind, local_day(start), local_day(start), form, refused.status)
    return redirect(url_for("bookings.confirm", ref=booking.ref))


@blueprint.route("/visits/<ref>/confirm", methods=["GET", "POST"])
@door(Role.FAMILY, subject=by_ref, check=rules.may_change)
def confirm(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Who comes along, the language, the notice; then the visit is booked."""
    if booking.state not in ("held", "expired"):
        return redirect(url_for("bookings.show", ref=booking.ref))
    form = _confirm_form(who, booking)
    if not form.validate_on_submit():
        return _confirm_page(booking, form, 200 if request.method == "GET" else 422)
    party = service.Party(form.codes, form.language.data, form.accept.data, form.terms_seen.data)
    number = booking.id  # beside the row, which is read anew when somebody asks it in another transaction
    try:
        booked = perform(lambda session: service.confirm(session, who, number, party, form.request_key.data, now()))
    except Refused as refused:
        form.refuse(refused)
        browser_session[TYPED] = {"companions": form.companions.data, "code_1": form.code_1.data, "code_2": form.code_2.data, "language": form.language.data}
        return _confirm_page(queries.booking_by_ref(reader(), booking.ref) or booking, form, refused.status)
    browser_session.pop(TYPED, None)
    return redirect(url_for("bookings.show", ref=booked.ref, new=1))


def _confirm_form(who: Identity, booking: Booking) -> ConfirmForm:
    """What was typed before a time was lost is there again."""
    typed = browser_session.get(TYPED, {}) if request.method == "GET" else {}
    form = ConfirmForm(data={"language": booking.language, **typed})
    form.companions.choices = choices([(row.ref, row.name) for row in queries.companions_for(reader(), who, booking)])
    return form


def _confirm_page(booking: Booking, form: ConfirmForm, status: int) -> ResponseReturnValue:
    terms = service.terms_shown(reader(), booking)
    form.terms_seen.data = fingerprint(terms)
    if "NOTICE_CHANGED" in [refusal.code for refusal in form.refusals]:
        form.accept.data = False
    others = _alternatives(booking) if status == 409 else []
    shown = {"terms": terms, "kinds": words.KINDS, "others": others, "hold_form": HoldForm(formdata=None), "most": 3}
    return render_template("family/bookings/confirm.html", booking=booking, form=form, now=now(), **shown), status


def _alternatives(booking: Booking) -> list[Any]:
    """The free times nearest to one that is gone, from three days before to three days after."""
    return queries.nearest_free(reader(), booking, now())


@blueprint.post("/visits/<ref>/release")
@door(Role.FAMILY, subject=by_ref, check=rules.may_change)
def release(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Another time, please: the kept one is free again at once."""
    perform(lambda session: service.let_hold_go(session, who, booking.id, now()))
    wanted = {"with": booking.party[0].kinship.ref, "kind": booking.kind, "day": local_day(booking.starts_at).isoformat()}
    return redirect(f"{url_for('bookings.months')}?{urlencode(wanted)}")


@blueprint.get("/visits/<ref>")
@door(Role.FAMILY, subject=by_ref, check=rules.is_mine)
def show(who: Identity, booking: Booking) -> ResponseReturnValue:
    """One visit: where it stands, what to prepare, what can be done."""
    if booking.state == "held" and rules.may_change(who, booking):
        return redirect(url_for("bookings.confirm", ref=booking.ref))
    if booking.state == "offered":
        raise PageNotFound  # a place of an offer, which has its own page
    see("booking", booking.ref)
    ready = booking.starts_at - timedelta(minutes=int(booking.terms.get("ready_minutes", 30)))
    facts = {
        "fresh": request.args.get("new") == "1",
        "may_cancel": booking.state in ("requested", "confirmed") and booking.starts_at > now() and rules.may_change(who, booking),
        "may_change_time": rules.may_change(who, booking) and not time_refusals(booking),
        "may_change_party": rules.may_change(who, booking) and not party_refusals(booking),
        "may_join": booking.state == "confirmed" and ready <= now(),
        "ready": ready,
        "soon": booking.state == "confirmed" and booking.ends_at > now(),
        "reasons": reasons_of(booking),
        "act": CancelForm(formdata=None),
        **_what_happened(who, booking),
    }
    return render_template(
        "family/bookings/show.html", booking=booking, states=words.STATES, outcomes=words.OUTCOMES, kinds=words.KINDS, languages=words.LANGUAGES, **facts
    )


def _what_happened(who: Identity, booking: Booking) -> dict[str, Any]:
    """Moves the family has not confirmed, places that are kept for it, and whether it may book again with priority."""
    mine, living = rules.may_change(who, booking), booking.state in ("requested", "confirmed")
    offer = open_offer_of(reader(), booking.id) if living else None
    return {
        "moved": last_open_move(reader(), booking.id) if living else None,
        "kept_places": offer if offer is not None and offer.expires_at > now() and mine else None,
        "may_answer": mine,
        "may_rebook": mine and booking.state in ("ended", "cancelled") and not rebooking.against(reader(), booking, now()),
    }


def reasons_of(booking: Booking) -> list[str]:
    """Why it does not take place, as far as the family is told: the sentence of the code, and what the officer wrote."""
    known = booking.reason_code in SENTENCES and booking.reason_code != "REASON_OTHER"
    return [*([str(SENTENCES[booking.reason_code])] if known and booking.reason_code else []), *([booking.reason_text] if booking.reason_text else [])]


@blueprint.app_template_filter("weekday")
def show_weekday(day: date) -> str:
    """一; Mon."""
    return str(format_date(day, "EEEEE" if get_locale().language == "zh" else "EEE"))


@blueprint.route("/visits/<ref>/cancel", methods=["GET", "POST"])
@door(Role.FAMILY, subject=by_ref, check=rules.may_change)
def cancel(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Cancel, or withdraw a request, knowing what it costs."""
    form = CancelForm()
    if form.validate_on_submit():
        try:
            perform(lambda session: service.cancel(session, who, booking.id, now()))
        except Refused as refused:
            form.refuse(refused)
            return render_template("family/bookings/cancel.html", form=form, booking=booking, free=True), refused.status
        flash(gettext("The visit is cancelled."))
        return redirect(url_for("bookings.show", ref=booking.ref))
    free = booking.state == "requested" or service.is_free(booking, now())
    return render_template("family/bookings/cancel.html", form=form, booking=booking, free=free)


@blueprint.get("/visits/<ref>/calendar.ics")
@door(Role.FAMILY, subject=by_ref, check=rules.is_mine)
def calendar(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The visit for the calendar of a telephone; a cancelled one takes itself out again."""
    if booking.state in ("held", "offered", "expired"):
        raise PageNotFound
    settings = current_app.extensions["settings"]
    account = reader().get(Account, who.account_id)
    data = invitation(booking, first_origin(settings.family_origin), settings.mail_from, account.email if account else None)
    answer = Response(data, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="visit-{booking.ref}.ics"'
    return answer


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
