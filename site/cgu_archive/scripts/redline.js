// Comfort over a comparison, in the archive and in the kiosk: both texts side by side, where one is among the
// changes and, only where the page asks for it (data-filtres), which classes of changes are shown.
// Every page says the same without this file. Nothing is remembered from one page to the next.
"use strict";

(() => {
  const NBSP = "\u00a0";
  const TOP = 120; // pixels from the top of the screen under which one has not come to a change yet
  const CLASSES = [
    ["wording", "Mots"],
    ["typography", "Typographie"],
    ["markup", "Mise en forme"],
    ["link", "Liens"],
    ["numbering", "Numérotation"],
    ["table", "Tableaux"],
  ];

  for (const redline of document.querySelectorAll(".redline")) {
    const text = redline.querySelector(".compare");
    if (text && text.querySelector(".ligne")) {
      const bar = makeBar(redline, text);
      const list = redline.querySelector(".changements");
      const filters = list && redline.closest("[data-filtres]") ? makeFilters(redline, text, list, bar) : null;
      makeViews(redline, text, bar, filters);
    }
  }

  // Which classes of changes are shown

  function makeFilters(redline, text, list, bar) {
    const rows = [...text.querySelectorAll(".ligne:not(.suite)")].map(classesOf);
    const entries = [...list.children];
    // A hidden line keeps its number: those of the others do not change.
    entries.forEach((entry, rank) => (entry.value = rank + 1));
    const hidden = new Set();
    const status = make("p", "etat-filtres");
    status.setAttribute("role", "status");
    const alert = make("p", "alerte", `Attention${NBSP}: des mots ont changé sans être signalés sur cette page.`);
    alert.hidden = true;
    const all = make("button", "tout-afficher", "Tout afficher");
    all.type = "button";
    all.hidden = true;

    const fieldset = make("fieldset", "filtres hors-texte");
    fieldset.append(make("legend", "", "Changements signalés"));
    const boxes = CLASSES.map(([name, label]) => {
      const count = entries.filter((entry) => classesOf(entry).includes(name)).length;
      const box = make("input");
      box.type = "checkbox";
      box.checked = true;
      box.autocomplete = "off"; // browsers give back what was ticked before a reload
      box.disabled = count === 0;
      box.addEventListener("change", () => {
        box.checked ? hidden.delete(name) : hidden.add(name);
        apply();
      });
      const holder = make("label");
      holder.append(box, ` ${label} (${count})`);
      fieldset.append(holder);
      return { box, name, count };
    });
    all.addEventListener("click", () => {
      hidden.clear();
      boxes.forEach(({ box }) => (box.checked = true));
      apply();
      boxes.find(({ box }) => !box.disabled)?.box.focus();
    });
    fieldset.append(alert, status, all);
    (list.previousElementSibling ?? list).before(fieldset); // its title

    function apply() {
      for (const [name] of CLASSES) {
        redline.classList.toggle(`sans-${name}`, hidden.has(name));
      }
      for (const entry of entries) {
        entry.classList.toggle("masquee", isHidden(entry, "deplace"));
      }
      for (const row of redline.querySelectorAll(".ligne")) {
        row.classList.toggle("masquee", isHidden(row, "deplacee"));
      }
      for (const word of redline.querySelectorAll("ins, del")) {
        // What is shown as plain text is heard as plain text.
        isPlain(word) ? word.setAttribute("role", "none") : word.removeAttribute("role");
      }
      const touched = entries.filter((entry) => classesOf(entry).some((name) => hidden.has(name)));
      const whole = touched.filter((entry) => entry.classList.contains("masquee")).length;
      const told = [[whole, ""], [touched.length - whole, " en partie"]].filter(([count]) => count);
      const said = told.map(([count, how]) => `${count} changement${many(count)} masqué${many(count)}${how}`);
      status.textContent = said.length ? `${said.join(", ")}.` : "";
      all.hidden = hidden.size === 0;
      alert.hidden = !rows.some((classes) => classes.includes("wording") && losesWording(classes));
      bar.update();
    }

    function losesWording(classes) {
      return hidden.has("wording") || (hidden.has("table") && classes.includes("table"));
    }

    function isHidden(element, moved) {
      const classes = classesOf(element);
      const shown = classes.filter((name) => !hidden.has(name));
      // The cells of a table change by their words: without them, « table » shows nothing.
      const rest = losesWording(classes) ? shown.filter((name) => name !== "table" && name !== "wording") : shown;
      return classes.length > 0 && rest.length === 0 && !element.classList.contains(moved);
    }

    function isPlain(word) {
      if (word.classList.contains("deplace")) {
        return false; // what moved shows whatever is hidden
      }
      const [name] = classesOf(word);
      return hidden.has(name) || (hidden.has("table") && word.closest(".classe-table") !== null);
    }

    return { apply };
  }

  function classesOf(element) {
    return [...element.classList].filter((name) => name.startsWith("classe-")).map((name) => name.slice(7));
  }

  // Side by side

  function makeViews(redline, text, bar, filters) {
    let side = null;
    const group = make("div", "vues hors-texte");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Affichage du texte");
    const inline = button("Dans le texte", true, () => show(false));
    const beside = button("Côte à côte", false, () => show(true));
    group.append(inline, beside);
    text.before(group);

    function show(wanted) {
      if (wanted && !side) {
        side = sideBySide(text);
        text.after(side);
      }
      if (wanted !== redline.classList.contains("deux-colonnes")) {
        moveIds(wanted ? text : side, wanted ? side : text);
      }
      redline.classList.toggle("deux-colonnes", wanted);
      inline.setAttribute("aria-pressed", String(!wanted));
      beside.setAttribute("aria-pressed", String(wanted));
      filters?.apply();
      bar.update();
    }
  }

  function button(label, pressed, act) {
    const made = make("button", "", label);
    made.type = "button";
    made.setAttribute("aria-pressed", String(pressed));
    made.addEventListener("click", act);
    return made;
  }

  function sideBySide(text) {
    const side = make("div", "texte cote");
    const narrow = "Écran étroit : chaque passage changé est donné avant, puis après. Côte à côte, il faut un écran plus large.";
    side.append(make("p", "etroit hors-texte", narrow.replace(" :", `${NBSP}:`)));
    const head = make("div", "paire titres hors-texte");
    head.setAttribute("aria-hidden", "true"); // each changed pair says it again
    head.append(make("p", "avant", "Avant"), make("p", "apres", "Après"));
    side.append(head);
    for (const block of text.children) {
      if (block.localName === "ul") {
        for (const item of block.children) {
          const list = block.cloneNode(false);
          list.append(item.cloneNode(true));
          side.append(pair(list));
        }
      } else {
        side.append(pair(block.cloneNode(true)));
      }
    }
    for (const element of side.querySelectorAll("[id]")) {
      element.dataset.id = element.id;
      element.removeAttribute("id");
    }
    return side;
  }

  function pair(block) {
    const row = make("div", "paire");
    const isChanged = block.matches(".ligne, .depart") || block.querySelector(".ligne, .depart");
    for (const label of block.querySelectorAll(".repere:not(.depart)")) {
      row.append(label);
    }
    const before = make("div", "avant");
    const after = make("div", "apres");
    if (isChanged) {
      row.classList.add("changee");
      fill(before, block.cloneNode(true), "ins, .ajoutee, .venu, .retouche + .precision", "Avant");
      fill(after, block, "del, .supprimee, .parti, .depart", "Après");
      // Each identifier is on one side only: after, unless that side has it no more.
      const kept = new Set([...after.querySelectorAll("[id]")].map((element) => element.id));
      before.querySelectorAll("[id]").forEach((element) => kept.has(element.id) && element.removeAttribute("id"));
    } else {
      const copy = block.cloneNode(true);
      [copy, ...copy.querySelectorAll("[id]")].forEach((element) => element.removeAttribute("id"));
      before.append(copy);
      after.append(block);
    }
    row.append(before, after);
    return row;
  }

  function fill(cell, block, removed, label) {
    const heard = make("span", "lecteur-seul", `${label}${NBSP}: `);
    cell.append(heard, block);
    cell.querySelectorAll(removed).forEach((element) => element.remove());
    if (!cell.textContent.replace(heard.textContent, "").trim()) {
      heard.textContent += "rien ici.";
    }
  }

  function moveIds(from, to) {
    for (const element of from.querySelectorAll("[id]")) {
      element.dataset.id = element.id;
      element.removeAttribute("id");
    }
    for (const element of to.querySelectorAll("[data-id]")) {
      element.id = element.dataset.id;
      delete element.dataset.id;
    }
  }

  // Where one is among the changes

  function makeBar(redline, text) {
    const rows = [...text.querySelectorAll(".ligne[id]")].filter((row) => !/-ligne-\d+$/.test(row.id));
    const stops = rows.map((row) => row.id);
    // Which lines of the list each one is about: their numbers, and how many lines there are.
    const ranks = new Map(rows.map((row) => [row.id, row.querySelector(".rang")?.textContent.split("/") ?? []]));
    const nav = make("nav", "ou hors-texte");
    nav.setAttribute("aria-label", "Changements");
    const where = make("span", "rang");
    const before = make("a", "", "précédent");
    const after = make("a", "", "suivant");
    nav.append(where, before, after);
    const title = redline.querySelector("h3[id]");
    if (title) {
      const list = make("a", "", "liste");
      list.href = `#${title.id}`;
      nav.append(list);
    }
    // The bar sticks to the bottom of the screen as long as the text is on it.
    const reading = make("div");
    text.before(reading);
    reading.append(text, nav);
    let here = -1;
    let asked = false;
    let waiting = false;
    let timer = 0;

    function visible() {
      return stops.filter((id) => !document.getElementById(id)?.closest(".masquee"));
    }

    function update() {
      const shown = visible();
      if (asked) {
        here = Math.min(here, shown.length - 1);
      } else {
        here = shown.map((id) => document.getElementById(id)).map(isPast).lastIndexOf(true);
      }
      const [rank, count] = ranks.get(shown[Math.max(here, 0)]) ?? [];
      const all = `${count ?? 0} changement${many(count ?? 0)}`;
      const same = shown.filter((id) => ranks.get(id)[0] === rank);
      const part = same.length > 1 ? `, passage ${same.indexOf(shown[here]) + 1} sur ${same.length}` : "";
      where.textContent = here < 0 || !rank ? all : `Changement ${rank} sur ${count}${part}`;
      aim(before, shown, here - 1);
      aim(after, shown, here + 1);
    }

    function isPast(stop) {
      return stop !== null && stop.getBoundingClientRect().top <= TOP;
    }

    function aim(link, shown, rank) {
      // At either end the link stays where it is, so that focus is not lost.
      const exists = rank >= 0 && rank < shown.length;
      link.href = exists ? `#${shown[rank]}` : `#${shown[Math.max(here, 0)] ?? title?.id ?? ""}`;
      exists ? link.removeAttribute("aria-disabled") : link.setAttribute("aria-disabled", "true");
    }

    window.addEventListener("hashchange", () => {
      const rank = visible().indexOf(location.hash.slice(1));
      if (rank >= 0) {
        // The last changes of a page may stand too low to be scrolled up: the address says where one is.
        here = rank;
        asked = true;
        update();
        clearTimeout(timer);
        timer = setTimeout(() => (asked = false), 1000); // the scrolling that follows says nothing more
      }
    });
    window.addEventListener("scroll", () => {
      if (!waiting && !asked) {
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          update();
        });
      }
    }, { passive: true });
    update();
    return { update };
  }

  function many(count) {
    return count > 1 ? "s" : "";
  }

  function make(tag, names = "", words = "") {
    const made = document.createElement(tag);
    if (names) {
      made.className = names;
    }
    made.textContent = words;
    return made;
  }
})();
