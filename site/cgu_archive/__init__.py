"""Build the static archive from versioned terms of use."""
