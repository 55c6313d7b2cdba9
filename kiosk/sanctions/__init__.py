"""What follows a breach of the terms: notice, answer, decision, effect, remedies, restoration."""
