"""Every table of legal help in one import, as visitation.store.tables for the service itself."""

import consult.directory.models
import consult.disclosure.models
import consult.helpdays.models
import consult.lawyers.models
import consult.mediation.models
import consult.notes.models
import consult.questionnaires.models
import consult.questions.models
import consult.referrals.models
import consult.requests.models  # noqa: F401
