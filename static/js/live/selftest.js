/*
 * A terminal's test of itself, with nobody before it: camera and microphone give something, and both come back through the broker. The application judges the
 * figures (visitation/live/rules.py) and keeps them; an officer is told when they are not good enough.
 *
 *   await selfTest({ media, tokenUrl, csrf });   // the report, as /kiosk/test/result takes it
 */
import { FINAL, LiveClient } from "./client.js";
import { obstacle } from "./media.js";
import { watchLevel } from "./sound.js";
import { StatsWatch } from "./stats.js";

const SETTLE = 1500;
const ECHO = 6000;
const PATIENCE = 20000;

export async function selfTest({ media, tokenUrl, csrf }) {
  await media.open().catch(() => null);
  let level = 0;
  const stop = media.track("audio") ? watchLevel(media.stream, (now) => { level = Math.max(level, now); }) : () => null;
  const echoed = media.stream.getTracks().length ? await echo({ media, tokenUrl, csrf }) : { connected: false, seconds: 0 };
  stop();
  const code = (medium) => (media.track(medium) ? "ok" : (media.problems[medium] || obstacle() || "FAILED").toLowerCase());
  const { heardBack = 0, ...figures } = echoed; // the echo's own level needs no audio context, which a page that nobody has touched may not have
  return { camera: code("video"), microphone: code("audio"), level: Math.max(level, heardBack), heard: null, ...figures };
}

function echo({ media, tokenUrl, csrf }) {
  return new Promise((resolve) => {
    const watch = new StatsWatch();
    let measuring = null;
    const done = (figures) => {
      clearTimeout(patience);
      clearTimeout(measuring);
      client.stop();
      resolve(figures);
    };
    const patience = setTimeout(() => done({ connected: false, seconds: 0 }), PATIENCE);
    const report = async () => watch.read((await client.report()) || new Map(), performance.now());
    const client = new LiveClient({
      tokenUrl,
      csrf,
      media,
      onState: (state) => FINAL.has(state) && done({ connected: false, seconds: 0 }),
      onOffer: () => {
        clearTimeout(measuring);
        measuring = setTimeout(async () => {
          await report();
          const from = performance.now();
          measuring = setTimeout(async () => {
            const figures = (await report()) || {};
            const connected = (figures.frames || 0) > 0 || (figures.kbps_in || 0) > 1;
            const known = Object.fromEntries(["rtt", "loss", "freeze", "fps"].filter((name) => name in figures).map((name) => [name, figures[name]]));
            done({ connected, seconds: (performance.now() - from) / 1000, heardBack: figures.level || 0, ...known });
          }, ECHO);
        }, SETTLE);
      },
    });
    client.start();
  });
}
