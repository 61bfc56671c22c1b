/** Files on their way into a message: pasted, dropped, and shown in a strip above the input before they are sent. */
import { h, icon, iconButton } from "./dom.js";
import { t } from "./words.js";

const kindFor = (files) => (files.every((file) => file.type.startsWith("image/")) ? "photo" : "document");

/** The files of a paste with the kind they would be sent as; an empty list for plain text. */
export function pastedFiles(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) event.preventDefault();
  return [files, kindFor(files)];
}

/** Calls `take(files, kind)` for files dropped on an element, and shows that they are welcome. */
export function dropTarget(area, take) {
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  area.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    area.dataset.drop = t("drop");
  });
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(event.relatedTarget)) delete area.dataset.drop;
  });
  area.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    delete area.dataset.drop;
    const files = [...event.dataTransfer.files];
    take(files, kindFor(files));
  });
}

const previews = new WeakMap();

function preview(file) {
  if (!previews.has(file)) previews.set(file, URL.createObjectURL(file));
  return previews.get(file);
}

/** Fills `element` with the waiting files, each with a button that takes it away again. */
export function strip(element, files, kind, remove) {
  const tiles = files.map((file) =>
    h(
      "div",
      { class: "strip-tile" },
      kind === "photo" ? h("img", { src: preview(file), alt: file.name }) : h("div", { class: "strip-file" }, icon(kind === "voice" ? "mic" : "file"), h("span", {}, file.name)),
      iconButton("close", t("remove_file", { name: file.name }), () => remove(file), { class: "strip-remove" }),
    ),
  );
  element.replaceChildren(...tiles);
}
