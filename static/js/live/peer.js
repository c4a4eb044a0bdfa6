/*
 * One connection numbered by the broker: it answers one offer and is thrown away when the next number comes.
 *
 * Each m-line is either ours to send on (`send`) or somebody's to receive (`streams`). What the broker does not offer does not exist here.
 */

/** The sound goes first: where a line is narrow, its packets leave before those of the picture. */
const LIMITS = { audio: { maxBitrate: 40_000, priority: "high", networkPriority: "high" }, video: { maxBitrate: 900_000, maxFramerate: 25, priority: "low" } };

export class Peer {
  constructor(offer, media, { onStream, onState }) {
    this.number = offer.pc;
    this.plan = offer.plan || "session";
    this.offer = offer;
    this.media = media;
    this.onStream = onStream;
    this.senders = new Map(); // medium -> RTCRtpSender
    this.streams = new Map(); // from -> MediaStream
    this.stamps = new Map(); // mid -> RTP timestamp last seen
    this.heard = new Map(); // from -> when that changed
    this.pc = new RTCPeerConnection({ iceServers: offer.ice || [], bundlePolicy: "max-bundle" });
    this.pc.onconnectionstatechange = () => onState(this.pc.connectionState);
  }

  /** The answer's SDP. The broker needs no candidates of ours: it learns our address from our first checks. */
  async answer() {
    await this.pc.setRemoteDescription({ type: "offer", sdp: this.offer.sdp });
    const lines = new Map(this.pc.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]));
    for (const { mid, medium } of this.offer.send) this.give(lines.get(mid), medium);
    this.receive(lines);
    await this.pc.setLocalDescription(await this.pc.createAnswer());
    await Promise.all([...this.senders].map(([medium]) => this.limit(medium, {})));
    return this.pc.localDescription.sdp;
  }

  give(transceiver, medium) {
    if (!transceiver) return;
    transceiver.direction = "sendonly";
    this.senders.set(medium, transceiver.sender);
    const track = this.media ? this.media.track(medium) : null;
    if (track) transceiver.sender.replaceTrack(track);
  }

  receive(lines) {
    for (const { mid, from } of this.offer.streams) {
      const transceiver = lines.get(mid);
      if (!transceiver) continue;
      transceiver.direction = "recvonly";
      if (!this.streams.has(from)) this.streams.set(from, new MediaStream());
      this.streams.get(from).addTrack(transceiver.receiver.track);
    }
    for (const [from, stream] of this.streams) this.onStream(from, stream);
  }

  froms() {
    return [...this.streams.keys()];
  }

  /** Another track (or null: nothing) in place of what we send. */
  replace(medium, track) {
    const sender = this.senders.get(medium);
    return sender ? sender.replaceTrack(track) : Promise.resolve();
  }

  /** Send less: values of one encoding (maxBitrate, maxFramerate, scaleResolutionDownBy, active), over this medium's ordinary limits. */
  async limit(medium, values) {
    const sender = this.senders.get(medium);
    if (!sender || this.pc.signalingState === "closed") return;
    const parameters = sender.getParameters();
    if (!parameters.encodings || !parameters.encodings.length) return;
    Object.assign(parameters.encodings[0], { active: true, scaleResolutionDownBy: 1 }, LIMITS[medium], values);
    if (medium === "audio") delete parameters.encodings[0].scaleResolutionDownBy;
    await sender.setParameters(parameters).catch(() => null); // an old browser without it sends at its own rate
  }

  report() {
    return this.pc.getStats();
  }

  /** Whether packets of this sender came in the last 1.5 s; ask at least twice a second, because only a change between two looks tells. */
  flowing(from) {
    const now = performance.now();
    for (const { mid, from: whose } of this.offer.streams) {
      const transceiver = whose === from && this.pc.getTransceivers().find((line) => line.mid === mid);
      const sources = transceiver ? transceiver.receiver.getSynchronizationSources() : [];
      const stamp = sources.length ? sources[0].rtpTimestamp : null;
      if (stamp !== null && stamp !== this.stamps.get(mid)) {
        this.stamps.set(mid, stamp);
        this.heard.set(from, now);
      }
    }
    return now - (this.heard.get(from) ?? -Infinity) < 1500;
  }

  async framesDecoded() {
    let frames = 0;
    (await this.report()).forEach((row) => {
      if (row.type === "inbound-rtp" && row.kind === "video") frames += row.framesDecoded || 0;
    });
    return frames;
  }

  close() {
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }
}
