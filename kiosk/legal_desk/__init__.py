"""Where a legal team drafts, compares, approves, schedules, publishes, and watches people decide."""
