"""The live client under a history that arrives in every order: join, loss, rejoin at another broker, leaving."""

import pytest
from playwright.sync_api import Page

from tests.browser.test_live_scripts import page as page
from tests.browser.test_live_scripts import run

pytestmark = pytest.mark.browser

DELIVER = """
async ({ LiveClient }) => {
  const sockets = [];
  const real = { WebSocket: window.WebSocket, fetch: window.fetch };
  window.WebSocket = class { static OPEN = 1; constructor() { this.readyState = 1; sockets.push(this); } send() {} close() { this.readyState = 3; } };
  window.fetch = async () => new Response(JSON.stringify({ token: "t", url: "ws://localhost/ws" }), { headers: { "Content-Type": "application/json" } });
  const shot = (seq, generation, state) => ({ seq, stage: "live", gate: { open: true }, seconds_left: 9, hard_end: 9, awaits: [],
    participants: [{ pid: "visitor:1", generation: 1, state: "in_session" }, { pid: "terminal:3", generation, state }] });
  // The first broker counted to 90; the second one begins at 1.
  const lines = [
    [0, { t: "welcome", pid: "visitor:1", session: shot(88, 1, "in_session") }],
    [0, { t: "session", ...shot(89, 1, "lost") }],
    [0, { t: "session", ...shot(90, 2, "in_session") }],
    [1, { t: "welcome", pid: "visitor:1", session: shot(1, 1, "waiting") }],
    [1, { t: "session", ...shot(2, 1, "in_session") }],
    [1, { t: "session", ...shot(3, 1, "left") }],
  ];
  const without = (rest, n) => [...rest.slice(0, n), ...rest.slice(n + 1)];
  const orders = (rest) => (rest.length < 2 ? [rest] : rest.flatMap((one, n) => orders(without(rest, n)).map((tail) => [one, ...tail])));
  const ends = new Set();
  let count = 0, back = 0;
  for (const order of orders(lines)) {
    sockets.length = 0;
    let seen = 0;
    const client = new LiveClient({ tokenUrl: "/t", csrf: "c", onSession: (s) => { if (s.seq < seen) back += 1; seen = s.seq; } });
    await client.connect();
    const first = sockets[0].onmessage; // what the first connection still had to say
    await client.connect();
    for (const [connection, message] of order) (connection ? sockets[1].onmessage : first)({ data: JSON.stringify(message) });
    ends.add(JSON.stringify([client.snapshot.seq, client.snapshot.participants, client.pid, client.state]));
    client.stop();
    count += 1;
  }
  Object.assign(window, real);
  return { ends: [...ends], count, back };
}
"""


def test_every_order_of_arrival_gives_one_state(page: Page) -> None:
    told = run(page, "client", DELIVER)
    assert told["count"] == 720
    assert told["back"] == 0, "no page was ever shown something older than what it had"
    assert len(told["ends"]) == 1, told["ends"]
    assert '"generation":1,"state":"left"' in told["ends"][0]
