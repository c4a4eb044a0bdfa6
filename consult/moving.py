"""What legal help has of people, for the merge of two records of one person (visitation/store/moving.py)."""

from flask_babel import lazy_gettext as _l

from consult.mediation.models import MediationCase
from consult.questions.models import Question
from consult.requests.models import FamilyPaper, HelpCode, HelpRequest
from visitation.store.moving import named

PARTS = (
    named("inmate", _l("Legal questions"), Question.inmate_id),
    named("inmate", _l("Mediation"), MediationCase.inmate_id),
    named("inmate", _l("Requests for legal help"), HelpRequest.inmate_id),
    named("inmate", None, HelpCode.inmate_id),
    named("kinship", None, HelpRequest.kinship_id, MediationCase.kinship_id),
    named("account", None, Question.account_id),
    named("account", None, FamilyPaper.account_id),
)
