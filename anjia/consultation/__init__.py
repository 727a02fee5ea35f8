"""Consultation: a question in people's own words finds the matter, its approved sentence and its article."""

from anjia.consultation.answering import Answer, Found, answer

__all__ = ["Answer", "Found", "answer"]
