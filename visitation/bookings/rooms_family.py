"""What this room brings to the family's application."""

from visitation.bookings import sentences, views_changes_family, views_family, views_home

BLUEPRINTS = [views_home.blueprint, views_family.blueprint, views_changes_family.blueprint]
SENTENCES = [sentences.SENTENCES]
