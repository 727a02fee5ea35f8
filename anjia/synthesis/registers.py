"""The registers of the town: every table as it stands after thirty years of acts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anjia.synthesis import addresses, days, heads, homes, names, numbers, stories
from anjia.synthesis.addresses import Addresses
from anjia.synthesis.draws import Ints, weighted
from anjia.synthesis.entries import Table, plain, ranking, unroll
from anjia.synthesis.events import CODE, NOT
from anjia.synthesis.homes import Built
from anjia.synthesis.names import Texts
from anjia.synthesis.residents import People
from anjia.synthesis.spells import Spells, merge
from anjia.synthesis.town import Town

EPOCH = days.number(__import__("datetime").date(1990, 1, 1))
