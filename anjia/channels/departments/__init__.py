"""The door for other offices and cities: signed JSON in, JSON or a problem out."""
