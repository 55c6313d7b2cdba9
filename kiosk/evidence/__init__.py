"""What a legal team does beside the public: evidence for a court, asked by one, released by another."""
