"""What referrals refuse, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "REFERRAL_PLACE": _l("Please say where the person lives, as a city or county of the table."),
    "REFERRAL_NONE": _l("Please choose at least one institution. A closed one cannot be chosen any more."),
    "REFERRAL_MANY": _l("Please choose at most %(most)s institutions; more help nobody."),
    "REFERRAL_LONG": _l("Your word has %(length)s characters; at most %(most)s fit."),
    "REFERRAL_NAMES": _l("Your word names %(names)s. Whoever finds the telephone would read it: please say it without the name of the inmate or the prison."),
    "REFERRAL_MOBILE": _l("This is not a mobile number of the mainland. Please check it, or leave it empty: then only the inmate's paper is made."),
    "REFERRAL_CONSENT": _l("A message goes out only when the inmate agrees. Please ask, and tick it; or leave the number empty."),
}
