"""The shape of what a device reports of its test."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visitation.kernel.errors import Refused
from visitation.live.rules import Figures

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


def figures_from(sent: Any, video: bool) -> Figures:
    """The figures of a report. Raises Refused TEST_UNREADABLE."""
    try:
        report = Report.model_validate(sent)
    except ValidationError as problem:
        raise Refused("TEST_UNREADABLE") from problem
    return Figures(**report.model_dump(), video=video)
