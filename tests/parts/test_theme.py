"""The colours of the theme: every pair that is used together is legible, computed from the custom properties of theme.css (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static" / "css"
TOKENS = dict(re.findall(r"^  --([a-z-]+): (#[0-9a-f]{6});", (CSS / "theme.css").read_text(encoding="utf-8"), re.MULTILINE)) | {"white": "#ffffff"}
SHEETS = [CSS / "theme.css", *sorted((CSS / "theme").glob("*.css"))]

TEXT = [
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "accent"),
    ("ink", "accent-soft"),
    ("ink", "brand-soft"),
    ("ink-soft", "paper"),
    ("ink-soft", "surface"),
    ("ink-soft", "calm-soft"),
    ("ink-soft", "accent-soft"),
    ("deep", "paper"),
    ("deep", "surface"),
    ("brand", "surface"),
    ("brand", "paper"),
    ("brand", "brand-soft"),
    ("brand-strong", "surface"),
    ("brand-strong", "brand-soft"),
    ("white", "brand"),
    ("white", "brand-strong"),
    ("white", "deep"),
    ("white", "deep-raised"),
    ("white", "good"),
    ("white", "bad"),
    ("white", "calm"),
    ("on-deep", "deep"),
    ("on-deep", "deep-raised"),
    ("on-deep-soft", "deep"),
    ("on-deep-soft", "deep-raised"),
    ("focus-deep", "deep"),
    ("accent-ink", "surface"),
    ("accent-ink", "accent-soft"),
    ("good", "surface"),
    ("good", "paper"),
    ("good", "good-soft"),
    ("wait", "surface"),
    ("wait", "wait-soft"),
    ("bad", "surface"),
    ("bad", "paper"),
    ("bad", "bad-soft"),
    ("calm", "surface"),
    ("calm", "calm-soft"),
]
MARKS = [
    ("line-strong", "surface"),
    ("line-strong", "paper"),
    ("focus", "paper"),
    ("focus", "surface"),
    ("focus-deep", "deep"),
    ("focus-deep", "deep-raised"),
    ("accent", "deep"),
]
"""Edges of fields and rings of focus: 3:1."""


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("white", "white") == 1
    assert luminance("#000000") == 0
    assert 5.2 < (luminance("#ffffff") + 0.05) / (luminance("#a05a00") + 0.05) < 5.4


@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_legible(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5, f"--{text} on --{ground}: {contrast(text, ground):.2f}"


@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_edges_and_focus_rings_can_be_seen(mark: str, ground: str) -> None:
    assert contrast(mark, ground) >= 3, f"--{mark} on --{ground}: {contrast(mark, ground):.2f}"


def test_every_variable_in_use_exists() -> None:
    defined = set(re.findall(r"(--[a-z0-9-]+):", "".join(sheet.read_text(encoding="utf-8") for sheet in SHEETS)))
    used = {name for sheet in CSS.rglob("*.css") for name in re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text(encoding="utf-8"))}
    unknown = {name for name in used - defined if not name.startswith("--bs-")}
    own = {name for sheet in CSS.rglob("*.css") for name in re.findall(r"(--[a-z0-9-]+):", sheet.read_text(encoding="utf-8"))}
    assert not unknown - own


def test_type_and_targets_are_large_enough() -> None:
    theme = (CSS / "theme.css").read_text(encoding="utf-8")
    assert "--target: 2.75rem" in theme
    assert re.search(r"html\.large-type \{ font-size: 1(2[5-9]|3\d)%", theme), "large type: a root of 20 px or more"
    small = [float(size) for sheet in SHEETS for size in re.findall(r"font(?:-size)?: [^;]*?(?<![\d.])(\.\d+)rem", sheet.read_text(encoding="utf-8"))]
    assert min(small) >= 0.8, "nothing below 12.8 px, and that only beside an icon"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_style_sheets_stay_small_and_local(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    assert "http" not in text
    assert "@import" not in text
    assert text.count("{") == text.count("}")


def test_icons_named_in_templates_exist() -> None:
    from visitation.web.icons import shapes
    from visitation.web.navigation import MENUS

    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"(?:icon|drawing)\('([a-z0-9-]+)'\)", path.read_text(encoding="utf-8"))
    }
    named |= {("navigation.py", entry.icon) for groups in MENUS.values() for group in groups for entry in group.entries}
    assert not [(path, name) for path, name in sorted(named) if name not in shapes()]


def test_an_unknown_icon_draws_nothing() -> None:
    from visitation.web.icons import drawing

    assert "<path" in drawing("telephone")
    assert "<path" not in drawing("no-such-icon")
