"""Questions in the family zone: a relative asks and reads, a lawyer answers."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from consult.lawyers.models import Lawyer
from consult.lawyers.signed_in import verified
from consult.questions import queries, rules, service, words
from consult.questions.forms import AnswerForm, ExtensionForm, FamilyAskForm, StarsForm
from consult.questions.models import Question
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import queries as people
from visitation.people.models import Prison
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.local_names import local_name
from visitation.web.request import now

blueprint = Blueprint("questions", __name__, url_prefix="/questions")
cases = Blueprint("lawyer_questions", __name__, url_prefix="/lawyer/questions")


def asked_by_me(who: Identity, question: Question) -> bool:
    return question.account_id == who.account_id


@blueprint.get("")
@door(Role.FAMILY)
def index(who: Identity) -> str:
    return render_template("family/questions/index.html", rows=queries.mine(reader(), who), words=words)


@blueprint.route("/new", methods=["GET", "POST"])
@limiter.limit("20/hour", methods=["POST"])
@door(Role.FAMILY)
def ask(who: Identity) -> ResponseReturnValue:
    """Ask; the number of the question is shown at once."""
    form = FamilyAskForm()
    form.prison.choices = [(prison.id, local_name(prison)) for prison in _prisons(who)]
    if form.validate_on_submit():
        try:
            question = perform(lambda session: service.ask(session, who, form.prison.data, form.asked(), now(), form.request_key.data))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Your question has arrived."))
            return redirect(url_for("questions.show", ref=question.ref))
    return render_template("family/questions/ask.html", form=form)


def _prisons(who: Identity) -> list[Prison]:
    """Every prison that is open, first those where this person has named a relative: the list begins with the one that is meant."""
    own = {prison.id for prison in people.places(reader(), who)}
    return sorted(people.open_prisons(reader()), key=lambda prison: prison.id not in own)


@blueprint.route("/<ref>", methods=["GET", "POST"])
@door(Role.FAMILY, subject=queries.by_ref, check=asked_by_me)
def show(who: Identity, question: Question) -> ResponseReturnValue:
    """One question with its answer; afterwards, whether it helped."""
    form, question_id, ref = StarsForm(), question.id, question.ref
    if acted(form, lambda session: service.say_satisfaction(session, who, question_id, form.stars.data, now())):
        flash(gettext("Thank you for telling us."))
        return redirect(url_for("questions.show", ref=ref))
    return render_template("family/questions/show.html", row=question, form=form, act=ActForm(formdata=None), words=words, rules=rules)


@blueprint.post("/<ref>/withdraw")
@door(Role.FAMILY, subject=queries.by_ref, check=asked_by_me)
def withdraw(who: Identity, question: Question) -> ResponseReturnValue:
    question_id, ref = question.id, question.ref
    if ActForm().validate_on_submit():
        perform(lambda session: service.withdraw(session, who, question_id, now()))
        flash(gettext("The question is withdrawn."))
    return redirect(url_for("questions.show", ref=ref))


# -- the lawyer


def is_in_family_zone(_who: Identity, _question: Question) -> bool:
    """Whether it is this lawyer's firm's is asked in the view, of a second table."""
    return True


def _own(who: Identity, question: Question) -> Lawyer:
    row = verified(who)
    if question.firm_id != row.firm_id:
        abort(404)
    return row


@cases.get("")
@door(Role.LAWYER)
def index_of_firm(who: Identity) -> str:
    """What waits for the firm, one's own first."""
    row, session, moment = verified(who), reader(), now()
    closed = request.args.get("closed") == "1"
    rows = [(question, rules.lamp(question.state, question.due_at, moment)) for question in queries.of_firm(session, row, closed)]
    return render_template("family/questions/cases.html", rows=rows, lawyer=row, closed=closed, words=words)


@cases.route("/<ref>", methods=["GET", "POST"])
@door(Role.LAWYER, subject=queries.by_ref, check=is_in_family_zone)
def case(who: Identity, question: Question) -> ResponseReturnValue:
    """Read, take on, and answer."""
    lawyer, form = _own(who, question), AnswerForm(answer=question.answer)
    question_id, ref, lawyer_id = question.id, question.ref, lawyer.id
    if acted(form, lambda session: service.answer(session, who, session.get_one(Lawyer, lawyer_id), question_id, form.answer.data, now())):
        flash(gettext("The answer is handed in; the legal office checks it and passes it on."))
        return redirect(url_for("lawyer_questions.index_of_firm"))
    return _page(question_id, lawyer, form, ExtensionForm(formdata=None), ref)


@cases.post("/<ref>/take")
@door(Role.LAWYER, subject=queries.by_ref, check=is_in_family_zone)
def take(who: Identity, question: Question) -> ResponseReturnValue:
    lawyer_id, question_id, ref = _own(who, question).id, question.id, question.ref
    if ActForm().validate_on_submit():
        perform(lambda session: service.take(session, who, session.get_one(Lawyer, lawyer_id), question_id, now()))
        flash(gettext("The question is yours."))
    return redirect(url_for("lawyer_questions.case", ref=ref))


@cases.post("/<ref>/extension")
@door(Role.LAWYER, subject=queries.by_ref, check=is_in_family_zone)
def extension(who: Identity, question: Question) -> ResponseReturnValue:
    """Ask for more time."""
    lawyer, form = _own(who, question), ExtensionForm()
    lawyer_id, question_id, ref = lawyer.id, question.id, question.ref

    def work(session: Session) -> None:
        service.ask_extension(session, who, session.get_one(Lawyer, lawyer_id), question_id, form.workdays.data, form.reason.data, now())

    if acted(form, work):
        flash(gettext("The legal office decides on it; until then the present time holds."))
        return redirect(url_for("lawyer_questions.case", ref=ref))
    return _page(question_id, lawyer, AnswerForm(formdata=None), form, ref)


def _page(question_id: int, lawyer: Lawyer, form: AnswerForm, more: ExtensionForm, ref: str) -> str:
    question = queries.by_ref(reader(), ref)
    assert question is not None
    colour = rules.lamp(question.state, question.due_at, now())
    mine = question.lawyer_id in (None, lawyer.id)
    return render_template(
        "family/questions/case.html", row=question, lamp=colour, mine=mine, form=form, more=more, act=ActForm(formdata=None), words=words, lawyer=lawyer
    )
