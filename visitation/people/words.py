"""The family's words for codes of this room: relations, proofs, states. Given to the templates by the composition root."""

from typing import Any

from flask_babel import lazy_gettext as _l

from visitation.kernel.errors import Refusal
from visitation.web.code_words import RELATIONS as RELATIONS
from visitation.web.person_fields import document_word
from visitation.web.sentences import sentence

PROOFS = {
    "household_book": _l("Household register"),
    "marriage": _l("Marriage certificate"),
    "birth": _l("Birth certificate"),
    "certificate": _l("Certificate by police, notary or village committee"),
    "judgment": _l("Judgment or ruling"),
    "other": _l("Other document"),
}
STATES: dict[str, tuple[Any, str]] = {
    "submitted": (_l("Being examined"), "wait"),
    "approved": (_l("Approved"), "good"),
    "refused": (_l("Not approved"), "bad"),
    "withdrawn": (_l("Withdrawn"), "calm"),
}
OBJECTION_STATES: dict[str, tuple[Any, str]] = {
    "open": (_l("Being examined"), "wait"),
    "granted": (_l("Objection granted"), "good"),
    "upheld": (_l("The decision stands"), "bad"),
}


def relation_word(code: str) -> Any:
    """A relation in the reader's language; a code that a policy row invented is shown as it is."""
    return RELATIONS.get(code, code)


def proof_word(code: str) -> Any:
    return PROOFS.get(code, code)


def sentence_of(code: str | None) -> str:
    """The sentence of a reason code that was kept with a decision; nothing for none."""
    return sentence(Refusal(code)) if code else ""


GLOBALS: dict[str, Any] = {
    "relation_word": relation_word,
    "proof_word": proof_word,
    "sentence_of": sentence_of,
    "kinship_states": STATES,
    "objection_states": OBJECTION_STATES,
    "document_word": document_word,
}
"""What the templates of the family zone call these things."""
