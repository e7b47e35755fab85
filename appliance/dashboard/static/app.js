"use strict";
// Brings the changing part of a page anew every five seconds while somebody looks at it. The server
// answers 304 when nothing changed. Without scripts the page is complete, and reloading renews it.
const live = document.getElementById("live");
if (live) {
  let mark = "";
  const renew = async () => {
    if (document.hidden || live.contains(document.activeElement)) return;
    const answer = await fetch(live.dataset.address, { headers: mark ? { "If-None-Match": mark } : {} });
    if (answer.redirected) { location.reload(); return; }
    if (answer.status !== 200) return;
    mark = answer.headers.get("ETag") || "";
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    live.replaceChildren(...part.body.childNodes);
  };
  setInterval(() => renew().catch(() => {}), 5000);
  document.addEventListener("visibilitychange", () => renew().catch(() => {}));
}
