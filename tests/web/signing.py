"""A browser that is signed in already: the row and the cookie that signing in would have made."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import House
from visitation.accounts.models import Account, SignIn
from visitation.kernel.ids import digest, secret_token


def signed_in(house: House, app: Flask, account_id: int, *, second_factor: bool = True, assisting_id: int | None = None) -> FlaskClient:
    """A test client of `app` with a living sign-in of this account."""
    token = secret_token()
    zone = "family" if app is house.family else "prison"

    def open_row(session: Session) -> None:
        assert session.get(Account, account_id) is not None
        session.add(
            SignIn(
                token_digest=digest(token),
                account_id=account_id,
                zone=zone,
                created_at=house.now,
                seen_at=house.now,
                expires_at=house.now + timedelta(hours=12),
                second_factor_at=house.now if second_factor else None,
                assisting_id=assisting_id,
            )
        )

    house.write(open_row)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client
