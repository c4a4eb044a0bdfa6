"""The sign-ins of the demo, printed by `make run` and in the README. They exist only where DEMO=1."""

from typing import NamedTuple

PASSWORD = "visits-demo-2026"  # noqa: S105 - printed on purpose; a second factor stands behind it


class StaffLogin(NamedTuple):
    """login, role codes, name, place: prison code or "" for all prisons."""

    login: str
    roles: tuple[str, ...]
    name: str
    place: str
    what: str


class FamilyLogin(NamedTuple):
    mobile: str
    name: str
    what: str


STAFF = (
    StaffLogin("officer", ("officer",), "周海明", "QS", "supervising officer: decides, checks in, watches visits"),
    StaffLogin("officer2", ("officer",), "孙丽", "QS", "a second officer, for handing over and for objections"),
    StaffLogin("chief", ("duty_chief", "officer"), "何建国", "QS", "duty chief: the day, closures, the work list"),
    StaffLogin("ward", ("ward_officer",), "马文斌", "QS", "ward officer: inmates' answers, movements"),
    StaffLogin("admin", ("administrator",), "唐颖", "QS", "administrator: people, terminals, timetable, policies"),
    StaffLogin("legal", ("legal_office",), "许静", "QS", "legal office"),
    StaffLogin("auditor", ("auditor",), "顾清", "", "auditor: who saw what, and whether the record is whole"),
    StaffLogin("bureau", ("bureau",), "沈立", "", "bureau: figures of all prisons"),
    StaffLogin("operator", ("operator",), "冯涛", "", "operator: health of the installation"),
    StaffLogin("chief-lc", ("duty_chief", "officer"), "彭勇", "LC", "duty chief and officer of the second prison"),
    StaffLogin("admin-lc", ("administrator",), "谢敏", "LC", "administrator of the second prison"),
)

FAMILIES = (
    FamilyLogin("13800001001", "李秀英", "a visit is ready to begin now; future and past visits"),
    FamilyLogin("13800001002", "阿依古丽·买买提", "may book: kinship approved, no visit yet"),
    FamilyLogin("13800001003", "陈𠮷祥", "proof of kinship sent, waiting for the decision"),
    FamilyLogin("13800001004", "黄志强", "proof of kinship refused, with the reason"),
)
