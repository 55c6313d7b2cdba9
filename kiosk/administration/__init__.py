"""The people of one publisher as its staff see them: found, looked at with a reason, closed, opened again."""
