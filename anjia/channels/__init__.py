"""Channels: pages for residents, the counter and the public. No models, and writes only through services."""
