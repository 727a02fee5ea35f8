"""The city's departments as one HTTP process over synthetic records, with faults to switch on.

Run `python -m simulators.departments --help`. It answers lease filing, titles, the real-person
check and the marriage register, keeps its own data file and its own log of who asked what for
which purpose, and imports the standard library only, so that it cannot lean on what it tests.
"""
