/** The left column: every customer with her last message, a search, and the staff beneath. */
import { choosePerson } from "./choices.js";
import { avatar, h, icon, iconButton } from "./dom.js";
import { KeyedRows } from "./keyed.js";
import { summary } from "./kinds.js";
import { changed, feedKey, fullName, model, now, on, privateChat, unreadTotal } from "./model.js";
import { newCustomer } from "./newcomer.js";
import { shortTime, t, told } from "./words.js";

function peopleList(label) {
  const rows = new KeyedRows(h("div", { class: "people-list", role: "list", "aria-label": label }));
  const show = (people) =>
    rows.show(
      people.map((person) => {
        const facts = factsOf(person);
        return { key: person.id, signature: JSON.stringify(facts), build: () => rowOf(person, facts) };
      }),
    );
  return { element: rows.element, show };
}

function factsOf(person) {
  const last = model.chats.get(privateChat(person.id))?.last ?? null;
  return {
    name: fullName(person),
    language: person.language_code ?? "",
    preview: summary(last) || told(person.note) || "",
    own: Boolean(last) && !last.from_bot,
    time: last ? shortTime(last.date * 1000, now()) : "",
    unread: model.unread.get(feedKey(privateChat(person.id), null)) ?? 0,
    chosen: model.person === person.id,
    state: person.deleted ? "deleted_account" : person.blocked ? "blocked_short" : "",
  };
}

function rowOf(person, facts) {
  const button = h(
    "button",
    { type: "button", class: "person", "aria-current": facts.chosen ? "true" : null, data: { person: person.id }, on: { click: (event) => choosePerson(person.id, { write: event.detail > 0 }) } },
    avatar(facts.name, person.id),
    h(
      "span",
      { class: "person-words" },
      h("span", { class: "person-top" }, h("span", { class: "person-name" }, facts.name), facts.language && h("span", { class: "tag" }, facts.language.slice(0, 2).toUpperCase()), h("span", { class: "person-time" }, facts.time)),
      h(
        "span",
        { class: "person-bottom" },
        h("span", { class: "person-last" }, facts.own && h("span", { class: "person-you" }, `${t("you")}: `), facts.preview),
        facts.state && h("span", { class: "person-state", title: t(facts.state) }, icon("block"), h("span", { class: "hidden-words" }, t(facts.state))),
        facts.unread > 0 && h("span", { class: "badge" }, String(facts.unread), h("span", { class: "hidden-words" }, ` (${t("unread", { n: facts.unread })})`)),
      ),
    ),
  );
  return h("div", { role: "listitem", class: "person-row" }, button);
}

const lastAt = (person) => {
  const last = model.chats.get(privateChat(person.id))?.last;
  return last ? last.date * 1e6 + (last.message_id % 1e6) : 0;
};

export function roster() {
  const search = h("input", { type: "search", class: "search-input", placeholder: t("search"), "aria-label": t("search"), autocomplete: "off", spellcheck: "false" });
  const customers = peopleList(t("customers"));
  const staff = peopleList(t("staff"));
  const count = h("span", { class: "count" });
  const nobody = h("p", { class: "quiet nobody", hidden: true }, t("search_none"));
  const staffCount = h("span", { class: "count" });
  const staffBadge = h("span", { class: "badge", hidden: true });
  const staffPart = h("details", { class: "staff-part" }, h("summary", {}, h("h2", {}, t("staff")), staffCount, staffBadge, icon("down")), staff.element);
  const show = () => {
    const word = search.value.trim().toLowerCase();
    const fits = (person) => !word || [fullName(person), person.username, person.phone, told(person.note), String(person.id)].some((value) => value?.toLowerCase().includes(word));
    const people = [...model.people.values()].filter(fits).sort((one, other) => lastAt(other) - lastAt(one) || fullName(one).localeCompare(fullName(other)));
    const half = Map.groupBy ? Map.groupBy(people, (person) => Boolean(person.staff)) : null;
    const buyers = half?.get(false) ?? people.filter((person) => !person.staff);
    const workers = half?.get(true) ?? people.filter((person) => person.staff);
    customers.show(buyers);
    staff.show(workers);
    count.textContent = String(buyers.length);
    staffCount.textContent = String(workers.length);
    nobody.hidden = people.length > 0 || !model.ready;
    staffPart.hidden = !workers.length;
    const unread = unreadTotal("staff");
    staffBadge.hidden = !unread;
    staffBadge.textContent = String(unread);
    if ((word && workers.length) || model.people.get(model.person)?.staff) staffPart.open = true;
  };
  search.addEventListener("input", show);
  on("people", show);
  // Times in the rows grow old without any event.
  const minute = setInterval(() => (count.isConnected ? changed("people") : clearInterval(minute)), 60_000);
  return h(
    "section",
    { class: "column people-column", "aria-label": t("customers") },
    h("div", { class: "column-head" }, h("h2", {}, t("customers")), count, h("span", { class: "grow" }), iconButton("plus", t("new_customer"), newCustomer, { class: "round soft" })),
    h("label", { class: "search" }, icon("search"), search),
    h("div", { class: "people-scroll" }, customers.element, nobody),
    staffPart,
  );
}
