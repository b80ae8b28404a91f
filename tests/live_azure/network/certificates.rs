//! Certificates for Azure's hosts, of an authority that is made for the test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;

/// The hosts of Azure that the program has to do with.
const HOSTS: [&str; 5] = [
    "management.azure.com",
    "graph.microsoft.com",
    "login.microsoftonline.com",
    "login.windows.net",
    "*.vault.azure.net",
];

/// How TLS is spoken in the name of these hosts, and the certificate of the authority that vouches for them, in PEM.
pub(super) fn of_azure() -> (ServerConfig, String) {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "The authority of a test");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("makes a key");
    let certificate = authority.self_signed(&key).expect("signs itself");
    let issuer = Issuer::new(authority, key);

    let of_hosts = CertificateParams::new(HOSTS.map(String::from)).expect("these are names of hosts");
    let key = KeyPair::generate().expect("makes a key");
    let leaf = of_hosts.signed_by(&key, &issuer).expect("signs");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("is a key");
    let mut tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("knows the protocol")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("is a certificate and its key");
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    (tls, certificate.pem())
}
