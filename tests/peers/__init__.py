"""Judged by the executable specifications of other registers, read where they lie."""
