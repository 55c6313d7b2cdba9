// Comfort only: the text as people will see it beside the one that is typed, and a warning before typing is lost.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-unsaved]")) {
    let touched = false;
    form.addEventListener("input", () => { touched = true; });
    form.addEventListener("submit", () => { touched = false; });
    window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
  }
  const form = document.querySelector("form[data-preview]");
  const live = document.querySelector(".live");
  if (!form || !live) return;
  let waiting = 0;
  let asked = 0;
  const show = async () => {
    const number = ++asked;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok || number !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const text = page.querySelector("main .paper");
    if (!text) return;
    for (const one of text.querySelectorAll("[id]")) one.removeAttribute("id");
    live.replaceChildren(...text.childNodes);
    live.hidden = false;
  };
  form.elements.text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show().catch(() => {}), 600);
  });
  if (window.matchMedia("(min-width: 62rem)").matches) show().catch(() => {});
});
