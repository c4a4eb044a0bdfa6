"""What is wrong with a period, said to the reader."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "FIGURES_ORDER": _l("The last day lies before the first one. Please change one of them."),
    "FIGURES_FUTURE": _l("The period has not begun yet: there is nothing to count. Please choose one that begins on %(today)s or before."),
    "FIGURES_EARLY": _l("Please choose a first day from %(first)s on."),
    "FIGURES_LONG": _l("The period is longer than %(years)s years. Please ask in parts."),
}
