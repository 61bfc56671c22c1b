/** Starts the page: builds the columns, listens to the playground, and builds anew when language or theme change. */
import { followPerson, readAddress, showPane } from "./choices.js";
import { customerColumn } from "./customer.js";
import { h, icon, iconButton } from "./dom.js";
import { takeEvent } from "./events.js";
import { changed, forgetListeners, model, now, on, refresh, unreadTotal } from "./model.js";
import { dialoguesButton, linkTo, morePanel } from "./panel.js";
import { roster } from "./roster.js";
import { listen } from "./server.js";
import { staffColumn } from "./staff.js";
import { fullTime, LANGUAGES, language, recall, remember, setLanguage, t, told } from "./words.js";

const app = document.getElementById("app");
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.documentElement.dataset.theme ?? (systemDark.matches ? "dark" : "light");
let panes = [];

const act = {
  theme,
  setTheme(name) {
    document.documentElement.dataset.theme = name;
    remember("theme", name);
    build();
  },
  setLanguage(code) {
    setLanguage(code);
    build();
  },
  close() {
    app.classList.remove("drawer");
    if (model.pane === "more") showPane("people");
    changed("pane");
  },
};

function build() {
  forgetListeners();
  document.documentElement.lang = language();
  document.title = `Vuoro · ${t("title")}`;
  const customer = customerColumn();
  const staff = staffColumn();
  panes = [customer.pane, staff.pane];
  const more = morePanel(act);
  app.replaceChildren(header(), h("main", { class: "columns" }, roster(), customer.element, staff.element), more, bottomBar());
  const hint = firstHint();
  if (hint) app.append(hint);
  on("pane", () => {
    const drawer = app.classList.contains("drawer") || model.pane === "more";
    more.inert = !drawer;
    for (const pane of panes) pane.refresh();
  });
  on("connection", showConnection);
  showPane(model.pane);
  for (const topic of ["people", "choice", "topics", "faults", "connection", "clock"]) changed(topic);
}

function header() {
  const subtitle = h("span", { class: "subtitle ellipsis" });
  const links = h("nav", { class: "links", "aria-label": t("links") });
  const clock = h("span", {});
  const show = () => {
    subtitle.textContent = told(model.note) || t("title");
    subtitle.title = told(model.note);
    links.replaceChildren(...(model.workshop ? [dialoguesButton()] : []), ...model.links.map(linkTo));
  };
  on("faults", show);
  on("clock", () => (clock.textContent = fullTime(now())));
  const tick = setInterval(() => (clock.isConnected ? changed("clock") : clearInterval(tick)), 10_000);
  const dark = theme() === "dark";
  const tags = Object.keys(LANGUAGES);
  const other = tags[(tags.indexOf(language()) + 1) % tags.length];
  const ask = LANGUAGES[other].ask;
  return h(
    "header",
    { class: "top" },
    h("span", { class: "logo", "aria-hidden": "true" }, icon("turn")),
    h("div", { class: "brand" }, h("h1", {}, "Vuoro"), subtitle),
    h("span", { class: "grow" }),
    links,
    h("span", { class: "connection", role: "status" }),
    h("button", { type: "button", class: "clock-button", "aria-controls": "more", title: t("time_faults"), "aria-label": t("time_faults"), on: { click: toggleDrawer } }, icon("clock"), clock),
    h("button", { type: "button", class: "icon-button words", lang: other, "aria-label": ask, title: ask, on: { click: () => act.setLanguage(other) } }, other.toUpperCase()),
    iconButton(dark ? "sun" : "moon", t(dark ? "to_light" : "to_dark"), () => act.setTheme(dark ? "light" : "dark")),
  );
}

function toggleDrawer() {
  if (matchMedia("(max-width: 759px)").matches) {
    showPane("more");
    return;
  }
  app.classList.toggle("drawer");
  changed("pane");
  if (app.classList.contains("drawer")) setTimeout(() => document.querySelector(".more-close")?.focus(), 60);
}

function showConnection() {
  for (const sign of document.querySelectorAll(".connection")) {
    sign.dataset.state = model.connection;
    sign.textContent = t({ open: "connected", connecting: "connecting", lost: "connection_lost" }[model.connection]);
  }
}

function bottomBar() {
  const buttons = [["people", "customers", "people"], ["chat", "chat", "chat"], ["staff", "staff", "staff"], ["more", "more", "more"]].map(([pane, word, picture]) => {
    const badge = h("span", { class: "badge", hidden: true });
    const button = h("button", { type: "button", class: "bottom-button", data: { pane }, on: { click: () => showPane(pane) } }, h("span", { class: "bottom-icon" }, icon(picture), badge), h("span", {}, t(word)));
    return { pane, badge, button };
  });
  const show = () => {
    for (const { pane, badge, button } of buttons) {
      if (model.pane === pane) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
      const unread = pane === "people" ? unreadTotal("customers") + unreadTotal("staff") : pane === "staff" ? unreadTotal("group") : 0;
      badge.hidden = !unread;
      badge.textContent = unread > 99 ? "99+" : String(unread);
    }
  };
  for (const topic of ["pane", "people", "topics"]) on(topic, show);
  return h("nav", { class: "bottom", "aria-label": t("menu") }, buttons.map(({ button }) => button));
}

function firstHint() {
  if (recall("hint") === "seen") return null;
  const close = () => {
    remember("hint", "seen");
    hint.remove();
  };
  const hint = h(
    "aside",
    { class: "hint" },
    h("span", { class: "hint-mark", "aria-hidden": "true" }, icon("turn")),
    h("p", {}, h("span", { class: "wide-only" }, t("hint")), h("span", { class: "narrow-only" }, t("hint_phone"))),
    h("button", { type: "button", class: "button primary", on: { click: close } }, t("got_it")),
  );
  return hint;
}

readAddress();
build();
systemDark.addEventListener("change", () => build());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") for (const pane of panes) pane.refresh();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && app.classList.contains("drawer") && !document.querySelector("dialog[open], .menu")) {
    act.close();
    document.querySelector(".clock-button")?.focus();
  }
  if (event.key === "/" && !event.target.closest("input, textarea, select, dialog")) {
    event.preventDefault();
    document.querySelector(".search-input")?.focus();
  }
});
listen({
  onOpen: () =>
    refresh().then(
      () => !model.topicOpen && followPerson(),
      () => {},
    ),
  onEvent: (event) => takeEvent(event, panes),
  onState: (state) => {
    model.connection = state;
    changed("connection");
  },
});
