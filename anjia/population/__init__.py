"""The population under the rules: what a change would do to everybody, and whom time alone will reach."""
