# SPDX-License-Identifier: AGPL-3.0-or-later
"""Twenty-one rules of the city as an OpenFisca package: the peer of `bench/rules_vs_openfisca.py`."""
