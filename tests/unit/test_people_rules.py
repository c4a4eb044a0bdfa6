"""Names, documents and claims, on values."""

import unicodedata
from datetime import date

import pytest

from tests.numbers import WEIGHTS, resident_id
from visitation.people import rules
from visitation.people.rules import ClaimFacts, Person

TODAY = date(2026, 11, 24)
GOOD = "990101190001010018"


def judge(number: str, kind: str = "resident_id", name: str = "李试", birth: date | None = None) -> rules.Judged:
    return rules.judge(Person(name, kind, number, birth), TODAY)


def codes(judged: rules.Judged) -> list[str]:
    return [refusal.code for refusal in judged.refusals]


@pytest.mark.parametrize("dot", [*rules.LOOKALIKES, "·", " · "])
def test_every_look_alike_becomes_the_separator(dot: str) -> None:
    assert rules.tidy_name(f"阿依古丽{dot}买买提") == "阿依古丽·买买提"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("𠮷.𠮷", "𠮷·𠮷"),
        ("J. Smith", "J. Smith"),
        ("  李   试 ", "李 试"),
        ("李\u3000试", "李 试"),
        ("李\u200b试\ufeff", "李试"),
        ("李\n试", "李 试"),
        ("Zoe\u0301", unicodedata.normalize("NFC", "Zoe\u0301")),
    ],
)
def test_a_name_is_tidied(typed: str, kept: str) -> None:
    assert rules.tidy_name(typed) == kept
    assert rules.tidy_name(kept) == kept


@pytest.mark.parametrize("name", ["李𠮷明", "阿依古丽·买买提", "李" * 100, "گۈلنار", "O'Brien-Smith Jr.", "ཚེ་རིང"])
def test_real_names_are_taken(name: str) -> None:
    assert rules.name_refusals(rules.tidy_name(name)) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "NAME_EMPTY"), ("···", "NAME_EMPTY"), ("123", "NAME_EMPTY"), ("李4", "NAME_CHARACTERS"), ("<李>", "NAME_CHARACTERS"), ("李" * 101, "NAME_LONG")],
)
def test_other_names_are_refused(name: str, code: str) -> None:
    assert [refusal.code for refusal in rules.name_refusals(name)] == [code]


def test_the_safe_test_numbers_are_right() -> None:
    judged = judge(GOOD)
    assert codes(judged) == []
    assert judged.person.birth_date == date(1900, 1, 1)
    assert [warning.code for warning in judged.warnings] == ["ID_AREA_UNKNOWN"]
    assert codes(judge("810000190001010018", "hmt_permit")) == []


def test_a_known_area_warns_of_nothing() -> None:
    assert judge(resident_id(date(1990, 5, 5), 3, area="110101")).warnings == ()


def test_every_single_digit_edit_is_refused() -> None:
    for place in range(18):
        for letter in "0123456789X" if place == 17 else "0123456789":
            wrong = GOOD[:place] + letter + GOOD[place + 1 :]
            assert (wrong == GOOD) == (codes(judge(wrong)) == []), wrong


def test_every_swap_of_neighbours_is_refused() -> None:
    number = resident_id(date(1985, 6, 15), 137)
    for place in range(17):
        wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert (wrong == number) == (codes(judge(wrong)) == []), wrong


def with_check(body: str) -> str:
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("990101900101001", "ID_15_DIGITS"),
        ("9901011900010100", "ID_SHAPE"),
        ("99010119000101001Y", "ID_SHAPE"),
        ("", "ID_SHAPE"),
        ("810000190001010018", "ID_OTHER_KIND"),
        ("990101190001010019", "ID_CHECKSUM"),
        (with_check("99010119900230001"), "ID_DATE"),
        (with_check("99010120261125001"), "BIRTH_DATE_FUTURE"),
        (with_check("99010118991231001"), "BIRTH_DATE_OLD"),
    ],
)
def test_a_wrong_resident_id_is_named(number: str, code: str) -> None:
    assert codes(judge(number)) == [code]


def test_born_today_is_not_the_future() -> None:
    assert codes(judge(with_check("99010120261124001"))) == []


def test_a_number_is_tidied_before_it_is_judged() -> None:
    judged = judge(" ９９０１０１-1985 0615".replace("0615", "0615") + resident_id(date(1985, 6, 15), 1)[14:].lower())
    assert codes(judged) == []
    assert judged.person.document_number == resident_id(date(1985, 6, 15), 1)


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("hm_travel", "H12345678", None),
        ("hm_travel", "M12345678", None),
        ("hm_travel", "H1234567801", "HM_TRAVEL_SHAPE"),
        ("hm_travel", "A12345678", "HM_TRAVEL_SHAPE"),
        ("tw_travel", "12345678", None),
        ("tw_travel", "1234567", "TW_TRAVEL_SHAPE"),
        ("passport", "E12345678", None),
        ("passport", "AB12", "PASSPORT_SHAPE"),
        ("passport", "A" * 21, "PASSPORT_SHAPE"),
        ("passport", "E1234567é", "PASSPORT_SHAPE"),
        ("hmt_permit", "110101190001010018", "ID_OTHER_KIND"),
        ("driving_licence", "1", "DOCUMENT_KIND"),
    ],
)
def test_other_documents(kind: str, number: str, code: str | None) -> None:
    assert codes(judge(number, kind, birth=date(1980, 1, 1))) == ([code] if code else [])


def test_a_travel_permit_needs_a_birth_date() -> None:
    assert codes(judge("H12345678", "hm_travel")) == ["BIRTH_DATE_NEEDED"]
    assert codes(judge("H12345678", "hm_travel", birth=date(2027, 1, 1))) == ["BIRTH_DATE_FUTURE"]


def test_the_birth_date_of_a_resident_id_comes_from_the_number() -> None:
    assert judge(GOOD, birth=date(1999, 9, 9)).person.birth_date == date(1900, 1, 1)


def test_name_and_number_are_refused_together() -> None:
    assert codes(judge("1", name="7")) == ["NAME_EMPTY", "ID_SHAPE"]


def test_masked_numbers_show_little() -> None:
    assert rules.masked(GOOD) == "9901************18"
    assert rules.masked("H12345678") == "*******78"


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [(date(2012, 11, 24), TODAY, 14), (date(2012, 11, 25), TODAY, 13), (date(2012, 2, 29), date(2026, 2, 28), 13), (date(2012, 2, 29), date(2026, 3, 1), 14)],
)
def test_age(birth: date, day: date, years: int) -> None:
    assert rules.age_on(birth, day) == years


RELATIONS = [{"code": "sibling", "needs_approval": False}, {"code": "other", "needs_approval": True}]


def claim(**changes: object) -> list[str]:
    values: dict[str, object] = {
        "inmate_name": "王试",
        "inmate_number": "65000001",
        "number_pattern": "[0-9]{8}",
        "relation": "sibling",
        "relations": RELATIONS,
        "relation_note": "",
        "proofs": 1,
        "is_mine": True,
        "claimed_already": False,
    }
    return [refusal.code for refusal in rules.claim_refusals(ClaimFacts(**(values | changes)))]  # type: ignore[arg-type]


def test_a_claim_in_order_is_taken() -> None:
    assert claim() == []
    assert claim(proofs=4) == []
    assert claim(relation="other", relation_note="养父") == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"inmate_name": "7"}, "INMATE_NAME"),
        ({"inmate_number": "6500000"}, "INMATE_NUMBER_SHAPE"),
        ({"inmate_number": "650000011"}, "INMATE_NUMBER_SHAPE"),
        ({"relation": "cousin"}, "RELATION_NOT_HERE"),
        ({"relation": "other"}, "RELATION_NOTE_NEEDED"),
        ({"proofs": 0}, "PROOF_COUNT"),
        ({"proofs": 5}, "PROOF_COUNT"),
        ({"is_mine": False}, "NOT_YOUR_PERSON"),
        ({"claimed_already": True}, "CLAIMED_ALREADY"),
    ],
)
def test_each_reason_against_a_claim(change: dict[str, object], code: str) -> None:
    assert claim(**change) == [code]


def test_a_claim_collects_every_reason() -> None:
    assert claim(inmate_name="", inmate_number="x", relation="", proofs=0) == ["INMATE_NAME", "INMATE_NUMBER_SHAPE", "RELATION_NOT_HERE", "PROOF_COUNT"]


def test_companions() -> None:
    assert rules.companion_refusals(document_taken=False, has_photo=True, companions=9) == []
    found = rules.companion_refusals(document_taken=True, has_photo=False, companions=10)
    assert [refusal.code for refusal in found] == ["DOCUMENT_TAKEN", "FACE_NEEDED", "COMPANIONS_MANY"]


@pytest.mark.parametrize(("state", "allowed"), [("submitted", True), ("approved", True), ("refused", False), ("withdrawn", False)])
def test_what_can_be_withdrawn(state: str, allowed: bool) -> None:
    assert rules.may_withdraw(state) is allowed


def test_an_objection_is_open_once_to_who_was_refused() -> None:
    assert rules.may_object("refused", ())
    assert not rules.may_object("refused", ("earlier",))
    assert not rules.may_object("approved", ())
