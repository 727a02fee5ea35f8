"""The commands of `anjia`, one module each."""
