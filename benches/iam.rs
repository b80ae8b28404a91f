//! How fast the policy engine is: `cargo bench --bench iam`.
//!
//! On one core at least 500,000 decisions a second over five layers, under 50 µs for a request whose policies are still
//! text, and linear time in statements and in wildcards.
#![allow(clippy::expect_used, reason = "a benchmark that can't be set up has nothing to measure")]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ekm_preflight::iam::pattern::Pattern;
use ekm_preflight::iam::{
    Action, Caller, Context, ContextValue, Dependency, Layers, Outcome, Policies, Policy, Request,
    RoleSession, UniqueId, decide,
};
use ekm_preflight::simulate::{Simulation, answer, simulate};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::111122223333:role/openai/ekm";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ekm/openai";

const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "UseKey", "Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"],
     "Resource": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
     "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Sid": "ReadLogs", "Effect": "Allow", "Action": ["logs:Get*", "logs:Describe*", "logs:FilterLogEvents"],
     "Resource": "arn:aws:logs:*:111122223333:log-group:/aws/openai/*"},
    {"Sid": "NoAdministration", "Effect": "Deny",
     "Action": ["kms:Put*", "kms:Schedule*", "kms:Disable*", "kms:CreateGrant"], "Resource": "*"}]}"#;

const BOUNDARY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Services", "Effect": "Allow", "Action": ["kms:*", "logs:*", "sts:*"], "Resource": "*"},
    {"Sid": "NoIdentities", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}"#;

const SESSION_POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"],
     "Resource": "arn:aws:kms:*:111122223333:key/*"}]}"#;

const ROOT_CONTROL: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "FullAWSAccess", "Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Sid": "StayInOrganization", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}"#;

const UNIT_CONTROL: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "FullAWSAccess", "Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*", "organizations:*", "sts:*", "support:*"],
     "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}}]}"#;

const KEY_POLICY: &str = r#"{"Version": "2012-10-17", "Id": "key", "Statement": [
    {"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
     "Action": "kms:*", "Resource": "*"},
    {"Sid": "OpenAI", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/openai/ekm"},
     "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], "Resource": "*",
     "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}]}"#;

fn policies(name: &str, text: &str) -> Policies {
    Policies::of(name, Policy::parse(text).expect("the policy is well formed"))
}

fn five_layers() -> Layers {
    Layers {
        identity: Some(policies("use", IDENTITY)),
        boundary: Some(policies("boundary", BOUNDARY)),
        session: Some(policies("session", SESSION_POLICY)),
        resource: Some(policies("default", KEY_POLICY)),
        service_control: vec![policies("root", ROOT_CONTROL), policies("unit", UNIT_CONTROL)],
        ..Layers::default()
    }
}

fn request(action: &str) -> Request {
    let context = Context::complete()
        .single("aws:PrincipalArn", ROLE)
        .single("aws:PrincipalAccount", "111122223333")
        .single("aws:PrincipalType", "AssumedRole")
        .single("aws:PrincipalIsAWSService", "false")
        .single("aws:PrincipalOrgID", "o-example12345")
        .single("aws:ResourceAccount", "111122223333")
        .single("aws:RequestedRegion", "us-east-1")
        .single("aws:SecureTransport", "true")
        .single("aws:SourceIp", "203.0.113.7")
        .single("kms:CallerAccount", "111122223333")
        .single("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
    Request {
        caller: Caller::Session(RoleSession {
            role_arn: ROLE.into(),
            account: "111122223333".into(),
            path_known: true,
            role_id: UniqueId::InNoPolicy,
            session_name: Some("openai".into()),
        }),
        action: Action::new(action),
        resource: KEY.into(),
        resource_account: "111122223333".into(),
        context,
    }
}

/// Decisions over policies that are parsed already.
fn five_layers_parsed(criterion: &mut Criterion) {
    let layers = five_layers();
    let mut group = criterion.benchmark_group("five layers");
    group.throughput(Throughput::Elements(1));
    for (name, action, expected) in [
        ("allowed", "kms:Decrypt", Outcome::Allowed),
        ("explicitly denied", "kms:CreateGrant", Outcome::ExplicitlyDenied),
        ("implicitly denied", "kms:GenerateDataKey", Outcome::ImplicitlyDenied),
    ] {
        let request = request(action);
        assert_eq!(decide(&request, &layers).outcome, expected, "{name}");
        group.bench_function(name, |bencher| bencher.iter(|| decide(black_box(&request), &layers).outcome));
    }
    group.finish();
}

/// From text to the answer, and to the answer's text.
fn cold(criterion: &mut Criterion) {
    let text = format!(
        r#"{{"request": {{"principal": "{SESSION}", "action": "kms:Decrypt", "resource": "{KEY}",
            "context": {{"aws:PrincipalArn": "{ROLE}", "aws:SecureTransport": true, "aws:SourceIp": "203.0.113.7"}}}},
          "identity_policies": [{{"name": "use", "policy": {IDENTITY}}}],
          "permissions_boundary": {{"name": "boundary", "policy": {BOUNDARY}}},
          "session_policy": {{"name": "session", "policy": {SESSION_POLICY}}},
          "service_control_policies": [[{{"name": "root", "policy": {ROOT_CONTROL}}}],
                                       [{{"name": "unit", "policy": {UNIT_CONTROL}}}]],
          "resource_policy": {{"name": "default", "policy": {KEY_POLICY}}}}}"#
    );
    let outcome = match simulate(&text) {
        Ok(Simulation::One(one)) => Some(one.outcome),
        _ => None,
    };
    assert_eq!(outcome, Some(Outcome::Allowed));
    let mut group = criterion.benchmark_group("cold");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse and decide", |bencher| bencher.iter(|| simulate(black_box(&text))));
    group.bench_function("parse, decide and print", |bencher| bencher.iter(|| answer(black_box(&text))));
    group.finish();
}

/// Statements that all come close: right service and principal, wrong resource or condition. The last one allows.
fn statements(count: usize) -> String {
    let mut text = String::from(r#"{"Version": "2012-10-17", "Statement": ["#);
    for index in 1..count {
        let condition = if index % 2 == 0 { "111122223333" } else { "444455556666" };
        // Writing into a string can't fail.
        let _ = write!(
            text,
            r#"{{"Sid": "S{index}", "Effect": "Allow", "Action": ["kms:Encrypt", "kms:De*"],
                "Resource": "arn:aws:kms:us-east-1:{condition}:key/{index:08}-*",
                "Condition": {{"StringLike": {{"kms:ViaService": "s3.*.amazonaws.com"}}}}}},"#
        );
    }
    text.push_str(r#"{"Sid": "Last", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}"#);
    text
}

fn linear_in_statements(criterion: &mut Criterion) {
    let mut decided = criterion.benchmark_group("statements, decided");
    for count in [10, 100, 1_000, 10_000] {
        let layers = Layers { identity: Some(policies("many", &statements(count))), ..five_layers() };
        let request = request("kms:Decrypt");
        assert_eq!(decide(&request, &layers).outcome, Outcome::Allowed);
        decided.throughput(Throughput::Elements(count as u64));
        decided.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| decide(black_box(&request), &layers).outcome);
        });
    }
    decided.finish();
    let mut parsed = criterion.benchmark_group("statements, parsed");
    for count in [10, 100, 1_000, 10_000] {
        let text = statements(count);
        parsed.throughput(Throughput::Elements(count as u64));
        parsed.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| Policy::parse(black_box(&text)));
        });
    }
    parsed.finish();
}

/// `*a*a…` against a text that has one `a` too few, which is where backtracking explodes.
fn linear_in_wildcards(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wildcards");
    for count in [10, 100, 1_000, 10_000] {
        let pattern = Pattern::wild(&"*a".repeat(count));
        let text = "a".repeat(count - 1);
        assert!(!pattern.matches(&text) && pattern.matches(&"a".repeat(count)));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| pattern.matches(black_box(&text)));
        });
    }
    group.finish();
    // The same with a hole in each piece, which can't be searched as plain text.
    let mut group = criterion.benchmark_group("wildcards with a hole in each piece");
    for count in [10, 100, 1_000, 10_000] {
        let pattern = Pattern::wild(&"*a?".repeat(count));
        let text = "ab".repeat(count - 1);
        assert!(!pattern.matches(&text) && pattern.matches(&"ab".repeat(count)));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| pattern.matches(black_box(&text)));
        });
    }
    group.finish();
}

/// Keys that are not known: decided for every value.
fn exact(criterion: &mut Criterion) {
    const NETWORK: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "Use", "Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Sid": "Elsewhere", "Effect": "Deny", "Action": "kms:*", "Resource": "*",
         "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]},
                       "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"},
                       "BoolIfExists": {"aws:ViaAWSService": "false"}}}]}"#;
    let unknown = || ContextValue::unknown(Dependency::new("context", "not published"));
    let layers = Layers { identity: Some(policies("network", NETWORK)), ..five_layers() };
    let mut group = criterion.benchmark_group("exact");
    group.throughput(Throughput::Elements(1));
    for keys in [&["aws:SourceIp"][..], &["aws:SourceIp", "aws:SourceVpce", "aws:ViaAWSService"]] {
        let mut request = request("kms:Decrypt");
        for key in keys {
            request.context = request.context.with(key, unknown());
        }
        let decision = decide(&request, &layers);
        assert_eq!(decision.outcome, Outcome::Depends);
        assert_eq!(decision.names(), keys);
        group.bench_function(BenchmarkId::from_parameter(format!("{} unknown", keys.len())), |bencher| {
            bencher.iter(|| decide(black_box(&request), &layers).outcome);
        });
    }
    group.finish();
}

criterion_group!(benches, five_layers_parsed, cold, linear_in_statements, linear_in_wildcards, exact);
criterion_main!(benches);
