"""What the browsers themselves say they received: every figure is from getStats()."""

from playwright.sync_api import Page

KEEP = """(() => {
  const Original = window.RTCPeerConnection;
  window.everyConnection = [];
  window.RTCPeerConnection = class extends Original {
    constructor(...rest) { super(...rest); window.everyConnection.push(this); }
  };
})();"""
READ = """async () => {
  const sum = { frames: 0, audio: 0 };
  for (const connection of window.everyConnection) {
    for (const row of (await connection.getStats()).values()) {
      if (row.type !== "inbound-rtp") continue;
      if (row.kind === "video") sum.frames += row.framesDecoded || 0;
      else sum.audio += row.packetsReceived || 0;
    }
  }
  return sum;
}"""


def keep_connections(page: Page) -> None:
    """From the next page on, remember every connection that the page opens."""
    page.add_init_script(KEEP)


def received(page: Page) -> dict[str, int]:
    """Frames decoded and audio packets received by this page, over all its connections that are still there."""
    found: dict[str, int] = page.evaluate(READ)
    return found
