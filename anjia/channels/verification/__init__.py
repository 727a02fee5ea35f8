"""The public page on which anybody checks a document, by upload or by number."""
