"""Random requests and policies, in the form that `ekm-preflight simulate` reads.

The vocabulary is small, so that policies and requests collide often, and everything is drawn with a lean towards
statements that match: otherwise nearly every request would end in an implicit denial. A case depends on the seed and
its own number only, so that any one of them can be had again without the others.
"""

from __future__ import annotations

import random
from typing import Any

HOME = "111122223333"
ABROAD = "444455556666"
REGION = "us-east-1"
KEY = f"arn:aws:kms:{REGION}:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
REPLICA = f"arn:aws:kms:{REGION}:{HOME}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
OTHER_KEY = f"arn:aws:kms:{REGION}:{HOME}:key/0987dcba-09fe-87dc-65ba-ab0987654321"
TRUSTING_ROLE = f"arn:aws:iam::{HOME}:role/ekm"
QUEUE = f"arn:aws:sqs:{REGION}:{HOME}:jobs"
SECRET = f"arn:aws:secretsmanager:{REGION}:{HOME}:secret:openai/app-AbCdEf"
TOPIC = f"arn:aws:sns:{REGION}:{HOME}:alerts"

KEY_ACTIONS = [
    "kms:Encrypt", "kms:Encrypt", "kms:Decrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey",
    "kms:ReEncryptFrom", "kms:CreateGrant", "kms:GetKeyPolicy", "kms:ScheduleKeyDeletion",
]

ACTION_PATTERNS = {
    "kms": ["kms:*", "*", "kms:En*", "kms:?ncrypt", "kms:*crypt", "KMS:encrypt", "kms:DECRYPT", "kms:*crypt*", "kms:**",
            "kms:De*", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:Describe*", "kms:*Key*", "kms:Encrypt ", "kms:",
            "kms:Encrypt", "kms:Decrypt", "kms:CreateGrant", "kms:*?*", "kms:Encryp", "sts:*", "sts:AssumeRole"],
    "sts": ["sts:*", "*", "sts:AssumeRole", "sts:assumerole", "sts:Assume*", "sts:AssumeRole*", "sts:*Role", "sts:TagSession",
            "sts:SetSourceIdentity", "sts:AssumeRoleWithWebIdentity", "sts:?ssumeRole", "kms:*", "sts:AssumeRol?"],
    "sqs": ["sqs:*", "*", "sqs:SendMessage", "SQS:Send*", "sqs:ReceiveMessage", "kms:*"],
    "secretsmanager": ["secretsmanager:*", "*", "secretsmanager:GetSecretValue", "secretsmanager:Get*", "kms:*"],
    "sns": ["sns:*", "*", "sns:Publish", "sns:pub*", "sns:Subscribe", "kms:*"],
}

RESOURCE_PATTERNS = {
    "kms": ["*", KEY, REPLICA, OTHER_KEY, f"arn:aws:kms:*:{HOME}:key/*", f"arn:aws:kms:{REGION}:{HOME}:*", "arn:aws:kms:*:*:*",
            "arn:*:kms:*:*:key/*", f"arn:aws:kms:{REGION}:{HOME}:key/1234*", f"arn:aws:kms:us-east-?:{HOME}:key/*",
            f"arn:aws:kms:{REGION}:{HOME}:key/mrk-*", f"arn:aws:kms:*:{ABROAD}:key/*", "arn:aws:kms:*", f"arn:aws:kms:{REGION}:*",
            f"arn:aws:kms:{REGION}:{HOME}:alias/*", f"arn:aws:kms:{REGION}:{HOME}:key/*-12ab-*", "arn:aws:s3:::*",
            f"arn:aws:kms:{REGION}:{HOME}:key/????????-*", f"arn:aws:kms:us-west-2:{HOME}:key/*", f"arn:aws:kms:*:1111*:key/*",
            f"arn:aws:kms:{REGION}:{HOME}:key/1234ABCD*", f"arn:aws:kms:*:key/*", f"arn:aws:kms:{REGION}:{HOME}:key/*b"],
    "sts": ["*", TRUSTING_ROLE, f"arn:aws:iam::{HOME}:role/*", f"arn:aws:iam::*:role/ekm", f"arn:aws:iam::{HOME}:*", "arn:aws:iam::*",
            f"arn:aws:iam::{ABROAD}:role/ekm", f"arn:aws:iam::{HOME}:role/e?m", "arn:aws:iam:*:*:role/*", f"arn:aws:iam::{HOME}:role/other"],
    "sqs": ["*", QUEUE, f"arn:aws:sqs:*:{HOME}:*", f"arn:aws:sqs:{REGION}:{HOME}:job?", f"arn:aws:sqs:{REGION}:{HOME}:other"],
    "secretsmanager": ["*", SECRET, f"arn:aws:secretsmanager:*:{HOME}:secret:*", f"arn:aws:secretsmanager:{REGION}:{HOME}:secret:openai/*",
                       f"arn:aws:secretsmanager:{REGION}:{HOME}:secret:openai/app-??????", f"arn:aws:secretsmanager:{REGION}:{HOME}:secret:x"],
    "sns": ["*", TOPIC, f"arn:aws:sns:*:{HOME}:*", f"arn:aws:sns:{REGION}:{HOME}:a*", f"arn:aws:sns:{REGION}:{HOME}:other"],
}

# Condition keys: kind, values of requests, values of policies, and the services whose requests carry them (all if none).
STRING, ARN, IP, DATE, NUMBER, BOOL, STRINGS = "string", "arn", "ip", "date", "number", "bool", "strings"
KEYS: dict[str, tuple[str, list[Any], list[Any], tuple[str, ...]]] = {
    "aws:SourceIp": (IP, ["203.0.113.7", "203.0.113.7", "198.51.100.9", "2001:db8::7", "2001:0db8:0:0:0:0:0:7"],
                     ["203.0.113.0/24", "203.0.113.7", "203.0.113.7/32", "0.0.0.0/0", "198.51.100.0/28", "2001:db8::/32",
                      "2001:db8::7", "2001:DB8:0:0::7/128", "::/0", "10.0.0.0/8", "203.0.113.4/30"], ()),
    "aws:UserAgent": (STRING, ["sdk/1", "curl"], ["sdk/*", "sdk/1", "curl", "SDK/1", "*", "sdk/?"], ()),
    "aws:PrincipalOrgID": (STRING, ["o-abc", "o-xyz"], ["o-abc", "o-xyz", "o-*", "O-ABC"], ()),
    "aws:PrincipalTag/team": (STRING, ["red", "blue"], ["red", "blue", "r*", "RED", "??d", "${aws:PrincipalTag/group}"], ()),
    "aws:PrincipalTag/group": (STRING, ["red", "green"], ["red", "gre?n", "${aws:PrincipalTag/team}", "${aws:principaltag/TEAM}",
                                                        "${aws:PrincipalTag/team, 'green'}", "x${aws:PrincipalTag/missing}"], ()),
    "aws:ResourceTag/team": (STRING, ["red", "blue"], ["red", "${aws:PrincipalTag/team}", "blue", "b*",
                                                     "${aws:PrincipalTag/missing, 'red'}", "${aws:PrincipalTag/missing}"], ()),
    "aws:SourceVpce": (STRING, ["vpce-1", "vpce-2"], ["vpce-1", "vpce-2", "vpce-*"], ()),
    "aws:SourceAccount": (STRING, [HOME, ABROAD], [HOME, ABROAD, "${aws:PrincipalAccount}"], ()),
    "aws:SourceArn": (ARN, [f"arn:aws:sns:{REGION}:{HOME}:alerts", f"arn:aws:s3:::bucket"],
                      [f"arn:aws:sns:{REGION}:{HOME}:*", "arn:aws:s3:::bucket", "arn:aws:s3:*", f"arn:aws:sns:*:{HOME}:alerts", "arn:*:alerts"], ()),
    "aws:CurrentTime": (DATE, ["2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", "2026-12-31T23:59:59Z"],
                        ["2026-11-21T12:00:00Z", "2026-11-21", "2026-11-21T13:00:00+01:00", "1795262400", 1795262400, "2027-01-01T00:00:00Z",
                         "2020-01-01T00:00:00Z", "1577836800"], ()),
    "aws:EpochTime": (DATE, ["1795262400", "1798761599"], ["1795262400", 1795262400, "2026-11-21T12:00:00Z", "1600000000", "2027-01-01"], ()),
    "aws:MultiFactorAuthAge": (NUMBER, ["300", "7200"], ["300", 300, "3600", "300.0", 7200, "-1"], ()),
    "aws:MultiFactorAuthPresent": (BOOL, ["true", "false"], ["true", "false", True, False, "True"], ()),
    "aws:SecureTransport": (BOOL, ["true", "true", "false"], ["true", "false", True, False], ()),
    "aws:ViaAWSService": (BOOL, ["false", "false", "true"], ["true", "false", False], ()),
    "aws:PrincipalTag/blob": ("binary", ["QmluYXJ5", "AAEC"], ["QmluYXJ5", "AAEC"], ()),
    "sts:ExternalId": (STRING, ["org-1", "org-1", "org-2"], ["org-1", "org-1", "org-2", "org-*", "ORG-1", "${aws:PrincipalTag/team}"], ("sts",)),
    "sts:RoleSessionName": (STRING, ["openai", "s2"], ["openai", "s*", "${aws:username}", "${aws:username, 'openai'}"], ("sts",)),
    "sts:SourceIdentity": (STRING, ["alice"], ["alice", "bob", "${aws:username}"], ("sts",)),
    "kms:ViaService": (STRING, [f"s3.{REGION}.amazonaws.com", f"ec2.{REGION}.amazonaws.com"],
                       [f"s3.{REGION}.amazonaws.com", "s3.*.amazonaws.com", "*.amazonaws.com", f"ec2.{REGION}.amazonaws.com"], ("kms",)),
    "kms:RequestAlias": (STRING, ["alias/app", "alias/dev"], ["alias/app", "alias/*", "alias/dev"], ("kms",)),
    "kms:EncryptionContext:app": (STRING, ["ekm", "other"], ["ekm", "e*", "EKM", "other", "${aws:PrincipalTag/team}"], ("kms",)),
    "kms:EncryptionContext:tenant": (STRING, ["red", "blue"], ["red", "${aws:PrincipalTag/team}", "b*", "${*}", "r${*}d", "r${?}d"], ("kms",)),
    "kms:GrantIsForAWSResource": (BOOL, ["true"], ["true", True, "false"], ("kms",)),
    "kms:KeySpec": (STRING, ["SYMMETRIC_DEFAULT"], ["SYMMETRIC_DEFAULT", "RSA_*", "symmetric_default"], ("kms",)),
    "aws:TagKeys": (STRINGS, [["team"], ["team", "cost"], ["cost", "Env"], []], ["team", "cost", "Env", "*", "t*"], ()),
    "aws:CalledVia": (STRINGS, [["athena.amazonaws.com"], ["cloudformation.amazonaws.com", "athena.amazonaws.com"]],
                      ["athena.amazonaws.com", "cloudformation.amazonaws.com", "*.amazonaws.com"], ()),
    "aws:PrincipalOrgPaths": (STRINGS, [["o-abc/r-1/ou-1/"]], ["o-abc/*", "o-abc/r-1/ou-1/", "o-xyz/*"], ()),
    "kms:EncryptionContextKeys": (STRINGS, [["app"], ["app", "tenant"], ["App"]], ["app", "tenant", "a*", "App"], ("kms",)),
    "kms:ResourceAliases": (STRINGS, [["alias/app"], ["alias/app", "alias/dev"]], ["alias/app", "alias/*", "alias/dev"], ("kms",)),
}
# Present in requests less often than not, as they are with AWS.
RARE = {"kms:GrantIsForAWSResource", "kms:ViaService", "aws:SourceVpce", "aws:SourceArn", "aws:SourceAccount", "aws:CalledVia",
        "aws:PrincipalTag/blob", "aws:PrincipalTag/group"}

# Keys that follow from the request: kind and the values of policies.
DERIVED: dict[str, tuple[str, list[Any]]] = {
    "aws:PrincipalArn": (ARN, [f"arn:aws:iam::{HOME}:role/app", f"arn:aws:iam::{HOME}:role/*", f"arn:aws:iam::*:role/app", f"arn:aws:iam::{HOME}:user/dev/*",
                               f"arn:aws:iam::{ABROAD}:role/openai", f"arn:aws:iam::{HOME}:*", f"arn:aws:iam::*:*", f"arn:aws:sts::{HOME}:assumed-role/app/s1",
                               f"arn:aws:iam::{HOME}:role/team/app", "arn:aws:iam:*role/app", "arn:aws:iam:*:role/app", "arn:aws:*:*:*:role/app", f"arn:aws:iam::{HOME}:user/dev/alice",
                               f"arn:aws:iam::{HOME}:role/${{aws:PrincipalTag/team}}"]),
    "aws:PrincipalAccount": (STRING, [HOME, ABROAD, "1111*", "${aws:ResourceAccount}"]),
    "aws:ResourceAccount": (STRING, [HOME, ABROAD, "${aws:PrincipalAccount}"]),
    "kms:CallerAccount": (STRING, [HOME, ABROAD, "${aws:ResourceAccount}"]),
    "aws:PrincipalIsAWSService": (BOOL, ["true", "false", False]),
    "aws:username": (STRING, ["alice", "bob", "a*"]),
    "aws:RequestedRegion": (STRING, [REGION, "us-*", "eu-west-1"]),
}

STRING_OPERATORS = ["StringEquals", "StringEquals", "StringNotEquals", "StringLike", "StringLike", "StringNotLike",
                    "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"]
OPERATORS = {
    STRING: STRING_OPERATORS,
    STRINGS: STRING_OPERATORS,
    ARN: ["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike", "StringEquals", "StringNotLike"],
    IP: ["IpAddress", "IpAddress", "NotIpAddress"],
    DATE: ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
    NUMBER: ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
    BOOL: ["Bool", "Bool", "StringEquals"],
    "binary": ["BinaryEquals"],
}


# Values that the operators of a kind can't read.
ODD_VALUES = {NUMBER: ["abc"], BOOL: ["yes", "${aws:SecureTransport}"], IP: ["203.0.113"], DATE: ["soon"], STRING: ["${aws:TagKeys}"]}


class Principal:
    """Who asks, and the ARNs by which policies may name it."""

    def __init__(self, arn: str, names: list[str], context: dict[str, str], account: str | None):
        self.arn = arn
        self.names = names
        self.context = context
        self.account = account


def session(account: str, role: str, name: str, path: str = "") -> Principal:
    role_arn = f"arn:aws:iam::{account}:role/{path}{role}"
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{name}"
    return Principal(arn, [arn, role_arn, role_arn], {"aws:PrincipalArn": role_arn}, account)


def user(account: str, path: str, name: str) -> Principal:
    arn = f"arn:aws:iam::{account}:user/{path}{name}"
    return Principal(arn, [arn], {"aws:username": name}, account)


def role(account: str, name: str) -> Principal:
    arn = f"arn:aws:iam::{account}:role/{name}"
    return Principal(arn, [arn], {}, account)


PRINCIPALS = [
    (24, session(HOME, "app", "s1")), (6, session(HOME, "app", "s1", "team/")), (6, session(HOME, "admin", "s2")),
    (22, session(ABROAD, "openai", "s1")), (10, user(HOME, "dev/", "alice")), (4, user(HOME, "", "bob")), (4, user(ABROAD, "", "bob")),
    (8, role(HOME, "app")), (4, role(ABROAD, "openai")),
    (5, Principal(f"arn:aws:sts::{HOME}:federated-user/carol", [f"arn:aws:sts::{HOME}:federated-user/carol"], {}, HOME)),
    (3, Principal(f"arn:aws:iam::{HOME}:root", [], {}, HOME)),
    (4, Principal("s3.amazonaws.com", [], {"aws:PrincipalIsAWSService": "true"}, None)),
]
WEIGHTS = [weight for weight, _ in PRINCIPALS]
EVERYBODY = sorted({name for _, principal in PRINCIPALS for name in principal.names} | {f"arn:aws:iam::{HOME}:user/carol"})


class Case:
    """Draws one case."""

    def __init__(self, seed: int, number: int):
        self.random = random.Random(f"{seed}/{number}")
        self.policies = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def one_or_list(self, values: list[Any]) -> Any:
        return values[0] if len(values) == 1 and self.chance(0.6) else values

    def draw(self) -> dict[str, Any]:
        choice = self.random.choice
        self.who = who = self.random.choices([principal for _, principal in PRINCIPALS], WEIGHTS)[0]
        self.service = service = self.random.choices(["kms", "sts", "sqs", "secretsmanager", "sns"], [66, 22, 5, 4, 3])[0]
        resource_account = HOME
        if service == "kms":
            self.action = choice(KEY_ACTIONS)
            self.resource = choice([KEY, KEY, REPLICA])
            if self.chance(0.02) and who.account:
                self.action, self.resource, resource_account = choice(["kms:ListKeys", "kms:CreateKey"]), "*", who.account
            elif self.chance(0.015):
                self.action = "kms:RetireGrant"
        elif service == "sts":
            self.action = choice(["sts:AssumeRole"] * 8 + ["sts:TagSession", "sts:SetSourceIdentity"])
            self.resource = TRUSTING_ROLE
            if self.chance(0.02) and who.account:
                self.action, self.resource, resource_account = "sts:GetCallerIdentity", "*", who.account
        else:
            self.action, self.resource = {"sqs": ("sqs:SendMessage", QUEUE), "sns": ("sns:Publish", TOPIC),
                                          "secretsmanager": ("secretsmanager:GetSecretValue", SECRET)}[service]
        self.same_account = who.account == resource_account
        self.context: dict[str, Any] = {}
        for name, (_, values, _, services) in KEYS.items():
            if (not services or service in services) and self.chance(0.2 if name in RARE else 0.62):
                self.context[name] = choice(values)
        derived = {**derive(who.arn, resource_account, service), **who.context}
        # What follows from the request must come out the same whether it is given or not; a role's path does not follow.
        given = derived if self.chance(0.3) else who.context
        self.known = {**self.context, **derived}
        case: dict[str, Any] = {"request": {"principal": who.arn, "action": self.action, "resource": self.resource,
                                            "resource_account": resource_account, "context": {**self.context, **given}}}
        # Whether this layer lets the request through, mostly; set before each layer is drawn.
        self.kindly = self.chance(0.72)
        if who.account is None:
            case["identity_policies"] = []
        elif who.arn.endswith(":root"):
            case["identity_policies"] = []
        elif not self.chance(0.04):
            case["identity_policies"] = [self.named(self.policy("identity")) for _ in range(self.random.choices([0, 1, 2], [6, 74, 20])[0])]
        if self.resource != "*" and (service in ("kms", "sts") or self.chance(0.6)):
            case["resource_policy"] = self.named(self.policy("trust" if service == "sts" else "resource"))
        sessions = who.account and (":assumed-role/" in who.arn or ":federated-user/" in who.arn or ":role/" in who.arn)
        if sessions and self.chance(0.22):
            case["session_policy"] = self.named(self.policy("session"))
        if who.account and not who.arn.endswith(":root") and ":federated-user/" not in who.arn and self.chance(0.25):
            case["permissions_boundary"] = self.named(self.policy("boundary"))
        if self.chance(0.22):
            case["service_control_policies"] = [self.level("scp") for _ in range(self.random.randint(1, 3))]
        if self.resource != "*" and self.chance(0.16):
            case["resource_control_policies"] = [self.level("rcp") for _ in range(self.random.randint(1, 2))]
        return case

    def named(self, policy: dict[str, Any]) -> dict[str, Any]:
        self.policies += 1
        return {"name": f"p{self.policies}", "policy": policy}

    def level(self, kind: str) -> list[dict[str, Any]]:
        if kind == "rcp":
            return [self.named(self.policy(kind)) for _ in range(self.random.choices([0, 1, 2], [10, 75, 15])[0])]
        level = []
        if self.chance(0.75):
            level.append(self.named({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        if not level and not self.chance(0.03) or self.chance(0.4):
            level.append(self.named(self.policy(kind)))
        return level

    def policy(self, kind: str) -> dict[str, Any]:
        statements = []
        if kind != "rcp" and self.chance(0.9):
            statements.append(self.statement(kind, "Allow", self.kindly and self.chance(0.93)))
        if self.chance({"scp": 0.4, "rcp": 0.95}.get(kind, 0.16)):
            statements.append(self.statement(kind, "Deny", self.chance(0.2)))
        while len(statements) < 4 and self.chance(0.25):
            statements.append(self.statement(kind, "Deny" if kind == "rcp" else self.random.choices(["Allow", "Deny"], [80, 20])[0], False))
        if not statements:
            statements.append(self.statement(kind, "Deny" if kind == "rcp" else "Allow", self.kindly))
        self.random.shuffle(statements)
        policy: dict[str, Any] = {}
        version = self.random.choices(["2012-10-17", "2008-10-17", None], [90, 4, 6])[0]
        if version:
            policy["Version"] = version
        if self.chance(0.05):
            policy["Id"] = "drawn"
        policy["Statement"] = self.one_or_list(statements)
        return policy

    def statement(self, kind: str, effect: str, matching: bool) -> dict[str, Any]:
        """A statement of one layer. `matching` leans it towards the request."""
        statement: dict[str, Any] = {"Effect": effect}
        if self.chance(0.3):
            statement["Sid"] = f"S{self.random.randint(1, 99)}"
        if kind in ("resource", "trust"):
            self.add_principal(statement, effect, matching)
        elif kind == "rcp":
            statement["Principal"] = self.random.choice(["*", "*", {"AWS": "*"}])
        self.add_actions(statement, kind, matching)
        self.add_resources(statement, kind, matching)
        conditions = self.random.choices([0, 1, 2, 3], [55, 32, 10, 3] if matching or effect == "Allow" else [18, 55, 20, 7])[0]
        condition: dict[str, Any] = {}
        for _ in range(conditions):
            self.add_condition(condition, matching or self.chance(0.5))
        if condition:
            statement["Condition"] = condition
        return statement

    def add_principal(self, statement: dict[str, Any], effect: str, matching: bool) -> None:
        choice = self.random.choice
        account = self.who.account or HOME
        own = [f"arn:aws:iam::{account}:root", account, "*", *self.who.names, *self.who.names]
        if effect == "Allow":
            own += [f"arn:aws:iam::{account}:root", account]
        strangers = [*EVERYBODY, f"arn:aws:iam::{ABROAD}:root", HOME, ABROAD]
        names = [choice(own) if matching or self.chance(0.4) else choice(strangers)]
        while self.chance(0.22):
            names.append(choice(strangers))
        if self.chance(0.015):
            names.append(choice([f"arn:aws:iam::{account}:role/*", f"arn:aws:iam::{account}:user/*", f"arn:aws:sts::{account}:assumed-role/app/*"]))
        self.random.shuffle(names)
        services = ["s3.amazonaws.com", "s3.amazonaws.com", "ec2.amazonaws.com"]
        principal: Any = {"AWS": self.one_or_list(names)}
        if self.who.account is None and (matching or self.chance(0.6)):
            principal = {"Service": self.one_or_list([choice(services)])}
            if self.chance(0.3):
                principal["AWS"] = self.one_or_list(names)
        elif "*" in names and self.chance(0.5):
            principal = "*"
        elif self.chance(0.05):
            principal["Service"] = choice(services)
        elif self.chance(0.02):
            principal = {"Federated": "cognito-identity.amazonaws.com"}
        if effect == "Deny" and self.service != "sts" and self.chance(0.1) and principal != "*":
            statement["NotPrincipal"] = principal
        else:
            statement["Principal"] = principal

    def add_actions(self, statement: dict[str, Any], kind: str, matching: bool) -> None:
        patterns = ACTION_PATTERNS[self.service]
        likely = [self.action, self.action, f"{self.service}:*", self.action[:-2] + "*"] + (["*"] if kind != "trust" else [])
        if self.chance(0.06) and kind != "rcp":
            others = [pattern for pattern in patterns if pattern.endswith("Role") or "Decrypt" in pattern or "Get" in pattern]
            statement["NotAction"] = self.one_or_list([self.random.choice(others if matching and others else patterns)])
            return
        actions = [self.random.choice(likely if matching or self.chance(0.6) else patterns)]
        while self.chance(0.25):
            actions.append(self.random.choice(patterns))
        self.random.shuffle(actions)
        statement["Action"] = self.one_or_list(actions)

    def add_resources(self, statement: dict[str, Any], kind: str, matching: bool) -> None:
        if kind == "trust":
            return
        if kind == "resource" and self.service == "kms":
            # In a key policy only "*" is of use; the rest must not be taken for more than it says.
            if self.chance(0.93):
                statement["Resource"] = self.one_or_list(["*"])
                return
            if self.chance(0.3):
                return
        patterns = RESOURCE_PATTERNS[self.service]
        if self.chance(0.06):
            statement["NotResource"] = self.one_or_list([self.random.choice(patterns[1:])])
            if self.chance(0.05) and self.service == "kms":
                statement["NotResource"] = f"arn:aws:kms:{REGION}:{HOME}:key/${{aws:PrincipalTag/missing}}"
            return
        likely = ["*", "*", self.resource, self.resource.rsplit(":", 1)[0] + ":*"] if self.resource != "*" else ["*"]
        resources = [self.random.choice(likely if matching or self.chance(0.6) else patterns)]
        while self.chance(0.25):
            resources.append(self.random.choice(patterns))
        if self.chance(0.05) and self.service == "kms":
            resources[0] = f"arn:aws:kms:{REGION}:{HOME}:key/" + self.random.choice(
                ["${aws:PrincipalTag/team}*", "1234${aws:PrincipalTag/missing, 'abcd'}*", "${aws:PrincipalTag/missing}", "*${*}",
                 "mrk-${aws:PrincipalTag/missing, '1234'}*"])
        if self.chance(0.01) and self.service == "kms":
            resources[0] = self.random.choice([f"arn:aws:*:{REGION}:{HOME}:key/*", f"arn:aws:kms:{REGION}:${{aws:PrincipalAccount}}:key/*",
                                                f"arn:aws:kms:{REGION}:{HOME}:k*/*"])
        self.random.shuffle(resources)
        statement["Resource"] = self.one_or_list(resources)

    def add_condition(self, condition: dict[str, Any], matching: bool) -> None:
        choice = self.random.choice
        if self.chance(0.22):
            key = choice(list(DERIVED))
            kind, literals = DERIVED[key]
        else:
            # Mostly what the service's requests could carry, and what this one does.
            key = choice([name for name, entry in KEYS.items() if not entry[3] or self.service in entry[3]])
            if matching and key not in self.known and self.chance(0.6) and self.context:
                key = choice(list(self.context))
            kind, _, literals, _ = KEYS[key]
        actual = self.known.get(key)
        operator = choice(OPERATORS[kind])
        if matching and actual is None and self.chance(0.7):
            operator = choice([name for name in OPERATORS[kind] if "Not" in name] or [operator])
        prefix = ""
        if kind == STRINGS:
            prefix = "" if self.chance(0.02) else choice(["ForAllValues:", "ForAnyValue:"])
        elif self.chance(0.025) and kind == STRING and not key.startswith("kms:EncryptionContext:"):
            prefix = choice(["ForAllValues:", "ForAnyValue:"])
        suffix = "IfExists" if self.chance(0.15) else ""
        if self.chance(0.07):
            # Null takes no IfExists and no set operator.
            operator, prefix, suffix = "Null", "", ""
            literals = ["true", "false", True, False]
            values = [choice(["false", False] if (actual is not None) == matching else ["true", True])]
        else:
            values = [choice(literals)]
            # Leans the condition towards what is wanted: negated operators want another value, the others this one.
            if isinstance(actual, str) and ("Not" in operator) != matching and self.chance(0.75):
                values = [actual]
            elif isinstance(actual, list) and actual and ("Not" in operator) != matching and self.chance(0.75):
                values = list(actual)
            while self.chance(0.25):
                values.append(choice(literals))
            if self.chance(0.008) and kind in ODD_VALUES:
                values = [choice(ODD_VALUES[kind])]
        name = f"{prefix}{operator}{suffix}"
        if self.chance(0.04):
            key = key.lower()
        block = condition.setdefault(name, {})
        if key.lower() in (other.lower() for other in block):
            return
        block[key] = self.one_or_list(values)


def derive(principal: str, resource_account: str, service: str) -> dict[str, str]:
    """The context keys that follow from the request, as far as the vocabulary uses them."""
    if not principal.startswith("arn:"):
        return {"aws:PrincipalIsAWSService": "true", "aws:ResourceAccount": resource_account}
    account, resource = principal.split(":", 5)[4:]
    keys = {"aws:PrincipalArn": principal, "aws:PrincipalAccount": account, "aws:ResourceAccount": resource_account,
            "aws:PrincipalIsAWSService": "false"}
    if resource.startswith("assumed-role/"):
        keys["aws:PrincipalArn"] = f"arn:aws:iam::{account}:role/{resource.split('/')[1]}"
    if resource.startswith("user/"):
        keys["aws:username"] = resource.rsplit("/", 1)[1]
    if service == "kms":
        keys["kms:CallerAccount"] = account
    return keys


def full_context(case: dict[str, Any]) -> dict[str, Any]:
    """All context keys of a case, for engines that are given them: what follows from the request, and what is given."""
    request = case["request"]
    service = request["action"].split(":", 1)[0].lower()
    context = derive(request["principal"], request["resource_account"], service)
    region = request["resource"].split(":")[3] if request["resource"].startswith("arn:") else ""
    if region:
        context["aws:RequestedRegion"] = region
    given = request.get("context", {})
    lowered = {key.lower() for key in given}
    encryption_context = [key.split(":", 2)[2] for key in given if key.startswith("kms:EncryptionContext:")]
    if encryption_context:
        context["kms:EncryptionContextKeys"] = encryption_context
    return {**{key: value for key, value in context.items() if key.lower() not in lowered}, **given}


def draw(seed: int, number: int) -> dict[str, Any]:
    return Case(seed, number).draw()
