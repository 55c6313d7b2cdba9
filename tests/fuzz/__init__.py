"""Parsers of proofs fed with changed files: ``python -m tests.fuzz.note -atheris_runs=100000``."""
