"use strict";
// The page of a running rollback. The server says what there is to see, as HTML in which everything is escaped; this
// keeps the page like it, counts on between two messages, and asks again where it left off.
(() => {
  const watch = document.getElementById("watch"), run = document.getElementById("run"), lines = document.getElementById("lines");
  const link = document.getElementById("link"), say = document.getElementById("say");
  const SILENT = 15000, MOST_LINES = 1000, name = document.title;
  let mark = watch.dataset.mark, base = Number(watch.dataset.now), here = performance.now(), heard = here, source = null, said = "";
  document.documentElement.classList.add("js");

  // The clock of this machine may be wrong: time is the server's, carried on by a clock that nobody sets.
  const now = () => base + (performance.now() - here) / 1000;
  const two = (number) => String(number).padStart(2, "0");
  function clock(seconds) {
    const whole = Math.floor(Math.abs(seconds) + 1e-6), hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }
  const clockLeft = (seconds) => clock(seconds > 0 ? Math.ceil(seconds - 1e-6) : seconds);
  const write = (place, text) => { if (place.textContent !== text) place.textContent = text; };

  function tick() {
    const at = now();
    for (const place of run.querySelectorAll("[data-left]")) write(place, clockLeft(Number(place.dataset.left) - at));
    for (const place of run.querySelectorAll("[data-since]")) write(place, clock(at - Number(place.dataset.since)));
    for (const bar of run.querySelectorAll("[data-began]")) {
      bar.setAttribute("width", Math.min(Math.max((at - bar.dataset.began) / bar.dataset.scale, 0), 1) * 1000);
    }
    const left = document.getElementById("left"), state = document.getElementById("state");
    document.title = left && state ? `${left.textContent} ${state.textContent} · ${name}` : name;
    const silent = performance.now() - heard;
    if (silent > SILENT && source) open();
    if (watch.dataset.link !== "live") write(link, `Not connected, last heard ${clock(silent / 1000)} ago`);
  }

  // Change only what differs: focus, selection and what is folded open stay where they are.
  function become(old, fresh) {
    for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes]) if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
    const wanted = [...fresh.childNodes];
    wanted.forEach((kid, place) => {
      const mine = old.childNodes[place];
      if (!mine) old.append(kid);
      else if (mine.nodeName !== kid.nodeName || mine.id !== kid.id) mine.replaceWith(kid);
      else if (mine.nodeType !== Node.ELEMENT_NODE) { if (mine.data !== kid.data) mine.data = kid.data; }
      else become(mine, kid);
    });
    while (old.childNodes.length > wanted.length) old.lastChild.remove();
  }
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body;

  function hear(message) {
    heard = performance.now();
    const told = JSON.parse(message.data);
    if (told.now) { base = told.now; here = heard; }
    if (watch.dataset.link !== "live") {
      watch.dataset.link = "live";
      link.className = "state good";
      link.textContent = "Live";
    }
    return told;
  }

  function lost() {
    watch.dataset.link = "lost";
    link.className = "state bad";
    tick();
  }

  function open() {
    if (source) source.close();
    heard = performance.now();
    source = new EventSource(`/events?${new URLSearchParams({ run: watch.dataset.run, mark, pinned: watch.dataset.pinned })}`);
    source.addEventListener("line", (message) => {
      const line = parsed(hear(message).html).firstElementChild;
      mark = message.lastEventId;
      watch.dataset.mark = mark;
      if (document.getElementById(line.id)) watch.dataset.doubled = Number(watch.dataset.doubled) + 1;
      else lines.prepend(line);
      while (lines.childElementCount > MOST_LINES) lines.lastElementChild.remove();
    });
    source.addEventListener("state", (message) => {
      const told = hear(message), whole = document.createElement("div");
      whole.id = "run";
      whole.append(...parsed(told.html).childNodes);
      become(run, whole);
      if (said && said !== told.say) say.textContent = told.say;
      said = told.say;
      tick();
    });
    source.addEventListener("beat", hear);
    source.addEventListener("other", () => location.reload());
    source.addEventListener("error", () => {
      lost();
      // A refusal (too many look on) ends an EventSource for good; a cut connection it mends by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const words = button.previousElementSibling;
    getSelection().selectAllChildren(words);
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.firstChild.data = "Copied";
    } catch {
      button.firstChild.data = "Selected";
    }
    setTimeout(() => { button.firstChild.data = "Copy"; }, 2000);
  });

  setInterval(tick, 250);
  tick();
  open();
})();
