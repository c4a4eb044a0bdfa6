"""Pictures for the demo: drawn faces and drawn papers. No picture of a real person is in this project."""

import random
from io import BytesIO

from PIL import Image, ImageDraw

SKIN = ("#f2d3b3", "#e8c19b", "#d9a97c", "#f5dcc4", "#c98f62")
HAIR = ("#1d1a18", "#2b2320", "#3a2c26", "#6b6764", "#a9a6a2")
CLOTH = ("#35506b", "#6b4b3e", "#44624a", "#7a3e48", "#4b4a6a", "#8a7440")
GROUND = ("#dfe7ee", "#e9e6dd", "#e2ece4", "#ece2e4")


def face(seed: int) -> bytes:
    """A drawn portrait, 480 x 600, JPEG; the same seed gives the same face."""
    chance = random.Random(seed)
    skin, hair, cloth, ground = (chance.choice(colours) for colours in (SKIN, HAIR, CLOTH, GROUND))
    picture = Image.new("RGB", (480, 600), ground)
    draw = ImageDraw.Draw(picture)
    wide = chance.randint(-14, 14)
    draw.ellipse((70, 430, 410, 800), fill=cloth)
    draw.rectangle((205, 380, 275, 470), fill=skin)
    if chance.random() < 0.45:
        draw.rounded_rectangle((118 - wide, 130, 362 + wide, 470), 110, fill=hair)
    draw.ellipse((140 - wide, 130, 340 + wide, 420), fill=skin)
    draw.pieslice((132 - wide, 100, 348 + wide, 370), 180, 360, fill=hair)
    _features(draw, chance, hair)
    out = BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def _features(draw: ImageDraw.ImageDraw, chance: random.Random, hair: str) -> None:
    eye = 262 + chance.randint(-6, 8)
    for middle in (200, 280):
        draw.ellipse((middle - 17, eye - 9, middle + 17, eye + 9), fill="#ffffff")
        draw.ellipse((middle - 8, eye - 8, middle + 8, eye + 8), fill="#2a1f1a")
        draw.arc((middle - 26, eye - 34, middle + 26, eye + 4), 205, 335, fill=hair, width=6)
    draw.line((240, eye + 14, 232, eye + 62, 248, eye + 64), fill="#a87a58", width=4, joint="curve")
    smile = chance.randint(0, 16)
    draw.arc((200, 330 - smile, 280, 372 + smile // 2), 20, 160, fill="#9b4a44", width=6)
    if chance.random() < 0.35:
        for middle in (200, 280):
            draw.ellipse((middle - 32, eye - 28, middle + 32, eye + 28), outline="#3b3b3b", width=4)
        draw.line((232, eye, 248, eye), fill="#3b3b3b", width=4)


def paper(seed: int, photo: bool) -> bytes:
    """A drawn document, 800 x 520, JPEG: grey lines for text, an unmistakably invented seal, a face where one belongs."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (800, 520), "#f7f5ee")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((14, 14, 786, 506), outline="#b9b39e", width=3)
    draw.text((40, 34), "SAMPLE - NOT A REAL DOCUMENT", fill="#8a4038", font_size=26)
    for row in range(6):
        draw.rounded_rectangle((40, 110 + row * 58, chance.randint(300, 470), 134 + row * 58), 8, fill="#c9c5b8")
    draw.ellipse((560, 330, 730, 500), outline="#b3443b", width=8)
    if photo:
        with Image.open(BytesIO(face(seed))) as portrait:
            picture.paste(portrait.resize((176, 220)), (560, 90))
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
