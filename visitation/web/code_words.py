"""Words for codes that several rooms show: kinds of visits, relations, languages."""

from flask_babel import lazy_gettext as _l

KINDS = {
    "family_visit": _l("Video visit"),
    "family_call": _l("Family call (sound only)"),
    "legal_consult": _l("Legal consultation"),
    "lawyer_meeting": _l("Meeting with a lawyer"),
    "mediation_session": _l("Mediation"),
}
RELATIONS = {
    "spouse": _l("Husband or wife"),
    "parent": _l("Father or mother"),
    "child": _l("Son or daughter"),
    "sibling": _l("Brother or sister"),
    "grandparent": _l("Grandparent"),
    "grandchild": _l("Grandchild"),
    "guardian": _l("Guardian"),
    "parent_in_law": _l("Parent-in-law"),
    "child_in_law": _l("Son-in-law or daughter-in-law"),
    "other": _l("Other relation"),
}
LANGUAGES = {
    "zh": _l("Chinese"),
    "ug": _l("Uyghur"),
    "kk": _l("Kazakh"),
    "bo": _l("Tibetan"),
    "mn": _l("Mongolian"),
    "za": _l("Zhuang"),
    "ko": _l("Korean"),
    "yi": _l("Yi"),
    "en": _l("English"),
    "other": _l("Another language"),
}
