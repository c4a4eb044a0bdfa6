"""Staff accounts that can really sign in: a password hashed once for the whole run, and a known second factor."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from tests.conftest import House
from tests.factories import make_prison, make_staff
from visitation.accounts.models import Account
from visitation.accounts.passwords import hash_password
from visitation.kernel.identity import Role

PASSWORD = "green hills after rain"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@cache
def hashed() -> str:
    return hash_password(PASSWORD)


def staff_member(house: House, roles: Iterable[Role] = (Role.OFFICER,), enrolled: bool = True, prison: Any = None, **values: Any) -> Account:
    """An account with PASSWORD, and KEY as its authenticator's secret when `enrolled`."""

    def work(session: Any) -> Account:
        account = make_staff(session, roles, prison or make_prison(session), password_hash=hashed(), **values)
        account.totp_secret = KEY if enrolled else None
        return account

    made: Account = house.write(work)
    return made
