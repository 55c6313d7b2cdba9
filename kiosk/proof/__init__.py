"""What is proved, its exact bytes and how to check it. Pure: see README.md."""
