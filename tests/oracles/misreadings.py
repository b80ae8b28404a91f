"""Whether the comparison would notice: an engine that misreads one thing must be found out.

The engine is asked about a case from which the thing is already gone, or turned into what a misreader takes it for, and
the oracles about the case as it is. An explanation that explains too much would hide that. Run by hand, after `run`:
`target/oracles/venv/bin/python tests/oracles/misreadings.py`.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable
from typing import Any

import cases
import constructs
import explain
from explain import Disagreement
from judges import ORACLES, Engine


def operators(rename: Callable[[str], str]) -> Callable[[dict[str, Any]], None]:
    def misread(case: dict[str, Any]) -> None:
        for _, _, statement in constructs.every_statement(case):
            condition: dict[str, Any] = {}
            for name, block in statement.get("Condition", {}).items():
                condition.setdefault(rename(name), {}).update(block)
            if condition:
                statement["Condition"] = condition
    return misread


def layer_gone(layer: str) -> Callable[[dict[str, Any]], None]:
    return lambda case: (case.pop(layer, None), None)[1]


def each_statement(change: Callable[[dict[str, Any], str, dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def misread(case: dict[str, Any]) -> None:
        for layer, _, statement in list(constructs.every_statement(case)):
            change(case, layer, statement)
    return misread


def newer_version(case: dict[str, Any]) -> None:
    for _, policy in constructs.layers(case):
        policy["Version"] = "2012-10-17"


def account_named_is_direct(case: dict[str, Any], _: str, statement: dict[str, Any]) -> None:
    account = constructs.account(case)
    if statement["Effect"] == "Allow" and {account, f"arn:aws:iam::{account}:root"} & set(constructs.names(statement.get("Principal", {}))):
        statement["Principal"] = "*"


def role_named_is_session(case: dict[str, Any], _: str, statement: dict[str, Any]) -> None:
    principal = case["request"]["principal"]
    if ":assumed-role/" in principal and isinstance(statement.get("Principal"), dict) and "AWS" in statement["Principal"]:
        role = constructs.context(case)["aws:principalarn"]
        statement["Principal"]["AWS"] = [principal if name == role else name for name in constructs.listed(statement["Principal"]["AWS"])]


def without_resource_is_all(_: dict[str, Any], layer: str, statement: dict[str, Any]) -> None:
    if layer == "resource_policy" and "NotResource" not in statement:
        statement.setdefault("Resource", "*")


def not_action_is_none(_: dict[str, Any], __: str, statement: dict[str, Any]) -> None:
    if "NotAction" in statement:
        del statement["NotAction"]
        statement["Action"] = "*"


def not_resource_is_none(_: dict[str, Any], __: str, statement: dict[str, Any]) -> None:
    if "NotResource" in statement:
        del statement["NotResource"]
        statement["Resource"] = "*"


def not_principal_is_none(_: dict[str, Any], __: str, statement: dict[str, Any]) -> None:
    if "NotPrincipal" in statement:
        del statement["NotPrincipal"]
        statement["Principal"] = {"AWS": "arn:aws:iam::999999999999:role/nobody"}


def first_value_only(case: dict[str, Any]) -> None:
    for _, _, _, block, key in constructs.every_condition(case):
        block[key] = constructs.listed(block[key])[0]


def variables_are_text(case: dict[str, Any]) -> None:
    for _, policy in constructs.layers(case):
        policy.pop("Version", None)


def cased_actions(_: dict[str, Any], __: str, statement: dict[str, Any]) -> None:
    if "Action" in statement:
        statement["Action"] = [action if action[:4].islower() else "kms:Nothing" for action in constructs.listed(statement["Action"])] or "kms:Nothing"


def same_account(case: dict[str, Any]) -> None:
    own = constructs.account(case)
    if own and constructs.cross_account(case):
        case["identity_policies"] = [{"name": "all", "policy": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}]


def last_level_only(case: dict[str, Any]) -> None:
    if "service_control_policies" in case:
        case["service_control_policies"] = case["service_control_policies"][-1:]


def epochs_are_milliseconds(case: dict[str, Any]) -> None:
    for _, _, operator, block, key in constructs.every_condition(case):
        if operator.base.startswith("date"):
            constructs.change_values(block, key, lambda value: "1970-01-21T18:41:02Z" if str(value).isdigit() else value)


MISREADINGS: dict[str, Callable[[dict[str, Any]], None]] = {
    "IfExists is ignored": operators(lambda name: name.replace("IfExists", "")),
    "every operator has IfExists": operators(lambda name: name if name == "Null" or name.endswith("IfExists") else name + "IfExists"),
    "ForAllValues is ForAnyValue": operators(lambda name: name.replace("ForAllValues", "ForAnyValue")),
    "ForAnyValue is ForAllValues": operators(lambda name: name.replace("ForAnyValue", "ForAllValues")),
    "StringLike is StringEquals": operators(lambda name: name.replace("StringLike", "StringEquals")),
    "StringEquals is StringLike": operators(lambda name: name if "Ignore" in name else name.replace("StringEquals", "StringLike")),
    "case is ignored": operators(lambda name: name if "Ignore" in name else name.replace("StringEquals", "StringEqualsIgnoreCase")),
    "ArnLike is StringLike": operators(lambda name: name.replace("ArnLike", "StringLike").replace("ArnNotLike", "StringNotLike")),
    "less or equal is less": operators(lambda name: name.replace("LessThanEquals", "LessThan")),
    "no Version is the newer version": newer_version,
    "variables are text": variables_are_text,
    "first value only": first_value_only,
    "epochs are milliseconds": epochs_are_milliseconds,
    "session policies are ignored": layer_gone("session_policy"),
    "boundaries are ignored": layer_gone("permissions_boundary"),
    "service control policies are ignored": layer_gone("service_control_policies"),
    "the last level of service control policies only": last_level_only,
    "resource control policies are ignored": layer_gone("resource_control_policies"),
    "an account named is everybody in it": each_statement(account_named_is_direct),
    "a role named is its session named": each_statement(role_named_is_session),
    "no identity policy is needed across accounts": same_account,
    "a key policy statement without Resource counts": each_statement(without_resource_is_all),
    "NotAction is everything": each_statement(not_action_is_none),
    "NotResource is everything": each_statement(not_resource_is_none),
    "NotPrincipal names nobody": each_statement(not_principal_is_none),
    "actions are compared with case": each_statement(cased_actions),
}


class Misreader:
    """The engine, after it has misread."""

    def __init__(self, misread: Callable[[dict[str, Any]], None]):
        self.misread = misread

    def decide(self, simulated: list[dict[str, Any]]) -> list[str]:
        misread = [copy.deepcopy(case) for case in simulated]
        for case in misread:
            self.misread(case)
        return Engine().decide(misread)


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--requests", type=int, default=3000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    drawn = [cases.draw(chosen.seed, number) for number in range(chosen.requests)]
    says = {oracle.name: {number: decision for number, decision in zip(
        [number for number, case in enumerate(drawn) if oracle.judges(case)],
        oracle.decide([case for case in drawn if oracle.judges(case)]))} for oracle in ORACLES}
    hidden = 0
    for name, misread in MISREADINGS.items():
        engine = Misreader(misread)
        decisions = engine.decide(drawn)
        differs = 0
        _, changes = explain.changes(engine, dict(enumerate(drawn)), dict(enumerate(decisions)))
        unexplained = len(changes)
        for oracle in ORACLES:
            found = [Disagreement(number, drawn[number], oracle.name, decisions[number], oracle_says)
                     for number, oracle_says in says[oracle.name].items() if decisions[number] != oracle_says]
            explain.explain(engine, oracle, found)
            differs += len(found)
            unexplained += sum(not disagreement.explained_by for disagreement in found)
        hidden += unexplained == 0
        print(f"{'found out' if unexplained else 'NOT FOUND':<10} {unexplained:>5} unexplained, {differs:>5} differ  {name}", flush=True)
    return 1 if hidden else 0


if __name__ == "__main__":
    sys.exit(main())
