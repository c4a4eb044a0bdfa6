"""The one composition root: settings, clock and rooms become two applications.

`family_app`, `prison_app` and `app` (the prison's, for the command line) are built on first access, so that a family host starts with only its own secrets.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask

from config import FamilySettings, PrisonSettings
from consult import acts as consult_acts
from consult import demo as consult_demo
from consult import moving as consult_moving
from consult import rooms_family as consult_family
from consult import rooms_prison as consult_prison
from consult import tables as consult_tables  # noqa: F401 - so that migrations know every table
from consult.helpdays import outside as consult_outside
from visitation.accounts import moving as accounts_moving
from visitation.accounts import queries as accounts
from visitation.accounts import rooms_family as accounts_family
from visitation.accounts import rooms_prison as accounts_prison
from visitation.accounts import sentences as accounts_sentences
from visitation.accounts import sentences_staff as accounts_sentences_staff
from visitation.accounts.codes import sweep as codes_sweep
from visitation.accounts.commands_clerk import create_clerk
from visitation.accounts.commands_staff import create_administrator
from visitation.accounts.devices import device_identity, install_device_traces
from visitation.audit import views_prison as audit
from visitation.audit.commands import audit_verify
from visitation.audit.heads import Heads
from visitation.audit.sealing import seal
from visitation.audit.sweeps import head_keeper, seal_everything
from visitation.audit.words import act_words
from visitation.bookings import merging as bookings_merging
from visitation.bookings import rooms_family as bookings_family
from visitation.bookings import rooms_prison as bookings_prison
from visitation.bookings import service as bookings_service
from visitation.bookings import words as bookings_words
from visitation.bookings.service import review as bookings_review
from visitation.bookings.service import sweep as bookings_sweep
from visitation.calendars import views_family as calendars_family
from visitation.calendars import views_prison as calendars_prison
from visitation.calendars.service import for_letters
from visitation.demo import ready as demo_ready
from visitation.demo import views_family as demo
from visitation.demo.commands import demo_code, demo_data
from visitation.jobs.commands import work_command
from visitation.jobs.deadlines import overdue_claims
from visitation.jobs.log import open_log
from visitation.jobs.reminders import remind
from visitation.jobs.retention import forget
from visitation.jobs.worker import Sweep, Worker
from visitation.kernel.clock import Clock, SystemClock
from visitation.live import sentences as live_sentences
from visitation.live import views_equipment_prison as live_equipment
from visitation.live import views_family as live_family
from visitation.live import views_prison as live_prison
from visitation.live import views_sessions_family as live_sessions
from visitation.live.due import sweep as live_sweep
from visitation.movements import sentences as movements_sentences
from visitation.movements import views_prison as movements_prison
from visitation.movements import words as movements_words
from visitation.movements.service import settle as movements_settle
from visitation.notices import queries as notices_queries
from visitation.notices import views_family as notices
from visitation.notices.delivery import handlers as post_handlers
from visitation.notices.post import open_post
from visitation.officers import sentences as officers_sentences
from visitation.officers import views_prison as officers_prison
from visitation.officers.service import sweep as officers_sweep
from visitation.operations import views_prison as operations
from visitation.people import moving as people_moving
from visitation.people import queries as people_queries
from visitation.people import rooms_prison as people_prison
from visitation.people import sentences as people_sentences
from visitation.people import sentences_merging as people_sentences_merging
from visitation.people import sentences_reasons as people_reasons
from visitation.people import sentences_staff as people_sentences_staff
from visitation.people import views_family as people_family
from visitation.people import words as people_words
from visitation.people.commands import import_command
from visitation.policies import sentences as policies_sentences
from visitation.policies import views_prison as policies_prison
from visitation.reports import catalogue as reports
from visitation.reports import sentences as reports_sentences
from visitation.reports import views_prison as reports_prison
from visitation.store import tables  # noqa: F401 - so that migrations know every table
from visitation.store.commands import prepare_database
from visitation.store.outbox import LEASE
from visitation.supervision import rooms_prison as supervision_prison
from visitation.supervision import sentences as supervision_sentences
from visitation.supervision.link import sweep as supervision_sweep
from visitation.supervision.piles import PROVIDERS
from visitation.supervision.sweeps import recording_sweeps
from visitation.timetable import sentences as timetable_sentences
from visitation.timetable import views_prison as timetable_prison
from visitation.timetable.sweeps import capacity_sweep
from visitation.timetable.sweeps import sweep as timetable_sweep
from visitation.uploads import sentences as uploads_sentences
from visitation.uploads import views_family as uploads_family
from visitation.uploads.service import sweep as uploads_sweep
from visitation.web import help_pages, sentences_js, zone
from visitation.web.app import Parts, create_app


def build_family(settings: FamilySettings, clock: Clock) -> Flask:
    """The Internet side."""
    blueprints = [
        help_pages.blueprint,
        notices.blueprint,
        *([demo.blueprint] if settings.demo else []),
        live_family.blueprint,
        live_sessions.blueprint,
        calendars_family.blueprint,
        sentences_js.blueprint,
        *bookings_family.BLUEPRINTS,
        *accounts_family.BLUEPRINTS,
        people_family.blueprint,
        uploads_family.blueprint,
        *consult_family.BLUEPRINTS,
    ]
    sentences: list[Mapping[str, Any]] = [live_sentences.SENTENCES, people_reasons.SENTENCES]
    sentences += [supervision_sentences.SENTENCES, *accounts_family.SENTENCES, people_sentences.SENTENCES, uploads_sentences.SENTENCES]
    sentences += [*bookings_family.SENTENCES, *consult_family.SENTENCES]
    extensions = {"places": people_queries.places, "counts": {"notices.inbox": notices_queries.unread_count}, "outside_people": consult_outside.people}
    extensions |= {"menu": consult_family.MENU, "homes": {"family": "home.index", "clerk": "clerk.home", **consult_family.HOMES}}
    extensions |= {"legal_help_cards": consult_family.CARDS, "calendar_offers": consult_family.CALENDARS}
    extensions |= {"upload_keepers": consult_family.UPLOAD_KEEPERS}
    shown = {**people_words.GLOBALS, **consult_family.GLOBALS}
    return create_app(Parts(zone.FAMILY, settings, clock, blueprints, sentences, resolve=accounts.resolve, extensions=extensions, globals=shown))


def build_prison(settings: PrisonSettings, clock: Clock) -> Flask:
    """The intranet side."""
    blueprints: list[Blueprint] = [audit.blueprint, operations.blueprint, live_prison.blueprint, live_equipment.blueprint, sentences_js.blueprint]
    blueprints += [*accounts_prison.BLUEPRINTS, *people_prison.BLUEPRINTS]
    blueprints += supervision_prison.BLUEPRINTS
    blueprints += [movements_prison.blueprint, officers_prison.blueprint, calendars_prison.blueprint]
    blueprints += [*bookings_prison.BLUEPRINTS, timetable_prison.blueprint, policies_prison.blueprint, reports_prison.blueprint]
    sentences: list[Mapping[str, Any]] = [accounts_sentences.SENTENCES, accounts_sentences_staff.SENTENCES, people_sentences_staff.SENTENCES]
    sentences += [people_sentences.SENTENCES, people_reasons.SENTENCES, people_sentences_merging.SENTENCES]
    sentences += [supervision_sentences.SENTENCES]
    sentences += [movements_sentences.SENTENCES, officers_sentences.SENTENCES]
    sentences += [*bookings_prison.SENTENCES, timetable_sentences.SENTENCES, policies_sentences.SENTENCES, reports_sentences.SENTENCES]
    blueprints += consult_prison.BLUEPRINTS
    sentences += consult_prison.SENTENCES
    extensions = {"places": people_queries.places, "desk_providers": (*PROVIDERS, *consult_prison.DESK), "outside_people": consult_outside.people}
    extensions |= {"menu": consult_prison.MENU, "demo_steps": consult_demo.STEPS, "calendar_offers": consult_prison.CALENDARS}
    extensions |= {"merge_parts": (*bookings_merging.PARTS, *people_moving.PARTS, *accounts_moving.PARTS, *consult_moving.PARTS)}
    extensions |= {"figures": (*reports.FIGURES, *consult_prison.FIGURES)}
    words = {"relation_word": people_words.relation_word, "flag_words": bookings_words.FLAGS, "act_word": act_words(consult_acts.ACTS)}
    words |= {"place_words": movements_words.PLACES}
    app = create_app(Parts(zone.PRISON, settings, clock, blueprints, sentences, accounts.resolve, device_identity, extensions, words))
    install_device_traces(app)
    for command in (
        work_command(lambda lease: build_worker(app, lease)),
        prepare_database,
        audit_verify,
        demo_data,
        demo_code,
        import_command,
        create_administrator,
        create_clerk,
    ):
        app.cli.add_command(command)
    for command in supervision_prison.COMMANDS:
        app.cli.add_command(command)
    return app


def build_worker(app: Flask, lease: timedelta = LEASE) -> Worker:
    """The jobs of the prison's application: what is delivered from the outbox, and what is swept how often (seconds)."""
    settings: PrisonSettings = app.extensions["settings"]
    clock: Clock = app.extensions["clock"]
    sweeps = [
        Sweep("audit.seal", 1, seal),
        Sweep("audit.head", 60, head_keeper(Heads(settings.data_dir / "audit"))),
        Sweep("audit.seal-all", 3600, seal_everything),
        *(Sweep(*sweep) for sweep in consult_prison.SWEEPS),
        Sweep("reminders", 30, remind),
        Sweep("equipment", 60, live_sweep),
        Sweep("retention", 3600, forget),
        Sweep("claims.overdue", 300, overdue_claims),
        *([Sweep("demo.ready", 30, demo_ready.sweep)] if settings.demo else []),
        Sweep("codes.stale", 3600, codes_sweep),
        Sweep("uploads.stale", 3600, uploads_sweep),
        Sweep("bookings", 30, bookings_sweep),
        Sweep("bookings.review", 10, bookings_review),
        Sweep("bookings.import", 0.5, bookings_service.import_rows),
        Sweep("bookings.offers", 5, bookings_service.end_offers),
        Sweep("bookings.waiting", 5, bookings_service.serve_waiting),
        Sweep("timetable", 30, timetable_sweep),
        Sweep("timetable.capacity", 600, capacity_sweep),
        Sweep("supervision", 5, supervision_sweep),
        Sweep("movements.settle", 5, movements_settle),
        Sweep("officers.plan", 20, officers_sweep),
        *(Sweep(*one) for one in recording_sweeps(settings.data_dir, settings.recording_private_key.get_secret_value())),
    ]
    letters = for_letters(settings.family_origin, settings.mail_from)
    return Worker(app, clock, post_handlers(open_post(settings, clock, letters)), sweeps, open_log(), lease)


def __getattr__(name: str) -> Any:
    if name == "family_app":
        made = build_family(FamilySettings(), SystemClock())
    elif name in ("prison_app", "app"):
        made = build_prison(PrisonSettings(), SystemClock())
    else:
        raise AttributeError(name)
    globals()[name] = made
    if name in ("prison_app", "app"):
        globals().update(prison_app=made, app=made)
    return made
