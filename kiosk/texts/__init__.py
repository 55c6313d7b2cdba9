"""The published texts the kiosk speaks of: the database is where a publication happens."""
