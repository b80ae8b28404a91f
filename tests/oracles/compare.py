"""Compares the engine with the oracles on random cases, and fails on a disagreement that nothing explains."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections import Counter
from typing import Any

import cases
import explain
from explain import Change, Disagreement
from judges import ORACLES, Engine, Refused

CHUNK = 2500
# Unexplained disagreements that are made small and printed, of each kind.
SHOWN_OF_A_KIND = 3
SHOWN = 15


def compare(chunk: tuple[int, int, int]) -> tuple[Counter[Any], list[Disagreement], list[Change]]:
    """One chunk of cases: the counts, every disagreement, explained or not, and what a rewrite should not have changed."""
    seed, first, last = chunk
    drawn = {number: cases.draw(seed, number) for number in range(first, last)}
    engine = Engine()
    counts: Counter[Any] = Counter()
    says = dict(zip(drawn, engine.decide(list(drawn.values()))))
    for number, decision in says.items():
        counts["decision", decision] += 1
    disagreements: list[Disagreement] = []
    for oracle in ORACLES:
        judged = [number for number, case in drawn.items() if oracle.judges(case)]
        counts["judged", oracle.name] = len(judged)
        found = [Disagreement(number, drawn[number], oracle.name, says[number], oracle_says)
                 for number, oracle_says in zip(judged, oracle.decide([drawn[number] for number in judged]))
                 if oracle_says != says[number]]
        explain.explain(engine, oracle, found)
        disagreements += found
    counts["rewritten", ""], changes = explain.changes(engine, drawn, says)
    return counts, disagreements, changes


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--requests", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--show", type=int, metavar="NUMBER", help="print one case and what each says of it")
    chosen = arguments.parse_args()
    if chosen.show is not None:
        return show(cases.draw(chosen.seed, chosen.show))
    chunks = [(chosen.seed, first, min(first + CHUNK, chosen.requests)) for first in range(0, chosen.requests, CHUNK)]
    counts: Counter[Any] = Counter()
    disagreements: list[Disagreement] = []
    changes: list[Change] = []
    try:
        with multiprocessing.Pool(2) as pool:
            for chunk_counts, found, changed in pool.imap(compare, chunks):
                counts += chunk_counts
                disagreements += found
                changes += changed
    except Refused as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    summarize(chosen, counts, disagreements)
    unexplained = [disagreement for disagreement in disagreements if not disagreement.explained_by]
    print(f"{counts['rewritten', '']} cases asked again without one of their constructs: the answer changed for {len(changes)}")
    report(unexplained)
    report_changes(changes)
    return 1 if unexplained or changes else 0


def summarize(chosen: argparse.Namespace, counts: Counter[Any], disagreements: list[Disagreement]) -> None:
    print(f"{chosen.requests} requests, seed {chosen.seed}")
    for (kind, name), count in sorted(counts.items()):
        if kind == "decision":
            print(f"  {name:<18} {count:>7}  {100 * count / chosen.requests:.1f} %")
    for oracle in ORACLES:
        of_it = [disagreement for disagreement in disagreements if disagreement.oracle == oracle.name]
        judged = counts["judged", oracle.name]
        explained: Counter[str] = Counter()
        together = 0
        for disagreement in of_it:
            together += len(disagreement.explained_by) > 1
            for construct in disagreement.explained_by:
                explained[construct.name] += 1
        unexplained = sum(not disagreement.explained_by for disagreement in of_it)
        print(f"{oracle.name} judged {judged}: agrees on {judged - len(of_it)}, differs on {len(of_it)}, of which {unexplained} unexplained"
              f"{f' and {together} by several constructs' if together else ''}")
        for name, count in explained.most_common():
            print(f"  {count:>6}  {name}")


def report(unexplained: list[Disagreement]) -> None:
    """The smallest reproductions, some of each kind."""
    oracles = {oracle.name: oracle for oracle in ORACLES}
    kinds: Counter[tuple[str, str, str]] = Counter()
    shown: set[str] = set()
    for disagreement in unexplained:
        kind = (disagreement.oracle, disagreement.engine_says, disagreement.oracle_says)
        kinds[kind] += 1
        if kinds[kind] > SHOWN_OF_A_KIND or len(shown) >= SHOWN:
            continue
        smallest = explain.shrink(Engine(), oracles[disagreement.oracle], disagreement)
        text = json.dumps(smallest.case)
        if text not in shown:
            shown.add(text)
            print(f"\nunexplained, case {disagreement.number}: the engine says {disagreement.engine_says}, "
                  f"{disagreement.oracle} says {disagreement.oracle_says}\n{text}")
    for (oracle, engine_says, oracle_says), count in sorted(kinds.items()):
        print(f"{count} unexplained: the engine says {engine_says}, {oracle} says {oracle_says}", file=sys.stderr)


def report_changes(changes: list[Change]) -> None:
    shown: set[str] = set()
    for change in changes:
        if change.construct.name not in shown:
            shown.add(change.construct.name)
            smallest = explain.shrink_change(Engine(), change)
            print(f"\nchanged, case {change.number}: {smallest.before}, and {smallest.after} without: {change.construct.name}\n{json.dumps(smallest.case)}\n"
                  f"{json.dumps(change.construct.taken_out(smallest.case))}")


def show(case: dict[str, Any]) -> int:
    print(json.dumps(case, indent=1))
    print(f"ekm-preflight: {Engine().decide([case])[0]}")
    for oracle in ORACLES:
        print(f"{oracle.name}: {oracle.decide([case])[0] if oracle.judges(case) else 'not its to judge'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
