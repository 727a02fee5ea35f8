"""Anjia (安家): a city's household registration and everything that hangs on it."""

__version__ = "0.1.0"
