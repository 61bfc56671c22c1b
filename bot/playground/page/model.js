/** What the page knows: people, chats, messages, what is unread and what is chosen; kept true by the server's events. */
import { server } from "./server.js";

export const model = {
  bot: { id: 0, first_name: "Vuoro", username: "" },
  people: new Map(),
  chats: new Map(),
  commands: {},
  faults: [],
  links: [],
  workshop: false,
  note: "",
  feeds: new Map(),
  unread: new Map(),
  latest: new Map(),
  typing: new Map(),
  person: null,
  staff: null,
  group: null,
  thread: null,
  topicOpen: false,
  pane: "people",
  connection: "connecting",
  skew: 0,
  frozen: null,
  description: {},
  ready: false,
};

const listeners = new Map();
const waiting = new Map();
let frame = 0;

/** Calls `listener(keys)` soon after something of this topic changed, at most once a frame; returns the way to stop. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

/** Forgets every listener: the views are about to be built anew. */
export const forgetListeners = () => listeners.clear();

/** Says that something of a topic changed. */
export function changed(topic, key = "") {
  if (!waiting.has(topic)) waiting.set(topic, new Set());
  waiting.get(topic).add(key);
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    const due = [...waiting];
    waiting.clear();
    for (const [name, keys] of due) for (const listener of listeners.get(name) ?? []) listener(keys);
  });
}

/** The simulated moment in milliseconds. */
export const now = () => model.frozen ?? Date.now() + model.skew;

export function setNow(value) {
  const moment = Date.parse(value);
  model.skew = moment - Date.now();
  if (model.frozen !== null) model.frozen = moment;
  changed("clock");
}

export const fullName = (person) => [person?.first_name, person?.last_name].filter(Boolean).join(" ") || "?";

/** A person's private chat with the bot; it carries her id, as in Telegram. */
export const privateChat = (personId) => personId;

export const feedKey = (chat, thread) => `${chat}/${thread ?? ""}`;

/** The thread a message belongs to: its topic in a forum, null everywhere else. */
export function threadOf(chatId, message) {
  if (!model.chats.get(chatId)?.is_forum) return null;
  // A topic carries the number of the service message that opened it.
  if (message.forum_topic_created) return message.message_id;
  return message.is_topic_message ? message.message_thread_id : null;
}

/** The whole state from the server, at the start and after a lost connection. */
export async function refresh() {
  const state = await server.state();
  model.bot = state.bot;
  model.people = new Map(state.people.map((person) => [person.id, person]));
  model.chats = new Map(state.chats.map((chat) => [chat.id, chat]));
  model.commands = state.commands ?? {};
  model.faults = state.faults ?? [];
  model.links = state.links ?? [];
  model.workshop = Boolean(state.workshop);
  model.note = state.note ?? "";
  model.description = state.description ?? {};
  model.frozen = state.speed === 0 ? Date.parse(state.now) : null;
  setNow(state.now);
  const groups = state.chats.filter((chat) => chat.type !== "private");
  if (!model.chats.has(model.group)) model.group = (groups.find((chat) => chat.is_forum) ?? groups[0])?.id ?? null;
  const staff = state.people.filter((person) => person.staff);
  if (!model.people.has(model.staff)) model.staff = staff[0]?.id ?? null;
  if (!model.people.has(model.person)) model.person = null;
  model.ready = true;
  for (const topic of ["people", "choice", "faults", "commands", "topics"]) changed(topic);
  await Promise.all([...model.feeds.values()].filter((feed) => feed.loaded).map((feed) => load(feed)));
}

/** The messages of a chat or topic, fetched on first use; `feed.messages` is in order of their numbers. */
export function feed(chat, thread) {
  const key = feedKey(chat, thread);
  if (!model.feeds.has(key)) {
    const fresh = { key, chat, thread, messages: [], loaded: false };
    model.feeds.set(key, fresh);
    load(fresh).catch(() => model.feeds.delete(key));
  }
  return model.feeds.get(key);
}

async function load(target) {
  const forum = model.chats.get(target.chat)?.is_forum;
  const { messages } = await server.messages(target.chat, forum ? (target.thread ?? 0) : null);
  const kept = new Map(messages.filter((message) => threadOf(target.chat, message) === target.thread).map((message) => [message.message_id, message]));
  // What an event brought while the request was under way is newer than the answer.
  for (const message of target.messages) if (message.message_id > (messages.at(-1)?.message_id ?? 0)) kept.set(message.message_id, message);
  target.messages = [...kept.values()].sort((one, other) => one.message_id - other.message_id);
  target.loaded = true;
  changed("feed", target.key);
}

/** Puts a message (new or changed) in its place. */
export function put(chatId, message) {
  const target = model.feeds.get(feedKey(chatId, threadOf(chatId, message)));
  if (!target) return;
  const place = target.messages.findIndex((other) => other.message_id >= message.message_id);
  if (place < 0) target.messages.push(message);
  else if (target.messages[place].message_id === message.message_id) target.messages[place] = message;
  else target.messages.splice(place, 0, message);
  changed("feed", target.key);
}

export function countUnread(key, more = 1) {
  model.unread.set(key, (model.unread.get(key) ?? 0) + more);
  changed("people");
  changed("topics");
}

export function markRead(key) {
  if (!model.unread.delete(key)) return;
  changed("people");
  changed("topics");
}

/** All unread messages of the group, or of one half of the people. */
export function unreadTotal(where) {
  let total = 0;
  for (const [key, count] of model.unread) {
    const chat = Number(key.split("/")[0]);
    const person = model.people.get(chat);
    if (where === "group" ? chat === model.group : person && person.staff === (where === "staff")) total += count;
  }
  return total;
}
