/** A list of elements that changes only where its content did: clicks, focus and scrolling survive any stream of events. */

export class KeyedRows {
  /** `added(element, last)` is called for each new row before it is put in; `last` tells that nothing follows it. */
  constructor(element, added = () => {}) {
    this.element = element;
    this.added = added;
    this.shown = new Map();
  }

  clear() {
    this.element.replaceChildren();
    this.shown.clear();
  }

  /** Shows `rows`, each {key, signature, build}; a row with a known key and the same signature is left alone. */
  show(rows) {
    const wanted = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.shown) {
      if (wanted.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    let cursor = this.element.firstElementChild;
    for (const row of rows) {
      const known = this.shown.get(row.key);
      let element = known?.element;
      if (known?.signature !== row.signature) {
        element = row.build();
        if (!known) this.added(element, !cursor);
        else {
          if (known.element === cursor) cursor = element;
          replace(known.element, element);
        }
        this.shown.set(row.key, { element, signature: row.signature });
      }
      if (element === cursor) cursor = cursor.nextElementSibling;
      else this.element.insertBefore(element, cursor);
    }
  }
}

function replace(old, fresh) {
  const focused = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (focused) (fresh.tabIndex >= 0 || fresh.hasAttribute("tabindex") ? fresh : fresh.querySelector("button"))?.focus({ preventScroll: true });
}
