/** The middle column: the chosen person's private chat with the bot, as her own phone would show it. */
import { chooseTopic, showPane, takeFocus, topicOf } from "./choices.js";
import { avatar, botMark, h, icon, iconButton } from "./dom.js";
import { feedKey, fullName, model, on } from "./model.js";
import { attempt, menu } from "./notices.js";
import { ChatPane } from "./pane.js";
import { server } from "./server.js";
import { t, told } from "./words.js";

/** The column and its conversation. */
export function customerColumn() {
  const pane = new ChatPane({ group: false });
  const head = h("div", { class: "column-head chat-head" });
  const none = h("div", { class: "empty big" }, h("span", { class: "empty-mark" }, icon("chat")), h("h2", {}, t("choose_title")), h("p", {}, t("choose_text")));
  const showHead = () => {
    const person = model.people.get(model.person);
    none.hidden = Boolean(person) || !model.ready;
    pane.element.hidden = !person;
    head.hidden = !person;
    if (!person) return;
    const identity = JSON.stringify([person, model.bot.first_name, isTyping(person), Boolean(topicOf(person))]);
    if (head.dataset.shown === identity) return;
    head.dataset.shown = identity;
    head.replaceChildren(...headOf(person));
  };
  on("choice", () => {
    showHead();
    if (!model.people.has(model.person)) return;
    pane.open();
    pane.showTyping();
    if (takeFocus()) pane.composer.input.focus();
  });
  on("people", () => {
    showHead();
    if (model.people.has(model.person)) pane.composer.refresh();
  });
  on("commands", () => pane.composer.refresh());
  on("pin", () => pane.showPinned());
  on("feed", (keys) => model.people.has(model.person) && pane.refresh(keys));
  on("typing", () => {
    pane.showTyping();
    showHead();
  });
  const element = h("section", { class: "column chat-column", "aria-label": t("chat") }, head, pane.element, none);
  return { element, pane };
}

const isTyping = (person) => (model.typing.get(feedKey(person.id, null)) ?? 0) > Date.now();

function headOf(person) {
  const typing = isTyping(person);
  const seat = h(
    "button",
    { type: "button", class: "seat", "aria-haspopup": "menu", "aria-label": `${t("customer_menu")}: ${fullName(person)}`, on: { click: (event) => personMenu(event.currentTarget, person) } },
    avatar(fullName(person), person.id, "small"),
    h("span", { class: "seat-words" }, h("span", { class: "seat-name" }, fullName(person)), h("span", { class: "seat-note" }, person.staff ? t("staff_member") : told(person.note) || (person.username ? `@${person.username}` : ""))),
    icon("down"),
  );
  return [
    iconButton("back", t("back_people"), () => showPane("people"), { class: "chat-back" }),
    botMark(),
    h("div", { class: "chat-title" }, h("h2", { class: "ellipsis" }, model.bot.first_name), h("span", { class: typing ? "quiet typing-words" : "quiet" }, typing ? t("typing") : t("bot"))),
    h("span", { class: "grow" }),
    seat,
  ];
}

function personMenu(anchor, person) {
  const items = [];
  const topic = topicOf(person);
  if (topic) items.push({ label: t("open_topic"), icon: icon("staff"), run: () => chooseTopic(topic.message_thread_id) });
  items.push({
    label: t(person.blocked ? "unblock" : "block"),
    icon: icon("block"),
    danger: !person.blocked,
    run: () => attempt(() => server.block(person.id, !person.blocked)),
  });
  menu(anchor, items);
}
