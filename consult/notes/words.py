"""Words for cases, papers and files."""

from flask_babel import lazy_gettext as _l

from consult.matters import MATTERS as MATTERS
from consult.requests.words import FAMILY_PARTS as FAMILY_PARTS
from consult.requests.words import SHORT_URGENCIES as SHORT_URGENCIES
from visitation.web.code_words import LANGUAGES as LANGUAGES
from visitation.web.code_words import RELATIONS as RELATIONS

SEATS = {
    "published": (_l("To come"), "calm"),
    "called": (_l("Called to the terminal"), "wait"),
    "live": (_l("Talking"), "good"),
    "dropped": (_l("The line dropped"), "bad"),
    "advised": (_l("Advised"), "good"),
    "missed": (_l("Did not come"), "calm"),
}
DOCUMENTS = {
    "waiting": (_l("The prison checks it"), "wait"),
    "handed_over": (_l("Handed over"), "good"),
    "returned": (_l("Returned"), "bad"),
}
PAPERS = {"advice": _l("Advice in writing"), "referral": _l("Referral")}
