"""What happened to an account, kept one year for its security: never where from, nor how somebody reads."""
