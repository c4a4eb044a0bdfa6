"""Identity numbers of nobody: right by their rules, of areas that do not exist."""

from datetime import date
from itertools import count

ADULT_BORN = date(1985, 6, 15)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_numbers = count(1)


def resident_id(birth: date = ADULT_BORN, sequence: int | None = None, area: str = "990101") -> str:
    """A resident-ID number (GB 11643) with a correct check character. `sequence` 0-999; a fresh one while None."""
    number = next(_numbers) if sequence is None else sequence
    body = f"{int(area) + number // 1000 % 99:06d}{birth:%Y%m%d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]
