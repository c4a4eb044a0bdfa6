"""What is raced for: games whose number of winners is known beforehand, and a prison where everything changes at once.

Each game stands in prisons of its own and is played at many times; a job is one attempt of one family, or one change by an officer.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.factories import MADE_AT, make_family, make_kinship, make_staff
from tests.scenes import NINE, Scene, make_scene, neighbour, relative
from visitation.kernel.identity import Role
from visitation.people.models import NonAssociation
from visitation.policies.models import PolicyRow

Job = dict[str, Any]
OFFSETS = (0, 40, 80, 120)
"""Minutes after nine at which a visit can begin (tests/scenes.py)."""
WEEKDAYS = 24
"""Working days from the first Monday on that lie before the end of the booking window."""


def days() -> list[datetime]:
    """Nine o'clock of every working day that can be booked, new year's eve excepted."""
    found, day = [], NINE
    while len(found) < WEEKDAYS:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    return found[: WEEKDAYS - 1]


def times() -> list[datetime]:
    return [day + timedelta(minutes=offset) for day in days() for offset in OFFSETS]


def policy(session: Session, scene: Scene, key: str, value: Any) -> None:
    session.add(PolicyRow(key=key, prison_id=scene.prison.id, effective_from=date(2026, 1, 1), value=value, basis="race", created_at=MADE_AT))


ALLOWANCE = 31
"""Visits a month, the most that the policy can say: a prison is played until its inmates could come near it, then another one."""


def roomy(session: Session, terminals: int, lanes: int) -> Scene:
    """A prison where the allowance is no limit."""
    scene = make_scene(session, terminals=terminals)
    policy(session, scene, "planned_lanes", lanes)
    policy(session, scene, "visits_per_month", {"strict": 0, **dict.fromkeys(("probation", "general", "lenient"), ALLOWANCE)})
    return scene


def job(game: str, scene: Scene, start: datetime, key: str) -> Job:
    """One family's attempt: hold, then confirm. `winners` of the game and time are counted over all of them."""
    return {
        "kind": "book",
        "game": game,
        "account": scene.family.account.id,
        "visitor": scene.family.visitor.id,
        "kinship": scene.kinship.ref,
        "start": start.isoformat(),
        "key": f"{key}-{start:%m%d%H%M}",
    }


Round = tuple[str, int, list[Job]]
"""Name of the round, its winners, its jobs. Two jobs with one key are a double click."""


def terminals(session: Session) -> Iterator[Round]:
    """Twelve inmates want two terminals; two of the families click twice."""
    scene = roomy(session, 2, 12)
    families = [scene, *(neighbour(session, scene) for _ in range(11))]
    for start in times():
        jobs = [job("terminal", one, start, f"t{one.kinship.ref}") for one in families]
        yield f"terminal {scene.prison.id} {start}", 2, [*jobs, *jobs[:2]]


def inmates(session: Session) -> Iterator[Round]:
    """Three inmates, four relatives each, room enough for all: each inmate once."""
    scene = roomy(session, 12, 12)
    families = [
        one for first in (scene, neighbour(session, scene), neighbour(session, scene)) for one in (first, *(relative(session, first) for _ in range(3)))
    ]
    for start in times()[:ALLOWANCE]:
        yield f"inmate {scene.prison.id} {start}", 3, [job("inmate", one, start, f"i{one.kinship.ref}") for one in families]


def visitors(session: Session) -> Iterator[Round]:
    """A person with kinships in four prisons can be in one visit at a time."""
    scenes = [roomy(session, 1, 12) for _ in range(4)]
    person = make_family(session)
    for scene in scenes:
        scene.family, scene.kinship = person, make_kinship(session, person.visitor, scene.inmate)
    for start in times():
        yield f"visitor {scenes[0].prison.id} {start}", 1, [job("visitor", one, start, f"v{one.kinship.ref}") for one in scenes for _ in range(2)]


def lanes(session: Session) -> Iterator[Round]:
    """Eight terminals, ten inmates, but officers for three."""
    scene = roomy(session, 8, 3)
    families = [scene, *(neighbour(session, scene) for _ in range(9))]
    for start in times()[: 2 * ALLOWANCE]:
        yield f"lanes {scene.prison.id} {start}", 3, [job("lanes", one, start, f"l{one.kinship.ref}") for one in families]


def allowance(session: Session) -> Iterator[Round]:
    """Two visits a month, five relatives who want five different days."""
    scene = make_scene(session, terminals=12, level="lenient")
    policy(session, scene, "planned_lanes", 12)
    for number in range(8):
        first = scene if number == 0 else neighbour(session, scene)
        wanted = [day for day in days() if day.month == 12]
        people = [first, *(relative(session, first) for _ in range(4))]
        jobs = [job("allowance", one, wanted[(number + place) % len(wanted)], f"a{one.kinship.ref}") for place, one in enumerate(people)]
        yield f"allowance {first.inmate.id}", 2, jobs


def apart(session: Session) -> Iterator[Round]:
    """Two inmates who must not meet, two relatives each, four different times of a day: whoever is first has the day."""
    scene = roomy(session, 12, 12)
    other = neighbour(session, scene)
    lower, higher = sorted((scene.inmate.id, other.inmate.id))
    session.add(NonAssociation(inmate_id=lower, other_id=higher, note="race"))
    people = [scene, relative(session, scene), other, relative(session, other)]
    for day in days()[: ALLOWANCE // 2]:
        jobs = [job("apart", one, day + timedelta(minutes=offset), f"p{one.kinship.ref}") for one, offset in zip(people, OFFSETS, strict=True)]
        yield f"apart {scene.prison.id} {day}", 2, jobs


def changing(session: Session) -> Iterator[Round]:
    """Closures, suspensions, levels, separations and cancellations while others book: nobody can say who wins, but nothing may be wrong afterwards."""
    scene = roomy(session, 4, 3)
    chief = make_staff(session, (Role.DUTY_CHIEF, Role.ADMINISTRATOR), scene.prison)
    families = [scene, *(neighbour(session, scene) for _ in range(11))]
    who = {"officer": chief.id, "prison": scene.prison.id}
    for place, day in enumerate(days()):
        jobs = [job("changing", one, day + timedelta(minutes=offset), f"c{one.kinship.ref}") for one in families for offset in OFFSETS[:2]]
        one, two = families[place % 12], families[(place + 5) % 12]
        changes: list[Job] = [
            {"kind": "close", "start": day.isoformat(), **who},
            {"kind": "suspend", "inmate": one.inmate.id, "day": day.date().isoformat(), **who},
            {"kind": "level", "inmate": two.inmate.id, "level": ("strict", "lenient")[place % 2], **who},
            {"kind": "apart", "inmate": one.inmate.id, "number": two.inmate.number, **who},
            {"kind": "policy", "start": day.isoformat(), **who},
            *({"kind": "cancel", "account": family.account.id, "visitor": family.visitor.id} for family in (one.family, two.family)),
        ]
        yield f"changing {scene.prison.id} {day}", -1, [{"game": "changing", **each} for each in [*jobs, *changes]]


GAMES: tuple[Callable[[Session], Iterator[Round]], ...] = (terminals, inmates, visitors, lanes, allowance, apart, changing)


def rounds(session: Session, attempts: int, seed: int) -> list[Round]:
    """Rounds of all games in turn until there are `attempts` jobs. Each round's jobs come close together, mixed with those of a few others."""
    generator = random.Random(seed)
    running: list[tuple[Callable[[Session], Iterator[Round]], Iterator[Round]]] = [(game, game(session)) for game in GAMES]
    found: list[Round] = []
    while sum(len(jobs) for _name, _winners, jobs in found) < attempts:
        for place, (game, iterator) in enumerate(running):
            made = next(iterator, None)
            if made is None:
                iterator = game(session)
                running[place] = (game, iterator)
                made = next(iterator)
            found.append(made)
    for _name, _winners, jobs in found:
        generator.shuffle(jobs)
    return found
