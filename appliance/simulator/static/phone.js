"use strict";
const lines = document.getElementById("lines");
const form = document.getElementById("write");

if (lines) {
  let shown = null;

  const atEnd = () => lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
  const toEnd = () => { lines.scrollTop = lines.scrollHeight; };

  const show = (html) => {
    if (html === shown) return;
    const follow = shown === null || atEnd();
    shown = html;
    lines.innerHTML = html; // escaped by the server
    if (follow) toEnd();
  };

  const read = () => {
    const unread = lines.querySelector(".theirs .tick.delivered");
    if (unread && !document.hidden) return fetch(lines.dataset.reads, { method: "POST" });
  };

  const refresh = async () => {
    const answer = await fetch(lines.dataset.lines);
    if (answer.ok) show(await answer.text());
    await read();
  };

  const again = () => refresh().catch(() => {}).finally(() => setTimeout(again, 1000));

  const files = document.getElementById("files");
  const text = document.getElementById("text");
  const trouble = document.getElementById("trouble");

  const showChosen = () => {
    const names = Array.from(files.files, (file) => file.name);
    document.getElementById("chosen").hidden = names.length === 0;
    document.getElementById("names").textContent = names.join(", ");
  };

  const MOST = 100 * 1024 * 1024; // bytes: what WhatsApp takes
  const isTooMuch = () => Array.from(files.files).reduce((sum, file) => sum + file.size, 0) > MOST;
  const complain = (what) => {
    trouble.textContent = trouble.dataset[what];
    trouble.hidden = false;
  };

  const send = async () => {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (answer.status === 413) return complain("tooLarge");
    if (!answer.ok) throw new Error(answer.status);
    form.reset();
    showChosen();
    await refresh();
    toEnd();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    trouble.hidden = true;
    if (isTooMuch()) return complain("tooLarge"); // trying it would only break the connection
    if (text.value.trim() || files.files.length) send().catch(() => complain("failed"));
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  files.addEventListener("change", () => {
    trouble.hidden = true;
    showChosen();
  });
  document.getElementById("unchoose").addEventListener("click", () => {
    files.value = "";
    trouble.hidden = true;
    showChosen();
    text.focus();
  });
  toEnd();
  text.focus();
  again();
}
