"""Who works for a publisher here: officers, their roles, how they prove who they are, what they did."""
