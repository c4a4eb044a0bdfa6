"""A paper that an inmate asks a relative for: sent from the telephone, sealed for the lawyer of the case, never open to the prison."""

from typing import Any

import pytest
from sqlalchemy import select, text

from consult.requests import service, terminal
from consult.requests.models import FamilyPaper, HelpRequest
from consult.requests.rules import Asked
from tests.conftest import House
from tests.factories import make_kinship
from tests.web.afternoon import make_afternoon
from tests.web.browsing import Browser, browser
from tests.web.family_steps import photo, stage
from tests.web.test_requests import Scene, kiosk, page, row, steps, who
from visitation.audit.models import AuditEntry
from visitation.kernel.errors import Refused
from visitation.notices.models import Notice
from visitation.store.db import db
from visitation.uploads import queries as uploads
from visitation.uploads.models import Upload, UploadContent

WORDS = "父亲的劳动合同"


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(Scene)


def asked(house: House, scene: Scene, **values: Any) -> HelpRequest:
    part = {"family_part": "paper", "family_words": WORDS, "family_consent": True, "kinship_id": scene.kinship.id}
    wanted = Asked(**{"matter": "labour", "summary": "欠薪", "consent": True} | part | values)
    officer = who(house, scene.officer)
    return house.write(lambda session: service.enter(session, officer, scene.inmate.id, wanted, house.now))


def sent(house: House) -> list[FamilyPaper]:
    return house.read(lambda session: list(session.scalars(select(FamilyPaper))))


def send(house: House, scene: Scene, ref: str, *files: tuple[bytes, str]) -> Browser:
    kin = page(house, scene.family.account, "family")
    kin.get(f"/legal-help/asked/{ref}/papers")
    uids = [stage(kin, "legal_paper", *file).get_json()["uid"] for file in files]
    kin.submit({"papers": ",".join(uids)}, form="papers-form")
    return kin


def test_a_relative_sends_a_paper_and_only_the_lawyer_of_the_case_opens_it(house: House) -> None:
    """The lawyer whose case it is; another lawyer, the prison's offices and the application behind them do not."""
    scene = house.write(Scene)

    def ask(session: Any) -> tuple[Any, ...]:
        made = make_afternoon(session, lawyers=2)
        row, kin = made.request, session.merge(scene.family.visitor)
        row.kinship_id = make_kinship(session, kin, row.inmate).id
        row.family_part, row.family_words, row.family_consent_at = "paper", WORDS, house.now
        return row, *(lawyer.account for lawyer in made.day.lawyers)

    request, lawyer, other = house.write(ask)
    kin = send(house, scene, request.ref, (photo(), "hetong.jpg"))
    assert "nobody in the prison can open it" in kin.page.text
    assert "1 file is sealed for the lawyer" in kin.page.text
    assert kin.page.text.count("hetong.jpg") == 1
    paper = sent(house)[0]
    told = house.read(lambda session: [(row.account_id, row.facts) for row in session.scalars(select(Notice).where(Notice.kind == "help_paper_arrived"))])
    assert told == [(lawyer.id, {"ref": request.ref})], "once, to the one lawyer, and nothing but the number"
    desk = browser(house, "family", lawyer)
    assert WORDS in desk.get(f"/lawyer/cases/{request.ref}").text
    assert "hetong.jpg" in desk.page.text
    address = f"/lawyer/cases/{request.ref}/from-family/{paper.ref}"
    answer = desk.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.data.startswith(b"\xff\xd8")
    assert browser(house, "family", scene.family.account).get(address).status_code == 403
    assert browser(house, "family", other).get(address).status_code == 404
    with house.prison.app_context():
        upload = db.session.scalars(select(Upload).where(Upload.purpose == "legal_paper")).one()
        box = db.session.get_one(UploadContent, upload.id).box
        assert b"\xff\xd8\xff" not in box
        with pytest.raises(PermissionError):
            uploads.content(db.session(), upload)
    assert not hasattr(house.prison.extensions["settings"], "letters_private_key")
    acts = house.read(lambda session: [entry for entry in session.scalars(select(AuditEntry)) if entry.act == "help_request.family_papers"])
    assert [entry.detail["files"] for entry in acts] == [1]


def test_sending_is_doing_and_more_may_follow(house: House, scene: Scene) -> None:
    one = asked(house, scene)
    kin = send(house, scene, one.ref)
    assert "add a photo or a PDF" in kin.page.text
    assert (kin.page.status_code, row(house, one.ref).family_done_at) == (422, None)
    send(house, scene, one.ref, (photo(), "a.jpg"), (photo(), "b.jpg"))
    assert row(house, one.ref).family_done_at == house.now
    send(house, scene, one.ref, (photo(), "c.jpg"))
    assert [step for _number, step in steps(house, one.ref)] == ["received", "family_done"], "said once"
    kin = page(house, scene.family.account, "family")
    assert "3 files are sealed for the lawyer" in kin.get("/legal-help/asked").text
    office = page(house, scene.office)
    assert "3 files are sealed for the lawyer" in office.get(f"/help-requests/{one.ref}").text
    assert "a.jpg" not in office.page.text


def test_what_does_not_serve_is_refused_and_nobody_else_sends(house: House, scene: Scene) -> None:
    one, call = asked(house, scene), asked(house, scene, family_part="call")
    kin = page(house, scene.family.account, "family")
    kin.get(f"/legal-help/asked/{one.ref}/papers")
    for data, name in ((b"MZ" + b"\0" * 400, "hetong.pdf"), (b"%PDF-1.4 nothing", "hetong.pdf"), (photo(40, 40), "klein.jpg"), (b"", "leer.jpg")):
        assert stage(kin, "legal_paper", data, name).status_code == 422
    uid = stage(kin, "legal_paper").get_json()["uid"]
    stranger = page(house, scene.stranger.account, "family")
    assert stranger.get(f"/legal-help/asked/{one.ref}/papers").status_code == 404
    assert stranger.post(f"/legal-help/asked/{one.ref}/papers", {"papers": uid}).status_code == 404
    assert stranger.get(f"/uploads/{uid}").status_code == 404
    assert kin.get(f"/legal-help/asked/{call.ref}/papers").status_code == 404
    proof = stage(kin, "proof").get_json()["uid"]
    kin.get(f"/legal-help/asked/{one.ref}/papers")
    assert uid in kin.page.text, "what waits here is offered again"
    kin.submit({"papers": proof}, form="papers-form")
    assert "no longer waiting here" in kin.page.text
    assert not sent(house)
    many = [stage(kin, "legal_paper").get_json()["uid"] for _ in range(10)]
    kin.submit({"papers": ",".join([uid, *many])}, form="papers-form")
    assert "At most 10 files" in kin.page.text
    assert not sent(house)


def test_for_the_lawyer_only_what_is_asked_for_is_written_at_the_terminal(house: House, scene: Scene) -> None:
    with pytest.raises(Refused) as refused:
        asked(house, scene, secrecy="lawyer", summary="")
    assert refused.value.codes == ("FAMILY_AT_TERMINAL",)
    one = asked(house, scene, secrecy="lawyer", summary="", family_words="")
    kin = page(house, scene.family.account, "family")
    assert house.read(lambda session: session.scalars(select(Notice)).all()) == [], "there is nothing to read yet"
    assert one.ref not in kin.get("/legal-help/asked").text
    room = who(house, scene.room)
    code = house.write(lambda session: terminal.open_for(session, room, scene.inmate.id, one.id, house.now))
    screen = kiosk(house)
    screen.get("/terminal/help")
    screen.submit({"code": code}, form="open")
    assert "What do you ask your relative for?" in screen.page.text
    screen.submit({"summary": "只告诉律师", "parties": "", "family_words": WORDS}, form="write")
    assert "only the lawyer can read it" in screen.page.text
    told = house.read(lambda session: session.scalars(select(Notice)).one())
    assert (told.account_id, told.kind) == (scene.family.account.id, "help_part_asked")
    assert WORDS in kin.get("/legal-help/asked").text
    assert "只告诉律师" not in kin.page.text
    for account in (scene.officer, scene.office, scene.room):
        assert WORDS not in page(house, account).get(f"/help-requests/{one.ref}").text
    with house.prison.app_context():
        stored = db.session.execute(text("SELECT * FROM help_request")).mappings().one()
        assert all(WORDS.encode() not in (value if isinstance(value, bytes) else str(value).encode()) for value in stored.values())
    send(house, scene, one.ref, (photo(), "hetong.jpg"))
    assert len(sent(house)) == 1
