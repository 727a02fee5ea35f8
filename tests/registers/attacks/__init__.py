"""Attacks on the invariants of the register: many writers, legal and illegal acts, with and without locks."""
