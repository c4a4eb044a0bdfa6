"""The live client's pure parts, value by value, in the browser that runs them."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

import wsgi
from tests.browser.browsers import cast
from tests.settings import settings_for
from tests.stack import free_ports
from visitation.kernel.clock import SystemClock

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of the family's application, from which the modules can be imported as its own pages do."""
    folder, (port,) = tmp_path_factory.mktemp("scripts"), free_ports(1)
    settings, _prison = settings_for(f"sqlite:///{folder / 'none.sqlite3'}", folder, family_origin=f"http://localhost:{port}")
    server = make_server("127.0.0.1", port, wsgi.build_family(settings, SystemClock()), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with cast() as people:
        one = people.person()
        one.page.goto(f"http://localhost:{port}/healthz")
        yield one.page
    server.shutdown()
    server.server_close()


def run(page: Page, module: str, body: str, value: Any = None) -> Any:
    """`body` is a function of (module's exports, value)."""
    return page.evaluate(f"async (value) => ({body})(await import('/static/js/live/{module}.js'), value)", value)


# -- the waiting room

SNAPSHOT: dict[str, Any] = {"stage": "scheduled", "gate": {"open": False}, "awaits": ["FACTS", "CHECK_IN"], "own": {"admitted": False}}


ADMITTED = {"own": {"admitted": True}}


@pytest.mark.parametrize(
    ("change", "seen", "code"),
    [
        ({}, {"now": -121}, "ON_TIME"),
        ({}, {"now": -120}, "BEGINS_SOON"),
        ({}, {"now": 600}, "BEGINS_SOON"),
        ({}, {"now": 601}, "DELAYED"),
        ({}, {"state": "connecting"}, "CONNECTING"),
        ({}, {"state": "reconnecting"}, "RECONNECTING"),
        ({"stage": "checking_in"}, {}, "CHECKING_OTHERS"),
        ({"stage": "checking_in"}, {"checking": True}, "YOUR_TURN"),
        ({"stage": "checking_in", "own": {"admitted": True}}, {"checking": True}, "YOUR_TURN"),
        ({"stage": "checking_in", "own": {"admitted": True}}, {}, "IDENTITY_CONFIRMED"),
        ({"own": {"admitted": True}}, {"now": 700}, "IDENTITY_CONFIRMED"),
        ({"stage": "waiting", "own": {"admitted": True}, "awaits": ["TERMINAL", "OFFICER"]}, {}, "AWAITS_TERMINAL"),
        ({"stage": "waiting", "own": {"admitted": True}, "awaits": ["OFFICER"]}, {}, "AWAITS_OFFICER"),
        ({"stage": "waiting", "own": {"admitted": True}, "awaits": ["VISITOR"]}, {}, "ALMOST"),
        ({"stage": "waiting", "own": {"admitted": True}, "awaits": ["STANDING", "TERMINAL"]}, {}, "OUR_TROUBLE"),
        ({"stage": "waiting", "own": {"admitted": True}, "awaits": ["RECORDING"]}, {}, "OUR_TROUBLE"),
        ({"stage": "waiting", "awaits": ["VISITOR"]}, {}, "NOT_ADMITTED"),
        ({**ADMITTED, "stage": "live", "gate": {"open": True}, "awaits": []}, {}, "LIVE"),
        ({**ADMITTED, "stage": "live", "gate": {"open": True}, "awaits": []}, {"state": "reconnecting"}, "RECONNECTING"),
        ({**ADMITTED, "stage": "live", "awaits": ["TERMINAL", "OFFICER"]}, {}, "TERMINAL_LOST"),
        ({**ADMITTED, "stage": "live", "awaits": ["OFFICER"]}, {}, "OFFICER_LOST"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED"]}, {}, "PAUSED"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED", "TERMINAL"]}, {}, "TERMINAL_LOST"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED", "STANDING"]}, {}, "OUR_TROUBLE"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED", "OFFICER"], "pause_reason": "late_visitor"}, {}, "PAUSED_LATE"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED", "OFFICER"], "pause_reason": "technical"}, {}, "PAUSED_TECHNICAL"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED"], "pause_reason": "break"}, {}, "PAUSED_BREAK"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED"], "pause_reason": "officer"}, {}, "PAUSED"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED"], "pause_reason": "unregistered_person"}, {}, "PAUSED_PERSON"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED", "OFFICER"], "pause_reason": "OFFICER_LOST"}, {}, "OFFICER_LOST"),
        ({**ADMITTED, "stage": "paused", "awaits": ["PAUSED", "VISITOR"]}, {"checking": True}, "YOUR_TURN"),
        ({"stage": "live", "gate": {"open": True}, "awaits": []}, {}, "NOT_ADMITTED"),
        ({"stage": "paused", "awaits": ["PAUSED"], "pause_reason": "late_visitor"}, {}, "NOT_ADMITTED"),
        ({"stage": "paused", "awaits": ["PAUSED"], "pause_reason": "late_visitor"}, {"checking": True}, "YOUR_TURN"),
        ({"stage": "ended", "awaits": ["ENDED"]}, {}, "ENDED"),
    ],
)
def test_the_waiting_room_says_what_is_awaited(page: Page, change: dict[str, Any], seen: dict[str, Any], code: str) -> None:
    given = {"state": "joined", "startsAt": 0, "now": 0, "checking": False, **seen}
    said = run(
        page,
        "waiting",
        "({ situation, words }, [snapshot, seen]) => [situation(snapshot, seen).code, words(situation(snapshot, seen).code, {})]",
        [SNAPSHOT | change, given],
    )
    assert said[0] == code
    assert said[1]["title"]


def test_before_the_first_snapshot_it_connects(page: Page) -> None:
    assert run(page, "waiting", "({ situation }) => situation(null, { state: 'joined', startsAt: 0, now: 0, checking: false }).code") == "CONNECTING"


@pytest.mark.parametrize(
    ("change", "state", "code"),
    [
        ({"awaits": ["VISITOR", "OFFICER"], "stage": "waiting"}, "joined", "AWAITS_VISITOR"),
        ({"awaits": ["OFFICER"], "stage": "waiting"}, "joined", "AWAITS_OFFICER"),
        ({"awaits": ["VISITOR"], "stage": "live"}, "joined", "VISITOR_LOST"),
        ({"awaits": ["OFFICER"], "stage": "live"}, "joined", "OFFICER_LOST"),
        ({"awaits": ["PAUSED"], "stage": "paused"}, "joined", "PAUSED"),
        ({"awaits": ["PAUSED", "OFFICER"], "stage": "paused", "pause_reason": "late_visitor"}, "joined", "PAUSED_LATE"),
        ({"awaits": ["PAUSED", "OFFICER"], "stage": "paused", "pause_reason": "officer"}, "joined", "PAUSED"),
        ({"awaits": ["PAUSED", "OFFICER"], "stage": "paused", "pause_reason": "OFFICER_LOST"}, "joined", "OFFICER_LOST"),
        ({"awaits": [], "stage": "waiting"}, "joined", "ALMOST"),
        ({"awaits": ["STANDING", "VISITOR"], "stage": "live"}, "joined", "OUR_TROUBLE"),
        ({"awaits": [], "stage": "live", "gate": {"open": True}}, "joined", "LIVE"),
        ({"awaits": [], "stage": "live", "gate": {"open": True}}, "reconnecting", "RECONNECTING"),
        ({"awaits": []}, "connecting", "CONNECTING"),
    ],
)
def test_the_terminal_says_what_is_awaited(page: Page, change: dict[str, Any], state: str, code: str) -> None:
    body = """({ terminalSituation, terminalWords }, [snapshot, state]) => {
      const code = terminalSituation(snapshot, state);
      return [code, terminalWords(code).title];
    }"""
    said = run(page, "terminal_words", body, [SNAPSHOT | change, state])
    assert said[0] == code
    assert said[1] or code == "LIVE"


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ((True, True, True, True), "本次会见由民警全程监看、监听。 正在录音录像。"),
        ((True, True, True, False), "本次会见由民警全程监看、监听。 双方通话期间全程录音录像。"),
        ((True, False, False, False), "本次会见民警可以看到画面，但听不到声音。 本次不录音录像。"),
        ((False, True, True, True), "本次通话由民警监听。 正在录音录像。"),
        ((False, False, False, False), "民警只能看到是否已接通，看不到画面，也听不到声音。 本次不录音录像。"),
    ],
)
def test_the_line_about_supervision_says_what_the_broker_enforces(page: Page, facts: tuple[bool, ...], line: str) -> None:
    sees, hears, record, on = facts
    snapshot = {"officer_sees": sees, "officer_hears": hears, "record": record, "recording": {"on": on}}
    assert run(page, "rulesline", "({ rulesLine }, value) => rulesLine(value)", snapshot) == line


# -- quality

GOOD, POOR, BAD = {"loss_out": 0.0, "rtt": 30}, {"loss_out": 0.05, "rtt": 30}, {"loss_out": 0.08, "rtt": 30}
LOOK = "({ Ladder }, looks) => { const ladder = new Ladder(); return looks.map((look) => ladder.look(look)); }"


def test_one_bad_look_is_not_enough(page: Page) -> None:
    assert run(page, "ladder", LOOK, [BAD, POOR, BAD, GOOD]) == [None] * 4


def test_down_a_rung_after_two_bad_looks_and_not_below_the_last(page: Page) -> None:
    assert run(page, "ladder", LOOK, [BAD] * 10) == [None, 1, None, 2, None, 3, None, None, None, None]


def test_up_a_rung_after_six_good_looks(page: Page) -> None:
    assert run(page, "ladder", LOOK, [BAD, BAD, *[GOOD] * 7])[2:] == [None] * 5 + [0, None]


def test_a_poor_line_stays_where_it_is(page: Page) -> None:
    assert run(page, "ladder", LOOK, [BAD, BAD, *[POOR] * 9])[2:] == [None] * 9


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        ({"loss_out": 0.019}, "good"),
        ({"loss_out": 0.02}, "poor"),
        ({"loss_out": 0.0799}, "poor"),
        ({"loss_out": 0.08}, "bad"),
        ({"loss": 0.2, "loss_out": 0.0}, "good"),  # what we send is not to blame for what we do not get
        ({"loss": 0.2}, "bad"),
        ({"loss_out": 0, "rtt": 801}, "bad"),
        ({}, "good"),
    ],
)
def test_a_line_s_grade(page: Page, figures: dict[str, float], word: str) -> None:
    assert run(page, "ladder", "({ grade }, value) => grade(value)", figures) == word


def test_figures_are_counted_since_the_last_look(page: Page) -> None:
    def rows(received: int, lost: int, frozen: float, frames: int, sent: int) -> list[dict[str, Any]]:
        picture = {"framesDecoded": frames, "bytesReceived": received * 1000, "framesPerSecond": 24, "jitter": 0.004}
        return [
            {"id": "v", "type": "inbound-rtp", "kind": "video", "packetsReceived": received, "packetsLost": lost, "totalFreezesDuration": frozen, **picture},
            {"id": "a", "type": "inbound-rtp", "kind": "audio", "audioLevel": 0.3, "packetsReceived": 0, "packetsLost": 0},
            {"id": "o", "type": "outbound-rtp", "bytesSent": sent},
            {"id": "r", "type": "remote-inbound-rtp", "fractionLost": 0.01, "roundTripTime": 9},
            {"id": "t", "type": "transport", "selectedCandidatePairId": "p"},
            {"id": "p", "type": "candidate-pair", "currentRoundTripTime": 0.025, "state": "succeeded", "nominated": True},
            {"id": "q", "type": "candidate-pair", "currentRoundTripTime": 5, "state": "succeeded", "nominated": True},
        ]  # fmt: skip

    body = """({ StatsWatch }, [one, two]) => {
      const watch = new StatsWatch();
      const report = (rows) => new Map(rows.map((row) => [row.id, row]));
      return [watch.read(report(one), 0), watch.read(report(two), 5000), watch.read(report(two), 10000)];
    }"""
    first, figures, still = run(page, "stats", body, [rows(100, 0, 1.0, 50, 0), rows(190, 10, 1.5, 170, 50000)])
    assert first is None
    assert "loss_in" not in still  # nothing was expected, so nothing was lost
    assert figures == {
        "rtt": 25, "loss": 0.1, "loss_in": 0.1, "loss_out": 0.01, "freeze": 0.5, "jitter": 4,
        "fps": 24, "frames": 170, "level": 0.3, "kbps_in": 144, "kbps_out": 80,
    }  # fmt: skip


# -- reconnection and recovery


def test_each_try_waits_longer_up_to_a_limit(page: Page) -> None:
    body = "({ Backoff }) => { const off = new Backoff(() => 0.5); return [1, 2, 3, 4, 5, 6, 7].map(() => off.next()); }"
    assert run(page, "backoff", body) == [200, 700, 1500, 3000, 5000, 5000, 5000]


def test_two_pages_do_not_try_in_step(page: Page) -> None:
    body = "({ Backoff }) => [0, 1].map((chance) => { const off = new Backoff(() => chance); off.next(); return off.next(); })"
    low, high = run(page, "backoff", body)
    assert low < high


def test_a_line_that_breaks_at_once_is_not_tried_in_a_frenzy(page: Page) -> None:
    body = "({ Backoff }) => { const off = new Backoff(() => 0.5); off.next(); off.next(); off.settled(); return off.next(); }"
    assert run(page, "backoff", body) == 1500


def test_the_terminal_s_page_is_loaded_anew_later_each_time(page: Page) -> None:
    body = """async (_module) => {
      const kept = new Map();
      const store = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
      const waits = [];
      for (let round = 0; round < 7; round += 1) {
        const fresh = await import(`/static/js/live/recovery.js?round=${round}`);
        const means = { store, reload: () => null, later: () => null };
        waits.push(fresh.recover("test", means), fresh.recover("again", means));
      }
      return waits;
    }"""
    waits = run(page, "recovery", body)
    assert waits[0::2] == [1000, 5000, 15000, 60000, 120000, 120000, 120000]
    assert waits[1::2] == [None] * 7  # one reload at a time


# -- pictures and messages


@pytest.mark.parametrize(
    ("streams", "present", "order"),
    [
        (["terminal", "outside2"], [], ["terminal"]),
        (["terminal", "outside2"], ["outside2"], ["outside2"]),
        (["outside3", "outside2", "terminal"], ["terminal", "outside2", "outside3"], ["terminal", "outside2", "outside3"]),
        (["outside1", "outside2", "outside3"], ["outside2"], ["outside2"]),
        ([], ["terminal"], []),
    ],
)
def test_who_is_large_and_who_is_small(page: Page, streams: list[str], present: list[str], order: list[str]) -> None:
    assert (
        run(page, "stage", "({ arranged }, [streams, present]) => arranged(new Map(streams.map((one) => [one, {}])), new Set(present))", [streams, present])
        == order
    )


def test_a_canned_message_speaks_the_reader_s_language(page: Page) -> None:
    shown = run(page, "canned", "({ shownMessage }, value) => shownMessage(value)", {"text": "", "code": "speak_up", "warning": None})
    assert shown == {"text": "请您说话声音大一些。", "icon": "volume-up", "isWarning": False, "rule": None}


def test_a_warning_names_its_rule(page: Page) -> None:
    shown = run(page, "canned", "({ shownMessage }, value) => shownMessage(value)", {"text": "", "code": None, "warning": 2})
    assert (shown["isWarning"], shown["rule"], shown["text"]) == (True, 2, "会见期间不得拍照、录音、录像、截屏或向他人转播。")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "你好", "code": None, "warning": None}, "你好"),
        ({"text": "", "code": "new_code", "warning": None}, "民警提示，请您注意。"),
        ({"text": "", "code": None, "warning": 99}, "民警提示，请您注意。"),
    ],
)
def test_a_message_that_this_page_does_not_know_is_still_shown(page: Page, message: dict[str, Any], text: str) -> None:
    assert run(page, "canned", "({ shownMessage }, value) => shownMessage(value)", message)["text"] == text


def test_every_sign_of_a_message_is_in_the_page(page: Page) -> None:
    icons = run(page, "canned", "({ CANNED, RULES }) => [...CANNED, ...RULES].map((one) => one.icon)")
    page_part = (Path(__file__).parents[2] / "templates" / "shared" / "live_icons.html").read_text(encoding="utf-8")
    assert [name for name in (*icons, "exclamation-triangle", "chat-left-text") if f"'{name}'" not in page_part] == []


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (0.2, "0:01"), (59.2, "1:00"), (61, "1:01"), (1799.5, "30:00"), (-3, "0:00")])
def test_the_clock_counts_as_clocks_do(page: Page, seconds: float, shown: str) -> None:
    assert run(page, "words", "({ clockText }, value) => clockText(value)", seconds) == shown


@pytest.mark.parametrize(
    ("outcome", "cause", "technical"),
    [
        ("completed", "TIME_UP", False),
        ("ended_by_officer", "x", False),
        ("technical", "TERMINAL_LOST", True),
        ("abandoned", "OUTSIDE_LOST", True),
        ("not_held", "HARD_END", True),
        (None, None, False),
        ("other", "", False),
    ],
)
def test_every_end_has_its_words(page: Page, outcome: str | None, cause: str | None, technical: bool) -> None:
    words = run(page, "words", "({ endWords }, [outcome, cause]) => endWords(outcome, cause)", [outcome, cause])
    assert words["title"]
    assert words["text"]
    assert words["technical"] is technical


@pytest.mark.parametrize(("amplitude", "level"), [(0.0, 0.0), (1.0, 1.0), (0.01, 0.4), (0.0005, 0.0)])
def test_loudness_follows_the_ear(page: Page, amplitude: float, level: float) -> None:
    assert run(page, "sound", "({ loudness }, value) => loudness(new Float32Array(512).fill(value))", amplitude) == pytest.approx(level, abs=0.01)


def test_a_rejected_play_shows_tap_for_sound_and_the_tap_plays(page: Page) -> None:
    body = """async ({ show, SoundGate }) => {
      const button = document.createElement("button");
      button.hidden = true;
      const gate = new SoundGate(button);
      const video = document.createElement("video");
      let blocked = true;
      const calls = [];
      video.play = () => {
        calls.push(video.muted);
        return blocked && !video.muted ? Promise.reject(new DOMException("", "NotAllowedError")) : Promise.resolve();
      };
      show(video, new MediaStream(), gate);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const before = [button.hidden, video.muted, video.playsInline];
      blocked = false;
      button.click();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { before, after: [button.hidden, video.muted], calls };
    }"""
    told = run(page, "playback", body)
    assert told["before"] == [False, True, True]  # the picture at least, without sound
    assert told["after"] == [True, False]
    assert told["calls"] == [False, True, False]


# -- the officer's wall

TASKS = """({ Tasks }, told) => {
  const list = document.createElement("ul");
  const none = document.createElement("p");
  const tasks = new Tasks(list, none, { pick: () => null, checkIn: () => null });
  const tiles = {};
  const tile = (ref) => { tiles[ref] = tiles[ref] || { ref, session: { inmate: ref }, root: document.createElement("section") }; return tiles[ref]; };
  const fresh = told.map(({ ref, clear, ...task }) => (clear ? tasks.clear(tile(ref)) : tasks.take(tile(ref), { closed_after: null, ...task })));
  const tone = Object.fromEntries(Object.values(tiles).map((one) => [one.ref, one.root.className]));
  return { fresh, rows: [...list.children].map((row) => row.innerText), none: none.hidden, tone };
}"""


def told(ref: str, kind: str, severity: str, since: float, **more: Any) -> dict[str, Any]:
    return {"ref": ref, "id": "t1", "kind": kind, "severity": severity, "since": since, "pid": None, **more}


def test_tasks_of_all_tiles_stand_by_severity_and_age(page: Page) -> None:
    sent = [
        told("B", "LINE_BAD", "low", 10),
        told("A", "OFFICER_LOST", "high", 30),
        told("B", "TERMINAL_LOST", "high", 20),
        told("A", "VISITOR_LATE", "medium", 5),
    ]
    shown = run(page, "../desk/tasks", TASKS, sent)
    assert shown["fresh"] == [True] * 4
    assert [row[0] for row in shown["rows"]] == ["B", "A", "A", "B"]
    assert shown["tone"] == {"A": "severity-3", "B": "severity-3"}
    assert shown["none"] is True


def test_a_task_is_there_once_and_says_how_long_it_took(page: Page) -> None:
    lost = told("A", "TERMINAL_LOST", "high", 20)
    shown = run(page, "../desk/tasks", TASKS, [lost, lost | {"id": "t9"}, lost | {"closed_after": 13.7}])
    assert shown["fresh"] == [True, False, False]
    assert len(shown["rows"]) == 1
    assert "14 秒后恢复" in shown["rows"][0]
    again = run(page, "../desk/tasks", TASKS, [lost, lost | {"closed_after": 13.7}, lost | {"since": 60}])
    assert (again["fresh"], len(again["rows"])) == ([True, False, True], 1)


def test_what_was_never_open_here_is_no_news_and_a_new_connection_tells_again(page: Page) -> None:
    lost = told("A", "TERMINAL_LOST", "high", 20)
    assert run(page, "../desk/tasks", TASKS, [lost | {"closed_after": 3}])["rows"] == []
    shown = run(page, "../desk/tasks", TASKS, [lost, told("B", "LINE_BAD", "low", 1), {"ref": "A", "clear": True}])
    assert [row[0] for row in shown["rows"]] == ["B"]


@pytest.mark.parametrize(
    ("role", "line", "words"),
    [
        ("visitor", {}, ""),
        ("visitor", {"up": "poor", "lost_up": 0.042}, "家属网络: 来自对方丢包 4.2%"),
        ("visitor", {"down": "bad", "lost_down": 0.12, "rtt": 450}, "家属网络: 发往对方丢包 12%, 延迟 450 毫秒"),
        ("terminal", {"down": "bad", "lost_down": 0.1}, "监狱侧线路: 发往对方丢包 10%"),
        ("terminal", {"up": "bad", "lost_up": 0.001}, "监狱侧线路: 正在好转"),
    ],
)
def test_a_line_is_told_by_direction_and_by_whose_it_is(page: Page, role: str, line: dict[str, Any], words: str) -> None:
    whole = {"up": "good", "down": "good", "lost_up": 0, "lost_down": 0, "rtt": 20} | line
    assert run(page, "../desk/words", "({ pathWords }, value) => pathWords(value)", {"role": role, "line": whole}) == words


def test_the_chart_ends_at_its_right_edge_and_stays_within_its_height(page: Page) -> None:
    points = run(page, "../desk/linechart", "({ polyline }, values) => polyline(values)", [0, 0.08, 0.5])
    pairs = [tuple(map(float, point.split(","))) for point in points.split(" ")]
    assert pairs[-1] == (120.0, 1.0)
    assert [y for _x, y in pairs] == [23.0, 12.0, 1.0]
    assert run(page, "../desk/linechart", "({ polyline }) => polyline([])") == ""


SENT = """({ Sent }, receipts) => {
  const list = document.createElement("ul");
  const sent = new Sent(list);
  const tile = { ref: "A" };
  sent.show(tile);
  sent.add(tile, "m1", "one", false);
  sent.add(tile, "m2", "two", true);
  sent.add({ ref: "B" }, "m1", "other", false);
  for (const [tileRef, receipt] of receipts) sent.receipt({ ref: tileRef }, receipt);
  return [...list.children].map((row) => row.innerText);
}"""


def test_each_message_says_how_far_it_was_read(page: Page) -> None:
    shown = run(page, "../desk/messages", SENT, [receipt("A", "m1", "visitor:1", "shown"), receipt("B", "m1", "visitor:1", "confirmed")])
    assert ["已发送" in shown[0], "已显示：" in shown[1], "已确认" in " ".join(shown)] == [True, True, False]
    shown = run(page, "../desk/messages", SENT, [receipt("A", "m2", pid, "confirmed") for pid in ("visitor:1", "terminal:3", "visitor:2")])
    assert shown[0].count("已确认") == 1
    assert len(shown) == 2


def receipt(ref: str, message: str, pid: str, what: str) -> list[Any]:
    return [ref, {"id": message, "pid": pid, "what": what}]


def test_the_devices_of_the_test_are_asked_for_in_the_visit_but_none_is_demanded(page: Page) -> None:
    body = """async ({ LocalMedia }) => {
      localStorage.setItem("live-devices", JSON.stringify({ audio: "mine", video: null }));
      const asked = [];
      const media = new LocalMedia({ audio: true, video: true });
      navigator.mediaDevices.getUserMedia = (constraints) => { asked.push(constraints); return Promise.resolve(new MediaStream()); };
      await media.open();
      localStorage.setItem("live-devices", "not json");
      return { asked: asked[0], after: new LocalMedia().preferred };
    }"""
    shown = run(page, "media", body)
    assert shown["asked"]["audio"]["deviceId"] == {"ideal": "mine"}
    assert shown["asked"]["video"]["facingMode"] == "user"
    assert shown["after"] == {"audio": None, "video": None}
