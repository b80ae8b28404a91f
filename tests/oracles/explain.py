"""Explains disagreements by named constructs, and makes small what can't be explained."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import constructs
from constructs import Construct

# How many constructs may stand together in one case, and how many combinations of them are tried.
TOGETHER = 4
COMBINATIONS = 120


@dataclass
class Disagreement:
    number: int
    case: dict[str, Any]
    oracle: str
    engine_says: str
    oracle_says: str
    explained_by: tuple[Construct, ...] = field(default=())


def explain(engine: Any, oracle: Any, found: list[Disagreement]) -> None:
    """Takes one construct out of each case, then two, and so on, until engine and oracle agree."""
    table = [construct for construct in constructs.CONSTRUCTS if oracle.name in construct.oracles]
    # What a case has become without some constructs. Their order can matter: taking one out may bring another to light.
    rewritten: list[list[tuple[tuple[Construct, ...], dict[str, Any]]]] = [[((), disagreement.case)] for disagreement in found]
    for _ in range(TOGETHER):
        tried: list[tuple[int, tuple[Construct, ...], dict[str, Any]]] = []
        for index, disagreement in enumerate(found):
            if disagreement.explained_by:
                continue
            further: dict[str, tuple[tuple[Construct, ...], dict[str, Any]]] = {}
            for taken, case in rewritten[index]:
                for construct in table:
                    next_case = construct.taken_out(case) if construct not in taken and len(further) < COMBINATIONS else None
                    if next_case is not None:
                        further.setdefault(json.dumps(next_case), ((*taken, construct), next_case))
            rewritten[index] = list(further.values())
            tried += [(index, combination, case) for combination, case in rewritten[index]]
        if not tried:
            return
        simulated = [case for _, _, case in tried]
        for (index, combination, _), engine_says, oracle_says in zip(tried, engine.decide(simulated), oracle.decide(simulated)):
            disagreement = found[index]
            # What AWS's documents decide the rewrite leaves as it was.
            kept = any(construct.keeps(disagreement.engine_says, engine_says) for construct in combination)
            if kept and engine_says == oracle_says and not disagreement.explained_by:
                disagreement.explained_by = combination


@dataclass
class Change:
    """A rewrite that changed the engine's answer, though it does not change what the case means."""

    number: int
    case: dict[str, Any]
    construct: Construct
    before: str
    after: str


def changes(engine: Any, drawn: dict[int, dict[str, Any]], says: dict[int, str]) -> tuple[int, list[Change]]:
    """Takes one construct out of each case that holds any, whether or not somebody disagrees: the engine's answer must stay.

    What both oracles misread in the same way shows here only, should the engine misread it as well.
    """
    tried = []
    for number, case in drawn.items():
        for step in range(len(constructs.CONSTRUCTS)):
            construct = constructs.CONSTRUCTS[(number + step) % len(constructs.CONSTRUCTS)]
            rewritten = construct.taken_out(case)
            if rewritten is not None:
                tried.append((number, construct, rewritten))
                break
    after = engine.decide([rewritten for _, _, rewritten in tried])
    return len(tried), [Change(number, drawn[number], construct, says[number], decision)
                        for (number, construct, _), decision in zip(tried, after) if not construct.keeps(says[number], decision)]


def shrink_change(engine: Any, change: Change) -> Change:
    while True:
        tried = [(case, rewritten) for case in smaller(change.case) for rewritten in [change.construct.taken_out(case)] if rewritten is not None]
        decisions = engine.decide([case for pair in tried for case in pair])
        wrong = next(((case, before, after) for (case, _), before, after in zip(tried, decisions[::2], decisions[1::2])
                      if not change.construct.keeps(before, after)), None)
        if wrong is None:
            return change
        change = Change(change.number, wrong[0], change.construct, wrong[1], wrong[2])


def shrink(engine: Any, oracle: Any, disagreement: Disagreement) -> Disagreement:
    """Drops whatever can be dropped while the same disagreement stays, unexplained."""
    smallest = disagreement
    while True:
        candidates = [Disagreement(disagreement.number, case, disagreement.oracle, "", "") for case in smaller(smallest.case)]
        candidates = [candidate for candidate in candidates if oracle.judges(candidate.case)]
        simulated = [candidate.case for candidate in candidates]
        same = []
        for candidate, engine_says, oracle_says in zip(candidates, engine.decide(simulated), oracle.decide(simulated)):
            candidate.engine_says, candidate.oracle_says = engine_says, oracle_says
            if (engine_says, oracle_says) == (smallest.engine_says, smallest.oracle_says):
                same.append(candidate)
        explain(engine, oracle, same)
        candidate = next((candidate for candidate in same if not candidate.explained_by), None)
        if candidate is None:
            return smallest
        smallest = candidate


def smaller(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The case with one thing less, in each way; large things first."""
    # A key has a policy and a role a trust policy: without one there is nothing to compare.
    kept = ["request", "identity_policies"] + (["resource_policy"] if case["request"]["action"].startswith(("kms:", "sts:")) else [])
    for layer in [layer for layer in case if layer not in kept]:
        yield without(case, [layer])
    for layer in ("service_control_policies", "resource_control_policies", "identity_policies"):
        for path in [[layer, index] for index in range(len(case.get(layer, [])))]:
            yield without(case, path)
            if layer != "identity_policies":
                for index in range(len(at(case, path))):
                    yield without(case, [*path, index])
    for path in policies(case):
        statements = at(case, [*path, "Statement"])
        if isinstance(statements, dict):
            changed = copy.deepcopy(case)
            at(changed, path)["Statement"] = [copy.deepcopy(statements)]
            yield changed
            continue
        if len(statements) > 1:
            for index in range(len(statements)):
                yield without(case, [*path, "Statement", index])
        if "Id" in at(case, path):
            yield without(case, [*path, "Id"])
        for index, statement in enumerate(statements):
            yield from smaller_statement(case, [*path, "Statement", index], statement)
    for key in case["request"].get("context", {}):
        yield without(case, ["request", "context", key])


def smaller_statement(case: dict[str, Any], path: list[Any], statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for element in ("Sid", "Condition"):
        if element in statement:
            yield without(case, [*path, element])
    for operator, block in statement.get("Condition", {}).items():
        yield without(case, [*path, "Condition", operator])
        for key, values in block.items():
            if len(block) > 1:
                yield without(case, [*path, "Condition", operator, key])
            if isinstance(values, list) and len(values) > 1:
                for index in range(len(values)):
                    yield without(case, [*path, "Condition", operator, key, index])
    lists = [[element] for element in ("Action", "NotAction", "Resource", "NotResource")]
    for element in ("Principal", "NotPrincipal"):
        if isinstance(statement.get(element), dict):
            if len(statement[element]) > 1:
                for kind in statement[element]:
                    yield without(case, [*path, element, kind])
            lists += [[element, kind] for kind in statement[element]]
    for steps in lists:
        values = at(statement, steps) if steps[0] in statement else None
        if isinstance(values, list) and len(values) > 1:
            for index in range(len(values)):
                yield without(case, [*path, *steps, index])


def policies(case: dict[str, Any]) -> Iterator[list[Any]]:
    """The path of each policy document."""
    for index in range(len(case.get("identity_policies", []))):
        yield ["identity_policies", index, "policy"]
    for layer in ("resource_policy", "permissions_boundary", "session_policy"):
        if layer in case:
            yield [layer, "policy"]
    for layer in ("service_control_policies", "resource_control_policies"):
        for number, level in enumerate(case.get(layer, [])):
            for index in range(len(level)):
                yield [layer, number, index, "policy"]


def at(value: Any, path: list[Any]) -> Any:
    for step in path:
        value = value[step]
    return value


def without(case: dict[str, Any], path: list[Any]) -> dict[str, Any]:
    changed = copy.deepcopy(case)
    del at(changed, path[:-1])[path[-1]]
    return changed
