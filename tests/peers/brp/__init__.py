"""The occupancy scenarios of the Dutch register of persons (BRP bewoning), run against our address history."""
