"""People's accounts: sign-up, verification of the address, sign-in, password."""
