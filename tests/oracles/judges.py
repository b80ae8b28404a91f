"""The three that decide: ekm-preflight through `simulate`, and the two oracles. Each takes cases and gives a decision for each."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import cases
import ministack_engine

# Where `run` puts things; all paths are relative to the repository.
PROGRAM = os.environ.get("EKM_PREFLIGHT", "target/release/ekm-preflight")
NODE = os.environ.get("ORACLES_NODE", "target/oracles/node")

# `simulate` reads no more than 8 MiB at once.
BATCH_BYTES = 7_500_000
# Exit 3: an answer depends on something. That is an answer.
ANSWERED = (0, 3)
# What the engine says of a request that the policies leave undecided.
DEPENDS = "depends"
RESERVED_ROLE = re.compile(r":role/aws-(reserved|service-role)/")
# A session of a role, for oracles that can't be asked about "a session of the role". No policy names it.
ANY_SESSION = "any-session"


class Refused(Exception):
    """The program does not take a case that it should take."""

    def __init__(self, reason: str, case: str):
        super().__init__(f"{reason}\n{case}")
        self.reason = reason


def answers(simulated: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `simulate` prints of each."""
    found: list[dict[str, Any]] = []
    for batch in batches([json.dumps(case) for case in simulated]):
        found.extend(ask(batch))
    return found


def batches(texts: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text) + 2
    if batch:
        yield batch


def ask(batch: list[str]) -> list[dict[str, Any]]:
    program = subprocess.run([PROGRAM, "simulate", "-"], input="[" + ",\n".join(batch) + "]", capture_output=True, text=True)
    if program.returncode in ANSWERED:
        found = json.loads(program.stdout)
        if len(found) != len(batch):
            raise Refused(f"simulate gave {len(found)} answers to {len(batch)} requests", batch[0])
        return found
    if len(batch) == 1:
        raise Refused(f"simulate ended with {program.returncode}: {program.stderr.strip()[-800:]}", batch[0])
    # One of them stopped the array: which?
    middle = len(batch) // 2
    return ask(batch[:middle]) + ask(batch[middle:])


class Engine:
    name = "ekm-preflight"

    def decide(self, simulated: list[dict[str, Any]]) -> list[str]:
        return [answer["decision"] for answer in answers(simulated)]


class IamSimulate:
    name = "iam-simulate"

    def judges(self, case: dict[str, Any]) -> bool:
        # Neither oracle knows grants. Of roles that AWS reserves it knows what IAM itself refuses, which no policy says.
        return not case.get("grants") and not RESERVED_ROLE.search(case["request"]["resource"])

    def decide(self, simulated: list[dict[str, Any]]) -> list[str]:
        if not simulated:
            return []
        asked = [json.dumps({"case": of_a_session(case), "context": cases.full_context(case)}) for case in simulated]
        node = subprocess.run(["node", os.path.join(os.path.dirname(__file__), "iam-simulate.mjs"), NODE],
                              input="\n".join(asked) + "\n", capture_output=True, text=True)
        found = [json.loads(line) for line in node.stdout.splitlines()]
        if node.returncode or len(found) != len(asked):
            raise RuntimeError(f"iam-simulate answered {len(found)} of {len(asked)} requests: {node.stderr[-2000:]}")
        return [answer.get("decision") or f"error: {answer['error']}" for answer in found]


class Ministack:
    name = "ministack"

    def judges(self, case: dict[str, Any]) -> bool:
        return not case.get("grants") and ministack_engine.judges(case)

    def decide(self, simulated: list[dict[str, Any]]) -> list[str]:
        return [ministack_engine.decide(of_a_session(case), cases.full_context(case)) for case in simulated]


ORACLES = [IamSimulate(), Ministack()]


def of_a_session(case: dict[str, Any]) -> dict[str, Any]:
    """The same case, asked by a session where it is asked by a role."""
    principal = case["request"]["principal"]
    if ":role/" not in principal:
        return case
    return {**case, "request": {**case["request"], "principal": session_of(principal)}}


def session_of(role: str) -> str:
    partition, account, name = role.split(":")[1], role.split(":")[4], role.rsplit("/", 1)[1]
    return f"arn:{partition}:sts::{account}:assumed-role/{name}/{ANY_SESSION}"
