"""Parts of `bench/rules_vs_openfisca.py`: the population, the set of rules, and the programs that judge them."""
