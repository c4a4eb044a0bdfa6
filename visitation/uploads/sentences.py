"""What is said about a file that cannot be taken."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "FILE_PURPOSE": _l("This page does not ask for such a file. Please go back and choose the file again."),
    "FILE_EMPTY": _l("No file has arrived, or it is empty. Please choose it again."),
    "FILE_LARGE": _l("The file is larger than %(most)s MB. Please choose a smaller one, or take the photo again with a lower resolution."),
    "FILES_MANY": _l("%(most)s files are already waiting here. Please remove one first."),
    "FILE_KIND_PHOTO": _l("This is not a photo that can be read. Please choose a JPEG or PNG photo."),
    "FILE_KIND_PROOF": _l(
        "This is not a photo or document that can be read. Please choose a JPEG or PNG photo, or a PDF without password and without active content."
    ),
    "FILE_KIND_TABLE": _l("This is not a table that can be read. Please choose an .xlsx or .csv file."),
    "PHOTO_SMALL": _l("The photo is too small to be recognised: its shorter side must have at least %(least)s pixels. Please take it again from nearer."),
    "FILE_GONE": _l("One of the files is no longer waiting here. Everything else was kept. Please add that file again."),
}
