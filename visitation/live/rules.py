"""What a test of camera, microphone and line comes to, and what a terminal shows and does. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

GOOD_LOSS, BAD_LOSS = 0.02, 0.08
"""Share of packets lost: good below 2 %, poor below 8 %, bad above (live.md, Quality)."""
SLOW_RTT_MS, BAD_RTT_MS = 300.0, 800.0
"""From about 0.3 s people begin to interrupt each other; from 0.8 s a conversation is hard."""
FREEZE_SHARE = 0.1
FEWEST_FPS = 8.0
QUIETEST = 0.08
"""A microphone below this level, on the scale of -60 dB to -10 dB, has heard nobody speak."""

SILENT = 0.002
"""Even an empty room is louder than this: a microphone that gives less is not connected."""

DEVICE_CODES = ("ok", "denied", "missing", "busy", "insecure", "unsupported", "failed")


@dataclass(frozen=True)
class Figures:
    """What a device measured. Levels 0 to 1, times in milliseconds and seconds; None: not measured.

    heard: whether the person heard the test sound. connected: whether media came back through the broker. video: the visit has a picture.
    """

    camera: str = "ok"
    microphone: str = "ok"
    level: float = 0.0
    heard: bool | None = None
    connected: bool = False
    seconds: float = 0.0
    rtt: float | None = None
    loss: float | None = None
    freeze: float | None = None
    fps: float | None = None
    video: bool = True
    alone: bool = False
    """A terminal that tests itself: nobody speaks and nobody listens."""


@dataclass(frozen=True)
class Verdict:
    """`word`: good, fair or bad; causes: codes, those that prevent a visit first; score: 100 for a device and a line without a fault, 0 for none of it."""

    word: str
    causes: tuple[str, ...] = ()
    score: int = 100


COSTS = {
    "CAMERA": 40,
    "MICROPHONE": 50,
    "MICROPHONE_SILENT": 30,
    "SOUND_NOT_HEARD": 30,
    "SOUND_NOT_TRIED": 5,
    "NO_CONNECTION": 60,
    "LINE_LOSES_MUCH": 35,
    "LINE_LOSES_SOME": 10,
    "LINE_VERY_SLOW": 30,
    "LINE_SLOW": 10,
    "PICTURE_STUTTERS": 10,
}
"""What each cause takes from the score; a device that is not there by its kind."""


def judge(figures: Figures) -> Verdict:
    """The verdict with every cause."""
    bad, fair = list(_obstacles(figures)), list(_weaknesses(figures))
    causes = (*bad, *fair)
    return Verdict("bad" if bad else "fair" if fair else "good", causes, score(causes))


def score(causes: Iterable[str]) -> int:
    """0 to 100: what is left when every cause has taken its part."""
    return max(0, 100 - sum(COSTS.get(cause, COSTS.get(cause.partition("_")[0], 0)) for cause in causes))


def _obstacles(figures: Figures) -> Iterable[str]:
    if figures.video and figures.camera != "ok":
        yield f"CAMERA_{figures.camera.upper()}"
    if figures.microphone != "ok":
        yield f"MICROPHONE_{figures.microphone.upper()}"
    elif figures.level < (SILENT if figures.alone else QUIETEST):
        yield "MICROPHONE_SILENT"
    if figures.heard is False:
        yield "SOUND_NOT_HEARD"
    if not figures.connected:
        yield "NO_CONNECTION"
        return
    if figures.loss is not None and figures.loss >= BAD_LOSS:
        yield "LINE_LOSES_MUCH"
    if figures.rtt is not None and figures.rtt >= BAD_RTT_MS:
        yield "LINE_VERY_SLOW"


def _weaknesses(figures: Figures) -> Iterable[str]:
    if figures.heard is None and not figures.alone:
        yield "SOUND_NOT_TRIED"
    if not figures.connected:
        return
    if figures.loss is not None and GOOD_LOSS <= figures.loss < BAD_LOSS:
        yield "LINE_LOSES_SOME"
    if figures.rtt is not None and SLOW_RTT_MS <= figures.rtt < BAD_RTT_MS:
        yield "LINE_SLOW"
    if figures.video and figures.camera == "ok" and _stutters(figures):
        yield "PICTURE_STUTTERS"


def _stutters(figures: Figures) -> bool:
    frozen = figures.freeze is not None and figures.seconds > 0 and figures.freeze / figures.seconds > FREEZE_SHARE
    return frozen or (figures.fps is not None and figures.fps < FEWEST_FPS)


# -- the terminal

COMES_IN = frozenset({"waiting", "live", "paused"})
"""Stages in which the terminal is in the session: from the end of the check-in on (live.md, States)."""
LINGERS = timedelta(seconds=30)
"""How long a terminal still says that a visit is over before it shows the next one."""
BEAT_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Turn:
    """A visit as a terminal needs it. stage: of its session, `scheduled` while it has none."""

    ref: str
    starts_at: datetime
    ends_at: datetime
    stage: str = "scheduled"
    ended_at: datetime | None = None


def current_turn(turns: Iterable[Turn], now: datetime) -> Turn | None:
    """The visit that a terminal is in or shows as next: a running one first, then one that has just ended, then the earliest to come."""
    ordered = sorted(turns, key=lambda turn: turn.starts_at)
    running = [turn for turn in ordered if turn.stage in COMES_IN]
    over = [turn for turn in ordered if turn.ended_at is not None and now - turn.ended_at < LINGERS]
    to_come = [turn for turn in ordered if turn.stage in ("scheduled", "checking_in") and now < turn.ends_at]
    return next(iter((*running, *over, *to_come)), None)


QUIET_BEFORE = timedelta(minutes=15)


def is_calm(turn: Turn | None, now: datetime) -> bool:
    """No visit is near: the terminal may be used for something else, which is left as soon as one is."""
    return turn is None or (turn.stage == "scheduled" and turn.starts_at - now > QUIET_BEFORE)


def comes_in(turn: Turn) -> bool:
    """Whether the terminal joins this visit now."""
    return turn.stage in COMES_IN


def needs_beat(seen_at: datetime | None, now: datetime) -> bool:
    """Last-seen is written at most once a minute (architecture.md, A request)."""
    return seen_at is None or now - seen_at >= BEAT_EVERY


def masked_name(name: str) -> str:
    """A name on a screen that others pass by: the first character and a star, 张*."""
    return f"{name[:1]}*" if name else "*"


def number_tail(number: str) -> str:
    """The last three characters of an inmate's number, so that namesakes tell themselves apart."""
    return number[-3:]
