//! What `verify` tests and `destroy` looks into: found in a deployed stack's resources, outputs and template.
//!
//! Pure: a description of the stack in, a [`Target`] out. Each service knows its own resources
//! (`target.rs` of its folder); the clients that speak to them are the program's.

use std::collections::BTreeMap;

use super::Registry;

/// A resource of a deployed stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Logical id.
    pub logical_id: String,
    /// Physical id.
    pub physical_id: Option<String>,
    /// Type.
    pub resource_type: String,
    /// Status word.
    pub status: String,
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// How to sign in to a Valkey or Redis cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    None,
    /// User name; the password comes from the environment.
    Password {
        /// User.
        user: String,
        /// Password.
        password: String,
    },
    /// A signed token of the caller's own AWS credentials.
    Iam {
        /// User id, which for IAM is the user name too.
        user: String,
        /// Name of the cache.
        cache: String,
    },
}

/// A Valkey or Redis cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redis {
    /// Where.
    pub endpoint: Endpoint,
    /// How to sign in.
    pub auth: Auth,
}

/// A mounted file cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// DNS name of the file cache.
    pub dns: Option<String>,
    /// Lustre mount name.
    pub name: Option<String>,
    /// Where it is mounted on this machine.
    pub path: Option<std::path::PathBuf>,
}

/// One thing to test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Valkey or Redis.
    Redis(Redis),
    /// Memcached.
    Memcached(Endpoint),
    /// DynamoDB table name.
    Table(String),
    /// S3 or directory bucket name.
    Bucket(String),
    /// URL of a distribution.
    Http(String),
    /// File cache.
    Mount(Mount),
}

/// Choices of the command line that overrule what the stack says.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `HOST:PORT`.
    pub endpoint: Option<String>,
    /// `valkey`, `redis` or `memcached`.
    pub engine: Option<String>,
    /// User of the cache.
    pub user: Option<String>,
    /// Password, from the environment only.
    pub password: Option<String>,
    /// Path of the object to fetch.
    pub path: Option<String>,
    /// Where the file cache is mounted.
    pub mount: Option<std::path::PathBuf>,
}

/// Data of the user in a resource, which its deletion would lose or stumble over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Objects of a bucket.
    Objects,
    /// Items of a table.
    Items,
}

/// A deployed stack, and what the command line says of it.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'a> {
    /// Its resources.
    pub resources: &'a [Resource],
    /// Its outputs by key.
    pub outputs: &'a BTreeMap<String, String>,
    /// Its template.
    pub template: &'a str,
    /// Choices of the command line.
    pub overrides: &'a Overrides,
}

impl Deployed<'_> {
    fn first(&self, types: &[&str]) -> Option<&Resource> {
        let of = |kind: &&str| self.resources.iter().find(|r| r.resource_type == **kind);
        types.iter().find_map(of)
    }

    /// The first output whose key holds all words; reader endpoints are never meant.
    pub fn output(&self, words: &[&str]) -> Option<String> {
        let fits = |key: &str| {
            let key = key.to_lowercase();
            words.iter().all(|w| key.contains(w)) && !key.contains("reader")
        };
        let mut outputs = self.outputs.iter();
        outputs
            .find(|(key, _)| fits(key))
            .map(|(_, value)| value.clone())
    }
}

/// The first cache among the resources, in the order of the registry; a plain bucket when there is none.
pub fn find(registry: &Registry, stack: &Deployed<'_>) -> Option<Target> {
    for service in registry.services {
        if let Some(cache) = stack.first(service.caches()) {
            return service.target(cache, stack);
        }
    }
    let bucket = stack.first(&["AWS::S3::Bucket"])?;
    bucket.physical_id.clone().map(Target::Bucket)
}

/// `host:port`, with the port optional.
pub fn endpoint(text: &str, default_port: u16) -> Option<Endpoint> {
    let text = text.split("://").last()?;
    match text.rsplit_once(':') {
        Some((host, port)) => Some(Endpoint {
            host: host.to_owned(),
            port: port.parse().ok()?,
        }),
        None => Some(Endpoint {
            host: text.to_owned(),
            port: default_port,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(kind: &str) -> Vec<Resource> {
        vec![Resource {
            logical_id: "Cache".into(),
            physical_id: Some("name".into()),
            resource_type: kind.into(),
            ..Resource::default()
        }]
    }

    fn find(
        resources: &[Resource],
        outputs: &BTreeMap<String, String>,
        template: &str,
        overrides: &Overrides,
    ) -> Option<Target> {
        let stack = Deployed {
            resources,
            outputs,
            template,
            overrides,
        };
        super::find(&Registry::default(), &stack)
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn a_cache_is_found_by_its_outputs() {
        let template = "Resources: {Cache: {Type: x, Properties: {Engine: valkey}}}";
        let outputs = map(&[
            ("CacheReaderEndpointAddress", "reader"),
            ("EndpointAddress", "host"),
            ("EndpointPort", "6379"),
            ("UserId", "app"),
        ]);
        let found = find(
            &resource("AWS::ElastiCache::ServerlessCache"),
            &outputs,
            template,
            &Overrides::default(),
        );
        let Some(Target::Redis(redis)) = found else {
            panic!("{found:?}")
        };
        assert_eq!(
            redis.endpoint,
            Endpoint {
                host: "host".into(),
                port: 6379
            }
        );
        assert_eq!(
            redis.auth,
            Auth::Iam {
                user: "app".into(),
                cache: "name".into()
            }
        );
    }

    #[test]
    fn the_command_line_wins() {
        let overrides = Overrides {
            endpoint: Some("localhost:7000".into()),
            engine: Some("memcached".into()),
            ..Overrides::default()
        };
        let found = find(
            &resource("AWS::ElastiCache::ServerlessCache"),
            &map(&[]),
            "",
            &overrides,
        );
        assert_eq!(
            found,
            Some(Target::Memcached(Endpoint {
                host: "localhost".into(),
                port: 7000
            }))
        );
    }

    #[test]
    fn other_services_are_found_by_their_resource() {
        let none = Overrides::default();
        let table = find(&resource("AWS::DynamoDB::Table"), &map(&[]), "", &none);
        assert_eq!(table, Some(Target::Table("name".into())));
        let outputs = map(&[("DistributionDomainName", "d1.cloudfront.net")]);
        let http = find(
            &resource("AWS::CloudFront::Distribution"),
            &outputs,
            "",
            &none,
        );
        assert_eq!(
            http,
            Some(Target::Http("https://d1.cloudfront.net/".into()))
        );
        assert_eq!(
            find(&resource("AWS::IAM::Role"), &map(&[]), "", &none),
            None
        );
    }
}
