"""The messages of the demo: what would have arrived on telephones. This page exists only where DEMO=1."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, render_template

from visitation.kernel.identity import Identity
from visitation.web.door import open_door

blueprint = Blueprint("demo", __name__, url_prefix="/demo")
SHOWN = 100


@blueprint.get("/messages")
@open_door
def messages(_who: Identity | None) -> str:
    """The short messages sent, newest first."""
    folder: Path = current_app.extensions["settings"].data_dir / "outgoing"
    return render_template("family/demo/messages.html", messages=newest(folder / "sms.jsonl"))


def newest(path: Path, limit: int = SHOWN) -> list[dict[str, Any]]:
    """The last messages of the file, newest first; one that was sent twice stands once."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1000 * limit))
        lines = file.read().decode(errors="replace").splitlines()
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.startswith("{") and line.endswith("}"):
            message = json.loads(line)
            found[message["id"]] = {**message, "at": datetime.fromisoformat(message["at"])}
    return list(reversed(found.values()))[:limit]
