"""What a person decides on a version, the gate that asks, and the receipts that prove it."""
