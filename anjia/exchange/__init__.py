"""Exchange with other departments: purpose-bound, logged queries out."""
