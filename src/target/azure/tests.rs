use super::*;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const VAULT: &str = "https://contoso-ekm.vault.azure.net/";
const KEY: &str = "org-AbC123--openai";

fn given<'a>(tenant_id: &'a str, vault_uri: &'a str, key_name: &'a str) -> Given<'a> {
    Given { tenant_id, vault_uri, key_name, organization_id: None, service_principal_id: None }
}

fn registration(vault_uri: &str, key_name: &str) -> AzureRegistration {
    AzureRegistration::parse(&given(TENANT, vault_uri, key_name)).unwrap()
}

/// OpenAI's Azure guide: the vault's URI ends with a slash.
#[test]
fn a_vault_uri_is_normalised_to_the_published_form() {
    for written in [
        VAULT,
        "https://contoso-ekm.vault.azure.net",
        "HTTPS://Contoso-EKM.Vault.Azure.Net/",
        "https://contoso-ekm.vault.azure.net:443/",
        "https://contoso-ekm.vault.azure.net:443",
        "contoso-ekm.vault.azure.net",
        "https://contoso-ekm.vault.azure.net./",
    ] {
        let uri: VaultUri = written.parse().unwrap();
        assert_eq!((uri.to_string().as_str(), uri.vault_name()), (VAULT, Ok("contoso-ekm")), "{written}");
    }
}

#[test]
fn what_is_no_vault_uri_is_refused_with_the_expected_form() {
    for (text, part) in [
        ("https://contoso-ekm.vault.azure.net/keys/org-AbC123--openai", "something in the vault"),
        (
            "https://contoso-ekm.vault.azure.net/keys/org-AbC123--openai/0123456789abcdef",
            "something in the vault",
        ),
        ("http://contoso-ekm.vault.azure.net/", "the scheme is `http`"),
        ("https://contoso-ekm.vault.azure.net:8443/", "no user, port"),
        ("https://me@contoso-ekm.vault.azure.net/", "no user, port"),
        ("https://contoso-ekm.vault.azure.net/?api-version=7.4", "no user, port"),
        ("https://203.0.113.7/", "not a URI"),
        ("https://contoso ekm.vault.azure.net/", "not a URI"),
        ("", "not a URI"),
        ("https://<vault>.vault.azure.net/", "placeholder"),
    ] {
        let error = AzureRegistration::parse(&given(TENANT, text, KEY)).unwrap_err();
        assert!(error.to_string().contains(part), "{text}: {error}");
        assert!(error.expected.contains(VAULT));
    }
}

#[test]
fn hosts_that_openai_can_not_use_are_told_apart() {
    for (host, part) in [
        ("contoso.managedhsm.azure.net", "Managed HSM"),
        ("contoso.vault.azure.cn", "sovereign"),
        ("contoso.vault.usgovcloudapi.net", "sovereign"),
        ("contoso.privatelink.vaultcore.azure.net", "private endpoint"),
        ("contoso.example.com", "no host of a vault"),
        ("vault.azure.net", "no host of a vault"),
        ("a.b.vault.azure.net", "no name of a vault"),
        ("ab.vault.azure.net", "no name of a vault"),
        ("1contoso.vault.azure.net", "no name of a vault"),
        ("contoso--ekm.vault.azure.net", "no name of a vault"),
        ("contoso-.vault.azure.net", "no name of a vault"),
        ("a23456789012345678901234x.vault.azure.net", "no name of a vault"),
        ("contoso.vault.azure.net.example.com", "no host of a vault"),
    ] {
        let registration = registration(&format!("https://{host}/"), KEY);
        let error = registration.vault_uri.vault_name().unwrap_err().to_string();
        assert!(error.contains(part), "{host}: {error}");
        assert_eq!(registration.target(), None);
    }
}

/// OpenAI's API holds names against `^org-[0-9a-zA-Z-]*--[0-9a-zA-Z-]*$`.
#[test]
fn a_key_name_begins_with_the_organization() {
    for (name, organization) in [
        (KEY, Some("org-AbC123")),
        ("org-AbC123--", Some("org-AbC123")),
        ("org-a-b--c--d", Some("org-a-b")),
        ("org---", None),
        ("org-----x", None),
        ("org-AbC123-openai", None),
        ("ORG-AbC123--openai", None),
        ("openai--org-AbC123", None),
    ] {
        let name: KeyName = name.parse().unwrap();
        assert_eq!(
            (name.organization(), name.acceptable().is_ok()),
            (organization, organization.is_some()),
            "{name}"
        );
    }
    let odd: KeyName = "org-AbC123--my_key".parse().unwrap();
    assert_eq!(
        odd.acceptable().unwrap_err().0,
        "`_` can't be in the name of a key: only letters, digits and `-` can"
    );
    let long: KeyName = format!("org-AbC123--{}", "x".repeat(116)).parse().unwrap();
    assert!(long.acceptable().unwrap_err().0.contains("longer than 127"));
}

#[test]
fn a_key_url_and_a_version_are_no_key_name() {
    for text in ["https://contoso-ekm.vault.azure.net/keys/x", "org-AbC123--openai/0123456789abcdef"] {
        assert_eq!(text.parse::<KeyName>(), Err(NotAKeyName::Path));
    }
    for text in ["", "org-AbC123--open ai", "org-AbC123--\u{1b}[2J"] {
        assert_eq!(text.parse::<KeyName>(), Err(NotAKeyName::Other), "{text}");
    }
}

#[test]
fn ids_have_no_case_and_one_form() {
    let id: TenantId = TENANT.to_uppercase().parse().unwrap();
    assert_eq!(id.to_string(), TENANT);
    for text in [
        "contoso.onmicrosoft.com",
        "{72f988bf-86f1-41af-91ab-2d7cd011db47}",
        "72f988bf86f141af91ab2d7cd011db47",
        "",
    ] {
        assert_eq!(text.parse::<TenantId>(), Err(NotAGuid), "{text}");
    }
    let error = AzureRegistration::parse(&given("contoso.onmicrosoft.com", VAULT, KEY)).unwrap_err();
    assert!(error.to_string().contains("--tenant-id: not an id"), "{error}");
}

#[test]
fn an_organization_is_no_project() {
    assert!("org-AbC123".parse::<OrganizationId>().is_ok());
    for text in ["proj_AbC123", "org-", "AbC123", "org-AbC 123"] {
        assert_eq!(text.parse::<OrganizationId>(), Err(NotAnOrganization), "{text}");
    }
}
