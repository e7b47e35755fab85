"use strict";
// Keys of the page of what waits: keys.js presses whatever bears a `data-key`; here is what is more
// than pressing. Without scripts every button and link of the page works by itself.
(() => {
  const triage = () => document.getElementById("triage");
  const within = (selector) => triage()?.querySelector(selector);
  const offer = (number) => within(`.choice ol.offers [data-key="${number}"]`);

  // Shift and a figure: all that came together. Figures choose a reason while reasons are open.
  const figure = (event, { key, shift }) => {
    const reasons = within("#rejecting");
    const pressed = reasons?.open ? reasons.querySelectorAll("li button")[Number(key) - 1] : offer(key);
    const whole = within("#whole");
    if (shift && whole) whole.checked = true;
    if (!pressed) return;
    event.preventDefault();
    pressed.click();
  };
  const tick = (event) => {
    const box = within("#pile .line[aria-current] [name=ticked]") || within("#pile .line.here [name=ticked]");
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    count();
  };
  const count = () => {
    const ticked = triage()?.querySelectorAll("#pile [name=ticked]:checked").length || 0;
    const told = within("#ticks");
    if (!told) return;
    told.hidden = ticked === 0;
    told.textContent = `${ticked} — ${told.dataset.text}`;
  };
  document.addEventListener("greffier:key", (event) => {
    const { key } = event.detail;
    if (/^[1-9]$/.test(key)) figure(event, event.detail);
    else if (key === " ") tick(event);
    else if (key === "Escape") for (const open of triage()?.querySelectorAll("#asking, #rejecting, #blocking") || []) open.open = false;
  });
  document.addEventListener("change", (event) => { if (event.target.name === "ticked") count(); });

  // Enter in the field takes the first dossier found, and only if it was found by these very words.
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.closest("#triage")) return;
    if (event.key === "Escape") field.blur();
    const found = within("#found");
    if (field.id !== "asked" || event.isComposing || !found) return;
    const buttons = [...found.querySelectorAll("button")];
    if (event.key === "ArrowDown" && buttons[0]) { event.preventDefault(); buttons[0].focus(); }
    if (event.key !== "Enter" || !buttons[0]) return;
    event.preventDefault();
    if (found.dataset.for === field.value.trim().replace(/\s+/g, " ")) buttons[0].click();
  });

  // The question whether one client's papers go to another takes no key that is still held down.
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.target instanceof Element && event.target.closest("#sure")) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const turn = event.target instanceof Element && event.target.closest("[data-turn]");
    const sheet = turn && within("#sheet");
    if (!sheet) return;
    const by = (Number(sheet.dataset.by || 0) + 90) % 360;
    sheet.dataset.by = by;
    sheet.className = by ? `turned-${by}` : "";
  });

  // The next picture is fetched once this one is there and the page is quiet: it is shown at once then,
  // and delays nothing now.
  const QUIET = 350; // milliseconds
  const lookAhead = () => {
    const address = within(".look")?.dataset.following;
    const sheet = within("#sheet");
    if (!address) return;
    const fetchIt = () => {
      if (within(".look")?.dataset.following !== address) return; // somebody has gone on since
      const ahead = document.createElement("link");
      Object.assign(ahead, { rel: "preload", as: "image", href: address });
      within(".look").append(ahead);
    };
    const soon = () => setTimeout(fetchIt, QUIET);
    if (!sheet || sheet.complete) soon();
    else sheet.addEventListener("load", soon, { once: true });
  };
  window.addEventListener("load", lookAhead);

  // What is ticked stays ticked, whatever is looked at meanwhile.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, formData, verb } = event.detail;
    if (elt.id === "asked" || !elt.closest("#triage") || elt.closest("#sure form") || (verb !== "get" && elt.closest(".sorting"))) return;
    for (const box of triage().querySelectorAll("#pile [name=ticked]:checked")) formData.append("ticked", box.value);
  });

  // What is swapped keeps its place: the pile's scroll, the address, the focus off a button that is gone.
  let scroll = 0;
  let isBusy = false;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = event.detail.elt;
    if (element.id === "asked" || !element.closest("#triage")) return;
    if (isBusy) event.preventDefault(); // a key that is held files one document, not two
    isBusy = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.elt.id !== "asked") isBusy = false; });
  document.addEventListener("htmx:beforeSwap", (event) => {
    scroll = within("#pile")?.scrollTop || 0;
    if (/\/(login|account)$/.test(event.detail.xhr.responseURL)) { event.detail.shouldSwap = false; location.reload(); }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "triage") return;
    const pile = within("#pile");
    if (pile) {
      pile.scrollTop = scroll;
      const here = pile.querySelector(".here");
      if (here) pile.scrollTop += Math.min(0, here.offsetTop - pile.offsetTop - pile.scrollTop)
        + Math.max(0, here.offsetTop - pile.offsetTop + here.offsetHeight - pile.scrollTop - pile.clientHeight);
    }
    history.replaceState(history.state, "", triage().dataset.address);
    const wanted = within(".opening [autofocus]");
    (wanted || within("#looked-at") || within("#pile-title"))?.focus({ preventScroll: !wanted });
    document.getElementById("unsaid").hidden = true;
    count();
    lookAhead();
  });
  for (const fault of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(fault, () => { document.getElementById("unsaid").hidden = false; });
  }
  document.addEventListener("toggle", (event) => {
    if (["asking", "rejecting", "blocking"].includes(event.target.id) && event.target.open) event.target.querySelector("button").focus();
  }, true);
})();
