"use strict";
// After "start anew": goes on once Greffier has been away and answers again. Without scripts there is a link.
const restarting = document.getElementById("restarting");
if (restarting) {
  let tries = 0;
  let wasAway = false;
  const look = async () => {
    tries += 1;
    try {
      const answer = await fetch(restarting.dataset.alive, { signal: AbortSignal.timeout(2000) });
      if (answer.ok && (wasAway || tries > 15)) { location.href = restarting.dataset.next; return; }
    } catch { wasAway = true; }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
}
