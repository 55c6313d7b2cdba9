"""The corpus: texts, their versions and what can be said of them. Pure: see README.md."""
