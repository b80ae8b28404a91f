//! How fast the program is, from its start to its end: `cargo bench --bench program`, and with live runs
//! `tests/run --bench`.
//!
//! Replaying saved evidence takes at most 10 ms and 20 MB, judging a plan of 15 KB 20 ms and 20 MB. A live run takes
//! hardly longer than its longest chain of calls: against answers that take 50 ms each, at most 15 % longer. On AWS that is
//! 172.5 ms, for a chain of three; on Azure 287.5 ms, for one of five. A run of a thousand targets from saved evidence takes
//! hardly longer for each than one of a hundred. Where Checkov is installed, it reads the same plans beside it.
//!
//! Live runs on AWS need an account, which is built in the emulator that `tests/run` starts. What it answers is recorded
//! once and given from memory then, so that the emulator's own time is not measured with the program's. Those on Azure ask
//! the double of the tests, by the real URLs through its proxy.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has nothing to measure, and prints what it measures"
)]

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use wait4::Wait4;

#[path = "../tests/live_aws/account.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which plays OpenAI as well")]
mod account;
#[path = "../tests/live_azure/answers.rs"]
mod answers;
#[path = "../tests/live_aws/auditor.rs"]
#[allow(dead_code, reason = "the setups of tests/live_aws.rs name the auditor; here the account's root asks")]
mod auditor;
#[path = "../tests/live_azure/callers.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which has more callers")]
mod callers;
#[path = "../tests/live_azure/calls.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which looks at what is asked")]
mod calls;
#[path = "../tests/faults/double.rs"]
#[allow(dead_code, reason = "shared with tests/faults.rs, which answers in more ways")]
mod double;
#[path = "../tests/live_aws/emulator.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which plays OpenAI as well")]
mod emulator;
#[path = "../tests/live_azure/http.rs"]
mod http;
#[path = "../tests/organizations/moto.rs"]
#[allow(dead_code, reason = "shared with tests/organizations.rs, which has more organizations")]
mod moto;
#[path = "../tests/live_azure/network.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which fails in more ways")]
mod network;
#[path = "../tests/organizations/organization.rs"]
#[allow(dead_code, reason = "shared with tests/organizations.rs, which has more organizations")]
mod organization;
#[path = "../tests/live_aws/place.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which has more setups")]
mod place;
#[path = "../tests/live_aws/policy.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which has more setups")]
mod policy;
#[path = "../tests/live_azure/program.rs"]
#[allow(dead_code, reason = "shared with tests/live_azure.rs, which looks at what the program says")]
mod program;
#[path = "../tests/live_aws/setup.rs"]
#[allow(dead_code, reason = "shared with tests/live_aws.rs, which has more setups")]
mod setup;
#[path = "../tests/live_azure/tenant.rs"]
#[allow(dead_code, unused_imports, reason = "shared with tests/live_azure.rs, which has more tenants")]
mod tenant;

use account::{Account, Registration};
use double::{Double, Reply, host_of, pass_on};
use emulator::{Emulator, REGION};
use network::Network;
use program::Run;
use setup::Setup;
use tenant::Azure;

/// Runs of each.
const RUNS: usize = 200;
/// Live runs, which take longer.
const LIVE_RUNS: usize = 40;
/// What each answer takes.
const DELAY: Duration = Duration::from_millis(50);
/// The longest chain of calls, each of which needs the answer to the one before: `iam:ListAttachedRolePolicies`,
/// `iam:GetPolicy`, `iam:GetPolicyVersion`. The emulator takes the account for the management account of an organization,
/// which nothing is above: what is asked of that waits for nothing.
const CHAIN_ON_AWS: u32 = 3;
/// The same on Azure: a token for Azure Resource Manager, `arm:QueryResources`, `arm:GetVault`, `arm:ListRoleAssignments`,
/// `arm:GetRoleDefinition`. What a vault and a directory are asked themselves is shorter.
const CHAIN_ON_AZURE: u32 = 5;
/// How much longer than the chain a live run may take.
const SLACK: f64 = 1.15;

fn main() {
    // First: a child's memory counts from that of its parent on.
    let mut rows = Vec::from(replay());
    rows.extend(plans());
    rows.extend(checkov());
    rows.extend(run_of_many());
    rows.extend(live_on_azure());
    rows.extend(live_on_aws());
    println!("{:<66} {:>10} {:>10}  met", "what", "measured", "target");
    for Row { what, measured, target, unit } in rows {
        let (bound, met) = match target {
            Some(target) => (format!("{target:.1} {unit}"), if measured <= target { "yes" } else { "NO" }),
            None => (String::new(), ""),
        };
        println!("{what:<66} {:>10} {bound:>10}  {met}", format!("{measured:.1} {unit}"));
    }
}

/// A line of the table.
struct Row {
    what: String,
    measured: f64,
    target: Option<f64>,
    unit: &'static str,
}

impl Row {
    fn new(what: &str, measured: f64, target: Option<f64>, unit: &'static str) -> Self {
        Self { what: what.into(), measured, target, unit }
    }
}

/// What one run took.
struct Taken {
    time: Duration,
    /// In bytes.
    memory: u64,
}

fn run(command: &mut Command) -> Taken {
    let (taken, status) = taken(command);
    assert_eq!(status, Some(0), "the program does not say `ready`");
    taken
}

/// What a process took, and its exit status.
fn taken(command: &mut Command) -> (Taken, Option<i32>) {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("starts the program");
    let ended = child.wait4().expect("waits for the program");
    (Taken { time: start.elapsed(), memory: ended.rusage.maxrss }, ended.status.code())
}

/// Runs it often; the rows of the quickest run and of the one in the middle, and the largest memory. The targets are of
/// the one in the middle, in milliseconds, and of the memory, in megabytes.
fn measured(
    what: &str,
    runs: usize,
    [time, room]: [Option<f64>; 2],
    mut once: impl FnMut() -> Taken,
) -> [Row; 3] {
    let taken: Vec<Taken> = (0..runs).map(|_| once()).collect();
    let mut times: Vec<f64> = taken.iter().map(|taken| taken.time.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let memory = taken.iter().map(|taken| taken.memory).max().unwrap_or_default();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    [
        Row::new(&format!("{what}, quickest of {runs}"), at(0), None, "ms"),
        Row::new(&format!("{what}, median"), at(runs / 2), time, "ms"),
        #[expect(clippy::cast_precision_loss, reason = "nobody has that much memory")]
        Row::new(&format!("{what}, largest resident memory"), memory as f64 / 1e6, room, "MB"),
    ]
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"));
    command.env_clear();
    command
}

fn replay() -> [Row; 3] {
    let evidence = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/aws-ready.json");
    measured("replay examples/aws-ready.json", RUNS, [Some(10.0), Some(20.0)], || {
        run(program().args(["replay", evidence]))
    })
}

/// First plans, as Terraform wrote them: of 14 and of 23 KB.
const PLANS: [&str; 2] = ["azure.json", "aws-official.json"];

fn plan(name: &str) -> String {
    format!("{}/tests/plans/corpus/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn plans() -> Vec<Row> {
    let rows = PLANS.map(|name| {
        measured(&format!("plan {name}"), RUNS, [Some(20.0), Some(20.0)], || {
            run(program().args(["plan", &plan(name)]))
        })
    });
    rows.into_iter().flatten().collect()
}

/// Runs of Checkov, which takes seconds.
const RUNS_OF_CHECKOV: usize = 5;

/// The same plans, by the scanner that people use for them, where it is installed.
fn checkov() -> Vec<Row> {
    let Ok(version) = Command::new("checkov").arg("--version").stderr(Stdio::null()).output() else {
        println!("checkov is not installed, and not measured");
        return Vec::new();
    };
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let rows = PLANS.map(|name| {
        let once = || {
            let mut checkov = Command::new("checkov");
            checkov.args(["--framework", "terraform_plan", "--compact", "--quiet", "--file", &plan(name)]);
            // It finds something in any plan.
            let (taken, status) = taken(checkov.stderr(Stdio::null()));
            assert!(matches!(status, Some(0 | 1)), "checkov fails");
            taken
        };
        measured(&format!("checkov {version}, {name}"), RUNS_OF_CHECKOV, [None, None], once)
    });
    rows.into_iter().flatten().collect()
}

/// Targets of a run, each with a role and a key of its own.
const FEW: usize = 100;
const MANY: usize = 1000;
/// Runs of each.
const RUNS_OF_MANY: usize = 10;
/// How much longer a target of many may take than one of few.
const GROWTH: f64 = 1.2;

/// Each target's evidence is a file, and all of them are one report.
fn run_of_many() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut medians = Vec::new();
    for targets in [FEW, MANY] {
        let home = tempfile::tempdir().expect("makes a directory");
        write_targets(home.path(), targets);
        let measured = measured(&format!("run of {targets} targets"), RUNS_OF_MANY, [None, None], || {
            run(program().args(["run", "--format", "json"]).current_dir(home.path()))
        });
        medians.push(measured[1].measured);
        rows.extend(measured);
    }
    #[expect(clippy::cast_precision_loss, reason = "there are not that many targets")]
    let growth = medians[1] / medians[0] / (MANY as f64 / FEW as f64);
    rows.push(Row::new(&format!("a target of {MANY} against one of {FEW}"), growth, Some(GROWTH), "x"));
    rows
}

fn write_targets(directory: &Path, targets: usize) {
    let ready = include_str!("../examples/aws-ready.json");
    let mut configuration = String::from("format = 1\n");
    for number in 0..targets {
        let own = ready
            .replace("role/openai-ekm", &format!("role/openai-ekm-{number}"))
            .replace("key/1234abcd-", &format!("key/{number:08x}-"));
        fs::write(directory.join(format!("{number}.json")), own).expect("writes the evidence");
        configuration += &format!("[[target]]\nname = \"target {number}\"\nevidence = \"{number}.json\"\n");
    }
    fs::write(directory.join("ekm-preflight.toml"), configuration).expect("writes the configuration");
}

fn live_on_aws() -> Vec<Row> {
    let Some(emulator) = Emulator::from_environment() else { return Vec::new() };
    let registration = build(&emulator);
    let host = host_of(&emulator.url);
    let recorded: Arc<Mutex<HashMap<String, Vec<u8>>>> = Arc::default();
    let mut rows = vec![own_time_of_the_double()];
    for (what, delay) in [("answered at once", Duration::ZERO), ("answered after 50 ms", DELAY)] {
        let (recorded, host) = (recorded.clone(), host.clone());
        let double = Double::that_says(move |asked| {
            let start = Instant::now();
            // Signatures differ from run to run, what is asked does not.
            let body = asked.request.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
            let question = format!("{} {body}", asked.operation);
            let known = recorded.lock().expect("no thread has failed").get(&question).cloned();
            let answer = known.unwrap_or_else(|| {
                let answer = pass_on(Some(&host), &asked.request).expect("the emulator answers");
                recorded.lock().expect("no thread has failed").insert(question, answer.clone());
                answer
            });
            thread::sleep(delay.saturating_sub(start.elapsed()));
            Reply::Raw(answer)
        });
        // Records.
        run(&mut check(&double, &registration));
        let (what, target) = (format!("aws, {what}"), target(delay, CHAIN_ON_AWS));
        rows.extend(measured(&what, LIVE_RUNS, [target, None], || run(&mut check(&double, &registration))));
    }
    rows
}

/// How long a run may take whose longest chain is of this many calls, in milliseconds.
fn target(delay: Duration, chain: u32) -> Option<f64> {
    (!delay.is_zero()).then(|| (delay * chain).as_secs_f64() * 1e3 * SLACK)
}

/// The documented setup, with each list in one page.
fn live_on_azure() -> Vec<Row> {
    let azure = Azure::documented().but(|azure| azure.behaviour.page_size = 100);
    let mut rows = Vec::new();
    for (what, delay) in [("answered at once", Duration::ZERO), ("answered after 50 ms", DELAY)] {
        let network = Network::slow(azure.clone(), delay);
        let home = tempfile::tempdir().expect("makes a directory");
        let (what, target) = (format!("azure, {what}"), target(delay, CHAIN_ON_AZURE));
        let check = || run(&mut Run::against(&network).command(home.path()));
        rows.extend(measured(&what, LIVE_RUNS, [target, None], check));
    }
    rows
}

/// What each answer takes longer than it is told to: a connection, a thread, and the answer itself.
fn own_time_of_the_double() -> Row {
    let double = Double::that_only_says(Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()));
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let mut stream = TcpStream::connect(double.address).expect("answers");
            stream.write_all(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").expect("takes the request");
            stream.read_to_end(&mut Vec::new()).expect("answers");
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Row::new("one answer from memory by itself, median", times[RUNS / 2], None, "ms")
}

/// The documented setup with a managed policy as well, so that there is a chain to follow.
fn build(emulator: &Emulator) -> Registration {
    let setup =
        Setup { attached_policies: vec![policy::documented_role_policy()], ..Setup::documented("benchmark") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("starts the runtime").block_on(Account::build(emulator, &setup)).registration
}

fn check(double: &Double, registration: &Registration) -> Command {
    let account = registration.role_arn.split(':').nth(4).expect("the role is of an account");
    let mut command = program();
    command
        .env("AWS_ENDPOINT_URL", double.url())
        // The account's root, as the emulator knows it.
        .env("AWS_ACCESS_KEY_ID", account)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .arg("aws")
        .args(["--role-arn", &registration.role_arn])
        .args(["--kms-arn", &registration.kms_arn])
        .args(["--external-id", &registration.external_id]);
    command
}
