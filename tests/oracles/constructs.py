"""Why an oracle may differ from the engine: named constructs, each with the AWS document that sides with the engine.

Each construct comes with a rewrite that takes it out of a case without changing what the case means by that document.
So it explains a disagreement only if, on the rewritten case, engine and oracle agree, and the engine answers as it did
before: had the engine misread the construct, the rewrite would change its answer. Where AWS documents nothing the
engine answers `depends`, on requests that are fully known too; there the rewrite need only make both agree. It may answer "denied"
without the kind, if that is all that it depends on.
"""

from __future__ import annotations

import ipaddress
import marshal
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import cases
from judges import session_of

USER_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
KMS_GUIDE = "https://docs.aws.amazon.com/kms/latest/developerguide/"
ORGANIZATIONS_GUIDE = "https://docs.aws.amazon.com/organizations/latest/userguide/"

IAM_SIMULATE = "iam-simulate"
MINISTACK = "ministack"

# Matches nothing that a case draws.
NO_VALUE = "no-value"
NO_MARK = "no-mark"
NO_ARN = "arn:aws:none:::none"
NOBODY = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:role/nobody"}, "Action": "kms:Encrypt", "Resource": "*"}
# The layers in which an incomplete ARN is completed.
COMPLETED = ("identity", "permissions_boundary", "session_policy", "service_control_policies")
# What no operator but those for text can read.
UNREADABLE = ("abc", "yes", "203.0.113", "soon")
VARIABLE = re.compile(r"\$\{([^}]*)\}")
NEGATED = re.compile(r"not", re.IGNORECASE)


@dataclass(frozen=True)
class Construct:
    """`rewrite` changes a copy of the case in place; a case that it leaves as it is does not hold the construct."""

    name: str
    oracles: tuple[str, ...]
    document: str
    rewrite: Callable[[dict[str, Any]], None]
    # Whether the document says what it means. Where it does not, the rewrite settles it in one way.
    defined: bool = True

    def taken_out(self, case: dict[str, Any]) -> dict[str, Any] | None:
        # A copy, many times faster than `deepcopy` makes it.
        rewritten = marshal.loads(marshal.dumps(case))
        self.rewrite(rewritten)
        return rewritten if rewritten != case else None

    def keeps(self, before: str, after: str) -> bool:
        """Whether the engine's answer is what it was, as far as it was one."""
        return before in ("depends", after) or not self.defined and "allowed" not in (before, after)


# Walking through a case.

def layers(case: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy of a case with the name of its layer."""
    for named in case.get("identity_policies", []):
        yield "identity", named["policy"]
    for layer in ("resource_policy", "permissions_boundary", "session_policy"):
        if layer in case:
            yield layer, case[layer]["policy"]
    for layer in ("service_control_policies", "resource_control_policies"):
        for level in case.get(layer, []):
            for named in level:
                yield layer, named["policy"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return listed(policy["Statement"])


def every_statement(case: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for layer, policy in layers(case):
        for statement in statements(policy):
            yield layer, policy, statement


@dataclass(frozen=True)
class Operator:
    """A condition operator in its parts."""

    set: str
    base: str
    if_exists: bool

    @staticmethod
    def of(name: str) -> Operator:
        prefix, _, base = name.rpartition(":")
        if_exists = base.lower().endswith("ifexists")
        return Operator(prefix.lower(), (base[:-8] if if_exists else base).lower(), if_exists)

    @property
    def negated(self) -> bool:
        return bool(NEGATED.search(self.base))


def every_condition(case: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], Operator, dict[str, Any], str]]:
    """Policy, statement, operator, the operator's block and the key in it."""
    for _, policy, statement in every_statement(case):
        for name, block in list(statement.get("Condition", {}).items()):
            for key in list(block):
                yield policy, statement, Operator.of(name), block, key


def drop_condition(statement: dict[str, Any], block: dict[str, Any], key: str) -> None:
    del block[key]
    statement["Condition"] = {name: kept for name, kept in statement["Condition"].items() if kept}
    if not statement["Condition"]:
        del statement["Condition"]


def change_values(block: dict[str, Any], key: str, change: Callable[[Any], Any]) -> None:
    changed = [change(value) for value in listed(block[key])]
    block[key] = changed if isinstance(block[key], list) else changed[0]


def change_element(statement: dict[str, Any], element: str, change: Callable[[str], str]) -> None:
    if element in statement:
        change_values(statement, element, change)


def keep_statements(policy: dict[str, Any], kept: Callable[[dict[str, Any]], bool], nobody: dict[str, Any]) -> None:
    remaining = [statement for statement in statements(policy) if kept(statement)]
    if len(remaining) != len(statements(policy)):
        policy["Statement"] = remaining or [nobody]


def nobody_for(case: dict[str, Any]) -> dict[str, Any]:
    """A statement that allows nobody anything, for a policy that would be left empty."""
    action = case["request"]["action"]
    return {**NOBODY, "Action": action} if not action.startswith("sts:") else {
        key: value for key, value in {**NOBODY, "Action": action}.items() if key != "Resource"}


def nobody_in(case: dict[str, Any], layer: str) -> dict[str, Any]:
    if layer == "resource_policy":
        return nobody_for(case)
    if layer == "resource_control_policies":
        return {"Effect": "Deny", "Principal": "*", "Action": "sqs:ListQueues", "Resource": NO_ARN}
    return {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": NO_ARN}


def context(case: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): value for key, value in cases.full_context(case).items()}


def account(case: dict[str, Any]) -> str | None:
    principal = case["request"]["principal"]
    return principal.split(":")[4] if principal.startswith("arn:") else None


def cross_account(case: dict[str, Any]) -> bool:
    return account(case) not in (None, case["request"]["resource_account"])


def service(case: dict[str, Any]) -> str:
    return case["request"]["action"].split(":", 1)[0].lower()


def names(principal: Any) -> list[str]:
    """The ARNs, accounts and "*" that a Principal element names."""
    if isinstance(principal, str):
        return [principal]
    return [name for kind, values in principal.items() if kind == "AWS" for name in listed(values)]


def resolved(policy: dict[str, Any], value: str, keys: dict[str, Any]) -> str:
    """A value with its variables replaced, which needs the newer policy version. No request holds `*`, `?` or `$`."""
    names_of_variables = variable_names(value)
    if policy.get("Version") != "2012-10-17" or any(isinstance(keys.get(name), list) for name in names_of_variables):
        return value

    def replaced(variable: re.Match[str]) -> str:
        if variable.group(1) in ("*", "?", "$"):
            return NO_MARK
        name, _, default = variable.group(1).partition(",")
        return keys.get(name.strip().lower()) or default.strip().strip("'") or NO_VALUE

    return VARIABLE.sub(replaced, value)


def variable_names(value: Any) -> list[str]:
    return [name.partition(",")[0].strip().lower() for name in VARIABLE.findall(value)] if isinstance(value, str) else []


def wildcard_match(pattern: str, text: str) -> bool:
    expression = "".join(".*" if mark == "*" else "." if mark == "?" else re.escape(mark) for mark in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def arn_match(pattern: str, arn: str) -> bool:
    """Each of the six parts by itself; only the last may hold colons."""
    parts, actual = pattern.split(":", 5), arn.split(":", 5)
    return len(parts) == 6 == len(actual) and all(map(wildcard_match, parts, actual))


# What iam-simulate reads in another way.

def escape_old_variables(case: dict[str, Any]) -> None:
    for _, policy in layers(case):
        if policy.get("Version") == "2012-10-17":
            continue
        held = False

        def escaped(value: Any) -> Any:
            nonlocal held
            if isinstance(value, str) and "${" in value:
                held = True
                return value.replace("${", "${$}{")
            return value

        for statement in statements(policy):
            for element in ("Resource", "NotResource"):
                change_element(statement, element, escaped)
            for block in statement.get("Condition", {}).values():
                for key in block:
                    change_values(block, key, escaped)
        if held:
            policy["Version"] = "2012-10-17"


def fill_missing_variables(case: dict[str, Any]) -> None:
    keys = context(case)
    for policy, _, operator, block, key in every_condition(case):
        if operator.negated and operator.base.startswith(("string", "arn")):
            change_values(block, key, lambda value: value if not isinstance(value, str) or resolved(policy, value, keys) == value
                          or NO_VALUE not in resolved(policy, value, keys) else NO_ARN if operator.base.startswith("arn") else NO_VALUE)


def fill_missing_resource_variables(case: dict[str, Any]) -> None:
    keys = context(case)
    for _, policy, statement in every_statement(case):
        change_element(statement, "Resource", lambda value: NO_ARN if NO_VALUE in resolved(policy, value, keys) else value)
    # For NotResource the guide can be read either way.
    drop_not_resources(case, lambda policy, value: NO_VALUE in resolved(policy, value, keys))


def drop_not_resources(case: dict[str, Any], odd: Callable[[dict[str, Any], str], bool]) -> None:
    for layer, policy in layers(case):
        keep_statements(policy, lambda statement: not any(odd(policy, value) for value in listed(statement.get("NotResource", []))),
                        nobody_in(case, layer))


def write_addresses_alike(case: dict[str, Any]) -> None:
    def network(value: Any) -> Any:
        return value if value in UNREADABLE else str(ipaddress.ip_network(value, strict=False))

    for _, _, operator, block, key in every_condition(case):
        if "ipaddress" in operator.base:
            change_values(block, key, network)
    given = case["request"].get("context", {})
    for key, value in given.items():
        if key.lower() == "aws:sourceip":
            given[key] = str(ipaddress.ip_address(value))


def write_dates_alike(case: dict[str, Any]) -> None:
    def written(value: Any) -> Any:
        text = str(value)
        if re.fullmatch(r"\d+", text):
            return datetime.fromtimestamp(int(text), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return value

    for _, _, operator, block, key in every_condition(case):
        if operator.base.startswith("date"):
            change_values(block, key, written)
    given = case["request"].get("context", {})
    for key, value in given.items():
        if key.lower() in ("aws:currenttime", "aws:epochtime"):
            given[key] = written(value)


def drop_any_value_if_exists(case: dict[str, Any]) -> None:
    keys = context(case)
    for _, statement, operator, block, key in every_condition(case):
        if operator.set == "foranyvalue" and operator.if_exists and key.lower() not in keys:
            drop_condition(statement, block, key)


def direct_names(case: dict[str, Any]) -> list[str]:
    principal = case["request"]["principal"]
    return [principal] if re.search(r":(user|assumed-role|federated-user)/", principal) else []


def allow_direct_grants(case: dict[str, Any], limits: tuple[str, ...]) -> None:
    """Lets the limits allow what the resource's policy grants to this very user or session."""
    if cross_account(case) or "resource_policy" not in case:
        return
    policy = case["resource_policy"]["policy"]
    direct = [statement for statement in statements(policy)
              if statement["Effect"] == "Allow" and set(direct_names(case)) & set(names(statement.get("Principal", {})))]
    for layer in limits:
        if layer not in case:
            continue
        for statement in direct:
            copied = {key: value for key, value in statement.items() if key not in ("Principal", "Sid")}
            copied.setdefault("Resource", "*")
            if "NotResource" in copied:
                del copied["Resource"]
            limit = case[layer]["policy"]
            if "${" in str(copied) and limit.get("Version") != policy.get("Version"):
                if "${" in str(limit):
                    continue
                limit["Version"] = policy.get("Version", "2008-10-17")
            limit["Statement"] = [*statements(limit), copied]


def direct_grants_past_session(case: dict[str, Any]) -> None:
    allow_direct_grants(case, ("session_policy",))


def leave_retiring_to_grants(case: dict[str, Any]) -> None:
    """The permission is not effective in a key policy, and resource control policies leave it alone."""
    if case["request"]["action"].lower() != "kms:retiregrant":
        return
    case.pop("resource_control_policies", None)
    if "resource_policy" in case:
        case["resource_policy"]["policy"]["Statement"] = [nobody_for(case)]


def drop_statements_without_resource(case: dict[str, Any]) -> None:
    if service(case) == "kms" and "resource_policy" in case:
        keep_statements(case["resource_policy"]["policy"], lambda statement: "Resource" in statement or "NotResource" in statement,
                        nobody_for(case))


ABROAD_ACTIONS = {"kms:" + action for action in (
    "encrypt", "decrypt", "reencryptfrom", "reencryptto", "generatedatakey", "describekey", "creategrant", "listgrants",
    "retiregrant", "revokegrant", "getpublickey", "getkeyrotationstatus")}


def drop_abroad_administration(case: dict[str, Any]) -> None:
    if cross_account(case) and service(case) == "kms" and case["request"]["action"].lower() not in ABROAD_ACTIONS:
        if "resource_policy" in case:
            keep_statements(case["resource_policy"]["policy"], lambda statement: statement["Effect"] == "Deny", nobody_for(case))


def drop_trust_in_root(case: dict[str, Any]) -> None:
    """A role is assumed with the credentials of a user or a role."""
    if case["request"]["principal"].endswith(":root") and case["request"]["action"].lower() == "sts:assumerole" and "resource_policy" in case:
        keep_statements(case["resource_policy"]["policy"], lambda statement: statement["Effect"] == "Deny", nobody_for(case))


def let_root_ask(case: dict[str, Any]) -> None:
    if case["request"]["principal"].endswith(":root"):
        case["identity_policies"] = [{"name": "root", "policy": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]


def drop_scps_of_services(case: dict[str, Any]) -> None:
    if account(case) is None:
        case.pop("service_control_policies", None)


def drop_rcps_elsewhere(case: dict[str, Any]) -> None:
    if service(case) == "sns":
        case.pop("resource_control_policies", None)


def drop_federating_users(case: dict[str, Any]) -> None:
    principal = case["request"]["principal"]
    if ":federated-user/" in principal:
        drop_names(case, lambda name: name.startswith(f"arn:aws:iam::{account(case)}:user/"))


def name_session(case: dict[str, Any]) -> None:
    """Asks for one session of a role, where any session of it was asked for."""
    principal = case["request"]["principal"]
    if ":role/" in principal:
        case["request"]["context"] = {"aws:PrincipalArn": principal, **case["request"].get("context", {})}
        case["request"]["principal"] = session_of(principal)


def write_booleans(case: dict[str, Any]) -> None:
    for _, _, _, block, key in every_condition(case):
        change_values(block, key, lambda value: str(value).lower() if isinstance(value, bool) else value)


def drop_aliases_of_key_policy(case: dict[str, Any]) -> None:
    if "resource_policy" in case:
        keep_statements(case["resource_policy"]["policy"], lambda statement: not any(
            key.lower() == "kms:resourcealiases" for block in statement.get("Condition", {}).values() for key in block), nobody_for(case))


def drop_names(case: dict[str, Any], dropped: Callable[[str], bool]) -> None:
    if "resource_policy" not in case:
        return
    for statement in statements(case["resource_policy"]["policy"]):
        for element in ("Principal", "NotPrincipal"):
            if isinstance(statement.get(element), dict) and "AWS" in statement[element]:
                held = listed(statement[element]["AWS"])
                kept = [name for name in held if not dropped(name)]
                if len(kept) != len(held):
                    statement[element]["AWS"] = kept or NOBODY["Principal"]["AWS"]


def drop_plain_multivalued(case: dict[str, Any]) -> None:
    keys = context(case)
    drop_statements(case, lambda operator, key: isinstance(keys.get(key.lower()), list) and not operator.set and operator.base != "null")


def drop_existing_empty_sets(case: dict[str, Any]) -> None:
    keys = context(case)
    drop_statements(case, lambda operator, key: keys.get(key.lower()) == [] and operator.set == "foranyvalue" and operator.if_exists)


def drop_null_of_empty_sets(case: dict[str, Any]) -> None:
    keys = context(case)
    drop_statements(case, lambda operator, key: keys.get(key.lower()) == [] and operator.base == "null")


def drop_statements(case: dict[str, Any], undefined: Callable[[Operator, str], bool]) -> None:
    """Drops the statements that hold such a condition."""
    for layer, policy in layers(case):
        keep_statements(policy, lambda statement: not any(
            undefined(Operator.of(name), key) for name, block in statement.get("Condition", {}).items() for key in block), nobody_in(case, layer))


def write_incomplete_arns(case: dict[str, Any]) -> None:
    """An ARN pattern of fewer than six parts matches no ARN."""
    for _, _, operator, block, key in every_condition(case):
        if operator.base.startswith("arn"):
            change_values(block, key, lambda value: value if value.count(":") >= 5 else NO_ARN)


def drop_odd_resources(case: dict[str, Any]) -> None:
    for _, _, statement in every_statement(case):
        change_element(statement, "Resource", lambda value: NO_ARN if odd_resource(value) else value)
    drop_not_resources(case, lambda _, value: odd_resource(value))


def odd_resource(value: str) -> bool:
    """AWS allows no wildcard in the service, no variable before the resource, and of a key no wildcard in its type."""
    parts = value.split(":", 5)
    kind, slash, _ = parts[-1].partition("/") if len(parts) == 6 and parts[2] == "kms" else ("", "", "")
    return value != "*" and (len(parts) > 2 and "*" in parts[2] or "${" in ":".join(value.split(":")[:5]) or bool(slash) and "*" in kind and kind != "*")


def decide_types(case: dict[str, Any]) -> None:
    """Wildcards in what stands before the first `/` or `:` of a resource, as policies have them that AWS itself has written."""
    keys = context(case)
    actual = case["request"]["resource"]
    for _, policy, statement in every_statement(case):
        def decided(value: str) -> str:
            kind, separator, _ = re.match(r"([^/:]*)([/:]?)(.*)", value.split(":", 5)[-1], re.DOTALL).groups()
            if incomplete(value) or odd_resource(value) or not separator or not set("*?") & set(kind):
                return value
            return actual if arn_match(resolved(policy, value, keys), actual) else NO_ARN

        for element in ("Resource", "NotResource"):
            change_element(statement, element, decided)


def drop_odd_values(case: dict[str, Any]) -> None:
    """Values that the operator can't read: a word where a number is due, a variable where none may be, a set as a variable."""
    keys = context(case)

    def odd(policy: dict[str, Any], operator: Operator, key: str, value: Any) -> bool:
        if key.lower() not in keys:
            return False
        if operator.base.startswith(("string", "arn")):
            return policy.get("Version") == "2012-10-17" and any(isinstance(keys.get(name), list) for name in variable_names(value))
        return bool(variable_names(value)) or value in UNREADABLE

    for layer, policy in layers(case):
        keep_statements(policy, lambda statement: not any(
            odd(policy, Operator.of(name), key, value) for name, block in statement.get("Condition", {}).items() for key in block for value in listed(block[key])),
            nobody_in(case, layer))


def complete_resources(case: dict[str, Any]) -> None:
    for layer, _, statement in every_statement(case):
        if layer in COMPLETED:
            for element in ("Resource", "NotResource"):
                change_element(statement, element, lambda value: completed(value) if incomplete(value) else value)


def settle_incomplete_resources(case: dict[str, Any]) -> None:
    """Whether these are completed is not said."""
    for layer, _, statement in every_statement(case):
        if layer not in COMPLETED:
            for element in ("Resource", "NotResource"):
                change_element(statement, element, lambda value: NO_ARN if incomplete(value) else value)


def incomplete(value: str) -> bool:
    return value != "*" and value.count(":") < 5


def completed(value: str) -> str:
    return value + ":*" * (5 - value.count(":"))


def halve_all_addresses(case: dict[str, Any]) -> None:
    for _, _, operator, block, key in every_condition(case):
        if "ipaddress" in operator.base and any(str(value).endswith("/0") for value in listed(block[key])):
            block[key] = [half for value in listed(block[key])
                          for half in (map(str, ipaddress.ip_network(value).subnets()) if str(value).endswith("/0") else [value])]


def drop_other_paths(case: dict[str, Any]) -> None:
    """A role has one path: of its name with another path there is none."""
    given = {key.lower(): value for key, value in case["request"].get("context", {}).items()}
    # A session's own ARN carries no path; without it the name alone decides, as the names of an account's roles differ.
    role = case["request"]["principal"] if ":role/" in case["request"]["principal"] else given.get("aws:principalarn", "")
    if account(case) and ":role/" in role:
        drop_names(case, lambda name: ":role/" in name and name != role and name.split(":")[4] == role.split(":")[4]
                   and name.rsplit("/", 1)[1] == role.rsplit("/", 1)[1])


# What ministack reads in another way.

def replace_variables(case: dict[str, Any]) -> None:
    keys = context(case)
    for _, policy, statement in every_statement(case):
        change_element(statement, "Resource", lambda value: value if odd_resource(value) else resolved(policy, value, keys))
        # One that has no value is undefined in NotResource.
        change_element(statement, "NotResource", lambda value: value if odd_resource(value) or NO_VALUE in resolved(policy, value, keys)
                       else resolved(policy, value, keys))
    for policy, _, operator, block, key in every_condition(case):
        if operator.base.startswith(("string", "arn")):
            change_values(block, key, lambda value: resolved(policy, value, keys) if isinstance(value, str) else value)


def decide_arns(case: dict[str, Any]) -> None:
    keys = context(case)
    for policy, _, operator, block, key in every_condition(case):
        actual = keys.get(key.lower())
        if operator.base.startswith("arn") and isinstance(actual, str):
            change_values(block, key, lambda value: NO_ARN if wildcard_match(resolved(policy, value, keys), actual)
                          and not arn_match(resolved(policy, value, keys), actual) else value)


def decide_resources(case: dict[str, Any]) -> None:
    """Replaces patterns that mean something else where a wildcard may not cross a colon, or where an ARN is completed."""
    keys = context(case)
    actual = case["request"]["resource"]
    for layer, policy, statement in every_statement(case):
        def decided(value: str) -> str:
            pattern = resolved(policy, value, keys)
            if value == "*" or actual == "*" or odd_resource(value) or incomplete(pattern) and layer not in COMPLETED:
                return value
            pattern = completed(pattern)
            matches = arn_match(pattern, actual)
            if matches == wildcard_match(value, actual):
                return value
            return actual if matches else NO_ARN

        for element in ("Resource", "NotResource"):
            change_element(statement, element, decided)


def drop_principal_wildcards(case: dict[str, Any]) -> None:
    drop_names(case, lambda name: name != "*" and "*" in name)


def decide_not_principals(case: dict[str, Any]) -> None:
    """Who is not to be denied has its account and every ARN of its own listed, and no boundary."""
    if "resource_policy" not in case:
        return
    policy = case["resource_policy"]["policy"]
    kept = []
    for statement in statements(policy):
        spared = spared_by(case, statement["NotPrincipal"]) if "NotPrincipal" in statement else None
        if spared is False:
            statement = {("Principal" if key == "NotPrincipal" else key): ("*" if key == "NotPrincipal" else value)
                         for key, value in statement.items()}
        if not spared:
            kept.append(statement)
    if kept != statements(policy):
        policy["Statement"] = kept or [nobody_for(case)]


def drop_partial_not_principals(case: dict[str, Any]) -> None:
    """What happens to who has some of its names listed is not said."""
    if "resource_policy" in case:
        keep_statements(case["resource_policy"]["policy"], lambda statement: "NotPrincipal" not in statement
                        or spared_by(case, statement["NotPrincipal"]) is not None, nobody_for(case))


def spared_by(case: dict[str, Any], not_principal: Any) -> bool | None:
    principal, own = case["request"]["principal"], own_names(case)
    listed_names = set(names(not_principal))
    if isinstance(not_principal, dict) and principal in listed(not_principal.get("Service", [])):
        return True
    if "permissions_boundary" in case:
        return False
    account_listed = bool({account(case), f"arn:aws:iam::{account(case)}:root"} & listed_names)
    if "*" in listed_names or account_listed and (principal.endswith(":root") or own <= listed_names):
        return True
    # A session that is not known by name, or the user behind a federated user, may be listed.
    some = own & listed_names or any(":role/" in principal and of_role(name, principal)
                                     or ":federated-user/" in principal and name.startswith(f"arn:aws:iam::{account(case)}:user/") for name in listed_names)
    return None if some else False


def own_names(case: dict[str, Any]) -> set[str]:
    """The ARNs of the caller itself, without its account."""
    principal = case["request"]["principal"]
    return {principal, context(case).get("aws:principalarn", principal)}


def of_role(name: str, role: str) -> bool:
    """Whether it names a session of the role."""
    return name.startswith(session_of(role).rsplit("/", 1)[0] + "/")


def name_everybody(case: dict[str, Any]) -> None:
    """`"Principal": "*"` names the caller itself, as far as this one request goes."""
    if "resource_policy" not in case or account(case) is None or cross_account(case) or case["request"]["principal"].endswith(":root"):
        return
    if not any(statement["Effect"] == "Allow" and "*" in names(statement.get("Principal", {}))
               for statement in statements(case["resource_policy"]["policy"])):
        return
    name_session(case)
    for statement in statements(case["resource_policy"]["policy"]):
        if statement["Effect"] == "Allow" and "*" in names(statement.get("Principal", {})):
            principal = statement["Principal"]
            others = principal if isinstance(principal, dict) else {}
            statement["Principal"] = {**others, "AWS": direct_names(case)}


def direct_grants_past_limits(case: dict[str, Any]) -> None:
    if ":federated-user/" in case["request"]["principal"]:
        allow_direct_grants(case, ("session_policy", "permissions_boundary"))


CONSTRUCTS = [
    Construct("variable in a policy of the older version", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_elements_version.html", escape_old_variables),
    Construct("negated operator with a variable that has no value", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_variables.html#policy-vars-no-value",
              fill_missing_variables),
    Construct("resource with a variable that has no value", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_variables.html#policy-vars-no-value",
              fill_missing_resource_variables, defined=False),
    Construct("addresses written in different ways", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_IPAddress",
              write_addresses_alike),
    Construct("dates written in different ways", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_Date",
              write_dates_alike),
    Construct("ForAnyValue…IfExists with a missing key", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_IfExists",
              drop_any_value_if_exists),
    Construct("session named by a resource policy, past its session policy", (IAM_SIMULATE,), USER_GUIDE + "access_policies.html#policies_session",
              direct_grants_past_session),
    Construct("RetireGrant", (IAM_SIMULATE, MINISTACK), KMS_GUIDE + "grant-delete.html", leave_retiring_to_grants),
    Construct("key policy statement without Resource", (IAM_SIMULATE, MINISTACK), KMS_GUIDE + "key-policy-overview.html", drop_statements_without_resource),
    Construct("key administration from another account", (IAM_SIMULATE, MINISTACK), KMS_GUIDE + "key-policy-modifying-external-accounts.html",
              drop_abroad_administration),
    Construct("role assumed by a root user", (IAM_SIMULATE,), "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html", drop_trust_in_root),
    Construct("root user", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_evaluation-logic.html", let_root_ask),
    Construct("service control policy on a service principal", (IAM_SIMULATE,), ORGANIZATIONS_GUIDE + "orgs_manage_policies_scps.html", drop_scps_of_services),
    Construct("resource control policy of a service that has none", (IAM_SIMULATE,), ORGANIZATIONS_GUIDE + "orgs_manage_policies_rcps.html", drop_rcps_elsewhere),
    Construct("session of a role, its name not known", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_principal.html", name_session, defined=False),
    Construct("kms:ResourceAliases in a key policy", (IAM_SIMULATE, MINISTACK), KMS_GUIDE + "conditions-kms.html", drop_aliases_of_key_policy, defined=False),
    Construct("role of the same name with another path", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_identifiers.html", drop_other_paths),
    Construct("federated user, its user not known", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_principal.html", drop_federating_users, defined=False),
    Construct("plain operator on a multivalued key", (IAM_SIMULATE, MINISTACK),
              USER_GUIDE + "reference_policies_condition-single-vs-multi-valued-context-keys.html", drop_plain_multivalued, defined=False),
    Construct("Null on an empty set", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_Null",
              drop_null_of_empty_sets, defined=False),
    Construct("ForAnyValue…IfExists with an empty set", (IAM_SIMULATE, MINISTACK),
              USER_GUIDE + "reference_policies_condition-single-vs-multi-valued-context-keys.html", drop_existing_empty_sets, defined=False),
    Construct("ARN condition of fewer than six parts", (IAM_SIMULATE, MINISTACK),
              USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_ARN", write_incomplete_arns),
    Construct("incomplete ARN in a policy of a resource or an organization", (IAM_SIMULATE, MINISTACK),
              USER_GUIDE + "reference_policies_elements_resource.html", settle_incomplete_resources, defined=False),
    Construct("wildcard or variable in the wrong part of a resource", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_resource.html",
              drop_odd_resources, defined=False),
    Construct("wildcard in the type of a resource", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_elements_resource.html", decide_types),
    Construct("value that its operator can't read", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_condition_operators.html", drop_odd_values, defined=False),
    Construct("incomplete ARN", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_elements_resource.html", complete_resources),
    Construct("network of all addresses", (IAM_SIMULATE,), USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_IPAddress",
              halve_all_addresses),
    Construct("NotPrincipal", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_notprincipal.html", decide_not_principals),
    Construct("NotPrincipal with some of the caller's names", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_notprincipal.html",
              drop_partial_not_principals, defined=False),
    Construct("variable", (MINISTACK,), USER_GUIDE + "reference_policies_variables.html", replace_variables),
    Construct("ARN condition, part by part", (MINISTACK,), USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_ARN", decide_arns),
    Construct("resource, part by part", (MINISTACK,), USER_GUIDE + "reference_policies_elements_resource.html", decide_resources),
    Construct("JSON boolean", (MINISTACK,), USER_GUIDE + "reference_policies_elements_condition_operators.html#Conditions_Boolean", write_booleans),
    Construct("wildcard within a principal's ARN", (MINISTACK,), USER_GUIDE + "reference_policies_elements_principal.html", drop_principal_wildcards),
    Construct("everybody, past a boundary or a session policy", (IAM_SIMULATE, MINISTACK), USER_GUIDE + "reference_policies_elements_principal.html#principal-roles",
              name_everybody, defined=False),
    Construct("federated user named by a resource policy, past its session policy", (MINISTACK,), USER_GUIDE + "access_policies.html#policies_session",
              direct_grants_past_limits),
]
