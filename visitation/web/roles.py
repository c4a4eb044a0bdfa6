"""What the roles are called on the pages."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from visitation.kernel.identity import Role

ROLE_NAMES = {
    Role.FAMILY: _l("Family"),
    Role.CLERK: _l("Clerk"),
    Role.LAWYER: _l("Lawyer"),
    Role.TERMINAL: _l("Terminal"),
    Role.WARD_OFFICER: _l("Ward officer"),
    Role.OFFICER: _l("Supervising officer"),
    Role.DUTY_CHIEF: _l("Duty chief"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.LEGAL_OFFICE: _l("Legal office"),
    Role.AUDITOR: _l("Auditor"),
    Role.BUREAU: _l("Bureau"),
    Role.OPERATOR: _l("Operator"),
}


def role_name(role: Role) -> str:
    """The role's name in the reader's language."""
    return str(ROLE_NAMES[role])


def install_roles(app: Flask) -> None:
    app.jinja_env.globals["role_name"] = role_name
