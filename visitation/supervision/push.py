"""Commands that should not wait for the next beat: sent straight after the commit. What does not arrive stays a row and goes with the beat."""

import logging

from flask import current_app
from sqlalchemy import select

from visitation.store.transaction import perform, reader
from visitation.supervision import commands
from visitation.supervision.control import BrokerUnreachable, ControlLine
from visitation.supervision.models import Broker, BrokerCommand
from visitation.web.request import clock

log = logging.getLogger(__name__)
PATIENCE = 1.0


def to_brokers() -> None:
    """Send every waiting command to its broker now. Never raises: the rows are the truth, this is only the speed."""
    waiting = select(BrokerCommand.broker_id).where(BrokerCommand.done_at.is_(None)).distinct()
    for broker in reader().scalars(select(Broker).where(Broker.id.in_(waiting))).all():
        try:
            _send(broker.id, broker.control_url)
        except BrokerUnreachable as problem:
            log.warning("broker %s did not take its commands at once: %s", broker.id, problem)


def _send(broker_id: str, url: str) -> None:
    settings = current_app.extensions["settings"]
    line = ControlLine(url, settings.prison_signing_key.get_secret_value(), PATIENCE)
    told = line.beat(broker_id, standing=True, commands=commands.waiting(reader(), broker_id), now=clock().now())
    done = [str(number) for number in [*told.get("done", []), *told.get("refused", [])]]
    perform(lambda session: commands.settle(session, done, clock().now()))
