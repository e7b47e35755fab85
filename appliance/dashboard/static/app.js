"use strict";
// The live parts of a page, `data-live` with htmx's own attributes: brought anew every five seconds
// while somebody looks. The server answers 304 when nothing changed. Without scripts the page is
// complete, and reloading renews it.
(() => {
  const marks = new WeakMap(); // live part -> the ETag of what it shows
  const isLive = (element) => element instanceof Element && element.matches("[data-live]");
  const isInUse = (part) => {
    const chosen = getSelection();
    return part.contains(document.activeElement)
      || (!chosen.isCollapsed && chosen.containsNode(part, true));
  };
  const tell = (isSilent) => {
    const silence = document.getElementById("silence");
    if (silence) silence.hidden = !isSilent;
  };
  // On a phone the places are wider than the screen: the one that is open is brought into sight.
  document.querySelector(".places [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const place = (address) => new URL(address, location.href).pathname;

  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, headers } = event.detail;
    if (!isLive(elt)) return;
    if (document.hidden) event.preventDefault();
    else if (marks.has(elt)) headers["If-None-Match"] = marks.get(elt);
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, xhr, pathInfo } = event.detail;
    if (!isLive(elt)) return;
    if (pathInfo.responsePath && place(pathInfo.responsePath) !== place(pathInfo.requestPath)) {
      event.detail.shouldSwap = false; // the session has ended: this is the page to sign in
      location.reload();
      return;
    }
    tell(xhr.status !== 200 && xhr.status !== 304);
    if (xhr.status !== 200) return;
    if (isInUse(elt)) { // what somebody is about to click or copy stays where it is
      event.detail.shouldSwap = false;
      return;
    }
    marks.set(elt, xhr.getResponseHeader("ETag") || "");
    const open = [...elt.querySelectorAll("details[id][open]")].map((each) => each.id);
    elt.addEventListener("htmx:afterSwap", () => {
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    }, { once: true });
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => { if (isLive(event.detail.elt)) tell(true); });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[data-live]")) htmx.trigger(part, "renew");
  });

  // A document of which there is no picture is called by words instead of a torn image.
  const name = (image) => { if (image.matches(".sight img")) image.replaceWith(image.alt); };
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) name(event.target);
  }, true);
  for (const image of document.images) {
    if (image.complete && image.src && !image.naturalWidth && image.loading !== "lazy") name(image);
  }

  // A menu closes when one turns away from it.
  const menus = () => document.querySelectorAll("[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
