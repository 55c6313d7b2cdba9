"""Companies: what their numbers must look like, and directories that say who has one."""
