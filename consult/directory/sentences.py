"""What the directory refuses, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "PLACE_UNKNOWN": _l("This place is not in the table of counties. Please choose one of those offered."),
    "POINT_HALF": _l("Please give both coordinates, or none: then the seat of the county is taken."),
    "POINT_OUTSIDE": _l("These coordinates lie outside the country. Latitude comes first (about 18 to 54), then longitude (about 73 to 135)."),
    "KIND_UNKNOWN": _l("This is not one of the six kinds. Please take a word from the template."),
    "PHONE_WRONG": _l("A telephone number has digits, spaces and hyphens."),
    "NUMBER_WRONG": _l("A coordinate is a number of degrees, such as 30.57."),
    "INSTITUTION_KNOWN": _l("An institution of this kind and name is already entered for this place."),
}
