// The page « Vérifier »: takes files, asks verify.js, shows what it answers. Without it the page leads to `cgu-verify`.
"use strict";

(() => {
  const place = document.querySelector("[data-verifier]");
  if (!place) return;

  const MAX_FILE = 1000000; // more than a receipt or a trust file may have
  const UNATTESTED = "Rien n’a changé. L’heure est celle du serveur : aucun tiers ne l’atteste.";
  const LEFT =
    "Rien n’a changé. Un tiers atteste l’heure, dit le fichier ; cette page ne vérifie pas qui : utilisez cgu-verify.";
  const UNKNOWN =
    "Aucune des clés données ici ne répond de ce fichier : rien ne peut en être conclu. Donnez les clés de l’éditeur, obtenues par ailleurs.";
  const SPECIMEN = "Ce fichier vient d’une démonstration, ou se donne pour tel : il ne prouve rien.";
  const REFUSED =
    "Le fichier a été modifié, ou il en manque une partie. Le contrôle s’arrête à l’étape dite.";
  const STATES = {
    passed: "oui",
    failed: "NON",
    skipped: "non examiné",
    inapplicable: "sans objet",
    left: "à vérifier avec cgu-verify",
  };
  const CONTAINER =
    "Le justificatif y est joint : donnez ici ce fichier joint, ou tout le document à cgu-verify.";
  const UNABLE =
    "Ce navigateur ne sait pas vérifier ces signatures (Ed25519), ou n’y est pas autorisé sur cette page : utilisez cgu-verify.";

  const zone = place.querySelector("[data-depot]");
  const result = place.querySelector("[data-resultat]");
  const announced = place.querySelector("[data-annonce]");
  const keys = place.querySelector("[data-cles]");
  const shipped = document.getElementById("confiance")?.textContent ?? "";
  let trust = { name: null, text: shipped };
  let given = []; // what was dropped or chosen last: files to verify, or words on one that cannot be
  let turn = 0;

  /** French typography: no line ends before a colon, a semicolon or inside « ». */
  const typeset = (text) => text.replace(/ (?=[:;!?»])/g, "\u00a0").replace(/« /g, "«\u00a0");

  function element(name, text, ...inside) {
    const made = document.createElement(name);
    if (text !== null) made.textContent = typeset(text);
    made.append(...inside);
    return made;
  }

  /** The text as people may read it: a character that nobody sees, or that turns what follows, shows as �. */
  const printable = (text) => text.replace(/[^\P{C}]|[^\P{Z} ]/gu, "\ufffd");

  /** Shows `inside` in the place of what was said before; `aloud` is what a screen reader says of it. */
  function say(aloud, ...inside) {
    result.replaceChildren(...inside);
    announced.textContent = typeset(aloud);
  }

  const tell = (words) => say(words, element("p", words));

  function sayKeys() {
    const count = trust.text.split("\n").filter((line) => line.trim() && !line.trim().startsWith("#")).length;
    const lines = count > 1 ? `${count} lignes` : `${count} ligne`;
    keys.textContent = typeset(
      trust.name !== null
        ? `Clés de confiance : « ${printable(trust.name)} » (${lines}).`
        : count
          ? `Clés de confiance : celles qui viennent avec cette archive (${lines}). Préférez celles que l’éditeur vous donne par ailleurs.`
          : "Clés de confiance : aucune ne vient avec cette archive. Donnez celles de l’éditeur ; sans elles, aucun verdict « Intact » n’est possible.",
    );
  }

  function explained(answer) {
    if (answer.step === null) return answer.steps.some((one) => one.state === "left") ? LEFT : UNATTESTED;
    return { "Clé inconnue": UNKNOWN, "Spécimen sans valeur": SPECIMEN }[answer.verdict] ?? REFUSED;
  }

  /** Returns what is said aloud of an answer, and what is shown of it. */
  function told(answer, name) {
    const held = answer.step === null;
    const head = element("h3", answer.verdict);
    head.className = `verdict ${held ? "tenu" : "refuse"}`;
    const steps = element("ol", null);
    for (const one of answer.steps) {
      const line = element("li", `${one.words} : `, element("strong", STATES[one.state]));
      line.value = one.number;
      line.className = one.state;
      steps.append(line);
    }
    const facts = element("dl", null);
    for (const [label, value] of answer.facts) {
      facts.append(element("dt", printable(label)), element("dd", null, printable(value)));
    }
    const shown = [
      head,
      element("p", `Fichier : « ${printable(name)} ».`),
      element("p", explained(answer)),
      element("h4", "Étapes"),
      steps,
      ...(answer.detail
        ? [element("p", "Détail, en anglais : ", element("span", printable(answer.detail)))]
        : []),
      ...(answer.facts.length
        ? [element("h4", held ? "L’enregistrement dit" : "Le fichier dit, sans que cela soit prouvé"), facts]
        : []),
      ...answer.reserves.map((words) => element("p", words)),
    ];
    return { aloud: `« ${printable(name)} ». Verdict : ${answer.verdict}. ${explained(answer)}`, shown };
  }

  /** Verifies every file given, under the keys of now, and shows each answer. */
  async function verify() {
    turn += 1;
    const mine = turn;
    const answers = [];
    try {
      for (const { name, bytes, words } of given) {
        answers.push(
          words === undefined
            ? told(await cguVerify(bytes, trust.text), name)
            : { aloud: words, shown: [element("p", words)] },
        );
      }
    } catch (error) {
      if (mine === turn) tell(unable(error, trust.name));
      return;
    }
    if (mine !== turn) return;
    say(answers.map((one) => one.aloud).join(" "), ...answers.flatMap((one) => one.shown));
    for (const span of result.querySelectorAll("p span")) span.lang = "en";
  }

  function unable(error, name) {
    if (error.name !== "TrustError") return UNABLE;
    const whose = name === null ? "celles de l’archive" : `« ${printable(name)} »`;
    return `Clés de confiance illisibles : ${whose}, ${error.line === null ? "fichier trop long" : `ligne ${error.line}`}.`;
  }

  /** Trusts the keys of a file from now on, and returns whether they could be read; otherwise says why not. */
  async function takeKeys(name, text) {
    try {
      await cguFiles.parseTrust(text);
    } catch (error) {
      tell(unable(error, name));
      return false;
    }
    trust = { name, text };
    sayKeys();
    return true;
  }

  const begins = (bytes, text) => [...text].every((character, at) => bytes[at] === character.charCodeAt(0));

  /** What a file is, by how it begins; the button through which it came says what it should be. */
  function kindOf(bytes) {
    if (begins(bytes, "%PDF-") || begins(bytes, "PK")) return "container";
    return begins(bytes, "{") || begins(bytes, "c2sp.org/tlog-proof@") ? "receipt" : "text";
  }

  /** Returns what a file holds: keys, bytes to verify, or words on why it is neither. */
  async function read(file, expected) {
    const named = `« ${printable(file.name)} »`;
    if (file.size > MAX_FILE)
      return { words: `${named} est trop long pour être un justificatif ou un fichier de clés.` };
    const bytes = new Uint8Array(await file.arrayBuffer());
    const kind = kindOf(bytes);
    if (kind === "container") return { words: `${named} est un PDF ou un dossier compressé. ${CONTAINER}` };
    const isKeys = expected === "keys" || (expected === null && kind === "text");
    if (!isKeys) return { name: file.name, bytes };
    try {
      const keys = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { name: file.name, keys };
    } catch {
      return { words: `${named} n’est pas un fichier de clés : ce n’est pas un texte en UTF-8.` };
    }
  }

  /** Takes the keys of `files`, then verifies the others under them; keys alone judge again what was given before. */
  async function take(files, expected) {
    turn += 1;
    const mine = turn;
    const found = [];
    for (const file of files) found.push(await read(file, expected));
    if (mine !== turn) return;
    for (const { name, keys: text } of found) {
      if (text !== undefined && !(await takeKeys(name, text))) return;
    }
    const others = found.filter((one) => one.keys === undefined);
    if (others.length) given = others;
    if (given.length) await verify();
    else tell("Clés prises. Donnez maintenant le justificatif.");
  }

  for (const input of place.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", async () => {
      if (input.files.length) await take([...input.files], input.dataset.attend);
      input.value = ""; // the same file can be given again, once changed
    });
  }
  place.querySelector("[data-cles-archive]").addEventListener("click", async () => {
    trust = { name: null, text: shipped };
    sayKeys();
    if (given.length) await verify();
  });

  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("au-dessus");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("au-dessus"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("au-dessus");
    await take([...event.dataTransfer.files], null);
  });

  place.hidden = false;
  document.querySelector("[data-sans-verification]")?.remove();
  sayKeys();
})();
