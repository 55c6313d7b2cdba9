"""How long what names people is kept, and how it goes: deletion, erasure, term, and what holds it back."""
