//! What is no plan, or a broken one: a clear error, and nothing half-written.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::corpus::{BY_ADDRESS, WITHOUT_REGISTRATION};
use crate::plan::{Plan, corpus_text};
use crate::program::{Run, ekm_preflight, text};
use crate::several::require_none;

/// What the program refuses, with a part of what it must say.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let official = || Plan::corpus("aws-official");
    let replaced = |from: &str, to: &str| {
        let text = corpus_text("aws-official");
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    };
    let nested =
        |depth: usize| format!("{{\"format_version\":\"1.2\",\"planned_values\":{}", "[".repeat(depth));
    vec![
        ("nothing", vec![], "it is empty, as where `terraform show` could not print one"),
        ("white space", b"  \n\t ".to_vec(), "it is empty"),
        ("a mark and nothing behind it", b"\xff\xfe".to_vec(), "it is empty"),
        ("no JSON", b"Terraform will perform the following actions:".to_vec(), ""),
        ("a binary plan file", b"PK\x03\x04\x14\x00\x08\x00".to_vec(), "this is the saved plan itself"),
        (
            "a binary plan file as it is",
            b"PK\x03\x04\x14\x00\x08\x00\x80\xff".to_vec(),
            "`terraform show -json FILE`",
        ),
        ("bytes that are no text", vec![0x7b, 0xff, 0xfe, 0x22, 0x7d], ""),
        ("a list", b"[]".to_vec(), ""),
        ("a number", b"12".to_vec(), ""),
        ("null", b"null".to_vec(), ""),
        ("an empty object", b"{}".to_vec(), "format_version"),
        (
            "another document",
            br#"{"version": 4, "terraform_version": "1.11.4", "resources": []}"#.to_vec(),
            "",
        ),
        (
            "Terraform's log in JSON",
            br#"{"@level":"info","@message":"Plan: 7 to add","type":"version"}"#.to_vec(),
            "",
        ),
        ("no format version", official().lacking("format_version").text().into_bytes(), "format_version"),
        (
            "a format version that is a number",
            official().top("format_version", json!(1.2)).text().into_bytes(),
            "the format version is `1.2`, which is not a text: this program reads 0.1 to 1.x",
        ),
        (
            "a format before the first",
            official().top("format_version", json!("0.0")).text().into_bytes(),
            "the format version is `0.0`: this program reads 0.1 to 1.x",
        ),
        ("a newer format", official().top("format_version", json!("2.0")).text().into_bytes(), "2.0"),
        (
            "a format version without sense",
            official().top("format_version", json!("latest")).text().into_bytes(),
            "latest",
        ),
        (
            "an empty format version",
            official().top("format_version", json!("")).text().into_bytes(),
            "format version",
        ),
        ("two documents", [corpus_text("aws-official"), corpus_text("azure")].concat().into_bytes(), ""),
        ("something behind the document", format!("{} x", corpus_text("azure")).into_bytes(), ""),
        ("a surrogate alone", replaced("production-ekm", "\\ud800"), ""),
        ("very deep nesting", nested(100_000).into_bytes(), ""),
        (
            "a number beyond all bounds",
            replaced("\"deletion_window_in_days\": 30", "\"deletion_window_in_days\": 1e999999"),
            "",
        ),
        (
            "UTF-16 that is cut in a character",
            {
                let mut bytes = utf_16(&corpus_text("azure"), true);
                bytes.truncate(2001);
                bytes
            },
            "",
        ),
    ]
}

fn utf_16(text: &str, little: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// That input is refused: exit 2, nothing on standard output, one message that is no crash and names the file, and no file.
fn problems(name: &str, input: Vec<u8>, part: &str) -> Vec<String> {
    let outcome = Run::on(input).replays().outcome();
    let message = &outcome.stderr;
    [
        (outcome.exit == Some(2), "the exit status"),
        (outcome.stdout.is_empty(), "something is on standard output"),
        (outcome.evidence.is_empty() && outcome.payload.is_empty(), "something was written"),
        (!message.contains("panicked") && message.starts_with("error: "), "the message"),
        (message.contains("plan.json"), "the message names no file"),
        (message.contains(part), "the message lacks what it is about"),
        (message.len() < 2000, "the message is long"),
    ]
    .into_iter()
    .filter(|(holds, _)| !holds)
    .map(|(_, what)| format!("{name}: {what}: {outcome}"))
    .collect()
}

#[test]
fn what_is_no_plan_is_refused_with_what_was_expected() {
    require_none(refused(), |(name, input, part)| problems(name, input, part));
}

#[test]
fn a_plan_that_is_cut_off_anywhere_is_refused() {
    let texts = ["aws-official", "azure", "aws-official-state"].map(corpus_text);
    let cut: Vec<Vec<u8>> = texts
        .iter()
        .flat_map(|text| (0..text.len()).step_by(1024).map(|end| text.as_bytes()[..end].to_vec()))
        .collect();
    require_none(cut, |input| problems(&format!("cut at {}", input.len()), input, ""));
}

/// PowerShell writes UTF-16 with a byte order mark, and some editors UTF-8 with one.
#[test]
fn every_encoding_of_a_plan_gives_the_same_report() {
    let official = corpus_text("aws-official");
    let expected = Run::on(official.clone()).outcome();
    assert_eq!(expected.exit, Some(0), "{expected}");
    let encoded = vec![
        ("UTF-8 with a mark", [b"\xef\xbb\xbf".to_vec(), official.clone().into_bytes()].concat()),
        ("UTF-16, the low byte first", utf_16(&official, true)),
        ("UTF-16, the high byte first", utf_16(&official, false)),
        ("UTF-16 with PowerShell's line ends", utf_16(&official.replace('\n', "\r\n"), true)),
        ("white space around it", format!("\r\n  {official}\n\n").into_bytes()),
    ];
    require_none(encoded, |(name, input)| {
        let outcome = Run::on(input).outcome();
        if outcome.stdout == expected.stdout { vec![] } else { vec![format!("{name}: {outcome}")] }
    });
}

#[test]
fn a_plan_comes_from_standard_input_too() {
    let home = tempfile::tempdir().expect("makes a directory");
    let mut command = ekm_preflight(home.path());
    command.args(["plan", "-", "--format", "json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("runs the program");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(corpus_text("azure").as_bytes()).expect("takes the plan");
    drop(input);
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), Run::on(corpus_text("azure")).outcome().stdout);
}

/// JSON allows it, and Terraform never writes it: whoever reads the first and whoever reads the last see two plans.
#[test]
fn a_name_that_stands_twice_never_makes_a_plan_ready() {
    let plan = corpus_text("aws-official");
    let twice = |name: &str, value: &str| {
        let at = format!("\"{name}\":");
        assert!(plan.contains(&at), "{name}");
        plan.replace(&at, &format!("\"{name}\": {value}, {at}")).into_bytes()
    };
    let cases = vec![
        ("resource_changes", "[]"),
        ("planned_values", "{\"root_module\": {}}"),
        ("configuration", "{}"),
        ("key_usage", "\"SIGN_VERIFY\""),
        ("after_unknown", "{}"),
        ("is_enabled", "false"),
        ("format_version", "\"2.0\""),
    ];
    require_none(cases, |(name, value)| {
        let outcome = Run::on(twice(name, value)).outcome();
        match outcome.exit {
            Some(1..=3) => vec![],
            _ => vec![format!("{name}: {outcome}")],
        }
    });
}

/// Terraform, JSON Output Format: `errored` is set where planning failed; what is planned is not all.
#[test]
fn a_plan_that_failed_is_no_plan() {
    for stem in ["aws-official", "azure", "aws-official-nochange"] {
        let outcome = Run::on(Plan::corpus(stem).top("errored", json!(true)).text()).outcome();
        assert!(matches!(outcome.exit, Some(2 | 3)), "{stem}: {outcome}");
        assert!(!outcome.stdout.contains("\"verdict\": \"ready\""), "{stem}: {outcome}");
        assert!(outcome.payload().is_null(), "{stem}: {outcome}");
    }
}

#[test]
fn a_plan_that_registers_nothing_says_what_was_looked_for() {
    for stem in WITHOUT_REGISTRATION {
        let outcome = Run::on(corpus_text(stem)).outcome();
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Some(2), ""), "{stem}: {outcome}");
        for looked_for in
            ["openai_external_key", "azuread_service_principal", "--role-address", "--allow-none"]
        {
            assert!(outcome.stderr.contains(looked_for), "{stem}: {looked_for}: {outcome}");
        }
        let allowed = Run::on(corpus_text(stem)).arguments(&["--allow-none"]).outcome();
        assert_eq!(allowed.exit, Some(0), "{stem}: {allowed}");
        assert!(!allowed.stdout.contains("\"verdict\": \"ready\""), "{stem}: {allowed}");
    }
}

/// `terraform plan -destroy`, or a registration's block that was taken out: there is nothing to register, and everything
/// to lose. OpenAI's article "KMS key lifecycle".
#[test]
fn a_plan_that_destroys_a_registration_is_stopped_whatever_is_allowed() {
    let destroyed = |stem: &str, addresses: &[&str]| {
        addresses.iter().fold(Plan::corpus(stem), |plan, address| plan.delete(address))
    };
    let aws = [
        "openai_project.encrypted",
        "openai_external_key.example",
        "aws_iam_role_policy.openai_ekm",
        "aws_iam_role.openai_ekm",
        "aws_kms_key.openai",
    ];
    let azure = [
        "azurerm_role_assignment.openai",
        "azurerm_role_definition.ekm",
        "azurerm_key_vault_key.k",
        "azurerm_key_vault.v",
        "azuread_service_principal.openai",
    ];
    let cases = vec![
        ("everything on AWS", destroyed("aws-official-nochange", &aws), "aws-access-kept"),
        ("the registration alone", destroyed("aws-official-nochange", &aws[1..2]), "aws-access-kept"),
        ("all but the registration", destroyed("aws-official-nochange", &aws[2..]), "aws-access-kept"),
        ("everything on Azure", destroyed("azure-nochange", &azure), "azure-access-kept"),
        ("the assignment alone", destroyed("azure-nochange", &azure[..1]), "azure-access-kept"),
        ("the service principal alone", destroyed("azure-nochange", &azure[4..]), "azure-access-kept"),
    ];
    require_none(cases, |(name, plan, check)| {
        let run = Run::on(plan.text());
        [run.clone(), run.arguments(&["--allow-none"])]
            .iter()
            .map(Run::outcome)
            .filter(|outcome| outcome.exit != Some(1) || outcome.check(check)["outcome"] != "fail")
            .map(|outcome| format!("{name}: {outcome}"))
            .collect()
    });
}

/// What is registered must be in the plan, or at least of the form that OpenAI takes.
#[test]
fn addresses_and_options_that_lead_nowhere_are_refused() {
    let plan = || Run::on(corpus_text("aws-jsonencode"));
    let with = |address: &str, value: &str| {
        let arguments = BY_ADDRESS.iter().map(ToString::to_string);
        let mut arguments: Vec<String> = arguments.collect();
        let at = arguments.iter().position(|argument| argument == address).expect("an option");
        arguments[at + 1] = value.to_owned();
        arguments
    };
    let cases = vec![
        with("--role-address", "aws_iam_role.other"),
        with("--role-address", "aws_kms_key.k"),
        with("--key-address", "aws_kms_key.other"),
        with("--key-address", "aws_iam_role.r"),
        with("--key-address", ""),
        with("--external-id", "<YOUR_ORG_ID>"),
        BY_ADDRESS[..4].iter().map(ToString::to_string).collect(),
        BY_ADDRESS[2..].iter().map(ToString::to_string).collect(),
    ];
    require_none(cases, |arguments| {
        let outcome = plan().arguments(&arguments).outcome();
        let refused =
            outcome.exit == Some(2) && outcome.stdout.is_empty() && outcome.stderr.contains("error: ");
        if refused { vec![] } else { vec![format!("{arguments:?}: {outcome}")] }
    });
}

/// On Azure what is given adds to what the plan tells, or is told to contradict it.
#[test]
fn a_key_of_azure_is_named_by_what_the_plan_does_not_tell() {
    let plan = || Run::on(corpus_text("azure"));
    let host = "https://acme-openai-ekm.vault.azure.net/";
    for arguments in [["--vault-uri", host], ["--key-name", "org-AbCdEf123456--prod"]] {
        assert_eq!(plan().arguments(&arguments).outcome().exit, Some(0), "{arguments:?}");
    }
    for (arguments, what) in [
        (["--vault-uri", "https://other.vault.azure.net/"], "in `https://other.vault.azure.net/`"),
        (["--key-name", "org-AbCdEf123456--other"], "named `org-AbCdEf123456--other`"),
    ] {
        let outcome = plan().arguments(&arguments).outcome();
        let said = format!(
            "no key of the plan is {what}: it has `azurerm_key_vault_key.k` named `org-AbCdEf123456--prod` in `{host}`"
        );
        assert_eq!(outcome.exit, Some(2), "{outcome}");
        assert!(outcome.stderr.contains(&said), "{outcome}");
    }
    let hsm = corpus_text("azure")
        .replace("azurerm_key_vault_key", "azurerm_key_vault_managed_hardware_security_module_key");
    let outcome = Run::on(hsm).outcome();
    assert_eq!(outcome.exit, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("is a key of a Managed HSM"), "{outcome}");
}

/// A key that is destroyed while its assignment stays is one target, and not ready.
#[test]
fn a_destroyed_key_is_one_target() {
    let plan = Plan::corpus("azure-nochange").delete("azurerm_key_vault_key.k");
    let outcome = Run::on(plan.text()).over(&crate::open::azure_evidence()).outcome();
    let targets = outcome.report["targets"].as_array().cloned().unwrap_or_default();
    assert_eq!((outcome.exit, targets.len()), (Some(1), 1), "{outcome}");
    assert!(outcome.payload().is_null(), "{outcome}");
}

/// 200 MB of something else, in one list: it is read or refused, in bounded memory, and never half judged.
#[test]
fn a_plan_of_200_megabytes_is_refused_or_judged_whole() {
    let home = tempfile::tempdir().expect("makes a directory");
    let path = home.path().join("plan.json");
    let plan = corpus_text("aws-official");
    let mut file = fs::File::create(&path).expect("makes the file");
    let padding = format!("\"{}\",", "x".repeat(1 << 20));
    file.write_all(plan.trim_end().strip_suffix('}').expect("an object").as_bytes()).expect("writes");
    file.write_all(b", \"padding\": [").expect("writes");
    for _ in 0..200 {
        file.write_all(padding.as_bytes()).expect("writes");
    }
    file.write_all(b"\"\"]}").expect("writes");
    drop(file);
    let output = ekm_preflight(home.path())
        .args(["plan", "plan.json", "--format", "json"])
        .output()
        .expect("runs the program");
    let (exit, errors) = (output.status.code(), text(&output.stderr));
    match exit {
        Some(0) => assert_eq!(text(&output.stdout), Run::on(plan).outcome().stdout),
        Some(2) => assert!(output.stdout.is_empty() && errors.contains("MiB"), "{errors}"),
        _ => panic!("{exit:?}: {errors}"),
    }
}

#[test]
fn evidence_to_lay_it_over_must_be_evidence_of_the_same() {
    let over = |evidence: &str| Run::on(corpus_text("aws-official-nochange")).over(evidence).outcome();
    let azure = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/azure-ready.json"));
    for (name, evidence) in [("no evidence", "{}"), ("no JSON", "x"), ("another cloud's", azure)] {
        let outcome = over(evidence);
        assert_eq!((outcome.exit, outcome.stdout.as_str()), (Some(2), ""), "{name}: {outcome}");
    }
    // Another role's and another key's: nothing of it is about this plan.
    let other = over(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/aws-ready.json")));
    assert!(matches!(other.exit, Some(2 | 3)), "{other}");
}

#[test]
fn two_registrations_get_a_report_each() {
    let outcome = Run::on(crate::corpus::two_registrations().text()).outcome();
    let targets = outcome.report["targets"].as_array().cloned().unwrap_or_default();
    assert_eq!((outcome.exit, targets.len()), (Some(0), 2), "{outcome}");
    let wrong = Run::on(crate::corpus::two_registrations_of_which_one_is_wrong().text()).outcome();
    assert_eq!((wrong.exit, wrong.verdict()), (Some(1), "not_ready"), "{wrong}");
    let verdicts: Vec<&Value> =
        wrong.report["targets"].as_array().into_iter().flatten().map(|target| &target["verdict"]).collect();
    assert_eq!(verdicts, ["ready", "not_ready"], "{wrong}");
}

/// A value with what stands in it for an account is quoted as a whole.
#[test]
fn markdown_quotes_what_is_known_only_after_apply_as_a_whole() {
    let output = Run::on(corpus_text("aws-official")).in_format("markdown");
    let report = text(&output.stdout);
    let last = report.lines().last().unwrap_or_default();
    assert!(last.starts_with("No registration payload: known only after apply: "), "{last}");
    assert!(
        last.contains("`role_arn`, `arn:aws:iam::(the account of provider aws):role/openai-ekm`; "),
        "{last}"
    );
}

/// Reports name each registration of a plan by the target of the file, which waivers and files know; no two have one name.
#[test]
fn the_registrations_of_a_planned_target_are_named_by_it() {
    let home = tempfile::tempdir().expect("makes a directory");
    let at = |name: &str| home.path().join(name);
    fs::write(at("plan.json"), crate::corpus::two_registrations_of_which_one_is_wrong().text())
        .expect("writes");
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/aws-ready.json"), at("ready.json"))
        .expect("copies");
    let configuration = "format = 1\n[[target]]\nname = \"next\"\nplan = { file = \"plan.json\" }\n\
        [[target]]\nname = \"next: production-ekm\"\nevidence = \"ready.json\"\n\
        [[waiver]]\ncheck = \"aws-trust-principal\"\ntarget = \"next\"\nreason = \"why\"\nowner = \"who\"\n\
        expires = 2027-06-30\n";
    fs::write(at("ekm-preflight.toml"), configuration).expect("writes");
    let run = |options: &[&str]| {
        let mut command = ekm_preflight(home.path());
        command.current_dir(home.path()).args(["run", "--now", "2026-11-21"]).args(options);
        let output = command.output().expect("runs the program");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (exit, report, errors) = run(&[
        "--format",
        "json",
        "--save-evidence",
        "saved",
        "--payload",
        "payloads",
        "--also",
        "junit=junit",
    ]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(exit, Some(1), "{report:#}");
    let each = |of: fn(&Value) -> &Value| -> Vec<Value> {
        report["targets"].as_array().into_iter().flatten().map(|target| of(target).clone()).collect()
    };
    let names = ["next: production-ekm (2)", "next: production-ekm (3)", "next: production-ekm"];
    assert_eq!(each(|target| &target["name"]), names);
    // What is sent to OpenAI has the plan's own name, and that of a target of one registration.
    assert_eq!(each(|target| &target["payload"]["name"])[2], "next: production-ekm");
    let waived = |target: &Value| {
        let checks = target["checks"].as_array().cloned().unwrap_or_default();
        checks.iter().any(|check| check["id"] == "aws-trust-principal" && check["outcome"] == "waived")
    };
    let targets = report["targets"].as_array().cloned().unwrap_or_default();
    assert_eq!(targets.iter().map(waived).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(report.get("waivers"), None);
    let saved: Vec<Value> = ["next.json", "next%2.json", "next%3A%20production-ekm.json"]
        .map(|file| fs::read_to_string(at("saved").join(file)).expect("the evidence"))
        .iter()
        .map(|saved| serde_json::from_str::<Value>(saved).expect("JSON")["name"].clone())
        .collect();
    assert_eq!(saved, ["production-ekm", "production-ekm", "next: production-ekm"]);
    assert!(errors.contains("no payload was written to `payloads/next%2.json`"), "{errors}");
    let junit = fs::read_to_string(at("junit")).expect("the report");
    for name in names {
        assert_eq!(junit.matches(&format!("<testsuite name=\"{name}\"")).count(), 1, "{name}");
    }
    // The second registration's file is no input either.
    fs::rename(at("ready.json"), at("next%2.json")).expect("renames");
    fs::write(at("ekm-preflight.toml"), configuration.replace("ready.json", "next%2.json")).expect("writes");
    let (exit, _, errors) = run(&["--save-evidence", "."]);
    assert_eq!((exit, errors.contains("are the same file: give each its own")), (Some(2), true), "{errors}");
}

/// Where a finding stands is where it is mended: in a report that points into a change, at the resource at fault.
#[test]
fn a_finding_stands_at_the_resource_that_is_at_fault() {
    let cases = [
        // The role's own policy allows too much, and the key's does not.
        ("the role may make data keys", "aws-role-least-privilege", "aws_iam_role_policy.openai_ekm"),
        ("a second policy allows reading objects", "aws-role-least-privilege", "aws_iam_role_policy.second"),
        ("an attached policy allows everything", "aws-role-least-privilege", "aws_iam_policy.openai_ekm"),
        ("an attached policy denies everything", "aws-encrypt-allowed", "aws_iam_policy.openai_ekm"),
        ("what is registered is no OpenAI id", "aws-external-id", "openai_external_key.example"),
        ("the key's policy allows everything", "aws-role-least-privilege", "aws_kms_key.openai.policy"),
        ("the role may sign as well", "azure-role-data-actions", "azurerm_role_definition.ekm"),
        ("the role reads the vault as well", "azure-least-privilege", "azurerm_role_definition.ekm"),
    ];
    let mutants = [crate::aws::mutants(), crate::azure::mutants()].concat();
    require_none(cases.to_vec(), |(name, check, place)| {
        let case = mutants.iter().find(|case| case.name == name).expect("there is such a case");
        let outcome = case.run().outcome();
        let stands = outcome.check(check)["where"].as_str().unwrap_or("nowhere");
        let right = stands.split(", ").any(|one| one.starts_with(place));
        if right { vec![] } else { vec![format!("{name}: {check} stands at {stands}, not at {place}")] }
    });
}

/// Of a module in a module, of which neither requires the provider by name, Terraform shows a configuration without
/// anything in it.
#[test]
fn a_provider_that_no_module_names_is_that_of_the_root_module() {
    let inherited = "module.security.module.ekm:aws";
    let plan = Plan::corpus("aws-official").in_module("ekm").in_module("security").but(|document| {
        let configuration = &mut document["configuration"];
        configuration["provider_config"][inherited] = json!({
            "name": "aws",
            "full_name": "registry.terraform.io/hashicorp/aws",
            "module_address": "module.security.module.ekm",
        });
        let resources = "/root_module/module_calls/security/module/module_calls/ekm/module/resources";
        let resources = configuration.pointer_mut(resources).and_then(Value::as_array_mut);
        for resource in resources.into_iter().flatten().filter(|one| one["provider_config_key"] == "aws") {
            resource["provider_config_key"] = json!(inherited);
        }
    });
    let outcome = Run::on(plan.text()).outcome();
    assert_eq!(outcome.verdict(), "ready", "{outcome}");
    let said: Vec<&str> = outcome.target()["limits"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|limit| limit.as_str().filter(|limit| limit.contains("provider")))
        .collect();
    let expected = "provider `module.security.module.ekm:aws` is taken to be `aws` of the root module: name the provider in \
                    the `required_providers` of each module on the way";
    assert_eq!(said, [expected]);
}

/// Evidence of another role and key tells of their accounts alone, and nobody should think otherwise.
#[test]
fn evidence_of_another_registration_is_named_as_such() {
    let other =
        crate::open::aws_evidence().replace("role/openai-ekm", "role/other").replace("7d40bae5", "7d40bae6");
    let outcome = Run::on(Plan::corpus("aws-official-nochange").text()).over(&other).outcome();
    assert_eq!(outcome.verdict(), "undetermined", "{outcome}");
    let limits = outcome.target()["limits"].to_string();
    assert!(
        limits.contains("the evidence of --over is of the role `arn:aws:iam::123456789012:role/other`"),
        "{limits}"
    );
    assert!(!limits.contains("as it was read on"), "{limits}");
}
