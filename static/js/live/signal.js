/*
 * One WebSocket to the broker, from join to its end. It is told to be lost once, whatever the reason: closed, never opened, or silent.
 * A phone that comes back from the background often holds a socket that looks open and is dead: `probe` asks it.
 */

const BEAT = 2000;
const SILENCE = 7000; // three beats unanswered
const PROBE = 2000;
const OPENING = 6000;

export class Signal {
  constructor(url, token, { onMessage, onLost }) {
    this.onMessage = onMessage;
    this.onLost = onLost;
    this.count = 0;
    this.closed = false;
    this.socket = new WebSocket(url.replace(/\/(ws)?$/, "") + "/ws");
    this.socket.onopen = () => this.joined(token);
    this.socket.onmessage = (event) => this.heard(event.data);
    this.socket.onclose = () => this.lost();
    this.socket.onerror = () => this.lost();
    this.watch(OPENING);
  }

  joined(token) {
    this.send({ t: "join", v: 1, token });
    this.beating = setInterval(() => this.beat(), BEAT);
    this.watch(SILENCE);
  }

  beat() {
    this.count += 1;
    this.send({ t: "beat", n: this.count });
  }

  heard(data) {
    this.watch(SILENCE);
    let message = null;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message && typeof message.t === "string") this.onMessage(message);
  }

  /** Is anybody there? If nothing is heard soon, the line is lost. */
  probe() {
    if (this.closed) return;
    this.beat();
    this.watch(PROBE);
  }

  watch(patience) {
    clearTimeout(this.watchdog);
    if (!this.closed) this.watchdog = setTimeout(() => this.lost(), patience);
  }

  send(message) {
    if (this.closed || this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  lost() {
    if (this.closed) return;
    this.close();
    this.onLost();
  }

  close() {
    this.closed = true;
    clearInterval(this.beating);
    clearTimeout(this.watchdog);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = this.socket.onerror = null;
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close(1000);
  }
}
