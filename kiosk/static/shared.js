// Comfort only, on a shared computer: whoever reads or types is there, and is not asked.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const asking = document.querySelector("[data-lock]");
  if (asking) {
    setTimeout(() => location.replace(asking.dataset.lock), Number(asking.dataset.left) * 1000);
    return;
  }
  const told = document.body.dataset;
  const wait = Number(told.seconds) * 1000;
  let seen = Date.now();
  let said = seen;
  const tell = () => {
    seen = Date.now();
    if (seen - said < 60000) return;
    said = seen;
    fetch(told.goOn, {
      method: "POST",
      body: new URLSearchParams({ csrf_token: told.token, "sans-page": "1" }),
    }).catch(() => {});
  };
  for (const name of ["keydown", "pointerdown", "scroll", "input"]) {
    document.addEventListener(name, tell, { passive: true });
  }
  setInterval(() => {
    if (Date.now() - seen >= wait) location.replace(told.warning);
  }, 1000);
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
