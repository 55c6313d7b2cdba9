"""Save a kiosk while it runs, and bring it back whole or not at all (requirement O-47)."""
