"""The residents' channel: the registry in the pocket, phone first."""
