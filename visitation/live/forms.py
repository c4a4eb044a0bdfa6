"""The shape of what a device reports of its test."""

from typing import Annotated, Any, Literal

from flask_babel import lazy_gettext as _l
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from wtforms import StringField
from wtforms.validators import Length

from visitation.kernel.errors import Refused
from visitation.live.rules import Figures
from visitation.web.forms import Form


class HelpForm(Form):
    """What an officer notes after speaking with a family."""

    note = StringField(_l("What was agreed"), validators=[Length(max=200)])


Code = Literal["ok", "denied", "missing", "busy", "insecure", "unsupported", "failed"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Measure = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


class Report(BaseModel):
    """As static/js/live/equipment.js sends it."""

    model_config = ConfigDict(extra="ignore", strict=False)

    camera: Code
    microphone: Code
    level: Share = 0
    heard: bool | None = None
    connected: bool = False
    seconds: Measure = 0
    rtt: Measure | None = None
    loss: Share | None = None
    freeze: Measure | None = None
    fps: Measure | None = None


def figures_from(sent: Any, video: bool, alone: bool = False) -> Figures:
    """The figures of a report. Raises Refused TEST_UNREADABLE."""
    try:
        report = Report.model_validate(sent)
    except ValidationError as problem:
        raise Refused("TEST_UNREADABLE") from problem
    return Figures(**report.model_dump(), video=video, alone=alone)
