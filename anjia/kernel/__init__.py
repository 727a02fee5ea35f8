"""The concept that carries everything: an Act writes Entries, under a Definition, by a Grant."""
