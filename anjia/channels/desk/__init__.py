"""The desk of those who design rules: drafts, what they would do to everybody, publishing by a second person."""
