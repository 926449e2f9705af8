//! The certificates that every connection trusts, in the form each HTTP client wants them.
//!
//! The system's, and those of AWS_CA_BUNDLE beside them: a corporate proxy signs some connections and
//! lets others through. The SDK itself ignores the variable. There is no way to skip the check.

use std::collections::BTreeMap;

use aws_sdk_sts::config::SharedHttpClient;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts};

use crate::exit::{Exit, Failure};

/// Certificates beside those of the system.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    pem: Option<Vec<u8>>,
    own: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// What AWS_CA_BUNDLE names; every certificate of it must be readable.
    pub fn read(env: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let Some(path) = env.get("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else {
            return Ok(Self::default());
        };
        let pem = std::fs::read(path)
            .map_err(|error| refused(&format!("`{path}`, which cannot be read: {error}")))?;
        let own = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                refused(&format!(
                    "`{path}`, which is not a bundle of certificates: {error}"
                ))
            })?;
        if own.is_empty() {
            return Err(refused(&format!("`{path}`, which holds no certificate")));
        }
        Ok(Self {
            pem: Some(pem),
            own,
        })
    }

    fn all(&self) -> impl Iterator<Item = CertificateDer<'static>> {
        let system = rustls_native_certs::load_native_certs().certs;
        system.into_iter().chain(self.own.iter().cloned())
    }

    /// For the SDK: HTTP with TLS by rustls on ring.
    pub fn client(&self) -> Result<SharedHttpClient, Failure> {
        // The default store holds the system's certificates.
        let mut store = TrustStore::default();
        if let Some(pem) = &self.pem {
            store = store.with_pem_certificate(pem.as_slice());
        }
        let context = TlsContext::builder()
            .with_trust_store(store)
            .build()
            .map_err(|error| {
                Failure::new(Exit::Usage, "ca-bundle", format!("TLS set-up: {error}"))
            })?;
        Ok(aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(context)
            .build_https())
    }

    /// For caches, which are spoken to without HTTP.
    pub fn rustls(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.all());
        roots
    }

    /// For public price files and distributions. A machine without a store of its own has the
    /// client's built-in one.
    pub fn ureq(&self) -> RootCerts {
        let all: Vec<Certificate<'static>> = self
            .all()
            .map(|der| Certificate::from_der(&der).to_owned())
            .collect();
        if all.is_empty() {
            RootCerts::WebPki
        } else {
            RootCerts::from(all)
        }
    }
}

fn refused(what: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        "ca-bundle",
        format!("AWS_CA_BUNDLE names {what}"),
    )
    .help("correct or unset AWS_CA_BUNDLE")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two self-signed certificates that nobody else has.
    const TWO: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBfjCCASOgAwIBAgIUYc58VmdLGf72+VmNdM61n70Gx3owCgYIKoZIzj0EAwIw\n\
EzERMA8GA1UEAwwIcm9vdCBvbmUwIBcNMjYxMTMwMDMwMDI5WhgPMjEyNjExMDYw\n\
MzAwMjlaMBMxETAPBgNVBAMMCHJvb3Qgb25lMFkwEwYHKoZIzj0CAQYIKoZIzj0D\n\
AQcDQgAEfPaqbnG7nX3rG7vEENc4tUrtauvDRvnfqz4RI0HnD8cu6T6l/MsjLA20\n\
qbWvxGv2grz0iJi8pTXzNIPPXTC68aNTMFEwHQYDVR0OBBYEFN9WPwzc/V+Na/gh\n\
9Izl2I9zzstxMB8GA1UdIwQYMBaAFN9WPwzc/V+Na/gh9Izl2I9zzstxMA8GA1Ud\n\
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPQZagFBr0OZCpkP/Zt+b0T6\n\
V3pvKw0EvfayJ5SfnghEAiEA8KbETpJKVfU/RZF1u6LcDajM6C/qccpgzCOGZV31\n\
A/w=\n\
-----END CERTIFICATE-----\n\
-----BEGIN CERTIFICATE-----\n\
MIIBfjCCASOgAwIBAgIUBB9lIi8yXgmWBk/awgIxUJYWslwwCgYIKoZIzj0EAwIw\n\
EzERMA8GA1UEAwwIcm9vdCB0d28wIBcNMjYxMTMwMDMwMDI5WhgPMjEyNjExMDYw\n\
MzAwMjlaMBMxETAPBgNVBAMMCHJvb3QgdHdvMFkwEwYHKoZIzj0CAQYIKoZIzj0D\n\
AQcDQgAENJbbgWNHiLbbgvIb9sALODEoL0yXgH0SXqZzCtsGrb4DzEAbHGZbQE1g\n\
cGls26NTd1niqhTs3Zz1FdLPhV39f6NTMFEwHQYDVR0OBBYEFLBI4ke/xRVWA8Kk\n\
/Uw3EYjCDB4OMB8GA1UdIwQYMBaAFLBI4ke/xRVWA8Kk/Uw3EYjCDB4OMA8GA1Ud\n\
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAM11b+vBe90RN1W8uXyhEwGW\n\
OqqI7YH+NWCksA6FITjRAiEApd6JSYQTazX/LleDECHhAt3zf1lM0Af773UdoBNV\n\
e88=\n\
-----END CERTIFICATE-----\n\
";

    fn bundle(text: &str) -> Result<Roots, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        Roots::read(&BTreeMap::from([("AWS_CA_BUNDLE".to_owned(), path)]))
    }

    #[test]
    fn both_certificates_of_a_bundle_stand_beside_the_systems_for_every_client() {
        let system = Roots::default().rustls().len();
        let roots = bundle(TWO).unwrap();
        assert_eq!(roots.rustls().len(), system + 2);
        let RootCerts::Specific(all) = roots.ureq() else {
            panic!("the built-in store replaces the bundle");
        };
        assert!(all.len() >= system + 2);
        for own in &roots.own {
            assert!(all.iter().any(|c| c.der() == own.as_ref()));
        }
        assert!(roots.client().is_ok());
    }

    #[test]
    fn a_bundle_that_cannot_be_read_whole_is_refused() {
        let half = TWO.replacen("-----END CERTIFICATE-----", "", 1);
        for text in ["", "no certificate", &half] {
            assert_eq!(bundle(text).unwrap_err().code, "ca-bundle", "{text}");
        }
        let missing = BTreeMap::from([("AWS_CA_BUNDLE".to_owned(), "/no/such".to_owned())]);
        assert_eq!(Roots::read(&missing).unwrap_err().code, "ca-bundle");
        assert!(Roots::read(&BTreeMap::new()).is_ok());
    }
}
