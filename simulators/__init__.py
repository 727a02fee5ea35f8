"""Stand-ins for systems that other offices run; separate processes that share no code with Anjia."""
