"""Parts of `bench/act_commit.py`: the ground, the service, and its hand-written peer."""
