/* The equipment test: camera, microphone, sound, and a few seconds of echo through the broker. The application judges the figures (visitation/live/rules.py). */
import { t } from "../i18n.js";
import { FINAL, LiveClient } from "./client.js";
import { LocalMedia, obstacle } from "./media.js";
import { show } from "./playback.js";
import { chime, wakeSound, watchLevel } from "./sound.js";
import { StatsWatch } from "./stats.js";
import { deviceWords, refusalWords } from "./words.js";

const ECHO = 8000;
const PATIENCE = 20000;
const SELECTS = { video: "videoinput", audio: "audioinput" };

class EquipmentTest {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.audioOnly = root.dataset.kind === "family_call";
    this.media = new LocalMedia({ audio: true, video: !this.audioOnly });
    this.heard = null;
    this.echoed = null;
    this.loudest = 0;
    this.stopLevel = () => null;
  }

  begin() {
    this.part("start").addEventListener("click", () => this.start());
    this.part("again").addEventListener("click", () => window.location.reload());
    this.part("play").addEventListener("click", () => this.play());
    for (const button of this.root.querySelectorAll("[data-heard]")) button.addEventListener("click", () => this.answer(button.dataset.heard === "yes"));
    this.part("finish").addEventListener("click", () => this.finish());
    for (const medium of ["video", "audio"]) this.part(`choose-${medium}`)?.addEventListener("change", (event) => this.choose(medium, event.target.value));
    this.unwatch = this.media.watch(() => this.showOwn());
    window.addEventListener("pagehide", () => this.stop());
  }

  // ---- camera and microphone

  async start() {
    wakeSound();
    this.part("start").hidden = true;
    this.part("intro").hidden = true;
    this.part("history").hidden = true;
    this.part("work").hidden = false;
    try {
      await this.media.open();
    } catch (problem) {
      for (const medium of ["video", "audio"]) this.media.problems[medium] = this.media.problems[medium] || problem.code;
    }
    this.showOwn();
    await this.offerChoice();
    if (this.media.stream.getTracks().length) await this.echo();
    else this.echoed = { connected: false, seconds: 0 };
    this.echoOver();
  }

  showOwn() {
    const video = this.part("own");
    if (video) {
      video.srcObject = null;
      show(video, this.media.stream);
    }
    this.stopLevel();
    this.stopLevel = this.media.track("audio") ? watchLevel(this.media.stream, (level) => this.levelIs(level)) : () => null;
    this.step("camera", this.media.track("video") ? "good" : "bad", deviceProblem(this.media, "video") || t("You should see yourself above."));
    this.step("microphone", this.media.track("audio") ? "wait" : "bad", deviceProblem(this.media, "audio") || t("Please say a few words: the bar should move."));
  }

  levelIs(level) {
    this.loudest = Math.max(this.loudest, level);
    this.part("level").style.width = `${Math.round(level * 100)}%`;
    if (this.loudest >= Number(this.root.dataset.quietest)) this.step("microphone", "good", t("Your voice is heard."));
  }

  async offerChoice() {
    for (const [medium, kind] of Object.entries(SELECTS)) {
      const select = this.part(`choose-${medium}`);
      if (!select) continue;
      const devices = await LocalMedia.devices(kind);
      const current = this.media.track(medium)?.getSettings().deviceId;
      select.replaceChildren(...devices.map(({ id, label }, index) => new Option(label || t("Device %(number)s", { number: index + 1 }), id, false, id === current)));
      select.closest("[data-choice]").hidden = devices.length < 2;
    }
  }

  async choose(medium, id) {
    await this.media.choose(medium, id).catch((problem) => this.step(medium === "video" ? "camera" : "microphone", "bad", deviceWords(problem.code, medium)));
  }

  // ---- sound

  play() {
    const seconds = chime("test");
    this.part("asked").hidden = false;
    this.step("sound", "wait", seconds ? t("A melody is playing. Do you hear it?") : t("This browser plays no sound here."));
  }

  answer(heard) {
    this.heard = heard;
    this.part("asked").hidden = true;
    this.step("sound", heard ? "good" : "bad", heard ? t("You hear us.") : t("Turn the volume up, switch off silent mode, and play it again."));
    this.maybeFinish();
  }

  // ---- line

  /** A few seconds of one's own media through the broker and back. */
  echo() {
    this.step("line", "wait", t("Your picture is going to our server and back. This takes ten seconds."));
    return new Promise((resolve) => {
      this.echoed = { connected: false, seconds: 0 };
      const watch = new StatsWatch();
      const done = (words) => {
        clearTimeout(patience);
        clearTimeout(this.measuring);
        client.stop();
        if (words) this.echoed.words = words;
        resolve();
      };
      const patience = setTimeout(() => done(), PATIENCE);
      const client = new LiveClient({
        tokenUrl: this.root.dataset.tokenUrl,
        csrf: this.root.dataset.csrf,
        media: this.media,
        onState: (state, detail) => FINAL.has(state) && done(detail.reasons?.length ? detail.reasons.join(" ") : detail.code ? refusalWords(detail.code) : ""),
        onStream: (from, stream) => from === "self" && this.part("echo") && show(this.part("echo"), stream),
        onOffer: () => {
          clearTimeout(this.measuring);
          this.measuring = setTimeout(() => this.measure(client, watch, done), 1500);
        },
      });
      this.client = client;
      client.start();
    });
  }

  async measure(client, watch, done) {
    watch.read(await emptyUnless(client.report()), performance.now());
    const from = performance.now();
    this.measuring = setTimeout(async () => {
      const figures = watch.read(await emptyUnless(client.report()), performance.now()) || {};
      const back = (figures.frames || 0) > 0 || (figures.kbps_in || 0) > 1;
      this.echoed = { connected: back, seconds: (performance.now() - from) / 1000, ...pick(figures, ["rtt", "loss", "freeze", "fps"]) };
      done();
    }, ECHO);
  }

  echoOver() {
    const { connected, rtt, loss, words } = this.echoed;
    const figures = connected
      ? t("Round trip %(rtt)s ms, lost on the way %(loss)s.", { rtt: Math.round(rtt ?? 0), loss: `${((loss ?? 0) * 100).toFixed(1)}%` })
      : words || t("Nothing came back from our server.");
    this.step("line", connected ? "good" : "bad", figures);
    this.part("finish").hidden = false;
    this.maybeFinish();
  }

  // ---- verdict

  step(name, tone, text) {
    const item = this.root.querySelector(`[data-step="${name}"]`);
    if (!item) return;
    item.dataset.tone = tone;
    const words = item.querySelector("[data-words]");
    if (words.textContent !== text) words.textContent = text;
  }

  maybeFinish() {
    if (this.heard !== null && !this.part("finish").hidden) this.finish();
  }

  async finish() {
    this.part("finish").disabled = true;
    const report = {
      camera: deviceCode(this.media, "video"),
      microphone: deviceCode(this.media, "audio"),
      level: this.loudest,
      heard: this.heard,
      ...pick(this.echoed, ["connected", "seconds", "rtt", "loss", "freeze", "fps"]),
    };
    const verdict = await this.send(report).catch(() => null);
    this.part("finish").disabled = false;
    if (verdict) this.showVerdict(verdict);
    else this.showVerdict({ verdict: "bad", title: t("The result could not be sent"), text: t("Please check the network and press the button again."), causes: [] });
  }

  async send(report) {
    const answer = await fetch(this.root.dataset.resultUrl, {
      method: "POST",
      headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": this.root.dataset.csrf },
      body: JSON.stringify(report),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  showVerdict({ verdict, title, text, causes, score = null }) {
    const box = this.part("verdict");
    box.dataset.tone = { good: "good", fair: "wait", bad: "bad" }[verdict];
    box.className = `panel tone-${box.dataset.tone}`;
    this.part("verdict-title").textContent = title;
    this.part("verdict-text").textContent = score === null ? text : t("%(text)s Score: %(score)s of 100.", { text, score });
    this.part("causes").replaceChildren(...causes.map((cause) => Object.assign(document.createElement("li"), { textContent: cause })));
    box.hidden = false;
    this.part("after").hidden = false;
    if (verdict !== "bad") {
      this.part("finish").hidden = true;
      if (this.part("pictures")) this.part("pictures").hidden = true;
      this.stop();
    }
    this.part("verdict-title").focus();
  }

  stop() {
    clearTimeout(this.measuring);
    this.stopLevel();
    this.unwatch(); // what was measured stays on the page
    if (this.client) this.client.stop();
    this.media.close();
  }
}

const emptyUnless = async (report) => (await report) || new Map();

function pick(values, names) {
  return Object.fromEntries(names.filter((name) => name in values).map((name) => [name, values[name]]));
}

function deviceProblem(media, medium) {
  const code = media.problems[medium];
  return code ? deviceWords(code, medium) : "";
}

function deviceCode(media, medium) {
  if (media.track(medium)) return "ok";
  return (media.problems[medium] || obstacle() || "FAILED").toLowerCase();
}

const root = document.querySelector("#equipment");
if (root) new EquipmentTest(root).begin();
