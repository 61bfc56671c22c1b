/** The bot's reply keyboard beneath the input. */
import { h, icon } from "./dom.js";
import { t } from "./words.js";

/** Rows of buttons for a ReplyKeyboardMarkup; `press(button)` gets the button as an object with its text. */
export function keyboardArea(markup, press) {
  return markup.keyboard.map((row) =>
    h(
      "div",
      { class: "keys-row" },
      row.map((entry) => {
        const button = typeof entry === "string" ? { text: entry } : entry;
        const foreign = ["request_users", "request_chat", "request_poll", "web_app"].some((name) => button[name]);
        const mark = button.request_contact ? "phone" : button.request_location ? "place" : null;
        const properties = { type: "button", class: "key reply-key", disabled: foreign, title: foreign ? t("button_unsupported") : null, on: { click: () => press(button) } };
        return h("button", properties, mark && icon(mark), h("span", {}, button.text));
      }),
    ),
  );
}
