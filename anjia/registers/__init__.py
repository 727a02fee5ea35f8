"""Registers of persons, households and addresses: typed entries on two time axes."""
