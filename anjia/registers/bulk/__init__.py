"""Loading a whole register at once: columns of entries, their leaves, and the fence around an empty register."""
