"""What this room brings to the family's application."""

from visitation.bookings import sentences, views_changes_family, views_family, views_home, views_offers_family, views_waiting_family

BLUEPRINTS = [
    views_home.blueprint,
    views_family.blueprint,
    views_changes_family.blueprint,
    views_offers_family.blueprint,
    views_waiting_family.blueprint,
]
SENTENCES = [sentences.SENTENCES]
