/** What is chosen on the page: the customer, the staff member, the topic and, on a phone, the pane in view. */
import { changed, fullName, markRead, feedKey, model } from "./model.js";

/** Set by the staff pane: true while something half-written there must not be taken away. */
export const staffPane = { busy: () => false };

let focusWanted = false;

/** True once after a choice that goes straight on to writing; never on touch screens, where a keyboard would pop up. */
export function takeFocus() {
  const wanted = focusWanted && matchMedia("(hover: hover)").matches;
  focusWanted = false;
  return wanted;
}

/** Takes a person's seat in her private chat; her topic in the staff group opens beside it. */
export function choosePerson(id, { pane = "chat", write = false } = {}) {
  model.person = id;
  focusWanted = write;
  followPerson();
  showPane(pane);
  changed("choice");
  changed("people");
}

/** Opens the chosen customer's topic beside her chat, unless something is half-written there. */
export function followPerson() {
  const person = model.people.get(model.person);
  if (!person || person.staff || staffPane.busy()) return;
  const topic = topicOf(person);
  if (topic) openTopic(topic.message_thread_id);
}

/** The topic that carries a customer's full name, if the bot has made one. */
export function topicOf(person) {
  const topics = model.chats.get(model.group)?.topics ?? [];
  const name = fullName(person);
  return topics.findLast((topic) => topic.name.includes(name)) ?? null;
}

function openTopic(thread) {
  model.thread = thread;
  model.topicOpen = true;
  markRead(feedKey(model.group, thread));
}

/** Opens a topic of the staff group; null is General. */
export function chooseTopic(thread, { pane = "staff" } = {}) {
  openTopic(thread);
  showPane(pane);
  changed("choice");
  changed("topics");
}

/** Back to the list of topics, where the two do not fit side by side. */
export function leaveTopic() {
  model.topicOpen = false;
  changed("choice");
}

export function chooseStaff(id) {
  model.staff = id;
  changed("choice");
}

/** Chooses the pane that a phone shows; wider windows show several at once. */
export function showPane(name) {
  model.pane = name;
  document.getElementById("app").dataset.pane = name;
  changed("pane");
  saveAddress();
}

/** Keeps the choice in the address, so that a reload or a copied address comes back to it. */
function saveAddress() {
  const parts = new URLSearchParams();
  if (model.person) parts.set("person", model.person);
  if (model.staff) parts.set("as", model.staff);
  if (model.topicOpen) parts.set("topic", model.thread ?? "general");
  parts.set("pane", model.pane);
  history.replaceState(null, "", `#${parts}`);
}

/** Takes up the choice that the address carries. */
export function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  model.person = Number(parts.get("person")) || null;
  model.staff = Number(parts.get("as")) || null;
  const topic = parts.get("topic");
  model.topicOpen = topic !== null;
  model.thread = Number(topic) || null;
  model.pane = parts.get("pane") ?? "people";
}
