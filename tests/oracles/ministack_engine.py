"""Asks ministack's evaluator, which is a module of Python's: no server is started.

It knows no organization policies, and lets a root user do everything before any policy is read, so that such cases
are not its to judge. It computes some context keys itself (the time, the source address, the principal's ARN). The
cases say what those are, so every key is given to it under a name that it does not know.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator

DECISIONS = {"Allow": "allowed", "Deny": "explicitly_denied", "ImplicitDeny": "implicitly_denied"}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def judges(case: dict[str, Any]) -> bool:
    request = case["request"]
    if case.get("service_control_policies") or case.get("resource_control_policies"):
        return False
    return not request["principal"].endswith(":root") and request["action"].lower() != "sts:getcalleridentity"


def decide(case: dict[str, Any], context: dict[str, Any]) -> str:
    request = case["request"]
    principal = request["principal"]
    service = request["action"].split(":", 1)[0].lower()
    account = principal.split(":")[4] if principal.startswith("arn:") else ""
    evaluated = iam_evaluator.EvalContext(
        principal_arn=principal, principal_type="", principal_account=account, action=request["action"],
        resource_arn=request["resource"], region="", source_ip="", secure_transport=False,
        service_context={f"given/{key.lower()}": value for key, value in context.items()})
    resource_policy = case.get("resource_policy")
    document = renamed(resource_policy["policy"]) if resource_policy else None
    if not account:
        return DECISIONS[iam_evaluator.evaluate_resource_policy(document, evaluated, service=principal).decision]
    identity = case.get("identity_policies")
    policies = [parsed(named["policy"]) for named in identity] if identity is not None else [parsed(EVERYTHING)]
    limits = [[parsed(case[layer]["policy"])] for layer in ("permissions_boundary", "session_policy") if layer in case]
    result = iam_evaluator.evaluate(evaluated, policies, *limits)
    # A role's trust policy must allow as a key policy must.
    required = service in ("kms", "sts") and request["resource"] != "*"
    if document is not None or required or account != request["resource_account"]:
        result = iam_evaluator.combine_resource_policy(result, evaluated, document, request["resource_account"], required, tuple(limits))
    return DECISIONS[result.decision]


def parsed(policy: dict[str, Any]) -> list[Any]:
    return iam_evaluator.parse_policy_document(renamed(policy))


def renamed(policy: dict[str, Any]) -> dict[str, Any]:
    statements = policy["Statement"]
    return {"Statement": [rename_keys(statement) for statement in (statements if isinstance(statements, list) else [statements])]}


def rename_keys(statement: dict[str, Any]) -> dict[str, Any]:
    if "Condition" not in statement:
        return statement
    condition = {operator: {f"given/{key.lower()}": values for key, values in block.items()}
                 for operator, block in statement["Condition"].items()}
    return {**statement, "Condition": condition}
