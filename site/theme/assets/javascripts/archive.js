// Comfort only: every page says the same without this file.
"use strict";

// The search needs a worker, which browsers refuse to pages read from a folder.
if (location.protocol === "file:") {
  document.documentElement.classList.add("sans-recherche");
}

// Material opens its search by a hidden box; a button reaches it by keyboard too.
document.querySelector("[data-ouvre-recherche]")?.addEventListener("click", () => {
  document.getElementById("__search").click();
  document.querySelector("[data-md-component=search-query]").focus();
});

// « Comparer » : leads to the page of two chosen versions, where there is one.
for (const form of document.querySelectorAll("[data-comparer]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    const { de: before, a: after } = form.elements;
    const gap = before.selectedIndex - after.selectedIndex; // the newest comes first
    const said = form.querySelector("[role=status]");
    said.textContent = "";
    if (gap === 0) {
      event.preventDefault();
      said.textContent = "Choisissez deux versions différentes.";
    } else if (gap > 0 && gap <= Number(form.dataset.ecart)) {
      event.preventDefault();
      location.href = `${form.dataset.comparer}/${after.value}/depuis/${before.value}.html`;
    } else if (!form.hasAttribute("action")) {
      event.preventDefault();
      const command = document.createElement("code");
      command.textContent = `cgu compare ${form.dataset.comparer}/${before.value} ${form.dataset.comparer}/${after.value}`;
      said.append("Cette paire n’a pas de page ici\u00a0: ", command);
    }
  });
}

// « Texte à la date du » : shows the period that holds the date asked in the address.
const answer = document.querySelector("[data-reponse]");
const asked = new URLSearchParams(location.search).get("date");
if (answer && asked) {
  showDate(asked);
}

function showDate(day) {
  const field = document.getElementById("date");
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(day + "T12:00:00Z") : new Date(NaN);
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== day) {
    answer.textContent = "Cette date n’existe pas\u00a0: attendu jour, mois et année.";
    return;
  }
  field.value = day;
  const next = new Date(parsed.getTime() + 86400000).toISOString().slice(0, 10);
  const said = parsed.toLocaleDateString("fr-FR", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  }).replace(/^1 /, "1er ");
  for (const row of document.querySelectorAll("tr[data-du]")) {
    // Paris times written alike compare as strings; an open end is empty.
    const begins = row.dataset.du === "" || row.dataset.du < next + "T00:00";
    const ends = row.dataset.au === "" || row.dataset.au > day + "T00:00";
    row.hidden = !(begins && ends);
  }
  answer.textContent = `Réponse pour le ${said}. `;
  const all = document.createElement("a");
  all.href = location.pathname;
  all.textContent = "Voir toutes les périodes";
  answer.append(all);
}
