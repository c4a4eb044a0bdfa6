"""Papers for people as PDF: an upright A4 page with a title above, and its foot with the number of the page."""

from datetime import datetime
from pathlib import Path

from flask_babel import gettext
from fpdf import FPDF

from visitation.kernel.errors import Refused

FACE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
"""Debian's fonts-noto-cjk."""
SIMPLIFIED = 2
"""Which face of the collection is Simplified Chinese."""


class Paper(FPDF):
    """Begin with `add_page()`, write, and take `bytes(paper.output())`. Raises Refused(FONT_MISSING)."""

    def __init__(self, title: str, foot: str, at: datetime) -> None:
        super().__init__(format="A4")
        if not FACE.exists():
            raise Refused("FONT_MISSING")
        self._title_line, self._foot = title, foot
        self.set_margins(18, 16)
        self.set_auto_page_break(True, margin=20)
        self.add_font("face", "", FACE, collection_font_number=SIMPLIFIED)
        self.set_title(title)
        self.set_creation_date(at)
        self.alias_nb_pages()
        self.set_font("face", size=11)

    def header(self) -> None:
        self.set_font("face", size=15)
        self.multi_cell(w=0, h=9, text=self._title_line, new_x="LMARGIN", new_y="NEXT")
        self.ln(2)
        self.set_font("face", size=11)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("face", size=8)
        self.cell(w=130, h=6, text=self._foot)
        self.cell(w=0, h=6, text=gettext("Page %(page)s of %(pages)s", page=self.page_no(), pages="{nb}"), align="R")

    def line_of(self, text: str, height: float = 6.5) -> None:
        """A paragraph over the whole width."""
        self.multi_cell(w=0, h=height, text=text, new_x="LMARGIN", new_y="NEXT")

    def facts(self, pairs: list[tuple[str, str]]) -> None:
        """Names and values, a pair a line."""
        for name, value in pairs:
            self.set_font("face", size=9)
            self.cell(w=38, h=6.5, text=name)
            self.set_font("face", size=11)
            self.multi_cell(w=0, h=6.5, text=value, new_x="LMARGIN", new_y="NEXT")
