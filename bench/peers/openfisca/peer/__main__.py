# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calculates the rules over the files of a folder, some rounds, and writes the answers of the last one.

Run: python -m peer FACTS OUT ROUNDS

FACTS holds `about.json` (day, persons, parameters) and the facts as NumPy files: `<fact>.npy` and, for all
but enumerations, `<fact>_known.npy`; OUT takes `<rule>_yes.npy` and `<rule>_no.npy`. The last line of
output is one JSON object.
"""

import gc
import json
import sys
import time
from pathlib import Path

import numpy
from openfisca_core.indexed_enums import EnumArray
from openfisca_core.parameters import ParameterNode
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem

from peer import facts, periods, rules
from peer.entities import Person


def system(parameters):
    """Gives the system of rules with the parameters of the city."""
    made = TaxBenefitSystem([Person])
    made.add_variables(*facts.variables(), periods.age, periods.residence_months, periods.permit_months)
    made.add_variables(*rules.variables())
    data = {name: {"values": {"2020-01-01": {"value": value}}} for name, value in parameters.items()}
    made.parameters = ParameterNode("", data=data)
    return made


def simulation(made, persons):
    """Gives an empty simulation of so many persons."""
    builder = SimulationBuilder()
    builder.create_entities(made)
    builder.declare_person_entity("person", numpy.arange(persons, dtype=numpy.int32))
    return builder.build(made)


def given(folder):
    """Gives the inputs by name, read into memory."""
    found = {}
    for path in sorted(folder.glob("*.npy")):
        values = numpy.load(path)
        kind = facts.ENUMS.get(path.stem)
        found[path.stem] = EnumArray(values, kind) if kind else values
    return found


def memory(field):
    """Gives a figure of this process's memory as the kernel counts it, in MiB."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return round(int(value.split()[0]) / 1024, 1)
    return 0.0


def main(folder, out, rounds):
    """Reads, calculates and writes."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    made, day = system(about["parameters"]), about["on"]
    started = time.perf_counter()
    inputs = given(folder)
    told = {"read": time.perf_counter() - started, "idle_mib": memory("VmRSS"), "build": [], "input": [], "seconds": [],
            "cpu": [], "threads": 1}
    one, answers = None, {}
    for _ in range(rounds):
        # What a round before has computed is nobody's any more, and must not count in the peak.
        one, answers = None, {}
        gc.collect()
        started = time.perf_counter()
        one = simulation(made, about["persons"])
        told["build"].append(time.perf_counter() - started)
        started = time.perf_counter()
        for name, values in inputs.items():
            one.set_input(name, day, values)
        told["input"].append(time.perf_counter() - started)
        started, worked = time.perf_counter(), time.process_time()
        answers = {name: one.calculate(name, day) for name in rules.RULES}
        told["seconds"].append(time.perf_counter() - started)
        told["cpu"].append(time.process_time() - worked)
    told["peak_mib"] = memory("VmHWM")
    for name, values in answers.items():
        numpy.save(out / f"{name}.npy", values)
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
