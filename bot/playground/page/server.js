/** The control interface of the playground: requests over HTTP and events over one WebSocket that reconnects by itself. */
import { t } from "./words.js";

const ROOT = new URL("control/", document.baseURI);

/** A refusal by the playground, or no answer at all; the message is fit for a person. */
export class Refusal extends Error {}

async function call(method, path, body) {
  const options = { method };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(new URL(path, ROOT), options);
  } catch {
    throw new Refusal(t("offline"));
  }
  const text = await answer.text();
  let content = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    content = null;
  }
  if (!answer.ok) throw new Refusal(content?.error ?? content?.description ?? `${answer.status} ${answer.statusText}`);
  return content;
}

const get = (path) => call("GET", path);
const post = (path, body) => call("POST", path, body);

export const server = {
  state: () => get("state"),
  /** The newest messages; of one topic where `thread` is a number, 0 being a forum's General. */
  messages: (chat, thread) => get(`chats/${chat}/messages?limit=200${thread === null ? "" : `&thread=${thread}`}`),
  newPerson: (fields) => post("people", fields),
  send: (chat, fields) => post(`chats/${chat}/messages`, fields),
  sendMedia: (chat, form) => post(`chats/${chat}/media`, form),
  sendContact: (chat, fields) => post(`chats/${chat}/contact`, fields),
  sendLocation: (chat, fields) => post(`chats/${chat}/location`, fields),
  tap: (fields) => post("taps", fields),
  edit: (fields) => post("edits", fields),
  vote: (fields) => post("votes", fields),
  react: (fields) => post("reactions", fields),
  block: (person, blocked) => post("block", { person, blocked }),
  topic: (chat, thread, action) => post("topics", { chat, thread, action }),
  advance: (seconds) => post("clock", { advance_s: seconds }),
  addFault: (fields) => post("faults", fields),
  clearFaults: () => call("DELETE", "faults"),
  dialogues: () => get("dialogues"),
  dialogue: (name) => get(`dialogues/${encodeURIComponent(name)}`),
  checkDialogue: (name, text) => post(`dialogues/${encodeURIComponent(name)}/check`, { text }),
  saveDialogue: (name, text) => post(`dialogues/${encodeURIComponent(name)}`, { text }),
  readyDialogue: (name, person) => post(`dialogues/${encodeURIComponent(name)}/ready`, { person }),
  removeDialogue: (name) => call("DELETE", `dialogues/${encodeURIComponent(name)}`),
  fileUrl: (id) => new URL(`files/${encodeURIComponent(id)}`, ROOT).href,
};

/**
 * Listens to the playground's events until the page closes. `onOpen` runs after each (re)connection, so that what
 * was missed meanwhile can be fetched; `onEvent` gets each event; `onState` gets "connecting", "open" or "lost".
 */
export function listen({ onOpen, onEvent, onState }) {
  let wait = 400;
  const connect = () => {
    const address = new URL("events", ROOT);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.addEventListener("open", () => {
      wait = 400;
      onState("open");
      onOpen();
    });
    socket.addEventListener("message", (event) => onEvent(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      onState("lost");
      setTimeout(connect, wait);
      wait = Math.min(wait * 1.8, 8000);
    });
  };
  onState("connecting");
  connect();
}
