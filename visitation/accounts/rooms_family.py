"""The family zone's pages and sentences of this room, for the composition root."""

from visitation.accounts import sentences, sentences_staff, views_account, views_clerk, views_clerk_sign_in, views_family, views_recovery, views_registration

BLUEPRINTS = (
    views_family.blueprint,
    views_registration.blueprint,
    views_recovery.blueprint,
    views_account.blueprint,
    views_clerk_sign_in.blueprint,
    views_clerk.blueprint,
)
SENTENCES = (sentences.SENTENCES, sentences_staff.SENTENCES)
"""A clerk's sign-in says what the staff's says."""
