"""The joined catalogues: made by many processes at once without a hole, and anew when a room's sentences change."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from babel.messages.mofile import read_mo

from visitation.web.i18n import compile_catalogs

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


def part(folder: Path, room: str, chinese: str) -> Path:
    path = folder / "zh_Hans_CN" / f"{room}.po"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'{HEAD}msgid "Hello {room}"\nmsgstr "{chinese}"\n', encoding="utf-8")
    return path


def joined(folder: Path) -> dict[str, str]:
    with (folder / "zh_Hans_CN" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_mo(file) if message.id}


def test_many_that_start_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    for number in range(20):
        part(tmp_path, f"room{number}", "你好")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(compile_catalogs, [tmp_path] * 16))
    assert len(joined(tmp_path)) == 20
    assert [path.name for path in (tmp_path / "zh_Hans_CN" / "LC_MESSAGES").iterdir()] == ["messages.mo"]


def test_a_changed_room_is_joined_anew_even_with_an_older_time(tmp_path: Path) -> None:
    path = part(tmp_path, "desk", "旧")
    compile_catalogs(tmp_path)
    part(tmp_path, "desk", "新")
    os.utime(path, (1, 1))
    compile_catalogs(tmp_path)
    assert joined(tmp_path) == {"Hello desk": "新"}
