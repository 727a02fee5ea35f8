"""Moves between cities: the whole talk of two cities, with the other one as a process of its own."""
