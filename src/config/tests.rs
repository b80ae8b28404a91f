use std::time::Duration;

use jiff::civil::date;

use super::*;
use crate::check::{Severity, registry_for_judging};
use crate::contract::Provider;
use crate::waiver::Waived;

const ROLE: &str = "arn:aws:iam::111122223333:role/openai-ekm";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn reading() -> Reading {
    Reading { file: "f.toml".into(), directory: PathBuf::from("of"), day: date(2026, 11, 21) }
}

fn read_now(text: &str) -> Result<Configuration, Vec<Problem>> {
    read(text, &reading())
}

fn problems(text: &str) -> Vec<String> {
    read_now(text).unwrap_err().iter().map(ToString::to_string).collect()
}

fn target(rest: &str) -> String {
    format!("format = 1\n[[target]]\nname = \"one\"\n{rest}\n")
}

fn waiver(fields: &[(&str, &str)]) -> String {
    let mut all = [
        ("check", "\"aws-key-alias\""),
        ("target", "\"one\""),
        ("reason", "\"why\""),
        ("owner", "\"who\""),
        ("expires", "2027-01-31"),
    ];
    for (name, value) in fields {
        all.iter_mut().filter(|(known, _)| known == name).for_each(|(_, known)| *known = value);
    }
    let lines: Vec<String> = all.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    format!("format = 1\n[[waiver]]\n{}", lines.concat())
}

#[test]
fn a_whole_file_is_read_into_types() {
    let configuration = read_now(&format!(
        r#"
format = 1
checks = ["checks"]
at_once = 3

[defaults]
fail_on = "warning"
require = ["organization-policies"]
severity = {{ aws-key-rotation = "warning" }}
timeout = 20

[[target]]
name = "in AWS"
timeout = 60
[target.aws]
role_arn = "{ROLE}"
kms_arn = "{KEY}"
external_id = "org-AbC123"
key_profile = "keys"

[[target]]
name = "in Azure"
azure = {{ tenant_id = "72f988bf-86f1-41af-91ab-2d7cd011db47", vault_uri = "https://contoso-ekm.vault.azure.net", key_name = "org-AbC123--openai", organization_id = "org-AbC123" }}

[[target]]
name = "planned"
plan = {{ file = "plan.json", over = "../evidence.json", role_address = "aws_iam_role.r", external_id = "org-AbC123" }}

[[target]]
name = "saved"
skip = ["aws-key-alias"]
evidence = "/tmp/evidence.json"

[[waiver]]
check = "aws-key-alias"
target = "*"
reason = "We re-point it with two approvals"
owner = "security@example.com"
expires = 2028-11-21
"#
    ))
    .unwrap();
    assert_eq!(configuration.checks, [PathBuf::from("of/checks")]);
    assert_eq!(configuration.at_once, 3);
    let [aws, azure, planned, saved] = &configuration.targets[..] else { panic!("{configuration:?}") };
    let Origin::Aws { registration, profiles } = &aws.origin else { panic!("{aws:?}") };
    assert_eq!((aws.name.as_str(), registration.role_arn.to_string().as_str()), ("in AWS", ROLE));
    assert_eq!((profiles.role.as_deref(), profiles.key.as_deref()), (None, Some("keys")));
    let limits = [aws, azure].map(|target| target.settings.over(&configuration.defaults).time_limit());
    assert_eq!(limits, [60, 20].map(Duration::from_secs));
    let Origin::Azure(registration) = &azure.origin else { panic!("{azure:?}") };
    assert_eq!(registration.vault_uri.to_string(), "https://contoso-ekm.vault.azure.net/");
    let Origin::Plan(plan) = &planned.origin else { panic!("{planned:?}") };
    assert_eq!(plan.over, Some(PathBuf::from("of/../evidence.json")));
    assert_eq!(plan.role_address.as_deref(), Some("aws_iam_role.r"));
    assert!(matches!(&saved.origin, Origin::Evidence(file) if file == &PathBuf::from("/tmp/evidence.json")));
    let (subject, accepted) = &configuration.waivers[0];
    assert_eq!((subject.check.as_str(), &subject.target), ("aws-key-alias", &Waived::Everywhere));
    assert_eq!(accepted.expires, date(2028, 11, 21));
    assert_eq!(configuration.against(&registry_for_judging().unwrap()), Ok(()));
}

#[test]
fn what_a_target_says_stands_in_place_of_the_defaults_and_severities_add_up() {
    let text = "format = 1\n[defaults]\nskip = [\"aws-key-alias\"]\nfail_on = \"warning\"\ntimeout = 20\n\
        severity = { aws-key-rotation = \"warning\", aws-key-alias = \"note\" }\n\
        [[target]]\nname = \"one\"\nevidence = \"e.json\"\nskip = []\n\
        severity = { aws-key-alias = \"error\" }\n";
    let configuration = read_now(text).unwrap();
    let settings = configuration.targets[0].settings.over(&configuration.defaults);
    let choice = settings.choice();
    assert_eq!((choice.skip, choice.fail_on), (vec![], Severity::Warning));
    assert_eq!(
        choice.severities,
        [("aws-key-alias".into(), Severity::Error), ("aws-key-rotation".into(), Severity::Warning)].into()
    );
}

#[test]
fn what_is_said_of_all_targets_is_taken_of_each_cloud_alone() {
    let text = "format = 1\n[defaults]\nrequire = [\"organization-policies\"]\n\
        assume = [\"aws:SourceIp=203.0.113.7\", \"source-address=203.0.113.7\"]\n";
    let defaults = read_now(text).unwrap().defaults;
    let registry = registry_for_judging().unwrap();
    for (provider, required) in [(Provider::Aws, &["aws-organization-policies"][..]), (Provider::Azure, &[])]
    {
        let choice = defaults.of_cloud(provider, &registry).choice();
        assert_eq!(choice.required, required);
        assert_eq!(choice.assumptions.hold_for(provider), Ok(()));
        assert_eq!(choice.assumptions.limits().count(), 1);
    }
}

/// Each with its place and what was expected.
#[test]
fn what_is_no_such_file_is_refused() {
    for (text, expected) in [
        ("", "f.toml:1:1: missing field `format`"),
        ("format = 2", "f.toml:1:10: the format is 2: this program reads format 1"),
        ("format = \"1\"", "f.toml:1:10: invalid type: string \"1\", expected a whole number"),
        ("format = 1\nformat = 1", "f.toml:2:1: `format` is given twice: remove one of them"),
        (
            "format = 1\ntargets = []",
            "f.toml:2:1: unknown field `targets`, expected one of `format`, `checks`, `at_once`, `defaults`, `target`, `waiver`",
        ),
        ("format = 1\n[[target]", "f.toml:2:10: unclosed array table, expected `]`"),
        ("format = 1\nat_once = 0", "f.toml:2:11: 0 targets at once: expected 1 to 64"),
        ("format = 1\nchecks = \"checks\"", "f.toml:2:10: invalid type: string \"checks\", expected a list"),
        ("format = 1\nchecks = [\"\"]", "f.toml:2:11: `` is no file: expected a path, relative to this file"),
        (
            "format = 1\n[defaults]\ntimeout = 0",
            "f.toml:3:11: a timeout of 0: expected whole seconds, from 1 to 3600",
        ),
        (
            "format = 1\n[defaults]\nfail_on = \"note\"",
            "f.toml:3:11: unknown variant `note`, expected `error` or `warning`",
        ),
        (
            "format = 1\n[defaults]\nassume = [\"aws:SourceIp=203.0.113.7\",\n  \"aws:SorceIp=1\"]",
            "f.toml:4:3: assume: `aws:SorceIp` is no context key that can be assumed: `aws:SorceIp=1`\n  expected one of aws:",
        ),
        (
            "format = 1\n# \u{202e}",
            "f.toml:2:3: the file holds the character U+202E, which acts on a terminal or hides text: remove it",
        ),
    ] {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(expected), "{text}\n{}", found[0]);
        assert!(found[0] == expected || expected.ends_with("aws:"), "{text}\n{}", found[0]);
    }
}

#[test]
fn a_target_that_is_none_is_refused_in_the_words_of_the_command_line() {
    let aws = |role: &str, key: &str, id: &str| {
        target(&format!("[target.aws]\nrole_arn = \"{role}\"\nkms_arn = \"{key}\"\nexternal_id = \"{id}\""))
    };
    for (text, expected) in [
        (
            target(""),
            "f.toml:2:1: the target `one` has none of `aws`, `azure`, `plan` and `evidence`: expected exactly one",
        ),
        (
            target("plan = { file = \"p\" }\nevidence = \"e\""),
            "f.toml:2:1: the target `one` has more than one of `aws`, `azure`, `plan` and `evidence`: expected exactly one",
        ),
        (
            aws("<YOUR_ROLE>", KEY, "org-AbC123"),
            "f.toml:5:12: role_arn: a placeholder was left in: `<YOUR_ROLE>`\n  expected the role's ARN, as `aws iam get-role` \
             shows it: `arn:aws:iam::111122223333:role/openai-ekm`",
        ),
        (
            aws(ROLE, "key", "org-AbC123"),
            "f.toml:6:11: kms_arn: not an ARN: `key`\n  expected the key's ARN, as `aws kms describe-key` shows it: \
             `arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`",
        ),
        (
            aws(ROLE, KEY, "org-xxx"),
            "f.toml:7:15: external_id: a placeholder was left in: `org-xxx`\n  expected the id of your OpenAI organization, \
             `org-…`, or of one of its API projects, `proj_…`",
        ),
        (target("[target.aws]\nrole_arn = \"a\""), "f.toml:4:1: missing field `kms_arn`"),
        (
            target("[target.aws]\nrole = \"a\""),
            "f.toml:5:1: unknown field `role`, expected one of `role_arn`, `kms_arn`, `external_id`, `role_profile`, `key_profile`, `organization_profile`",
        ),
        (
            target("plan = { file = \"p\", key_address = \"key\" }"),
            "f.toml:4:36: `key` is no resource's address: expected one such as `module.ekm.aws_kms_key.openai`",
        ),
        (
            target("plan = { file = \"p\", role_arn = \"a\", vault_uri = \"b\" }"),
            "f.toml:4:50: a plan is looked at for one cloud: the values before are AWS's, this one is Azure's",
        ),
        (target("evidence = \"-\""), "f.toml:4:12: `-` is no file: expected a path, relative to this file"),
        (
            "format = 1\n[[target]]\nname = \"*\"\nevidence = \"e\"".to_owned(),
            "f.toml:3:8: `*` means all targets in a waiver: `*`\n  expected 1 to 80 bytes of text, without control characters \
             or white space around it",
        ),
        (
            format!("{}[[target]]\nname = \"ONE\"\nevidence = \"e\"", target("evidence = \"e\"")),
            "f.toml:6:8: a target `ONE` is in line 3 already, whatever the case: give each a name of its own",
        ),
    ] {
        assert_eq!(problems(&text), [expected], "{text}");
    }
    // All that is wrong is told, in the file's order.
    let both = format!("{}[[target]]\nname = \"two\"\nevidence = \"\"", aws("x", "y", "z z"));
    let places: Vec<(usize, usize)> = read_now(&both)
        .unwrap_err()
        .iter()
        .map(|problem| problem.place.map_or((0, 0), |place| (place.line, place.column)))
        .collect();
    assert_eq!(places, [(5, 12), (6, 11), (7, 15), (10, 12)]);
}

#[test]
fn a_waiver_says_why_who_and_until_when() {
    for (field, value, expected) in [
        (
            "reason",
            "\" \"",
            "f.toml:5:10: expected why it is accepted, in 1 to 1000 bytes without control characters",
        ),
        (
            "owner",
            "\"\"",
            "f.toml:6:9: expected who answers for it, in 1 to 1000 bytes without control characters",
        ),
        (
            "owner",
            r#""\u001b[2J""#,
            "f.toml:6:9: expected who answers for it, in 1 to 1000 bytes without control characters",
        ),
        ("expires", "\"2027-01-31\"", "f.toml:7:11: expected a date without quotation marks: 2027-01-31"),
        (
            "expires",
            "2027-01-31T00:00:00Z",
            "f.toml:7:11: expected a date without quotation marks: 2027-01-31",
        ),
        (
            "expires",
            "2028-11-22",
            "f.toml:7:11: 2028-11-22 is more than 2 years ahead: a waiver lasts to 2028-11-21 at most and is then decided \
             on again",
        ),
    ] {
        assert_eq!(problems(&waiver(&[(field, value)])), [expected], "{value}");
    }
    for expires in ["2028-11-21", "2020-01-01"] {
        assert!(read_now(&waiver(&[("expires", expires)])).is_ok(), "{expires}");
    }
    let twice = format!("{}{}", waiver(&[]), waiver(&[]).replace("format = 1\n", ""));
    assert_eq!(
        problems(&twice),
        ["f.toml:9:9: `aws-key-alias` is waived on `one` already: keep one of the two waivers"]
    );
}

#[test]
fn a_check_that_there_is_not_is_named_with_its_place_and_the_nearest() {
    let text =
        "format = 1\n[defaults]\nskip = [\"aws-key-usgae\"]\nseverity = { azure-key-rotatoin = \"error\" }\n";
    let unknown = read_now(text).unwrap().against(&registry_for_judging().unwrap()).unwrap_err();
    let unknown: Vec<String> = unknown.iter().map(ToString::to_string).collect();
    assert_eq!(
        unknown,
        [
            "f.toml:3:9: there is no check `aws-key-usgae`: did you mean `aws-key-usage`? `ekm-preflight checks` lists them",
            "f.toml:4:14: there is no check `azure-key-rotatoin`: did you mean `azure-key-rotation`? `ekm-preflight checks` \
             lists them",
        ]
    );
}

/// What is said of all targets may be about any cloud.
#[test]
fn a_check_of_another_cloud_is_refused_where_a_target_names_it() {
    let text = format!(
        "format = 1\n[defaults]\nskip = [\"aws-key-alias\", \"azure-key-rotation\"]\n[[target]]\nname = \"one\"\n\
         skip = [\"aws-key-alias\", \"azure-key-rotation\"]\nseverity = {{ azure-key-rsa = \"note\" }}\n\
         aws = {{ role_arn = \"{ROLE}\", kms_arn = \"{KEY}\", external_id = \"org-AbC123\" }}\n[[target]]\n\
         name = \"two\"\nonly = [\"azure-key-rotation\"]\nevidence = \"known once it is read\"\n"
    );
    let registry = registry_for_judging().unwrap();
    let wrong = read_now(&text).unwrap().against(&registry).unwrap_err();
    let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(
        wrong,
        [
            "f.toml:6:26: the check `azure-key-rotation` says nothing of a target of `aws`: leave it out here, or say it in \
             `[defaults]`",
            "f.toml:7:14: the check `azure-key-rsa` says nothing of a target of `aws`: leave it out here, or say it in \
             `[defaults]`",
        ]
    );
}

/// A file that was made to hurt ends in an error.
#[test]
fn a_hostile_file_is_refused() {
    let deep = format!("format = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let dotted = format!("format{} = 1", ".a".repeat(100_000));
    let long = target(&format!("evidence = \"{}\"", "x".repeat(100_000)));
    for text in [deep, dotted] {
        let found = problems(&text);
        assert_eq!(found.len(), 1);
        assert!(found[0].len() < 400, "{}", found[0].len());
    }
    assert!(read_now(&long).is_ok());
    let many: String = (0..1000).map(|_| "[[target]]\nname = \"\"\nevidence = \"\"\n").collect();
    assert_eq!(problems(&format!("format = 1\n{many}")).len(), MOST_PROBLEMS);
}

#[test]
fn what_init_writes_is_valid_as_it_stands() {
    let configuration = read_now(STARTER).unwrap();
    assert!(configuration.targets.is_empty() && configuration.waivers.is_empty());
    assert_eq!(configuration.against(&registry_for_judging().unwrap()), Ok(()));
}

#[test]
fn the_examples_that_init_writes_are_valid_once_their_values_are_put_in() {
    let examples: Vec<&str> = STARTER
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| rest.starts_with(|c: char| !c.is_whitespace()))
                .unwrap_or(line)
        })
        .collect();
    let text = examples.join("\n");
    // The placeholders are refused, each of them.
    assert_eq!(problems(&text).len(), 7);
    let filled = [
        ("<ACCOUNT>", "111122223333"),
        ("<ROLE>", "openai-ekm"),
        ("<REGION>", "us-east-1"),
        ("<KEY_ID>", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("<ORGANIZATION_ID>", "org-AbC123"),
        ("<TENANT_ID>", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
        ("<VAULT>", "contoso-ekm"),
        ("<KEY_NAME>", "openai"),
    ]
    .into_iter()
    .fold(text, |text, (placeholder, value)| text.replace(placeholder, value));
    let configuration = read_now(&filled).unwrap();
    assert_eq!((configuration.targets.len(), configuration.waivers.len()), (5, 1));
    assert_eq!(configuration.against(&registry_for_judging().unwrap()), Ok(()));
}

/// Whatever is cut off, a line or the rest: a file, or an error at a place.
#[test]
fn a_file_that_is_cut_off_is_an_error_at_a_place() {
    let examples: String =
        STARTER.lines().map(|line| format!("{}\n", line.strip_prefix('#').unwrap_or(line))).collect();
    let whole =
        format!("{STARTER}{}", target("evidence = \"e.json\"\nassume = [\"aws:SourceIp=203.0.113.7\"]"));
    for text in [examples, whole] {
        let lines: Vec<&str> = text.lines().collect();
        let without_a_line =
            (0..lines.len()).map(|out| [&lines[..out], &lines[out + 1..]].concat().join("\n"));
        let cut_off = text.char_indices().map(|(end, _)| text[..end].to_owned());
        for part in without_a_line.chain(cut_off) {
            if let Err(problems) = read_now(&part) {
                assert!(problems.iter().all(|problem| problem.place.is_some()), "{part}\n{problems:?}");
            }
        }
    }
}
