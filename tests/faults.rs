//! The program when AWS, or the network before it, fails: each call of a run in each way, one at a time.
//!
//! Whatever fails, the program ends by itself with a report in which everything that could not be read is unknown with
//! its reason. It is never `ready` where a check of severity `error` needs what failed, and always where none does.
//!
//! `tests/run` starts the emulator that is behind these tests, and `microburst`, the proxy that fails in AWS's own
//! words. Without them only what needs nothing behind it is tested.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect by panicking, and say when they are skipped"
)]

use std::sync::Arc;

use serde_json::{Value, json};

#[path = "live_aws/account.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which plays OpenAI as well")]
mod account;
#[path = "live_aws/auditor.rs"]
#[allow(dead_code, reason = "the setups of tests/live_aws.rs name the auditor; here the account's root asks")]
mod auditor;
#[path = "faults/bodies.rs"]
mod bodies;
#[path = "faults/calls.rs"]
mod calls;
#[path = "faults/customer.rs"]
mod customer;
#[path = "faults/double.rs"]
#[allow(dead_code, reason = "shared with benches/program.rs")]
mod double;
#[path = "faults/elsewhere.rs"]
mod elsewhere;
#[path = "live_aws/emulator.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which plays OpenAI as well")]
mod emulator;
#[path = "faults/microburst.rs"]
mod microburst;
#[path = "organizations/moto.rs"]
#[allow(dead_code, reason = "shared with tests/organizations.rs, which has more organizations")]
mod moto;
#[path = "organizations/organization.rs"]
#[allow(dead_code, reason = "shared with tests/organizations.rs, which has more organizations")]
mod organization;
#[path = "live_aws/place.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which has more setups")]
mod place;
#[path = "live_aws/policy.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which has more setups")]
mod policy;
#[path = "faults/program.rs"]
mod program;
#[path = "live_aws/setup.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which has more setups")]
mod setup;

use account::Registration;
use calls::{CALLS, Call, GOVERNED, OTHERS};
use customer::Customer;
use double::{Double, Reply};
use emulator::Emulator;
use microburst::Microburst;
use program::{Expected, Run, UNDETERMINED, gather};

fn require_none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Runs the program once for each case, against what stands in front of the emulator there.
fn each<T: Send>(cases: Vec<T>, run: impl Fn(&T) -> (String, Vec<String>) + Sync) {
    require_none(&gather(cases, |case| {
        let (name, said) = run(&case);
        said.into_iter().map(|said| format!("{name}: {said}")).collect()
    }));
}

#[test]
fn nothing_fails_and_it_is_ready() {
    let Some(emulator) = Emulator::from_environment() else { return };
    let customer = Customer::build(&emulator, "$KEY");
    let double = Double::in_front_of(&emulator.url, |_| Reply::Passed);
    let outcome = Run::against(double.url()).outcome(&customer);
    require_none(&outcome.differs(&Expected::ready()));
    for call in CALLS {
        assert_eq!(double.times(call.operation()), call.times, "{}", call.name);
    }
}

const ONE_OF_EACH_SERVICE: [&str; 4] =
    ["GetCallerIdentity", "GetRole", "DescribeKey", "DescribeOrganization"];

/// What the proxy does to a call, and the reason that is in the evidence then.
fn words_of_aws(call: &Call) -> [(&'static str, Value, &'static str); 7] {
    let [throttles, fails, denies] =
        call.errors().map(|(code, status)| json!({ "code": code, "status": status }));
    [
        ("throttles", json!({ "error": throttles }), "throttled"),
        ("fails", json!({ "error": fails }), "unreadable"),
        ("resets the connection", json!({ "reset": true }), "unreachable"),
        ("denies", json!({ "error": denies }), "denied"),
        ("answers after the time limit", json!({ "latency": 30_000 }), "timed_out"),
        ("answers half, and says it is all", json!({ "response": { "truncate_frac": 0.5 } }), "unreadable"),
        ("answers half, and resets", json!({ "response": { "abort_frac": 0.5 } }), "unreadable"),
    ]
}

/// A rule of the proxy for one call of one run.
fn rule(call: &Call, application: &str, fault: &Value) -> Value {
    let mut rule = fault.clone();
    rule["service"] = call.service().into();
    rule["operation"] = call.operation().into();
    rule["headers"] = json!({ "user-agent": format!("app/{application}") });
    rule
}

/// All that the proxy is told, in one test: it has one set of rules.
#[test]
fn a_call_that_fails_leaves_open_what_needs_it_and_nothing_else() {
    let Some(emulator) = Emulator::from_environment() else { return };
    let Some(microburst) = Microburst::from_environment() else { return };
    let customer = Customer::build(&emulator, "$KEY");
    let (mut rules, mut cases) = (Vec::new(), Vec::new());
    for call in CALLS {
        for (what, fault, reason) in words_of_aws(call) {
            let application = format!("fault-{:04}", rules.len());
            rules.push(rule(call, &application, &fault));
            cases.push((format!("{} {what}", call.name), application, call.failing_for(reason)));
        }
        // What is over with the second attempt is as if it had never been. A service's calls are all tried again alike.
        let ways = if ONE_OF_EACH_SERVICE.contains(&call.operation()) { 3 } else { 1 };
        for (what, mut fault, _) in words_of_aws(call).into_iter().take(ways) {
            fault["times"] = 1.into();
            let application = format!("fault-{:04}", rules.len());
            rules.push(rule(call, &application, &fault));
            cases.push((format!("{} {what} once", call.name), application, Expected::ready()));
        }
    }
    microburst.follow(&rules);
    each(cases, |(name, application, expected)| {
        let run = Run { application: application.clone(), ..Run::against(&microburst.url) }
            .long_enough_for(expected);
        (name.clone(), run.outcome(&customer).differs(expected))
    });
    for (rule, applied) in rules.iter().zip(microburst.applied()) {
        assert_ne!(applied, 0, "never happened: {rule}");
    }
}

#[test]
fn a_call_that_is_answered_with_nonsense_is_as_if_it_had_failed() {
    let Some(emulator) = Emulator::from_environment() else { return };
    let customer = Customer::build(&emulator, "$KEY");
    let mut cases = Vec::new();
    for call in CALLS {
        cases.extend(
            bodies::nonsense(call).into_iter().map(|(what, reply, reason)| (call, what, reply, reason)),
        );
    }
    each(cases, |(call, what, reply, reason)| {
        let (operation, reply) = (call.operation(), reply.clone());
        let double = Double::in_front_of(&emulator.url, move |asked| {
            if asked.operation == operation { reply.clone() } else { Reply::Passed }
        });
        let expected = call.failing_for(reason);
        let outcome = Run::against(double.url()).long_enough_for(&expected).outcome(&customer);
        assert_ne!(double.times(operation), 0, "{} is never asked", call.name);
        (format!("{} answers {what}", call.name), outcome.differs(&expected))
    });
}

#[test]
fn an_answer_about_something_else_is_not_taken_for_one() {
    let Some(emulator) = Emulator::from_environment() else { return };
    let customer = Customer::build(&emulator, "$KEY");
    each(elsewhere::elsewhere(), |case| {
        let (operation, rewrite) = (case.operation, case.rewrite);
        let account = customer.account().to_owned();
        let double = Double::in_front_of(&emulator.url, move |asked| {
            let account = account.clone();
            let rewritten = move |body: &str| rewrite(body, &account);
            if asked.operation == operation { Reply::Rewritten(Arc::new(rewritten)) } else { Reply::Passed }
        });
        let run = Run::against(double.url()).long_enough_for(&case.expected);
        let outcome = run.outcome(&customer);
        (format!("{operation} answers {}", case.what), outcome.differs(&case.expected))
    });
}

#[test]
fn policies_that_are_required_block_when_they_can_not_be_read() {
    let Some(emulator) = Emulator::from_environment() else { return };
    let customer = Customer::build(&emulator, "$KEY");
    let (with_others, additional) =
        (&["aws-organization-policies", "aws-trust-exclusive"][..], &["aws-trust-additional"][..]);
    let cases: Vec<(&str, &[&str], &[&str])> = vec![
        ("DescribeOrganization", with_others, additional),
        ("ListParents", with_others, additional),
        ("ListRoots", GOVERNED, &[]),
        ("ListPoliciesForTarget", GOVERNED, &[]),
        ("DescribePolicy", GOVERNED, &[]),
        // Not among those that are required, and blocks for what it is itself.
        ("DescribeAccount", OTHERS, additional),
    ];
    each(cases, |&(operation, undecided, open)| {
        let call = CALLS.iter().find(|call| call.operation() == operation).expect("is a call");
        let double = Double::in_front_of(&emulator.url, move |asked| match asked.operation == operation {
            true => Reply::Instead(429, "text/plain", String::new()),
            false => Reply::Passed,
        });
        let lost = call.failing_for("throttled");
        let expected = Expected { verdict: UNDETERMINED, undecided, open, ..lost };
        let run = Run { requires_policies: true, ..Run::against(double.url()) };
        (operation.to_owned(), run.outcome(&customer).differs(&expected))
    });
}

/// KMS refuses aliases in most calls, so nothing is asked before the key behind one is known.
#[test]
fn what_stands_behind_an_alias_is_as_unread_as_the_key() {
    let Some(emulator) = Emulator::from_environment() else { return };
    let customer = Customer::build(&emulator, "$ALIAS");
    let double = Double::in_front_of(&emulator.url, |asked| match asked.operation.as_str() {
        "DescribeKey" => Reply::Instead(429, "text/plain", String::new()),
        _ => Reply::Passed,
    });
    let expected = Expected {
        verdict: UNDETERMINED,
        missing: ["key", "key_policy", "key_aliases", "key_tags", "key_grants", "key_rotation"]
            .map(|key| (key, "throttled"))
            .into(),
        undecided: &[
            "aws-decrypt-allowed",
            "aws-encrypt-allowed",
            "aws-key-customer-managed",
            "aws-key-enabled",
            "aws-key-exists",
            "aws-key-symmetric",
            "aws-key-usage",
            "aws-role-least-privilege",
        ],
        failing: &[],
        open: &[
            "aws-key-alias",
            "aws-key-dedicated",
            "aws-key-material",
            "aws-key-rotation",
            "aws-organization-policies",
            "aws-policy-principals-current",
        ],
        limit: None,
    };
    require_none(&Run::against(double.url()).outcome(&customer).differs(&expected));
}

/// A registration that nothing is asked about successfully.
fn nobodys() -> Customer {
    let registration = Registration {
        role_arn: "arn:aws:iam::111122223333:role/openai-ekm".into(),
        kms_arn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".into(),
        external_id: "org-4Qd8XyTz71LmWc05RkVb".into(),
    };
    Customer { registration, management_account: None }
}

/// Needs nothing behind it.
#[test]
fn a_network_that_is_broken_for_everything_ends_in_a_report() {
    let redirect = "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n";
    let garbage = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{}", "\u{7}~".repeat(500_000));
    let silent = |reply| Double::that_only_says(reply);
    let plain = silent(Reply::Raw(vec![]));
    let cases = vec![
        ("hangs", silent(Reply::Never), "http", "timed_out"),
        ("closes", silent(Reply::Raw(vec![])), "http", "unreachable"),
        (
            "speaks another protocol",
            silent(Reply::Raw(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec())),
            "http",
            "unreachable",
        ),
        ("speaks no TLS", plain, "https", "unreachable"),
        ("redirects", silent(Reply::Raw(redirect.into())), "http", "unreadable"),
        ("answers garbage", silent(Reply::Raw(garbage.into_bytes())), "http", "unreadable"),
        ("has no end", silent(Reply::Endless), "http", "unreadable"),
    ];
    each(cases, |(what, double, scheme, reason)| {
        let endpoint = format!("{scheme}://{}", double.address);
        (format!("it {what}"), nothing_read(&endpoint, reason))
    });
}

#[test]
fn a_port_that_nobody_listens_on_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("has a free port");
    let address = listener.local_addr().expect("has an address");
    drop(listener);
    require_none(&nothing_read(&format!("http://{address}"), "unreachable"));
}

/// Runs the program where nothing can be read, each call for this reason.
fn nothing_read(endpoint: &str, reason: &str) -> Vec<String> {
    let run = Run { time_limit: "4", ..Run::against(endpoint) };
    let outcome = run.outcome(&nobodys());
    let mut said = outcome.broken();
    if outcome.verdict() != UNDETERMINED {
        said.push(format!("the verdict is {}", outcome.verdict()));
    }
    for item in [
        "caller",
        "role",
        "role_inline_policies",
        "role_attached_policies",
        "key",
        "key_policy",
        "key_grants",
        "key_rotation",
        "role_organization",
        "role_service_control_policies",
        "key_resource_control_policies",
    ] {
        if !outcome.missing().contains(&(item.into(), reason.into())) {
            said.push(format!("{item} is not missing as {reason}: {:?}", outcome.missing()));
        }
    }
    said
}
