"""Papers for people as PDF: an upright A4 page with a title above, and its foot with the number of the page."""

from datetime import datetime
from pathlib import Path

from flask_babel import gettext
from fpdf import FPDF

from visitation.kernel.errors import Refused

FACE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
"""Debian's fonts-noto-cjk."""
NAME = 48
"""Millimetres for the name of a fact."""
SIMPLIFIED = 2
"""Which face of the collection is Simplified Chinese."""


def need_face() -> None:
    """Refused(FONT_MISSING) where the typeface is not installed: asked before anything is spent on a paper."""
    if not FACE.exists():
        raise Refused("FONT_MISSING")


class Paper(FPDF):
    """A page is there already: write, and take `bytes(paper.output())`. Raises Refused(FONT_MISSING)."""

    def __init__(self, title: str, foot: str, at: datetime, margin: float = 18) -> None:
        need_face()
        super().__init__(format="A4")
        self._title_line, self._foot = title, foot
        self.set_margins(margin, 16)
        self.set_auto_page_break(True, margin=20)
        self.add_font("face", "", FACE, collection_font_number=SIMPLIFIED)
        self.set_title(title)
        self.set_creation_date(at)
        self.alias_nb_pages()
        self.add_page()

    def header(self) -> None:
        self.set_font("face", size=16)
        self.multi_cell(w=0, h=9, text=self._title_line, align="L", new_x="LMARGIN", new_y="NEXT")
        self.rule()
        self.set_font("face", size=11)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("face", size=8)
        self.cell(w=130, h=6, text=self._foot)
        self.cell(w=0, h=6, text=gettext("Page %(page)s of %(pages)s", page=self.page_no(), pages="{nb}"), align="R")

    def say(self, text: str, size: float = 10, gap: float = 0.0) -> None:
        """A paragraph over the whole width, and some millimetres after it."""
        self.set_font("face", size=size)
        self.multi_cell(w=0, h=0.55 * size, text=text, new_x="LMARGIN", new_y="NEXT")
        self.ln(gap)

    def fact(self, name: str, value: str) -> None:
        """A name and its value, on a line."""
        self.set_font("face", size=10)
        self.set_text_color(90)
        self.cell(w=NAME, h=5.5, text=name)
        self.set_text_color(0)
        self.multi_cell(w=0, h=5.5, text=value, new_x="LMARGIN", new_y="NEXT")

    def signature(self, name: str, date: str) -> None:
        """Room for a signature and its date, on a line; several stand below one another."""
        self.ln(9)
        self.set_font("face", size=11)
        for text, room in ((name, 55), (date, 35)):
            self.cell(w=max(NAME if room > 50 else 16, self.get_string_width(text) + 3), h=6, text=text)
            self.line(self.get_x(), self.get_y() + 6, self.get_x() + room, self.get_y() + 6)
            self.set_x(self.get_x() + room + 6)
        self.ln(6)

    def rule(self) -> None:
        """A line across, between two parts."""
        self.ln(2)
        self.set_draw_color(190)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(3)
