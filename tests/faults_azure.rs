//! The program when Azure, or the network before it, fails: each call of a run in each way, one at a time.
//!
//! Whatever fails, the program ends by itself with a report in which everything that could not be read is unknown with its
//! reason. It is never `ready` where a check of severity `error` needs what failed, and always where none does. No token
//! goes to a host that is not Azure's.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what they expect by panicking"
)]

#[path = "live_azure/answers.rs"]
mod answers;
#[path = "live_azure/callers.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which has more callers")]
mod callers;
#[path = "live_azure/calls.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which looks at all calls")]
mod calls;
#[path = "faults_azure/elsewhere.rs"]
mod elsewhere;
#[path = "faults_azure/faults.rs"]
mod faults;
#[path = "live_azure/http.rs"]
mod http;
#[path = "faults_azure/judged.rs"]
mod judged;
#[path = "faults_azure/made.rs"]
mod made;
#[path = "live_azure/network.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which looks at what was asked in more ways")]
mod network;
#[path = "live_azure/program.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which runs the program in more ways")]
mod program;
#[path = "live_azure/several.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs")]
mod several;
#[path = "live_azure/tenant.rs"]
#[allow(dead_code, unused_imports, reason = "shared with tests/live_azure.rs, which has more tenants")]
mod tenant;
#[path = "faults_azure/tokens.rs"]
mod tokens;

use faults::Fault;
use judged::Expected;
use made::MADE;
use network::Network;
use several::require_none;

#[test]
fn a_call_that_fails_leaves_open_what_needs_it_and_nothing_else() {
    let cases = MADE.iter().flat_map(|made| faults::of(made).into_iter().map(move |fault| (made, fault)));
    require_none(cases.collect(), |(made, Fault { what, reply, reason })| {
        let (is, replied) = (made.is, reply.clone());
        let network =
            Network::but(
                made.in_tenant(),
                move |asked| if is(asked) { replied.clone() } else { network::Reply::Passed },
            );
        let expected = made.failing_for(reason);
        let mut found = judged::differences(&network, &expected, reason == "timed_out");
        if !network.asked().iter().any(made.is) {
            found.push("it is never asked".into());
        }
        found.into_iter().map(|problem| format!("{} {what}: {problem}", made.name)).collect()
    });
}

/// What is over with the second attempt is as if it had never been.
#[test]
fn a_call_that_fails_once_is_made_again() {
    let cases = MADE.iter().flat_map(|made| faults::that_pass().into_iter().map(move |fault| (made, fault)));
    let one_of_each_service = |made: &made::Made| {
        ["keyvault:Challenge", "keyvault:GetKey", "arm:GetVault", "graph:ListServicePrincipals"]
            .contains(&made.name)
    };
    let cases: Vec<_> = cases.filter(|(made, _)| one_of_each_service(made)).collect();
    assert_eq!(cases.len(), 4 * faults::that_pass().len());
    require_none(cases, |(made, Fault { what, reply, .. })| {
        let (is, replied) = (made.is, reply.clone());
        let network = Network::but(made.in_tenant(), move |asked| {
            if is(asked) && asked.before == 0 { replied.clone() } else { network::Reply::Passed }
        });
        let mut found = judged::differences(&network, &Expected::ready(), false);
        let times = network.asked().iter().filter(|asked| (made.is)(asked)).count();
        if times != 2 {
            found.push(format!("it is made {times} times"));
        }
        found.into_iter().map(|problem| format!("{} {what} once: {problem}", made.name)).collect()
    });
}

#[test]
fn an_answer_about_something_else_is_not_taken_for_one() {
    require_none(elsewhere::all(), |case| {
        let (call, reply) = (case.call, case.reply.clone());
        let network = Network::but(made::large_pages(case.azure), move |asked| {
            if asked.call == call { reply.clone() } else { network::Reply::Passed }
        });
        let found = judged::differences(&network, &case.expected, false);
        found.into_iter().map(|problem| format!("{call} answers {}: {problem}", case.what)).collect()
    });
}

/// Somebody who ends TLS in between, and for whom no authority speaks, sees no token and is not believed.
#[test]
fn a_host_that_nobody_vouches_for_is_not_asked() {
    let another = Network::of(made::large_pages(|_| {}));
    let authority = another.authority().to_str().expect("is UTF-8").to_owned();
    require_none(
        vec![("another authority", authority.as_str()), ("no authority", "/dev/null")],
        |(what, file)| {
            let network = Network::of(made::large_pages(|_| {}));
            let outcome = program::Run::against(&network).variable("SSL_CERT_FILE", file).outcome();
            let mut found = outcome.broken();
            judged::differs(&mut found, "exit status", Some(3), outcome.exit);
            let reasons = outcome.missing().into_iter().filter(|(_, reason)| reason == "unreachable").count();
            judged::differs(&mut found, "what is missing as unreachable", 11, reasons);
            judged::differs(&mut found, "what was asked", 0, network.asked().len());
            found.into_iter().map(|problem| format!("{what}: {problem}")).collect()
        },
    );
}
