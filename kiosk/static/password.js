// Comfort only: shows a password on demand, and says in words how strong a new one is. Sends nothing.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("input[type=password][data-show]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second show";
    const shown = () => field.type === "text";
    const name = () => {
      button.textContent = shown() ? field.dataset.hide : field.dataset.show;
    };
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => {
      field.type = shown() ? "password" : "text";
      name();
    });
    field.form.addEventListener("submit", () => {
      field.type = "password";
    });
    name();
    field.after(button);
  }

  const told = document.getElementById("force");
  const chosen = document.getElementById("password");
  if (!told || !chosen) return;
  const words = told.dataset;
  const names = words.kinds.split("|");
  const tests = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{Lu}\p{Ll}\p{Nd}]/u];

  const say = (password) => {
    const characters = [...password.normalize("NFC")];
    const lacking = Number(words.length) - characters.length;
    const has = tests.map((test) => test.test(password));
    const kinds = has.filter(Boolean).length;
    if (lacking > 0) return lacking === 1 ? words.one : words.short.replace("{n}", lacking);
    if (kinds < Number(words.classes)) {
      return words.missing.replace("{kinds}", names.filter((_, place) => !has[place]).join(", "));
    }
    if (new Set(characters).size < 6) return words.plain;
    return characters.length >= Number(words.length) + 4 ? words.strong : words.enough;
  };

  let waiting;
  chosen.addEventListener("input", () => {
    clearTimeout(waiting);  // a screen reader hears the end of the typing, not each letter
    waiting = setTimeout(() => {
      told.hidden = chosen.value === "";
      told.textContent = chosen.value === "" ? "" : say(chosen.value);
    }, 400);
  });
});
