/** Records the microphone into a voice file, where the browser allows it. */

const KINDS = [["audio/ogg;codecs=opus", "ogg"], ["audio/webm;codecs=opus", "webm"], ["audio/mp4", "m4a"]];

export class VoiceRecorder {
  /** Starts recording and reports the seconds; null where there is no microphone or no permission. */
  static async start(report) {
    if (!window.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return null;
    try {
      return new VoiceRecorder(await navigator.mediaDevices.getUserMedia({ audio: true }), report);
    } catch {
      return null;
    }
  }

  constructor(stream, report) {
    const [type, ending] = KINDS.find(([kind]) => MediaRecorder.isTypeSupported(kind)) ?? ["", "webm"];
    this.stream = stream;
    this.ending = ending;
    this.parts = [];
    this.recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    this.recorder.addEventListener("dataavailable", (event) => this.parts.push(event.data));
    this.recorder.start();
    const began = performance.now();
    this.timer = setInterval(() => report((performance.now() - began) / 1000), 250);
  }

  /** Ends the recording and gives the file, or null when nothing was heard. */
  async stop() {
    clearInterval(this.timer);
    const ended = new Promise((resolve) => this.recorder.addEventListener("stop", resolve, { once: true }));
    this.recorder.stop();
    await ended;
    for (const track of this.stream.getTracks()) track.stop();
    const sound = new Blob(this.parts, { type: this.recorder.mimeType.split(";")[0] });
    return sound.size ? new File([sound], `voice.${this.ending}`, { type: sound.type }) : null;
  }
}
