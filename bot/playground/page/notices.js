/** What appears above the page: toasts, alert and question boxes, and small menus beside a button. */
import { h } from "./dom.js";
import { t } from "./words.js";

/** Shows a line for some seconds, as Telegram does for an answered tap. */
export function toast(text, { bad = false } = {}) {
  const line = h("div", { class: `toast ${bad ? "bad" : ""}` }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.classList.add("leaving"), Math.min(3000 + text.length * 30, 7000));
  setTimeout(() => line.remove(), Math.min(3000 + text.length * 30, 7000) + 300);
}

/** Runs something that the playground may refuse, and says why it did; returns undefined then. */
export async function attempt(action) {
  try {
    return await action();
  } catch (reason) {
    toast(t("failed", { why: reason.message }), { bad: true });
    return undefined;
  }
}

/**
 * A modal box; `actions` are [label, value, primary] and the promise gives the chosen value, or null when it was
 * closed. A form inside is submitted with the primary action and must be valid for it.
 */
export function box(title, content, actions) {
  return new Promise((resolve) => {
    let chosen = null;
    const buttons = actions.map(([label, value, primary]) =>
      h("button", { type: primary ? "submit" : "button", class: primary ? "button primary" : "button", on: primary ? {} : { click: () => view.close() }, data: { value: String(value) } }, label),
    );
    const form = h("form", { class: "box", method: "dialog" }, title && h("h2", {}, title), content, h("div", { class: "box-actions" }, buttons));
    const view = h("dialog", { class: "box-frame", "aria-label": title || t("title") }, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      chosen = actions.find(([, , primary]) => primary)[1];
      view.close();
    });
    view.addEventListener("click", (event) => {
      if (event.target === view) view.close();
    });
    view.addEventListener("close", () => {
      view.remove();
      resolve(chosen);
    });
    document.body.append(view);
    view.showModal();
  });
}

/** An alert as answerCallbackQuery shows it. */
export const alertBox = (text) => box("", h("p", { class: "alert-text" }, text), [[t("ok"), true, true]]);

let openMenu = null;

/** Closes the open menu, if any. */
export function closeMenu() {
  openMenu?.();
}

/**
 * A menu beside `anchor` (an element, or {x, y}). `items` are {label, icon, run, danger}; `top` is an element above
 * them. It closes on Escape, on a choice and on a press elsewhere, and gives the focus back.
 */
export function menu(anchor, items, top = null) {
  closeMenu();
  const before = document.activeElement;
  const list = h(
    "div",
    { class: "menu", role: "menu" },
    top,
    items.map((item) =>
      h("button", { type: "button", role: "menuitem", class: `menu-item ${item.danger ? "danger" : ""}`, on: { click: () => choose(item.run) } }, item.icon, h("span", {}, item.label)),
    ),
  );
  const close = (refocus = true) => {
    if (!list.isConnected) return;
    list.remove();
    document.removeEventListener("pointerdown", outside, true);
    openMenu = null;
    if (refocus && before?.isConnected) before.focus({ preventScroll: true });
  };
  const choose = (run) => {
    close();
    run();
  };
  const outside = (event) => {
    if (!list.contains(event.target)) close(false);
  };
  list.addEventListener("keydown", (event) => steer(event, list, close));
  // Chips of the upper part act by themselves; the menu only has to go.
  top?.addEventListener("click", () => close());
  document.addEventListener("pointerdown", outside, true);
  openMenu = close;
  document.body.append(list);
  position(list, anchor);
  list.querySelector("button")?.focus({ preventScroll: true });
  return list;
}

function steer(event, list, close) {
  const buttons = [...list.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  } else if (event.key in steps) {
    event.preventDefault();
    buttons[(at + steps[event.key] + buttons.length) % buttons.length].focus();
  }
}

function position(list, anchor) {
  const frame = anchor instanceof Element ? anchor.getBoundingClientRect() : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { offsetWidth: width, offsetHeight: height } = list;
  const left = frame.left + width + 8 > innerWidth ? frame.right - width : frame.left;
  const below = frame.bottom + 6 + height < innerHeight;
  list.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  list.style.top = `${Math.max(8, below ? frame.bottom + 6 : frame.top - height - 6)}px`;
}
