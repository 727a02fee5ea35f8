"""The counter: officers see a case with rules beside facts beside sources, and decide it by key."""
