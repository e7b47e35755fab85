"use strict";
// One conversation: the window's time runs on while one types, colleagues see that one is answering,
// and an answer to one message is chosen without leaving the page. The server decides all of it anew
// when the answer arrives; without scripts the page says the same, as of when it was loaded.
(() => {
  const RENEW = 8000; // milliseconds between two words to the server that somebody is typing
  const form = document.getElementById("answer");
  const text = document.getElementById("text");

  // The window: counted from what the server said, by a clock that nobody sets.
  const since = new WeakMap();
  const tick = () => {
    const shown = document.getElementById("window");
    const place = shown?.querySelector(".time-left");
    if (!place) return;
    if (!since.has(shown)) since.set(shown, performance.now());
    const gone = (performance.now() - since.get(shown)) / 1000;
    const minutes = Math.max(0, Math.floor((Number(shown.dataset.left) - gone) / 60));
    const hours = Math.floor(minutes / 60);
    place.textContent = hours
      ? shown.dataset.hours.replace("{h}", hours).replace("{m}", String(minutes % 60).padStart(2, "0"))
      : shown.dataset.minutes.replace("{m}", minutes);
    shown.classList.toggle("soon", minutes < 240);
    shown.classList.toggle("closed", !minutes);
  };
  setInterval(tick, 5000);
  document.addEventListener("htmx:afterSwap", tick);
  tick();

  // Opened by its key, the question whether to block is answered by the next one.
  document.addEventListener("toggle", (event) => {
    if (event.target.id === "blocking" && event.target.open) event.target.querySelector("button").focus();
  }, true);

  // After sending, a writing box has the focus: Escape gives the letters back to the keys.
  for (const box of document.querySelectorAll("#text, #note")) {
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) box.blur();
    });
  }

  if (!form || !text) return;

  // Who is answering.
  const others = document.getElementById("others");
  const token = form.elements.csrf_token.value;
  let told = -RENEW;
  let isClaimed = false;
  const say = (fields, isLast = false) => {
    const body = new URLSearchParams({ csrf_token: token, ...fields });
    return fetch(form.dataset.claim, { method: "POST", body, keepalive: isLast });
  };
  const claim = async () => {
    if (performance.now() - told < RENEW) return;
    told = performance.now();
    const answer = await say({});
    if (!answer.ok) return;
    const { answering } = await answer.json();
    isClaimed = !answering;
    others.textContent = answering || "";
    others.hidden = !answering;
  };
  const letGo = () => {
    if (isClaimed) say({ end: 1 }, true).catch(() => {});
    isClaimed = false;
  };
  let isSent = false;
  window.addEventListener("pagehide", () => { if (!isSent) letGo(); });

  // How many messages it becomes.
  const parts = document.getElementById("parts");
  const count = () => {
    const many = Math.ceil(text.value.length / Number(form.dataset.longest));
    parts.textContent = many > 1 ? form.dataset.parts.replace("{n}", many) : "";
  };

  text.addEventListener("input", () => {
    count();
    if (text.value.trim()) claim().catch(() => {});
    else letGo();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault(); // a second click: the form is on its way
    isSent = true;
  });
  window.addEventListener("pageshow", () => { isSent = false; });
  count();

  // Who opens the list of documents looks for one.
  const enclosing = document.getElementById("enclosing");
  enclosing?.addEventListener("toggle", () => {
    const isFree = [document.body, enclosing.firstElementChild].includes(document.activeElement);
    if (enclosing.open && isFree) document.getElementById("find").focus();
  });

  // Beside a document there need be no words.
  const chosen = () => form.querySelector("[name=document]:checked")?.value;
  const loosen = () => { text.required = !chosen(); };
  form.addEventListener("change", loosen);
  document.addEventListener("htmx:afterSwap", loosen);
  loosen();

  // An answer to one message.
  const quotes = document.getElementById("quotes");
  const quoted = document.getElementById("quoted");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-quotes], #unquote");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    quotes.value = link.dataset.quotes || "";
    quoted.hidden = !quotes.value;
    text.focus();
  });
})();
