"""Sealed documents: layout, seal, issue, status and verification."""
