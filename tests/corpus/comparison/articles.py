"""Sentences and articles that the tests of pairing move about."""

from __future__ import annotations

OBJECT = "Le service gère les comptes des habitants de la commune et leurs demandes."
PRICE = "L’accès est gratuit pour tous, hors coût de la connexion au réseau."
ACCOUNT = "Le compte est ouvert en mairie sur présentation d’une pièce d’identité valide."
PASSWORD = "Le mot de passe contient au moins douze caractères et reste strictement personnel."
LAW = "Le droit français s’applique et le tribunal administratif de Lille est compétent."
LINKS = "Les sites tiers vers lesquels renvoient des hyperliens échappent au contrôle de la commune."
COOKIES = "Aucun traceur publicitaire n’est déposé sur votre appareil pendant la navigation."


def text(*articles: tuple[str, str]) -> str:
    """Return numbered articles, each a title and a body."""
    return "\n\n".join(
        f"## Article {rank} – {title}\n\n{body}" for rank, (title, body) in enumerate(articles, start=1)
    )


FOUR = text(("Objet", OBJECT), ("Prix", PRICE), ("Compte", ACCOUNT), ("Droit", LAW))
