"""Reading leaves a trace too: after rendering, one short write appends the sight rows, and the answer leaves only after it commits."""

from flask import Flask, Response, g, request

from visitation.audit.service import record_sights
from visitation.store.transaction import perform


def install_traces(app: Flask) -> None:
    @app.after_request
    def _write(response: Response) -> Response:
        who, sights = g.get("who"), g.get("sights")
        if who is not None and sights and response.status_code < 400:
            where = request.endpoint or ""
            perform(lambda session: record_sights(session, who, sights, where, g.now))
        return response
