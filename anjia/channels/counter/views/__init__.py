"""Views of the counter, one module a page."""
