"use strict";
// Brings the changing part of a page anew every five seconds while somebody looks at it. The server
// answers 304 when nothing changed. Without scripts the page is complete, and reloading renews it.
const live = document.getElementById("live");
const silence = document.getElementById("silence");
if (live && silence) {
  let mark = "";
  let asking = false;
  const isInUse = () => live.contains(document.activeElement) || !getSelection().isCollapsed;
  const renew = async () => {
    const headers = mark ? { "If-None-Match": mark } : {};
    const answer = await fetch(live.dataset.address, { headers, signal: AbortSignal.timeout(10000) });
    if (answer.redirected) { location.reload(); return; }
    silence.hidden = answer.ok || answer.status === 304;
    if (answer.status !== 200) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (isInUse()) return; // what somebody is about to click or copy stays where it is
    mark = answer.headers.get("ETag") || "";
    live.replaceChildren(...part.body.childNodes);
  };
  const tick = () => {
    if (document.hidden || asking) return;
    asking = true;
    renew().catch(() => { silence.hidden = false; }).finally(() => { asking = false; });
  };
  setInterval(tick, 5000);
  document.addEventListener("visibilitychange", tick);
}

// A document of which there is no picture is called by words instead of a torn image.
for (const image of document.querySelectorAll(".sight img")) {
  const give = () => image.replaceWith(image.alt);
  if (image.complete && image.src && !image.naturalWidth && image.loading !== "lazy") give();
  else image.addEventListener("error", give);
}
