/** The right column: the staff's forum group as one of its members, its topics, and the topic that is open. */
import { chooseStaff, chooseTopic, leaveTopic, staffPane } from "./choices.js";
import { h, icon, iconButton } from "./dom.js";
import { KeyedRows } from "./keyed.js";
import { feedKey, fullName, model, on } from "./model.js";
import { attempt, menu } from "./notices.js";
import { ChatPane } from "./pane.js";
import { server } from "./server.js";
import { t } from "./words.js";

/** The column and its conversation. */
export function staffColumn() {
  const pane = new ChatPane({ group: true });
  staffPane.busy = () => pane.composer.dirty;
  const title = h("h2", { class: "ellipsis" });
  const members = h("select", { class: "acting", "aria-label": t("acting_as"), on: { change: () => chooseStaff(Number(members.value)) } });
  const topics = h("div", { class: "topics", role: "list", "aria-label": t("topics") });
  const head = h("div", {});
  const room = h("div", { class: "topic-room" }, head, pane.element);
  const none = h("div", { class: "empty", hidden: true }, icon("staff"), h("h2", {}, t("no_group")), h("p", {}, t("no_group_text")));
  const forum = h("div", { class: "forum" }, topics, room);
  const rows = new KeyedRows(topics);
  const heads = new KeyedRows(head);
  const showTopics = (group) => {
    rows.show(topicRows(group));
    heads.show(topicHead(group));
  };
  const showAll = () => {
    const group = model.chats.get(model.group);
    none.hidden = Boolean(group) || !model.ready;
    forum.hidden = !group;
    if (!group) return;
    if (!group.is_forum) model.topicOpen = true;
    title.textContent = group.title ?? t("staff");
    showMembers(members);
    topics.hidden = !group.is_forum;
    showTopics(group);
    forum.dataset.open = String(Boolean(model.topicOpen));
    pane.open();
    pane.showTyping();
  };
  on("choice", showAll);
  on("topics", () => {
    const group = model.chats.get(model.group);
    if (group) showTopics(group);
    else showAll();
  });
  on("people", () => showMembers(members));
  on("typing", () => pane.showTyping());
  on("pin", () => pane.showPinned());
  on("feed", (keys) => pane.refresh(keys));
  const element = h(
    "section",
    { class: "column staff-column", "aria-label": t("staff") },
    h("div", { class: "column-head" }, h("span", { class: "avatar group-mark", "aria-hidden": "true" }, icon("staff")), title, h("span", { class: "grow" }), h("label", { class: "acting-label" }, h("span", {}, t("acting_as")), members)),
    forum,
    none,
  );
  return { element, pane };
}

function showMembers(select) {
  const people = [...model.people.values()].filter((person) => person.staff);
  const identity = JSON.stringify([people.map((person) => [person.id, fullName(person)]), model.staff]);
  if (select.dataset.shown === identity) return;
  select.dataset.shown = identity;
  select.replaceChildren(...people.map((person) => h("option", { value: person.id, selected: person.id === model.staff }, fullName(person))));
  select.value = String(model.staff);
}

/** Topics with the latest activity first; General always stands at the top. */
function sorted(group) {
  const activity = (topic) => model.latest.get(feedKey(group.id, topic.message_thread_id)) ?? (topic.last?.date ?? 0) * 1e6;
  const newest = (topic) => topic.last?.message_id ?? topic.message_thread_id;
  const listed = (group.topics ?? []).filter((topic) => !topic.general && topic.message_thread_id !== 1);
  return listed.sort((one, other) => activity(other) - activity(one) || newest(other) - newest(one));
}

function topicRows(group) {
  const rows = [row(group, null, t("general"), null)];
  for (const topic of sorted(group)) rows.push(row(group, topic.message_thread_id, topic.name, topic));
  return rows;
}

const colour = (number) => `#${(number ?? 7322096).toString(16).padStart(6, "0")}`;

function mark(topic) {
  if (!topic) return h("span", { class: "topic-mark general", "aria-hidden": "true" }, icon("hash"));
  const letter = [...topic.name.replace(/[^\p{L}\p{N}]/gu, "")][0]?.toUpperCase() ?? "#";
  return h("span", { class: "topic-mark", style: { "--tint": colour(topic.icon_color) }, "aria-hidden": "true" }, letter);
}

/** One topic of the list as a keyed row; `topic` is null for General. */
function row(group, thread, name, topic) {
  const unread = model.unread.get(feedKey(group.id, thread)) ?? 0;
  const open = model.thread === thread;
  const build = () => {
    const button = h(
      "button",
      { type: "button", class: "topic", "aria-current": open ? "true" : null, data: { thread: thread ?? "general" }, on: { click: () => chooseTopic(thread) } },
      mark(topic),
      h("span", { class: "topic-name" }, name),
      topic?.closed && h("span", { class: "topic-lock", title: t("closed") }, icon("lock"), h("span", { class: "hidden-words" }, t("closed"))),
      unread > 0 && h("span", { class: "badge" }, String(unread), h("span", { class: "hidden-words" }, ` (${t("unread", { n: unread })})`)),
    );
    return h("div", { role: "listitem", class: "topic-row" }, button);
  };
  return { key: thread ?? 0, signature: JSON.stringify([topic, unread, open]), build };
}

/** The head of the open topic, a list of one row or none. */
function topicHead(group) {
  if (!group.is_forum) return [];
  const topic = (group.topics ?? []).find((each) => each.message_thread_id === model.thread);
  const build = () => {
    const back = iconButton("back", t("back_topics"), leaveTopic, { class: "topic-back" });
    const actions = topic && iconButton("dots", t("topic_menu"), (event) => topicMenu(event.currentTarget, group, topic), { "aria-haspopup": "menu" });
    return h("div", { class: "topic-head" }, back, mark(topic), h("h3", { class: "ellipsis" }, topic?.name ?? t("general")), h("span", { class: "grow" }), actions);
  };
  return [{ key: "head", signature: JSON.stringify(topic ?? null), build }];
}

function topicMenu(anchor, group, topic) {
  const act = (action) => () => attempt(() => server.topic(group.id, topic.message_thread_id, action));
  menu(anchor, [
    topic.closed
      ? { label: t("reopen_topic"), icon: icon("check"), run: act("reopen") }
      : { label: t("close_topic"), icon: icon("lock"), run: act("close") },
    { label: t("delete_topic"), icon: icon("close"), run: act("delete"), danger: true },
  ]);
}
