"""The terminal's page on which an inmate writes: opened by a code, one step at a time, large enough to touch."""

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from config import PrisonSettings
from consult.requests import paper, queries, rules, terminal, words
from consult.requests.forms import LetterForm, OpenForm, TerminalForm
from consult.requests.models import HelpCode, HelpRequest
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.live.rules import masked_name, number_tail
from visitation.people.rules import tidy_number
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("help_terminal", __name__, url_prefix="/terminal/help")


@blueprint.route("", methods=["GET", "POST"])
@limiter.limit("60/hour", methods=["POST"])
@door(Role.TERMINAL)
def index(who: Identity) -> ResponseReturnValue:
    """The code first; then what it opens: a new request, or the letter of one that waits for it."""
    entry = OpenForm()
    if entry.is_submitted():
        code = tidy_number(entry.code.data or "")
        found = queries.living_code(reader(), code, who.prison_id, now())
        if "summary" in request.form:
            return _write(who, code, found, LetterForm() if "letter" in request.form else TerminalForm())
        if found is not None:
            return _open(found, code)
        entry.refuse(Refused("HELP_CODE_DEAD"))
    return render_template("prison/requests_help/terminal_code.html", form=entry)


def _open(found: HelpCode, code: str) -> str:
    """The code is right: whose it is, and an empty page to write on."""
    if found.request_id is not None:
        form: LetterForm | TerminalForm = LetterForm(formdata=None, code=code)
    else:
        form = TerminalForm(formdata=None, code=code)
        form.language.data = found.inmate.language if found.inmate.language in words.LANGUAGES else "other"
    return _page(form, found)


def _page(form: LetterForm | TerminalForm, found: HelpCode | None) -> str:
    asks = found is not None and found.request is not None and bool(found.request.family_part)
    name, tail = (masked_name(found.inmate.name), number_tail(found.inmate.number)) if found is not None else ("", "")
    return render_template(
        "prison/requests_help/terminal.html", form=form, name=name, tail=tail, rules=rules, whole=isinstance(form, TerminalForm), asks_family=asks
    )


def _write(who: Identity, code: str, found: HelpCode | None, form: LetterForm | TerminalForm) -> ResponseReturnValue:
    """Take what is written. The text is in this process's memory only until it is sealed, and nowhere else."""
    settings: PrisonSettings = current_app.extensions["settings"]
    if form.validate():
        try:
            made = perform(lambda session: terminal.write(session, who, code, form.asked(), settings.letters_public_key, now()))
        except Refused as refused:
            if refused.status == 409:
                raise
            form.refuse(refused)
        else:
            return _done(made)
    return _page(form, found)


def _done(made: HelpRequest) -> str:
    row = queries.by_ref(reader(), made.ref)
    assert row is not None
    return render_template("prison/requests_help/terminal_done.html", number=paper.number_of(row.slips[-1]), row=row)
