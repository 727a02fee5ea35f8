"""Views of the residents' channel, one module a noun."""
