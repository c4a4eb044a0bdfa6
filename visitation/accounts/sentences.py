"""What is said when a sign-in, a code or a change of the account is refused."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "CODE_SOON": _l("A code was sent a moment ago. Please wait %(seconds)s seconds before asking for another one."),
    "CODES_MANY": _l("Many codes have been asked for. The next one can be sent at %(until)s. A code that has already arrived still works for five minutes."),
    "CODE_NOT_RIGHT": _l("The code is not right. Tries left: %(left)s. You can also ask for a new code."),
    "CODE_SPENT": _l("A wrong code was typed five times, so this code no longer works. Please ask for a new one."),
    "CODE_EXPIRED": _l("The code is older than five minutes, or has been used. Please ask for a new one."),
    "PASSWORD_NOT_RIGHT": _l("The mobile number and the password do not belong together. Please try again, or sign in with a code."),
    "OLD_PASSWORD_NOT_RIGHT": _l("The present password is not right."),
    "PASSWORD_WAIT": _l("The password was wrong several times. The next try with a password is possible at %(until)s. You can sign in with a code now."),
    "PASSWORD_SHORT_FAMILY": _l("The password needs at least %(shortest)s characters."),
    "PASSWORD_LONG_FAMILY": _l("The password may have at most %(longest)s characters."),
    "PASSWORD_EASY_FAMILY": _l("The password is easy to guess. Please do not use your name, your number or a simple sequence."),
    "MOBILE_TAKEN": _l("This mobile number is already in use for another account. Please use another number, or sign in with this one."),
    "MOBILE_NOT_CONFIRMED": _l("The mobile number is not confirmed any more. Please ask for a new code; your photos were kept."),
    "DOCUMENT_PHOTO_NEEDED": _l("Please add a photo of the document."),
    "TOO_YOUNG": _l("An account is possible from the age of %(least)s. A younger child is added by a parent or guardian, under Relatives."),
    "VISITS_AHEAD": _l("%(count)s visits of this account still lie ahead. Please cancel them first."),
    "NO_MOBILE": _l("This person has no mobile number here. Please compare the document and record the reason."),
    "REASON_NEEDED": _l("Please write the reason in at least %(least)s characters; it stays on record."),
    "NOT_REGISTERED": _l("Nobody with this document is registered. Please check the number, or register the person."),
    "NOBODY_FOUND": _l("Nobody with this document and name has an account. Please refuse the request and say what the person can do."),
}
