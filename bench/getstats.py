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


MLINES = """() => {
  const lines = (told) => ((told && told.sdp) || "").split("\\n").filter((line) => line.startsWith("m=audio")).length;
  return window.everyConnection.reduce((sum, one) => sum + lines(one.remoteDescription) + lines(one.localDescription), 0);
}"""


def audio_lines(page: Page) -> int:
    """How many lines for sound the descriptions of this page's connections have, offered or answered."""
    return int(page.evaluate(MLINES))


def received(page: Page) -> dict[str, int]:
    """Frames decoded and audio packets received by this page, over all its connections that are still there."""
    found: dict[str, int] = page.evaluate(READ)
    return found
