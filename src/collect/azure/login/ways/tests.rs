use super::*;

const CLIENT: (&str, &str) = ("AZURE_CLIENT_ID", "5d6e7f80-91a2-43b4-85c6-d7e8f90a1b2c");
const SECRET: (&str, &str) = ("AZURE_CLIENT_SECRET", "a-secret");
const TOKEN_FILE: (&str, &str) = ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/token");

fn environment(set: &[(&str, &str)]) -> Environment {
    Environment::new(|name| {
        set.iter().find(|(of_set, _)| *of_set == name).map(|(_, value)| (*value).to_owned())
    })
}

fn names(set: &[(&str, &str)]) -> Vec<&'static str> {
    environment(set).ways().unwrap().iter().map(Way::credential_name).collect()
}

/// Azure Identity client library, "Credential chains": the order of `DefaultAzureCredential`.
#[test]
fn the_order_is_that_of_the_other_sdks() {
    let last = ["ManagedIdentityCredential", "AzureCliCredential", "AzureDeveloperCliCredential"];
    assert_eq!(names(&[]), last);
    assert_eq!(names(&[SECRET]), last);
    assert_eq!(names(&[CLIENT]), last);
    assert_eq!(names(&[TOKEN_FILE]), last);
    assert_eq!(names(&[CLIENT, ("AZURE_CLIENT_SECRET", "")]), last);
    assert_eq!(names(&[CLIENT, SECRET]), [&["EnvironmentCredential"][..], &last].concat());
    assert_eq!(names(&[CLIENT, TOKEN_FILE]), [&["WorkloadIdentityCredential"][..], &last].concat());
    assert_eq!(
        names(&[TOKEN_FILE, SECRET, CLIENT]),
        [&["EnvironmentCredential", "WorkloadIdentityCredential"][..], &last].concat()
    );
}

#[test]
fn only_what_somebody_set_up_for_the_program_ends_the_search() {
    let ways = environment(&[CLIENT, SECRET, TOKEN_FILE]).ways().unwrap();
    let configured: Vec<bool> = ways.iter().map(Way::is_configured).collect();
    assert_eq!(configured, [true, true, false, false, false]);
    let developers: Vec<bool> = ways.iter().map(Way::is_a_developers).collect();
    assert_eq!(developers, [false, false, false, true, true]);
}

#[test]
fn a_machine_with_several_identities_is_told_which() {
    let ways =
        environment(&[CLIENT, ("IDENTITY_ENDPOINT", "http://localhost:42356/msi/token")]).ways().unwrap();
    let client_id = Some("5d6e7f80-91a2-43b4-85c6-d7e8f90a1b2c".to_owned());
    assert_eq!(ways.first(), Some(&Way::ManagedIdentity { client_id, endpoint_is_known: true }));
    let ways = environment(&[]).ways().unwrap();
    assert_eq!(ways.first(), Some(&Way::ManagedIdentity { client_id: None, endpoint_is_known: false }));
}

/// Azure Identity client library, "Credential chains": `AZURE_TOKEN_CREDENTIALS`.
#[test]
fn ways_can_be_left_out() {
    let with = |value| names(&[CLIENT, SECRET, ("AZURE_TOKEN_CREDENTIALS", value)]);
    assert_eq!(with("prod"), ["EnvironmentCredential", "ManagedIdentityCredential"]);
    assert_eq!(with("dev"), ["AzureCliCredential", "AzureDeveloperCliCredential"]);
    assert_eq!(with(" azurecliCredential "), ["AzureCliCredential"]);
    for (value, part) in [
        (
            "VisualStudioCredential",
            "AZURE_TOKEN_CREDENTIALS is `VisualStudioCredential`: expected `prod`, `dev`",
        ),
        ("WorkloadIdentityCredential", "is not configured"),
    ] {
        let error = environment(&[("AZURE_TOKEN_CREDENTIALS", value)]).ways().unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_certificate_is_said_not_to_be_supported() {
    let certificate = ("AZURE_CLIENT_CERTIFICATE_PATH", "/home/me/certificate.pem");
    let error = environment(&[CLIENT, certificate]).ways().unwrap_err();
    assert!(error.starts_with("AZURE_CLIENT_CERTIFICATE_PATH is set"), "{error}");
    assert_eq!(names(&[CLIENT, SECRET, certificate]).first(), Some(&"EnvironmentCredential"));
    let chosen = ("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential");
    assert_eq!(names(&[CLIENT, certificate, chosen]), ["AzureCliCredential"]);
}

#[test]
fn another_tenant_in_the_environment_is_noticed() {
    let tenant: TenantId = "72f988bf-86f1-41af-91ab-2d7cd011db47".parse().unwrap();
    for (set, other) in [
        ("72F988BF-86F1-41AF-91AB-2D7CD011DB47", None),
        ("0483643a-cb2f-462a-bc27-1a270e5bdc0a", Some("0483643a-cb2f-462a-bc27-1a270e5bdc0a")),
        ("contoso.com", Some("contoso.com")),
        ("", None),
    ] {
        assert_eq!(environment(&[("AZURE_TENANT_ID", set)]).tenant_other_than(tenant), other, "{set}");
    }
}

#[test]
fn no_secret_is_shown() {
    let shown = format!("{:?}", environment(&[CLIENT, SECRET]));
    assert!(!shown.contains("a-secret"), "{shown}");
    let shown = format!("{:?}", environment(&[CLIENT, SECRET]).ways().unwrap());
    assert!(!shown.contains("a-secret"), "{shown}");
}
