"""Where statements are kept, waiting to be sealed, with the disclosures that open them kept apart."""
