/** The "Time & faults" panel: a drawer in wide windows, a pane of its own on a phone; also theme, language and links. */
import { openDialogues } from "./dialogues.js";
import { h, icon, iconButton } from "./dom.js";
import { changed, fullName, model, now, on, setNow } from "./model.js";
import { attempt, toast } from "./notices.js";
import { server } from "./server.js";
import { fullTime, LANGUAGES, language, t, told } from "./words.js";

const HOUR = 3600;
const JUMPS = [["hour", HOUR], ["hours4", 4 * HOUR], ["day", 24 * HOUR], ["week", 168 * HOUR]];
const FAULTS = [["fault_429", { kind: "too_many_requests", retry_after: 5 }], ["fault_blocked", { kind: "blocked" }], ["fault_server", { kind: "server_error" }], ["fault_cut", { kind: "cut_after" }]];
const NAMES = Object.fromEntries(FAULTS.map(([key, { kind }]) => [kind, key]));

/** The panel; `act` has setTheme(), setLanguage(), close(). */
export function morePanel(act) {
  const element = h(
    "section",
    { class: "column more-column", id: "more", "aria-label": t("time_faults") },
    h("div", { class: "column-head" }, h("h2", {}, t("time_faults")), h("span", { class: "grow" }), iconButton("close", t("close"), act.close, { class: "more-close" })),
    h("div", { class: "more-scroll" }, timePart(), faultPart(), lookPart(act), linkPart()),
  );
  return element;
}

function part(title, ...content) {
  return h("section", { class: "part" }, h("h3", {}, title), content);
}

function timePart() {
  const clock = h("div", { class: "big-clock", role: "timer", "aria-label": t("simulated_now") });
  const show = () => (clock.textContent = fullTime(now()));
  const jump = (seconds) => () =>
    attempt(async () => {
      const answer = await server.advance(seconds);
      if (answer?.now) setNow(answer.now);
      changed("people");
    });
  const buttons = JUMPS.map(([key, seconds]) => h("button", { type: "button", class: "button", on: { click: jump(seconds) } }, t(key)));
  on("clock", show);
  const tick = setInterval(() => (clock.isConnected ? show() : clearInterval(tick)), 10_000);
  show();
  return part(t("time"), h("p", { class: "quiet" }, t("simulated_now")), clock, h("div", { class: "button-grid four" }, buttons), h("p", { class: "quiet" }, t("time_text")));
}

function faultPart() {
  const only = h("input", { type: "checkbox" });
  const list = h("ul", { class: "faults" });
  const clear = h("button", { type: "button", class: "button", on: { click: () => attempt(() => server.clearFaults()).then(reload) } }, t("faults_clear"));
  const set = (key, fields) => () =>
    attempt(async () => {
      const chat = only.checked ? model.person : null;
      await server.addFault({ method: "sendMessage", chat, times: 1, ...fields });
      toast(t("fault_set", { kind: t(key) }));
      await reload();
    });
  const show = () => {
    list.replaceChildren(...(model.faults.length ? model.faults.map(faultRow) : [h("li", { class: "quiet" }, t("faults_none"))]));
    clear.hidden = !model.faults.length;
  };
  on("faults", show);
  show();
  // A fault that was met goes without a word from the playground.
  const look = setInterval(() => {
    if (!list.isConnected) clearInterval(look);
    else if (model.faults.length && list.offsetParent !== null) reload();
  }, 3000);
  const buttons = FAULTS.map(([key, fields]) => h("button", { type: "button", class: "button", on: { click: set(key, fields) } }, icon("bolt"), h("span", {}, t(key))));
  return part(t("faults"), h("p", { class: "quiet" }, t("faults_text")), h("div", { class: "button-grid" }, buttons), h("label", { class: "check" }, only, t("fault_only")), list, clear);
}

async function reload() {
  const state = await attempt(() => server.state());
  if (!state) return;
  model.faults = state.faults ?? [];
  changed("faults");
}

function faultRow(fault) {
  const person = model.people.get(fault.chat);
  const words = [t(NAMES[fault.kind] ?? fault.kind), fault.method, person && fullName(person)].filter((word) => word && word !== "*");
  return h("li", {}, icon("bolt"), h("span", {}, words.join(" · ")), h("span", { class: "quiet" }, t("times", { n: fault.times ?? "∞" })));
}

function lookPart(act) {
  const choice = (label, chosen, run) => h("button", { type: "button", "aria-pressed": String(chosen), on: { click: run } }, label);
  const dark = act.theme() === "dark";
  return part(
    t("appearance"),
    h("div", { class: "segments", role: "group", "aria-label": t("theme") }, choice(t("light"), !dark, () => act.setTheme("light")), choice(t("dark"), dark, () => act.setTheme("dark"))),
    h("div", { class: "segments", role: "group", "aria-label": t("language") }, Object.entries(LANGUAGES).map(([tag, { name }]) => choice(name, language() === tag, () => act.setLanguage(tag)))),
  );
}

function linkPart() {
  const list = h("div", { class: "more-links" });
  const whole = part(t("links"), list);
  const show = () => {
    whole.hidden = !model.links.length && !model.workshop;
    list.replaceChildren(...(model.workshop ? [dialoguesButton()] : []), ...model.links.map(linkTo));
  };
  on("faults", show);
  show();
  return whole;
}

/** Opens the window of the dialogues, where the playground has them. */
export const dialoguesButton = () => h("button", { type: "button", class: "shelf-button", on: { click: openDialogues } }, h("span", {}, t("dialogues")), icon("edit"));

/** A link the demo registered. */
export const linkTo = ({ label, url }) => h("a", { href: /^https?:|^\//.test(url) ? url : null, target: "_blank", rel: "noopener" }, told(label), icon("link"));
