"""A synthetic town: made from a seed, calibrated to a census, loaded whole or not at all."""
