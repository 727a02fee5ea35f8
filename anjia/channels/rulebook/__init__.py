"""The rule book: every rule in plain words, with its ground, its history, and a form to try it."""
