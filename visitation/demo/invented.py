"""Invented people. Resident-ID numbers lie in area 990101, which does not exist; mobile numbers are 138 0000 1xxx (rules.md §3)."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from visitation.demo.logins import FAMILIES

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜"
GIVEN_MEN = ("建华", "志刚", "大勇", "国栋", "海涛", "永强", "文博", "立新", "小军", "春生", "晓东", "家明", "天佑", "振宇", "长青")
GIVEN_WOMEN = ("桂芳", "玉兰", "秀珍", "丽华", "雪梅", "春燕", "晓红", "淑英", "美玲", "慧敏", "云霞", "静怡", "佳慧", "月娥", "小凤")
OTHERS = ("艾力·吐尔逊", "古丽娜尔·阿不都", "巴特尔", "扎西次仁", "金哲洙", "王𠮷安")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RELATIONS = ("spouse", "parent", "child", "sibling", "grandparent", "parent_in_law")
LEVELS = ("strict", *("probation",) * 2, *("general",) * 5, *("lenient",) * 4)
STATUSES = {4: "court", 11: "hospital", 17: "confined", 23: "court", 29: "hospital", 36: "transferred", 41: "released", 47: "confined", 58: "transferred"}


@dataclass(frozen=True)
class SomeInmate:
    """ward: index among the prison's wards."""

    place: str
    ward: int
    number: str
    name: str
    born: date
    level: str
    status: str
    language: str
    foreign: bool


@dataclass(frozen=True)
class SomePerson:
    name: str
    born: date
    number: str
    mobile: str = ""


def resident_id(born: date, sequence: int) -> str:
    """GB 11643 with its check character, in the area that does not exist."""
    body = f"990101{born:%Y%m%d}{sequence:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def inmates() -> list[SomeInmate]:
    """Sixty, of every level and status: 42 in the first prison, 18 in the second. The first four are the relatives of the demo's sign-ins."""
    chance = random.Random(61)
    found = []
    for index in range(60):
        first = index < 42
        name = OTHERS[index // 10] if index % 10 == 7 else chance.choice(SURNAMES) + chance.choice(GIVEN_MEN)
        found.append(
            SomeInmate(
                place="QS" if first else "LC",
                ward=index % (4 if first else 2),
                number=f"31{index + 1:08d}" if first else f"LC{index + 1:06d}",
                name=("李建国", "买买提·艾山", "陈国强", "黄大海")[index] if index < 4 else name,
                born=date(1962, 1, 1) + timedelta(days=chance.randint(0, 15000)),
                level="lenient" if index < 2 else LEVELS[index % len(LEVELS)],
                status=STATUSES.get(index, "held"),
                language="ug" if "·" in name or index == 1 else "zh",
                foreign=index == 33,
            )
        )
    return found


def families() -> list[SomePerson]:
    """Thirty people with a telephone: the demo's sign-ins first. The place in the list is also the place of their inmate."""
    chance = random.Random(62)
    found = []
    for index in range(30):
        born = date(1950, 3, 1) + timedelta(days=chance.randint(0, 19000))
        known = index < len(FAMILIES)
        name = FAMILIES[index].name if known else chance.choice(SURNAMES) + chance.choice(GIVEN_WOMEN)
        mobile = FAMILIES[index].mobile if known else f"138000010{index + 10:02d}"
        found.append(SomePerson(name, born, resident_id(born, index + 1), f"+86{mobile}"))
    return found


def companion(index: int) -> SomePerson:
    """Somebody without a telephone who comes along: a child, or an old parent."""
    born = date(2016, 4, 12) if index % 2 == 0 else date(1948, 9, 3)
    chance = random.Random(63 + index)
    return SomePerson(chance.choice(SURNAMES) + chance.choice(GIVEN_WOMEN), born, resident_id(born, 500 + index))
