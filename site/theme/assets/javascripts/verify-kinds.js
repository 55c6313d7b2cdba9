// What the statement of each kind says: its members, their types, and the fields that it may commit to.
"use strict";

(() => {
  /* Statements: the members of each kind, as kiosk/proof/kinds.py has them (a test compares) */
  const DOCUMENT = {
    service: "text",
    terms: "text",
    version: "text",
    "label?": "text",
    text_hash: "hash",
    metadata_hash: "hash",
    origin: "=accession|publication",
    "published_at?": "instant",
    "effective_at?": "instant",
  };
  const CHECKPOINT = {
    size: "count",
    root: "hash",
    at: "instant",
    "token?": { size: "count", authority: "text", hash: "hash" },
  };
  const COMMON = {
    format: "text",
    kind: "text",
    environment: "=demonstration|publisher",
    id: "id",
    at: "instant",
  };
  const ENTERED = {
    document: DOCUMENT,
    dates: {
      "declared_on?": "text",
      "approved_on?": "text",
      "published_at?": "text",
      "effective_on?": "text",
      "required_on?": "text",
      "archived_on?": "text",
    },
    "reason?": "text",
    "checkpoint?": CHECKPOINT,
  };
  const MEMBERS = {
    decision: {
      subject: "id",
      decision: "=accepted|awaiting|deferred|refused|renounced|terminated",
      document: DOCUMENT,
      wording: { box: "text", statements: ["text"], button: "text", language: "text" },
      named_without_text: ["text"],
      capacity: "=organisation|representative|self",
      exposure: { shown_at: "instant", text: "=whole", "compared_with?": "text", "comparison_hash?": "hash" },
      authentication: { method: "text", at: "instant" },
      "previous?": "hash",
      screen: "hash",
      "checkpoint?": CHECKPOINT,
      retention: "text",
    },
    contestation: { subject: "id", about: "hash", "checkpoint?": CHECKPOINT },
    publication: ENTERED,
    accession: ENTERED,
    notification: {
      "subject?": "id",
      "about?": "hash",
      "document?": DOCUMENT,
      purpose: "text",
      channel: "text",
      mail_hash: "hash",
      state: "=bounced|handed|refused",
    },
    exposure: { day: "text", count: "count", digest: "hash" },
    erasure: { act: "=account|request|term", statements: ["hash"], "decided_by?": "text", "remedy?": "text" },
    sanction: {
      subject: "id",
      act: "=answer|dropped|measure|notice|restored|urgent",
      "about?": "hash",
      document: DOCUMENT,
      provision: "text",
      measure: "text",
      "until?": "instant",
      "answer_by?": "instant",
      "decided_by?": "text",
      "remedy?": "text",
    },
    drafting: {
      draft: "id",
      number: "count",
      act:
        "=abandoned|approved|cancelled|commented|linked|opened|published|resolved|returned|revised" +
        "|scheduled|silenced|submitted|uncancelled|unlinked|unscheduled|visa|withdrawn",
      service: "text",
      terms: "text",
      revision: "count",
      "content_hash?": "hash",
      "place?": "text",
      "about?": "count",
      function: "text",
      "due_at?": "instant",
    },
    administration: {
      act:
        "=deactivated|link-removed|link-restored|link-verified|mailing-resumed|mailing-stopped" +
        "|measure-released|notice-confirmed|notice-stopped|notice-written|reactivated|reminder-asked" +
        "|reminder-stopped|service-closed|service-opened",
      publisher: "text",
      services: ["text"],
      "document?": DOCUMENT,
      "about?": "hash",
      "subject?": "id",
      function: "text",
      "until?": "instant",
    },
    cancellation: { document: DOCUMENT, reason: "text", decided_by: "text" },
    "key-change": { old: "key", new: "key", reason: "=lost|routine|stolen", size: "count" },
    screens: { release: "text", screen: "hash", files: { "*": "hash" } },
    incident: { nature: "=clock|recovery", details: { "*": "text|integer" } },
  };
  const OPTIONAL = { decision: { together: [DOCUMENT] } };
  const COMMITTED = {
    decision: ["account", "capacity_declaration", "email", "organisation_name", "profile", "siren", "siret", "words"],
    contestation: ["account", "organisation_name", "siren", "words"],
    notification: ["email"],
    drafting: ["officer", "words"],
    administration: ["account", "count", "officer", "words"],
    sanction: ["account", "actions", "answer", "contact", "grounds", "urgency"],
  };

  window.cguKinds = Object.freeze({ COMMON, MEMBERS, OPTIONAL, COMMITTED });
})();
