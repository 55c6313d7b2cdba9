"""The kiosk: accounts, acceptance of terms and proofs of it."""
