"""What this room brings to the prison's application."""

from visitation.bookings import (
    sentences,
    sentences_arranging,
    views_allowances_prison,
    views_appointments_prison,
    views_import_prison,
    views_prison,
    views_worklist_prison,
)

BLUEPRINTS = [
    views_import_prison.blueprint,
    views_prison.blueprint,
    views_allowances_prison.blueprint,
    views_appointments_prison.blueprint,
    views_worklist_prison.blueprint,
]
SENTENCES = [sentences.SENTENCES, sentences.ROWS, sentences_arranging.SENTENCES]
