"""The lawyer who is signed in, for the views of every room of the family zone."""

from flask import abort, redirect, request, url_for

from consult.lawyers import queries
from consult.lawyers.models import Lawyer
from visitation.kernel.identity import Identity
from visitation.store.transaction import reader


def verified(who: Identity) -> Lawyer:
    """The verified lawyer who is signed in. The others are led to their own page, which says what is missing; what they send is not there (404)."""
    row = queries.verified_of(reader(), who)
    if row is None:
        abort(redirect(url_for("lawyer.me")) if request.method == "GET" else 404)
    return row
