/*
 * Signals made by the page itself, and how loud a stream is. The audio context is made in a tap (`wakeSound`), because phones keep it silent otherwise.
 */
let context = null;

export function wakeSound() {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!Context) return null;
  if (!context || context.state === "closed") context = new Context();
  if (context.state !== "running") context.resume().catch(() => null);
  return context;
}

const TUNES = {
  message: [[660, 0], [880, 0.18]],
  warning: [[880, 0], [880, 0.25], [880, 0.5]],
  joined: [[523, 0], [659, 0.15], [784, 0.3]],
  ended: [[523, 0], [392, 0.2]],
  test: [[523, 0], [587, 0.35], [659, 0.7], [784, 1.05], [1047, 1.4]],
};

/** Play a signal; returns its length in seconds, or 0 where no sound can be made. */
export function chime(name) {
  const to = wakeSound();
  if (!to) return 0;
  for (const [frequency, at] of TUNES[name]) tone(to, frequency, to.currentTime + at);
  return TUNES[name][TUNES[name].length - 1][1] + 0.4;
}

function tone(to, frequency, at) {
  const source = to.createOscillator();
  const volume = to.createGain();
  source.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.3, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
  source.connect(volume).connect(to.destination);
  source.start(at);
  source.stop(at + 0.4);
}

/** Watches how loud a stream is: tell(level), 0 to 1, about fifteen times a second. Returns a function that stops it. */
export function watchLevel(stream, tell) {
  const to = wakeSound();
  if (!to || !stream.getAudioTracks().length) return () => null;
  const source = to.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
  const analyser = to.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(loudness(samples));
  }, 66);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/** Root mean square as people hear it: -60 dB is 0, -10 dB is 1. */
export function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / samples.length);
  return rms > 0 ? Math.min(1, Math.max(0, (20 * Math.log10(rms) + 60) / 50)) : 0;
}
