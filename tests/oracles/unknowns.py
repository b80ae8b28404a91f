"""Compares the engine's three-valued answers with brute force, through the same door.

A case with unknown context keys is asked once as it is, and once for each way to fill them in: absent, and a value of
each kind that the policies can tell apart. What those answers have in common is what the one answer must be.

Kinds of values are found, not proven: the literals, their other spellings, and what comes of filling the wildcards of
one pattern with nothing, a letter, or the pieces of another. Patterns that meet only in a longer text are not found,
so the vocabulary has none. A variable that stands for an unknown key is filled with every literal of that key, as a
whole value of its own. All unknown keys have single values. The engine's answer to a request that is fully known can be
`depends`, where AWS documents nothing: such cases are left out.
"""

from __future__ import annotations

import argparse
import ipaddress
import itertools
import json
import sys
from collections import Counter
from typing import Any

import cases
import constructs
import explain
import judges

# Keys that may be unknown, with the values of policies and of requests.
UNKNOWN_KEYS: dict[str, tuple[str, list[str]]] = {
    "aws:SourceIp": (cases.IP, ["203.0.113.0/24", "203.0.113.7", "203.0.113.0/28", "0.0.0.0/0", "10.0.0.0/8", "2001:db8::/32", "2001:db8::7", "203.0.112.0/23"]),
    "aws:UserAgent": (cases.STRING, ["sdk/1", "sdk/*", "*1", "s?k/1", "curl", "CURL"]),
    "sts:RoleSessionName": (cases.STRING, ["openai", "open*", "*ai", "bob"]),
    "kms:EncryptionContext:app": (cases.STRING, ["ekm", "e*", "*m", "EKM"]),
    "aws:SourceVpce": (cases.STRING, ["vpce-1", "vpce-2", "vpce-*"]),
    "aws:PrincipalOrgID": (cases.STRING, ["o-abc", "o-xyz", "o-*"]),
}
KNOWN_KEYS = ["aws:SecureTransport", "aws:PrincipalTag/team", "aws:PrincipalAccount"]
# Cases with more assignments are left out.
MOST_ASSIGNMENTS = 400
CHUNK = 100
SHOWN = 8
RIGHT, CAUTIOUS, LEFT_OUT = OUTCOMES = ("right", "cautious", "left out")


class UnknownCase(cases.Case):
    """A case whose conditions are mostly about a few keys of single values."""

    def draw(self) -> dict[str, Any]:
        while True:
            case = super().draw()
            request = case["request"]
            if self.who.account is None or ":role/" in self.who.arn or ":federated-user/" in self.who.arn or request["action"] == "kms:RetireGrant":
                continue
            unknown = [key for key in UNKNOWN_KEYS if self.policies_name(case, key) or any(key in names for names in joins(case))]
            self.random.shuffle(unknown)
            unknown = sorted(unknown[:self.random.randint(1, 3)])
            if not unknown:
                continue
            for key in unknown:
                request["context"].pop(key, None)
            request["unknown"] = unknown
            return case

    @staticmethod
    def policies_name(case: dict[str, Any], key: str) -> bool:
        return any(name == key for _, _, _, _, name in constructs.every_condition(case))

    def policy(self, kind: str) -> dict[str, Any]:
        return {**super().policy(kind), "Version": "2012-10-17"}

    def add_principal(self, statement: dict[str, Any], effect: str, matching: bool) -> None:
        super().add_principal(statement, "Allow", matching)

    def add_condition(self, condition: dict[str, Any], matching: bool) -> None:
        choice = self.random.choice
        if self.chance(0.15):
            name = choice(KNOWN_KEYS)
            value = self.known.get(name)
            condition.setdefault("StringEqualsIfExists" if value is None else "StringEquals", {}).setdefault(name, value if isinstance(value, str) else "red")
            return
        key = choice([name for name in UNKNOWN_KEYS if self.service == "sts" or not name.startswith("sts:")])
        kind, literals = UNKNOWN_KEYS[key]
        operator = choice(cases.OPERATORS[kind])
        if self.chance(0.15):
            condition.setdefault("Null", {})[key] = choice(["true", "false"])
            return
        values = [choice(literals)]
        while self.chance(0.3):
            values.append(choice(literals))
        if kind == cases.STRING and self.chance(0.06):
            other = choice([name for name, entry in UNKNOWN_KEYS.items() if entry[0] == cases.STRING and name != key])
            values = [choice([f"${{{other}}}", f"${{{other}, '{choice(literals)}'}}"])]
        suffix = "IfExists" if self.chance(0.2) else ""
        condition.setdefault(operator + suffix, {})[key] = self.one_or_list(values)


def fillings(case: dict[str, Any], key: str) -> list[str | None]:
    """Absent, and one value of each kind that the policies tell apart."""
    literals = literals_of(case, key)
    if UNKNOWN_KEYS[key][0] == cases.IP:
        return [None, *by_kind(addresses(literals), lambda address: tuple(
            ipaddress.ip_address(address) in ipaddress.ip_network(literal, strict=False) for literal in literals))]
    # Keys that variables join have their kinds in common, with values enough to be the same or not.
    joined = {key}
    for _ in UNKNOWN_KEYS:
        joined |= {name for names in joins(case) if joined & names for name in names}
    literals = sorted({literal for name in joined for literal in literals_of(case, name)})
    return [None, *by_kind(texts(literals), lambda text: tuple(
        (text == literal, text.lower() == literal.lower(), constructs.wildcard_match(literal, text)) for literal in literals), len(joined))]


def literals_of(case: dict[str, Any], key: str) -> list[str]:
    found = set()
    for _, _, operator, block, name in constructs.every_condition(case):
        if name == key and operator.base != "null":
            for value in constructs.listed(block[name]):
                variable = constructs.VARIABLE.fullmatch(str(value))
                found.add(variable.group(1).partition(", ")[2].strip("'") if variable else str(value))
    given = case["request"]["context"].get(key)
    return sorted(literal for literal in found | ({given} if given else set()) if literal)


def joins(case: dict[str, Any]) -> list[set[str]]:
    """Keys that are compared with each other by way of a variable."""
    return [{key, other} for _, _, _, block, key in constructs.every_condition(case) for value in constructs.listed(block[key])
            for other in UNKNOWN_KEYS if other.lower() in constructs.variable_names(value)]


def by_kind(values: list[str], kind: Any, most: int = 1) -> list[str]:
    """So many values of each kind."""
    found: dict[Any, list[str]] = {}
    for value in values:
        known = found.setdefault(kind(value), [])
        if value not in known and len(known) < most:
            known.append(value)
    return [value for known in found.values() for value in known]


def addresses(literals: list[str]) -> list[str]:
    """The ends of each network and their neighbours, of both families."""
    found = ["192.0.2.1", "2001:db8:ffff::1", "fd00::1"]
    for literal in literals:
        network = ipaddress.ip_network(literal, strict=False)
        for end, step in ((network.network_address, -1), (network.broadcast_address, 1)):
            found.append(str(end))
            neighbour = int(end) + step
            if 0 <= neighbour < 2 ** network.max_prefixlen:
                found.append(str(type(end)(neighbour)))
    return found


def texts(literals: list[str]) -> list[str]:
    pieces = {"", "x"} | {piece for literal in literals for piece in literal.replace("?", "*").split("*")}
    letters = sorted({"x", *(letter for literal in literals for letter in literal if letter not in "*?")})
    found = ["fresh", "another", "third", *literals, *(text for literal in literals for text in (literal.upper(), literal.lower()))]
    for literal in literals:
        for letter in letters if "?" in literal else ["x"]:
            stars = literal.replace("?", letter).split("*")
            for filled in itertools.product(sorted(pieces), repeat=len(stars) - 1):
                text = stars[0] + "".join(piece + rest for piece, rest in zip(filled, stars[1:]))
                found += [text, text.upper(), text.lower()]
    return [text for text in found if text]


def assigned(case: dict[str, Any], filling: tuple[str | None, ...]) -> dict[str, Any]:
    request = {name: value for name, value in case["request"].items() if name != "unknown"}
    request["context"] = {**request["context"], **{key: value for key, value in zip(case["request"]["unknown"], filling) if value is not None}}
    return {**case, "request": request}


def expected(unknown: list[str], outcomes: dict[tuple[str | None, ...], str]) -> tuple[str, list[str]]:
    decisions = set(outcomes.values())
    if decisions == {"allowed"}:
        return "allowed", []
    if "allowed" not in decisions:
        return ("explicitly_denied" if decisions == {"explicitly_denied"} else "implicitly_denied"), []
    matters = []
    for position, key in enumerate(unknown):
        groups: dict[Any, set[bool]] = {}
        for filling, decision in outcomes.items():
            groups.setdefault(filling[:position] + filling[position + 1:], set()).add(decision == "allowed")
        if any(len(group) == 2 for group in groups.values()):
            matters.append(key)
    return "depends", matters


def check(simulated: list[dict[str, Any]]) -> list[str]:
    """RIGHT, CAUTIOUS, LEFT_OUT or what is wrong with each."""
    asked: list[dict[str, Any]] = []
    spans: list[tuple[int, list[tuple[str | None, ...]]]] = []
    for case in simulated:
        every = list(itertools.product(*(fillings(case, key) for key in case["request"]["unknown"])))
        if len(every) > MOST_ASSIGNMENTS:
            every = []
        spans.append((len(asked), every))
        asked.append(case)
        asked += [assigned(case, filling) for filling in every]
    answers = judges.answers(asked)
    found: list[str] = []
    for case, (start, every) in zip(simulated, spans):
        outcomes = {filling: answer["decision"] for filling, answer in zip(every, answers[start + 1:start + 1 + len(every)])}
        if not outcomes or judges.DEPENDS in outcomes.values():
            found.append(LEFT_OUT)
            continue
        decision, matters = expected(case["request"]["unknown"], outcomes)
        answer = answers[start]
        # Where a variable joins unknown keys the engine may say `depends` too often, and not name exactly the keys that matter.
        joined = any(key in names for names in joins(case) for key in case["request"]["unknown"])
        if answer["decision"] == decision and (joined or sorted(answer["depends_on"]) == matters):
            found.append(RIGHT)
        elif joined and answer["decision"] == judges.DEPENDS:
            found.append(CAUTIOUS)
        else:
            found.append(f"the engine says {answer['decision']} {sorted(answer['depends_on'])}, each way to fill it in gives {decision} {matters}")
    return found


def shrink(case: dict[str, Any]) -> dict[str, Any]:
    while True:
        candidates = list(explain.smaller(case))
        candidates += [explain.without(case, ["request", "unknown", index]) for index in range(len(case["request"]["unknown"]))
                       if len(case["request"]["unknown"]) > 1]
        wrong = next((candidate for candidate, outcome in zip(candidates, check(candidates)) if outcome not in OUTCOMES), None)
        if wrong is None:
            return case
        case = wrong


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cases", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    counts: Counter[str] = Counter()
    shown: set[str] = set()
    for first in range(0, chosen.cases, CHUNK):
        drawn = {number: UnknownCase(chosen.seed, number).draw() for number in range(first, min(first + CHUNK, chosen.cases))}
        try:
            outcomes = check(list(drawn.values()))
        except judges.Refused as refused:
            print(f"error: {refused}", file=sys.stderr)
            return 1
        for (number, case), outcome in zip(drawn.items(), outcomes):
            counts[outcome if outcome in OUTCOMES else "wrong"] += 1
            if outcome not in OUTCOMES and len(shown) < SHOWN:
                smallest = shrink(case)
                if json.dumps(smallest) not in shown:
                    shown.add(json.dumps(smallest))
                    print(f"\nunknown keys, case {number}: {check([smallest])[0]}\n{json.dumps(smallest)}")
    print(f"{chosen.cases} requests with unknown keys against brute force: "
          + ", ".join(f"{counts[outcome]} {outcome}" for outcome in (RIGHT, "wrong", CAUTIOUS, LEFT_OUT)))
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
