"use strict";
// Keys, in a page's own words:
//   data-key="n"        pressed, followed or focused by this key; "g t" is g, then t
//   data-row-key="e"    the same, inside the row that is marked; with data-row-next the next is marked then
//   data-key-text="…"   what it does, for the list that `?` opens (data-key-name: how the key is written there;
//                       an element with a text and no key is only listed)
//   data-rows           a list: j and k mark its rows (or what the selector in its value names), Enter opens one
//   data-opens="id"     a button that opens this dialog
// A screen's own script hears "greffier:key" (detail.key, detail.shift) first and takes a key by
// preventDefault(); "greffier:row" says which row is marked. No key counts while a field has the
// focus, a letter is being composed, a dialog is open, or with Ctrl, Alt or Meta.
(() => {
  document.documentElement.classList.add("scripted");
  const PATIENCE = 1500; // milliseconds between g and the letter after it
  const NO_FIELD = "button, checkbox, color, file, image, radio, range, reset, submit".split(", ");
  let before = ""; // the first of two keys
  let since = 0;
  let marked = null;
  let markedId = "";

  const isField = (element) => element.isContentEditable
    || element.matches("textarea, select")
    || (element.matches("input") && !NO_FIELD.includes(element.type));
  const isThere = (element) => !element.disabled && !element.closest("[hidden]");

  // The key as the page names it, on every layout: digits and, for Arabic, letters by their place.
  const nameOf = (event) => {
    const { code, key, shiftKey } = event;
    if (key === "/" || key === "?") return key;
    if (/^Digit\d$/.test(code)) return code.slice(5);
    if (key.length !== 1) return key;
    if (key.charCodeAt(0) < 128) return key.toLowerCase();
    if (/^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
    if (code === "Slash") return shiftKey ? "?" : "/";
    return key;
  };

  const rows = () => [...document.querySelectorAll("[data-rows]")].flatMap((list) => [
    ...list.querySelectorAll(list.dataset.rows || ":scope > li, :scope > tr, :scope > tbody > tr, :scope > article"),
  ]).filter((row) => row.offsetParent !== null);

  const mark = (row) => {
    marked?.removeAttribute("aria-current");
    marked = row;
    markedId = row?.id || "";
    if (!row) return;
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    row.dispatchEvent(new CustomEvent("greffier:row", { bubbles: true }));
  };
  const here = () => {
    if (marked && !marked.isConnected) mark(markedId ? document.getElementById(markedId) : null);
    return marked;
  };
  const walk = (step) => {
    const all = rows();
    const at = all.indexOf(here());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step;
    if (all[next]) mark(all[next]);
    return all.length > 0;
  };

  const press = (element) => {
    if (!element) return false;
    if (isField(element)) {
      element.focus();
      element.select?.();
    } else element.click();
    return true;
  };
  const find = (scope, attribute, key) => [...scope.querySelectorAll(`[${attribute}]`)]
    .find((element) => element.getAttribute(attribute) === key && isThere(element));

  const answer = (event, key) => {
    if (before && event.timeStamp - since < PATIENCE) {
      const both = find(document, "data-key", `${before} ${key}`);
      before = "";
      if (press(both)) return true;
    }
    before = "";
    const own = new CustomEvent("greffier:key", { detail: { key, shift: event.shiftKey, code: event.code }, cancelable: true });
    if (!document.dispatchEvent(own)) return true;
    if (event.shiftKey && key !== "?" && key !== "/") return false;
    if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
      [before, since] = [key, event.timeStamp];
      return true;
    }
    const row = here();
    const deed = row && find(row, "data-row-key", key);
    if (deed) {
      press(deed);
      return "rowNext" in deed.dataset ? walk(1) : true;
    }
    if (press(find(document, "data-key", key))) return true;
    if (key === "j") return walk(1);
    if (key === "k") return walk(-1);
    if (key === "Enter" && row) return press(row.querySelector("a[href], button"));
    return false;
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (isField(target) || document.querySelector("dialog[open]")) return;
    if (["Enter", " "].includes(event.key) && target.matches("a[href], button, summary, input, label")) return;
    if (event.repeat && !["j", "k"].includes(nameOf(event))) return;
    if (answer(event, nameOf(event))) event.preventDefault();
  });

  document.addEventListener("htmx:afterSwap", () => { here(); });

  // The list of keys.
  const listed = (list, element, key) => {
    const [line, term, text] = ["div", "dt", "dd"].map((name) => document.createElement(name));
    for (const each of key.split(" ")) {
      const shown = document.createElement("kbd");
      shown.textContent = each;
      shown.dir = "auto"; // in an Arabic list, too, "1…9" begins with 1
      term.append(shown, " ");
    }
    text.textContent = element.dataset.keyText;
    line.append(term, text);
    list.append(line);
  };
  const fill = (dialog) => {
    const [keys, everywhere, walking] = ["list", "places", "rows"].map((name) => dialog.querySelector(`[data-keys-${name}]`));
    keys.replaceChildren();
    everywhere.replaceChildren();
    const seen = new Set();
    for (const element of document.querySelectorAll("[data-key-text]")) {
      const { key, rowKey, keyName } = element.dataset;
      const name = keyName || key || rowKey;
      if (!name || seen.has(name) || (key && !isThere(element))) continue;
      seen.add(name);
      listed(element.closest("header") && !element.closest("main") ? everywhere : keys, element, name);
    }
    walking.hidden = !document.querySelector("[data-rows]");
  };
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element && event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (!dialog) return;
    if (dialog.matches(":has([data-keys-list])")) fill(dialog);
    for (const menu of document.querySelectorAll("[data-menu][open]")) menu.open = false;
    dialog.showModal();
  });
})();
