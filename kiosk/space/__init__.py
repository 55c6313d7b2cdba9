"""« Mon espace » : all that is held of a person, to read and to take away."""
