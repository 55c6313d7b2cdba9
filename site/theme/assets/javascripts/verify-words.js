// What is said of a verified file, in the words of `cgu-verify` (kiosk/verifier/words.py and facts.py; tests compare).
"use strict";

(() => {
  const P = window.cguProof;

  const STEPS = [
    "format du justificatif",
    "enregistrement sous sa forme canonique",
    "données personnelles jointes conformes à l’enregistrement",
    "signature du registre par une clé connue",
    "enregistrement présent dans le registre signé",
    "heures concordantes, jetons d’horodatage valables s’il y en a",
    "enregistrement d’un éditeur, non d’une démonstration",
    "registre vu par assez de témoins connus",
    "fichier complet",
  ];
  const VERDICTS = {
    null: "Intact, heure non attestée",
    SpecimenError: "Spécimen sans valeur",
    UnknownKeyError: "Clé inconnue",
  };
  const KINDS = {
    decision: "décision",
    accepted: "acceptée",
    awaiting: "acceptée, dans l’attente de l’accord du représentant légal",
    refused: "refusée",
    deferred: "reportée",
    renounced: "renonciation",
    terminated: "résiliation",
    publication: "publication d’une version",
    accession: "entrée d’un texte reçu",
    contestation: "contestation d’une décision",
    notification: "avis envoyé",
    exposure: "relevé de ce qui a été montré",
    erasure: "effacement de données personnelles",
    sanction: "mesure concernant un compte",
    drafting: "travail sur un brouillon",
    administration: "acte d’administration",
    cancellation: "annulation d’une version avant effet",
    "key-change": "changement de clé du registre",
    screens: "écran de décision",
    incident: "incident du registre",
  };
  const FIELDS = {
    account: "compte",
    email: "adresse",
    organisation_name: "organisation",
    siren: "SIREN",
    siret: "SIRET",
    profile: "profil",
    capacity_declaration: "qualité déclarée",
    count: "nombre de personnes ou de messages",
    officer: "personne qui a agi, par son numéro",
    words: "motif",
    grounds: "griefs",
    actions: "ce qui est demandé",
    answer: "réponse",
    contact: "dossier et audition",
    urgency: "urgence",
  };
  const MEMBERS = {
    "decision.capacity": "Qualité",
    "decision.wording.box": "Case",
    "decision.together": "Sous la même case",
    "decision.exposure.compared_with": "Comparée à l’écran avec",
    "decision.previous": "Décision précédente",
    "decision.retention": "Données gardées",
    "contestation.about": "Décision contestée",
    "publication.reason": "Motif",
    "publication.dates.declared_on": "Date du texte",
    "publication.dates.approved_on": "Approuvée le",
    "publication.dates.published_at": "Publiée le",
    "publication.dates.effective_on": "En vigueur le",
    "publication.dates.required_on": "Exigée le",
    "accession.reason": "Motif",
    "accession.dates.declared_on": "Date du texte",
    "accession.dates.archived_on": "Entrée dans l’archive le",
    "notification.purpose": "But de l’avis",
    "notification.channel": "Voie",
    "notification.state": "Remise",
    "notification.about": "Enregistrement concerné",
    "notification.mail_hash": "Empreinte du message",
    "exposure.day": "Jour",
    "exposure.count": "Lignes du relevé",
    "exposure.digest": "Empreinte du relevé",
    "erasure.act": "Cause",
    "erasure.statements": "Enregistrements concernés",
    "erasure.decided_by": "Décidé par",
    "erasure.remedy": "Recours",
    "sanction.act": "Acte",
    "sanction.about": "Enregistrement concerné",
    "sanction.provision": "Disposition",
    "sanction.measure": "Mesure",
    "sanction.until": "Jusqu’au",
    "sanction.answer_by": "Réponse possible jusqu’au",
    "sanction.decided_by": "Décidé par",
    "sanction.remedy": "Recours",
    "drafting.draft": "Brouillon",
    "drafting.number": "Rang de l’acte",
    "drafting.act": "Acte",
    "drafting.service": "Service",
    "drafting.terms": "Document",
    "drafting.revision": "État du texte",
    "drafting.content_hash": "Empreinte du contenu",
    "drafting.place": "Endroit",
    "drafting.about": "Acte auquel il répond",
    "drafting.function": "Par",
    "drafting.due_at": "Prévue le",
    "administration.act": "Acte",
    "administration.publisher": "Éditeur",
    "administration.services": "Services",
    "administration.about": "Empreinte de l’objet",
    "administration.function": "Par",
    "administration.until": "Jusqu’au",
    "cancellation.reason": "Motif",
    "cancellation.decided_by": "Décidé par",
    "key-change.old": "Clé remplacée",
    "key-change.new": "Nouvelle clé",
    "key-change.reason": "Motif",
    "key-change.size": "Feuilles du registre alors",
    "screens.release": "Version du logiciel",
    "screens.screen": "Empreinte de l’écran",
    "screens.files": "Fichiers de l’écran",
    "incident.nature": "Nature",
    "incident.details": "Détails",
  };
  const VALUES = {
    "decision.capacity": {
      self: "en son nom",
      organisation: "au nom d’une organisation",
      representative: "accord du représentant légal",
    },
    "notification.channel": {
      mail: "courriel",
      folder: "fichier, sans envoi",
    },
    "notification.state": {
      handed: "remis au serveur",
      refused: "non remis",
      bounced: "non remis : revenu au serveur",
    },
    "erasure.act": {
      account: "suppression du compte",
      request: "demande d’effacement",
      term: "fin de la durée de conservation",
    },
    "erasure.statements": {
      "": "aucun",
    },
    "sanction.act": {
      answer: "réponse de la personne",
      dropped: "procédure close sans mesure",
      measure: "mesure décidée",
      notice: "avis avant mesure",
      restored: "mesure levée",
      urgent: "mesure prise d’urgence",
    },
    "sanction.until": {
      "": "sans terme fixé",
    },
    "drafting.act": {
      abandoned: "brouillon abandonné",
      approved: "approbation",
      cancelled: "annulation avant effet",
      commented: "commentaire",
      linked: "lien de lecture ouvert",
      opened: "brouillon ouvert",
      published: "publication",
      resolved: "commentaire clos",
      returned: "renvoyé à l’auteur",
      revised: "texte modifié",
      scheduled: "publication programmée",
      silenced: "signalement écarté",
      submitted: "soumis à approbation",
      uncancelled: "demande d’annulation retirée",
      unlinked: "lien de lecture fermé",
      unscheduled: "programmation levée",
      visa: "visa externe",
      withdrawn: "approbation retirée",
    },
    "administration.act": {
      deactivated: "compte désactivé",
      "link-removed": "lien retiré des textes",
      "link-restored": "lien rétabli",
      "link-verified": "lien vérifié",
      "mailing-resumed": "envoi repris",
      "mailing-stopped": "envoi arrêté",
      "measure-released": "mesure levée après la suppression du compte",
      "notice-confirmed": "avis de sécurité confirmé",
      "notice-stopped": "avis de sécurité arrêté",
      "notice-written": "avis de sécurité écrit",
      reactivated: "compte réactivé",
      "reminder-asked": "rappel demandé",
      "reminder-stopped": "rappel arrêté",
      "service-closed": "service fermé",
      "service-opened": "service rouvert",
    },
    "administration.services": { "": "aucun en particulier" },
    "key-change.reason": {
      routine: "remplacement prévu",
      lost: "clé perdue",
      stolen: "clé volée",
    },
    "incident.nature": {
      clock: "horloge du serveur",
      recovery: "reprise du registre",
    },
  };
  const UNATTESTED = "heure du serveur, non attestée par un tiers";
  const BY_NOBODY = "personne ne l’atteste";
  const TO_VERIFY = "à vérifier avec cgu-verify";
  const LEFT = "heure du serveur ; l’attestation jointe est à vérifier avec cgu-verify";
  const ESTABLISHES = [
    "Établit : quel texte, quelle décision, quel compte, quelle heure et qui l’atteste. N’établit pas :",
    "qui était devant l’écran, que le texte a été lu, que ses clauses sont licites.",
    "Ce n’est pas une signature électronique qualifiée.",
  ].join(" ");
  const WOULD_ESTABLISH = [
    "Rien n’est établi tant que ce verdict tient. Un justificatif intact établit : quel texte, quelle",
    "décision, quel compte, quelle heure et qui l’atteste. Il n’établit pas : qui était devant l’écran,",
    "que le texte a été lu, que ses clauses sont licites.",
    "Ce n’est pas une signature électronique qualifiée.",
  ].join(" ");
  const PROMISED = [
    "Promis, non scellé : le registre s’est engagé à inscrire cet enregistrement, et rien ici ne montre",
    "qu’il l’a fait. Téléchargez de nouveau le justificatif : une fois scellé, il le montre.",
  ].join(" ");
  const LONGEST_LIST = 5;
  const named = (table, name) => (typeof name === "string" && Object.hasOwn(table, name) ? table[name] : null);

  const verdict = (refused) =>
    named(VERDICTS, String(refused?.reason ?? null)) ?? `Altéré ou incomplet : étape ${refused.step}`;

  /** Returns the sentences that stand under a verdict: of a promise, then what the verdict establishes. */
  function reserves({ receipt, refused }) {
    const holds = refused === null || refused.reason === "SpecimenError";
    const promised = holds && receipt?.promise ? [PROMISED] : [];
    return [...promised, holds ? ESTABLISHES : WOULD_ESTABLISH];
  }

  /** Returns a value in words: a text, a whole number, or some of them. */
  function valueOf(value) {
    if (typeof value === "string") return value;
    if (Number.isSafeInteger(value)) return String(value);
    const leftOut = (count) => (count > LONGEST_LIST ? [`et ${count - LONGEST_LIST} autres`] : []);
    if (Array.isArray(value))
      return [...value.slice(0, LONGEST_LIST).map(valueOf), ...leftOut(value.length)].join(", ");
    if (!P.isObject(value)) return "illisible";
    const address = ["service", "terms", "version"].map((name) => value[name]);
    if ([...address, value.text_hash].every(P.isText)) return `${address.join("/")} (${value.text_hash})`;
    const names = Object.keys(value).sort();
    const told = names.slice(0, LONGEST_LIST).map((name) => `${name} : ${valueOf(value[name])}`);
    return [...told, ...leftOut(names.length)].join(", ");
  }

  /** Returns what is at `path` in `value`, null when there is no such place. */
  const at = (value, path) =>
    path.reduce((held, name) => (P.isObject(held) && Object.hasOwn(held, name) ? held[name] : null), value);

  /** Returns what statements of this kind say beside; what is null is left out, or said to be none. */
  function factsOfKind(kind, members) {
    const told = [];
    for (const [name, label] of Object.entries(MEMBERS)) {
      const [of, ...path] = name.split(".");
      if (of !== kind) continue;
      const value = at(members, path);
      const known = VALUES[name] ?? {};
      const none = value === null || (Array.isArray(value) && !value.length);
      const words = none ? named(known, "") : (named(known, value) ?? valueOf(value));
      if (words !== null) told.push([label, words]);
    }
    return told;
  }

  /** Returns what the statement, its proof and what opens it say, as pairs of a label and a value. */
  function facts({ statement, receipt, tokens }) {
    if (!statement) return [];
    const { members } = statement;
    const told = [["Objet", named(KINDS, members.decision) ?? named(KINDS, members.kind)]];
    const { document } = members;
    if (P.isObject(document)) {
      const part = (name) => valueOf(at(document, [name]));
      const label = at(document, ["label"]);
      told.push(["Texte", ["service", "terms", "version"].map(part).join("/")]);
      told.push(["Numéro", label === null ? "non renseigné dans le texte source" : valueOf(label)]);
      told.push(["Empreinte du texte", part("text_hash")]);
    }
    told.push(...factsOfKind(members.kind, members));
    told.push(["Heure", `${valueOf(at(members, ["at"]))} (${tokens.latest ? LEFT : UNATTESTED})`]);
    told.push(["Au plus tôt", tokens.earliest ? TO_VERIFY : BY_NOBODY]);
    told.push(["Au plus tard", tokens.latest ? TO_VERIFY : BY_NOBODY]);
    const stamped = receipt.tokens.length ? "horodaté" : "scellé";
    told.push(["État", receipt.proof ? stamped : "signé, pas encore scellé"]);
    const leaf = leafOf(receipt.proof);
    if (leaf) told.push(["Registre", leaf]);
    told.push(["Environnement", valueOf(at(members, ["environment"]))]);
    for (const { field, value } of receipt.disclosures) {
      const known = named(FIELDS, field);
      told.push([known ? known[0].toUpperCase() + known.slice(1) : `Champ « ${field} »`, value]);
    }
    const isOpened = (field) => receipt.disclosures.some((one) => one.field === field);
    const closed = Object.keys(statement.commitments).filter((field) => !isOpened(field));
    const names = closed.sort().map((field) => named(FIELDS, field) ?? field);
    if (names.length) told.push(["Non divulgué", names.join(", ")]);
    return told;
  }

  /** Returns where the statement is, as the file says; null when it says nothing that can be read. */
  function leafOf(proof) {
    try {
      const { size, origin } = P.parseCheckpoint(P.parseNote(proof.checkpoint).text);
      return `feuille ${proof.index} d’un registre de ${size}, ${origin}`;
    } catch {
      return null;
    }
  }

  window.cguWords = Object.freeze({ STEPS, verdict, reserves, facts });
})();
