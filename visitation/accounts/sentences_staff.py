"""Refusals of the staff's side of this room, as sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "SIGN_IN_WRONG": _l("Login name and password do not belong together. Please check both; capital letters matter in the password."),
    "SIGN_IN_WAIT": _l("Too many tries from this desk. Please try again after %(until)s. Other desks are not affected."),
    "SIGN_IN_BUSY": _l("Many people are signing in just now. Nothing was lost; please try again in a moment."),
    "SIGN_IN_TOO_SLOW": _l("The sign-in waited too long. Please begin again with your password."),
    "CODE_WRONG": _l("This is not the code of this moment. Please type the one your authenticator shows now; check the telephone's clock if it happens again."),
    "CODE_USED": _l("This code has been used already. Please wait for the next one, at most 30 seconds."),
    "PASSWORD_SHORT": _l("The password needs at least %(shortest)s characters. A short sentence is easy to remember."),
    "PASSWORD_LONG": _l("The password may have at most %(longest)s characters."),
    "PASSWORD_EASY": _l("This password is too easy to guess: it contains your name or login name, or too few different characters."),
    "PASSWORD_OLD_WRONG": _l("The present password is not right. Nothing was changed."),
    "PASSWORD_SAME": _l("The new password is the same as the present one. Please choose another."),
    "ROLE_NEEDED": _l("Please choose at least one role."),
    "ROLE_NOT_YOURS_TO_GIVE": _l("One of these roles can only be given by somebody else: an auditor is appointed by the bureau."),
    "CLERK_ALONE": _l("A clerk of a justice station holds no other role: a clerk signs in on the families' side only."),
    "CLERK_STAYS": _l("A clerk's account stays a clerk's, and a member of staff is not made a clerk. Please make another account."),
    "AUDITOR_ALONE": _l("An auditor holds no other role, so that nobody audits their own work."),
    "PRISON_NOT_YOURS": _l("You can only keep accounts of your own prison."),
    "PRISON_NEEDED": _l("Officers and the legal office belong to one prison. Please choose it."),
    "NO_PRISON_FOR_BUREAU": _l("Bureau and operator belong to no single prison. Please leave the prison empty."),
    "WARD_NEEDED": _l("A ward officer needs at least one ward."),
    "WARD_ELSEWHERE": _l("One of the wards belongs to another prison."),
    "LOGIN_TAKEN": _l("This login name is taken. Please choose another."),
    "NOT_ONESELF": _l("Nobody changes their own roles, closes or resets their own account. Please ask another administrator."),
    "PAIRING_UNKNOWN": _l("No terminal shows this code at present. Codes change every ten minutes: please read it from the screen again."),
}
