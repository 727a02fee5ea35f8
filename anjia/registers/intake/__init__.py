"""Registers from files and back: CSV read, judged row by row, loaded by acts; and given out in the same shape."""
